"""Model files: honest ones load, everything else is one refusal.

Time is the processor's, since hostile files are to cost little of it; limits are far from what is
needed.
"""

import dataclasses
import hashlib
import json
import pickle
import subprocess
import sys
import time
import tracemalloc

import joblib
import numpy as np
import pytest

from conftest import ROOT, TORTURE
from fakedetect import modelfile
from fakedetect.errors import InputError, ModelRefused
from fakedetect.features import TfidfFeatures
from fakedetect.loading import load
from fakedetect.modelfile import Parts
from fakedetect.plainpickle import parse
from hostile_models import dumped, hostile, sealed

KEY = b"sixteen bytes or"
SEAL = 83  # bytes
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


def refusal(path, data: bytes, **settings) -> str:
    path.write_bytes(data)
    with pytest.raises(ModelRefused) as caught:
        modelfile.read(path, **settings)
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
    np.testing.assert_array_equal(found["arrays"]["coefficients"], parts.coefficients)


@pytest.mark.parametrize("n", [1, 2**16 - 1, 2**16, 2**16 + 1])
def test_vocabularies_of_many_sizes(path, parts, n):
    terms = [f"term {number}" for number in range(n)]
    values = np.arange(n, dtype=float)
    modelfile.write(path, Parts(parts.header, [], terms, 1 + values / n, -values))
    found = modelfile.read(path)
    assert (found.word_terms, found.char_terms) == ([], terms)
    np.testing.assert_array_equal(found.idf, 1 + values / n)
    np.testing.assert_array_equal(found.coefficients, -values)


