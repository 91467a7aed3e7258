"""The networks on digits, in miniature: errors by class, confusions, moved tests, mixtures."""

import numpy as np
import pytest
import torch
import xarray as xr

from reglab.chapters.augmentation import pictures


@pytest.fixture(scope="module")
def runs():
    return pictures.trained([0, 1], ["none", "moved ±1 pixel"], epochs=15)


def test_answers_are_shares_and_class_errors_their_complement(runs):
    shares, errors = pictures.answers(runs), pictures.class_errors(pictures.answers(runs))
    np.testing.assert_allclose(shares.sum("answer"), 1)
    assert errors.dims == ("arm", "seed", "true")
    for k in range(10):
        np.testing.assert_allclose(errors.sel(true=k), 1 - shares.sel(true=k, answer=k))


def test_class_errors_average_to_the_test_error(runs):
    counts = torch.bincount(pictures.images(1).test.y, minlength=10).numpy()
    errors = pictures.class_errors(pictures.answers(runs))
    mean = (errors.sel(seed=1) * counts).sum("true") / counts.sum()
    np.testing.assert_allclose(mean, runs.test_error.sel(seed=1), atol=1e-6)


def test_new_confusions_are_those_that_grew_most():
    shares = np.zeros((2, 1, 10, 10))
    shares[:, 0, range(10), range(10)] = 0.5
    shares[:, 0, 3, 4] = 0.4  # as often in both arms
    shares[1, 0, [6, 9, 2], [9, 6, 5]] = [0.2, 0.3, 0.1]
    shares[1, 0, 1, 1] = 1.0  # right more often: no confusion
    dims = ["arm", "seed", "true", "answer"]
    coords = {"arm": ["none", "turned"], "true": range(10), "answer": range(10)}
    found = pictures.new_confusions(xr.DataArray(shares, coords, dims), "turned", count=3)
    assert found == [(9, 6), (6, 9), (2, 5)]


def test_a_moved_test_set_is_hard_without_moved_training_images(runs):
    moved = pictures.moved_test_error(runs).mean("seed")
    assert float(moved.sel(arm="none")) > float(moved.sel(arm="moved ±1 pixel")) + 0.2
    assert float(moved.sel(arm="none")) > float(runs.test_error.sel(arm="none").mean()) + 0.2


def test_moves_are_by_one_pixel_in_eight_directions():
    """A network that finds the image's brightest pixel, on an image whose place is known."""
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, x):
            seen.append(x[0].reshape(8, 8))
            return torch.zeros(len(x), 10)

    runs = pictures.trained([0], ["none"], epochs=1)
    runs["network"].values[0, 0] = Spy()
    pictures.moved_test_error(runs)
    image = pictures.images(0).test.x[0].reshape(8, 8)
    moved = torch.nn.functional.pad(image, [1] * 4)
    want = [moved[i : i + 8, j : j + 8] for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    assert len(seen) == 8
    assert all(torch.equal(a, b) for a, b in zip(seen, want, strict=True))


def test_mixtures_by_hand():
    one, other = torch.ones(8, 8), torch.zeros(8, 8)
    images, own = pictures.mixtures(one, other, [0.0, 0.75, 1.0])
    assert images.shape == (2, 3, 8, 8)
    np.testing.assert_allclose(own, [[0, 0.75, 1], [0, 0.75, 1]])
    np.testing.assert_allclose(images.mean((2, 3)), own)
    assert set(np.unique(images[1])) == {0, 1} and (images[0, 1] == 0.75).all()
