"""Exercise calibration_error: other sound solutions pass."""

import numpy as np
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


def test_other_sound_solutions_pass(passes):
    passes("calibration_error", another)


def lower_edges(confidence, right, bins):
    """Bins with their lower edge, and the last one with both: as good a convention."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return np.abs(np.bincount(which, right - confidence)).sum() / len(right)


def test_the_other_convention_passes():
    assert check("calibration_error", lower_edges)


def test_the_library_does_the_same():
    confidence, right, bins = CALIBRATE.cases[-1]
    p = torch.tensor(np.stack([confidence, 1 - confidence], axis=1))
    high = confidence > 0.5  # there the first of two classes is the prediction
    y = torch.tensor(np.where(right, 0, 1))[torch.tensor(high)]
    want = expected_calibration_error(p[torch.tensor(high)], y, bins)
    assert np.isclose(calibration_error(confidence[high], right[high], bins), want)