@pytest.mark.parametrize("n", [1_000, 30_000, 1_200_000 if TORTURE else 100_000])
def test_models_of_all_sizes_give_the_same_scores(path, model, n):
    rng = np.random.default_rng(0)
    words = [f"{number:x} {number * 7919 % n:x}" for number in range(n // 3)]
    chars = [f"{number:05x}" for number in range(n - len(words))]
    idf = np.log((1 + n) / (1 + np.sort(rng.zipf(1.5, n) % n)[::-1])) + 1
    large = dataclasses.replace(
        model, features=TfidfFeatures(words, chars, idf), coefficients=rng.normal(size=n)
    )
    large.save(path)
    assert path.stat().st_size < 25 * n + 20_000
    texts = [f"{start} {words[start]} {chars[start]}" for start in range(0, n // 3, n // 30)]
    for mapped in (False, True):
        found = load(path, mmap=mapped).score(texts)
        np.testing.assert_allclose(found, large.score(texts), rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def outcomes(model_file, tmp_path_factory):
    """Load every hostile file, and an honest one first, in a process of its own."""
    folder, trace = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("run") / "trace"
    whole = model_file.read_bytes()
    honest = parse(memoryview(whole)[:-83])
    (folder / "0000 honest").write_bytes(whole)
    for number, (kind, data) in enumerate(hostile(trace, whole, honest), 1):
        (folder / f"{number:04d} {kind}").write_bytes(data)
    with (folder / "9999 files").open("wb") as file:
        file.truncate(1 << 40)
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "tests" / "hostile_models.py", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not trace.exists()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_hostile_files_are_refused_in_time_and_run_nothing(outcomes):
    honest, honest_mapped, _, *rest = outcomes
    assert honest["raised"] == honest_mapped["raised"] == "nothing"
    assert len({each["file"] for each in rest}) >= 600
    assert len({each["file"][5:].removesuffix(", sealed") for each in rest}) >= 17
    assert [each for each in rest if each["raised"] != "ModelRefused"] == []
    assert [each for each in rest if each["seconds"] >= 2] == []
    assert rest[-1]["kilobytes"] - honest["kilobytes"] < 300 << 10


def test_refusals_are_one_printable_line(outcomes):
    for each in outcomes[3:]:
        assert each["message"].isprintable(), each
        assert len(each["message"]) < 700


def test_reason_names_what_it_asks_for(path):
    assert refusal(path, sealed(pickle.dumps(eval, protocol=4))) == (
        "refused to load the model file: it asks for 'builtins.eval'"
    )


def test_any_cut_is_noticed(path, parts):
    modelfile.write(path, parts)
    data = path.read_bytes()
    for length in [*range(0, len(data), 97), len(data) - 1]:
        assert "cut short" in refusal(path, data[:length])


def mutated(rng, data: bytes, other: bytes) -> bytes:
    """Return data with a few random changes, some of them pieces of another file."""
    changed = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        at, to, length = (int(each) for each in rng.integers(0, [len(changed), len(other), 40]))
        match rng.integers(6):
            case 0:
                changed[at] ^= 1 << rng.integers(8)
            case 1:
                changed[at] = rng.integers(256)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = rng.bytes(length)
            case 4:
                changed[at : at + length] = other[to : to + length]
            case 5:
                changed = changed[:at] + other[to:]
    return bytes(changed)


@pytest.fixture(scope="module")
def originals():
    return [(ROOT / "tests" / "models" / f"format-{n}.joblib").read_bytes() for n in (3, 2)]


def test_no_mutated_file_gets_past_its_seal(path, originals):
    rng = np.random.default_rng(0)
    for _ in range(10_000 if TORTURE else 500):
        changed = mutated(rng, *originals)
        if changed not in originals:
            assert "refused to load" not in refusal(path, changed)


def test_mutated_files_sealed_again_are_refused_or_give_scores(path, originals):
    contents = [each[:-SEAL] for each in originals]
    texts = ["Super copy watch", "手表 高仿", ""]
    rng = np.random.default_rng(1)
    n_loaded = 0
    for number in range(10_000 if TORTURE else 500):
        data, other = contents if number % 4 < 2 else reversed(contents)
        # Where the arrays are, most changes are new weights: half of all are to go before.
        end = len(data) if number % 2 else data.index(b"word_terms")
        path.write_bytes(sealed(mutated(rng, data[:end], other) + data[end:]))
        start = time.process_time()
        try:
            model = load(path)
        except ModelRefused:
            continue
        finally:
            assert time.process_time() - start < 2
        n_loaded += 1
        for engine in ("walk", "compiled"):
            assert np.isfinite(model.score(texts, engine=engine)).all()
    assert n_loaded > number // 50


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_every_format_gives_its_scores(number):
    """The files are frozen: what wrote a format is gone when the next one comes."""
    folder = ROOT / "tests" / "models"
    expected = json.loads((folder / "scores.json").read_text())
    model = load(folder / f"format-{number}.joblib")
    assert (model.segments is None) == (number < 4)
    assert model.card["text"]["edition"] == 1
    for engine in ("walk", "compiled"):
        np.testing.assert_allclose(
            model.score(list(expected), engine=engine), list(expected.values()), atol=1e-9
        )


def test_this_version_writes_the_newest_frozen_format(path):
    frozen = ROOT / "tests" / "models" / f"format-{modelfile.FORMAT}.joblib"
    modelfile.write(path, modelfile.read(frozen))
    found, expected = (parse(memoryview(each.read_bytes())[:-SEAL]) for each in (path, frozen))
    assert found["header"] == expected["header"]
    for name, array in expected["arrays"].items():
        np.testing.assert_array_equal(found["arrays"][name], array, strict=True)


def test_formats_from_elsewhere(path):
    for number in (0, modelfile.FORMAT + 1):
        assert refusal(path, sealed(dumped({"header": {"format": number}}))) == (
            f"refused to load the model file: it has format {number}, this version of fakedetect"
            " reads formats 1 to 4; install the version that wrote it, or train again"
        )


def test_pinned_digest(path, parts):
    modelfile.write(path, parts)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    assert modelfile.read(path, sha256=found.upper()).header == parts.header
    with pytest.raises(ModelRefused) as caught:
        modelfile.read(path, sha256="0" * 64)
    assert str(caught.value) == (
        f"{path}: the file's SHA-256 is {found}, not the pinned {'0' * 64}; get the file that was"
        " pinned"
    )
    path.write_bytes(pickle.dumps(eval))
    with pytest.raises(ModelRefused, match="not the pinned"):  # before anything else is looked at
        modelfile.read(path, sha256=found)


def test_key(path, parts):
    modelfile.write(path, parts, key=KEY)
    assert modelfile.read(path, key=KEY).header == parts.header
    assert refusal(path, path.read_bytes()) == (
        "the model file is sealed with a key; name the key's file with --model-key, or give key="
        " in Python"
    )
    assert refusal(path, path.read_bytes(), key=b"another key of 16") == (
        "the model file was altered after it was written, or sealed with another key; get the"
        " original"
    )
    modelfile.write(path, parts)
    assert refusal(path, path.read_bytes(), key=KEY) == (
        "the model file is not sealed with a key, as you ask; get one that is, or do without the"
        " key"
    )


def test_keys_and_digests_are_checked(path, parts):
    with pytest.raises(InputError, match="the key has 5 bytes"):
        modelfile.write(path, parts, key=b"short")
    with pytest.raises(InputError, match="the key has 5 bytes"):
        modelfile.read(path, key=b"short")
    with pytest.raises(InputError, match="'abc' is not a SHA-256"):
        modelfile.read(path, sha256="abc")


def test_mapped_file_may_be_replaced(path, parts):
    modelfile.write(path, parts)
    found = modelfile.read(path, mapped=True)
    modelfile.write(path, parts._replace(coefficients=np.zeros(5)))
    np.testing.assert_array_equal(found.coefficients, parts.coefficients)
    assert not found.coefficients.flags.owndata


def test_terms_whose_hashes_collide(path, parts):
    """Python hashes the bytes it keeps: these two terms are written with the same."""
    terms = ["ab", b"ab".decode("utf-16-le")]
    modelfile.write(path, parts._replace(word_terms=["copy", *terms]))
    assert modelfile.read(path).word_terms[1:] == terms


def test_memory_is_a_small_multiple_of_the_file(path, parts):
    terms = [f"{n:x} {n * 7919:x}" for n in range(200_000)]
    values = np.linspace(1, 2, len(terms))
    modelfile.write(path, Parts(parts.header, terms, [], values, values))
    tracemalloc.start()
    modelfile.read(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * path.stat().st_size


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda c: c["arrays"].pop("idf"), "idf"),
        (lambda c: c["arrays"].update(idf=np.ones(3)), "idf_lengths"),
        (lambda c: c["arrays"].update(idf=np.ones(5, np.uint8)), "idf"),
        (lambda c: c["header"].pop("threshold"), "threshold.rule"),
        (lambda c: c["header"]["data"].pop("group_column"), "data.group_column"),
        (lambda c: c["header"].update(canaries=[]), "canaries"),
        (lambda c: c["header"]["threshold"].update(value=2.0), "threshold"),
        (lambda c: c["arrays"].update(coefficients=np.full(5, 1e9)), "coefficients"),
        (lambda c: c["header"].update(text={"columns": [7], "edition": 1}), "text.columns"),
        (lambda c: c["header"]["text"].update(edition=3), "text.edition"),
        (lambda c: c["header"]["text"].pop("edition"), "text.edition"),
        (lambda c: c["header"].pop("segments"), "segments"),
        (lambda c: c["header"].update(segments=[32, 8, 0.0]), "segments"),
        (lambda c: c["header"]["segments"].update(step=0), "segments"),
        (lambda c: c["header"]["segments"].update(n_words=8, step=9), "segments"),
        (lambda c: c["header"]["segments"].update(n_words=1000, step=62), "segments"),
        (lambda c: c["header"]["segments"].update(n_words=1001, step=500), "segments"),
        (lambda c: c["header"]["segments"].update(penalty=-0.1), "segments"),
        (lambda c: c["header"]["segments"].update(penalty=float("nan")), "segments"),
        (lambda c: c["header"].update(metrics={"recall": {"value": None}}), "metrics"),
    ],
)
def test_what_does_not_fit_is_named(path, parts, change, place):
    modelfile.write(path, parts)
    contents = parse(memoryview(path.read_bytes())[:-SEAL])
    change(contents)
    assert refusal(path, sealed(dumped(contents))) == (
        f"refused to load the model file: it has no {place!r} that a model could have"
    )


def test_text_file(path):
    assert refusal(path, b"hello\n" * 100).startswith("not a fakedetect model file")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("missing.joblib", "No such file or directory"), (".", "Is a directory")],
)
def test_unreadable(tmp_path, name, expected):
    with pytest.raises(ModelRefused) as caught:
        modelfile.read(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: cannot read the model file: {expected}"


def test_name_that_no_file_can_have():
    with pytest.raises(ModelRefused) as caught:
        modelfile.read("a\0b")
    assert str(caught.value) == "'a\\x00b': cannot read the model file: embedded null byte"
