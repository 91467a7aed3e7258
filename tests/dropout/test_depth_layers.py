"""Residual branches and LayerDrop: outcomes, skipping, gradients, limits, vmap, errors."""

import copy
import itertools
import pickle

import pytest
import torch
from scipy.stats import binomtest
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.dropout.depth import LayerDrop, ResidualBranch, remove_layers

ALPHA = 1e-6


class Counting(nn.Module):
    """A branch 2 x that counts how often it is computed."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(2.0))
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.weight * x


class Plus(nn.Module):
    """A layer x + c, whose chain shows by its sum which layers were used."""

    def __init__(self, c):
        super().__init__()
        self.register_buffer("c", torch.tensor(float(c)))

    def forward(self, x):
        return x + self.c


# residual branches


@pytest.mark.parametrize("scaled", ["training", "test"])
@pytest.mark.parametrize("skip", [False, True])
def test_a_residual_branch_has_two_outcomes_and_eval_mode_is_their_mean(scaled, skip):
    block = ResidualBranch(Counting(), 0.5, per="batch", scaled=scaled, skip=skip)
    seen = {block(torch.ones(3, 2)).mean().item() for _ in range(40)}
    survivor = 1 + 2 / (0.5 if scaled == "training" else 1)
    assert seen == {1.0, survivor}
    assert_close(block.eval()(torch.ones(3, 2)), torch.full((3, 2), (1 + survivor) / 2))


def test_skipping_draws_and_gives_the_same_as_masking():
    """From one global state both forms make the same decisions."""
    x, outs = torch.randn(3, 2, generator=torch.Generator().manual_seed(0)), []
    for skip in (False, True):
        block = ResidualBranch(Counting(), 0.5, per="batch", skip=skip)
        torch.manual_seed(1)
        outs.append(torch.stack([block(x) for _ in range(20)]))
    assert_close(outs[0], outs[1])


def test_skipping_computes_only_what_survives():
    branch = Counting()
    block = ResidualBranch(branch, 0.75, per="batch", skip=True)
    survived = sum(bool((block(torch.ones(2, 2)) != 1).any()) for _ in range(60))
    assert branch.calls == survived
    assert 0 < survived < 40
    masked = ResidualBranch(Counting(), 0.75, per="batch")
    for _ in range(60):
        masked(torch.ones(2, 2))
    assert masked.branch.calls == 60


def test_a_skipped_branch_gets_no_gradient_and_a_masked_one_zeros():
    for skip in (True, False):
        block = ResidualBranch(Counting(), 1.0, per="batch", skip=skip)
        block(torch.ones(2, 2, requires_grad=True)).sum().backward()
        grad = block.branch.weight.grad
        assert grad is None if skip else grad == 0


def test_per_example_rows_differ():
    out = ResidualBranch(Counting(), 0.5)(torch.ones(50, 2))
    assert set(out.flatten().tolist()) == {1.0, 5.0}


# LayerDrop


@pytest.mark.parametrize("skip", [True, False])
def test_layers_are_used_independently_and_not_rescaled(skip):
    """Sums of 1, 2, 4 name the subset that was used; all eight appear, at the stated rate."""
    chain = LayerDrop([Plus(1), Plus(2), Plus(4)], 0.3, skip=skip)
    x = torch.zeros(2, 2)
    sums = torch.stack([chain(x) for _ in range(2000)])
    assert (sums == sums[:, :1, :1]).all()
    sums = sums[:, 0, 0].int()
    assert set(sums.tolist()) == set(range(8))
    for bit, subset in itertools.product([1, 2, 4], [7, 5]):
        chosen = sums if subset == 7 else sums[sums & 2 == 2]
        if bit != 2 or subset == 7:
            used = int((chosen & bit == bit).sum())
            assert binomtest(used, len(chosen), 0.7).pvalue > ALPHA


def test_layer_drop_in_eval_mode_uses_all_layers():
    assert LayerDrop([Plus(1), Plus(2)], 0.9).eval()(torch.zeros(1)) == 3


@pytest.mark.parametrize("skip", [True, False])
def test_layer_drop_s_limits(skip):
    x = torch.zeros(2, 3)
    assert (LayerDrop([Plus(1), Plus(2)], 0.0, skip=skip)(x) == 3).all()
    assert torch.equal(LayerDrop([Plus(1), Plus(2)], 1.0, skip=skip)(x), x)


def test_layer_drop_computes_only_what_it_uses():
    layers = [Counting() for _ in range(3)]
    LayerDrop(layers, 1.0)(torch.ones(2))
    assert [layer.calls for layer in layers] == [0, 0, 0]
    LayerDrop(layers, 1.0, skip=False)(torch.ones(2))
    assert [layer.calls for layer in layers] == [1, 1, 1]


def test_layer_drop_under_vmap():
    chains = [LayerDrop([Plus(1), Plus(2)], torch.tensor(p), skip=False) for p in (0.0, 1.0)]
    _, buffers = stack_module_state(chains)
    call = vmap(lambda b: functional_call(chains[0], b, (torch.zeros(2),)), randomness="same")
    assert call(buffers).tolist() == [[3.0, 3.0], [0.0, 0.0]]


def test_removing_layers_keeps_the_first_of_every_group():
    layers = [Plus(c) for c in range(1, 7)]
    names = {p: [int(l.c) for l in remove_layers(layers, p)] for p in (0, 0.5, 1 / 3)}
    assert names == {0: [1, 2, 3, 4, 5, 6], 0.5: [1, 3, 5], 1 / 3: [1, 2, 4, 5]}


@pytest.mark.parametrize("make", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(make):
    block = make(ResidualBranch(Counting(), 0.3, per="batch", scaled="test", skip=True))
    assert (block.p, block.per, block.scaled, block.skip) == (0.3, "batch", "test", True)
    assert len(make(LayerDrop([Plus(1), Plus(2)], 0.3)).layers) == 2


def test_bad_values():
    with pytest.raises(ValueError, match="p is a probability"):
        LayerDrop([Plus(1)], 1.5)
    with pytest.raises(ValueError, match="p is a probability"):
        remove_layers([Plus(1)], -0.1)
    with pytest.raises(ValueError, match="set per='batch'"):
        ResidualBranch(Counting(), 0.5, skip=True)
    with pytest.raises(ValueError, match="number of layers must be a whole number >= 1; got 0"):
        LayerDrop([], 0.5)
    with pytest.raises(ValueError, match="p must be at most 0.5, every other layer; got 0.6"):
        remove_layers([Plus(1)], 0.6)


def test_a_layer_is_dropped_with_probability_a_fifth_unless_said():
    assert LayerDrop([nn.Identity()]).p == 0.2
