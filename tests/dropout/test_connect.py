"""DropConnect: exact moments over all masks, masks per example, the paper's inference, errors."""

import pickle

import pytest
import torch
from scipy.stats import binomtest, kstest
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout.bernoulli import enumerate_masks
from reglab.dropout.connect import DropConnectLinear, drop_connect, drop_connect_moments

ALPHA = 1e-6
MODES = ["example", "batch", "moments"]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def random(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=generator(1))


X, W, BIAS = random(4, 3), random(2, 3), random(2)


def outputs_of_all_masks(p):
    """Outputs (2^6, B, O) for all masks of the six weights, and the masks' probabilities."""
    masks, weights = enumerate_masks(6, p)
    return torch.stack([drop_connect(X, W, BIAS, m.view(2, 3)) for m in masks]), weights


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5])
def test_moments_are_those_over_all_masks(p):
    outputs, weights = outputs_of_all_masks(p)
    mean, variance = drop_connect_moments(X, W, BIAS, p)
    assert_close(torch.einsum("m,mbo->bo", weights, outputs), mean)
    assert_close(torch.einsum("m,mbo->bo", weights, (outputs - mean).square()), variance)


def test_outputs_of_one_example_are_uncorrelated():
    outputs, weights = outputs_of_all_masks(0.3)
    deviation = outputs - torch.einsum("m,mbo->bo", weights, outputs)
    covariance = torch.einsum("m,mb->b", weights, deviation[:, :, 0] * deviation[:, :, 1])
    assert_close(covariance, torch.zeros_like(covariance))


def test_a_mask_for_each_example_is_a_loop_over_examples():
    masks = enumerate_masks(6, 0.5)[0][20:24].view(4, 2, 3)
    want = [nn.functional.linear(x, m * W, BIAS) for x, m in zip(X, masks, strict=True)]
    assert_close(drop_connect(X, W, BIAS, masks), torch.stack(want))
    assert_close(drop_connect(X, W, None, masks), torch.stack(want) - BIAS)


def layer_with(weight, bias, p, masks="example"):
    layer = DropConnectLinear(weight.shape[1], len(weight), p, bias=bias is not None, masks=masks)
    layer = layer.double()
    layer.weight.data = weight.clone()
    if bias is not None:
        layer.bias.data = bias.clone()
    return layer


@pytest.mark.parametrize("masks", MODES)
def test_evaluation_uses_the_mean_weights(masks):
    layer = layer_with(W, BIAS, 0.5, masks).eval()
    assert_close(layer(X), nn.functional.linear(X, W, BIAS))


@pytest.mark.parametrize("masks", MODES)
def test_p_of_0_is_a_linear_layer_with_finite_gradients(masks):
    layer = layer_with(W, BIAS, 0.0, masks)
    out = layer(X)
    out.sum().backward()
    assert_close(out, nn.functional.linear(X, W, BIAS))
    assert_close(layer.weight.grad, X.sum(0).expand(2, 3))


@pytest.mark.parametrize("p", [0.25, 0.5])
def test_weights_are_dropped_with_probability_p_or_scaled(p):
    x = torch.eye(30, dtype=torch.float64)  # an output is one weight
    weight = torch.ones(200, 30, dtype=torch.float64)
    out = layer_with(weight, None, p)(x)
    assert set(out.unique().tolist()) == {0.0, 1 / (1 - p)}
    assert binomtest(int((out == 0).sum()), out.numel(), p).pvalue > ALPHA


def test_the_bias_is_never_dropped():
    layer = layer_with(torch.zeros(2, 3, dtype=torch.float64), BIAS, 0.9)
    assert_close(layer(X), BIAS.expand(4, 2))


def test_each_example_has_a_mask_of_its_own_or_all_share_one():
    x = torch.ones(50, 30, dtype=torch.float64)
    weight = torch.randn(1, 30, dtype=torch.float64)
    assert len(layer_with(weight, None, 0.5, "example")(x).unique()) == 50
    shared = layer_with(weight, None, 0.5, "batch")(x)
    assert_close(shared, shared[:1].expand(50, 1))


def test_moments_draw_a_normal_output_for_each_example():
    x, weight = torch.ones(20_000, 2, dtype=torch.float64), W[:1, :2]
    out = layer_with(weight, BIAS[:1], 0.2, "moments")(x)[:, 0].detach()
    mean, variance = weight.sum() + BIAS[0], 0.25 * weight.square().sum()
    law = (mean.item(), variance.sqrt().item())
    assert kstest(out.numpy(), "norm", law).pvalue > ALPHA


