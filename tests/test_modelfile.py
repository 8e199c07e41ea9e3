import contextlib
import hashlib
import io
import json
import os
import pickle

import joblib
import numpy as np
import pytest

from fakedetect import modelfile
from fakedetect.errors import ModelError
from fakedetect.modelfile import Parts

EXTRA = {
    "words": ["été", "", "手表" * 200],
    "numbers": [0, -1, 255, 70_000, 2**40, 0.1, -1e300],
    "flags": [True, False, None],
    "nested": {"a": {"b": []}},
}


@pytest.fixture
def parts(model):
    return Parts(
        {**model.header(), "extra": EXTRA},
        ["copy", "super copy", "手表"],
        [" c", "é "],
        np.linspace(1, 2, 5),
        np.linspace(-1, 1, 5),
    )


def contents(parts):
    """Return what stands in the file of these parts."""
    return {"header": parts.header, "arrays": {
        "word_terms": np.frombuffer("\n".join(parts.word_terms).encode(), np.uint8),
        "char_terms": np.frombuffer("\n".join(parts.char_terms).encode(), np.uint8),
        "idf": parts.idf,
        "coefficients": parts.coefficients,
    }}  # fmt: skip


def sealed(data: bytes) -> bytes:
    return data + b"\nfakedetect sha256 " + hashlib.sha256(data).hexdigest().encode()


def dumped(value) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


