import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest

from fakedetect.plots import (
    Dot,
    Dots,
    Histogram,
    Mark,
    PrecisionRecall,
    Reliability,
    Spot,
    svg,
)

NAN = float("nan")
PLOTS = {
    "histogram": Histogram([0, 0.5, 1], [12_345, 0], [Mark(0.25, "flagged $x$"), Mark(0.9, "<b>")]),
    "curve": PrecisionRecall([0.1, 1], [1, 0.1], [Spot(0.5, 0.6, "here")], 0.1, 2.0),
    "bare curve": PrecisionRecall([0.5], [0.5]),
    "reliability": Reliability([0.1, 0.9], [0.2, 0.8], [0.1, NAN], [0.3, NAN], [10, 0]),
    "low scores": Reliability([0, 0.01, 0.9], [0, 0.1, 1], [0, 0, 0], [0, 1, 1], [9, 9, 9]),
    "dots": Dots([Dot("easy", 0.9, 0.8, 1.0), Dot("hard", 0.5, NAN, NAN, True)], "figure", 0.9),
    "one dot": Dots([Dot("only \x02 one", 0.0, 0.0, 0.0)], "figure"),
    "nothing counted": Histogram([0, 1], [0]),
}


def texts(root):
    return [element.text for element in root.iter() if element.tag == "text"]


@pytest.fixture(params=PLOTS)
def drawn(request):
    return svg(PLOTS[request.param], alternative='say "<what>" & more', name="f7")


def test_element_for_a_page(drawn):
    root = ET.fromstring(drawn)
    assert drawn.startswith("<svg ")
    assert set(root.attrib) == {"viewBox", "role", "aria-label"}
    assert root.get("aria-label") == 'say "<what>" & more'
    assert not re.search(r"<(metadata|style|script|image|foreignObject)", drawn)
    assert "http" not in drawn


def test_what_is_referred_to_is_there_and_of_this_figure(drawn):
    ids = re.findall(r' id="([^"]*)"', drawn)
    targets = re.findall(r'(?:href="|url\()#([^")]*)', drawn)
    assert len(ids) == len(set(ids))
    assert set(targets) == set(ids)
    assert all(each.startswith("f7-") for each in ids)


def test_colours_are_the_page_s(drawn):
    assert "var(--" in drawn
    assert not re.search(r"#[0-9a-f]{6}", drawn)


def test_texts_are_text_and_no_formula():
    found = texts(ET.fromstring(svg(PLOTS["histogram"], alternative="", name="a")))
    assert {"flagged $x$", "<b>", "10,000", "score"} <= set(found)
    found = texts(ET.fromstring(svg(PLOTS["dots"], alternative="", name="a")))
    assert {"easy", "hard", "+0.40", "figure"} <= set(found)


def test_names_that_cannot_be_drawn():
    dots = Dots([Dot(name, 0.5, 0.4, 0.6) for name in ("手表", "\x02\ud7ff<", "x" * 1000)], "")
    found = texts(ET.fromstring(svg(dots, alternative="", name="a")))
    assert {"��", "��<", "x" * 40 + "…"} <= set(found)


def test_low_scores_have_room():
    assert "0.01" in texts(ET.fromstring(svg(PLOTS["low scores"], alternative="", name="a")))
    assert "0.01" not in texts(ET.fromstring(svg(PLOTS["reliability"], alternative="", name="a")))


def test_same_bytes_each_time_and_no_setting_is_left_changed(monkeypatch):
    before = dict(mpl.rcParams)
    first = svg(PLOTS["reliability"], alternative="x", name="a")
    assert dict(mpl.rcParams) == before
    monkeypatch.setitem(mpl.rcParams, "font.size", 30)  # as a user's matplotlibrc may
    assert svg(PLOTS["reliability"], alternative="x", name="a") == first


def test_no_pyplot_and_no_window():
    code = (
        "import sys; from fakedetect.plots import *\n"
        "svg(Dots([Dot('a', .5, .4, .6)], 'x'), alternative='', name='a')\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0
