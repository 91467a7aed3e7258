"""Weight normalization: norms, gradients, parity with torch's parametrization, errors."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm as torch_weight_norm
from torch.testing import assert_close

from reglab.normalization.weight import (
    WeightNorm,
    add_weight_norm,
    slice_norms,
    weight_norm,
    weight_norm_backward,
)

F64 = torch.float64
DIMS = [0, 1, -1, None]


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def test_rows_get_the_lengths():
    length = torch.tensor([[2.0], [5.0]], dtype=F64)
    w = weight_norm(length, randn(2, 7))
    assert_close(w.norm(dim=1, keepdim=True), length)
    assert_close(weight_norm(length, 3 * randn(2, 7)), w)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 2)])
def test_the_backward_pass_is_autograd_s(dim, shape):
    v, g = randn(*shape).requires_grad_(), randn(*shape, seed=1)
    length = (slice_norms(v, dim).detach() + 1).requires_grad_()
    want = torch.autograd.grad(weight_norm(length, v, dim), (length, v), g)
    assert_close(weight_norm_backward(g, length, v, dim), want)
    assert torch.autograd.gradcheck(lambda a, b: weight_norm(a, b, dim), (length, v))


def test_the_gradient_of_v_is_orthogonal_to_v():
    v, g = randn(3, 4), randn(3, 4, seed=1)
    _, dv = weight_norm_backward(g, torch.ones(3, 1, dtype=F64), v)
    assert_close((dv * v).sum(1), torch.zeros(3, dtype=F64))


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("make", [lambda: nn.Linear(4, 3), lambda: nn.Conv1d(4, 3, 2)])
def test_a_layer_is_torch_s_and_takes_its_state_dict(make, dim):
    plain = make().double()
    # torch takes -1 for "one norm over all", as it did before there was None.
    dim = dim % plain.weight.ndim if dim is not None else None
    ours = add_weight_norm(copy.deepcopy(plain), dim=dim)
    theirs = torch_weight_norm(copy.deepcopy(plain), dim=dim)
    assert_close(ours.weight, plain.weight)
    state = {k: v + 0.5 for k, v in theirs.state_dict().items()}
    ours.load_state_dict(state)
    theirs.load_state_dict(state)
    x = randn(5, 4, *[6] * (plain.weight.ndim - 2))
    assert_close(ours(x), theirs(x), rtol=1e-12, atol=1e-12)
    got, want = (
        torch.autograd.grad(m(x).pow(2).sum(), list(m.parameters())) for m in (ours, theirs)
    )
    assert_close(got, want, rtol=1e-11, atol=1e-11)


def test_another_parameter_can_be_chosen():
    layer = add_weight_norm(nn.GRU(3, 2), "weight_hh_l0")
    assert "parametrizations.weight_hh_l0.original0" in dict(layer.named_parameters())


def test_printing_shows_the_axis():
    assert repr(WeightNorm(None)) == "WeightNorm(dim=None)"


@pytest.mark.parametrize(
    "layer, settings, words",
    [
        (nn.Linear(3, 2), dict(name="w"), "no parameter 'w'; its parameters: weight, bias"),
        (nn.ReLU(), {}, "its parameters: none"),
        (nn.Linear(3, 2), dict(dim=2), r"an axis of weight, \(2, 3\), or None; got 2"),
        (nn.Linear(3, 2), dict(dim=-3), "got -3"),
    ],
)
def test_bad_calls_are_named(layer, settings, words):
    with pytest.raises(ValueError, match=words):
        add_weight_norm(layer, **settings)


def test_a_slice_of_zeros_has_no_direction():
    layer = nn.Linear(3, 2)
    nn.init.zeros_(layer.weight[1])
    with pytest.raises(ValueError, match="a slice of weight is 0"):
        add_weight_norm(layer)
