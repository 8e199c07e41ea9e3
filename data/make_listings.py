"""Write the sample listings that fakedetect ships.

Real listings belong to the people who wrote them and carry real brands, so the package ships
invented ones. They are drawn from the hand-written phrases in ``grammar/``. Every fourth phrase
of each list is kept for the test part, with its own sellers and layouts, so that a score on
that part speaks of wording the model has never met.
"""

from __future__ import annotations

import argparse
import csv
import re
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from noise import (
    FULL_WIDTH,
    Deck,
    Draw,
    capitalised,
    capitals,
    disguise,
    garland,
    headline,
    mistype,
    stylised,
    unaccented,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HERE = Path(__file__).resolve().parent
LEXICON = HERE.parent / "src" / "fakedetect" / "lexicon"
COLUMNS = (
    *("listing_id", "seller", "title", "description", "language"),
    *("category", "kind", "wording", "price", "label", "split"),
)
# The lexicon's kinds by the names that the listings give them, the plainest words first.
KINDS = {
    "overt": "overt",
    "coded": "coded",
    "factory story": "factory",
    "denial": "denial",
    "terms of trade": "terms",
}
SUSPECT = tuple(KINDS.values())
LISTS = ("titles", "greeting", "boilerplate", "trade", "policies")
HELD_OUT = 4  # one phrase in this many is for the test part
SELLERS, OFFENDERS, SPECIALISTS = 110, 26, 14  # in each language
LISTINGS = 24_000
BUSIER = 1.5  # how many times more an offender lists
ALONE = 0.12  # how often set phrases are all that gives a suspected listing away
DISGUISED = 0.04  # how many suspected listings of the training part hide their claims
FULL = 0.006  # how many honest listings are in full-width letters throughout
JOINERS = (". ", ". ", ". ", ", ", " - ", "\n", "<br>", " | ", "! ", " ✅ ")
JOINERS_ZH = ("，", "，", "。", "。", " ", "\n", "；", "！")
UNACCENTED = {"es", "fr", "de", "pt", "it", "tr", "vi", "pl"}  # where the hurried leave accents out
MARKERS = ("<!-- counts: begin -->", "<!-- counts: end -->")


@dataclass(frozen=True)
class Phrase:
    """A template of the grammar: `[category,...] noun :: text`, all but `text` optional."""

    key: str
    text: str
    noun: str = ""
    categories: frozenset[str] = frozenset()
    test: bool = False

    def suits(self, category: str, coloured: bool, own_noun: bool) -> bool:
        """Tell whether it makes sense for an item (`own_noun`: not a listed product)."""
        if "<colour>" in self.text and (own_noun or not coloured):
            return False
        if own_noun and (self.categories or "<size>" in self.text):
            return False
        return not self.categories or category in self.categories


Terms = Deck[list[Phrase]]  # of the lexicon, each as the ways to write it


@dataclass(frozen=True)
class Grammar:
    """What one language can say: its phrases by list, and its products by category.

    `tags` are set phrases that both parts use. The lexicon's terms are dealt to the suspected
    listings of the test part, if `terms[True]`, or of the other, which never gets every fourth.
    """

    language: str
    phrases: dict[str, list[Phrase]]
    products: dict[str, list[str]]
    colours: list[str]
    headlines: list[str]
    words: dict[str, str]
    tags: dict[str, list[Phrase]]
    terms: dict[bool, dict[str, Terms]]
    common: dict[str, Any]


@dataclass(frozen=True)
class Seller:
    """Somebody's habits, which all of their listings share."""

    name: str
    test: bool
    offender: bool
    specialism: str
    phrases: dict[str, list[Phrase]]
    second: list[Phrase]  # said in another language
    tags: dict[str, list[Phrase]]
    terms: dict[str, Terms]
    layouts: list[str]
    joiner: str
    talk: int
    rates: dict[str, float]
    stock: list[tuple[str, str, str, str]]


class Item(NamedTuple):
    """What a listing is about: its words by slot, what it claims, what it adds to that."""

    slots: dict[str, str]
    claims: list[Phrase]
    tags: list[Phrase]
    hidden: bool  # whether claims and tags are disguised
    length: int  # 0 as short as most, 1 with a shop's rules, 2 with all that shops write


class Listing(NamedTuple):
    """A row to be written, and the keys of the templates and terms that it was made from."""

    row: dict[str, str]
    templates: tuple[str, ...]
    terms: tuple[str, ...]


def read_phrases(language: str, lists: dict[str, list[str]]) -> dict[str, list[Phrase]]:
    """Read lists of phrases, and settle which of them are held out."""
    form = re.compile(r"(?:\[([a-z_,]+)\] )?(?:(.+?) :: )?(.+)")
    phrases: dict[str, list[Phrase]] = defaultdict(list)
    for name, texts in lists.items():
        for index, line in enumerate(texts):
            match = form.fullmatch(line)
            if match is None:
                raise ValueError(f"{language}.toml: cannot read {line!r}")
            categories = frozenset(match[1].split(",")) if match[1] else frozenset[str]()
            held_out = index % HELD_OUT == HELD_OUT - 1
            key = f"{language}.{name}.{index:02}"
            phrases[name].append(Phrase(key, match[3], match[2] or "", categories, held_out))
    return phrases


def read_terms(language: str, places: list[str]) -> dict[str, list[list[Phrase]]]:
    """Read the lexicon's terms by kind, each as the ways to write it, which one part gets.

    Terms that name one of the `places` are left out: where a parcel comes from is no sign.
    """
    terms: dict[str, list[list[Phrase]]] = {kind: [] for kind in SUSPECT}
    data = tomllib.loads((LEXICON / f"{language}.toml").read_text("utf-8"))
    for index, claim in enumerate(data["claims"]):
        kind, test = KINDS[claim["kind"]], index % HELD_OUT == HELD_OUT - 1
        writings = [claim["term"], *claim.get("variants", ())]
        if not any(place in writing.lower() for writing in writings for place in places):
            terms[kind].append(
                [
                    Phrase(f"{language}.{kind}.term.{index:02}.{number}", text, test=test)
                    for number, text in enumerate(writings)
                ]
            )
    return terms


def deal_out(terms: dict[str, list[list[Phrase]]], test: bool, draw: Draw) -> dict[str, Terms]:
    """Shuffle what a part may say; in the test part what is held out comes first."""
    return {
        kind: Deck([ways for ways in known if test or not ways[0].test], draw, lambda w: w[0].test)
        for kind, known in terms.items()
    }


def read_grammar(language: str, common: dict[str, Any], draw: Draw) -> Grammar:
    """Read one language's file and what the lexicon knows of it.

    The sentences of a shop's rules also serve as phrases of their own, held out with them.
    """
    data = tomllib.loads((HERE / "grammar" / f"{language}.toml").read_text("utf-8"))
    lists = {name: data[name] for name in LISTS}
    suspect = {name: data["suspect"][name] for name in SUSPECT}
    tags = {
        kind: [Phrase(f"{language}.{kind}.tag.{index:02}", text) for index, text in enumerate(tags)]
        for kind, tags in data["suspect"]["tags"].items()
    }
    lists["titles"] += common["titles"]
    phrases = read_phrases(language, lists | suspect | data["genuine"])
    phrases["sentences"] = [
        replace(policy, key=f"{policy.key}.{number}", text=sentence)
        for policy in phrases["policies"]
        for number, sentence in enumerate(re.findall(r"[^.。]+", policy.text))
        if sentence.count("{") == sentence.count("}") and len(sentence) > 10
    ]
    terms = read_terms(language, common["places"])
    return Grammar(
        language,
        phrases,
        data["products"],
        data["colours"],
        data["headlines"],
        data["words"],
        tags,
        {part: deal_out(terms, part, draw) for part in (False, True)},
        common,
    )


def expand(text: str, slots: dict[str, str], draw: Draw) -> str:
    """Fill a phrase in: `{a|b}` becomes one of the two, `<slot>` its value."""
    text = re.sub(r"\{([^{}]*)\}", lambda match: draw.pick(match[1].split("|")), text)
    return re.sub(r"<(\w+)>", lambda match: slots[match[1]], text).strip()


def said_anywhere(grammar: Grammar, test: bool) -> list[Phrase]:
    """Return the phrases of one part that suit every honest and every suspected listing."""
    candidates = grammar.phrases["plain"] + grammar.phrases["boilerplate"]
    return [p for p in candidates if p.test == test and not p.categories and "<" not in p.text]


def make_seller(
    grammar: Grammar, others: Sequence[Grammar], index: int, name: str, draw: Draw
) -> Seller:
    """Draw a seller's habits; `index` counts a language's offenders, then its specialists."""
    common, test = grammar.common, index % HELD_OUT == HELD_OUT - 1 or index == 0
    # In turn, not drawn, so that each part has somebody for most kinds.
    turn = common["languages"].index(grammar.language) + 3 * index
    specialism = common["hard_kinds"][turn % len(common["hard_kinds"])]
    categories = draw.sample(list(common["brands"]), 1 + draw.chance(0.5))
    sizes = {
        "plain": 40,
        "titles": 8,
        "boilerplate": 12,
        "trade": 9,
        "policies": 9,
        "sentences": 20,
    }
    sizes |= dict.fromkeys(SUSPECT, 5)
    other = draw.pick(others)
    return Seller(
        name,
        test,
        offender=index < OFFENDERS,
        specialism=specialism if OFFENDERS <= index < OFFENDERS + SPECIALISTS else "",
        phrases={
            kind: draw.sample([p for p in phrases if p.test == test], sizes.get(kind, 6))
            for kind, phrases in grammar.phrases.items()
        },
        second=draw.sample(said_anywhere(other, test), 6),
        tags={
            kind: draw.sample(tags, 8) + draw.sample(others[0].tags[kind], 2)
            for kind, tags in grammar.tags.items()
        },
        terms=grammar.terms[test],
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
    return str(draw.pick(common["hard_kinds"])) if draw.chance(0.15) else "plain"


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


def tags_of(kind: str, seller: Seller, common: dict[str, Any], draw: Draw) -> list[Phrase]:
    """Draw the set phrases that a suspected listing adds, in its own kind's words or another's."""
    tags = list[Phrase]()
    for _ in range(draw.pick(common["tagged"]) if kind in SUSPECT else 0):
        told = kind if not tags or draw.chance(0.7) else draw.pick(SUSPECT)
        known = seller.terms[told].deal() if draw.chance(0.5) else seller.tags[told]
        tags.append(draw.pick(known))
    return list(dict.fromkeys(tags))


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


def describe(seller: Seller, item: Item, pool: dict[str, list[Phrase]], draw: Draw) -> list[Phrase]:
    """Choose a description's phrases, in the order of one of the seller's layouts."""
    plain = draw.sample(pool["plain"], len(pool["plain"]))
    names = {"b": "boilerplate", "g": "greeting", "t": "trade"}
    sentences = draw.sample(pool["sentences"], len(pool["sentences"]))
    chosen: list[Phrase] = []
    for letter in draw.pick(seller.layouts):
        if letter == "p":
            chosen += [plain.pop() for _ in range(seller.talk + 2 * item.length) if plain]
        elif letter == "c":
            chosen += item.claims
        elif letter != "t" or seller.offender or draw.chance(0.5):
            chosen += draw.sample(pool[names[letter]], 1 + draw.chance(0.3))
        if draw.chance(0.35) and sentences:
            chosen.append(sentences.pop())
    if draw.chance(seller.rates["second"]):
        chosen += draw.sample(seller.second, draw.pick((1, 2, 3)))
    rules = draw.sample(pool["policies"], draw.pick(((0,), (1, 2), (4, 5, 6))[item.length]))
    return (rules + chosen if draw.chance(0.4) else chosen + rules) or plain[:1]


def extras(grammar: Grammar, item: Item, draw: Draw) -> list[str]:
    """Return what shops append: a table of sizes, and words for search engines."""
    common, category = grammar.common, item.slots["category"]
    texts = []
    if draw.chance(0.25 * item.length):
        texts.append(f"{grammar.words['sizes']}: {draw.pick(common['tables'][category])}")
    if draw.chance(0.3 * item.length):
        brands = [brand for brands in common["brands"].values() for brand in brands]
        known = [*grammar.products[category] * 2, *draw.sample(brands, 12), *grammar.colours]
        words = draw.sample(known, draw.pick((8, 15, 25, 40)))
        texts.append(f"{grammar.words['keywords']}: {draw.pick((', ', ' ', ' #')).join(words)}")
    return texts


def join(texts: list[str], joiner: str, language: str) -> str:
    """Join phrases the way a seller does, as sentences where full stops are used."""
    if joiner[0] not in ".!。！" or not texts:
        return joiner.join(texts)
    text = joiner.join(capitalised(text, language) for text in texts) + joiner.strip()
    return re.sub(r"([?？.])[.!。！]", r"\1", text)


def roughen(text: str, seller: Seller, grammar: Grammar, draw: Draw) -> str:
    """Add the slips and ornaments of hurried typing."""
    common, rates = grammar.common, seller.rates
    if grammar.language in UNACCENTED and draw.chance(rates["accents"]):
        text = unaccented(text)
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


def word(phrase: Phrase, item: Item, seller: Seller, draw: Draw) -> str:
    """Return a phrase as the seller types it, disguised if it is a claim to be hidden."""
    text = expand(phrase.text, item.slots, draw)
    if item.hidden and (phrase in item.claims or phrase in item.tags):
        text = disguise(text, draw)
    return mistype(text, seller.rates["typos"], draw)


def entitle(
    grammar: Grammar, seller: Seller, item: Item, pool: dict[str, list[Phrase]], draw: Draw
) -> tuple[str, list[Phrase]]:
    """Word the title without its claim, and return it with the template used, if any."""
    slots, common = item.slots, grammar.common
    own = bool(item.claims and item.claims[0].noun)
    if own and (slots["kind"] in common["unbranded"] or draw.chance(0.5)):
        title, used = slots["noun"], []
    else:
        skeleton, brand = draw.pick(pool["titles"]), slots["brand"]
        if draw.chance(seller.rates["stylised"]):
            brand = stylised(brand, draw)
        title, used = expand(skeleton.text, slots | {"brand": brand}, draw), [skeleton]
    if draw.chance(seller.rates["garland"]):
        title = garland(title, draw.pick(common["emoji"]), draw)
    if draw.chance(seller.rates["headline"]):
        title = f"{headline(draw.pick(grammar.headlines), draw)} {title}"
    return title, used


def compose(
    grammar: Grammar, seller: Seller, item: Item, draw: Draw
) -> tuple[str, str, tuple[str, ...]]:
    """Word a listing: its title, its description (may be empty), and the templates used."""
    category, claims = item.slots["category"], item.claims
    coloured, own = category in grammar.common["coloured"], bool(claims and claims[0].noun)
    pool = {
        name: [p for p in phrases if p.suits(category, coloured, own)]
        for name, phrases in seller.phrases.items()
    }
    title, used = entitle(grammar, seller, item, pool, draw)
    body = [] if draw.chance(seller.rates["silent"]) else describe(seller, item, pool, draw)
    if claims and (claims[0] not in body or draw.chance(0.3)):
        claim = word(claims[0], item, seller, draw)
        # A long one goes into the title only where the listing would not hold it otherwise.
        if claims[0] not in body or len(claim) <= (20 if grammar.language == "zh" else 50):
            parts = (claim, title) if draw.chance(0.25) else (title, claim)
            title = draw.pick((" - ", ", ", " ", " | ")).join(parts)
            used.append(claims[0])
    texts = [word(phrase, item, seller, draw) for phrase in body]
    texts += extras(grammar, item, draw) if body else []
    for tag in item.tags:
        if texts and draw.chance(0.5):
            texts.insert(int(draw.unit() * len(texts)), word(tag, item, seller, draw))
        else:
            title = f"{title} {word(tag, item, seller, draw)}"
    text = join(texts, seller.joiner, grammar.language)
    keys = dict.fromkeys(phrase.key for phrase in [*used, *body])
    return mistype(title, seller.rates["typos"], draw), text, tuple(keys)


def make_item(seller: Seller, grammar: Grammar, draw: Draw) -> Item:
    """Draw what one listing of a seller is about."""
    common = grammar.common
    category, noun, brand, model = draw.pick(seller.stock)
    kind = pick_kind(seller, common, draw)
    claims, tags = claims_of(kind, category, seller, draw), tags_of(kind, seller, common, draw)
    kind = kind if claims else "plain"
    if len(tags) > 1 and draw.chance(ALONE):
        claims = []
    if own_noun := claims[0].noun if claims else "":
        category = draw.pick(sorted(claims[0].categories))
        brand = draw.pick(common["brands"][category])
    slots = {"kind": kind, "category": category, "brand": brand, "model": model, "noun": noun}
    slots["colour"], slots["size"] = (
        draw.pick(grammar.colours), draw.pick(common["sizes"][category])
    )  # fmt: skip
    slots["handle"] = f"@demo_{draw.pick(('shop', 'store', 'deals'))}{int(100 * draw.unit())}"
    slots["noun"] = expand(own_noun, slots, draw) or noun
    hidden = kind in SUSPECT and not seller.test and draw.chance(DISGUISED)
    length = draw.pick((1, 1, 2)) if draw.chance(seller.rates["long"]) else 0
    return Item(slots, claims, tags, hidden, length)


def make_listing(seller: Seller, grammar: Grammar, draw: Draw) -> Listing:
    """Draw one listing of a seller (it is numbered later)."""
    item, language = make_item(seller, grammar, draw), grammar.language
    kind, category = item.slots["kind"], item.slots["category"]
    title, text, templates = compose(grammar, seller, item, draw)
    title = roughen(capitalised(title, language), seller, grammar, draw)
    text = roughen(text, seller, grammar, draw) if text else ""
    title = capitals(title, language) if draw.chance(seller.rates["caps"]) else title
    text = capitals(text, language) if draw.chance(seller.rates["shout"]) else text
    if kind not in SUSPECT and draw.chance(FULL):
        title, text = title.translate(FULL_WIDTH), text.translate(FULL_WIDTH)
    own_noun = bool(item.claims and item.claims[0].noun)
    price = price_of(category, kind, grammar.common, own_noun, draw)
    label, split = str(int(kind in SUSPECT)), "test" if seller.test else "train"
    wording = next((phrase.key for phrase in [*item.claims, *item.tags]), "")
    values = (seller.name, title, text, language, category, kind, wording, price)
    row = dict(zip(COLUMNS, ("", *values, label, split), strict=True))
    terms = tuple(tag.key for tag in item.tags if ".term." in tag.key)
    return Listing(row, templates, terms)


def copy_some(listings: Iterable[Listing], draw: Draw) -> Iterator[Listing]:
    """Let a few listings repeat another seller's text, word for word."""
    alike: dict[tuple[str, str], list[Listing]] = defaultdict(list)
    for listing in listings:
        row = listing.row
        peers = alike[row["label"], row["split"]]
        peer = draw.pick(peers) if peers and draw.chance(0.015) else listing
        if peer.row["seller"] != row["seller"]:
            own = {"seller": row["seller"], "price": row["price"]}
            yield peer._replace(row=peer.row | own)
        else:
            peers.append(listing)
            yield listing


def language_listings(
    grammar: Grammar, others: Sequence[Grammar], first: int, total: int, draw: Draw
) -> Iterator[Listing]:
    """Draw one language's listings, from sellers numbered from `first` on."""
    numbers = draw.sample(range(first, first + SELLERS), SELLERS)
    shares: list[float] = []
    sellers: list[Seller] = []
    for index, number in enumerate(numbers):
        sellers.append(make_seller(grammar, others, index, f"shop{number}", draw))
        shares.append((0.5 + draw.unit()) * (BUSIER if index < OFFENDERS else 1.0))
    done, reached = 0, 0.0
    for seller, share in zip(sellers, shares, strict=True):
        reached += share
        until = total if seller is sellers[-1] else int(total * reached / sum(shares))
        for _ in range(until - done):
            yield make_listing(seller, grammar, draw)
        done = until


def generate(seed: int = 1, listings: int = LISTINGS) -> Iterator[Listing]:
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
        A row as written to the CSV, and the keys of its templates and terms.
    """
    draw = Draw(seed)
    common = tomllib.loads((HERE / "grammar" / "common.toml").read_text("utf-8"))
    grammars = [read_grammar(language, common, draw) for language in common["languages"]]
    drawn = list[Listing]()
    for index, grammar in enumerate(grammars):
        total = (index + 1) * listings // len(grammars) - index * listings // len(grammars)
        others = [other for other in grammars if other is not grammar]
        ours = language_listings(grammar, others, 100 + index * SELLERS, total, draw)
        drawn += copy_some(ours, draw)
    for number, listing in enumerate(draw.sample(drawn, len(drawn)), start=1):
        yield listing._replace(row=listing.row | {"listing_id": f"L{number:05}"})


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
    parser.add_argument("--listings", type=int, default=LISTINGS)
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