def refusal(path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        modelfile.read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    assert len(message) < 500
    return message.removeprefix(f"{path}: ")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.joblib"


def test_round_trip(path, parts):
    modelfile.write(path, parts)
    found = modelfile.read(path)
    assert found[:3] == parts[:3]
    np.testing.assert_array_equal(found.idf, parts.idf)
    np.testing.assert_array_equal(found.coefficients, parts.coefficients)


def test_joblib_reads_it_too(path, parts):
    modelfile.write(path, parts)
    found = joblib.load(path)
    assert found["header"] == parts.header
    np.testing.assert_array_equal(found["arrays"]["idf"], parts.idf)


@pytest.mark.parametrize("n", [1, 2**16 - 1, 2**16, 2**16 + 1])
def test_vocabularies_of_many_sizes(path, parts, n):
    terms = [f"term {number}" for number in range(n)]
    values = np.arange(n, dtype=float)
    modelfile.write(path, Parts(parts.header, [], terms, 1 + values / n, -values))
    found = modelfile.read(path)
    assert (found.word_terms, found.char_terms) == ([], terms)
    np.testing.assert_array_equal(found.coefficients, -values)


class Runs:
    """Leaves a file behind when it is loaded."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return os.mkdir, (self.trace,)


class Sets:
    """An object whose state is set when it is loaded."""


def hostile(trace):
    objects = np.array([Runs(trace)], dtype=object)
    itself = []
    itself.append(itself)
    deep, laughs = [], []
    for _ in range(40):
        deep, laughs = [deep], [laughs, laughs]
    return {
        "pickle that runs": pickle.dumps(Runs(trace)),
        "joblib that runs": dumped(Runs(trace)),
        "runs inside a header": dumped({"header": {"format": 1, "x": Runs(trace)}}),
        "runs inside an object array": dumped({"header": {"format": 1}, "x": objects}),
        "structured array with objects": dumped(np.zeros(1, dtype=[("a", object)])),
        "compressed": io_compressed(Runs(trace)),
        "eval": pickle.dumps(eval),
        "numpy global": pickle.dumps(np.load),
        "numpy array by plain pickle": pickle.dumps(np.arange(3)),
        "array of two dimensions": dumped({"header": {}, "x": np.zeros((2, 2))}),
        "array of complex numbers": dumped({"header": {}, "x": np.zeros(2, complex)}),
        "object with state": dumped(Sets()),
        "set": dumped({1, 2}),
        "bytes": dumped(b"abc"),
        "bytearray of 8 TB": b"\x80\x05\x96" + (1 << 43).to_bytes(8, "little") + b".",
        "string of 4 GB": b"\x80\x04X\xff\xff\xff\xff.",
        "old protocol": b"cos\nmkdir\n(S'" + str(trace).encode() + b"'\ntR.",
        "extension code": b"\x80\x02\x82\x01.",
        "persistent id": b"Pabc\n.",
        "array larger than the file": dumped({"x": np.zeros(50_000)})[:300],
        "value in two places": dumped({"header": {"a": [EXTRA, EXTRA]}}),
        "list that contains itself": dumped(itself),
        "laughs": dumped({"header": {"format": laughs}}),
        "deep header": dumped({"header": {"format": 1, "deep": deep}}),
        "key that is no string": dumped({"header": {"format": 1, 2: 3}}),
        "number without end": dumped({"header": {"format": 1 << 99_999}}),
        "format that is no number": dumped({"header": {"format": "\x1b[31m"}}),
        "a million dicts": b"\x80\x04(" + b"}" * 1_100_000 + b"l.",
        "name of a megabyte": b"\x80\x04X\x00\x00\x10\x00" + b"x" * (1 << 20) + b"\x8c\x01y\x93.",
        "name with an escape": b"\x80\x04\x8c\x05\x1b[31m\x8c\x01y\x93.",
        "deep tuple as key": b"\x80\x04})" + b"\x85" * 1_000_000 + b"Ns.",
        "colliding keys": b"\x80\x04}("
        + b"".join(
            b"\x8a\x08" + (n << 61).to_bytes(8, "little", signed=True) + b"N" for n in range(3)
        )
        + b"u.",
        "no dict": dumped([1, 2]),
        "no header": dumped({"arrays": {}}),
        "empty": b"",
        "stop at once": b".",
        "deeply nested": b"\x80\x04" + b"(" * 5000 + b"l" * 5000 + b".",
    }


def io_compressed(value) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer, compress=3)
    return buffer.getvalue()


@pytest.mark.parametrize("name", sorted(hostile("x")))
@pytest.mark.parametrize("with_seal", [False, True])
def test_hostile_files_are_refused_and_run_nothing(path, tmp_path, name, with_seal):
    trace = tmp_path / "trace"
    data = hostile(trace)[name]
    message = refusal(path, sealed(data) if with_seal else data)
    assert not trace.exists()
    if with_seal:
        assert message.startswith(("refused to load the model file: ", "the model file has format"))
    else:
        assert message == (
            "not a fakedetect model file, or one that was cut short; `fakedetect train` writes"
            " model files"
        )


def test_reason_names_what_it_asks_for(path, tmp_path):
    message = refusal(path, sealed(dumped(Runs(tmp_path / "trace"))))
    assert message == "refused to load the model file: it asks for 'posix.mkdir'"


def test_any_cut_is_noticed(path, parts):
    modelfile.write(path, parts)
    data = path.read_bytes()
    for length in [*range(0, len(data), 97), len(data) - 1]:
        assert "cut short" in refusal(path, data[:length])


def test_any_change_is_noticed(path, parts):
    modelfile.write(path, parts)
    data = path.read_bytes()
    for position in range(0, len(data), 53):
        changed = bytearray(data)
        changed[position] ^= 1
        message = refusal(path, bytes(changed))
        assert "altered" in message or "cut short" in message


def test_resealed_changes_load_as_data_or_are_refused(path, parts):
    data = dumped(contents(parts))
    rng = np.random.default_rng(0)
    for _ in range(1000):
        changed = bytearray(data)
        changed[rng.integers(len(data))] = rng.integers(256)
        path.write_bytes(sealed(bytes(changed)))
        with contextlib.suppress(ModelError):
            assert isinstance(modelfile.read(path), Parts)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda c: c.pop("arrays"), "KeyError"),
        (lambda c: c["arrays"].pop("idf"), "KeyError"),
        (lambda c: c["arrays"].update(idf=np.ones(3)), "ValueError"),
        (lambda c: c["arrays"].update(idf=np.ones(5, np.uint8)), "TypeError"),
        (lambda c: c["arrays"].update(idf=[1.0] * 5), "AttributeError"),
        (lambda c: c["arrays"].update(word_terms=np.full(3, 255, np.uint8)), "UnicodeDecodeError"),
        (lambda c: c["header"].pop("threshold"), "KeyError"),
        (lambda c: c["header"].update(threshold=0.5), "TypeError"),
        (lambda c: c["header"].update(intercept="high"), "TypeError"),
        (lambda c: c["header"].update(canaries=[]), "TypeError"),
        (lambda c: c["header"]["canaries"][3].update(text=1), "TypeError"),
        (lambda c: c["header"].update(intercept=float("nan")), "ValueError"),
        (lambda c: c["header"]["threshold"].update(value=2.0), "ValueError"),
        (lambda c: c["header"]["threshold"].update(value=float("nan")), "ValueError"),
        (lambda c: c["header"]["calibration"].update(prevalence=1.0), "ValueError"),
        (lambda c: c["arrays"].update(coefficients=np.full(5, np.inf)), "ValueError"),
        (lambda c: c["header"].update(text={"columns": [7]}), "TypeError"),
        (lambda c: c["header"].update(metrics={"recall": {"value": None}}), "TypeError"),
    ],
)
def test_parts_that_do_not_fit(path, parts, change, error):
    changed = contents(parts)
    changed["header"] = json.loads(json.dumps(changed["header"]))
    change(changed)
    assert refusal(path, sealed(dumped(changed))) == (
        f"refused to load the model file: its parts do not fit ({error})"
    )


def test_another_format(path):
    message = refusal(path, sealed(dumped({"header": {"format": 2}})))
    assert message == (
        "the model file has format 2, this version of fakedetect reads format 1; install the"
        " version that wrote it, or train again"
    )


def test_text_file(path):
    assert refusal(path, b"hello\n" * 100).startswith("not a fakedetect model file")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("missing.joblib", "No such file or directory"), (".", "Is a directory")],
)
def test_unreadable(tmp_path, name, expected):
    with pytest.raises(ModelError) as caught:
        modelfile.read(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: cannot read the model file: {expected}"
