"""The exact part: paths, resting points, pure noise and intercepts against closed forms."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from reglab.chapters.weight_decay import exact as chapter


def test_for_sgd_l2_and_decay_walk_one_path_for_the_others_not():
    found = chapter.paths(steps=300, runs=20)
    assert found.apart.sel(optimizer="SGD") < 1e-12
    assert (found.apart.sel(optimizer=["SGD with momentum", "Adam"]) > 0.1).all()
    assert found.w.dims == ("optimizer", "kind", "step", "weight")
    assert found.step.values.tolist() == list(range(0, 301, 10))
    assert_allclose(found.w.sel(step=0), np.broadcast_to(chapter.START, (3, 2, 2)))


def test_apart_is_the_largest_distance_and_the_seed_names_the_noise():
    one, other = (chapter.paths(steps=100, runs=20, seed=seed) for seed in (0, 1))
    of_means = abs(one.w.sel(kind="L2") - one.w.sel(kind="decay")).max(["step", "weight"])
    assert (one.apart >= of_means - 1e-12).all()
    assert abs(one.w - other.w).max() > 1e-3


def test_sgd_s_mean_path_is_the_closed_form():
    """With symmetric noise averaged out: w - rest shrinks by 1 - lr (h + lam) a step."""
    found = chapter.paths(lam=0.5, sigma=(0.0, 0.0), steps=200, runs=1)
    path = found.w.sel(optimizer="SGD", kind="L2")
    rest = chapter.rest(0.5)
    want = rest + (np.array(chapter.START) - rest) * (1 - 0.02 * 1.5) ** found.step.values[:, None]
    assert_allclose(path, want, rtol=1e-10)


def test_paths_end_where_they_should_rest():
    last = chapter.paths(steps=2000, runs=400).w.isel(step=-1)
    ridge, other = chapter.rest(1.0), chapter.rest(1.0, adaptive=True)
    for optimizer in chapter.OPTIMIZERS:
        assert_allclose(last.sel(optimizer=optimizer, kind="L2"), ridge, atol=0.03)
    # Adam's own jitter, about lr, adds to the size of the gradients; hence the wider margin.
    assert_allclose(last.sel(optimizer="Adam", kind="decay"), other, atol=0.06)
    assert abs(other - ridge).min() > 0.15


def test_momentum_adds_l2_up_tenfold():
    last = chapter.paths(steps=3000, runs=200).w.isel(step=-1)
    assert_allclose(last.sel(optimizer="SGD with momentum", kind="decay"), 1 / 1.1, atol=0.03)


@pytest.mark.parametrize("lam", [0.0, 0.3, 5.0])
def test_rest_solves_its_equation(lam):
    h, sigma = np.array(chapter.H), np.array(chapter.SIGMA)
    assert_allclose(chapter.rest(lam), h / (h + lam))
    w = chapter.rest(lam, adaptive=True)
    r = np.sqrt(sigma**2 + (h * (1 - w)) ** 2)
    assert_allclose(h * (1 - w), lam * r * w, atol=1e-9)


def test_kept_equals_torch():
    found = chapter.kept([0.01, 1.0], [0.1], [0.01], [5, 50])
    assert found.adam_l2.dims == ("lr", "lam", "steps", "size")
    for size in (0.01, 1.0):
        for kind, name in [(torch.optim.Adam, "adam_l2"), (torch.optim.AdamW, "decay")]:
            w = torch.nn.Parameter(torch.ones((), dtype=torch.float64))
            optimizer = kind([w], lr=0.01, weight_decay=0.1)
            for t in range(1, 51):
                w.grad = torch.tensor(size * (-1) ** t if name == "adam_l2" else 0.0).double()
                optimizer.step()
                if t in (5, 50):
                    got = found[name].sel(lr=0.01, lam=0.1, steps=t, size=size)
                    assert_allclose(got, w.item(), rtol=1e-8)


def test_decay_takes_one_share_and_adam_s_l2_less_from_larger_gradients():
    found = chapter.kept([0.01, 0.1, 1.0, 10.0], [0.1], [1e-3], [1000]).squeeze()
    assert_allclose(found.decay, (1 - 1e-4) ** 1000)
    assert (np.diff(found.adam_l2) > 0).all()
    assert found.adam_l2[-1] > 0.98 and found.adam_l2[0] < 0.3


@pytest.mark.parametrize("lam", [0.0, 0.1, 10.0])
def test_a_decayed_bias_swallows_a_share_of_any_offset(lam):
    rises = chapter.intercept_shift(lam, 50.0)
    assert_allclose(rises["weights"], 50.0)
    assert_allclose(rises["weights and bias"], 50.0 / (1 + lam))
