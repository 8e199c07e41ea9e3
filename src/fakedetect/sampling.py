"""Listings drawn by lot, and what looking at them says about all others.

Whoever looks at flagged listings only never learns what is missed. A few listings drawn by lot from
those below the threshold tell it: each stands for as many as it was drawn from, so sums over them,
divided by the probability of being drawn, have no bias, whatever the model's scores are worth
(Horvitz and Thompson 1952).
"""

from __future__ import annotations

import hashlib
import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.blocks import is_text
from fakedetect.errors import InputError
from fakedetect.metrics import CONFIDENCE, Bools, Estimate, Floats

LARGEST_SEED = 2**64 - 1


class Estimates(NamedTuple):
    """What was found among flagged and drawn listings, and what it says about all.

    Attributes
    ----------
    n_flagged, n_flagged_positive
        Listings that were flagged, and how many of them are positive.
    n_drawn, n_drawn_positive
        The same of those drawn by lot from the others.
    n
        How many listings there are in all, in so far as the draws tell it: a file that all but the
        listings looked at were taken out of says the same.
    prevalence, recall, precision
        Share of positives among all listings; share of them that is flagged; share of the flagged
        that is positive. Intervals are of 95 %, and say how far chance in drawing could have gone,
        not what other listings would be like: a precision is therefore known, and its interval
        nothing but itself. NaN where undefined.
    """

    n_flagged: int
    n_flagged_positive: int
    n_drawn: int
    n_drawn_positive: int
    n: float
    prevalence: Estimate
    recall: Estimate
    precision: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {
            name: value._asdict() if isinstance(value, Estimate) else value
            for name, value in self._asdict().items()
        }


