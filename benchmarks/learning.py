"""``python -m benchmarks.learning``: what a ledger teaches, and what liars can do to it.

Markets of ``fakedetect.simulate``, of which the truth is known, and the real titles of
``market-titles.csv`` with simulated reporters. The figures say how estimators and defences behave;
they are not the quality of any model on any market.
"""

from __future__ import annotations

import argparse
import csv
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fakedetect import simulate
from fakedetect.events import COLUMNS, time_text
from fakedetect.features import count
from fakedetect.fitting import fit_candidates
from fakedetect.labels import read_labelled
from fakedetect.learning import lesson
from fakedetect.ledger import Ledger
from fakedetect.ledger_labels import Policy, labels_as_of, snapshots
from fakedetect.listings import ListingReader
from fakedetect.metrics import Estimate, Ranking, average_precision
from fakedetect.model import Model
from fakedetect.reporters import SUSPENDED, programme
from fakedetect.retraining import retrain
from fakedetect.text import EDITION, featured
from fakedetect.training import train

from . import tables
from .children import ROOT
from .worlds import REAL, World, real, through_ledger

POLICY = Policy(programme("good-faith"))
TEXT = ["title", "description"]
C = 1.0  # one fit at fixed settings, so that what differs is the labels
FALSE_POSITIVE_RATE = 0.01
WEEK = pd.Timedelta(days=7)

# What is tried, by how much, and the loss of recall in points that is allowed on average.
ATTACKS: tuple[tuple[str, float, float], ...] = (
    ("flip", 0.01, 2),
    ("flip", 0.05, 2),
    ("flip", 0.2, 2),
    ("smear", 1.0, 2),
    ("hide", 0.1, 7),
    ("sybils", 0.2, 3),
)


def simulated(market: simulate.Market) -> World:
    """Return a simulated market, its events once through a ledger."""
    weeks = list(simulate.weeks(market))
    truth = pd.concat([_frame(week.listings) for week in weeks], ignore_index=True)
    truth["listed"] = pd.to_datetime(truth["listed"], utc=True)
    truth["label"] = truth["label"].astype(int)
    return World(through_ledger(pd.concat([week.events for week in weeks])), truth)


def fitted(table: pd.DataFrame, text: Sequence[str] = TEXT) -> Model:
    """Return one fit on weighed labels, without choosing anything."""
    labelled = read_labelled(table, weight="weight", text=text)
    counts = count(list(map(featured, labelled.originals)))
    rows = np.arange(len(labelled.labels))
    found = fit_candidates(labelled, counts, rows, [C], padded=False)
    ((coefficients, intercept),) = found.regressions
    card = {"text": {"columns": list(text), "edition": EDITION}}
    return Model(found.features, coefficients, intercept, 0.5, card)


def recall(labels: np.ndarray, margins: np.ndarray) -> float:
    """Return recall where one in a hundred genuine listings is flagged."""
    threshold = np.quantile(margins[~labels], 1 - FALSE_POSITIVE_RATE)
    return float((margins[labels] > threshold).mean())


def precision(labels: np.ndarray, margins: np.ndarray) -> float:
    """Return average precision."""
    return float(average_precision(Ranking.of(labels, margins).weighed())[0])


class Point(NamedTuple):
    """Average precision on the fortnight after so many weeks, and by who reports the brand."""

    weeks: int
    average_precision: float
    contributing: float
    others: float


def curve(seed: int) -> list[Point]:
    """Return what training as of later and later weeks gives on the following fortnight."""
    market = simulate.Market(listings_per_week=500, seed=seed, weeks=18)
    world = simulated(market)
    start = world.truth["listed"].min().normalize()
    contributing = world.truth["brand"].isin(market.contributors)
    points = []
    for weeks in (2, 4, 8, 16):
        as_of = start + weeks * WEEK
        model = fitted(lesson(world.events, as_of, POLICY).table)
        after = world.truth["listed"].between(as_of, as_of + 2 * WEEK, inclusive="left")
        figures = []
        for part in (after, after & contributing, after & ~contributing):
            test = world.truth[part]
            labels = test["label"].to_numpy() == 1
            figures.append(precision(labels, np.asarray(model.margin(test, text=TEXT))))
        points.append(Point(weeks, *figures))
    return points


