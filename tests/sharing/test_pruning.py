"""Pruning: exact counts, the largest remain, masks that hold in training, errors."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from reglab.sharing.pruning import (
    MaskedLinear,
    magnitude_masks,
    masked_network,
    pruning_shares,
    random_masks,
    remove_dead_units,
)


def weights():
    g = torch.Generator().manual_seed(3)
    return [torch.randn(4, 5, generator=g), 3 * torch.randn(3, 4, generator=g)]


@given(st.floats(0, 1), st.sampled_from(["network", "layer"]))
def test_exactly_as_many_remain_as_asked(remaining, over):
    masks = magnitude_masks(weights(), remaining, over=over)
    counts = [int(m.sum()) for m in masks]
    if over == "network":
        assert sum(counts) == round(32 * remaining)
    else:
        assert counts == [round(20 * remaining), round(12 * remaining)]


def test_over_the_network_the_largest_of_all_remain():
    masks = magnitude_masks(weights(), 0.4)
    pairs = list(zip(weights(), masks, strict=True))
    assert min(w[m].abs().min() for w, m in pairs) > max(w[~m].abs().max() for w, m in pairs)
    assert [m.shape for m in masks] == [w.shape for w in weights()]


def test_within_a_layer_the_largest_of_the_layer_remain():
    for w, m in zip(weights(), magnitude_masks(weights(), 0.4, over="layer"), strict=True):
        assert w[m].abs().min() > w[~m].abs().max()


def test_of_equal_weights_the_first_remain():
    assert magnitude_masks([torch.ones(4)], 0.5)[0].tolist() == [True, True, False, False]


@pytest.mark.parametrize("over", ["network", "layer"])
def test_what_is_pruned_stays_pruned(over):
    first = magnitude_masks(weights(), 0.5, over=over)
    grown = [torch.where(m, w, 100.0) for w, m in zip(weights(), first, strict=True)]
    second = magnitude_masks(grown, 0.25, over=over, masks=first)
    assert not any((b & ~a).any() for a, b in zip(first, second, strict=True))
    assert sum(int(m.sum()) for m in second) == 8


def test_random_masks_have_the_same_counts_at_other_places():
    masks = magnitude_masks(weights(), 0.4)
    first, again = (random_masks(masks, torch.Generator().manual_seed(1)) for _ in range(2))
    assert [int(m.sum()) for m in first] == [int(m.sum()) for m in masks]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, masks, strict=True))


def test_every_place_is_as_likely():
    g = torch.Generator().manual_seed(1)
    mask = torch.tensor([[True, False], [False, False]])
    hits = sum(random_masks([mask], g)[0].int() for _ in range(4000))
    # Each count is binomial(4000, 1/4); 4.9 deviations of 27.4 leave alpha = 1e-6.
    assert (hits - 1000).abs().max() < 4.9 * 27.4


def test_every_round_takes_the_same_part_away():
    shares = pruning_shares(0.1, 5)
    ratios = [b / a for a, b in zip([1.0, *shares[:-1]], shares, strict=True)]
    assert ratios == pytest.approx([0.1**0.2] * 5) and shares[-1] == pytest.approx(0.1)


def layer():
    w = weights()[0].double()
    return MaskedLinear(w, torch.ones(4).double(), magnitude_masks([w], 0.4)[0])


def test_masked_weights_are_zero_and_have_no_gradient():
    masked, x = layer(), torch.ones(3, 5).double()
    want = x @ (masked.weight * masked.mask).T + 1
    assert_close(masked(x), want)
    masked(x).square().sum().backward()
    assert not masked.weight.grad[~masked.mask].any() and masked.weight.grad[masked.mask].all()


def test_a_masked_weight_has_no_effect_whatever_moves_it():
    masked, x = layer(), torch.ones(3, 5).double()
    before = masked(x)
    with torch.no_grad():
        masked.weight[~masked.mask] += 7
    assert torch.equal(masked(x), before)


def test_the_mask_is_saved_and_not_trained():
    assert set(layer().state_dict()) == {"weight", "bias", "mask"}
    assert {name for name, _ in layer().named_parameters()} == {"weight", "bias"}
    assert layer().float().mask.dtype == torch.bool


def test_it_copies_what_it_is_given():
    w, b = torch.ones(2, 2), torch.ones(2)
    masked = MaskedLinear(w, b, torch.eye(2))
    with torch.no_grad():
        masked.weight.zero_()
        masked.bias.zero_()
    assert w.all() and b.all()


def test_a_network_with_all_weights_computes_the_same():
    network = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3, bias=False))
    masked = masked_network(network, [torch.ones(4, 5), torch.ones(3, 4)])
    x = torch.ones(2, 5)
    assert torch.equal(masked(x), network(x))
    assert [type(m) for m in masked] == [MaskedLinear, nn.ReLU, MaskedLinear]
    assert masked[0].weight is not network[0].weight


def partly_dead(act, bias=True, width=6):
    g = torch.Generator().manual_seed(5)
    net = nn.Sequential(
        nn.Linear(4, width, bias), act(), nn.Linear(width, width, bias), act(),
        nn.Linear(width, 3, bias),
    ).double()  # fmt: skip
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.randn(p.shape, generator=g, dtype=torch.float64))
    return net.requires_grad_(False)


def sizes(network):
    return [tuple(m.weight.shape) for m in network if isinstance(m, nn.Linear)]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("act", [nn.ReLU, nn.Tanh, nn.Sigmoid])
def test_removing_dead_units_keeps_the_outputs(act, bias):
    net, x = partly_dead(act, bias), torch.linspace(-2, 2, 20).view(5, 4).double()
    net[0].weight[[0, 3]] = 0  # receive nothing
    net[2].weight[:, 1] = 0  # sends nothing
    net[2].weight[4, [2, 4, 5]] = 0  # receives only from units that are dead
    net[4].weight[:, 2] = 0
    before = net(x)
    smaller = remove_dead_units(net)
    assert sizes(smaller) == [(3, 4), (4, 3), (3, 4)]
    assert_close(smaller(x), before)
    assert torch.equal(net(x), before)  # the biases it adds to are copies


def test_a_single_layer_is_copied():
    net = nn.Sequential(nn.Linear(2, 3))
    smaller = remove_dead_units(net)
    assert torch.equal(smaller[0].weight, net[0].weight)
    assert smaller[0].weight is not net[0].weight
    assert smaller[0].weight.data_ptr() != net[0].weight.data_ptr()


def test_a_unit_that_sends_only_to_a_unit_without_use_is_removed():
    net, x = partly_dead(nn.ReLU), torch.ones(1, 4).double()
    net[4].weight[:, 5] = 0
    net[2].weight[[0, 1, 2, 3, 4], 0] = 0  # the first unit sends to the last one only
    smaller = remove_dead_units(net)
    assert sizes(smaller) == [(5, 4), (5, 5), (3, 5)]
    assert_close(smaller(x), net(x))


def test_scattered_zeros_remove_no_unit_and_nothing_is_changed_in_place():
    net = partly_dead(nn.ReLU)
    net[2].weight.fill_diagonal_(0)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    smaller = remove_dead_units(net)
    assert sizes(smaller) == sizes(net)
    with torch.no_grad():
        smaller[0].weight.zero_()
        smaller[0].bias.zero_()
    assert all(torch.equal(net.state_dict()[name], value) for name, value in state.items())


def test_a_network_without_any_unit_is_a_constant():
    net, x = partly_dead(nn.ReLU), torch.randn(3, 4).double()
    net[2].weight[:] = 0
    smaller = remove_dead_units(net)
    assert sizes(smaller) == [(0, 4), (0, 0), (3, 0)]
    assert_close(smaller(x), net(x))


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: magnitude_masks(weights(), 1.5), "remaining is a probability"),
        (lambda: magnitude_masks(weights(), 0.5, over="unit"), "over must be one of"),
        (lambda: magnitude_masks([], 0.5), "no weights to prune"),
        (
            lambda: magnitude_masks([torch.ones(4)], 1.0, masks=[torch.eye(4)[0] > 0]),
            "4 weights shall remain, but only 1 are left",
        ),
        (lambda: pruning_shares(2, 3), "remaining is a probability"),
        (lambda: pruning_shares(0.5, 0), "rounds must be a whole number >= 1; got 0"),
        (
            lambda: MaskedLinear(torch.ones(2, 3), None, torch.ones(3, 2)),
            r"shape of the weight, \(2, 3\); got \(3, 2\)",
        ),
        (
            lambda: remove_dead_units(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))),
            "layers must be Linear or one of ReLU, .*; got LayerNorm",
        ),
        (lambda: masked_network(nn.Sequential(nn.Linear(2, 2)), []), "1 linear layers .* got 0"),
    ],
)
def test_errors(call, says):
    with pytest.raises(ValueError, match=says):
        call()
