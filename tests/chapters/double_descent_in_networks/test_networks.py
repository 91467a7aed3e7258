"""Networks: counts against torch, early stopping and ensembles against a loop."""

import numpy as np
import xarray as xr
from numpy.testing import assert_allclose

from reglab.chapters.double_descent_in_networks import networks as chapter
from reglab.data import signals
from reglab.train import fleet, mlp


def test_parameters_are_those_torch_counts():
    for width in (1, 18):
        network = mlp(width).build(40, 10)
        assert chapter.parameters(width) == sum(p.numel() for p in network.parameters())


def test_groups_are_trained_and_apart():
    groups = [*chapter.VALLEY, *chapter.PEAK, *chapter.WIDE]
    assert len(set(groups)) == len(groups) and set(groups) <= set(chapter.WIDTHS)
    assert chapter.REPORT[-1] == chapter.EPOCHS


def fake_runs():
    dims = ("width", "seed", "epoch")
    val = np.array([[[0.5, 0.2, 0.2], [0.1, 0.3, 0.4]], [[0.6, 0.5, 0.4], [0.3, 0.2, 0.9]]])
    test = np.arange(12).reshape(2, 2, 3) / 100
    coords = {"width": [6, 8], "seed": [1, 2], "epoch": [1, 5, 9]}
    return xr.Dataset({"val_error": (dims, val), "test_error": (dims, test)}, coords)


def test_over_averages_widths_and_keeps_seeds():
    curve = fake_runs().test_error.sel(epoch=9)
    assert_allclose(chapter.over(curve, (6, 8)), [0.05, 0.08])
    assert_allclose(chapter.over(curve, (8,)), [0.08, 0.11])


def test_a_diverged_width_makes_its_group_nan():
    curve = xr.DataArray(
        [[0.1, np.nan], [0.2, 0.3]], dims=("seed", "width"), coords={"width": [6, 8]}
    )
    assert_allclose(chapter.over(curve, (6, 8)), [np.nan, 0.25])


def test_over_labels_are_means_over_seeds_in_percent():
    widths = [*chapter.VALLEY, *chapter.PEAK]
    dims, coords = ("width", "seed", "epoch"), {"width": widths, "seed": [1, 2], "epoch": [1, 5]}
    errors = np.arange(24.0).reshape(6, 2, 2) / 100
    few = xr.Dataset({"test_error": (dims, errors), "train_error": (dims, errors / 2)}, coords)
    found = chapter.over_labels({"clean": few, "wrong": few[["test_error", "train_error"]] * 2})
    assert found.labels.values.tolist() == ["clean", "wrong"]
    assert_allclose(found.test_error.sel(labels="clean", width=6), [1, 2])
    assert_allclose(found.train_error.sel(labels="wrong", width=8), [5, 6])
    assert_allclose(found.rise.transpose("labels", "epoch"), [[12, 12], [24, 24]])
    more = few.reindex(width=[2, *widths], fill_value=0.5)  # a width that the others lack
    xr.testing.assert_equal(chapter.over_labels({"clean": few, "wrong": more}).width, few.width)


def test_a_diverged_run_leaves_no_mean_over_labels():
    runs = fake_runs().rename(val_error="train_error")
    runs = xr.concat([runs.assign_coords(width=[6, 8]), runs.assign_coords(width=[10, 16]),
                      runs.assign_coords(width=[18, 20])], "width")  # fmt: skip
    runs.test_error.loc[{"width": 6, "seed": 1, "epoch": 9}] = np.nan
    found = chapter.over_labels({"clean": runs})
    assert np.isnan(found.rise.sel(epoch=9)).all() and not np.isnan(found.rise.sel(epoch=5)).any()


def test_ensembles_equal_a_loop():
    found = chapter.ensemble_errors([2, 7], size=3, width=6, epochs=2)
    for seed in (2, 7):
        data = signals(seed, label_noise=0.2)
        runs = fleet(
            mlp(6), data, seeds=[3 * seed, 3 * seed + 1, 3 * seed + 2], lr=chapter.LR, epochs=2,
            report=[2], keep="predictions",
        )  # fmt: skip
        z, y = runs.test_output.values, data.test.y.numpy()
        alone = [np.mean(one.argmax(1) != y) for one in z]
        assert_allclose(found.alone.sel(seed=seed), np.mean(alone), atol=1e-6)
        together = np.mean(sum(z).argmax(1) != y)
        assert_allclose(found.together.sel(seed=seed), together, atol=1e-6)