def believing(events: pd.DataFrame, as_of: pd.Timestamp, taught: pd.DataFrame) -> pd.DataFrame:
    """Return a lesson as it would be if every notice that was not rejected were believed."""
    events = events[events["time"] <= as_of]
    named = events["listing_id"].astype(str)
    notices = set(named[(events["event"] == "notice") & (events["reason"] == "counterfeit")])
    rejected = set(named[(events["event"] == "verdict") & (events["outcome"] == "rejected")])
    texts = snapshots(events).reset_index()
    noticed = texts[texts["listing_id"].isin(notices - rejected)]
    silent = taught[(taught["label"] == 0) & ~taught["listing_id"].isin(noticed["listing_id"])]
    sellers = events[events["seller"] != ""].drop_duplicates("listing_id")
    sellers = sellers.set_index(sellers["listing_id"].astype(str))["seller"].astype(str)
    noticed = noticed.assign(label=1, seller=sellers.reindex(noticed["listing_id"]).to_numpy())
    return pd.concat([silent, noticed]).assign(weight=1.0)


class Loss(NamedTuple):
    """An attack: how much of the recall it cost (points), and whether liars were suspended."""

    attack: str
    share: float
    recall: float
    loss: float
    believing: float
    n_liars: int
    n_liars_suspended: int
    n_honest_suspended: int


def losses(seed: int) -> list[Loss]:
    """Return what attacks do to a model of a simulated market."""
    found: list[Loss] = []
    clean = 0.0
    for attack, share in [("none", None), *((name, share) for name, share, _ in ATTACKS)]:
        market = simulate.Market(
            weeks=17, listings_per_week=600, n_sellers=400, attack=attack, attack_share=share,
            seed=seed,
        )  # fmt: skip
        world = simulated(market)
        start = world.truth["listed"].min().normalize()
        as_of = start + 13 * WEEK  # a quarter
        taught = lesson(world.events, as_of, POLICY).table
        test = world.truth[world.truth["listed"] >= as_of]
        labels = test["label"].to_numpy() == 1
        reached, believed = (
            recall(labels, np.asarray(fitted(table).margin(test, text=TEXT)))
            for table in (taught, believing(world.events, as_of, taught))
        )
        if attack == "none":
            clean = reached
        scores = reached, clean, believed
        found.append(_loss(world.events, as_of, (attack, share or 0.0), scores))
    return found


def _loss(
    events: pd.DataFrame,
    as_of: pd.Timestamp,
    attack: tuple[str, float],
    scores: tuple[float, float, float],
) -> Loss:
    reached, clean, believed = scores
    known = labels_as_of(events, as_of, POLICY).records.table
    is_honest = known.index.str.startswith(("owner-", "agent-", "buyer-"))
    suspended = known["tier"] == SUSPENDED
    honest = suspended & is_honest & (known["n_claims"] > 30)
    return Loss(
        *attack,
        reached,
        100 * (clean - reached),
        believed,
        int((~is_honest).sum()),
        int((suspended & ~is_honest).sum()),
        int(honest.sum()),
    )


def _frame(listings: Any) -> pd.DataFrame:
    return listings if isinstance(listings, pd.DataFrame) else listings.to_pandas()


LATEST = pd.Timestamp("2023-04-01", tz="UTC")  # real titles from then on are judged by


