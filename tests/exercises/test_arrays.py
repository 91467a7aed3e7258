"""What exercises share: reading arrays, and counting solvers."""

import numpy as np
import pytest
import scipy.linalg
from numpy.linalg import solve as mine

from reglab.chapters.double_descent.exercises import EXERCISES
from reglab.exercises.answers import Malformed
from reglab.exercises.arrays import counted, decimals, numbers_of, problems


def by_my_own_name():
    return mine(np.eye(2), np.ones(2))


def test_problems_hold_every_kind():
    ranks = [(np.linalg.matrix_rank(phi), *phi.shape) for phi, _ in problems()]
    assert any(n > N == rank for rank, n, N in ranks)  # few features
    assert any(N > n == rank for rank, n, N in ranks)  # many
    assert any(rank < min(n, N) for rank, n, N in ranks)  # dependent ones
    assert all(len(phi) == len(y) for phi, y in problems())
    assert (decimals(3, 2) == decimals(3, 2).round(1)).all()


def test_numbers_of_takes_what_fits():
    assert numbers_of((2,), np.array([1, 2])).dtype == float
    for wrong in ([1.0, 2.0], np.array([[1.0, 2.0]]), np.array(["a", "b"]), None):
        with pytest.raises(Malformed, match=r"an array of shape \(2,\) was expected"):
            numbers_of((2,), wrong)
    with pytest.raises(Malformed, match="finite numbers"):
        numbers_of((2,), np.array([1.0, np.nan]))


def test_counted_counts_matrices_and_stops_counting():
    eye, before = np.eye(2), np.linalg.solve
    with counted() as calls:
        np.linalg.svd(eye)
        np.linalg.solve(np.stack([eye] * 3), np.ones((3, 2, 1)))
        np.linalg.pinv(eye)  # one, although it calls svd itself
    np.linalg.svd(eye)
    assert calls == {"np.linalg.svd": 1, "np.linalg.solve": 3, "np.linalg.pinv": 1}
    assert np.linalg.solve is before


def test_counted_sees_scipy_and_names_of_the_readers_own():
    before = scipy.linalg.solve, mine
    with counted(by_my_own_name) as calls:
        by_my_own_name()
        scipy.linalg.solve(np.eye(2), np.ones(2))
        scipy.linalg.pinv(np.eye(2))  # calls SciPy's svd: not counted again
    assert calls == {"np.linalg.solve": 1, "scipy.linalg.solve": 1, "scipy.linalg.pinv": 1}
    assert (scipy.linalg.solve, mine) == before


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_every_mistake_gives_an_answer_on_every_case(exercise):
    for mistake in exercise.mistakes:  # an error in a mistake would reach the reader
        for inputs in exercise.cases:
            mistake.function(*inputs)
