"""Write the sample listings that fakedetect ships.

Real listings belong to the people who wrote them and carry real brands, so the package ships
invented ones. They are drawn from the hand-written phrases in ``grammar/``. Every fourth phrase
of each list is kept for the test part, with its own sellers and layouts, so that a score on
that part speaks of wording the model has never met.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")
HERE = Path(__file__).resolve().parent
COLUMNS = (
    *("listing_id", "seller", "title", "description", "language"),
    *("category", "kind", "wording", "price", "label", "split"),
)
SUSPECT = ("overt", "coded", "terms")
HELD_OUT = 4  # one phrase in this many is for the test part
SELLERS, OFFENDERS, SPECIALISTS = 44, 10, 4  # in each language
BUSIER = 1.5  # how many times more an offender lists
JOINERS = (". ", ". ", ". ", ", ", " - ", "\n", "<br>", " | ", "! ", " ✅ ")
JOINERS_ZH = ("，", "，", "。", "。", " ", "\n", "；", "！")
UNACCENTED = {"es", "fr", "de", "pt"}  # where hurried sellers leave the accents out
ZERO_WIDTH = "\u200b"
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
MARKERS = ("<!-- counts: begin -->", "<!-- counts: end -->")


class Draw:
    """Seeded choices made of ``random()`` alone, the one draw Python promises to keep stable."""

    def __init__(self, seed: int) -> None:
        self.unit = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.unit() < probability

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[int(self.unit() * len(items))]

    def sample(self, items: Sequence[T], size: int) -> list[T]:
        """Return up to `size` different items in a drawn order."""
        pool = list(items)
        return [pool.pop(int(self.unit() * len(pool))) for _ in range(min(size, len(pool)))]


@dataclass(frozen=True)
class Phrase:
    """A template of the grammar: `[category,...] noun :: text`, all but `text` optional."""

    key: str
    text: str
    noun: str
    categories: frozenset[str]
    test: bool

    def suits(self, category: str, coloured: bool, own_noun: bool) -> bool:
        """Tell whether it makes sense for an item (`own_noun`: not a listed product)."""
        if "<colour>" in self.text and (own_noun or not coloured):
            return False
        if own_noun and (self.categories or "<size>" in self.text):
            return False
        return not self.categories or category in self.categories


@dataclass(frozen=True)
class Grammar:
    """What one language can say: its phrases by list, and its products by category."""

    language: str
    phrases: dict[str, list[Phrase]]
    products: dict[str, list[str]]
    colours: list[str]
    tags: dict[str, list[str]]
    common: dict[str, Any]


@dataclass(frozen=True)
class Seller:
    """Somebody's habits, which all of their listings share."""

    name: str
    test: bool
    offender: bool
    specialism: str
    phrases: dict[str, list[Phrase]]
    layouts: list[str]
    joiner: str
    talk: int
    rates: dict[str, float]
    stock: list[tuple[str, str, str, str]]


class Listing(NamedTuple):
    """A row to be written, and the keys of the templates that it was made from."""

    row: dict[str, str]
    templates: tuple[str, ...]


def read_grammar(language: str, common: dict[str, Any]) -> Grammar:
    """Read one language's file, and settle which of its phrases are held out."""
    data = tomllib.loads((HERE / "grammar" / f"{language}.toml").read_text("utf-8"))
    lists = {name: data[name] for name in ("titles", "greeting", "boilerplate", "trade")}
    suspect = {name: data["suspect"][name] for name in SUSPECT}
    form = re.compile(r"(?:\[([a-z_,]+)\] )?(?:(.+?) :: )?(.+)")
    phrases: dict[str, list[Phrase]] = defaultdict(list)
    for name, texts in (lists | suspect | data["genuine"]).items():
        for index, line in enumerate(texts):
            match = form.fullmatch(line)
            if match is None:
                raise ValueError(f"{language}.toml: cannot read {line!r}")
            categories = frozenset(match[1].split(",")) if match[1] else frozenset[str]()
            held_out = index % HELD_OUT == HELD_OUT - 1
            key = f"{language}.{name}.{index:02}"
            phrases[name].append(Phrase(key, match[3], match[2] or "", categories, held_out))
    tags = data["suspect"]["tags"]
    return Grammar(language, phrases, data["products"], data["colours"], tags, common)


