"""Norm penalties: closed forms, gradients, kinks, the selector, one lam per model."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.penalties.norms import elastic_net, group_lasso, l1, l2, l2_norm, rows, weights_of

W = torch.tensor([[3.0, -4.0, 0.0], [0.0, 12.0, 5.0]], dtype=torch.float64)


class Everything(nn.Module):
    """One layer of every kind that has parameters."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(5, 4)
        self.bag = nn.EmbeddingBag(5, 4)
        self.line = nn.Linear(4, 6)
        self.conv = nn.Conv1d(1, 2, 3)
        self.up = nn.ConvTranspose2d(2, 3, 2)
        self.pair = nn.Bilinear(2, 3, 4)
        self.memory = nn.LSTM(4, 3)
        self.attention = nn.MultiheadAttention(4, 2, add_bias_kv=True)
        self.batch_norm = nn.BatchNorm1d(6)
        self.layer_norm = nn.LayerNorm((2, 3))  # its scale has two dimensions
        self.rms_norm = nn.RMSNorm((2, 3))
        self.group_norm = nn.GroupNorm(2, 6)
        self.slope = nn.PReLU(6)
        self.output = nn.Linear(4, 5, bias=False)
        self.output.weight = self.words.weight  # tied
        self.free = nn.Parameter(torch.ones(2, 2))
        self.offset = nn.Parameter(torch.ones(2))


def test_the_selector_takes_weights_and_nothing_else():
    chosen = [name for name, _ in weights_of(Everything())]
    assert chosen == [
        "free",
        "words.weight",
        "bag.weight",
        "line.weight",
        "conv.weight",
        "up.weight",
        "pair.weight",
        "memory.weight_ih_l0",
        "memory.weight_hh_l0",
        "attention.in_proj_weight",
        "attention.out_proj.weight",
    ]


def test_the_selector_yields_the_model_s_own_parameters_by_their_names():
    model = Everything()
    parameters = dict(model.named_parameters())
    assert all(parameter is parameters[name] for name, parameter in weights_of(model))
    assert [name for name, _ in weights_of(nn.Linear(2, 3))] == ["weight"]
    assert [name for name, _ in weights_of(nn.Sequential(nn.ReLU(), nn.Linear(2, 3)))] == [
        "1.weight"
    ]


def test_embeddings_are_a_choice():
    chosen = [name for name, _ in weights_of(Everything(), embeddings=False)]
    assert not {"words.weight", "bag.weight"} & set(chosen) and "line.weight" in chosen
    # A tied weight still counts, under the name of the layer that is no embedding.
    assert "output.weight" in chosen


def test_closed_forms():
    assert_close(l1(W, 0.5), torch.tensor(12.0, dtype=torch.float64))
    assert_close(l2(W, 0.5), torch.tensor(0.25 * (25 + 169), dtype=torch.float64))
    assert_close(l2_norm(W, 0.5), torch.tensor(0.5 * math.sqrt(194), dtype=torch.float64))
    assert_close(elastic_net(W, 0.5, 2.0), torch.tensor(12.0 + 194, dtype=torch.float64))
    by_row = group_lasso(W, 2.0, dim=0, scaled=False)
    assert_close(by_row, torch.tensor(2.0 * (5 + 13), dtype=torch.float64))
    assert_close(group_lasso(W, 2.0), math.sqrt(3) * by_row)
    columns = math.sqrt(2) * (3 + math.sqrt(160) + 5)
    assert_close(group_lasso(W, dim=1), torch.tensor(columns, dtype=torch.float64))


def test_groups_of_a_convolution_are_filters_and_input_channels():
    kernel = torch.arange(24.0).view(2, 3, 4)
    assert_close(rows(kernel, 0), kernel.view(2, 12))
    assert_close(rows(kernel, 1)[2], torch.cat([kernel[0, 2], kernel[1, 2]]))
    assert_close(group_lasso(kernel, scaled=False), kernel.view(2, 12).norm(dim=1).sum())


