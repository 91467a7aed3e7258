"""Many networks at once: the same as one by one, arm by arm; what the page reads off them."""

import numpy as np
import pytest
import torch
import xarray as xr
from numpy.testing import assert_allclose

from reglab.chapters.scale_invariance import invariance
from reglab.chapters.scale_invariance import networks as chapter
from reglab.data import signals

ARMS = {
    "decay": {"lam": 0.5},
    "none": {},
    "long": {"start": 2.0},
    "falls": {"schedule": chapter.tenth_at_half},
    "cosine": {"schedule": "cosine"},
}
STEPS = 20


@pytest.fixture(scope="module")
def runs():
    return chapter.train(ARMS, [3, 4], steps=STEPS)


def test_the_network_is_that_of_three_runs(runs):
    """The other engine of the chapter trains one network at a time."""
    alone = invariance.three_runs(lr=0.1, lam=0.5, steps=STEPS, batch=chapter.BATCH, seed=4)
    for arm, run in [("decay", "decay"), ("none", "no decay, same rate")]:
        for name in ("norm", "angle", "effective"):
            got = runs[name].sel(arm=arm, seed=4)
            assert_allclose(got, alone[name].sel(run=run), rtol=1e-8)


def test_the_loss_and_the_outputs_are_those_of_the_module():
    model = invariance.network(chapter.WIDTH, seed=1)
    x, y = torch.randn(1, chapter.BATCH, 40).double(), torch.arange(chapter.BATCH)[None] % 10
    weights = [w.detach()[None] for w in model.parameters()]
    weights[3] = weights[3][None]
    assert_allclose(chapter._outputs(weights, x)[0], model(x[0]).detach(), rtol=1e-10)
    want = torch.nn.functional.cross_entropy(model(x[0]), y[0]).item()
    assert_allclose(chapter._loss(weights, x, y).item(), want, rtol=1e-10)


def test_starts_and_schedules(runs):
    first = runs.isel(step=0)
    assert_allclose(first.norm.sel(arm="long"), 2 * first.norm.sel(arm="none"))
    rate = (runs.effective * runs.norm**2).sel(seed=3)
    assert_allclose(rate.sel(arm="none"), 0.1)
    assert_allclose(rate.sel(arm="falls"), [0.1] * 10 + [0.01] * 10)
    assert_allclose(rate.sel(arm="cosine")[[0, 10]], [0.1, 0.05])
    assert_allclose(runs.angle.sel(arm="falls")[:, :10], runs.angle.sel(arm="none")[:, :10])


def test_a_longer_start_turns_less(runs):
    first = runs.angle.isel(step=0)
    ratio = np.tan(first.sel(arm="none")) / np.tan(first.sel(arm="long"))
    assert_allclose(ratio, 4)


def test_errors_are_those_of_an_untrained_network():
    one = chapter.train({"none": {"lr": 1e-9}}, [5], steps=1)
    model, data = invariance.network(chapter.WIDTH, 5), signals(5)
    for name in ("val", "test"):
        part = getattr(data, name)
        wrong = (model(part.x.double()).argmax(1) != part.y).double().mean().item()
        assert abs(one[f"{name}_error"].item() - wrong) < 0.02  # one step of the last layer


def test_adamw_decays_next_to_the_step():
    arms = {"none": {"lr": 0.01}, "decay": {"lr": 0.01, "lam": 10.0}}
    two = chapter.train(arms, [0], steps=2, optimizer="adamw").norm.isel(seed=0, step=1)
    assert 0.89 < float(two.sel(arm="decay") / two.sel(arm="none")) < 0.91


def test_typical_angles_by_hand():
    angles = xr.Dataset({"angle": (("arm", "step"), [[3.0, 1.0, 7.0, 1.0]])}, {"step": range(4)})
    assert_allclose(chapter.typical_angle(angles, 0, 2), [5**0.5])
    assert_allclose(chapter.typical_angle(angles, -2), [5.0])
    two = chapter.windows(angles, 2)
    assert_allclose(two, [[5**0.5, 5.0]])
    assert two.step.values.tolist() == [0.5, 2.5]


def test_the_arms_of_the_page():
    products = {name: arm.get("lr", 0.1) * arm["lam"] for name, arm in chapter.CONSTANT.items()
                if "lam" in arm}  # fmt: skip
    assert_allclose(list(products.values()), 0.005)
    assert [arm["schedule"] for arm in chapter.COSINE.values()] == ["cosine"] * 4
