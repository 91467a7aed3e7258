"""Inputs and features, in miniature: arms, shapes, one autoencoder per seed."""

import pytest

from reglab.chapters.augmentation import spaces


@pytest.mark.parametrize("space", ["inputs", "features"])
def test_arms_are_trained_in_each_space(space):
    runs = spaces.trained([0, 1], space, epochs=3, steps=5)
    assert runs.test_error.dims == ("arm", "seed")
    assert list(runs.arm.values) == ["none", "interpolation", "extrapolation"]
    assert len(set(runs.test_error.values.ravel().tolist())) > 4


def test_the_spaces_differ_and_a_part_of_the_arms_will_do():
    raw = spaces.trained([0], "inputs", ["extrapolation"], epochs=1)
    coded = spaces.trained([0], "features", ["extrapolation"], epochs=1, steps=5)
    assert list(raw.arm.values) == ["extrapolation"]
    assert raw.test_loss.item() != coded.test_loss.item()
