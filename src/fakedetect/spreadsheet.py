r"""What a spreadsheet would run as a formula, made text, and back.

Sellers write the text, and some write for whoever opens the results: ``=HYPERLINK(...)`` or
``=cmd|'...'!A0`` in a title is a formula to a spreadsheet, also where the file quotes the cell. An
apostrophe before it makes it text in all of them.

Formulas begin with ``=``, ``+``, ``-`` or ``@``, or their full-width and small forms; quotes,
blanks and invisible characters before them count for nothing, since some programs drop them (OWASP,
"CSV Injection"). Such a start is looked for in two places:

- at the start of a cell;
- inside a cell, behind ``;``, ``|``, a tab or a line end, where a cell begins for a program that
  takes another delimiter for granted than the file has, as Excel does in much of Europe. Behind a
  comma, which is in every sentence, only ``=`` counts.

Left alone: numbers and telephone numbers (-12.50, -20%, +49 170 123), which contain nothing to run.
Known limit: a file opened with blanks as the delimiter, against which no text can be guarded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_EQUALS = "=＝﹦"
_STARTS = rf"[{_EQUALS}@＠﹫+＋﹢\-－﹣−]"
# Quotes, blanks, invisible characters; without the tab and line ends, at which cells are cut.
_BEFORE = r"['\"\pZ\p{Cf}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*"
# OWASP counts tab, line ends and NUL at the start of a cell whatever follows.
_FORMULA = rf"{_BEFORE}(?:{_STARTS}|[\t\r\n\x00])"
_NUMBER = r"[+\-−][.,]?[0-9]+(?:[., \x{a0}\x{202f}][0-9]+)*(?:[eE][+\-]?[0-9]+)?%?$"


def neutralised(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with an apostrophe before all that a spreadsheet would run as a formula.

    Text columns (also large and dictionary-encoded strings) and the names of columns are changed,
    other columns and missing cells are not. ``restored`` undoes it.
    """
    return _rewritten(batch, old="", new="'")


def restored(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch that ``neutralised`` was given.

    Every text comes back as it was, also one that began with apostrophes of its own. Text that was
    written without ``neutralised`` may lose apostrophes that are its own.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from fakedetect.spreadsheet import neutralised, restored
    >>> batch = pa.record_batch({"title": ["=1+1", "'=1+1", "bag;=1+1", "-12.50"]})
    >>> neutralised(batch)["title"].to_pylist()
    ["'=1+1", "''=1+1", "bag;'=1+1", '-12.50']
    >>> restored(neutralised(batch)) == batch
    True
    """
    return _rewritten(batch, old="'", new="")


def would_run(cells: pa.Array) -> pa.Array:
    """Return which texts ``neutralised`` would change, as an array of booleans.

    Examples
    --------
    >>> import pyarrow as pa
    >>> would_run(pa.array(["=1+1", "bag", "-12.50"])).to_pylist()
    [True, False, False]
    """
    import pyarrow.compute as pc

    return pc.not_equal(cells, _exchanged(cells, "", "'"))


def _rewritten(batch: pa.RecordBatch, *, old: str, new: str) -> pa.RecordBatch:
    import pyarrow as pa

    names = _exchanged(pa.array(batch.schema.names, pa.string()), old, new).to_pylist()
    columns = [
        _exchanged(cells, old, new) if _is_text(cells) else cells
        for cells in map(_decoded, batch.columns)
    ]
    return pa.RecordBatch.from_arrays(columns, names=names)


def _decoded(cells: pa.Array) -> pa.Array:
    import pyarrow as pa

    return cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells


def _is_text(cells: pa.Array) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type))


def _exchanged(cells: pa.Array, old: str, new: str) -> pa.Array:
    """Return the cells with ``old`` before a formula replaced by ``new``.

    One of them is nothing and the other an apostrophe, which is one of the quotes that count for
    nothing. So neither step changes what the other looks for, and each can be undone by itself.
    """
    import pyarrow.compute as pc

    # Few cells hold formulas, and looking for them takes half the time of replacing them.
    ends, starts = r"[;|\t\r\n]", rf"{old}{_BEFORE}"
    somewhere = rf"^{old}{_FORMULA}|{ends}{starts}{_STARTS}|,{starts}[{_EQUALS}]"
    found = pc.match_substring_regex(cells, somewhere)
    if not pc.any(found).as_py():
        return cells
    return pc.replace_with_mask(cells, found, _exchanged_in(cells.filter(found), old, new))


def _exchanged_in(cells: pa.Array, old: str, new: str) -> pa.Array:
    import pyarrow.compute as pc

    inside = rf"([;|\t\r\n]){old}({_BEFORE}{_STARTS})|(,){old}({_BEFORE}[{_EQUALS}])"
    cells = pc.replace_substring_regex(cells, inside, rf"\1\3{new}\2\4")
    found = pc.match_substring_regex(cells, f"^{old}{_FORMULA}")
    if not pc.any(found).as_py():
        return cells
    formulas = cells.filter(found)
    number = pc.match_substring_regex(formulas, f"^{old}{_NUMBER}")
    exchanged = pc.utf8_replace_slice(formulas, 0, len(old), new)
    return pc.replace_with_mask(cells, found, pc.if_else(number, formulas, exchanged))
