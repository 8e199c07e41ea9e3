from fakedetect import traces


def test_numbers_of_traces_fit_their_bits():
    bits = [
        traces.INVISIBLE, traces.DIRECTION, traces.BACKSPACE, traces.FULL_WIDTH,
        traces.FANCY, traces.LOOKALIKE, traces.PILED, traces.ACCENTS, traces.SIGNS,
        traces.REPEATED, traces.DIGITS, traces.HALVES, traces.SPACED,
    ]  # fmt: skip
    assert bits == [1 << bit for bit in range(traces.N_TRACES)]
    assert len(traces.NAMES) == traces.N_TRACES
    assert traces.FIRST_TRACE + traces.N_TRACES <= traces.FIRST_SYLLABLE


def test_a_word_of_marks_is_one_for_any_trace_and_one_for_the_kind():
    words = [traces.marks(1 << bit) for bit in range(traces.N_TRACES)]
    assert {word[0] for word in words} == {chr(traces.ANY_TRACE)}
    assert [ord(word[1]) - traces.FIRST_TRACE for word in words] == list(range(traces.N_TRACES))
