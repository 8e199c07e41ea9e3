import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakedetect.mend_kernels import clues, need_mending
from fakedetect.mending import mended

MANY = 30 if numba.config.DISABLE_JIT else 2000
PIECES = st.text(
    st.sampled_from(
        "abNIKEx  \t\naеорсудβοπ高仿男\u202e\u202c\u200b\u0301"
        "\u00ad\u00a0\u3000\ufe0f𝐧Ｎ🔥1:(_»、…\U0010f701"
    ),
    max_size=30,
)


def need(*texts):
    written = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, written)])
    found = np.zeros(len(texts), np.bool_)
    data = np.frombuffer(b"".join(written) + b" ", np.uint8)
    assert need_mending(data, offsets, clues(), found) == found.sum()
    return found.tolist()


@settings(max_examples=MANY, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4))
def test_all_that_is_mended_is_found(texts):
    for text, needs in zip(texts, need(*texts), strict=True):
        assert needs or mended(text).is_original


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "Nike Air Max, size 42", "Кроссовки Nike, размер 42", "正品 包邮 男鞋",
        "đã có ở hà nội", "10μm", "сор", "S/M/L", "it's a bag", "e.g. a.b.c", "(a b) c d",
    ],
)  # fmt: skip
def test_honest_text_is_left_to_the_fast_way(text):
    assert need(text) == [False]


def test_what_is_not_utf8_does_not_stop_it():
    for written in (b"\xe2", b"\xe2\x80", b"\xf0\x9f", b"\xff", b"a \xc3"):
        found = np.zeros(1, np.bool_)
        need_mending(
            np.frombuffer(written + b" ", np.uint8), np.array([0, len(written)]), clues(), found
        )
