import threading

import pytest

from fakedetect import engines
from fakedetect.engines import LEAST_CHARACTERS, chosen, on_threads
from fakedetect.errors import FakedetectError, InputError


@pytest.fixture
def _without_numba(monkeypatch):
    monkeypatch.setattr(engines, "_import_problem", lambda: "No module named 'numba'")
    engines._warn_once.cache_clear()


def test_the_length_of_the_texts_decides():
    assert not chosen(None, LEAST_CHARACTERS - 1)
    assert chosen(None, LEAST_CHARACTERS)


def test_an_engine_can_be_named():
    assert chosen("compiled", 0)
    assert not chosen("walk", LEAST_CHARACTERS)


def test_there_are_two_engines():
    with pytest.raises(InputError) as caught:
        chosen("rust", 0)
    assert str(caught.value) == "no engine 'rust'; the engines are walk and compiled"


@pytest.mark.usefixtures("_without_numba")
def test_without_numba_the_log_says_so_once(caplog):
    assert not chosen(None, LEAST_CHARACTERS)
    assert not chosen(None, LEAST_CHARACTERS)
    assert [record.getMessage() for record in caplog.records] == [
        "numba cannot be imported, so many texts take the slow walk: No module named 'numba'"
    ]


@pytest.mark.usefixtures("_without_numba")
def test_without_numba_the_compiled_engine_cannot_be_named():
    with pytest.raises(FakedetectError) as caught:
        chosen("compiled", 0)
    assert str(caught.value) == (
        "the compiled engine needs numba, which is not there: No module named 'numba'"
    )


@pytest.mark.parametrize("n_threads", [None, 1, 3])
def test_results_come_in_order_whoever_is_first(n_threads):
    behind = threading.Event()

    def work(number):
        # The first waits for the second, if there is a thread for it.
        if number == 1:
            behind.set()
        elif number == 0 and n_threads == 3:
            assert behind.wait(60)
        return number * number

    assert list(on_threads(work, range(20), n_threads)) == [n * n for n in range(20)]


def test_portions_are_taken_only_a_few_ahead():
    taken = []
    results = on_threads(str, (taken.append(n) or n for n in range(100)), 2)
    assert next(results) == "0"
    assert len(taken) <= 4
    results.close()
    assert len(taken) <= 4


def test_an_error_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(on_threads(lambda number: 1 // number, [1, 0, 1], 2))
