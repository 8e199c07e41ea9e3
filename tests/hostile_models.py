"""Hostile model files of many kinds. As a script: load those of a folder and print how it went.

They are made, and written down nowhere, so that no scanner finds them in the repository.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import pickle
import struct
import sys
import time
import zipfile
from copy import deepcopy
from pathlib import Path

import joblib
import numpy as np

P = b"\x80\x04"
STATE = {
    "subclass": np.ndarray,
    "shape": (3,),
    "order": "C",
    "dtype": np.dtype("f8"),
    "allow_mmap": True,
    "numpy_array_alignment_bytes": 16,
}


class Calls:
    """Calls a function when it is loaded."""

    def __init__(self, function, *arguments, state=None):
        self.called = (function, arguments, state) if state else (function, arguments)

    def __reduce__(self):
        return self.called


class Sets:
    """Has its state set when it is loaded."""


class Arrayish(np.ndarray):
    """An array of a class of its own."""


def sealed(data: bytes) -> bytes:
    return data + b"\nfakedetect sha256 " + hashlib.sha256(data).hexdigest().encode()


def keyed(data: bytes, key: bytes) -> bytes:
    return data + b"\nfakedetect hmac-sha256 " + hmac.digest(key, data, "sha256").hex().encode()


def dumped(value, **settings) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer, **settings)
    return buffer.getvalue()


def described(behind: bytes = b"", **changes) -> bytes:
    """Return a pickle of joblib's description of an array, and what stands behind it."""
    state = {**STATE, **changes}
    wrapper = joblib.numpy_pickle.NumpyArrayWrapper.__new__(joblib.numpy_pickle.NumpyArrayWrapper)
    wrapper.__dict__.update({name: value for name, value in state.items() if value != "missing"})
    return pickle.dumps(wrapper, protocol=4)[:-1] + behind + b"."


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def programs(trace):
    run = Calls(os.mkdir, str(trace))
    call = b"cposix\nmkdir\n"
    text = b"(S'" + str(trace).encode() + b"'\n"
    for protocol in range(6):
        yield pickle.dumps(run, protocol=protocol)
    yield dumped(run)
    yield dumped({"header": {"format": 2, "x": run}})
    yield dumped({"header": {"format": 2}, "arrays": {"idf": run}})
    yield call + text + b"tR."
    yield text + b"iposix\nmkdir\n."
    yield b"(" + call + text[1:] + b"o."
    yield P + call + b"\x8c\x01x\x85\x81."
    yield P + call + b"\x8c\x01x\x85}\x92."
    yield P + call + b"}b."
    yield b"Pabc\n."
    yield P + b"NQ."
    for code in (b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\x00\x00\x00"):
        yield P + code + b"."
    for function in (eval, exec, getattr, np.load, joblib.load, pickle.loads, __import__):
        yield pickle.dumps(function)
    yield pickle.dumps(Calls(eval, f"__import__('os').mkdir({str(trace)!r})"))
    yield pickle.dumps(Calls(np.dtype, f"f8, {trace}"))
    yield pickle.dumps(Calls(np.ndarray, (3,), "f8"))
    yield dumped(Calls(Sets, state={"a": 1}))
    yield (
        P
        + b"\x8c\x05numpy\x8c\x05dtype\x93\x8c\x02f8\x89\x88\x87R(K\x03\x8c\x01>NNNJ"
        + (b"\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb.")
    )
    yield P + b"\x8c\x05\x1b[31m\x8c\x01y\x93."
    yield P + b"\x8c\x05numpy\x8c\x05dtype\x93}b."


def nested_pickles(trace):
    run = Calls(os.mkdir, str(trace))
    objects = np.array([run, run], dtype=object)
    yield dumped(objects)
    yield dumped({"header": {"format": 2}, "arrays": {"idf": objects}})
    yield dumped({"header": {"format": 2}, "arrays": {"idf": np.asfortranarray([[run, 1]])}})
    yield dumped(np.array([(run,)], dtype=[("a", object)]))
    yield pickle.dumps(objects)
    yield described(b"\x01\xff" + pickle.dumps(run), dtype=np.dtype(object))
    yield dumped(np.ma.array([1.0], mask=[True]))


def lengths(_):
    for code, width in (
        (pickle.BYTEARRAY8, 8),
        (pickle.BINBYTES8, 8),
        (pickle.BINUNICODE8, 8),
        (pickle.FRAME, 8),
        (pickle.LONG4, 4),
        (pickle.BINBYTES, 4),
        (pickle.BINUNICODE, 4),
        (pickle.BINSTRING, 4),
        (pickle.SHORT_BINUNICODE, 1),
        (pickle.SHORT_BINBYTES, 1),
        (pickle.LONG1, 1),
    ):
        yield P + code + b"\xff" * (width - 1) + b"\x7f" + b"."
        yield P + code + b"\xff" * width + b"."
    yield P + b"\x96" + struct.pack("<Q", 1 << 33) + b"."
    yield b"\x80\x05\x97."
    yield b"L" + b"9" * 100_000 + b"L\n."
    yield b"I" + b"9" * 100_000 + b"\n."


def memory(_):
    yield P + b"Nr\xff\xff\xff\xff."
    yield b"Np999999999\n."
    yield b"Np" + b"9" * 100_000 + b"\n."
    yield P + b"h\x05."
    yield P + b"j\xff\xff\xff\x7f."
    yield P + b"\x94."
    yield P + b"]" + b"\x94" * 2_000_000 + b"."


def nesting(_):
    deep = {}
    for _ in range(50):
        deep = {"a": [deep]}
    itself = []
    itself.append(itself)
    yield dumped({"header": {"format": 2, "deep": deep}, "arrays": {}})
    yield dumped(itself)
    yield P + b"(" * 100_000 + b"l" * 100_000 + b"."
    yield P + b"(" * 100_000 + b"."
    yield P + b"]" * 60_000 + b"a" * 59_999 + b"."
    yield P + b")" + b"\x85" * 100_000 + b"."
    yield P + b"})" + b"\x85" * 100_000 + b"Ns."
    yield P + b"\x8c\x05numpy\x8c\x05dtype\x93)" + b"\x85" * 100_000 + b"R."
    yield P + b"}\x8c\x06header}\x8c\x06format" + b"]" * 60_000 + b"a" * 59_999 + b"ss."


def amplification(_):
    laughs = []
    for _ in range(40):
        laughs = [laughs, laughs]
    shared = ["a"]
    array = np.zeros(3)
    yield dumped({"header": {"format": laughs}})
    yield dumped({"header": {"format": 2, "a": shared, "b": shared}})
    yield dumped({"header": {"format": 2}, "arrays": {"idf": array, "coefficients": array}})
    yield P + b"](" + b"N2" * 500_000 + b"l."
    yield P + b"(" + b"}" * 1_100_000 + b"l."
    yield P + b"(" + b"\x8c\x01a" * 500_000 + b"l."
    yield P + b"X\x00\x00\x10\x00" + b"x" * (1 << 20) + b"\x8c\x01y\x93."


def keys(_):
    colliding = (b"\x8a\x08" + struct.pack("<q", n << 61) + b"N" for n in range(3))
    yield P + b"}(" + b"".join(colliding) + b"u."
    yield dumped({"header": {"format": 2, 2: 3}})
    yield dumped({None: 1})
    yield dumped({1.5: 1})
    yield P + b"}(]Nu."
    yield P + b"}(\x8c\x01au."


def arrays(_):
    behind = b"\x01\xff" + bytes(24)
    yield dumped({"x": np.zeros((2, 2))})
    yield dumped({"x": np.array(1.0)})
    yield dumped({"x": np.zeros(2).view(Arrayish)})
    for kind in ("c16", "f4", "f2", ">f8", "?", "U3", "S3", "M8[s]", "i8", "V4", [("a", "f8")]):
        yield dumped({"header": {"format": 2}, "arrays": {"idf": np.zeros(2, kind)}})
    yield dumped({"x": np.zeros(50_000)})[:300]
    for shape in (
        (-1,), (-(2**62),), (2**61,), (2**63,), (1 << 2000,), (1.5,), (True,), (None,), (2, 2), (),
        [3], 3, ((3,),), "3", (float("nan"),), (4,),
    ):  # fmt: skip
        yield described(behind, shape=shape)
    for changes in (
        {"order": "F"}, {"order": None}, {"subclass": Arrayish}, {"subclass": np.matrix},
        {"allow_mmap": False}, {"allow_mmap": "w+"}, {"numpy_array_alignment_bytes": None},
        {"numpy_array_alignment_bytes": 1 << 40}, {"dtype": "f8"}, {"dtype": "missing"},
        {"shape": "missing"}, {"mmap_mode": "w+"}, {"self": 1}, {"filename": "x"},
    ):  # fmt: skip
        yield described(behind, **changes)
    for padding in (b"", b"\x00", b"\xff", b"\x10", b"\xff" * 40):
        yield described(padding, shape=(0,))


def other_formats(trace):
    from sklearn.feature_extraction.text import TfidfVectorizer

    numbers = io.BytesIO()
    np.save(numbers, np.arange(3))
    runs = pickle.dumps(Calls(os.mkdir, str(trace)))
    yield numbers.getvalue()
    yield archive(**{"idf.npy": numbers.getvalue()})
    yield archive(**{"archive/data.pkl": runs, "archive/version": b"3"})
    yield archive(**{"schema.json": b'{"__class__": "mkdir", "__module__": "os"}'})
    yield b"\x08\x07\x12\x07pytorch:" + bytes(100)
    yield struct.pack("<Q", 1 << 40) + b'{"idf": {"dtype": "F64", "shape": [3]}}'
    yield b"\x89HDF\r\n\x1a\n" + bytes(100)
    yield pickle.dumps(TfidfVectorizer().fit(["a copy"]))
    yield dumped(TfidfVectorizer().fit(["a copy"]))
    yield json.dumps({"header": {"format": 2}}).encode()
    for method in ("zlib", "gzip", "bz2", "lzma", "xz"):
        yield dumped({"header": {"format": 2}, "x": bytes(10_000_000)}, compress=(method, 3))


def plain_values(_):
    for value in (None, 1, "text", [1, 2], (1, 2), {1, 2}, b"abc", bytearray(b"a"), 1j, ..., int):
        yield dumped(value)
        yield dumped({"header": {"format": 2, "x": value}} if value not in (1, "text") else {})
    yield dumped({"arrays": {}})
    yield dumped({"header": {"format": 2}, "arrays": [1]})
    yield dumped({"header": {"format": 2}, "arrays": {"idf": np.dtype("f8")}})
    yield dumped({"header": {"format": 1 << 2000}})


def instructions(_):
    for body in (
        b"", b".", b"N", b"NN.", b"(.", b"N(.", b"0.", b"N0N.", b"N2.", b"a.", b"Na.", b"e.", b"s.",
        b"}NNs0.", b"]Ns.", b"}Na.", b"(e.", b"(u.", b"N(NNe.", b"R.", b"NR.", b"NNR.", b"b.",
        b"NNb.", b"\x93.", b"NN\x93.", b"\x81.", b"N)\x81.", b"\x85.", b"N\x87.", b"t.", b"1.",
        b"\xff.", b"\x00.", b"N.N.", b"\x8c\x02\xff\xff.", b"\x8f.", b"\x90.", b"\x91.", b"\x98.",
    ):  # fmt: skip
        yield P + body


def changed_headers(honest):
    def changed(change):
        copy = deepcopy(honest)
        change(copy["header"])
        return dumped(copy)

    for name in list(honest["header"]):
        yield changed(lambda header, name=name: header.pop(name))
        for other in ("x", []):
            if type(honest["header"][name]) is not type(other):
                yield changed(lambda h, name=name, other=other: h.update({name: other}))
    for number in (0, -1, 5, 2**70, 1.0, "2", None):
        yield changed(lambda header, number=number: header.update(format=number))
    for number in (float("nan"), float("inf"), 1e300, 7):
        yield changed(lambda header, number=number: header.update(intercept=number))
    for number in (float("nan"), -0.1, 2.0, None):
        yield changed(lambda header, number=number: header["threshold"].update(value=number))
    for number in (0.0, 1.0, float("nan")):
        yield changed(lambda h, number=number: h["calibration"].update(prevalence=number))
    for part, change in (
        ("headline", {"split": 1}), ("headline", {"gap": 1e300}), ("headline", {"gap": "x"}),
        ("splits", [{}]), ("splits", [None] * 11), ("notes", ["x" * 20_000]), ("notes", [[]]),
        ("precision_recall", {"recall": [0.5]}), ("precision_recall", {"precision": [2.0] * 5}),
        ("precision_recall", {"threshold": [0.5] * 500}), ("reliability", {"bins": [{}] * 101}),
        ("reliability", {"definition": 1}), ("harm", {"n_false": -1}), ("harm", {"top_share": 7.0}),
        ("harm", {"sellers": [{"n": True}]}), ("harm", {"authorised": []}), ("review", {}),
        ("slices", [{"column": "x"}]), ("data", {"prevalence": float("inf")}),
        ("data", {"text_columns": [1]}), ("seen_share", 1e9), ("budget", {}), ("restated", 1),
    ):  # fmt: skip
        kept = honest["header"][part] if change and isinstance(change, dict) else {}
        value = {**(kept or {}), **change} if isinstance(change, dict) else change
        yield changed(lambda h, part=part, value=value: h.update({part: value}))
    yield changed(lambda header: header["text"].update(columns=[1]))
    for edition in (0, 3, "1", None):
        yield changed(lambda header, edition=edition: header["text"].update(edition=edition))
    for change in (
        {"n_words": 0}, {"n_words": 2**40}, {"n_words": 1.0}, {"step": 0}, {"step": -1},
        {"step": 1, "n_words": 1000}, {"penalty": -1.0}, {"penalty": float("inf")}, {"x": 1},
    ):  # fmt: skip
        yield changed(lambda header, change=change: header["segments"].update(change))
    yield changed(lambda header: header["metrics"].update(x={"value": 1.0}))
    yield changed(lambda header: header["canaries"].pop())
    yield changed(lambda header: header["canaries"][0].update(text=1))
    yield changed(lambda header: header["canaries"][0].update(score=float("nan")))
    yield changed(lambda header: header["canaries"][0].update(text="x " * 120_000, score=2.0))
    many = " ".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    yield changed(lambda header: header["canaries"][0].update(text=many, score=2.0))
    piled = "a" + "\u0301\u0323" * 30_000
    for text in (many, many[:4_000], "x1 " * 80_000, piled, piled[:4_000]):
        # A string may stand in many places.
        yield changed(lambda h, text=text: [c.update(text=text, score=2.0) for c in h["canaries"]])


def changed_arrays(honest):
    def changed(**arrays):
        return dumped({**honest, "arrays": {**honest["arrays"], **arrays}})

    found = honest["arrays"]
    for name, array in found.items():
        yield dumped({**honest, "arrays": {k: v for k, v in found.items() if k != name}})
        yield changed(**{name: array[:0]})
        yield changed(**{name: np.concatenate([array, array])})
        yield changed(**{name: array.tolist()})
    for name in ("idf", "coefficients"):
        for value in (np.nan, np.inf, -np.inf, 1e300):
            array = found[name].copy()
            array[len(array) // 2] = value
            yield changed(**{name: array})
    yield from (
        changed(**{name: found[name][:-1]}) for name in ("idf", "idf_lengths", "coefficients")
    )
    yield changed(idf=found["idf"] - 1.5)
    yield changed(coefficients=-found["coefficients"])
    yield changed(idf_lengths=np.full_like(found["idf_lengths"], 2**32 - 1))
    yield changed(idf_lengths=np.zeros_like(found["idf_lengths"]))
    yield changed(more=found["idf"])


def changed_terms(honest):
    def changed(terms: bytes, n_words: int):
        n = n_words + found["char_terms"].tobytes().count(b"\n") + 1
        return dumped({**honest, "arrays": {
            **found,
            "word_terms": np.frombuffer(terms, np.uint8),
            "idf": np.ones(1),
            "idf_lengths": np.array([n], np.uint32),
            "coefficients": np.zeros(n),
        }})  # fmt: skip

    found = honest["arrays"]
    yield changed(b"\xff", 1)
    yield changed(b"a\n\xed\xa0\x80", 2)
    yield changed(b"a\nb\na", 3)
    yield changed(b"\n" * 1_000_000, 1_000_001)
    yield changed("\n".join(["慢", "ab", "慢"]).encode(), 3)
    yield changed(b"\n".join(b"%d" % n for n in range(500_000)), 3)
    yield changed(b"\n".join(b"%d" % (n >> 1) for n in range(500_000)), 500_000)
    yield changed(b"a" * 20_000_000, 1)


def polyglots(whole):
    data = whole[:-83]
    yield b"#!/bin/sh\nexit\n" + data
    yield data + archive(**{"__main__.py": b"exit()"})
    yield data + data
    yield data + b"."
    yield data[:-1] + b"0" + data
    yield sealed(data) + b"\n"
    yield sealed(sealed(data))
    yield keyed(sealed(data), b"k" * 16)
    yield sealed(keyed(data, b"k" * 16))


def files(whole):
    yield from (whole[:n] for n in (0, 1, 2, 82, 83, 84, len(whole) // 2, len(whole) - 1))
    yield whole[-83:]
    yield whole + b"\0"
    yield b"\0" + whole
    yield b"\n".join([whole, whole[-82:]])
    yield bytes(1_000_000)
    yield b"hello\n" * 100
    for at in range(0, len(whole), 1999):
        yield whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def forged_seals(whole):
    data = whole[:-83]
    seal = hashlib.sha256(data).hexdigest().encode()
    yield data + b"\nfakedetect sha256 " + seal.upper()
    yield data + b"\nfakedetect sha256 " + b"0" * 64
    yield data + b"\nfakedetect md5    " + seal
    yield data + b"\nfakedetect hmac-sha256 " + seal
    yield data + b"\nfakedetect hmac-sha256 " + b"\xff" * 64
    yield from (keyed(data, key) for key in (b"", b"\0" * 16, b"another key of some length"))


def hostile(trace, whole: bytes, honest):
    """Yield the kind and the bytes of each, from an honest model's file and its contents."""
    for make, source in (
        (programs, trace), (nested_pickles, trace), (lengths, None), (memory, None),
        (nesting, None), (amplification, None), (keys, None), (arrays, None),
        (other_formats, trace), (plain_values, None), (instructions, None),
        (changed_headers, honest), (changed_arrays, honest), (changed_terms, honest),
    ):  # fmt: skip
        for data in make(source):
            yield make.__name__, data
            yield f"{make.__name__}, sealed", sealed(data)
    for make in (polyglots, files, forged_seals):
        for data in make(whole):
            yield make.__name__, data


def most_memory() -> int:
    """Return the kilobytes that the process took at most; getrusage would add its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def outcome(path, **settings) -> dict[str, object]:
    from fakedetect import load

    start = time.process_time()
    try:
        load(path, **settings)
        raised = "nothing"
    except Exception as error:  # whatever it is, the test wants to know
        raised, message = type(error).__name__, str(error)
    return {
        "file": path.name,
        "raised": raised,
        "message": "" if raised == "nothing" else message,
        "seconds": time.process_time() - start,
        "kilobytes": most_memory(),
    }


if __name__ == "__main__":
    for each in sorted(Path(sys.argv[1]).iterdir()):
        for settings in ({}, {"mmap": True}, {"key": b"k" * 16}):
            print(json.dumps(outcome(each, **settings)))
