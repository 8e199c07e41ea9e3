"""The implementation run as it is; ``test_text_kernels`` holds the compiled one to it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fakedetect import text

WORDS = st.text(
    st.sampled_from("abelnrstКеаорсхВ013458@!|.-_*,é\u0301\u0336\u200b\x08Ａ𝐧高仿亻方木目刂🔥 ﷺ각"),
    max_size=20,
)


@settings(max_examples=500, deadline=None)
@given(WORDS)
def test_room_is_enough_and_every_character_comes_from_somewhere(raw):
    word = text._spelled(raw, 2)
    assert word.length <= len(word.points)
    assert all(
        0 <= start < end <= len(raw) for start, end in zip(word.starts, word.ends, strict=True)
    )


def test_halves_that_stand_on_the_right_alone():
    assert text.canonical("另刂者阝方攵纟工") == "别都放红"
