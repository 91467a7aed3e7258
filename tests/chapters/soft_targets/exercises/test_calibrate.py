"""Exercise calibration_error: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.chapters.soft_targets.exercises.calibrate import CALIBRATE, calibration_error
from reglab.exercises import check
from reglab.targets import expected_calibration_error


def another(confidence, right, bins):
    total = 0.0
    for i in range(bins):
        inside = (confidence > i / bins) & (confidence <= (i + 1) / bins)
        if inside.any():
            gap = abs(np.mean(right[inside]) - np.mean(confidence[inside]))
            total += np.mean(inside) * gap
    return total


@pytest.mark.parametrize("solution", [CALIBRATE.reference, another])
def test_right_solutions_pass(solution):
    assert check("calibration_error", solution), check("calibration_error", solution)


@pytest.mark.parametrize("mistake", CALIBRATE.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("calibration_error", mistake.function)
    assert not report and mistake.hint in repr(report)


def lower_edges(confidence, right, bins):
    """Bins with their lower edge, and the last one with both: as good a convention."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return np.abs(np.bincount(which, right - confidence)).sum() / len(right)


def test_the_other_convention_passes():
    assert check("calibration_error", lower_edges)


def floor_bins(confidence, right, bins):
    which = (confidence * bins).astype(int)  # 1.0 gets a bin of its own
    gap = np.bincount(which, right - confidence)
    return float(np.abs(gap).sum() / len(right))


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda c, r, bins: 0.0, "Average first"),
        (floor_bins, "one bin too high"),
        (lambda c, r, bins: [0.1], "one number was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("calibration_error", wrong)
    assert not report and hint in repr(report)


def test_the_library_does_the_same():
    confidence, right, bins = CALIBRATE.cases[-1]
    p = torch.tensor(np.stack([confidence, 1 - confidence], axis=1))
    high = confidence > 0.5  # there the first of two classes is the prediction
    y = torch.tensor(np.where(right, 0, 1))[torch.tensor(high)]
    want = expected_calibration_error(p[torch.tensor(high)], y, bins)
    assert np.isclose(calibration_error(confidence[high], right[high], bins), want)