def real_losses(seed: int) -> list[Loss]:
    """Return what attacks do to a model of the real titles, on sellers that it has not seen."""
    found: list[Loss] = []
    clean = 0.0
    for attack, share in [("none", 0.0), *((name, share) for name, share, _ in ATTACKS)]:
        world = real(seed, attack, share)
        as_of = world.truth["listed"].max() + 3 * WEEK
        taught = lesson(world.events, as_of, POLICY).table
        sellers = np.array(sorted(world.truth["seller"].unique()))
        part = np.random.default_rng(seed).integers(2, size=len(sellers))
        reached, believed = (
            _recall_on_other_sellers(world.truth, table, sellers, part)
            for table in (taught, believing(world.events, as_of, taught))
        )
        if attack == "none":
            clean = reached
        scores = reached, clean, believed
        found.append(_loss(world.events, as_of, (attack, share), scores))
    return found


def _recall_on_other_sellers(
    truth: pd.DataFrame, taught: pd.DataFrame, sellers: np.ndarray, part: np.ndarray
) -> float:
    margins = pd.Series(np.nan, truth.index)
    for half in (0, 1):
        held_out = set(sellers[part == half])
        model = fitted(taught[~taught["seller"].isin(held_out)], ["title"])
        test = truth["seller"].isin(held_out)
        margins[test] = np.asarray(model.margin(truth[test], text=["title"]))
    return recall(truth["label"].to_numpy() == 1, margins.to_numpy())


def real_curve(seed: int) -> list[Point]:
    """Return what training as of later and later dates gives on the latest titles, always these."""
    world = real(seed)
    test = world.truth[world.truth["listed"] >= LATEST]
    labels = test["label"].to_numpy() == 1
    points = []
    for date in ("2022-06-08", "2022-07-15", "2022-09-01", "2022-11-01", LATEST):
        when = pd.Timestamp(date, tz="UTC") if isinstance(date, str) else date
        model = fitted(lesson(world.events, when, POLICY).table, ["title"])
        figure = precision(labels, np.asarray(model.margin(test, text=["title"])))
        weeks = round((when - world.truth["listed"].min()) / WEEK)
        points.append(Point(weeks, figure, float("nan"), float("nan")))
    return points


class Gate(NamedTuple):
    """Whether a challenger was promoted, and its gain in average precision."""

    seed: int
    promoted: bool
    later: Estimate
    gold: Estimate
    refusals: tuple[str, ...]


def gate(seed: int, attack: str) -> Gate:
    """Retrain after six more weeks of drift, or with most of what came since a lie."""
    honest = simulate.Market(weeks=18, listings_per_week=400, n_sellers=300, seed=seed)
    world = simulated(honest)
    start = world.truth["listed"].min().normalize()
    early = lesson(world.events, start + 6 * WEEK, POLICY).table
    champion = train(early, weight="weight", n_folds=3)
    if attack != "none":
        world = simulated(replace(honest, attack=attack))
    found = retrain(
        world.events,
        champion,
        as_of=start + 12 * WEEK,
        until=start + 18 * WEEK,
        policy=POLICY,
        n_folds=3,
    )
    nothing = Estimate(float("nan"), float("nan"), float("nan"))
    later, gold = (
        nothing if part is None else part.average_precision for part in (found.later, found.gold)
    )
    return Gate(seed, found.promoted, later, gold, found.refusals)


class Speed(NamedTuple):
    """Seconds to add so many events, beside plain inserts of the same rows; then to use them."""

    n: int
    add_s: float
    plain_s: float
    labels_s: float
    verify_s: float


