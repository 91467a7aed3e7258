"""Networks: their layers, made shift, residual places, and training in miniature."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from reglab.chapters.normalization import networks as nets
from reglab.normalization import GhostBatchNorm

TINY = dict(depth=2, width=8)


@pytest.mark.parametrize(
    "norm, kind, biased",
    [
        ("none", nn.Identity, True),
        ("batch", nn.BatchNorm1d, False),
        ("layer", nn.LayerNorm, True),
        ("group", nn.GroupNorm, True),
        ("noisy", nn.Sequential, False),
        ("ghost", GhostBatchNorm, False),
    ],
)
def test_layers_stand_in_their_order(norm, kind, biased):
    model = nets.network(norm, depth=3, width=16)
    names = [type(m).__name__ for m in model]
    assert names == ["Linear", kind.__name__, "ReLU"] * 3 + ["Linear"]
    assert (model[0].bias is not None) is biased
    assert model(torch.zeros(4, nets.INPUTS)).shape == (4, nets.OUTPUTS)


def test_the_sizes_of_what_is_trained_unless_said():
    """As SEEDS.md says: depth 5, width 64, noise 0.1; ghost groups of 20, 12 residual blocks."""
    made = {norm: nets.network(norm) for norm in ("batch", "noisy", "ghost")}
    shapes = [tuple(m.weight.shape) for m in made["batch"] if isinstance(m, nn.Linear)]
    assert shapes == [(64, 40), *[(64, 64)] * 4, (10, 64)]
    noisy = [m.size for m in made["noisy"].modules() if isinstance(m, nets.ShiftedUnits)]
    ghost = [m.size for m in made["ghost"] if isinstance(m, GhostBatchNorm)]
    assert (noisy, ghost) == ([0.1] * 5, [20] * 5)
    blocks = [m for m in nets.residual() if isinstance(m, nets.Residual)]
    assert [m.branch[0].in_features for m in blocks] == [64] * 12


def test_dropout_stands_before_all_blocks_but_the_first():
    model = nets.network("batch", dropout=0.5, depth=3)
    where = [i for i, m in enumerate(model) if isinstance(m, nn.Dropout)]
    assert where == [3, 7]
    assert all(isinstance(model[i + 1], nn.Linear) for i in where)


def test_weights_have_he_s_size():
    layer = nets.linear(1000, 400)
    assert layer.weight.std().item() == pytest.approx((2 / 1000) ** 0.5, rel=0.02)
    assert not layer.bias.any()
    assert nets.linear(3, 2, bias=False).bias is None


def test_the_size_of_a_ghost_group_and_of_the_shift_are_passed_on():
    assert nets.make_norm("ghost", 8, 5, 0.1).size == 5
    assert nets.make_norm("noisy", 8, 5, 0.3)[1].size == 0.3
    with pytest.raises(ValueError, match="norm must be one of none, batch"):
        nets.make_norm("bach", 8, 5, 0.1)


def test_shifted_units_shift_all_examples_alike_and_only_in_training():
    layer, x = nets.ShiftedUnits(0.5), torch.randn(200, 4)
    y = layer(x)
    slope = (y[1:] - y[:1]) / (x[1:] - x[:1])
    torch.testing.assert_close(slope, slope[:1].expand(199, 4), rtol=1e-2, atol=1e-2)
    assert ((slope[0] > 0.5) & (slope[0] < 1.5)).all()
    assert not torch.allclose(layer(x), y)
    assert torch.equal(layer.eval()(x), x)


def test_shifted_units_have_the_size_they_say():
    layer, x = nets.ShiftedUnits(0.5), torch.zeros(1, 20_000)
    shift = layer(x)
    assert shift.mean().abs() < 0.5 * 4.9 / 20_000**0.5  # alpha = 1e-6
    assert shift.std().item() == pytest.approx(0.5, rel=0.03)
    scale = layer(x + 1e6) / 1e6
    assert (scale.min() > 0.49, scale.max() < 1.51, scale.std() > 0.27) == (True, True, True)


@pytest.mark.parametrize("place", nets.PLACES)
def test_the_place_of_the_norm(place):
    block, x = nets.Residual(place, 8), torch.randn(5, 8)
    branch, norm = block.branch, block.norm
    want = x + branch(norm(x)) if place == "pre" else norm(x + branch(x))
    assert torch.equal(block(x), want)
    model = nets.residual(place, blocks=2, width=8)
    assert isinstance(model[-2], nn.LayerNorm) is (place == "pre")


def test_a_diverged_network_is_at_chance_exactly(monkeypatch):
    values = {"test_error": [0.2, np.nan], "train_loss": [1.0, np.nan]}
    errors = xr.Dataset({name: ("seed", value) for name, value in values.items()})
    monkeypatch.setattr(nets, "fleet", lambda *model, **settings: errors)
    found = nets.trained("none", [0, 1], 0.1, 1)
    assert found.test_error.values.tolist() == [0.2, 0.9] and np.isnan(found.train_loss[1])


def test_training_is_labeled_and_a_diverged_network_is_at_chance():
    run = nets.trained(["none", "batch"], [0], [0.1, 1e6], 2, **TINY)
    assert set(run.test_error.dims) == {"norm", "lr", "seed", "epoch"}
    lost = run.test_error.sel(norm="none", lr=1e6).item()
    assert lost == pytest.approx(0.9, abs=0.05) and run.batch == 100
    assert run.test_error.sel(norm="batch", lr=0.1).item() < 0.85


def test_residual_training_has_both_places():
    run = nets.residual_trained([0], lr=0.01, epochs=1)
    assert run.place.values.tolist() == ["pre", "post"]
    assert run.test_error.notnull().all()
