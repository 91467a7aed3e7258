"""Exercise running_step: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.chapters.normalization.exercises.running import RUNNING, running_step
from reglab.exercises import check
from reglab.normalization import BatchNorm1d


def in_other_words(x, mean, var, momentum):
    n = len(x)
    batch = x.sum(0) / n
    spread = ((x - batch) ** 2).sum(0) / (n - 1)
    return np.stack([mean + momentum * (batch - mean), var + momentum * (spread - var)])


@pytest.mark.parametrize("solution", [RUNNING.reference, in_other_words])
def test_right_solutions_pass(solution):
    assert check("running_step", solution), check("running_step", solution)


def test_the_reference_is_the_library_s():
    x = np.random.default_rng(0).normal(size=(6, 3))
    layer = BatchNorm1d(3, momentum=0.3).double()
    layer(torch.tensor(x))
    got = np.stack([layer.running_mean.numpy(), layer.running_var.numpy()])
    np.testing.assert_allclose(got, running_step(x, np.zeros(3), np.ones(3), 0.3), rtol=1e-12)


@pytest.mark.parametrize("mistake", RUNNING.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("running_step", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_other_wrong_solutions_are_told_which_property_fails(caught):
    def doubled(x, mean, var, momentum):
        return 2 * running_step(x, mean, var, momentum)

    caught("running_step", doubled, "the mean moves towards the batch's", "momentum times")

    def median(x, mean, var, momentum):
        return running_step(x, mean, var, momentum) * np.array([[1.0], [3.0]])

    says = "the variance moves towards the batch's unbiased one"
    caught("running_step", median, says, "B - 1")
