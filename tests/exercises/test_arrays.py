"""What exercises share: reading arrays, and counting solvers."""

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse.linalg
import torch
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
    assert numbers_of((2,), [1, 2.5]).tolist() == [1.0, 2.5]
    assert numbers_of((1, 2), [np.array([1, 2])]).tolist() == [[1.0, 2.0]]
    for wrong in (
        [1.0],
        ["a", "b"],
        [[1], [2, 3]],
        np.array([[1.0, 2.0]]),
        np.array(["a", "b"]),
        None,
    ):
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


def test_counted_sees_torch_sparse_solvers_and_default_arguments():
    def by_default(solve=np.linalg.solve):
        return solve(np.eye(2), np.ones(2))

    before = by_default.__defaults__
    with counted(by_default) as calls:
        by_default()
        torch.linalg.svd(torch.eye(2))
        torch.inverse(torch.eye(2))
        scipy.sparse.linalg.cg(np.eye(2), np.ones(2))
        scipy.linalg.cho_factor(np.eye(2))
    assert calls == {
        "np.linalg.solve": 1, "torch.linalg.svd": 1, "torch.inverse": 1,
        "scipy.sparse.linalg.cg": 1, "scipy.linalg.cho_factor": 1,
    }  # fmt: skip
    assert by_default.__defaults__ == before


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