@pytest.mark.parametrize("penalty", [l1, l2, l2_norm, group_lasso])
def test_a_model_its_weights_and_their_pairs_cost_the_same(penalty):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    both = [model[0].weight, model[2].weight]
    want = penalty(both, 0.3)
    assert_close(penalty(model, 0.3), want)
    assert_close(penalty(weights_of(model), 0.3), want)
    assert_close(penalty(iter(both), 0.3), want)


def test_elastic_net_reads_an_iterator_once():
    model = nn.Linear(3, 4)
    want = l1(model, 0.1) + l2(model, 0.2)
    assert_close(elastic_net(weights_of(model), 0.1, 0.2), want)


@pytest.mark.parametrize("penalty", [l1, l2, l2_norm, group_lasso])
def test_gradients_away_from_the_kink(penalty):
    w = (W + 0.5).requires_grad_()
    assert torch.autograd.gradcheck(lambda w: penalty(w, 0.7), w)
    assert torch.autograd.gradcheck(
        lambda lam: penalty(W, lam), torch.tensor(0.7).double().requires_grad_()
    )


def gradient(penalty, w):
    w = w.clone().requires_grad_()
    return torch.autograd.grad(penalty(w), w)[0]


@given(scale=st.floats(1e-6, 1e6))
def test_only_the_squared_norm_lets_go_of_small_weights(scale):
    w = scale * W
    assert_close(gradient(l2, w), w)  # exactly lam w: what weight_decay adds in SGD
    assert_close(gradient(l1, w), torch.sign(w))
    assert_close(gradient(l2_norm, w).norm(), torch.ones((), dtype=torch.float64))
    by_row = gradient(lambda v: group_lasso(v, scaled=False), w)
    assert_close(by_row.norm(dim=1), torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize("penalty", [l1, l2, l2_norm, group_lasso])
def test_at_zero_value_and_gradient_are_zero_not_nan(penalty):
    zero = torch.zeros(2, 3)
    assert penalty(zero) == 0
    assert_close(gradient(penalty, zero), zero)
    half = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    assert gradient(penalty, half).isfinite().all()


@pytest.mark.parametrize("penalty", [l1, l2, l2_norm, group_lasso])
def test_limits_of_the_strength(penalty):
    assert penalty(W, 0) == 0
    assert penalty(W, 1e300).isfinite() and penalty(1e4 * W).isfinite()


@pytest.mark.parametrize("penalty", [l1, l2, l2_norm, group_lasso])
def test_vmap_gives_each_model_its_own_strength(penalty):
    models = torch.randn(4, 3, 5, dtype=torch.float64)
    lams = torch.tensor([0.0, 0.1, 1.0, 10.0], dtype=torch.float64)
    together = torch.func.vmap(torch.func.grad_and_value(lambda w, lam: penalty(w, lam)))
    slopes, values = together(models, lams)
    for w, lam, slope, value in zip(models, lams.tolist(), slopes, values, strict=True):
        assert_close(value, penalty(w, lam))
        assert_close(slope, gradient(lambda v, lam=lam: penalty(v, lam), w))


@pytest.mark.parametrize("device", available_devices())
def test_every_device(device):
    w = W.float().to(device)
    for penalty in (l1, l2, l2_norm, group_lasso):
        assert penalty(w, 0.5).device.type == device
        assert_close(penalty(w, 0.5).cpu(), penalty(W.float(), 0.5))


def test_errors():
    with pytest.raises(ValueError, match="lam must be a finite number >= 0; got -1"):
        l1(W, -1)
    with pytest.raises(ValueError, match="lam2 must be a finite number >= 0; got nan"):
        elastic_net(W, 0.1, math.nan)
    with pytest.raises(ValueError, match="lam1 must be a finite number >= 0; got inf"):
        elastic_net(W, math.inf, 0.1)
    for penalty in (l1, l2, l2_norm, group_lasso):
        with pytest.raises(ValueError, match="no weights to penalize; pass a model that has some"):
            penalty(nn.ReLU())
    with pytest.raises(ValueError, match=r"dim must be 0 \(rows\) or 1 \(columns\); got 2"):
        group_lasso(W, dim=2)
    with pytest.raises(ValueError, match=r"a weight \(O, I, ...\) has groups; got shape \(3,\)"):
        group_lasso(W[0])