def speed(n: int) -> Speed:
    """Return how long a ledger of many events takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/events.csv"
        _write_many(path, n)
        begin = time.perf_counter()
        with (
            closing(sqlite3.connect(f"{folder}/plain.db")) as plain,
            Path(path).open(newline="") as file,
        ):
            reader = csv.reader(file)
            places = ", ".join("?" * len(next(reader)))
            plain.execute(f"CREATE TABLE events ({', '.join(COLUMNS)})")
            plain.executemany(f"INSERT INTO events VALUES ({places})", reader)  # noqa: S608 # marks
            plain.commit()
        plain_s = time.perf_counter() - begin
        with Ledger(f"{folder}/ledger.db", create=True) as ledger:
            begin = time.perf_counter()
            ledger.add_file(ListingReader(path))
            add_s = time.perf_counter() - begin
            begin = time.perf_counter()
            events = ledger.frame()
            labels_as_of(events, events["time"].iloc[-1], POLICY)
            labels_s = time.perf_counter() - begin
            begin = time.perf_counter()
            if ledger.breaks():
                raise RuntimeError("the chain does not hold")
            verify_s = time.perf_counter() - begin
    return Speed(n, add_s, plain_s, labels_s, verify_s)


def _write_many(path: str, n: int) -> None:
    """Write listings, each with a notice and a verdict, over three hundred days."""
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(n):
            listing, part = divmod(number, 3)
            when = time_text(1_704_067_200_000_000 + number * 300 * 86_400_000_000 // n)
            row = dict.fromkeys(COLUMNS, "")
            row |= {"event_id": f"e{number}", "time": when, "listing_id": f"l{listing}"}
            if part == 0:
                title = f"leather bag {listing} black super copy 1:1 fast shipping"
                description = f"A description of it with a few words more, number {number}."
                row |= {"event": "listed", "seller": f"seller {listing % 5000}"}
                row |= {"brand": f"brand {listing % 50}", "title": title}
                row |= {"description": description}
            elif part == 1:
                row |= {"event": "notice", "reporter": f"reporter {listing % 300}"}
                row |= {"brand": f"brand {listing % 50}", "reason": "counterfeit"}
            else:
                row |= {"event": "verdict", "reviewer": "reviewer", "regards": f"e{number - 1}"}
                row |= {"outcome": "rejected" if listing % 7 == 0 else "upheld"}
            writer.writerow(row.values())


class Found(NamedTuple):
    """All that was measured, one entry for each seed."""

    speed: Speed
    curves: list[list[Point]]
    real_curves: list[list[Point]]
    losses: list[list[Loss]]
    real_losses: list[list[Loss]]
    honest: list[Gate]
    poisoned: list[Gate]


def measure(n_seeds: int, n_gates: int, n_events: int) -> Found:
    """Measure everything, over so many seeds, and promotions over so many."""
    seeds, gates = range(1, n_seeds + 1), range(1, n_gates + 1)
    has_real = REAL.is_file()

    def each(what: Callable[[int], Any], seeds: Sequence[int]) -> list[Any]:
        begin = time.perf_counter()
        found = [what(seed) for seed in seeds]
        print(
            f"{getattr(what, '__name__', 'gate')}: {time.perf_counter() - begin:.0f} s", flush=True
        )
        return found

    return Found(
        each(lambda _: speed(n_events), range(1))[0],
        each(curve, seeds),
        each(real_curve, seeds) if has_real else [],
        each(losses, seeds),
        each(real_losses, seeds) if has_real else [],
        each(lambda seed: gate(seed, "none"), gates),
        each(lambda seed: gate(seed, "majority"), gates),
    )


def rendered(found: Found) -> str:
    """Return the page of what was measured."""
    n = len(found.curves)
    parts = [
        f"""# What a ledger teaches, and what liars can do to it

