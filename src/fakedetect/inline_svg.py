"""SVG of matplotlib made a part of a page.

A drawing that is linked to is a picture; one that stands in the page can have its colours, light or
dark. So plots are drawn in colours that stand for others, which are replaced by names (CSS custom
properties) that the page gives a meaning to. What a page does not need goes: sizes, metadata,
styles that would apply to all of it, ids that nothing refers to.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

# Stand for the page's colours while a plot is drawn.
INK, MUTED, RULE, ACCENT, SECOND, SURFACE = (
    "#0a0b01", "#0a0b02", "#0a0b03", "#0a0b04", "#0a0b05", "#0a0b06",
)  # fmt: skip
_NAMES = {
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    ACCENT: "--accent",
    SECOND: "--second",
    SURFACE: "--surface",
}
_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"


def inlined(document: bytes, *, alternative: str, name: str) -> str:
    """Return an SVG document as an element to stand inside a page.

    Parameters
    ----------
    document
        What matplotlib has written, drawn in the colours of this module.
    alternative
        What it shows in words: the element's accessible name.
    name
        What ids begin with, so that several can stand on one page: a letter, then letters, digits
        and hyphens.
    """
    root = ET.fromstring(document)  # noqa: S314 # by matplotlib
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"}:
                parent.remove(child)
    view = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"viewBox": view, "role": "img", "aria-label": alternative})
    elements = list(root.iter())
    referred = set(re.findall(r'(?:url\(|href=")#([\w-]+)', document.decode()))
    for element in elements:
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")  # a page's parser knows it
        if (target := element.attrib.pop(_HREF, None)) is not None:
            element.set("href", target.replace("#", f"#{name}-"))
        own = element.attrib.pop("id", None)
        if own in referred:
            element.set("id", f"{name}-{own}")
        for attribute, value in element.attrib.items():
            if attribute in {"style", "clip-path"}:
                element.set(attribute, _named(value).replace("url(#", f"url(#{name}-"))
    return ET.tostring(root, encoding="unicode")


def _named(styles: str) -> str:
    for colour, variable in _NAMES.items():
        styles = styles.replace(colour, f"var({variable})")
    return styles
