import numpy as np
import pytest

from fakedetect import siphash

KEY = bytes(range(16))
MASK = 2**64 - 1


def plain(data, key):
    """SipHash-2-4 as its paper says it, one text at a time."""

    def rotl(value, n):
        return (value << n | value >> (64 - n)) & MASK

    def rounds(v, n):
        v0, v1, v2, v3 = v
        for _ in range(n):
            v0 = (v0 + v1) & MASK
            v1 = rotl(v1, 13) ^ v0
            v0 = rotl(v0, 32)
            v2 = (v2 + v3) & MASK
            v3 = rotl(v3, 16) ^ v2
            v0 = (v0 + v3) & MASK
            v3 = rotl(v3, 21) ^ v0
            v2 = (v2 + v1) & MASK
            v1 = rotl(v1, 17) ^ v2
            v2 = rotl(v2, 32)
        return [v0, v1, v2, v3]

    k0, k1 = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    v = [0x736F6D6570736575 ^ k0, 0x646F72616E646F6D ^ k1]
    v += [0x6C7967656E657261 ^ k0, 0x7465646279746573 ^ k1]
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) % 256])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        v = rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    v = rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


@pytest.mark.parametrize(
    ("n", "expected"),  # of the authors' reference implementation; the last is the paper's own
    [
        (0, 0x726FDB47DD0E0E31),
        (1, 0x74F839C593DC67FD),
        (2, 0x0D6C8009D9A94F5A),
        (15, 0xA129CA6149BE45E5),
    ],
)
def test_published_values(n, expected):
    assert siphash.siphash(bytes(range(n)), np.array([n]), KEY).tolist() == [expected]
    assert plain(bytes(range(n)), KEY) == expected


def test_many_texts_of_all_lengths_are_each_hashed_alone(monkeypatch):
    monkeypatch.setattr(siphash, "_AT_A_TIME", 7)
    rng = np.random.default_rng(1)
    lengths = rng.permutation(np.r_[0:300, 0:300, 8, 8, 8])
    data = rng.bytes(int(lengths.sum()))
    key = rng.bytes(16)
    ends = np.cumsum(lengths)
    expected = [plain(data[end - n : end], key) for end, n in zip(ends, lengths, strict=True)]
    assert siphash.siphash(data, lengths, key).tolist() == expected


def test_no_texts():
    assert len(siphash.siphash(b"", np.zeros(0, np.int64), KEY)) == 0
