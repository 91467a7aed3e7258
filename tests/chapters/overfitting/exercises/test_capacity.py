"""choose_capacity: sound solutions pass, and each typical wrong one is caught with its hint."""

import numpy as np
import pytest

from reglab.chapters.overfitting.exercises import choose_capacity
from reglab.exercises import check


def by_sorting(val_error, widths):
    order = np.argsort(widths)
    return widths[order][np.argmin(val_error[:, order].mean(axis=0))]


def by_a_loop(val_error, widths):
    return min((val_error[:, i].mean(), width) for i, width in enumerate(widths))[1]


@pytest.mark.parametrize("solution", [choose_capacity, by_sorting, by_a_loop])
def test_sound_solutions_pass(solution):
    assert check("choose_capacity", solution), check("choose_capacity", solution)


def test_reference_by_hand():
    error = np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])
    assert choose_capacity(error, np.array([10, 40, 20])) == 20
    assert type(choose_capacity(error, np.array([10, 40, 20]))) is int


def sorts_in_place(val_error, widths):
    best = choose_capacity(val_error, widths)
    widths.sort()
    return best


def last_of_equal(v, w):
    mean = v.mean(0)
    return w[len(w) - 1 - mean[::-1].argmin()]


LOWEST = "no width has a lower mean error over seeds"
TIES = "of equal mean errors, the smallest width wins"
KIND = "returns one of the widths"


@pytest.mark.parametrize(
    ("solution", "fails", "hint"),
    [
        (lambda v, w: v.mean(0).argmin(), KIND, "position of the lowest error"),
        (lambda v, w: int(v.mean(0).argmin()), KIND, "position of the lowest error"),
        (lambda v, w: v.mean(0).min(), KIND, "That is the lowest error"),
        (lambda v, w: w[v.mean(0).argmax()], LOWEST, "Average over seeds first"),
        (lambda v, w: w[v.mean(0) == v.mean(0).max()].min(), LOWEST, "argmin, not argmax"),
        (lambda v, w: w[v.argmin() % len(w)], LOWEST, "lucky seed"),
        (lambda v, w: w[v.min(0) == v.min()].min(), LOWEST, "lucky seed"),
        (lambda v, w: w[v[0].argmin()], LOWEST, "Only the first seed"),
        (lambda v, w: w[np.median(v, 0) == np.median(v, 0).min()].min(), LOWEST, "the median"),
        (lambda v, w: w[v.mean(1).argmin()], LOWEST, "averages over widths"),
        (lambda v, w: w.min(), LOWEST, "Average over seeds first"),
        (lambda v, w: w[v.mean(0).argmin()], TIES, "the one that stands first"),
        (lambda v, w: w[v.mean(0) == v.mean(0).min()].max(), TIES, "takes the largest"),
        (last_of_equal, TIES, "argmin takes the first"),
        (sorts_in_place, "leaves its inputs as they were", "copy"),
        (lambda v, w: w, KIND, "one number was expected"),
        (lambda v, w: [choose_capacity(v, w)], KIND, "a list of length 1"),
        (lambda v, w: w[3], KIND, "IndexError"),
    ],
)
def test_wrong_solutions_are_caught_with_the_right_hint(caught, solution, fails, hint):
    caught("choose_capacity", solution, fails, hint)


def test_order_is_checked_by_itself():
    def first_of_two(val_error, widths):
        best = choose_capacity(val_error, widths)
        return best if widths[0] == best or (np.diff(widths) > 0).all() else widths.max()

    says = [r.says for r in check("choose_capacity", first_of_two).results if not r.holds]
    assert "the order of seeds and of widths does not matter" in says