def expand(text: str, slots: dict[str, str], draw: Draw) -> str:
    """Fill a phrase in: `{a|b}` becomes one of the two, `<slot>` its value."""
    text = re.sub(r"\{([^{}]*)\}", lambda match: draw.pick(match[1].split("|")), text)
    return re.sub(r"<(\w+)>", lambda match: slots[match[1]], text).strip()


def make_seller(grammar: Grammar, index: int, name: str, draw: Draw) -> Seller:
    """Draw a seller's habits; `index` counts a language's offenders, then its specialists."""
    common, test = grammar.common, index % HELD_OUT == HELD_OUT - 1 or index == 0
    # In turn, not drawn, so that each part has somebody for most kinds.
    turn = common["languages"].index(grammar.language) + 3 * index
    specialism = common["hard_kinds"][turn % len(common["hard_kinds"])]
    categories = draw.sample(list(common["brands"]), 1 + draw.chance(0.5))
    sizes = {"plain": 32, "titles": 6, "greeting": 6, "boilerplate": 9, "trade": 9}
    sizes |= dict.fromkeys(SUSPECT, 5)
    return Seller(
        name,
        test,
        offender=index < OFFENDERS,
        specialism=specialism if OFFENDERS <= index < OFFENDERS + SPECIALISTS else "",
        phrases={
            kind: draw.sample([p for p in phrases if p.test == test], sizes.get(kind, 6))
            for kind, phrases in grammar.phrases.items()
        },
        layouts=draw.sample(common["layouts"]["test" if test else "train"], 3),
        joiner=draw.pick(JOINERS_ZH if grammar.language == "zh" else JOINERS),
        talk=draw.pick((1, 1, 2, 3)),
        rates={habit: draw.pick(rates) for habit, rates in common["habits"].items()},
        stock=[
            (category, draw.pick(grammar.products[category]), draw.pick(brands), model)
            for model in draw.sample(common["models"], 7)
            for category in [draw.pick(categories)]
            for brands in [common["brands"][category]]
        ],
    )


def pick_kind(seller: Seller, common: dict[str, Any], draw: Draw) -> str:
    """Draw what decides the listing's label."""
    if seller.offender:
        return draw.pick(common["offences"]) if draw.chance(0.73) else "plain"
    if seller.specialism:
        return seller.specialism if draw.chance(0.75) else "plain"
    return str(draw.pick(common["hard_kinds"])) if draw.chance(0.12) else "plain"


def claims_of(kind: str, category: str, seller: Seller, draw: Draw) -> list[Phrase]:
    """Draw the phrases that make a listing what it is, the deciding one first."""
    if kind == "plain":
        return []
    fits = [p for p in seller.phrases[kind] if p.noun or p.suits(category, True, False)]
    claims = draw.sample(fits, 1 + (kind in SUSPECT and draw.chance(0.5)))
    if kind in SUSPECT[:-1] and draw.chance(0.4):
        # What is more roundabout than the deciding claim may stand beside it.
        weaker = draw.pick(SUSPECT[SUSPECT.index(kind) + 1 :])
        claims.append(draw.pick(seller.phrases[weaker]))
    return claims


def price_of(category: str, kind: str, common: dict[str, Any], small: bool, draw: Draw) -> str:
    """Draw a price: counterfeits tend to be cheap, but honest bargains and dear fakes exist."""
    low, high = common["prices"][category]
    if small:
        low, high = low / 4, low
    base = low + (high - low) * draw.unit() * draw.unit()
    if kind in SUSPECT and draw.chance(0.75):
        base *= 0.1 + 0.5 * draw.unit()
    elif kind == "second_hand" or draw.chance(0.2):
        base *= 0.2 + 0.5 * draw.unit()
    return f"{int(base) + draw.pick((0.0, 0.0, 0.5, 0.9, 0.99)):.2f}"


