import dataclasses
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from conftest import market
from fakedetect.comparison import RECALL_AT_RATE, compare
from fakedetect.errors import InputError
from fakedetect.evaluation import evaluate
from fakedetect.report import as_json

AUTHORISED = ["seller 0", "seller 1", "seller 2", "niemand"]


@pytest.fixture(scope="module")
def challenger(model):
    """A model that takes "sealed" for suspicious and "mirror quality" for harmless."""
    terms = [*model.features.word_terms, *model.features.char_terms]
    weights = model.coefficients.copy()
    for place, term in enumerate(terms):
        if "mirror" in term or "quality" in term:
            weights[place] = -5
        elif term.strip() == "sealed":
            weights[place] = 9
    return dataclasses.replace(model, coefficients=weights, threshold=0.1)


@pytest.fixture(scope="module")
def fresh():
    """Three hundred listings that no model was trained on, six in seven labelled."""
    table = market(300, seed=5)
    table["brand"] = np.where(np.arange(300) % 3 > 0, "Zoë", "")
    table.loc[::7, "label"] = ""
    return table


@pytest.fixture(scope="module")
def found(model, challenger, fresh):
    return compare(model, challenger, fresh, label="label", authorised=AUTHORISED)


@pytest.fixture(scope="module")
def flags(model, challenger, fresh):
    return model.flag(fresh).to_numpy(), challenger.flag(fresh).to_numpy()


def test_listings_by_who_flags_them(found, flags):
    before, after = flags
    assert found.agreement == (
        (before & after).sum(), (before & ~after).sum(), (~before & after).sum(),
        (~before & ~after).sum(),
    )  # fmt: skip
    assert min(found.agreement) > 0
    assert (found.champion.n_flagged, found.challenger.n_flagged) == (before.sum(), after.sum())
    assert found.agreement.n == 300
    assert found.newly.n == found.agreement.n_newly
    assert found.no_longer.n == found.agreement.n_no_longer


def test_changes_by_column(found, model, challenger, fresh):
    brand, seller = found.swaps
    assert (brand.column, seller.column) == ("brand", "seller")
    assert {each.value: each.n for each in brand.values} == {"Zoë": 200, "": 100}
    assert sum(each.n_newly for each in brand.values) == found.newly.n
    assert sum(each.n_no_longer for each in brand.values) == found.no_longer.n
    other = compare(model, challenger, fresh, by=["language"])
    assert [each.column for each in other.swaps] == ["script"]


def test_examples_are_those_that_change_most(found, model, challenger, fresh, flags):
    before, after = flags
    change = (challenger.margin(fresh) - model.margin(fresh)).to_numpy()
    for part, which, sign in (
        (found.newly, after & ~before, 1),
        (found.no_longer, before & ~after, -1),
    ):
        changes = np.sort(-sign * change[which])[:10]
        assert [-sign * each.change for each in part.examples] == pytest.approx(changes.tolist())
        for each in part.examples:
            row = fresh.iloc[each.row - 1]
            assert (each.listing_id, each.seller) == (row["listing_id"], row["seller"])
            assert each.text == f"{row['title']} {row['description']}".strip()
            assert each.label == (int(row["label"]) if row["label"] else None)
            assert each.champion == pytest.approx(model.score(each.text))
            assert each.challenger == pytest.approx(challenger.score(each.text))
    # Each is explained by the model that flags it.
    assert max(found.newly.examples[0].spans, key=lambda span: span.value).text == "sealed"
    loudest = {max(each.spans, key=lambda s: s.value).text for each in found.no_longer.examples}
    assert loudest <= {"mirror", "quality"}


def test_figures_are_each_ones_own_and_their_difference(found, model, challenger, fresh):
    labelled = fresh[fresh["label"] != ""]
    judged = found.judged
    assert (judged.n_labelled, judged.n_positive) == (
        len(labelled),
        (labelled["label"] == "1").sum(),
    )
    assert (judged.n_groups, judged.group_column) == (40, "seller")
    alone = [
        evaluate(labelled, each.with_threshold(each.threshold)) for each in (model, challenger)
    ]
    for name in ("average_precision", "roc_auc", "precision", "recall"):
        both = judged.figures[name]
        assert (both.champion, both.challenger) == tuple(each.metrics[name] for each in alone)
        assert both.difference.value == both.challenger.value - both.champion.value
        assert both.difference.low < both.difference.value < both.difference.high
    assert found.average_precision == judged.figures["average_precision"].difference
    assert found.average_precision.high < 0
    assert list(judged.figures)[-1] == RECALL_AT_RATE


def test_two_models_alike(model, fresh):
    found = compare(model, model, fresh, label="label")
    assert (found.newly.n, found.no_longer.n, found.agreement.kappa) == (0, 0, 1)
    assert found.newly.examples == ()
    assert [swaps.values for swaps in found.swaps] == [(), ()]
    assert found.average_precision.value == 0
    assert found.average_precision.low == -found.average_precision.high < 0


def test_a_threshold_alone_swaps_one_way(model, fresh):
    found = compare(model, model.with_threshold(0.6), fresh)
    assert found.newly.n == 0 < found.no_longer.n
    rows = [each.row for each in found.no_longer.examples]
    assert rows == sorted(rows)  # all margins stay, so the first come first
    assert found.challenger.rule == "chosen by hand"
    assert found.challenger.threshold == 0.6


def test_without_labels_nothing_is_judged(model, challenger, fresh):
    for label, table in ((None, fresh), ("label", fresh.assign(label=""))):
        found = compare(model, challenger, table, label=label)
        assert found.judged is None
        assert np.isnan(found.average_precision).all()
        assert (found.newly.n_suspected, found.newly.n_genuine) == (0, 0)
        assert {each.label for each in found.newly.examples} == {None}
        assert np.isnan(found.champion.seen_share)


