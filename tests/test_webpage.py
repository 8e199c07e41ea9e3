import copy

import pandas as pd
import pytest

from browser import CHROMIUM, Document, opened, site
from fakedetect import report, webpage
from fakedetect.page import Column, Figure, Grid, Heading, Page, Painted, Quoted, Stroke, Words
from fakedetect.plots import Dot, Dots
from sample_evaluation import sample

SECTIONS = {
    "scored": ["Scores", "The most suspected listings", "What speaks loudest for suspicion"],
    "evaluated": [
        "What was evaluated",
        "The same listings, held out in different ways",
        "Ranking and calibration",
        "The decision",
        "Slices",
        "Harm: who carries the false flags",
        "Labels to look at again",
    ],
}


def hostile(url):
    """Return what a seller may write who does not mean well with who opens the report."""
    steal = f"document.title='it ran';new Image().src='{url}/script'"
    return [
        f"<script>{steal}</script>",
        f"</svg><script>{steal}</script>",
        f"</style></title></textarea><script>{steal}</script>",
        f'"><img src="{url}/image" onerror="{steal}">',
        f"' onmouseover='{steal}' autofocus onfocus='{steal}",
        f"<svg onload=\"{steal}\"><use href='{url}/use#x'/></svg>",
        f"<link rel=stylesheet href={url}/style><style>@import url({url}/import)</style>",
        f"<base href={url}><meta http-equiv=refresh content='0;url={url}/refresh'>",
        f"<iframe srcdoc='<script>{steal}</script>'></iframe>",
        f"[click](javascript:{steal})",
        "{{ 7*7 }}{% for x in range(9) %}x{% endfor %}${7*7}",
        "\u202egnp.exe\u2066\x1b[31m\x00\ud7ff",
        "`` ` | \\| <!-- --> ]]> &lt; &#106;",
        "=HYPERLINK(1)",
        "super copy " * 10_000,
    ]


def poisoned(value, texts):
    """Return plain data with every string in it replaced by a hostile one, keys kept."""
    if isinstance(value, dict):
        return {name: poisoned(each, texts) for name, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each, texts) for each in value]
    return next(texts) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def asked_and_pages(tmp_path_factory, model_file):
    """What a site was asked for by a hostile report of each kind, and the documents they became."""
    if CHROMIUM is None:
        pytest.skip("no Chromium to open pages with")
    folder = tmp_path_factory.mktemp("pages")
    with site() as there:
        texts = hostile(there.url)
        (folder / "control.html").write_text(f"<title>quiet</title>{texts[0]}{texts[3][2:]}")
        control = opened(folder / "control.html", folder / "profile")
        asked_by_control = there.asked.copy()
        there.asked.clear()
        pages = {"scored": scored(folder, model_file, texts), "evaluated": evaluated(folder, texts)}
        documents = {name: opened(each, folder / "profile") for name, each in pages.items()}
        return control, asked_by_control, there.asked, pages, documents


