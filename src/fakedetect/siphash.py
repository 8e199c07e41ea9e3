"""SipHash-2-4 of many texts at a time: a hash that cannot be told without its key.

The keyed hash of Aumasson and Bernstein (2012), in NumPy. For short texts it takes a fifth of the
time of the standard library's BLAKE2b, called for each.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

_PADDING = bytes(8)
_AT_A_TIME = 1 << 14  # fit into the processor's cache: twice as fast
# "somepseudorandomlygeneratedbytes", as the paper has it.
_INITIAL = np.frombuffer(b"uespemosmodnarodarenegylsetybdet", "<u8")


def siphash(data: bytes, lengths: Ints, key: bytes) -> Words:
    """Return SipHash-2-4 of texts that stand behind one another.

    Parameters
    ----------
    data
        The bytes of all of them.
    lengths
        How many bytes are of each, shape (n,).
    key
        16 bytes.

    Returns
    -------
    numpy.ndarray
        64 bits each, shape (n,).
    """
    starts = np.cumsum(lengths) - lengths
    padded = np.frombuffer(data + _PADDING, np.uint8)
    # The eight bytes from each place on, as one number.
    words = np.ndarray(len(data) + 1, "<u8", padded, strides=(1,))
    hashes = np.empty(len(lengths), np.uint64)
    n_whole = lengths // 8
    for n in np.unique(n_whole).tolist():
        alike = np.flatnonzero(n_whole == n)
        for start in range(0, len(alike), _AT_A_TIME):
            rows = alike[start : start + _AT_A_TIME]
            first, length = starts[rows], lengths[rows]
            message = [words[first + 8 * place].astype(np.uint64) for place in range(n + 1)]
            # Of the last word only the bytes of the text, and above them its length.
            rest = (np.uint64(1) << (8 * (length % 8)).astype(np.uint64)) - np.uint64(1)
            message[n] = message[n] & rest | length.astype(np.uint64) << np.uint64(56)
            hashes[rows] = _of_words(message, key)
    return hashes


def _of_words(message: list[Words], key: bytes) -> Words:
    """Return SipHash-2-4 of texts of as many words."""
    k0, k1 = np.frombuffer(key, "<u8").astype(np.uint64)
    state = [
        np.full(len(message[0]), each ^ constant)
        for each, constant in zip((k0, k1, k0, k1), _INITIAL, strict=True)
    ]
    for word in message:
        state[3] = state[3] ^ word
        state = _round(*_round(*state))
        state[0] = state[0] ^ word
    state[2] = state[2] ^ np.uint64(0xFF)
    for _ in range(4):
        state = _round(*state)
    hashes: Words = state[0] ^ state[1] ^ state[2] ^ state[3]
    return hashes


def _round(v0: Words, v1: Words, v2: Words, v3: Words) -> list[Words]:
    v0 = v0 + v1
    v1 = _rotated(v1, 13) ^ v0
    v0 = _rotated(v0, 32)
    v2 = v2 + v3
    v3 = _rotated(v3, 16) ^ v2
    v0 = v0 + v3
    v3 = _rotated(v3, 21) ^ v0
    v2 = v2 + v1
    v1 = _rotated(v1, 17) ^ v2
    return [v0, v1, _rotated(v2, 32), v3]


def _rotated(words: Words, n_bits: int) -> Words:
    return words << np.uint64(n_bits) | words >> np.uint64(64 - n_bits)