def test_one_class_has_counts_and_undefined_figures(model, challenger, fresh):
    found = compare(model, challenger, fresh.assign(label="0"), label="label")
    assert found.newly.n_genuine == found.newly.n
    assert np.isnan(found.average_precision).all()


def test_texts_seen_in_training_and_text_columns_of_its_own(model, challenger, listings):
    titles = dataclasses.replace(
        challenger, card={**challenger.card, "text": {"columns": ["title"], "edition": 2}}
    )
    found = compare(model, titles, listings, label="label")
    assert found.champion.text_columns == ["title", "description"]
    assert found.challenger.text_columns == ["title"]
    assert found.champion.seen_share == 1
    assert 0 < found.challenger.seen_share < 1  # those whose description is empty
    assert found.challenger.n_flagged == challenger.flag(listings, text=["title"]).sum()
    assert all(each.text == listings["title"][each.row - 1] for each in found.newly.examples)
    named = compare(model, titles, listings, label="label", text=["title"])
    assert named.champion.text_columns == ["title"]
    assert named.champion.seen_share == named.challenger.seen_share < 1


def test_authorised_sellers_that_are_newly_flagged(found, fresh, flags, model, challenger):
    before, after = flags
    newly = fresh["seller"][after & ~before].value_counts()
    authorised = found.authorised
    assert (authorised.n_listed, authorised.n_found) == (4, 3)
    assert {each.seller: each.n_newly for each in authorised.sellers} == {
        name: newly[name] for name in AUTHORISED if name in newly
    }
    assert all(each.n == (fresh["seller"] == each.seller).sum() for each in authorised.sellers)
    counts = [each.n_newly for each in authorised.sellers]
    assert counts == sorted(counts, reverse=True)
    assert found.newly_flagged_authorised == tuple(each.seller for each in authorised.sellers)
    assert len(counts) > 0
    nobody = compare(model, challenger, fresh, authorised=[])
    assert nobody.authorised == (0, 0, ())
    assert compare(model, challenger, fresh).newly_flagged_authorised == ()


def test_sellers_in_a_column_of_another_name(model, challenger, fresh, found):
    renamed = fresh.rename(columns={"seller": "händler"})
    other = compare(
        model, challenger, renamed, label="label", group="händler", authorised=AUTHORISED
    )
    assert other.judged == found.judged._replace(group_column="händler")
    assert other.swaps == (found.swaps[0], found.swaps[1]._replace(column="händler"))
    assert other.authorised == found.authorised
    assert other.newly == found.newly


def test_tables_of_both_kinds_and_both_engines(model, challenger, fresh, found):
    table = pa.Table.from_pandas(fresh)
    same = compare(
        model, challenger, table, label="label", authorised=AUTHORISED, engine="walk", n_threads=1
    )
    assert same.as_dict() == found.as_dict()
    shuffled = fresh.set_index(np.arange(300)[::-1])
    again = compare(model, challenger, shuffled, label="label", authorised=AUTHORISED)
    assert again.as_dict() == found.as_dict()


def test_the_seed_moves_the_intervals_alone(model, challenger, fresh, found):
    other = compare(model, challenger, fresh, label="label", seed=1).average_precision
    assert other.value == found.average_precision.value
    assert other.low != found.average_precision.low


def test_plain_data(found, model, challenger, fresh):
    values = found.as_dict()
    assert json.loads(as_json(values)) == values
    assert values["n"] == 300
    assert values["agreement"] == {
        **found.agreement._asdict(),
        "share": found.agreement.share,
        "kappa": found.agreement.kappa,
    }
    figure = values["judged"]["figures"]["recall"]
    assert list(figure) == ["champion", "challenger", "difference"]
    assert list(figure["difference"]) == ["value", "low", "high"]
    assert values["newly"]["examples"][0]["spans"][0].keys() == {"text", "start", "end", "value"}
    bare = compare(model, challenger, fresh[["title"]]).as_dict()
    assert bare["judged"] is bare["authorised"] is None
    example = bare["newly"]["examples"][0]
    assert (example["listing_id"], example["seller"], example["label"]) == ("", "", None)


@pytest.mark.parametrize(
    ("change", "how", "says"),
    [
        (
            lambda table: table["title"].tolist(),
            {},
            "listings to compare are of type list; give a pandas DataFrame or a pyarrow Table",
        ),
        (lambda table: table[:0], {}, "no listings; the file or table has no rows"),
        (
            lambda table: table[["title"]],
            {"label": "Etikett"},
            "no column 'Etikett'; the columns are title",
        ),
        (
            lambda table: table.assign(label="ja"),
            {"label": "label"},
            "row 1, column label: label 'ja' is not 1 (suspected), 0 (genuine) or empty"
            " (unlabelled)",
        ),
        (
            lambda table: table[["title"]],
            {"authorised": ["x"]},
            "authorised sellers are named, but the listings have no sellers; name their column",
        ),
        (
            lambda table: table[["title"]],
            {"group": "händler"},
            "no column 'händler'; the columns are title",
        ),
    ],
)
def test_errors(model, fresh, change, how, says):
    with pytest.raises(InputError) as caught:
        compare(model, model, change(fresh), **how)
    assert str(caught.value) == says


def test_listings_without_a_seller_are_nobodys(model, challenger, fresh):
    table = fresh.assign(seller=None)
    found = compare(model, challenger, table, label="label", authorised=["None", "seller 0"])
    assert found.judged.n_groups == found.judged.n_labelled
    assert found.authorised == (2, 0, ())
    assert [each.value for each in found.swaps[1].values] == [""]
    assert pd.Series([each.seller for each in found.newly.examples]).eq("").all()