def draws(ids: Any, *, seed: int, first_row: int = 1) -> Floats:
    """Return a number for each listing as if drawn by lot, the same whenever and wherever.

    It goes by the id and the seed alone, by way of a keyed hash, so it depends neither on the other
    listings nor on how they are cut into portions. Whoever does not know the seed cannot tell how a
    listing will be drawn; where sellers choose ids, that takes a seed that is not easily guessed,
    as 0 is.

    Parameters
    ----------
    ids
        One per listing, text or whole numbers: a sequence, a pandas Series or a pyarrow Array,
        shape (n,). Equal ids get equal draws, and the whole number 7 is the text ``"7"``. A listing
        without an id (empty, missing) goes by the number of its row.
    seed
        From 0 up to 2**64 - 1.
    first_row
        The number of the first listing's row.

    Returns
    -------
    numpy.ndarray
        Uniform from 0 up to but not including 1, shape (n,).

    Raises
    ------
    InputError
        When ids are neither text nor whole numbers, or the seed is not in its range.

    Examples
    --------
    >>> draws(["a", "b", "a"], seed=1).round(4)
    array([0.1263, 0.2176, 0.1263])
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"the seed {seed} is not from 0 to 2**64 - 1")
    names = _names(ids)
    hashes = _hashes(names, seed, "ids")
    missing = np.flatnonzero(names == "")
    if len(missing):
        rows = (missing + first_row).astype(str).astype(object)
        hashes[missing] = _hashes(rows, seed, "rows")
    # The 53 bits that a float has; all 64 would round up to 1 now and then.
    return (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53


def estimated(
    labels: Floats, inclusion_probability: Floats, *, flagged: Bools, drawn: Bools
) -> Estimates:
    """Return what labels of flagged and drawn listings say about all listings.

    Parameters
    ----------
    labels
        1 for a positive listing, 0 for a negative one, NaN for one that nobody looked at, shape
        (n,).
    inclusion_probability
        How likely each listing was to be looked at before lots were drawn, shape (n,).
    flagged, drawn
        Which listings were flagged, and which of the others drawn by lot, shape (n,). All other
        listings may be left out, and their labels are not counted: who looks at some of them has
        reasons to.

    Returns
    -------
    Estimates
        The number of positives among drawn listings, each counted as ``1 / inclusion_probability``,
        has the interval of Fay and Feuer (1997) for weighted sums of Poisson counts, cut to what is
        possible. It is made for rare positives, and is wider than it need be for frequent ones. The
        sum and the prevalence have no bias. The recall, a ratio, is too high on average where few
        positives are drawn; its interval, which follows from the sum's, holds all the same.

    Raises
    ------
    InputError
        When a flagged or drawn listing has no label, which would bias every figure, none was drawn,
        or one was both or had no chance to be drawn.
    """
    _check_reviewed(labels, inclusion_probability, flagged, drawn)
    n_flagged, n_hits = int(flagged.sum()), int(labels[flagged].sum())
    weights = 1 / inclusion_probability[drawn]
    missed = _missed(labels[drawn] == 1, weights)
    n = n_flagged + float(weights.sum())
    precision = n_hits / n_flagged if n_flagged else math.nan
    recall = [n_hits / (n_hits + each) if n_hits + missed.value else math.nan for each in missed]
    return Estimates(
        n_flagged=n_flagged,
        n_flagged_positive=n_hits,
        n_drawn=int(drawn.sum()),
        n_drawn_positive=int(labels[drawn].sum()),
        n=n,
        prevalence=Estimate(*((n_hits + each) / n for each in missed)),
        recall=Estimate(recall[0], recall[2], recall[1]),
        precision=Estimate(precision, precision, precision),
    )


def _check_reviewed(
    labels: Floats, inclusion_probability: Floats, flagged: Bools, drawn: Bools
) -> None:
    """Raise where labels do not tell of all listings."""
    if not drawn.any():
        raise InputError(
            "no listing was drawn by lot below the threshold, so nothing tells what was missed;"
            " score with --explore"
        )
    if np.any(flagged & drawn):
        raise InputError("a listing is flagged and drawn as well; draw from the others")
    chances = inclusion_probability[drawn]
    if not np.all((chances > 0) & (chances <= 1)):
        raise InputError("a listing was drawn that had no inclusion probability above 0, up to 1")
    n_open = [int(np.isnan(labels[rows]).sum()) for rows in (flagged, drawn)]
    if any(n_open):
        raise InputError(
            f"{n_open[0]:,} of {int(flagged.sum()):,} flagged listings and {n_open[1]:,} of"
            f" {int(drawn.sum()):,} drawn by lot have no label; without them every figure would be"
            " biased"
        )


def _missed(positive: Bools, weights: Floats) -> Estimate:
    """Return how many positives were not flagged, from those among drawn listings."""
    from scipy.special import gammaincinv

    by_chance = weights > 1  # others were certain to be drawn: they add no uncertainty
    found = weights[positive & by_chance]
    certain = float(weights[positive & ~by_chance].sum())
    total, variance = float(found.sum()), float((found**2).sum())
    largest = float(np.max(weights, initial=1.0, where=by_chance))
    low = high = 0.0
    if total:
        low = variance / total * float(gammaincinv(total**2 / variance, (1 - CONFIDENCE) / 2))
    if by_chance.any():
        # As if one more had been found, where it counts most.
        more, wider = total + largest, variance + largest**2
        high = wider / more * float(gammaincinv(more**2 / wider, (1 + CONFIDENCE) / 2))
    # Those that were found are there, and those found negative are none.
    least = float(np.count_nonzero(positive & by_chance))
    most = float(weights[by_chance].sum()) - np.count_nonzero(~positive & by_chance)
    return Estimate(
        certain + total, certain + min(max(low, least), most), certain + max(min(high, most), least)
    )


def _names(ids: Any) -> npt.NDArray[np.object_]:
    """Return ids as strings, empty ones for those that are missing."""
    import pyarrow as pa

    array = _in_arrow(ids)
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    if not (is_text(kind) or pa.types.is_integer(kind)):
        raise InputError(f"ids to draw by are text or whole numbers, not {kind}")
    texts = array.cast(kind).cast(pa.large_string()).fill_null("")
    return np.array(texts.to_pylist(), dtype=object)


def _hashes(names: npt.NDArray[np.object_], seed: int, kind: str) -> npt.NDArray[np.uint64]:
    """Return SipHash (Aumasson and Bernstein 2012) of names, with a key of a seed and a kind."""
    from pandas.util import hash_array

    key = hashlib.blake2b(f"{kind} {seed}".encode(), digest_size=8).hexdigest()
    return hash_array(names, hash_key=key, categorize=False)


def _in_arrow(ids: Any) -> Any:
    import pyarrow as pa

    if isinstance(ids, pa.Array | pa.ChunkedArray):
        return ids
    try:
        return pa.array(ids, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError) as error:
        raise InputError(f"ids to draw by are text or whole numbers; {error}") from None
