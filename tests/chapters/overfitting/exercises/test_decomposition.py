"""Exercise bias_variance: other sound solutions pass."""

import numpy as np
from numpy.testing import assert_allclose

from reglab.chapters.overfitting.exercises import bias_variance
from reglab.core import numpy_stream
from reglab.exercises import check


def by_a_loop(predictions, truth):
    bias2 = variance = 0.0
    for p in range(len(truth)):
        average = sum(predictions[:, p]) / len(predictions)
        bias2 += (average - truth[p]) ** 2 / len(truth)
        variance += sum((predictions[:, p] - average) ** 2) / predictions.size
    return bias2, variance


def from_the_identity(predictions, truth):
    error = ((predictions - truth) ** 2).mean()
    variance = np.var(predictions, axis=0).mean()
    return np.array([error - variance, variance])


def test_other_sound_solutions_pass(passes):
    passes("bias_variance", by_a_loop, from_the_identity)


def test_reference_equals_the_loop():
    rng = numpy_stream(0, "test")
    predictions, truth = rng.normal(size=(6, 9)), rng.normal(size=9)
    assert_allclose(bias_variance(predictions, truth), by_a_loop(predictions, truth))


def bias2(predictions, truth):
    return np.mean((predictions.mean(0) - truth) ** 2)


def variance(predictions):
    return predictions.var(0).mean()


IDENTITY = "bias² + variance = mean squared error over runs and points"
AGREE = "runs that all agree have variance 0; so has a single run"


def failing(solution):
    return [r.says for r in check("bias_variance", solution).results if r.status == "fails"]


def test_each_property_can_be_the_one_that_fails():
    """Each property by a function that is right about all that come before it."""
    shares = {
        IDENTITY: lambda p, t: (bias2(p, t), 2 * variance(p)),
        AGREE: lambda p, t: (0.0, bias2(p, t) + variance(p)),
        "runs that are right on average have bias² 0": lambda p, t: (
            np.mean((p[0] - t) ** 2), bias2(p, t) + variance(p) - np.mean((p[0] - t) ** 2)
        ),
    }  # fmt: skip
    for says, solution in shares.items():
        assert failing(solution)[0] == says
    part = "agrees with the definition"
    assert part in failing(lambda p, t: (bias2(p[:9], t), variance(p[:9])))
    moved = "the same shift of predictions and truth changes nothing"
    assert moved in failing(lambda p, t: (bias2(p, t) * abs(t).sum(), variance(p)))
