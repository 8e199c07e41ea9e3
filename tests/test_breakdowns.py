import random
from collections import Counter

import pyarrow as pa
import pytest

from fakedetect.batch import Output
from fakedetect.breakdowns import Frequent, breakdowns, names_in
from fakedetect.metrics import clopper_pearson
from fakedetect.scored import ScoredFile


def written(folder, sellers, flagged):
    """Write a scored file of such sellers, and return it."""
    lines = [f'"{s}",0.5,{str(f).lower()},ok\n' for s, f in zip(sellers, flagged, strict=True)]
    path = folder / "scored.csv"
    path.write_text('"seller",score,flagged,status\n' + "".join(lines))
    return ScoredFile(str(path), Output())


def frequent(file, most=100_000):
    found = Frequent(most)
    for rows in file:
        found.add(names_in(file, rows.table.filter(rows.flagged), "seller"))
    return {"seller": found}


def test_counts_are_those_of_the_file(tmp_path):
    rng = random.Random(1)
    sellers = [f"seller {min(rng.randrange(60), rng.randrange(60))}" for _ in range(3_000)]
    flagged = [rng.random() < 0.3 for _ in sellers]
    file = written(tmp_path, sellers, flagged)
    [found] = breakdowns(file, frequent(file))
    n = Counter(sellers)
    n_flagged = Counter(s for s, f in zip(sellers, flagged, strict=True) if f)
    best = sorted(n_flagged, key=lambda each: (-n_flagged[each], each))[:15]
    assert found.is_complete
    assert [(s.value, s.n, s.n_flagged) for s in found.shares] == [
        (each, n[each], n_flagged[each]) for each in best
    ]
    assert found.shares[0].rate == clopper_pearson(n_flagged[best[0]], n[best[0]])


@pytest.mark.parametrize("seed", range(5))
def test_more_sellers_than_are_counted(seed):
    rng = random.Random(seed)
    values = [f"{int(rng.paretovariate(0.6)) % 5_000}" for _ in range(20_000)]
    truth = Counter(values)
    found = Frequent(most=200)
    for start in range(0, len(values), 1_000):
        found.add(pa.array(values[start : start + 1_000]))
        assert len(found.counts) <= 200
    assert 0 < found.lost <= len(values) / 200
    for value, n in truth.items():
        assert n - found.lost <= found.counts[value] <= n
    assert set(found.first(3)) == {value for value, _ in truth.most_common(3)}


def test_who_may_be_missing_is_said(tmp_path):
    # Nobody stands out among more sellers than are counted.
    sellers = [f"seller {n}" for n in range(100)]
    file = written(tmp_path, sellers, [True] * 100)
    [found] = breakdowns(file, frequent(file, most=50))
    assert found == ("seller", (), False)


def test_counts_stay_exact_for_those_who_stand_out(tmp_path):
    sellers = ["big"] * 500 + [f"seller {n}" for n in range(400)]
    file = written(tmp_path, sellers, [True] * 400 + [False] * 100 + [True] * 400)
    [found] = breakdowns(file, frequent(file, most=100))
    assert found.shares[0][:3] == ("big", 500, 400)
    assert not found.is_complete


def test_nothing_flagged(tmp_path):
    file = written(tmp_path, ["a", "b"], [False, False])
    assert breakdowns(file, frequent(file)) == ()


def test_names_are_bounded_and_missing_ones_are_one(tmp_path):
    file = written(tmp_path, ["x" * 5_000, "", ""], [True] * 3)
    [found] = breakdowns(file, frequent(file))
    assert [(s.value, s.n_flagged) for s in found.shares] == [("", 2), ("x" * 100, 1)]
