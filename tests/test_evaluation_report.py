import pytest

from fakedetect import evaluation_report
from fakedetect.page import Facts, Figure, Grid, Heading, Quoted, Words
from sample_evaluation import NAN, estimate, sample


def words(page, tone=None):
    return [
        block.text
        for block in page.blocks
        if isinstance(block, Words) and tone in {None, block.tone}
    ]


def fact(page, name):
    facts = [each for block in page.blocks if isinstance(block, Facts) for each in block.facts]
    return next(each for each in facts if each.name == name)


def without(*names, **changed):
    values = {**sample(), **changed}
    return {name: value for name, value in values.items() if name not in names}


def test_verdict_comes_first():
    page = evaluation_report.evaluation(sample())
    assert page.blocks[0] == Words(
        "Held out by seller with copies left out, average precision is 0.55 (0.48 to 0.61);"
        " a random split would have said 0.85.",
        "verdict",
    )
    values = sample()
    values["data"]["group_column"] = "sh\u202eop"
    assert "Held out by sh�op with copies" in evaluation_report.evaluation(values).blocks[0].text


@pytest.mark.parametrize(
    ("headline", "verdict"),
    [
        (
            {"split": "time", "average_precision": estimate(0.5), "random": None, "gap": None},
            "Held out by time, average precision is 0.50 (interval undefined).",
        ),
        (
            {"split": "random", "average_precision": estimate(NAN), "random": estimate(NAN)},
            "On a random split, average precision is undefined.",
        ),
        (
            {"split": "the given model", "average_precision": estimate(0.5, 0.4, 0.6)},
            "With the given model, average precision is 0.50 (0.40 to 0.60).",
        ),
    ],
)
def test_verdict_without_a_gap(headline, verdict):
    page = evaluation_report.evaluation(without("splits", headline=headline))
    assert words(page, "verdict") == [verdict]


def test_decision_tells_rule_and_promise():
    page = evaluation_report.evaluation(sample())
    assert fact(page, "threshold").value == "0.3127"
    assert fact(page, "recall of held").note == "95 % interval 0.070 to 0.150"
    rule = "Rule of the threshold: precision at least 0.95 with 95 % confidence (Clopper-Pearson)."
    said = words(page)
    promise = "The labels promise a precision of at least 0.951."
    assert said.index(promise) == said.index(rule) + 1
    assert "Rule of the hold threshold: chosen by hand." in words(page)


def test_a_promised_budget():
    values = sample()
    values["threshold"] |= {"kind": "budget", "rule": "at most 2 % flagged", "bound": 0.0193}
    said = words(evaluation_report.evaluation(values))
    assert "The labels promise that at most 1.93% of listings are flagged." in said


def test_a_promise_that_other_listings_do_not_keep():
    values = sample()
    values["headline"] = {**values["headline"], "split": "the given model", "gap": None}
    page = evaluation_report.evaluation(values)
    assert page.blocks[0].text == (
        "With the given model, average precision is 0.55 (0.48 to 0.61); held out when it was"
        " trained, it was 0.55."
    )
    promise = "The labels that the model was trained on promised a precision of at least 0.951."
    broken = "These listings do not keep that: their precision is 0.610 (0.550 to 0.670)."
    assert promise in words(page)
    assert Words(broken, "warning") in page.blocks
    assert "When the model was trained" in [b.text for b in page.blocks if isinstance(b, Heading)]
    values["metrics"]["precision"]["high"] = 0.96
    assert broken not in words(evaluation_report.evaluation(values))


def test_budget_has_its_ceiling_and_the_base_rate_its_precision():
    page = evaluation_report.evaluation(sample())
    assert fact(page, "review budget") == ("review budget", "2.00%", "2,000 of 100,000 a day")
    assert fact(page, "recall ceiling").value == "25.4%"
    assert (
        "Where 0.15% of the listings are positive, precision of the flagged would be 0.027 (0.020"
        " to 0.035), if positives and negatives each look as they do here."
    ) in words(page)


def test_warnings():
    assert words(evaluation_report.evaluation(sample()), "warning")[0].startswith("40 authorised")
    values = without("harm", seen_share=0.4, notes=["there is no column of times"])
    values["data"] = {**values["data"], "n_groups": 15_639}
    note, seen, sellers = words(evaluation_report.evaluation(values), "warning")
    assert note == "there is no column of times"
    assert seen.startswith("About 40% of these texts were among the model's training listings.")
    assert "these figures flatter" in sellers


@pytest.mark.parametrize("missing", [None, "left out"])
def test_only_what_an_old_card_has(model, missing):
    names = [
        "headline", "splits", "hold", "hold_metrics", "budget", "restated", "slices", "harm",
        "review", "precision_recall", "reliability", "protocol", "seen_share",
    ]  # fmt: skip
    old = {name: value for name, value in model.card.items() if name not in names}
    if missing is None:
        old |= dict.fromkeys(names)
    page = evaluation_report.evaluation(old)
    headings = [block.text for block in page.blocks if isinstance(block, Heading)]
    assert headings == ["What was evaluated", "The decision"]
    assert not any(isinstance(block, Figure) for block in page.blocks)
    verdict, counts, *_ = words(page)
    assert verdict.startswith("Average precision is 0.")
    assert "nor a copy of its text (5 folds):" in counts


def test_card_s_figures_are_shown_as_they_are(model):
    page = evaluation_report.summary(model.card)
    grid = next(block for block in page.blocks if isinstance(block, Grid))
    figure = model.card["metrics"]["average_precision"]
    assert grid.rows[0] == (
        "average precision",
        f"{figure['value']:.3f}",
        f"{figure['low']:.3f} to {figure['high']:.3f}",
    )


def test_somebody_else_s_words_are_quoted():
    page = evaluation_report.evaluation(sample())
    cells = [cell for b in page.blocks if isinstance(b, Grid) for row in b.rows for cell in row]
    quoted = {cell.text for cell in cells if isinstance(cell, Quoted)}
    assert {"honest goods", "the brand itself", "super copy 1:1", "copies", "nemesis"} <= quoted
    assert not quoted & {cell for cell in cells if isinstance(cell, str)}
