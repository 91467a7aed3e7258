"""Random recipes: laws of the draws, streams that don't depend on each other, arms for fleet."""

import numpy as np
import pytest
from scipy import stats

from reglab.core import numpy_stream
from reglab.train.recipes import LogUniform, OneOf, draw_recipes

RANGES = {"lr": LogUniform(0.01, 1.0), "shift": OneOf((0, 1, 3))}


def draws(values, count=4000):
    rng = numpy_stream(0, "recipes")
    return np.array([values.draw(rng) for _ in range(count)])


def test_logarithms_are_uniform():
    share = np.log(draws(LogUniform(0.01, 1.0)) / 0.01) / np.log(100)
    assert stats.kstest(share, "uniform").pvalue > 1e-6


def test_off_leaves_out_as_often_as_said():
    values = draws(LogUniform(0.01, 1.0, off=0.3))
    off = int((values == 0).sum())
    assert stats.binomtest(off, len(values), 0.3).pvalue > 1e-6
    share = np.log(values[values > 0] / 0.01) / np.log(100)
    assert stats.kstest(share, "uniform").pvalue > 1e-6  # whether it is off says nothing of size


def test_off_at_its_limits():
    assert (draws(LogUniform(0.01, 1.0, off=1.0), 50) == 0).all()
    assert (draws(LogUniform(0.01, 1.0), 50) >= 0.01).all()


def test_numbers_have_three_digits():
    assert all(float(f"{x:.3g}") == x for x in draws(LogUniform(1e-5, 1.0), 100))


def test_one_of_is_uniform():
    counts = np.bincount(draws(OneOf((0, 1, 2))), minlength=3)
    assert stats.chisquare(counts).pvalue > 1e-6


def test_a_longer_list_begins_with_the_shorter_one():
    assert draw_recipes(RANGES, 9)[:4] == draw_recipes(RANGES, 4)


def test_another_name_changes_nothing_about_the_others():
    more = draw_recipes({"decay": LogUniform(0.001, 0.1, off=0.5)} | RANGES, 6)
    assert [{name: one[name] for name in RANGES} for one in more] == draw_recipes(RANGES, 6)


def test_names_draw_from_streams_of_their_own():
    same = LogUniform(0.01, 1.0)
    assert all(one["a"] != one["b"] for one in draw_recipes({"a": same, "b": same}, 5))


def test_the_seed_names_the_list():
    assert draw_recipes(RANGES, 5, seed=1) == draw_recipes(RANGES, 5, seed=1)
    assert draw_recipes(RANGES, 5, seed=1) != draw_recipes(RANGES, 5, seed=2)


def test_recipes_are_told_apart():
    assert len({one["lr"] for one in draw_recipes(RANGES, 8)}) == 8


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LogUniform(1.0, 0.1), "low must be below high"),
        (lambda: LogUniform(0.1, 0.1), "low must be below high"),
        (lambda: LogUniform(0.0, 1.0), "low must be a finite number > 0"),
        (lambda: LogUniform(0.1, 1.0, off=1.5), "off is a probability"),
        (lambda: OneOf(()), "one or more values"),
        (lambda: OneOf([1, 2]), "must be a tuple"),
        (lambda: draw_recipes({}, 3), "ranges is empty"),
        (lambda: draw_recipes({"lr": 0.1}, 3), "lr needs LogUniform"),
        (lambda: draw_recipes(RANGES, 0), "count must be a whole number >= 1"),
    ],
)
def test_bad_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()
