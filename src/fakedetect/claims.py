"""What sellers say of suspected counterfeits: a lexicon, and its terms found in texts.

Sellers tell their buyers what they sell, in words that change with the place and the year: "first
copy", "original order", 原单, "tailandesa". The lexicon writes down what such terms mean, for
people: it explains flags in words, it helps to write listings for training, and it says of a term
that is newly on the rise whether it is known. It decides nothing. Most of its terms have honest
uses ("replica", "AAA", "dupe"), which each entry names, and a score comes from the model alone.

The entries are data, one TOML file for each language in ``lexicon/``; ``docs/claims.md`` describes
their fields.
"""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple

from fakedetect.errors import InputError
from fakedetect.text import align, canonical, is_unspaced

KINDS = ("overt", "coded", "factory story", "terms of trade", "denial")
LANGUAGES = ("en", "zh", "es", "fr", "de", "pt", "ru", "id", "it", "tr", "vi", "pl")
VERSION = 1
MOST_FOUND = 1000  # claims of one text; a seller may repeat one without end
_NEEDED = ("term", "kind", "meaning", "example", "source")
_POSSIBLE = (*_NEEDED, "variants", "ambiguous")


@dataclass(frozen=True, slots=True)
class Claim:
    """What sellers say, and what they mean by it.

    Attributes
    ----------
    term
        The words as sellers write them.
    language
        Code of the language, as in ISO 639-1.
    kind
        ``"overt"`` says that it is a copy; ``"coded"`` says so to those who know; a ``"factory
        story"`` tells why it should be as good as genuine; ``"terms of trade"`` are how it is sold;
        a ``"denial"`` denies what nobody asked.
    meaning
        What it means, in plain English.
    example
        The words in a listing, of an invented brand.
    source
        Where the fact is known from.
    variants
        Other ways to write the same.
    ambiguous
        What honest listings mean by the same words; empty where there is no such use.
    """

    term: str
    language: str
    kind: str
    meaning: str
    example: str
    source: str
    variants: tuple[str, ...] = ()
    ambiguous: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """The term and its variants."""
        return (self.term, *self.variants)

    def as_dict(self) -> dict[str, Any]:
        """Return the claim as plain data."""
        return {
            "term": self.term,
            "variants": list(self.variants),
            "language": self.language,
            "kind": self.kind,
            "meaning": self.meaning,
            "example": self.example,
            "source": self.source,
            "ambiguous": self.ambiguous,
        }


class Found(NamedTuple):
    """A claim in a text, which says it in ``text[start:end]``."""

    claim: Claim
    text: str
    start: int
    end: int


def lexicon(languages: Sequence[str] | None = None) -> tuple[Claim, ...]:
    """Return the lexicon, language by language.

    Parameters
    ----------
    languages
        Codes of the languages, or one of them; None takes all twelve.

    Raises
    ------
    InputError
        When there is no lexicon of a language.

    Examples
    --------
    >>> [claim.meaning for claim in lexicon(["en"]) if claim.term == "original order"]
    ["claims to come from the brand's own factory"]
    """
    return tuple(claim for language in _checked(languages) for claim in _of(language))


def claims_in(text: str, languages: Sequence[str] | None = None) -> list[Found]:
    """Return the claims that a text makes, in order; none overlaps another.

    Terms are looked for in the canonical text, so that capitals and whatever else it undoes make no
    difference; a space may be a hyphen. Where several terms begin at one place, the longest counts.
    In scripts with spaces a term is whole words. Time is linear in the length of the text, and no
    more than the first 1,000 claims are returned.

    Parameters
    ----------
    text
        A listing's text.
    languages
        As for ``lexicon``. A term of several languages is that of the first.

    Raises
    ------
    InputError
        When there is no lexicon of a language.

    Examples
    --------
    >>> [(found.text, found.claim.kind) for found in claims_in("Coat, ORIGINAL-order, not fake")]
    [('ORIGINAL-order', 'factory story'), ('not fake', 'denial')]
    >>> claims_in("replicated; 11:1")
    []
    """
    terms = _terms(_checked(languages))
    aligned = align(text, is_marked=False)
    found: list[Found] = []
    for first, behind in itertools.islice(_places(aligned.canonical, terms.tree), MOST_FOUND):
        claim = terms.claims[_key(aligned.canonical[first:behind])]
        start, end = aligned.starts[first], aligned.ends[behind - 1]
        found.append(Found(claim, text[start:end], start, end))
    return found


def known(term: str, languages: Sequence[str] | None = None) -> Claim | None:
    """Return the claim that a term is as a whole, None if the lexicon has none.

    Examples
    --------
    >>> known("Original Order").term, known("original")
    ('original order', None)
    """
    return _terms(_checked(languages)).claims.get(_key(canonical(term)))


