"""Formulas in text, and what LibreOffice makes of them."""

import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakedetect.encoders import Encoder
from fakedetect.spreadsheet import neutralised, restored, would_run

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\tx", "\rx", "\nx", "\x00=1", "＝1+1", "＠x",
            " =1", '"=1"', "'=1", '  "\' =1', "-", "- item", "+", "=", "-2,5-1", "＋1", "－1",
            "−1+1", "﹦1", "\u00a0=1", "\u3000=1", "\ufeff=1", "\u200b=1", "\x0b=1", " \tx",
            "'\tx", "-5\n", "+49-170-123", "+49 (170)"]  # fmt: skip
HARMLESS = ["", "x", "1:1", "a=b", "-12.50", "+49", "-1,234.5", "1e-5", "-2e+3", "手表", "'quoted'",
            "−12,5", "-.5", "-20%", "-1\u202f234,50", "+49 170 123", "a, -b", "x @ y", "; x",
            "a\nb = c", "Ærø–x"]  # fmt: skip
INSIDE = {
    "bag;=1+1;x": "bag;'=1+1;x",
    "bag; =1": "bag;' =1",
    'bag|"+1': "bag|'\"+1",
    "bag\t@x": "bag\t'@x",
    "two\r\n-1+1": "two\r\n'-1+1",
    "bag;'=1": "bag;''=1",
    "bag,=1, -2": "bag,'=1, -2",
    "é;=1;＝2\n−3": "é;'=1;'＝2\n'−3",
    ";-5": ";'-5",
}


def changed(cells, change=neutralised):
    return change(pa.record_batch({"a": pa.array(cells, pa.string())}))["a"].to_pylist()


def test_formulas_get_an_apostrophe_and_nothing_else_does():
    assert changed(FORMULAS) == [f"'{cell}" for cell in FORMULAS]
    assert changed(HARMLESS) == HARMLESS
    assert changed(list(INSIDE)) == list(INSIDE.values())


def test_what_would_run_is_what_gets_an_apostrophe():
    assert would_run(pa.array([*FORMULAS, *INSIDE])).to_pylist() == [True] * 42
    assert not any(would_run(pa.array(HARMLESS)).to_pylist())


def test_both_at_the_start_and_inside():
    assert changed(["=1;=2", "\n=1", "'\t=1"]) == ["'=1;'=2", "'\n'=1", "''\t'=1"]


def test_names_and_all_kinds_of_text():
    cells = pa.array(["=1", None, "x"])
    batch = pa.record_batch(
        {"=cmd()": cells.cast(pa.large_string()), "b": cells.dictionary_encode(), "n": [-1, 2, 3]}
    )
    expected = {"'=cmd()": ["'=1", None, "x"], "b": ["'=1", None, "x"], "n": [-1, 2, 3]}
    assert neutralised(batch).to_pydict() == expected
    assert neutralised(batch.slice(1)).to_pydict() == {k: v[1:] for k, v in expected.items()}
    assert restored(neutralised(batch)).to_pydict() == batch.to_pydict()


TEXT = st.text() | st.text("'\";,|\t\r\n\x00 =+-@＝−5.e%a\u00a0\ufeff\u2028")


@given(st.lists(TEXT))
@example([*FORMULAS, *HARMLESS, *INSIDE])
@example([f"'{cell}" for cell in [*FORMULAS, *HARMLESS, *INSIDE]])
def test_restored_is_the_inverse(cells):
    assert changed(changed(cells), restored) == cells
    assert changed(changed(changed(changed(cells)), restored), restored) == cells


@given(st.text("'\";|\t\r\n\x00 =+-@a"))
def test_no_delimiter_leaves_a_formula(cell):
    (found,) = changed([cell])
    for begun in re.split(r"[;|\t\r\n]", found):
        assert begun.strip('" \x00')[:1] not in {"=", "+", "-", "@"}


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_stay(number):
    cells = [f"{number}", f"{number:+}", f"{number:,}", f"{number:.2f}", f"{number:.2e}"]
    assert changed(cells) == cells