def describe(
    seller: Seller, claims: list[Phrase], pool: dict[str, list[Phrase]], draw: Draw
) -> list[Phrase]:
    """Choose a description's phrases, in the order of one of the seller's layouts."""
    plain = draw.sample(pool["plain"], len(pool["plain"]))
    names = {"b": "boilerplate", "g": "greeting", "t": "trade"}
    chosen: list[Phrase] = []
    for letter in draw.pick(seller.layouts):
        if letter == "p":
            chosen += [plain.pop() for _ in range(seller.talk) if plain]
        elif letter == "c":
            chosen += claims
        elif letter != "t" or seller.offender or draw.chance(0.5):
            chosen += draw.sample(pool[names[letter]], 1 + draw.chance(0.3))
    return chosen or plain[:1]


def join(texts: list[str], joiner: str) -> str:
    """Join phrases the way a seller does, as sentences where full stops are used."""
    if joiner[0] not in ".!。！" or not texts:
        return joiner.join(texts)
    text = joiner.join(text[:1].upper() + text[1:] for text in texts) + joiner.strip()
    return re.sub(r"([?？])[.!。！]", r"\1", text)


def mistype(text: str, rate: float, draw: Draw) -> str:
    """Swap or lose a letter now and then."""
    letters = list(text)
    for index in range(len(letters) - 1):
        pair = letters[index : index + 2]
        if draw.chance(rate) and "".join(pair).isalpha():
            letters[index : index + 2] = pair[::-1] if draw.chance(0.6) else ["", pair[1]]
    return "".join(letters)


def roughen(text: str, seller: Seller, grammar: Grammar, draw: Draw) -> str:
    """Add the slips and ornaments of hurried typing."""
    common, rates = grammar.common, seller.rates
    if grammar.language in UNACCENTED and draw.chance(rates["accents"]):
        bare = unicodedata.normalize("NFD", text)
        text = "".join(letter for letter in bare if not unicodedata.combining(letter))
    if draw.chance(rates["spaces"]):
        text = text.replace(*draw.pick(((" ", "  ", 2), (", ", ",", 2))))
    if draw.chance(rates["marks"]):
        text = text.rstrip("!.！。") + draw.pick(("!!", "!!!", "...", " !!"))
    if draw.chance(rates["html"]):
        text += draw.pick(common["remnants"])
    if grammar.language != "en" and draw.chance(rates["english"]):
        text = f"{text} {draw.pick(common['english'])}"
    if draw.chance(rates["emoji"]):
        mark = draw.pick(common["emoji"])
        text = f"{mark} {text}" if draw.chance(0.5) else f"{text} {mark}"
    return text


def disguise(text: str, kind: str, draw: Draw) -> str:
    """Write in full-width letters or, where there is something to hide, break the words up."""
    if kind not in SUSPECT or draw.chance(0.5):
        return text.translate(FULL_WIDTH)
    return "".join(mark + ZERO_WIDTH * draw.chance(0.3) for mark in text)