def scored(folder, model_file, texts):
    from click.testing import CliRunner

    from fakedetect.cli import app

    rows = pd.DataFrame({"title": [f"super copy {text}" for text in texts], "seller": texts})
    rows.assign(lane=texts, id=texts).to_csv(folder / "in.csv", index=False)
    command = ["score", "in.csv", "-o", "out.csv", "--report", "out.html", "--prefix", "my "]
    arguments = [
        str(folder / each) if each.endswith((".csv", ".html")) else each for each in command
    ]
    done = CliRunner().invoke(app, [*arguments, "--model", str(model_file)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder / "out.html"


def evaluated(folder, texts):
    values = sample()
    turns = iter(texts * 20)
    for name in ("protocol", "data", "harm", "review", "slices"):
        values[name] = poisoned(values[name], turns)
    for each in values["splits"]:
        each["words"] = next(turns)
    path = folder / "evaluation.html"
    report.write(str(path), report.evaluation(values), values)
    return path


def test_the_control_runs_and_asks(asked_and_pages):
    control, asked, *_ = asked_and_pages
    assert "<title>it ran</title>" in control
    assert {"/image", "/script"} <= set(asked)


def test_nothing_is_asked_for_and_nothing_runs(asked_and_pages):
    *_, asked, _, documents = asked_and_pages
    assert asked == []
    for source in documents.values():
        assert "<title>it ran" not in source
        found = Document(source)
        names = {name for name, _ in found.elements}
        assert not names & {"script", "img", "iframe", "link", "base", "object", "form", "audio"}
        handlers = {name for _, attributes in found.elements for name in attributes}
        assert not {name for name in handlers if name.startswith("on") or name == "src"}
        links = [a["href"] for _, a in found.elements if a.get("href")]
        assert all(link.startswith("#") for link in links)


@pytest.mark.parametrize("name", SECTIONS)
def test_hostile_text_is_shown_as_text(asked_and_pages, name):
    *_, pages, documents = asked_and_pages
    found = Document(documents[name])
    for text in ("</svg><script>", "{{ 7*7 }}", "(javascript:", "<!-- --> ]]> &lt; &#106;"):
        assert text in found.text
    assert "49" not in found.text.split("{{ 7*7 }}")[1][:40]
    assert "�gnp.exe�␛[31m" in found.text
    source = pages[name].read_text(encoding="utf-8")
    assert not set(source) & set("\u202e\u2066\x1b\x00")
    assert len(source) < 400_000  # a title of 110,000 characters was cut


@pytest.mark.parametrize("name", SECTIONS)
def test_sections_and_headers_of_tables(asked_and_pages, name):
    *_, documents = asked_and_pages
    found = Document(documents[name])
    for section in SECTIONS[name]:
        assert section in found.text
    assert len(found.tables) >= 2
    for scopes, widths in found.tables:
        n_columns, *_ = widths
        assert scopes[:n_columns] == ["col"] * n_columns
        assert scopes[n_columns:] == ["row"] * (len(widths) - 1)
        assert set(widths) == {n_columns}
    figures = found.having("svg")
    assert len(figures) == {"scored": 1, "evaluated": 3}[name]
    assert all(each["role"] == "img" and each["aria-label"] for each in figures)


def test_page_forbids_all_but_its_own_styles():
    found = Document(webpage.rendered(Page("a", (Words("b"),))))
    policies = [m["content"] for m in found.having("meta") if "http-equiv" in m]
    assert policies == [
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    ]


def test_figures_that_follow_one_another_share_a_row_and_no_ids():
    figure = Figure(Dots([Dot("a", 0.5, 0.4, 0.6)], "x"), "the caption", "a <b> \u202e")
    source = webpage.rendered(Page("a", (figure, figure, Words("between"), figure)))
    found = Document(source)
    assert [a["class"] for a in found.having("div")] == ["figures", "figures"]
    assert [a["aria-label"] for a in found.having("svg")] == ["a <b> �"] * 3
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids)) > 0
    assert source.count("the caption") == 3


def test_same_page_same_bytes():
    values = sample()
    pages = [webpage.rendered(report.evaluation(copy.deepcopy(values))) for _ in range(2)]
    assert pages[0] == pages[1]


def test_cells_by_kind_and_strength():
    cells = (Quoted("<i>"), "0.5", Painted("a bad bag", (Stroke(2, 5, 1.0), Stroke(6, 9, -0.5))))
    columns = (Column("who"), Column("rate", numeric=True, unit="%"), Column("what"))
    found = Document(webpage.rendered(Page("", (Heading("h"), Grid(columns, (cells,))))))
    classes = [a.get("class") for tag, a in found.elements if tag in {"th", "td"}]
    assert classes == ["name", "figure", "text"] * 2
    spans = [(a.get("class"), a.get("style")) for a in found.having("span")]
    assert spans == [("unit", None), ("for", "--s:1.00"), ("against", "--s:0.50")]
    assert "rate , %" in found.text
    assert "<i>" in found.text
