"""Calibration: parity with scikit-learn, naive loops, the bias of the error, errors."""

import math

import numpy as np
import pytest
import torch
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from torch.testing import assert_close

from reglab.targets.calibration import (
    brier_score,
    calibrated_ece,
    expected_calibration_error,
    reliability_data,
)

SPACINGS = {"width": "uniform", "mass": "quantile"}
F64 = torch.float64


def problem(n=400, k=5, seed=0):
    """Probabilities, and classes drawn from them: calibrated by construction."""
    g = torch.Generator().manual_seed(seed)
    p = (2 * torch.randn(n, k, generator=g, dtype=F64)).softmax(1)
    return p, torch.multinomial(p, 1, generator=g)[:, 0]


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("bins", [1, 7, 15])
def test_equals_the_curve_of_scikit_learn(spacing, bins):
    p, y = problem(n=402)  # 401 is prime: no quantile is one of the confidences
    confidence, predicted = p.max(1)
    share, mean = calibration_curve(
        (predicted == y).numpy(), confidence.numpy(), n_bins=bins, strategy=SPACINGS[spacing]
    )
    found = reliability_data(p, y, bins, spacing=spacing)
    filled = found.count > 0
    assert_close(found.accuracy[filled], torch.from_numpy(share))
    assert_close(found.confidence[filled], torch.from_numpy(mean))


def naive_ece(p, y, bins):
    total, n = 0.0, len(y)
    for i in range(bins):
        inside = [
            (row.max().item(), int(row.argmax() == label))
            for row, label in zip(p, y, strict=True)
            if i / bins < row.max() <= (i + 1) / bins
        ]
        if inside:
            confidence, right = np.mean(inside, axis=0)
            total += len(inside) / n * abs(right - confidence)
    return total


@pytest.mark.parametrize("bins", [1, 10])
def test_error_equals_a_naive_loop(bins):
    p, y = problem()
    assert math.isclose(expected_calibration_error(p, y, bins), naive_ece(p, y, bins))


def test_bins_of_equal_mass():
    p, y = problem(n=300)
    assert reliability_data(p, y, 10, spacing="mass").count.tolist() == [30] * 10


def test_a_bin_holds_its_upper_edge():
    p = torch.tensor([[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]])
    found = reliability_data(p, torch.tensor([0, 0, 0]), 4)
    assert found.count.tolist() == [0, 1, 1, 1]
    assert_close(found.edges, torch.tensor([0, 0.25, 0.5, 0.75, 1], dtype=F64))


def test_empty_bins_are_nan_and_count_nothing():
    p, y = torch.tensor([[0.9, 0.1]] * 10), torch.tensor([0] * 8 + [1] * 2)
    found = reliability_data(p, y, 10)
    assert found.accuracy.isnan().sum() == 9 and found.confidence.isnan().sum() == 9
    assert math.isclose(expected_calibration_error(p, y, 10), 0.1, rel_tol=1e-6)


def test_equal_confidences_share_a_bin():
    p, y = torch.tensor([[0.9, 0.1]] * 10), torch.tensor([0] * 8 + [1] * 2)
    assert math.isclose(expected_calibration_error(p, y, 5, spacing="mass"), 0.1, rel_tol=1e-6)


def test_spread_is_the_deviation_of_the_accuracy():
    found = reliability_data(torch.tensor([[0.8, 0.2]] * 25), torch.zeros(25).long(), 1)
    assert_close(found.spread, torch.tensor([math.sqrt(0.8 * 0.2 / 25)], dtype=F64))


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("n, bins", [(200, 10), (1000, 15), (1000, 50)])
def test_calibrated_predictions_have_this_error_on_average(n, bins, spacing):
    """400 draws of labels: the mean has a standard error of about 1.5 %, 3 % are allowed."""
    p, _ = problem(n)
    g = torch.Generator().manual_seed(1)
    labels = torch.multinomial(p, 400, replacement=True, generator=g).T
    found = [expected_calibration_error(p, y, bins, spacing=spacing) for y in labels]
    assert math.isclose(np.mean(found), calibrated_ece(p, bins, spacing=spacing), rel_tol=0.03)


def test_the_bias_grows_with_bins_and_falls_with_examples():
    few, many = problem(n=500)[0], problem(n=8000)[0]
    assert calibrated_ece(few, 30) > 1.5 * calibrated_ece(few, 5)
    assert math.isclose(calibrated_ece(few, 10) / calibrated_ece(many, 10), 4, rel_tol=0.1)


def test_calibration_is_not_usefulness():
    """Always the share of the most frequent class: perfectly calibrated, of no use."""
    p, y = torch.tensor([[0.6, 0.4]] * 10, dtype=F64), torch.tensor([0] * 6 + [1] * 4)
    assert expected_calibration_error(p, y) < 1e-12
    assert math.isclose(brier_score(p, y), 2 * 0.24)


@pytest.mark.parametrize("k", [2, 5])
def test_brier_equals_scikit_learn(k):
    p, y = problem(k=k)
    want = brier_score_loss(y.numpy(), p.numpy(), scale_by_half=False, labels=range(k))
    assert math.isclose(brier_score(p, y), want)


def test_brier_limits():
    eye = torch.eye(3)
    assert brier_score(eye, torch.arange(3)) == 0.0
    assert brier_score(eye, torch.tensor([1, 2, 0])) == 2.0


def test_takes_arrays_and_half_precision():
    p, y = problem()
    want = expected_calibration_error(p, y)
    assert expected_calibration_error(p.numpy(), y.numpy()) == want
    assert math.isclose(calibrated_ece(p.numpy()), calibrated_ece(p))
    assert math.isclose(expected_calibration_error(p.bfloat16(), y), want, abs_tol=0.02)


@pytest.mark.parametrize("measure", [reliability_data, expected_calibration_error, brier_score])
@pytest.mark.parametrize(
    "p, y, message",
    [
        (torch.ones(2), torch.tensor([0, 1]), r"probabilities \(N, K\) and classes"),
        (torch.ones(2, 2), torch.tensor([0, 1]), "sum to 1; use z.softmax"),
        (torch.tensor([[1.5, -0.5]]), torch.tensor([0]), "must hold probabilities"),
        (torch.tensor([[math.nan, 0.5]]), torch.tensor([0]), "must hold probabilities"),
        (torch.tensor([[0.5, 0.5]]), torch.tensor([2]), "allowed are 0 .. 1"),
    ],
)
def test_errors(measure, p, y, message):
    with pytest.raises(ValueError, match=message):
        measure(p, y)


def test_other_errors():
    with pytest.raises(ValueError, match="bins must be a whole number >= 1; got 0"):
        reliability_data(*problem(), 0)
    with pytest.raises(ValueError, match="spacing must be one of width, mass; got 'log'"):
        reliability_data(*problem(), spacing="log")
