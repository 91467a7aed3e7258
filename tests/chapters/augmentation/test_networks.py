"""The networks on signals, in miniature: arms, strengths, calibration."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from reglab.augmentation import Shift
from reglab.chapters.augmentation import networks as nets
from reglab.data import signals
from reglab.targets import expected_calibration_error
from reglab.train import mlp, modules

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


def test_mixed_layers_start_as_the_chapter_s_network():
    ours = modules(nets.mixed_layers).build(40, 10, seed=7).state_dict()
    want = mlp(nets.WIDTH).build(40, 10, seed=7).state_dict()
    for mine, other in zip(ours.values(), want.values(), strict=True):
        assert torch.equal(mine, other)


def test_mixed_layers_without_mixing_train_as_the_chapter_s_network():
    model = modules(nets.mixed_layers)
    runs = nets.trained({"none": []}, [0], epochs=2, model=model, keep="predictions")
    same = nets.trained({"none": []}, [0], epochs=2, keep="predictions")
    np.testing.assert_allclose(runs.test_output, same.test_output, rtol=1e-3, atol=1e-3)


def test_hidden_mixing_stands_among_the_other_kinds():
    names = ["mixup 0.2", "manifold mixup", "none"]
    runs = nets.kinds([0, 1], names, epochs=1)
    assert runs.arm.values.tolist() == names
    for name in ("mixup 0.2", "none"):
        alone = nets.kinds([0, 1], [name], epochs=1)
        np.testing.assert_array_equal(runs.test_error.sel(arm=name), alone.test_error.sel(arm=name))
    assert (runs.test_error.sel(arm="manifold mixup") != runs.test_error.sel(arm="none")).all()


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
