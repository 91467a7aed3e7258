"""Variational dropout: tied masks; learned noise, its KL against quadrature, pruning, vmap."""

import math
import pickle

import pytest
import torch
from scipy.integrate import quad
from scipy.stats import kstest, norm
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout.variational import TiedDropout, VariationalKL, VariationalLinear, variational_kl

ALPHA = 1e-6
EULER = 0.5772156649015329


def layer_of(weight, log_variance, bias=None, threshold=3.0):
    layer = VariationalLinear(*weight.T.shape, bias=bias is not None, threshold=threshold).double()
    layer.weight.data = weight.double().clone()
    layer.log_variance.data = log_variance.double().clone()
    if bias is not None:
        layer.bias.data = bias.double().clone()
    return layer


# tied masks


def test_the_mask_is_one_for_all_times_and_differs_between_examples_and_channels():
    out = TiedDropout(0.5)(torch.ones(32, 5, 16))
    assert torch.equal(out, out[:, :1].expand_as(out))
    assert set(out.unique().tolist()) == {0.0, 2.0}
    assert len(out[:, 0].unique(dim=0)) > 1 and len(out[:, 0].T.unique(dim=0)) > 1


def test_each_sequence_has_new_masks_and_evaluation_none():
    layer, x = TiedDropout(0.5), torch.ones(8, 2, 16)
    assert not torch.equal(layer(x), layer(x))
    assert torch.equal(layer.eval()(x), x)


def test_tied_dropout_wants_sequences():
    with pytest.raises(ValueError, match=r"x must have shape \(B, T, C\); got \(2, 3\)"):
        TiedDropout(0.5)(torch.ones(2, 3))


# the divergence


def exact_kl(log_alpha):
    """KL by quadrature: (gamma + log 2) / 2 - log(alpha) / 2 + E log|1 + sqrt(alpha) z|."""
    root = math.exp(log_alpha / 2)
    if root < 1 / 12:  # the singularity at z = -1 / root is out of reach
        mean = quad(lambda z: norm.pdf(z) * math.log(abs(1 + root * z)), -11, 11)[0]
    else:  # y = z + 1 / root from the singularity to both sides; the weight is log(y)
        log = {"weight": "alg-loga", "wvar": (0, 0), "limit": 200}
        sides = [quad(lambda y, s=s: norm.pdf(s * y - 1 / root), 0, 24, **log) for s in (-1, 1)]
        mean = math.log(root) + sides[0][0] + sides[1][0]
    return (EULER + math.log(2)) / 2 - log_alpha / 2 + mean


@pytest.mark.parametrize("log_alpha", [-8.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0])
def test_the_divergence_is_that_of_quadrature_within_the_approximation(log_alpha):
    got = variational_kl(torch.tensor(log_alpha, dtype=torch.float64)).item()
    assert abs(got - exact_kl(log_alpha)) < 0.01


def test_the_divergence_falls_to_0_and_stays_finite():
    kl = variational_kl(torch.linspace(-300, 300, 1001))
    assert torch.isfinite(kl).all() and (kl.diff() <= 1e-6).all()
    assert_close(kl[-1].item(), 0.0, atol=1e-6, rtol=0)


def test_its_slope_is_finite_everywhere():
    x = torch.tensor([-300.0, 0.0, 300.0], requires_grad=True)
    variational_kl(x).sum().backward()
    assert_close(x.grad[[0, 2]], torch.tensor([-0.5, 0.0]))


# the layer

W = torch.tensor([[1.0, -2.0], [0.5, 0.1], [0.2, 0.0]], dtype=torch.float64)
LOGS = torch.tensor([[0.0, -1.0], [3.0, 3.0], [1.0, -9.0]], dtype=torch.float64)


def test_outputs_in_training_are_normal_with_the_moments_of_random_weights():
    layer = layer_of(W[:1], LOGS[:1], torch.tensor([0.7]))
    x = torch.tensor([0.5, 2.0], dtype=torch.float64)
    out = layer(x.expand(20_000, 2))[:, 0].detach()
    mean = 0.5 * 1 - 2 * 2 + 0.7
    variance = 0.25 * 1 + 4 * math.exp(-1)
    assert kstest(out.numpy(), "norm", (mean, variance**0.5)).pvalue > ALPHA


def test_log_alpha_is_log_variance_minus_log_of_the_squared_mean():
    want = LOGS[:2] - W[:2].square().log()
    assert_close(layer_of(W, LOGS).log_alpha()[:2], want)
    assert_close(layer_of(W, LOGS).kl(), variational_kl(layer_of(W, LOGS).log_alpha()).sum())


def test_a_weight_of_0_has_a_large_finite_log_alpha():
    assert 20 < layer_of(W, LOGS).log_alpha()[2, 1].item() < 40


def test_evaluation_prunes_weights_above_the_threshold():
    layer = layer_of(W, LOGS, torch.tensor([1.0, 2, 3])).eval()
    x = torch.randn(5, 2, dtype=torch.float64)
    want = W * torch.tensor([[1, 1], [0, 0], [0, 0]])
    assert layer.remaining_weights().tolist() == [[True, True], [False, False], [False, False]]
    assert layer.remaining_units().tolist() == [True, False, False]
    assert_close(layer(x), x @ want.T + torch.tensor([1.0, 2, 3]))


