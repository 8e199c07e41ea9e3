import pytest

from fakedetect import known_words, letters, text, word_room


def number_of(written):
    room = word_room.Room([], [ord(char) for char in written], [], [], [], [], [])
    return known_words.word_for(0, len(written), text._tables(text.EDITION), room)


def test_known_words_are_found_by_their_keys():
    words = letters.words()
    assert len(set(words)) == len(words) > 5000
    keys = known_words.word_of_key()
    assert list(keys) == sorted(keys)
    for word in ("replica", "реплика", "không"):
        assert words[number_of(word)] == word


@pytest.mark.parametrize("written", ["r3p1!c4", "rep1ica", "repiica", "réplíca"])
def test_digits_and_marks_hide_no_known_word(written):
    assert letters.words()[number_of(written)] == "replica"


@pytest.mark.parametrize("written", ["replic", "replicaa", "r3p|ic_", "rerlica"])
def test_others_are_not_taken_for_one(written):
    assert number_of(written) == -1


def test_a_word_that_is_drawn_out_is_marked_where_that_hides_it():
    def marks(raw):
        return [trace.kind for trace in text.trace(raw)]

    assert marks("originaaal") == []
    assert marks("originaaaal") == marks("ooorrriginal") == ["repeated letters"]
    assert text.canonical("originaaal ooorrriginal qualllity") == "original original quality"
    assert text.canonical("cooolll") == "cooolll"  # not known
