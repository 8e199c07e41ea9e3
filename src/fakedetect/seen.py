"""What has been met before, in bounded memory: a field of bits (Bloom 1970)."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

N_BITS = 29  # a field takes 64 MiB, and is right for tens of millions of keys


class Field:
    """Which keys have been met: a field of bits, two for each key.

    A new key is taken for one that has been met where others have set both of its bits.

    Parameters
    ----------
    n_bits
        The field has two to this power of them, 29 if it is None.
    """

    def __init__(self, n_bits: int | None = None) -> None:
        self._n_bits = n_bits or N_BITS
        self._bits = np.zeros(1 << (self._n_bits - 3), np.uint8)

    def add(self, keys: Keys) -> Bools:
        """Add keys, all different, and return which are new."""
        mask = np.uint64((1 << self._n_bits) - 1)
        is_new = np.zeros(len(keys), bool)
        places = (keys & mask, (keys >> np.uint64(32)) & mask)
        for place in places:
            bit = np.left_shift(1, (place & np.uint64(7)).astype(np.uint8), dtype=np.uint8)
            is_new |= (self._bits[place >> np.uint64(3)] & bit) == 0
        for place in places:
            bit = np.left_shift(1, (place & np.uint64(7)).astype(np.uint8), dtype=np.uint8)
            np.bitwise_or.at(self._bits, place >> np.uint64(3), bit)
        return is_new


def hashes(names: Sequence[str]) -> Keys:
    """Return a key for each name, the same in every process."""
    data = (blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(b"".join(data), np.uint64)


def mixed(keys: Keys) -> Keys:
    """Return keys whose bits all depend on all of the given ones (SplitMix64's finaliser)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
