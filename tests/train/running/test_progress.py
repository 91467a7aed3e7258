"""The bar shows only when asked, and never under tests or CI unless told to."""

import pytest

from reglab.train.running.progress import bar, meter, wanted


def no_tests(monkeypatch):
    """Called in the test itself: pytest sets its variable again after the fixtures."""
    for name in ("CI", "PYTEST_CURRENT_TEST", "REGLAB_PROGRESS"):
        monkeypatch.delenv(name, raising=False)


def test_shown_only_when_asked(monkeypatch):
    no_tests(monkeypatch)
    assert wanted(True) and not wanted(False)


@pytest.mark.parametrize("name", ["CI", "PYTEST_CURRENT_TEST"])
def test_silent_in_tests(monkeypatch, name):
    no_tests(monkeypatch)
    monkeypatch.setenv(name, "1")
    assert not wanted(True)


def test_variable_overrides(monkeypatch):
    no_tests(monkeypatch)
    monkeypatch.setenv("CI", "1")
    monkeypatch.setenv("REGLAB_PROGRESS", "1")
    assert wanted(False)
    monkeypatch.setenv("REGLAB_PROGRESS", "0")
    monkeypatch.delenv("CI")
    assert not wanted(True)


def test_bar_passes_the_steps_on(monkeypatch, capsys):
    no_tests(monkeypatch)
    assert list(bar(range(3))) == [0, 1, 2]
    assert capsys.readouterr().err == ""
    assert list(bar(range(3), True, "epochs")) == [0, 1, 2]
    assert "epochs" in capsys.readouterr().err


def test_a_meter_shows_the_share_of_the_work(monkeypatch, capsys):
    no_tests(monkeypatch)
    with meter(8.0) as advance:
        advance(8.0)
    assert capsys.readouterr().err == ""
    with meter(8.0, True, "fleet") as advance:
        advance(2.0)
        advance.__self__.refresh()
    shown = capsys.readouterr().err
    assert "fleet:  25%" in shown and "00:00<" in shown


def test_a_meter_of_no_work(monkeypatch, capsys):
    no_tests(monkeypatch)
    with meter(0.0, True, "fleet"):
        pass
    assert "fleet:   0%" in capsys.readouterr().err
