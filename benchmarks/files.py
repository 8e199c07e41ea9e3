"""What ``fakedetect score`` takes from file to file, against only reading and writing the file."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from . import children, tables
from .children import Finished

_SEED = 21
_COLUMNS = ["listing_id", "title", "description"]
_BUDGET = ["--budget", "1%", "--explore", "0.1"]


class Size(NamedTuple):
    """The rounds of all on a file of so many rows and bytes."""

    n_rows: int
    n_bytes: int
    score: list[Finished]
    score_budget: list[Finished]
    score_all: list[Finished]
    copy: list[Finished]
    read: list[Finished]
    read_plainly: list[Finished]

    @property
    def ratio(self) -> float:
        """How many times as long as only reading and writing scoring takes."""
        return children.median_ratio(_walls(self.score), _walls(self.copy))

    @property
    def ratio_budget(self) -> float:
        """How many times as long scoring takes with a budget to fill as without."""
        return children.median_ratio(_walls(self.score_budget), _walls(self.score))

    @property
    def ratio_all(self) -> float:
        """How many times as long scoring takes with all columns and reasons as with ids only."""
        return children.median_ratio(_walls(self.score_all), _walls(self.score))

    @property
    def ratio_read(self) -> float:
        """How many times as long reading takes here as with pyarrow's streaming reader."""
        return children.median_ratio(_seconds(self.read), _seconds(self.read_plainly))


def measure(folder: str, *, sizes: Sequence[int], n_rounds: int) -> list[Size]:
    """Score files of some sizes with the folder's model; fewer rounds of the longest."""
    return [_measured(folder, n, n_rounds if n < 5_000_000 else 2) for n in sizes]


def _measured(folder: str, n_rows: int, n_rounds: int) -> Size:
    source, scored, copied = (f"{folder}/{name}.csv" for name in ("listings", "scored", "copied"))
    children.call("files.write", path=source, n=n_rows)
    command = [
        *(sys.executable, "-m", "fakedetect", "score", source, "-o", scored),
        *("--engine", "compiled", "--threads", str(children.N_CORES)),
        *("--model", f"{folder}/model.joblib", "--quiet"),
    ]
    children.run(command)  # compiles, the first time on a machine
    rounds = children.in_turn(
        {
            "score": lambda: children.run([*command, "--ids-only"]),
            "score_budget": lambda: children.run([*command, "--ids-only", *_BUDGET]),
            "score_all": lambda: children.run(command),
            "copy": partial(children.call, "files.copy", source=source, target=copied),
            "read": partial(children.call, "files.read", source=source),
            "read_plainly": partial(children.call, "files.read_plainly", source=source),
        },
        n_rounds,
    )
    for path in (scored, copied):
        found = children.call("files.n_rows", path=path).value
        if found != n_rows:
            raise RuntimeError(f"{found} rows written of {n_rows}")
    n_bytes = Path(source).stat().st_size
    for path in (source, scored, copied):
        Path(path).unlink()
    return Size(n_rows, n_bytes, **rounds)


def rendered(found: Sequence[Size]) -> str:
    """Return the section of the results."""
    rows = [
        [
            f"{size.n_rows:,}",
            tables.memory(size.n_bytes),
            tables.seconds(_walls(size.score)),
            tables.rate(size.n_rows, _walls(size.score)),
            tables.memory(peak(size.score)),
            tables.seconds(_walls(size.score_budget)),
            tables.memory(peak(size.score_budget)),
            tables.ratio(size.ratio_budget),
            tables.seconds(_walls(size.score_all)),
            tables.memory(peak(size.score_all)),
            tables.ratio(size.ratio_all),
            tables.seconds(_walls(size.copy)),
            tables.memory(peak(size.copy)),
            tables.ratio(size.ratio),
            tables.ratio(size.ratio_read),
        ]
        for size in found
    ]
    header = [
        *("rows", "file", "score", "rows/s", "peak memory"),
        *("with a budget", "peak memory", "takes"),
        *("all columns", "peak memory", "take"),
        *("read and write", "its peak memory", "score takes", "reading takes"),
    ]
    n_cores = children.N_CORES
    return f"""## File to file

`fakedetect score listings.csv -o scored.csv --ids-only --engine compiled --threads {n_cores}`: a
CSV file with id, title and description in, one with id, score, flag, lane and status out; then the
same with a budget of 1 % to fill, a tenth of it by lot, for which the file is read twice; then,
without a budget, with all columns and reasons. Beside them, the floor: pyarrow reads the same file
in a stream, line ends inside cells allowed, and writes its columns into another. All on {n_cores}
cores, from the start of the process to its end; the file is in the page cache, and the kernels were
compiled by an earlier run. Last, reading alone, records counted, against pyarrow's streaming
reader, both without the start of the process.

{tables.markdown(header, rows)}"""


def peak(finished: Sequence[Finished]) -> float:
    """Return the median peak memory."""
    return statistics.median(each.peak_bytes for each in finished)


def _walls(finished: Sequence[Finished]) -> list[float]:
    return [each.wall_s for each in finished]


def _seconds(finished: Sequence[Finished]) -> list[float]:
    return [each.value["seconds"] for each in finished]


def write(path: str, n: int) -> None:
    """Write a file of listings."""
    from . import texts

    texts.write_csv(path, n, seed=_SEED)


def copy(source: str, target: str) -> None:
    """Read a file of listings and write it again."""
    import pyarrow as pa
    from pyarrow import csv

    reader = csv.open_csv(
        source,
        # Larger blocks are no faster.
        csv.ReadOptions(block_size=4 << 20),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            include_columns=_COLUMNS, column_types=dict.fromkeys(_COLUMNS, pa.string())
        ),
    )
    with csv.CSVWriter(target, reader.schema) as writer:
        for batch in reader:
            writer.write(batch)


def read(source: str) -> dict[str, float]:
    """Read a file of listings as scoring does."""
    from pyarrow import csv  # noqa: F401 # imported by the other contestant too before it starts

    from fakedetect.engines import on_threads
    from fakedetect.listings import ListingReader

    start = time.perf_counter()
    blocks = ListingReader(source).blocks()
    n = sum(batch.table.num_rows for batch in on_threads(lambda block: block.read(), blocks, None))
    return {"seconds": time.perf_counter() - start, "n_rows": n}


def read_plainly(source: str) -> dict[str, float]:
    """Read a file of listings with pyarrow's streaming reader, texts as texts."""
    import pyarrow as pa
    from pyarrow import csv

    start = time.perf_counter()
    reader = csv.open_csv(
        source,
        csv.ReadOptions(block_size=1 << 20),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(default_column_type=pa.string(), strings_can_be_null=False),
    )
    n = sum(batch.num_rows for batch in reader)
    return {"seconds": time.perf_counter() - start, "n_rows": n}


def n_rows(path: str) -> int:
    """Return how many rows a CSV file has."""
    from pyarrow import csv

    with csv.open_csv(path, parse_options=csv.ParseOptions(newlines_in_values=True)) as reader:
        return sum(batch.num_rows for batch in reader)
