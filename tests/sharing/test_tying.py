"""Tied layers: one parameter with two uses, the sum of both gradients, ties that last."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import linear
from torch.testing import assert_close

from reglab.sharing.tying import Repeated, TiedLinear


def drawn(*shape):
    g = torch.Generator().manual_seed(3)
    return torch.randn(*shape, generator=g, dtype=torch.float64)


def autoencoder():
    encoder = nn.Linear(5, 2).double()
    return nn.Sequential(encoder, nn.Tanh(), TiedLinear(encoder))


def test_transposed_and_not():
    layer, x, back = nn.Linear(5, 2).double(), drawn(3, 5), drawn(3, 2)
    assert torch.equal(
        TiedLinear(layer)(back), linear(back, layer.weight.T, torch.zeros(5).double())
    )
    forward = TiedLinear(layer, transposed=False, bias=False)
    assert torch.equal(forward(x), linear(x, layer.weight))


def test_an_embedding_can_be_the_output_layer():
    words = nn.Embedding(7, 4)
    scores = TiedLinear(words, transposed=False, bias=False)(words(torch.tensor([3])))
    assert scores.shape == (1, 7)
    assert_close(scores[0, 3], words.weight[3].square().sum())


def test_its_own_bias_starts_at_zero_and_is_learned():
    layer = TiedLinear(nn.Linear(5, 2))
    assert layer.bias.shape == (5,) and not layer.bias.any() and layer.bias.requires_grad


def test_it_is_counted_once():
    assert sum(w.numel() for w in autoencoder().parameters()) == 5 * 2 + 2 + 5


def test_the_gradient_is_the_sum_of_both_uses():
    model, x = autoencoder(), drawn(3, 5)
    w, b, c = (p.detach().clone().requires_grad_() for p in model.parameters())
    v = w.detach().T.clone().requires_grad_()  # a decoder of its own, of the same numbers
    linear(torch.tanh(linear(x, w, b)), v, c).square().sum().backward()
    model(x).square().sum().backward()
    assert_close(model[0].weight.grad, w.grad + v.grad.T)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
def test_a_copy_stays_tied(copied):
    model = copied(autoencoder())
    assert model[0].weight is model[2].weight


def test_a_loaded_state_stays_tied():
    model, other = autoencoder(), autoencoder()
    model.load_state_dict(other.state_dict())
    assert model[0].weight is model[2].weight
    assert torch.equal(model[0].weight, other[0].weight)


def test_vmap_equals_a_loop():
    models, x = [autoencoder() for _ in range(3)], drawn(3, 4, 5)
    params, buffers = stack_module_state(models)
    together = vmap(lambda p, b, x: functional_call(models[0], (p, b), (x,)))(params, buffers, x)
    assert_close(together, torch.stack([m(one) for m, one in zip(models, x, strict=True)]))


@pytest.mark.parametrize("other", [nn.ReLU(), nn.Conv1d(2, 2, 3), nn.BatchNorm1d(3)])
def test_a_layer_without_a_matrix_is_refused(other):
    with pytest.raises(ValueError, match=f"weight .O, I.*got {type(other).__name__}"):
        TiedLinear(other)


@pytest.mark.parametrize("times", [1, 3])
def test_repeated_applies_the_block_again(times):
    block, h = nn.Sequential(nn.Linear(4, 4), nn.Tanh()).double(), drawn(3, 4)
    want = h
    for _ in range(times):
        want = block(want)
    assert torch.equal(Repeated(block, times)(h), want)


def test_repeated_has_the_weights_of_one_block():
    block = nn.Linear(4, 4)
    assert list(Repeated(block, 5).parameters()) == list(block.parameters())


def test_its_gradient_is_the_sum_over_the_applications():
    block, h = nn.Sequential(nn.Linear(4, 4), nn.Tanh()).double(), drawn(3, 4)
    own = [copy.deepcopy(block) for _ in range(3)]
    nn.Sequential(*own)(h).square().sum().backward()
    Repeated(block, 3)(h).square().sum().backward()
    assert_close(block[0].weight.grad, sum(one[0].weight.grad for one in own))


def test_repeated_errors():
    with pytest.raises(ValueError, match="times must be a whole number >= 1; got 0"):
        Repeated(nn.Linear(4, 4), 0)
    with pytest.raises(ValueError, match=r"keep the shape; it made \(3, 2\) of \(3, 4\)"):
        Repeated(nn.Linear(4, 2), 1)(torch.ones(3, 4))
