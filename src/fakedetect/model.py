"""The model: one TF-IDF and one logistic regression, with its threshold and its papers.

A ``Model`` is frozen. Calibration and prevalence live in its weights (Platt scaling of a logistic
regression is a rescaling, a change of prevalence a shift of the intercept), so the margin it gives
is calibrated log-odds and its explanations add up in them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from fakedetect import engines, modelfile, tables
from fakedetect.decisions import Rule, Threshold, by_hand, choose
from fakedetect.errors import InputError, ModelError
from fakedetect.explanation import LEAST_SHARE, Explanation, contributions, line_of
from fakedetect.features import Floats, TfidfFeatures
from fakedetect.operating_points import OperatingPoints
from fakedetect.segments import Segments
from fakedetect.text import align, mend, read, trace

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from fakedetect.compiled import Scorer

# Texts are weighed in portions of about this many characters, to bound the memory.
_PORTION = 500_000


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A fitted model. ``fakedetect.train`` makes one and ``fakedetect.load`` reads one.

    Attributes
    ----------
    features
        The fitted TF-IDF.
    coefficients
        One weight per feature, in calibrated log-odds, shape (n_features,).
    intercept
        The margin of a text without any known n-gram, in log-odds.
    threshold
        The score (0-1) from which a listing is flagged.
    card
        What is known about the model as plain data: versions, settings, training data, figures
        with intervals, the threshold's rule. Shown by ``fakedetect model show``.
    segments
        How long listings are read: their margin is the larger of that of the whole text and that
        of the most suspicious segment less a penalty. None reads all listings as a whole.
    """

    features: TfidfFeatures
    coefficients: Floats
    intercept: float
    threshold: float
    card: Mapping[str, Any]
    segments: Segments | None = None

    def __repr__(self) -> str:
        columns = ", ".join(self.text_columns)
        return f"<Model of {columns}: {len(self.features)} n-grams, threshold {self.threshold:.4f}>"

    @property
    def text_columns(self) -> list[str]:
        """The columns whose text the model was trained on."""
        columns: list[str] = self.card["text"]["columns"]
        return columns

    @property
    def edition(self) -> int:
        """The edition of the canonical text that the model reads (``fakedetect.text``)."""
        edition: int = self.card["text"]["edition"]
        return edition

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all that scores and flags depend on, to recognise the same model again."""
        features = self.features
        settings = (self.intercept, self.threshold, self.hold, self.text_columns, self.segments)
        digest = hashlib.sha256(repr(settings).encode())
        for terms in (features.word_terms, features.char_terms):
            digest.update(json.dumps(list(terms)).encode())
        for values in (features.idf, self.coefficients):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def margin(
        self,
        listings: Any,
        *,
        text: Sequence[str] | None = None,
        engine: str | None = None,
        n_threads: int | None = None,
    ) -> Any:
        """Return the log-odds that each listing is a suspected counterfeit.

        Parameters
        ----------
        listings
            A string, a sequence of strings, a pandas Series or DataFrame, or a pyarrow Array or
            Table. Missing text is the empty string. Nothing is modified.
        text
            Text columns of a table; None takes those the model was trained on, as far as they are
            there.
        engine
            ``"compiled"`` takes the compiled pass, ``"walk"`` plain Python; both give the same
            within 1e-9. None takes the compiled one for texts of two million characters or more
            in all (of what Arrow holds, two million bytes).
        n_threads
            Of the compiled pass; None takes as many as the process may use.

        Returns
        -------
        float, numpy.ndarray, pandas.Series or pyarrow.Array
            One value per listing, in order, in a container like the input's: a float for a
            string, a Series with the same index for pandas, an Array for pyarrow, else an array
            of shape (n,).

        Raises
        ------
        InputError
            When a column is missing or a value is not text.
        """
        margins = self._margins(listings, text, engine, n_threads)
        return tables.shaped_like(listings, margins, "margin")

    def score(
        self,
        listings: Any,
        *,
        text: Sequence[str] | None = None,
        engine: str | None = None,
        n_threads: int | None = None,
    ) -> Any:
        """Return the probability (0-1) that each listing is a suspected counterfeit.

        Takes and returns what ``margin`` does.
        """
        scores = probability(self._margins(listings, text, engine, n_threads))
        return tables.shaped_like(listings, scores, "score")

    def flag(
        self,
        listings: Any,
        *,
        text: Sequence[str] | None = None,
        engine: str | None = None,
        n_threads: int | None = None,
    ) -> Any:
        """Return whether each listing's score reaches the threshold.

        Takes what ``margin`` does and returns booleans in the same containers.
        """
        scores = probability(self._margins(listings, text, engine, n_threads))
        return tables.shaped_like(listings, scores >= self.threshold, "flagged")

    def reasons(
        self,
        listings: Any,
        *,
        text: Sequence[str] | None = None,
        engine: str | None = None,
        n_threads: int | None = None,
    ) -> Any:
        """Return what speaks loudest for suspicion in each listing, flagged or not, on one line.

        That is ``explain(listing).line()``: up to three stretches of the listing, loudest first,
        each cut to 60 characters; the empty string if nothing speaks for suspicion. Takes what
        ``margin`` does and returns strings in the same containers.
        """
        texts = tables.texts_of(listings, text, self.text_columns)
        lines: list[str | None] = [None] * len(texts)
        if engines.chosen(engine, sum(map(len, texts))):
            lines = self.quick_reasons(texts, n_threads=n_threads)
        told = [
            self.explain(each).line() if line is None else line
            for each, line in zip(texts, lines, strict=True)
        ]
        return tables.shaped_like(listings, np.array(told, dtype=object), "reasons")

    def quick_reasons(
        self, texts: Sequence[str], *, n_threads: int | None = None
    ) -> list[str | None]:
        """Return what the compiled pass can say of ``reasons``.

        None for the few texts that it leaves to ``explain``, which a caller who must not be kept
        waiting may want to take one by one.
        """
        import pyarrow as pa

        array = pa.array(texts, pa.large_string())
        found = self._scorer.loud([array], share=LEAST_SHARE, n_threads=n_threads)
        return [None if stretches is None else line_of(stretches) for stretches in found]

    def explain(self, listing: str) -> Explanation:
        """Return the margin of one listing's text, taken apart into what speaks for and against.

        Raises
        ------
        InputError
            When the listing is not a string, or holds a lone surrogate.
        """
        if not isinstance(listing, str):
            raise InputError(f"explain takes one string, not a {type(listing).__name__}")
        (text,) = tables.texts_of(listing)
        mended = mend(text, self.edition)
        start, end, toll = (0, len(mended.text), 0.0)
        if self.segments is not None:
            start, end, toll = self.segments.spoken(mended.text, self._wholes)
        aligned = align(text, edition=self.edition, part=(start, end))
        weights = self.features.weigh([aligned.canonical])
        values = weights.values * self.coefficients[weights.slots]
        added = np.bincount(weights.rows, values, minlength=1).astype(float)
        margin = np.asarray(self.intercept + added - toll)
        list_ngrams, characters = contributions(self.features, weights.slots, values, aligned)
        score = probability(margin).item()
        return Explanation(
            text=listing,
            intercept=self.intercept - toll,
            characters=characters,
            margin=margin.item(),
            score=score,
            threshold=self.threshold,
            flagged=score >= self.threshold,
            segment=mended.span(start, end) if end - start < len(mended.text) else None,
            traces=tuple(trace(text)) if self.edition > 1 else (),
            _list_ngrams=list_ngrams,
        )

    @property
    def hold(self) -> float | None:
        """The score from which a flagged listing is held back before review; None if none is."""
        chosen = self.card["hold"]
        return None if chosen is None else float(chosen["value"])

    @property
    def operating_points(self) -> OperatingPoints:
        """What flagging from each score on did on the training listings, out of fold.

        Scores are those at the prevalence of the training listings.

        Raises
        ------
        ModelError
            When the model is of a version that did not keep them.
        """
        if self.card["operating_points"] is None:
            raise ModelError(
                "the model does not say what other thresholds would do, since it is of an older"
                " version; train it again, or choose a threshold by hand"
            )
        return OperatingPoints.from_dict(self.card["operating_points"])

    def with_threshold(self, threshold: float) -> Model:
        """Return this model with another threshold, a score from 0 to 1.

        Raises
        ------
        InputError
            When it is not between 0 and 1.
        """
        return self.with_rule(Rule("threshold", threshold))

    def with_rule(self, rule: Rule) -> Model:
        """Return this model with the threshold that a rule chooses.

        A budget, a precision or a recall is promised by the training listings' out-of-fold scores,
        at the model's prevalence.

        Raises
        ------
        InputError
            When there is no such rule, or the labels are too few to promise it.
        ModelError
            When the model is of a version that did not keep its operating points.
        """
        chosen = self._chosen(rule)
        card = {**self.card, "threshold": chosen._asdict()}
        return dataclasses.replace(self, threshold=chosen.value, card=card)

    def with_hold(self, rule: Rule | None) -> Model:
        """Return this model with a second threshold, from which flagged listings are held.

        Takes and raises what ``with_rule`` does; None holds nothing.
        """
        chosen = None if rule is None else self._chosen(rule)._asdict()
        return dataclasses.replace(self, card={**self.card, "hold": chosen})

    def with_prevalence(self, prevalence: float) -> Model:
        """Return this model for a market where another share of the listings is positive.

        The intercept moves by the difference in log-odds, which keeps the scores calibrated if
        positives and negatives each look as they did in training (Saerens et al. 2002). A threshold
        moves along, so that the same listings are flagged, unless it keeps to a budget or a
        precision, which depend on the prevalence: then it is chosen anew.

        Parameters
        ----------
        prevalence
            Share of positives among the listings to be scored, strictly between 0 and 1.

        Raises
        ------
        InputError
            When it is not, or the labels are too few to promise the budget or precision there.
        """
        if not 0 < prevalence < 1:
            raise InputError(f"the prevalence {prevalence} is not strictly between 0 and 1")
        shift = _log_odds(prevalence) - _log_odds(self.card["calibration"]["prevalence"])
        calibration = {**self.card["calibration"], "prevalence": float(prevalence)}
        moved = dataclasses.replace(
            self,
            intercept=self.intercept + shift,
            card={**self.card, "calibration": calibration},
        )
        threshold = moved._moved(self.card["threshold"], shift)
        hold = self.card["hold"]
        card = {
            **moved.card,
            "threshold": threshold,
            "hold": None if hold is None else moved._moved(hold, shift),
        }
        return dataclasses.replace(moved, threshold=threshold["value"], card=card)

    def _chosen(self, rule: Rule) -> Threshold:
        """Return the threshold that a rule chooses, in scores at the model's prevalence."""
        if rule.kind == "threshold":
            return by_hand(rule)
        points = self.operating_points
        prevalence = self.card["calibration"]["prevalence"]
        # A prevalence that was moved to and fro differs in the last digits.
        is_moved = not math.isclose(prevalence, points.prevalence)
        chosen = choose(rule, points, prevalence=prevalence if is_moved else None)
        shift = _log_odds(prevalence) - _log_odds(points.prevalence) if is_moved else 0.0
        return chosen._replace(value=_shifted(chosen.value, shift))

    def _moved(self, threshold: Mapping[str, Any], shift: float) -> dict[str, Any]:
        """Return a threshold for the model's prevalence, which differs in log-odds by a shift."""
        if threshold.get("kind") in {"budget", "precision"}:
            rule = Rule(threshold["kind"], threshold["target"], threshold["confidence"])
            return self._chosen(rule)._asdict()
        prevalence = self.card["calibration"]["prevalence"]
        return {
            **threshold,
            "value": _shifted(threshold["value"], shift),
            "rule": f"{threshold['rule']}, moved to prevalence {prevalence:g}",
        }

    def pipeline(self) -> Pipeline:
        """Return the model as a plain, fitted scikit-learn ``Pipeline``.

        Its ``predict_proba(texts)[:, 1]`` equals ``score(texts)`` within 1e-9. A process that loads
        it needs fakedetect, for the text step and the rule on segments.
        """
        from fakedetect.exporting import pipeline

        return pipeline(
            self.features, self.coefficients, self.intercept, self.segments, self.edition
        )

    def save(self, path: str | os.PathLike[str], *, key: bytes | None = None) -> None:
        """Write the model file: joblib with plain data only, sealed with a digest.

        The file appears whole or not at all, and may replace one that is being read.

        Parameters
        ----------
        path
            File to write.
        key
            A secret of 16 bytes or more; whoever loads the file must give it. None seals the file
            with a plain digest.

        Raises
        ------
        InputError
            When the file cannot be written, or the key is too short.
        """
        parts = modelfile.Parts(
            self.header(),
            list(self.features.word_terms),
            list(self.features.char_terms),
            self.features.idf,
            self.coefficients,
        )
        modelfile.write(path, parts, key=key)

    def header(self) -> dict[str, Any]:
        """Return what the model file says before its arrays: the card and how to check the rest.

        Besides the card: the format's number, the intercept, how long listings are read, and eight
        canary texts with the scores that they must have when the file is loaded.
        """
        texts = _canary_texts(self.features)
        scores = self.score(texts).tolist()
        return {
            "format": modelfile.FORMAT,
            **self.card,
            "intercept": self.intercept,
            "segments": None if self.segments is None else dataclasses.asdict(self.segments),
            "canaries": [
                {"text": text, "score": score} for text, score in zip(texts, scores, strict=True)
            ],
        }

    def _margins(
        self,
        listings: Any,
        text: Sequence[str] | None,
        engine: str | None,
        n_threads: int | None,
    ) -> Floats:
        arrays = tables.arrow_texts(listings, text, self.text_columns)
        if arrays is not None:
            if engines.chosen(engine, sum(array.nbytes for array in arrays)):
                return self.intercept + self._scorer.margins(arrays, n_threads=n_threads)
            return self._walk(tables.texts_of(listings, text, self.text_columns))
        texts = tables.texts_of(listings, text, self.text_columns)
        if not engines.chosen(engine, sum(map(len, texts))):
            return self._walk(texts)
        import pyarrow as pa

        array = pa.array(texts, pa.large_string())
        return self.intercept + self._scorer.margins([array], n_threads=n_threads)

    def _walk(self, texts: Sequence[str]) -> Floats:
        margins = np.empty(len(texts))
        for start, portion in _portions([mend(text, self.edition).text for text in texts]):
            found = (
                self._wholes(portion)
                if self.segments is None
                else self.segments.margins(portion, self._wholes)
            )
            margins[start : start + len(portion)] = found
        return margins

    def _wholes(self, texts: Sequence[str]) -> Floats:
        """Return the margins of mended texts, each read as a whole."""
        rows, slots, values = self.features.weigh([read(text, self.edition) for text in texts])
        sums = np.bincount(rows, values * self.coefficients[slots], minlength=len(texts))
        return np.asarray(self.intercept + sums)

    @cached_property
    def _scorer(self) -> Scorer:
        from fakedetect.compiled import Scorer

        features = self.features
        return Scorer(
            features.word_terms,
            features.char_terms,
            features.idf,
            self.coefficients,
            self.segments,
            self.edition,
        )