def parsed(text: str, file: str) -> tuple[Claim, ...]:
    """Return the claims that a lexicon's file holds.

    Parameters
    ----------
    text
        What stands in the file: TOML with ``version``, ``language`` and a table ``claims`` for each
        entry.
    file
        Its name, for messages.

    Raises
    ------
    InputError
        When it is not a lexicon, or a term stands in it twice.
    """
    try:
        data = tomllib.loads(text)
        _check(data)
        entries = [
            _claim(number, entry, data["language"])
            for number, entry in enumerate(data["claims"], 1)
        ]
        _check_terms(entries)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", file=file) from None
    except InputError as error:
        raise error.in_file(file) from None
    return tuple(entries)


def _checked(languages: Sequence[str] | None) -> tuple[str, ...]:
    if languages is None:
        return LANGUAGES
    wanted = (languages,) if isinstance(languages, str) else tuple(languages)
    for language in wanted:
        if language not in LANGUAGES:
            raise InputError(f"no lexicon of {language!r}; there are {', '.join(LANGUAGES)}")
    return wanted


@functools.cache
def _of(language: str) -> tuple[Claim, ...]:
    name = f"{language}.toml"
    file = resources.files("fakedetect").joinpath("lexicon", name)
    return parsed(file.read_text(encoding="utf-8"), name)


def _check(data: Mapping[str, Any]) -> None:
    if data.get("version") != VERSION:
        raise InputError(f"version {data.get('version')!r} of the lexicon is not {VERSION}")
    if not isinstance(data.get("language"), str):
        raise InputError(f"language {data.get('language')!r} is not text")
    claims = data.get("claims")
    if not isinstance(claims, list) or not all(isinstance(each, dict) for each in claims):
        raise InputError("claims is not a list of tables; begin each with [[claims]]")


def _claim(number: int, entry: Mapping[str, Any], language: str) -> Claim:
    for name in entry:
        if name not in _POSSIBLE:
            raise InputError(
                f"a claim has no {name!r}; it may have {', '.join(_POSSIBLE)}", row=number
            )
    variants = entry.get("variants", [])
    if not isinstance(variants, list):
        raise InputError("variants is not a list", row=number)
    values: dict[str, Any] = {name: entry.get(name) for name in _NEEDED}
    values["ambiguous"] = entry.get("ambiguous", "")
    for name, value in (*values.items(), *(("variants", each) for each in variants)):
        if not isinstance(value, str) or not (value.strip() or name == "ambiguous"):
            raise InputError(f"{name} {value!r} is not text", row=number)
    if entry["kind"] not in KINDS:
        raise InputError(f"kind {entry['kind']!r} is none of {', '.join(KINDS)}", row=number)
    return Claim(language=language, variants=tuple(variants), **values)


def _check_terms(claims: Iterable[Claim]) -> None:
    first: dict[str, int] = {}
    for number, claim in enumerate(claims, 1):
        for form in claim.forms:
            key = _key(canonical(form))
            if not key:
                raise InputError(f"nothing is left of the term {form!r}", row=number)
            if key in first:
                raise InputError(
                    f"the term {form!r} is that of row {first[key]} already", row=number
                )
            first[key] = number


class _Terms(NamedTuple):
    """The terms of some languages: as a tree of letters, and whose each is.

    In the tree ``""`` stands below the last letter of a term.
    """

    tree: dict[str, Any]
    claims: dict[str, Claim]


@functools.cache
def _terms(languages: tuple[str, ...]) -> _Terms:
    claims: dict[str, Claim] = {}
    tree: dict[str, Any] = {}
    for claim in lexicon(languages):
        for form in claim.forms:
            term = _key(canonical(form))
            # The capital of Turkish ı is I, whose canonical form is i.
            for spelling in {term: 0, term.replace("ı", "i"): 0}:
                claims.setdefault(spelling, claim)
                node = tree
                for letter in (*spelling, ""):
                    node = node.setdefault(letter, {})
    return _Terms(tree, claims)


def _key(term: str) -> str:
    """Return what a canonical term is looked up by."""
    return term.replace("-", " ")


def _places(text: str, tree: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield where terms stand in a canonical text.

    The letters behind a place are looked at once for each letter of the longest term at most,
    however many terms there are.
    """
    done = 0
    for start, letter in enumerate(text):
        if start < done or letter not in tree or _is_inside(text, start):
            continue
        end = _longest(text, start, tree)
        if end > start:
            yield start, end
            done = end


def _longest(text: str, start: int, tree: dict[str, Any]) -> int:
    """Return where the longest term that begins at a place ends; its start if there is none."""
    node, end = tree, start
    for place in range(start, len(text)):
        letter = text[place]
        below = node.get(" " if letter == "-" else letter)
        if below is None:
            break
        node = below
        if "" in node and not _is_inside(text, place + 1):
            end = place + 1
    return end


def _is_inside(text: str, place: int) -> bool:
    """Return whether a word of a script with spaces goes on from before a place to behind it."""
    return 0 < place < len(text) and _is_spaced(text[place - 1]) and _is_spaced(text[place])


def _is_spaced(char: str) -> bool:
    return char.isalnum() and not is_unspaced(char)
