"""Gaussian dropout: law of the noise, moments equal to Bernoulli's, modes, vmap, errors."""

import pickle

import pytest
import torch
from scipy.stats import kstest
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout.bernoulli import Dropout, enumerate_masks, mask_variance
from reglab.dropout.gaussian import GaussianDropout, gaussian_noise

ALPHA = 1e-6


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def zeros(*shape):
    return torch.zeros(*shape, dtype=torch.float64)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_the_noise_is_normal_with_mean_1_and_variance_p_over_1_minus_p(p, as_tensor):
    strength = torch.tensor(p, dtype=torch.float64) if as_tensor else p
    drawn = gaussian_noise(zeros(20_000), strength, generator())
    deviation = (p / (1 - p)) ** 0.5
    assert kstest(drawn.numpy(), "norm", (1, deviation)).pvalue > ALPHA


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.75])
def test_a_bernoulli_mask_has_the_same_mean_and_variance(p):
    masks, weights = enumerate_masks(1, p)
    assert_close(weights @ masks[:, 0], torch.ones((), dtype=torch.float64))
    assert_close((weights @ (masks[:, 0] - 1).square()).item(), mask_variance(p))


def test_p_of_0_changes_nothing_and_evaluation_neither():
    x = torch.randn(4, 3)
    assert torch.equal(GaussianDropout(0.0)(x), x)
    assert torch.equal(GaussianDropout(0.9).eval()(x), x)


def test_training_multiplies_by_the_noise_of_the_global_generator():
    x = torch.randn(4, 3, dtype=torch.float64)
    torch.manual_seed(1)
    out = GaussianDropout(0.3)(x)
    torch.manual_seed(1)
    assert torch.equal(out, x * gaussian_noise(x, 0.3))


def test_a_generator_decides():
    first, second = (gaussian_noise(zeros(9), 0.5, generator()) for _ in range(2))
    assert torch.equal(first, second)


def test_gradients_are_multiplied_by_the_noise():
    x = torch.randn(20, dtype=torch.float64, requires_grad=True)
    out = GaussianDropout(0.3)(x)
    out.sum().backward()
    assert_close(x.grad, (out / x).detach())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("device", available_devices())
def test_the_output_is_like_the_input(dtype, device):
    x = torch.ones(3, dtype=dtype, device=device)
    assert GaussianDropout(0.5).to(device)(x).dtype == dtype


def test_a_p_of_float64_does_not_change_the_dtype():
    p = torch.tensor([0.5], dtype=torch.float64)  # one axis: vmap, where promotion counts it
    assert gaussian_noise(torch.zeros(3), p).dtype == torch.float32


def test_stacked_networks_have_a_p_each():
    layers = [GaussianDropout(torch.tensor(p)) for p in (0.0, 0.5)]
    params, state = stack_module_state(layers)

    def call(p, s):
        return functional_call(layers[0], (p, s), (torch.ones(30, dtype=torch.bfloat16),))

    out = vmap(call, randomness="same")(params, state)
    assert out.dtype == torch.bfloat16
    assert out[0].tolist() == [1.0] * 30
    assert len(out[1].unique()) > 10


def test_half_is_the_default_and_pickles():
    assert pickle.loads(pickle.dumps(GaussianDropout())).p == Dropout().p == 0.5


def test_p_of_1_has_no_finite_variance():
    for call in (lambda: GaussianDropout(1.0), lambda: gaussian_noise(zeros(2), 1.0)):
        with pytest.raises(ValueError, match=r"p must be < 1.*variance p / \(1 - p\) is infinite"):
            call()


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_a_bad_p_is_an_error(p):
    with pytest.raises(ValueError, match="p is a probability"):
        GaussianDropout(p)
