"""The networks on signals, in miniature: arms, strengths, calibration."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from reglab.augmentation import Shift
from reglab.chapters.augmentation import networks as nets
from reglab.data import signals
from reglab.targets import expected_calibration_error

SEEDS = range(2)


@pytest.fixture(scope="module")
def runs():
    return nets.kinds(SEEDS, ["none", "shift ±3"], epochs=2)


def test_arms_and_seeds_are_the_dims_and_arms_differ(runs):
    assert runs.test_error.dims == ("arm", "seed")
    assert list(runs.arm.values) == ["none", "shift ±3"]
    assert (runs.test_error.sel(arm="none") != runs.test_error.sel(arm="shift ±3")).all()


def test_an_arm_is_the_technique_it_names(runs):
    alone = nets.trained({"again": [Shift(3)]}, SEEDS, epochs=2)
    np.testing.assert_array_equal(
        alone.test_error.sel(arm="again"), runs.test_error.sel(arm="shift ±3")
    )


def test_strength_zero_is_no_augmentation(runs):
    found = nets.shifts(SEEDS, 1000, [0, 3], epochs=2)
    assert list(found.strength.values) == [0, 3]
    for strength, arm in [(0, "none"), (3, "shift ±3")]:
        np.testing.assert_array_equal(
            found.test_error.sel(strength=strength), runs.test_error.sel(arm=arm)
        )


def test_every_size_has_about_as_many_steps():
    steps = [n // 100 * epochs for n, epochs in nets.EPOCHS.items()]
    assert min(steps) >= 600 and max(steps) <= 800


def test_settings_reach_the_fleet():
    noisy = nets.trained({"a": []}, [0], epochs=1, label_noise=0.3, lr=0.1)
    assert noisy.attrs["label_noise"] == 0.3 and noisy.attrs["n_train"] == 1000


def test_for_each_hands_the_value_and_the_seed_of_every_network(runs):
    found = nets.for_each(runs, "test_error", lambda value, seed: float(value) + seed)
    np.testing.assert_allclose(found, runs.test_error + runs.seed)
    wide = nets.for_each(runs, "test_error", lambda value, seed: np.full((2, 3), seed))
    assert wide.dims == ("arm", "seed", "axis 0", "axis 1") and wide.shape == (2, 2, 2, 3)


def test_calibration_errors_are_those_of_the_kept_predictions(runs):
    found = nets.calibration_errors(runs)
    z = torch.from_numpy(runs.test_output.sel(arm="none", seed=1).values)
    want = expected_calibration_error(z.softmax(-1), signals(1).test.y)
    assert_close(float(found.sel(arm="none", seed=1)), float(want))
    assert found.shape == (2, 2) and len(np.unique(found)) == 4
