import re
from xml.etree import ElementTree as ET

from fakedetect.inline_svg import ACCENT, INK, inlined

DOCUMENT = f"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt" height="10pt" viewBox="0 0 10 10"
  xmlns="http://www.w3.org/2000/svg" version="1.1">
 <metadata><about href="http://example.org"/></metadata>
 <defs><style type="text/css">*{{stroke-linejoin: round}}</style></defs>
 <g id="figure_1"><g id="axes_1">
  <defs><path id="m1" d="M 0 0" style="stroke: {ACCENT}; fill: {INK}"/></defs>
  <use xlink:href="#m1" x="1"/>
  <g clip-path="url(#p1)"><text style="fill: {INK}">a &lt;b&gt; #m1 {INK}</text></g>
 </g></g>
 <defs><clipPath id="p1"><rect/></clipPath></defs>
</svg>
""".encode()


def test_only_what_a_page_needs_is_left():
    found = inlined(DOCUMENT, alternative='say "<what>" & more', name="f7")
    assert found.startswith("<svg ")
    root = ET.fromstring(found)
    assert root.attrib == {
        "viewBox": "0 0 10 10", "role": "img", "aria-label": 'say "<what>" & more',
    }  # fmt: skip
    assert not re.search("<metadata|<style|DOCTYPE|example|figure_1|axes_1|xlink", found)


def test_ids_begin_with_the_name_and_are_found():
    found = inlined(DOCUMENT, alternative="", name="f7")
    assert re.findall(r' id="([^"]*)"', found) == ["f7-m1", "f7-p1"]
    assert 'href="#f7-m1"' in found
    assert 'clip-path="url(#f7-p1)"' in found


def test_colours_get_names_and_text_is_left_alone():
    found = inlined(DOCUMENT, alternative=INK, name="f7")
    assert 'style="stroke: var(--accent); fill: var(--ink)"' in found
    assert f"a &lt;b&gt; #m1 {INK}</text>" in found
    assert f'aria-label="{INK}"' in found