STARTS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\x00=", "＝", "＋", "－", "＠", "−", "﹦",
          " =", '"=', "'=", "\u00a0=", "\ufeff=", "\u3000=", "\u200b=", "\x0b="]  # fmt: skip
CONTEXTS = [
    "{}1+1",
    "{}1+1, new",
    '{}1+1&"new"',
    "{}1+1\nnew",
    "{}1+1" + "+1" * 2000,
    "{}SUM(1)",
    "{}cmd|' /C calc'!A0",
    '{}HYPERLINK("http://localhost/?"&A1,"see here")',
    "{}HYPERLINK(A1)",
    '{}WEBSERVICE("http://localhost/")',
    "bag;{}1+1;new",
    "bag|{}1+1|new",
    "bag\t{}1+1\tnew",
    "bag,{}1+1,new",
    "bag\n{}1+1\nnew",
    "bag\r{}1+1",
]
CELLS = [context.format(start) for context in CONTEXTS for start in STARTS]
# No cell equals its neighbour, since the format writes such cells once.
BATCHES = {
    "cells": pa.record_batch({"n": [-1.5] * len(CELLS), "middle": CELLS, "last": CELLS[::-1]}),
    "only": pa.record_batch({"only": CELLS}),
    "names": pa.record_batch({f"{start}1+1": [f"x{n}"] for n, start in enumerate(STARTS)}),
}
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


@pytest.fixture
def opened(tmp_path):
    """Open listings with LibreOffice; returns the files it made of them, by name."""
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice (soffice) is not installed")

    def call(suffix, separator, kind, *, raw_cells):
        for name, batch in BATCHES.items():
            path = tmp_path / f"{name}.{suffix}"
            encoder = Encoder(str(path), raw_cells=raw_cells)
            rows, added = pa.Table.from_batches([batch]), pa.table({})
            path.write_bytes(encoder.header(rows, added) + encoder.rows(rows, added))
        # Text in double quotes, UTF-8, all columns as they come, quoted cells not taken for text,
        # numbers and dates detected; the last token has formulas evaluated.
        importing = f"CSV:{ord(separator)},34,76,1,,0,false,true,false,false,false,,true"
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
             f"--infilter={importing}", "--convert-to", kind, "--outdir", str(tmp_path),
             *(f"{tmp_path / name}.{suffix}" for name in BATCHES)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return {name: tmp_path / f"{name}.{kind}" for name in BATCHES}

    return call


def n_formulas(files):
    """Return how many cells of flat OpenDocument or Excel files are formulas."""
    return sum(map(n_formulas_of, files.values()))


def n_formulas_of(path):
    if path.suffix == ".fods":
        return sum(TABLE + "formula" in cell.attrib for cell in cells_of(path))
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return sum(
            element.tag.endswith("}f")
            for sheet in sheets
            for element in ElementTree.fromstring(archive.read(sheet)).iter()
        )


def cells_of(path):
    return ElementTree.parse(path).getroot().iter(TABLE + "table-cell")


def shown(texts):
    """Return texts that are not empty without blanks and what XML cannot hold."""
    kept = (re.sub(r"[\s\x00\ufeff]", "", text) for text in texts)
    return sorted(filter(None, kept))


@pytest.mark.slow
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_libreoffice_finds_no_formula(opened, suffix, separator):
    assert n_formulas(opened(suffix, separator, "fods", raw_cells=True)) > 10
    files = opened(suffix, separator, "fods", raw_cells=False)
    assert n_formulas(files) == 0
    if separator == {"csv": ",", "tsv": "\t"}[suffix]:
        for name, path in files.items():
            batch = neutralised(BATCHES[name])
            written = [*batch.schema.names, *(str(cell) for each in batch.columns for cell in each)]
            assert shown("".join(cell.itertext()) for cell in cells_of(path)) == shown(written)


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "separator"), [("csv", ","), ("tsv", "\t")])
def test_no_formula_reaches_excels_format(opened, suffix, separator):
    assert n_formulas(opened(suffix, separator, "xlsx", raw_cells=True)) > 10
    assert n_formulas(opened(suffix, separator, "xlsx", raw_cells=False)) == 0