def test_a_log_alpha_just_at_the_threshold_remains():
    weight = torch.ones(1, 2)
    layer = layer_of(weight, torch.tensor([[3.0, 3.001]]))
    assert layer.remaining_weights().tolist() == [[True, False]]
    assert layer.remaining_units().tolist() == [True]


def test_the_threshold_can_be_chosen():
    assert layer_of(torch.ones(1, 1), torch.ones(1, 1), threshold=0.5).remaining_units().sum() == 0


def test_training_does_not_prune():
    layer = layer_of(torch.ones(1, 1), torch.full((1, 1), 10.0))
    assert layer(torch.ones(1, 1, dtype=torch.float64)).std(0, correction=0).isfinite().all()
    assert layer(torch.ones(500, 1, dtype=torch.float64)).std() > 50


def test_little_noise_is_a_linear_layer():
    torch.manual_seed(2)
    layer = VariationalLinear(3, 2, log_variance=-60.0)
    torch.manual_seed(2)
    want = nn.Linear(3, 2)
    x = torch.randn(4, 3)
    assert_close(layer(x), want(x))
    assert_close(layer.eval()(x), want(x))


def test_the_start():
    layer = VariationalLinear(3, 2)
    assert layer.threshold == 3.0
    assert torch.equal(layer.log_variance.detach(), torch.full((2, 3), -10.0))
    assert sorted(layer.state_dict()) == ["bias", "log_variance", "weight"]
    assert VariationalLinear(3, 2, bias=False).bias is None


def test_gradients_are_finite_for_an_input_of_zeros_and_a_weight_of_zero():
    layer = layer_of(torch.zeros(2, 2), torch.zeros(2, 2))
    (layer(torch.zeros(3, 2, dtype=torch.float64)).sum() + layer.kl()).backward()
    for parameter in layer.parameters():
        assert torch.isfinite(parameter.grad).all()


def test_the_noise_is_learned_from_the_data_and_the_divergence():
    """Without data the noise grows; the data hold it back."""
    layer = layer_of(W, LOGS)
    layer.kl().backward()
    assert (layer.log_variance.grad < 0).all()


def test_any_number_of_axes_before_the_inputs():
    assert VariationalLinear(3, 2)(torch.ones(4, 5, 3)).shape == (4, 5, 2)


def test_vmap_is_a_loop():
    layers = [layer_of(W * k, LOGS).eval() for k in (1.0, 3.0)]
    params, state = stack_module_state(layers)
    x = torch.randn(4, 2, dtype=torch.float64)
    out = vmap(lambda p, s: functional_call(layers[0], (p, s), (x,)))(params, state)
    assert_close(out, torch.stack([layer(x) for layer in layers]))
    layers[0].train()
    noisy = vmap(lambda p: functional_call(layers[0], p, (x,)), randomness="different")(params)
    assert noisy.shape == out.shape and not torch.allclose(noisy, out)


@pytest.mark.parametrize("device", available_devices())
def test_devices_and_pickles(device):
    layer = pickle.loads(pickle.dumps(VariationalLinear(3, 2))).to(device)
    assert layer(torch.ones(1, 3, device=device)).shape == (1, 2)


# the technique


def test_the_penalty_is_the_divergence_of_all_layers():
    model = nn.Sequential(VariationalLinear(3, 4), nn.ReLU(), VariationalLinear(4, 2))
    weights = dict(model.named_parameters()) | {"other.weight": torch.ones(2, 2)}
    want = 0.1 * (model[0].kl() + model[2].kl())
    assert_close(VariationalKL(0.1).penalty(weights), want)


def test_the_penalty_is_vmapped():
    layers = [layer_of(W * k, LOGS) for k in (1.0, 3.0)]
    params, _ = stack_module_state(layers)
    want = torch.stack([0.1 * layer.kl() for layer in layers])
    assert_close(vmap(VariationalKL(0.1).penalty)(params), want)


def test_the_technique_is_a_value():
    technique = VariationalKL(0.1)
    assert pickle.loads(pickle.dumps(technique)) == technique
    assert len({technique, VariationalKL(0.1), VariationalKL(0.2)}) == 2


def test_bad_values_are_errors():
    with pytest.raises(ValueError, match="strength must be a finite number >= 0; got -1"):
        VariationalKL(-1)
    assert VariationalKL(0).strength == 0
    with pytest.raises(ValueError, match="no weights called log_variance; use VariationalLinear"):
        VariationalKL(1.0).penalty({"weight": W})
    with pytest.raises(ValueError, match="threshold must be a finite number; got nan"):
        VariationalLinear(2, 2, threshold=math.nan)
    with pytest.raises(ValueError, match="log_variance must be a finite number; got -inf"):
        VariationalLinear(2, 2, log_variance=-math.inf)
    with pytest.raises(ValueError, match="inputs must be a whole number >= 1; got 0"):
        VariationalLinear(0, 2)
    with pytest.raises(ValueError, match="outputs must be a whole number >= 1; got 0"):
        VariationalLinear(2, 0)