def probability(margin: Floats) -> Floats:
    """Return ``1 / (1 + exp(-margin))``."""
    with np.errstate(over="ignore"):  # exp of a huge number is infinity, and 1 / inf is right
        return np.asarray(1.0 / (1.0 + np.exp(-margin)))


def _shifted(score: float, shift: float) -> float:
    """Return a score whose log-odds are moved."""
    return probability(np.array(_log_odds(score) + shift)).item() if shift else score


def _log_odds(probability: float) -> float:
    if probability in {0.0, 1.0}:
        return math.inf if probability else -math.inf
    return math.log(probability / (1 - probability))


def _portions(texts: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield runs of consecutive texts of bounded total length, with the index of the first."""
    start = length = 0
    for end, text in enumerate(texts, 1):
        length += len(text)
        if length >= _PORTION or end == len(texts):
            yield start, texts[start:end]
            start, length = end, 0


def _canary_texts(features: TfidfFeatures) -> list[str]:
    """Return eight texts that exercise the text step and the vocabulary, and quote no listing."""
    terms = [*features.word_terms, *features.char_terms]
    # Four runs through the whole vocabulary, forty n-grams each.
    step = max(1, len(terms) // 40)
    samples = [" ".join(terms[start * step // 4 :: step]) for start in range(4)]
    return [
        "Replica 1:1 AAA+ mirror quality, same factory",
        "１：１ 高仿 A货 原单",
        "Ré\u200bplique parfaite, e\u0301tat neuf — не копия, оригинал",
        "ของแท้ 100% मूल ⌚️👟",
        *(sample[: modelfile.LONGEST_CANARY] for sample in samples),  # words have any length
    ]