def test_average_activation_is_the_mean_of_relu_under_the_normal_law():
    layer, samples = layer_with(W, BIAS, 0.4), 4000
    mean, variance = drop_connect_moments(X, W, BIAS, 0.4)
    deviation = variance.sqrt()
    law = torch.distributions.Normal(0.0, 1.0)
    ratio = mean / deviation
    exact = mean * law.cdf(ratio) + deviation * law.log_prob(ratio).exp()
    got = layer.average_activation(X, samples=samples, generator=generator())
    # 5.7 standard errors: two-sided 1e-6 for all eight numbers; relu's variance is below u's.
    assert ((got - exact).abs() < 5.7 * deviation / samples**0.5).all()


def test_average_activation_differs_from_the_activation_of_the_mean():
    """Mean weights give relu(0) = 0 where half of the draws are positive."""
    layer = layer_with(torch.tensor([[1.0, -1.0]], dtype=torch.float64), None, 0.5).eval()
    x = torch.ones(1, 2, dtype=torch.float64)
    assert layer(x).relu().item() == 0
    assert layer.average_activation(x, samples=100, generator=generator()).item() > 0.2


def test_average_activation_of_one_sample_is_that_draw():
    layer = layer_with(W, BIAS, 0.4)
    one = layer.average_activation(X, torch.tanh, 1, generator())
    assert_close(one, layer.sample_outputs(X, generator()).tanh().detach())
    assert not one.requires_grad


@pytest.mark.parametrize("mask", ["example", "batch"])
def test_gradcheck(mask):
    x, w, b = (t.clone().requires_grad_() for t in (X, W, BIAS))
    shape = (4, 2, 3) if mask == "example" else (2, 3)
    assert torch.autograd.gradcheck(drop_connect, (x, w, b, random(*shape)))


@pytest.mark.parametrize("masks", MODES)
def test_gradients_reach_all_weights(masks):
    layer = layer_with(torch.ones(40, 3, dtype=torch.float64), None, 0.5, masks)
    layer(X).sum().backward()
    assert torch.isfinite(layer.weight.grad).all() and layer.weight.grad.any()


@pytest.mark.parametrize("masks", MODES)
def test_an_input_of_zeros_has_finite_gradients(masks):
    layer = layer_with(W, None, 0.5, masks)
    layer(torch.zeros_like(X)).sum().backward()
    assert not layer.weight.grad.any()


def test_the_start_is_that_of_a_linear_layer():
    torch.manual_seed(2)
    layer = DropConnectLinear(3, 2)
    torch.manual_seed(2)
    want = nn.Linear(3, 2)
    assert torch.equal(layer.weight, want.weight) and torch.equal(layer.bias, want.bias)
    assert (layer.p, layer.masks) == (0.5, "example")
    assert sorted(layer.state_dict()) == ["bias", "weight"]
    assert DropConnectLinear(3, 2, bias=False).bias is None


@pytest.mark.parametrize("masks", MODES)
def test_stacked_layers_have_a_p_each(masks):
    layers = [layer_with(W, BIAS, torch.tensor(p), masks) for p in (0.0, 0.5)]
    params, state = stack_module_state(layers)

    def call(p, s):
        return functional_call(layers[0], (p, s), (X,))

    for kind in ("same", "different"):
        out = vmap(call, randomness=kind)(params, state)
        assert_close(out[0], nn.functional.linear(X, W, BIAS))
        assert not torch.allclose(out[1], out[0])


@pytest.mark.parametrize("device", available_devices())
@pytest.mark.parametrize("masks", MODES)
def test_devices_and_pickles(device, masks):
    layer = pickle.loads(pickle.dumps(DropConnectLinear(3, 2, masks=masks))).to(device)
    assert layer(torch.ones(1, 3, device=device)).shape == (1, 2)


def test_bad_values_are_errors():
    with pytest.raises(ValueError, match="p must be < 1"):
        DropConnectLinear(3, 2, 1.0)
    with pytest.raises(ValueError, match="p must be < 1"):
        drop_connect_moments(X, W, BIAS, 1.0)
    with pytest.raises(ValueError, match="masks must be one of example, batch, moments; got 'x'"):
        DropConnectLinear(3, 2, masks="x")
    with pytest.raises(ValueError, match="inputs must be a whole number >= 1; got 0"):
        DropConnectLinear(0, 2)
    with pytest.raises(ValueError, match="outputs must be a whole number >= 1; got 0"):
        DropConnectLinear(3, 0)
    with pytest.raises(ValueError, match="samples must be a whole number >= 1; got 0"):
        DropConnectLinear(3, 2).average_activation(torch.ones(1, 3), samples=0)
    with pytest.raises(ValueError, match=r"x must have shape \(B, I\); got \(2, 2, 3\)"):
        DropConnectLinear(3, 2)(torch.ones(2, 2, 3))
