import io
import sys

from fakedetect import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_nothing_is_shown_where_there_is_no_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.rows(hidden=False) as advance:
        assert advance is None
    with progress.steps("training") as advance:
        assert advance is None
    assert sys.stderr.getvalue() == ""


def test_bars_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.rows(hidden=True) as advance:
        assert advance is None
    with progress.rows(hidden=False) as advance:
        advance(1200, None)
        advance(3400, 0.5)
    assert "3,400 listings" in sys.stderr.getvalue()
    with progress.steps("training") as advance:
        advance(1, 2)
    assert "training" in sys.stderr.getvalue()
