import dis
from types import FunctionType

from fakedetect import known_words, readings, spelling, text, word_room


def test_functions_call_only_those_before_them():
    # They are compiled in this order, each with those before it.
    seen = set()
    for module in (word_room, known_words, readings, spelling):
        for name, function in vars(module).items():
            if isinstance(function, FunctionType):
                called = {
                    each.argval
                    for each in dis.get_instructions(function)
                    if each.opname == "LOAD_GLOBAL"
                }
                ours = {n for n in called if isinstance(vars(module).get(n), FunctionType)}
                assert ours <= seen, name
                seen.add(name)


def test_what_a_character_is_asked():
    tables = text._tables(text.EDITION)
    written = "a3@!|7-2高"
    assert [word_room.is_letter(ord(char), tables) for char in written] == [True] + [False] * 8
    parts = [word_room.is_part(ord(char), tables) for char in written]
    assert parts == [True] * 6 + [False] * 3
    assert "".join(char for char in written if word_room.is_stroke(ord(char))) == "!|"
    assert chr(word_room.letter_for(ord("4"), tables)) == "a"
    assert chr(word_room.cyrillic_for(ord("h"), tables)) == "н"
