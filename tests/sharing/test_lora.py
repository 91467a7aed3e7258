"""LoRA: the start, the rank, merging, what is learned and what stays, errors."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.sharing.lora import LoRALinear, low_rank_update


def drawn(*shape):
    g = torch.Generator().manual_seed(3)
    return torch.randn(*shape, generator=g, dtype=torch.float64)


def pretrained(bias=True):
    layer = nn.Linear(6, 4, bias=bias).double()
    with torch.no_grad():
        layer.weight.copy_(drawn(4, 6))
    return layer


def moved(rank=2, alpha=None, bias=True):
    """An adapted layer away from its start."""
    layer = LoRALinear(pretrained(bias), rank, alpha)
    with torch.no_grad():
        layer.b.copy_(drawn(4, rank))
    return layer


def test_it_starts_as_the_layer_it_adapts():
    layer, x = pretrained(), drawn(3, 6)
    adapted = LoRALinear(layer, 2)
    assert torch.equal(adapted(x), layer(x)) and not adapted.b.any() and adapted.a.all()


@pytest.mark.parametrize("alpha, scale", [(None, 1.0), (6.0, 3.0)])
def test_its_formula(alpha, scale):
    layer, x = moved(alpha=alpha), drawn(3, 6)
    w = layer.weight + scale * layer.b @ layer.a
    assert_close(layer(x), x @ w.T + layer.bias)
    assert_close(layer.update(), scale * layer.b @ layer.a)


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_the_update_has_the_rank(rank):
    assert torch.linalg.matrix_rank(moved(rank).update()) == rank


def test_a_full_rank_can_be_any_update():
    want = drawn(4, 6)
    assert_close(low_rank_update(want, torch.eye(4).double()), want)


@pytest.mark.parametrize("bias", [True, False])
def test_merged_it_is_a_plain_layer_that_computes_the_same(bias):
    layer, x = moved(alpha=5.0, bias=bias), drawn(3, 6)
    plain = layer.merged()
    assert type(plain) is nn.Linear and (plain.bias is not None) == bias
    assert_close(plain(x), layer(x), rtol=1e-12, atol=1e-12)


def test_merging_leaves_everything_as_it_was():
    layer = moved()
    before = {name: t.clone() for name, t in layer.state_dict().items()}
    with torch.no_grad():
        layer.merged().weight.zero_()
    assert all(torch.equal(t, before[name]) for name, t in layer.state_dict().items())


def test_only_the_update_is_learned():
    layer = moved()
    assert {name: tuple(w.shape) for name, w in layer.named_parameters()} == {
        "a": (2, 6),
        "b": (4, 2),
    }
    assert set(layer.state_dict()) == {"a", "b", "weight", "bias"}


def test_the_original_is_neither_trained_nor_shared():
    original = pretrained()
    layer, before = LoRALinear(original, 2), original.weight.detach().clone()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        layer(drawn(3, 6)).square().sum().backward()
        optimizer.step()
    assert torch.equal(layer.weight, before) and layer.update().abs().max() > 0
    with torch.no_grad():
        original.weight.zero_()
        original.bias.add_(1)
    assert torch.equal(layer.weight, before) and not torch.equal(layer.bias, original.bias)


def test_the_first_factor_starts_as_a_layer_of_torch_does():
    a = LoRALinear(nn.Linear(400, 300), rank=300).a
    bound = 400**-0.5
    assert 0.99 * bound < a.abs().max() <= bound
    # 120 000 uniform draws: the relative deviation of the mean square is 0.0026, of 5 are 1e-6.
    assert a.square().mean().item() == pytest.approx(bound**2 / 3, rel=0.013)


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: LoRALinear(pretrained(), 0), "rank must be a whole number >= 1; got 0"),
        (lambda: LoRALinear(pretrained(), 5), "at most 4, the smaller side.*got 5"),
        (lambda: LoRALinear(pretrained(), 2, alpha=0.0), "alpha must be .* > 0; got 0"),
    ],
)
def test_errors(call, says):
    with pytest.raises(ValueError, match=says):
        call()