def compose(
    grammar: Grammar, seller: Seller, claims: list[Phrase], slots: dict[str, str], draw: Draw
) -> tuple[str, str, tuple[str, ...]]:
    """Word a listing: its title, its description (may be empty), and the templates used."""
    coloured, own = slots["category"] in grammar.common["coloured"], bool(claims and claims[0].noun)
    pool = {
        name: [p for p in phrases if p.suits(slots["category"], coloured, own)]
        for name, phrases in seller.phrases.items()
    }
    skeleton = draw.pick(pool["titles"])
    bare = own and (slots["kind"] in grammar.common["unbranded"] or draw.chance(0.5))
    title = slots["noun"] if bare else expand(skeleton.text, slots, draw)
    used = [] if bare else [skeleton]
    body = [] if draw.chance(0.06) else describe(seller, claims, pool, draw)
    if claims and (claims[0] not in body or draw.chance(0.3)):
        claim = expand(claims[0].text, slots, draw)
        # A long one goes into the title only where the listing would not hold it otherwise.
        if claims[0] not in body or len(claim) <= (20 if grammar.language == "zh" else 50):
            parts = (claim, title) if draw.chance(0.25) else (title, claim)
            title = draw.pick((" - ", ", ", " ", " | ")).join(parts)
            used.append(claims[0])
    rate = seller.rates["typos"]
    texts = [mistype(expand(phrase.text, slots, draw), rate, draw) for phrase in body]
    for tag in draw.sample(
        grammar.tags.get(slots["kind"], []), draw.pick(grammar.common["tagged"])
    ):
        if texts and draw.chance(0.5):
            texts.insert(int(draw.unit() * len(texts)), tag)
        else:
            title = f"{title} {tag}"
    keys = dict.fromkeys(phrase.key for phrase in [*used, *body])
    return mistype(title, rate, draw), join(texts, seller.joiner), tuple(keys)


def make_listing(seller: Seller, grammar: Grammar, draw: Draw) -> Listing:
    """Draw one listing of a seller (it is numbered later)."""
    common = grammar.common
    category, noun, brand, model = draw.pick(seller.stock)
    kind = pick_kind(seller, common, draw)
    claims = claims_of(kind, category, seller, draw)
    kind = kind if claims else "plain"
    if own_noun := claims[0].noun if claims else "":
        category = draw.pick(sorted(claims[0].categories))
        brand = draw.pick(common["brands"][category])
    slots = {"kind": kind, "category": category, "brand": brand, "model": model, "noun": noun}
    slots["colour"], slots["size"] = (
        draw.pick(grammar.colours), draw.pick(common["sizes"][category])
    )  # fmt: skip
    slots["handle"] = f"@demo_{draw.pick(('shop', 'store', 'deals'))}{int(100 * draw.unit())}"
    slots["noun"] = expand(own_noun, slots, draw) or noun
    title, text, templates = compose(grammar, seller, claims, slots, draw)
    title = roughen(title[:1].upper() + title[1:], seller, grammar, draw)
    text = roughen(text, seller, grammar, draw) if text else ""
    title = title.upper() if draw.chance(seller.rates["caps"]) else title
    text = text.upper() if draw.chance(seller.rates["shout"]) else text
    if draw.chance(0.05 if kind in SUSPECT else 0.007):
        title, text = disguise(title, kind, draw), disguise(text, kind, draw)
    price = price_of(category, kind, common, bool(own_noun), draw)
    label, split = str(int(kind in SUSPECT)), "test" if seller.test else "train"
    wording = claims[0].key if claims else ""
    values = (seller.name, title, text, grammar.language, category, kind, wording, price)
    return Listing(dict(zip(COLUMNS, ("", *values, label, split), strict=True)), templates)


def copy_some(listings: Iterable[Listing], draw: Draw) -> Iterator[Listing]:
    """Let a few listings repeat another seller's text, word for word."""
    alike: dict[tuple[str, str], list[Listing]] = defaultdict(list)
    for listing in listings:
        row = listing.row
        peers = alike[row["label"], row["split"]]
        others = [peer for peer in peers if peer.row["seller"] != row["seller"]]
        if others and draw.chance(0.015):
            peer = draw.pick(others)
            own = {"seller": row["seller"], "price": row["price"]}
            yield Listing(peer.row | own, peer.templates)
        else:
            peers.append(listing)
            yield listing


