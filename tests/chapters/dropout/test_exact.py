"""Linear regression with dropout and averages over sub-networks, each by an independent route."""

import itertools
import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import binom
from torch import nn
from torch.testing import assert_close

from reglab.chapters.dropout import exact

X, Y = exact.regression_data()
W = torch.linspace(-1, 1, 6, dtype=torch.float64)


@pytest.mark.parametrize("p", [0.0, 0.2, 0.7])
def test_dropout_of_inputs_is_a_penalty_on_the_weights(p):
    assert_close(exact.loss_over_all_masks(X, Y, W, p), exact.loss_with_penalty(X, Y, W, p))


def test_the_expected_loss_by_hand():
    """One example, one input 2, w 3, y 1, p = 1/4: outputs 0 and 8."""
    one = [torch.tensor(v, dtype=torch.float64) for v in ([[2.0]], [1.0], [3.0])]
    assert_close(exact.loss_over_all_masks(*one, 0.25), 0.25 * 1 + 0.75 * 49)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.8])
def test_the_weights_minimize_the_expected_loss(p):
    w = exact.dropout_weights(X, Y, p).requires_grad_()
    penalty = p / (1 - p) / 2 * (X.square().mean(0) * w.square()).sum()
    ((Y - X @ w).square().mean() / 2 + penalty).backward()
    assert_close(w.grad, torch.zeros_like(w))


def test_ridge_minimizes_its_loss():
    w = exact.ridge_weights(X, Y, 0.7).requires_grad_()
    ((Y - X @ w).square().mean() / 2 + 0.35 * w.square().sum()).backward()
    assert_close(w.grad, torch.zeros_like(w))


def test_units_matter_to_ridge_and_not_to_dropout():
    change = exact.change_of_predictions(X, Y)
    assert change["dropout, p = 0.5"] < 1e-9 < 0.1 < change["ridge, lam = 1"]
    other = X * torch.tensor([100.0] + [1.0] * (X.shape[1] - 1), dtype=X.dtype)
    apart = X @ exact.ridge_weights(X, Y, 1.0) - other @ exact.ridge_weights(other, Y, 1.0)
    assert_allclose(change["ridge, lam = 1"], float(apart.abs().max()))


def test_weights_over_p():
    found = exact.weights_over_p(X, Y, [0.0, 0.5])
    assert_allclose(found.weight.sel(p=0.5), exact.dropout_weights(X, Y, 0.5))
    assert_allclose(found["size"] ** 2, (X**2).mean(0))
    least = np.linalg.lstsq(X.numpy(), Y.numpy())
    assert_allclose(found.loss.sel(p=0.0), least[1] / len(X))
    assert dict(found.sizes) == {"p": 2, "input": 6}


def test_inputs_have_the_sizes_asked_for():
    x, y = exact.regression_data(n=4000, inputs=3)
    assert_allclose(x.std(0), [0.5, 1.25, 2.0], rtol=0.06)
    assert x.shape == (4000, 3) and y.shape == (4000,)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_the_law_of_a_sum_is_binomial(p):
    outputs, law = exact.output_of_masks(p)
    assert_allclose(law, binom.pmf(range(11), 10, 1 - p), atol=1e-12)
    assert_allclose(outputs, np.arange(11) / (1 - p) if p < 1 else 0)


def network(widths, seed=0):
    torch.manual_seed(seed)
    sizes, layers = [3, *widths, 4], []
    for a, b in itertools.pairwise(sizes):
        layers += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*layers[:-2]).double()


INPUTS = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
LABELS = torch.tensor([0, 1, 2, 3, 0])


def by_loops(model, p):
    """Softmaxes (2^H, N, K) and probabilities, one sub-network after another."""
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    widths = [layer.out_features for layer in linears[:-1]]
    every, weights = [], []
    for bits in itertools.product([0, 1], repeat=sum(widths)):
        h, left = INPUTS, list(bits)
        for layer, width in zip(linears, widths, strict=False):
            mask = torch.tensor(left[:width], dtype=torch.float64) / (1 - p)
            h, left = layer(h).relu() * mask, left[width:]
        every.append(linears[-1](h).softmax(-1))
        weights.append(math.prod(1 - p if bit else p for bit in bits))
    return torch.stack(every).detach(), torch.tensor(weights, dtype=torch.float64)


@pytest.mark.parametrize("widths", [(4,), (3, 3)])
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_averages_equal_those_of_a_loop_over_sub_networks(widths, p):
    model = network(widths)
    every, weights = by_loops(model, p)
    arithmetic = torch.einsum("m,mnk->nk", weights, every)
    geometric = torch.einsum("m,mnk->nk", weights, every.log()).exp()
    geometric = geometric / geometric.sum(-1, keepdim=True)
    scaling = model.eval()(INPUTS).softmax(-1)
    found = exact.compare_averages(model, INPUTS, LABELS, p)
    gaps = (scaling - arithmetic).abs().amax(-1).mean()
    assert_close(found["arithmetic_gap"], gaps.item())
    assert_close(found["geometric_gap"], (scaling - geometric).abs().max().item())
    rows = torch.arange(5)
    for name, average in dict(scaling=scaling, geometric=geometric, arithmetic=arithmetic).items():
        assert_close(found[f"nll_{name}"], -average[rows, LABELS].log().mean().item())
        wrong = (average.argmax(-1) != LABELS).double().mean()
        assert_close(found[f"error_{name}"], wrong.item())
    differ = (scaling.argmax(-1) != arithmetic.argmax(-1)).double().mean()
    assert_close(found["differ"], differ.item())


def test_scaling_is_exact_for_one_layer_and_not_for_two():
    assert exact.compare_averages(network((6,)), INPUTS, LABELS, 0.5)["geometric_gap"] < 1e-12
    assert exact.compare_averages(network((3, 3)), INPUTS, LABELS, 0.5)["geometric_gap"] > 1e-3


def test_the_network_itself_stays_as_it_was():
    model = network((3,)).float().train()
    exact.compare_averages(model, INPUTS.float(), LABELS, 0.5)
    assert model.training and model[0].weight.dtype == torch.float32


def test_targets_are_linear_with_noise_of_variance_one():
    x, y = exact.regression_data(n=4000, inputs=3)
    residual = y - x @ torch.linalg.lstsq(x, y).solution
    assert_allclose(residual.var(), 1, rtol=0.15)
    assert exact.weights_over_p(X, Y, [0.5]).input.values.tolist() == [1, 2, 3, 4, 5, 6]