Written by `python -m benchmarks.learning`; do not edit. Means over {n} seeds. Markets are
simulated (`fakedetect simulate`), so the figures say how estimators and defences behave, and
nothing about the quality of any model anywhere.
""",
        "## More weeks of notices\n",
        "Average precision on the fortnight after, by how many weeks of events were learned from.",
        "Half of the brands file notices; the wording drifts all the time.\n",
        _curve(found.curves, ("all", "brands with notices", "other brands")),
    ]
    if found.real_curves:
        parts += [
            "\nOn real titles (one market, sellers' own labels as simulated notices and verdicts),",
            f"on those listed from {LATEST:%Y-%m-%d} on:\n",
            _curve(found.real_curves, ("all",)),
        ]
    parts += [
        "\n## Liars\n",
        "Recall at 1 % false positives: if every notice that nobody rejected were believed; as it",
        "is; and what is lost against the same market without liars, in points, on average and for",
        "the worst seed. A quarter of a year of events is learned from. Suspended are reporters by",
        "the end of it; of the honest, those with over 30 claims.",
        "",
        "Simulated markets:\n",
        _losses(found.losses),
    ]
    if found.real_losses:
        parts += [
            "\nReal titles with simulated reporters, on sellers that were not learned from:\n",
            _losses(found.real_losses),
        ]
    parts += [
        "\n## The gate\n",
        "A champion of six weeks, a challenger of twelve, judged by six more and by 200 in gold.",
        "Honest: wording has drifted. Poisoned: most of what came in is a lie, verdicts too.\n",
        tables.markdown(
            ["", "promoted", "gain on later listings", "gain on the gold set"],
            [_gates("honest drift", found.honest), _gates("a majority lies", found.poisoned)],
        ),
    ]
    refused = [
        f"- seed {each.seed}: {'; '.join(each.refusals)}"
        for each in found.honest
        if not each.promoted
    ]
    if refused:
        parts += ["Honest challengers that were refused:\n", *refused]
    spent = found.speed
    parts += [
        f"\n## {spent.n:,} events\n",
        tables.markdown(
            ["", "measured", "must"],
            [
                ["added", f"{spent.add_s:.1f} s", "< 60 s at 1,000,000"],
                [
                    "against plain inserts of the same rows, unchecked and unchained",
                    f"{spent.add_s / spent.plain_s:.1f}x",
                    "",
                ],
                ["labels as of a date", f"{spent.labels_s:.1f} s", "< 15 s at 1,000,000"],
                ["verified", f"{spent.verify_s:.1f} s", ""],
            ],
        ),
    ]
    return "\n".join(parts) + "\n"


def _curve(found: list[list[Point]], names: Sequence[str]) -> str:
    rows = []
    for points in zip(*found, strict=True):
        figures = zip(*((each[1], each[2], each[3]) for each in points), strict=True)
        means = [f"{statistics.mean(each):.3f}" for each in figures][: len(names)]
        rows.append([str(points[0].weeks), *means])
    return tables.markdown(["weeks", *names], rows)


def _losses(found: list[list[Loss]]) -> str:
    allowed = {(name, share): most for name, share, most in ATTACKS}
    rows = []
    for each in zip(*found, strict=True):
        first = each[0]
        most = allowed.get((first.attack, first.share))
        liars = (
            f"{sum(one.n_liars_suspended for one in each)} of {sum(one.n_liars for one in each)}"
        )
        rows.append(
            [
                f"{first.attack} {first.share:g}" if most is not None else "none",
                f"{statistics.mean(one.believing for one in each):.3f}",
                f"{statistics.mean(one.recall for one in each):.3f}",
                f"{statistics.mean(one.loss for one in each):+.1f}",
                f"{max(one.loss for one in each):+.1f}",
                "" if most is None else f"<= {most:g}",
                "" if most is None else liars,
                str(sum(one.n_honest_suspended for one in each)),
            ]
        )
    header = [
        "attack",
        "all believed",
        "recall",
        "lost",
        "worst",
        "must",
        "liars suspended",
        "honest suspended",
    ]
    return tables.markdown(header, rows)


def _gates(name: str, found: list[Gate]) -> list[str]:
    def mean(values: Sequence[float]) -> str:
        return f"{statistics.mean(values):+.3f}"

    return [
        name,
        f"{sum(each.promoted for each in found)} of {len(found)}",
        mean([each.later.value for each in found]),
        mean([each.gold.value for each in found]),
    ]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--gates", type=int, default=20)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "benchmarks" / "learning.md")
    options = parser.parse_args()
    found = measure(options.seeds, options.gates, options.events)
    options.output.write_text(rendered(found), encoding="utf-8")


if __name__ == "__main__":
    main()