def language_listings(grammar: Grammar, first: int, total: int, draw: Draw) -> Iterator[Listing]:
    """Draw one language's listings, from sellers numbered from `first` on."""
    numbers = draw.sample(range(first, first + SELLERS), SELLERS)
    shares: list[float] = []
    sellers: list[Seller] = []
    for index, number in enumerate(numbers):
        sellers.append(make_seller(grammar, index, f"shop{number}", draw))
        shares.append((0.5 + draw.unit()) * (BUSIER if index < OFFENDERS else 1.0))
    done, reached = 0, 0.0
    for seller, share in zip(sellers, shares, strict=True):
        reached += share
        until = total if seller is sellers[-1] else int(total * reached / sum(shares))
        for _ in range(until - done):
            yield make_listing(seller, grammar, draw)
        done = until


def generate(seed: int = 1, listings: int = 6400) -> Iterator[Listing]:
    """Draw the sample.

    Parameters
    ----------
    seed : int
        The same seed gives the same listings on every Python.
    listings : int
        How many to draw.

    Yields
    ------
    Listing
        A row as written to the CSV, and the keys of its templates.
    """
    draw = Draw(seed)
    common = tomllib.loads((HERE / "grammar" / "common.toml").read_text("utf-8"))
    languages, drawn = common["languages"], list[Listing]()
    for index, language in enumerate(languages):
        total = (index + 1) * listings // len(languages) - index * listings // len(languages)
        grammar = read_grammar(language, common)
        ours = language_listings(grammar, 100 + index * SELLERS, total, draw)
        drawn += copy_some(ours, draw)
    for number, listing in enumerate(draw.sample(drawn, len(drawn)), start=1):
        yield Listing(listing.row | {"listing_id": f"L{number:05}"}, listing.templates)


def shared_templates(listings: Iterable[Listing]) -> set[str]:
    """Return the templates that occur in both the train and the test part: there must be none."""
    seen: dict[str, set[str]] = {"train": set(), "test": set()}
    for listing in listings:
        seen[listing.row["split"]].update(listing.templates)
    return seen["train"] & seen["test"]


def table(rows: list[dict[str, str]], across: str, down: str) -> str:
    """Count the rows by two columns, as a Markdown table."""
    counts = Counter((row[down], row[across]) for row in rows)
    heads = sorted({row[across] for row in rows})
    lines = ["| " + " | ".join([down, *(f"{across} {head}" for head in heads), "all"]) + " |"]
    lines.append("|---" + "|--:" * (len(heads) + 1) + "|")
    for name in [*sorted({row[down] for row in rows}), "all"]:
        cells = [
            sum(n for (d, a), n in counts.items() if a == h and name in (d, "all")) for h in heads
        ]
        lines.append(f"| {name} | " + " | ".join(map(str, [*cells, sum(cells)])) + " |")
    return "\n".join(lines)


def refresh_sheet(path: Path, rows: list[dict[str, str]]) -> None:
    """Rewrite the counts in the data sheet, between its two markers."""
    before, rest = path.read_text("utf-8").split(MARKERS[0])
    tables = [table(rows, across, down) for across, down in (
        ("label", "language"), ("split", "language"), ("split", "kind"), ("label", "category"),
        ("label", "split"),
    )]  # fmt: skip
    sellers = Counter(split for _, split in {(row["seller"], row["split"]) for row in rows})
    said = f"{len(rows)} listings by {sellers.total()} sellers ({sellers['test']} of them test)."
    middle = "\n\n".join([MARKERS[0], said, *tables, MARKERS[1]])
    path.write_text(before + middle + rest.split(MARKERS[1])[1], "utf-8", newline="\n")


def main() -> None:
    """Write the listings, and bring the data sheet's counts up to date if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=HERE / "listings.csv")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--listings", type=int, default=6400)
    said = "also rewrite the counts in the data sheet (README.md, or this file)"
    parser.add_argument("--sheet", type=Path, nargs="?", const=HERE / "README.md", help=said)
    options = parser.parse_args()
    rows = [listing.row for listing in generate(options.seed, options.listings)]
    with options.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    if options.sheet:
        refresh_sheet(options.sheet, rows)


if __name__ == "__main__":
    main()
