"""Exercise choose_capacity: other sound solutions pass."""

import numpy as np

from reglab.chapters.overfitting.exercises import choose_capacity
from reglab.exercises import check


def by_sorting(val_error, widths):
    order = np.argsort(widths)
    return widths[order][np.argmin(val_error[:, order].mean(axis=0))]


def by_a_loop(val_error, widths):
    return min((val_error[:, i].mean(), width) for i, width in enumerate(widths))[1]


def test_other_sound_solutions_pass(passes):
    passes("choose_capacity", by_sorting, by_a_loop)


def lowest(measure):
    def solution(val_error, widths):
        found = measure(val_error)
        return widths[found <= found.min()].min()

    return solution


def near_the_lowest(close):
    def solution(val_error, widths):
        mean = val_error.mean(axis=0)
        return widths[close(mean, mean.min())].min()

    return solution


def test_nearly_equal_means_are_not_equal(fails):
    fails("choose_capacity", lowest(lambda error: error.mean(axis=0).round(2)))
    fails("choose_capacity", near_the_lowest(lambda mean, best: mean <= best + 0.01))
    fails("choose_capacity", near_the_lowest(lambda mean, best: np.isclose(mean, best, rtol=0.05)))


def test_the_mean_of_squares_is_another_measure(fails):
    fails("choose_capacity", lowest(lambda error: (error**2).mean(axis=0)))


def test_reference_by_hand():
    error = np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])
    assert choose_capacity(error, np.array([10, 40, 20])) == 20
    assert type(choose_capacity(error, np.array([10, 40, 20]))) is int


def test_order_is_checked_by_itself():
    def first_of_two(val_error, widths):
        best = choose_capacity(val_error, widths)
        return best if widths[0] == best or (np.diff(widths) > 0).all() else widths.max()

    says = [r.says for r in check("choose_capacity", first_of_two).results if not r.holds]
    assert "the order of seeds and of widths does not matter" in says
