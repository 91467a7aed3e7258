"""Records: each entry that was changed by hand is named, and what is shown must be what is held."""

import pytest

from reglab.evidence import display
from reglab.evidence.records import contradictions


@pytest.fixture
def record(honest):
    return honest.record()


def said(record, text):
    return list(contradictions(record, text))


FALSIFIED = {
    "effect": (99.9, "effect is 99.9, and its differences give"),
    "low": (2.5, "low is 2.5, and its differences give"),
    "high": (99.9, "high is 99.9, and its differences give"),
    "n": (500, "n is 500, and there are 12 differences"),
    "seeds": ([1] * 12, "it has 1 different seeds, and n is 12"),
    "verdict": ("fails", "verdict 'fails', and its differences give 'holds'"),
    "threshold": ("more than 4 nats", "threshold is 'more than 4 nats'; by its sentence and edges"),
    "edges": ([9, None], "verdict 'holds', and its differences give 'fails'"),
    "anchor": ("claim-x", "anchor is 'claim-x'; by its sentence"),
    "differences": ([1.0, 2.0] * 6, "effect is"),
    "sentence": ("It is all different.", "anchor is"),
}


@pytest.mark.parametrize("name", FALSIFIED)
def test_a_falsified_entry_is_named(honest, name):
    value, complaint = FALSIFIED[name]
    first, *_ = said({**honest.record(), name: value}, display.text(honest))
    assert first.startswith(complaint)


def test_an_honest_record_has_no_contradictions(honest, record):
    assert said(record, f"before\n{display.text(honest)}\nbehind") == []


def test_equal_differences_without_bounds_are_noticed(honest, record):
    (line,) = said({**record, "differences": [5.0] * 12}, display.text(honest))
    assert "no width" in line


def test_one_in_the_last_digit_is_rounding_and_more_is_not(honest, record):
    shown = display.text(honest)
    effect = shown.partition("≈ ")[2].split()[0]
    step = 10 ** -len(effect.partition(".")[2])
    for steps, complaints in [(1, 0), (-1, 0), (3, 1), (-3, 1)]:
        other = f"{float(effect) + steps * step:.{len(effect.partition('.')[2])}f}"
        assert len(said(record, shown.replace(effect, other))) == complaints


@pytest.mark.parametrize("text", ["", "Claim holds: Stopping early lowers the error."])
def test_a_claim_that_is_not_shown_is_noticed(record, text):
    assert said(record, text) == ["the output shows other numbers than the record holds"]
