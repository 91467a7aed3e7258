"""DropBlock's law: against all sets of blocks and a naive loop, edges, rates, scaling, errors."""

import itertools
import math

import pytest
import torch
from scipy.stats import binomtest
from torch.func import vmap
from torch.testing import assert_close

from reglab.dropout.block import (
    block_mask,
    block_rate,
    drop_blocks,
    dropped_share,
    grow_blocks,
)

ALPHA = 1e-6
SHAPES = [
    ((6,), (1,)),
    ((6,), (3,)),
    ((7,), (4,)),
    ((5,), (5,)),
    ((4, 5), (2, 3)),
    ((3, 3), (3, 3)),
]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def grown_naively(starts, block):
    """Mark the units of each block one by one: `starts` (h, w), `block` (bh, bw)."""
    (h, w), (bh, bw) = starts.shape, block
    covered = torch.zeros(h + bh - 1, w + bw - 1, dtype=torch.bool)
    for i, j in itertools.product(range(h), range(w)):
        if starts[i, j]:
            covered[i : i + bh, j : j + bw] = True
    return covered


def dropped_naively(x, p, block, g):
    """Algorithm 1 of the paper for odd square blocks: centers, squares around them, the factor."""
    n, half = x.shape[-1], block // 2
    gamma = p / block**2 * n**2 / (n - block + 1) ** 2
    left = torch.ones_like(x)
    draws = torch.rand(*x.shape[:2], n - block + 1, n - block + 1, generator=g, dtype=x.dtype)
    for b, c, i, j in itertools.product(*map(range, draws.shape)):
        if draws[b, c, i, j] < gamma:
            row, column = i + half, j + half  # centers keep `half` away from the edge
            left[b, c, row - half : row + half + 1, column - half : column + half + 1] = 0
    return x * left * left.numel() / left.sum()


# the law


def test_the_rate_is_equation_1():
    assert block_rate(0.1, (14, 14), (7, 7)) == pytest.approx(0.1 / 49 * 196 / 64)


def test_the_rate_of_other_axes_and_of_unequal_ones():
    assert block_rate(0.2, (10,), (4,)) == pytest.approx(0.2 / 4 * 10 / 7)
    assert block_rate(0.2, (10, 6), (4, 2)) == pytest.approx(0.2 / 8 * 60 / 35)


def test_a_block_of_one_unit_is_dropout():
    assert block_rate(0.3, (9, 4), (1, 1)) == pytest.approx(0.3)
    assert_close(dropped_share(0.3, (9,), (1,)), torch.full((9,), 0.3, dtype=torch.float64))


def test_a_block_as_large_as_the_map_takes_all_or_nothing():
    assert block_rate(0.3, (5, 5), (5, 5)) == pytest.approx(0.3)
    mask = block_mask(torch.zeros(200, 1, 5, 5), 0.3, (5, 5), generator())
    assert set(mask.float().mean((2, 3)).flatten().tolist()) == {0.0, 1.0}


def test_the_rate_is_never_above_1_and_may_be_a_tensor():
    assert block_rate(1.0, (30,), (20,)) == pytest.approx(30 / 20 / 11)
    assert block_rate(1.0, (2,), (1,)) == 1.0
    assert block_rate(1.0, (3,), (2,)) == pytest.approx(0.75)
    got = block_rate(torch.tensor([0.0, 0.1, 1.0]), (6, 6), (3, 3))
    assert_close(got, torch.tensor([0.0, 0.1, 1.0]) * 36 / 144)
    assert block_rate(torch.tensor(4.0), (4,), (1,)) == 1.0  # an unchecked p


@pytest.mark.parametrize("size, block", SHAPES)
def test_the_expected_area_of_all_blocks_is_p_times_the_map(size, block):
    starts = torch.Size(n - b + 1 for n, b in zip(size, block, strict=True)).numel()
    area = starts * torch.Size(block).numel() * block_rate(0.1, size, block)
    assert area == pytest.approx(0.1 * torch.Size(size).numel())


@pytest.mark.parametrize("size, block", SHAPES)
def test_the_exact_share_is_that_of_all_sets_of_blocks(size, block):
    """Sum over all 2^starts sets: the probability of a set, times the units it covers."""
    starts = [n - b + 1 for n, b in zip(size, block, strict=True)]
    count, gamma = torch.Size(starts).numel(), block_rate(0.4, size, block)
    sets = torch.tensor(list(itertools.product([False, True], repeat=count)))
    chance = torch.where(sets, gamma, 1 - gamma).double().prod(1)
    covered = grow_blocks(sets.view(-1, *starts), block).double()
    want = (chance.view(-1, *[1] * len(size)) * covered).sum(0)
    assert_close(dropped_share(0.4, size, block), want, rtol=1e-6, atol=1e-7)


def test_edges_are_dropped_less_often_and_overlaps_make_the_share_less_than_p():
    share = dropped_share(0.3, (12,), (4,))
    assert share[0] == share.min() and share[5] == share.max()
    assert share[0] == pytest.approx(block_rate(0.3, (12,), (4,)))  # one block reaches it
    assert 0.2 < share.mean() < 0.3


def test_at_p_1_the_paper_s_rate_leaves_units():
    """Blocks overlap: of large maps about 1/e is left, not nothing."""
    share = dropped_share(1.0, (2000, 2000), (20, 20))[1000, 1000]
    assert share.item() == pytest.approx(1 - 1 / math.e, abs=0.01)


# growing blocks


@pytest.mark.parametrize("block", [(1, 1), (2, 2), (3, 3), (4, 4), (5, 2), (1, 6), (7, 5)])
def test_blocks_grow_as_a_loop_would_mark_them(block):
    starts = torch.rand(2, 3, 6, 5, generator=generator()) < 0.15
    got = grow_blocks(starts, block)
    want = torch.stack([torch.stack([grown_naively(s, block) for s in row]) for row in starts])
    assert torch.equal(got, want)


def test_a_run_on_one_axis():
    assert grow_blocks(torch.tensor([1, 0, 0, 0]).bool(), (3,)).tolist() == [True] * 3 + [False] * 3
    assert grow_blocks(torch.tensor([0, 0, 0, 1]).bool(), (3,)).tolist() == [False] * 3 + [True] * 3


@pytest.mark.parametrize("block", [1, 3, 5])
@pytest.mark.parametrize("p", [0.1, 0.6])
def test_the_whole_is_the_paper_s_algorithm(block, p):
    x = torch.randn(2, 3, 8, 8, generator=generator(1), dtype=torch.float64)
    got = drop_blocks(x, block_mask(x, p, (block, block), generator(2)))
    assert_close(got, dropped_naively(x, p, block, generator(2)))


@pytest.mark.parametrize("size, block", [((12,), (4,)), ((8, 8), (3, 3)), ((8, 8), (4, 2))])
def test_units_are_dropped_as_often_as_the_law_says(size, block):
    """At a fixed seed, with a chance of 1e-6 in 5 places to fail for a right sampler."""
    n = 20_000
    mask = block_mask(torch.zeros(n, 1, *size), 0.3, block, generator())
    share = dropped_share(0.3, size, block).flatten()
    counts = mask.sum((0, 1)).flatten()
    for place in {0, 1, len(share) // 2, len(share) - 2, len(share) - 1}:
        pvalue = binomtest(int(counts[place]), n, float(share[place])).pvalue
        assert pvalue > ALPHA / 5


def test_channels_and_examples_have_their_own_blocks():
    mask = block_mask(torch.zeros(2, 2, 16, 16), 0.3, (3, 3), generator())
    assert len({tuple(m.flatten().tolist()) for m in mask.flatten(0, 1)}) == 4


def test_a_generator_repeats_the_draw_and_none_uses_the_global_one():
    like = torch.zeros(2, 2, 9)
    one, again = (block_mask(like, 0.4, (3,), generator(5)) for _ in range(2))
    assert torch.equal(one, again)
    first = block_mask(like, 0.4, (3,))
    assert not torch.equal(first, block_mask(like, 0.4, (3,)))


# scaling


def test_what_is_left_is_scaled_so_that_the_mask_s_mean_is_1():
    x = torch.ones(3, 2, 9, 9, dtype=torch.float64)
    out = drop_blocks(x, block_mask(x, 0.4, (3, 3), generator()))
    assert out.mean().item() == pytest.approx(1.0)
    assert len(out.unique()) == 2 and out.min() == 0


def test_nothing_left_gives_zeros_and_a_zero_gradient():
    x = torch.ones(1, 1, 4, requires_grad=True)
    out = drop_blocks(x, torch.ones(1, 1, 4, dtype=torch.bool))
    out.sum().backward()
    assert torch.equal(out, torch.zeros(1, 1, 4)) and torch.equal(x.grad, torch.zeros(1, 1, 4))


def test_gradient():
    x = torch.randn(2, 2, 5, dtype=torch.float64, generator=generator(), requires_grad=True)
    mask = block_mask(x, 0.4, (2,), generator(1))
    assert torch.autograd.gradcheck(lambda x: drop_blocks(x, mask), x)


def test_growing_under_vmap_is_the_loop():
    starts = torch.rand(3, 2, 6, generator=generator()) < 0.3
    together = vmap(lambda s: drop_blocks(torch.ones(2, 8), grow_blocks(s, (3,))))(starts)
    alone = [drop_blocks(torch.ones(2, 8), grow_blocks(s, (3,))) for s in starts]
    assert_close(together, torch.stack(alone))


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan"), True])
def test_a_p_that_is_no_probability(p):
    with pytest.raises(ValueError, match="p is a probability"):
        block_rate(p, (8,), (3,))


def test_a_block_larger_than_the_map():
    with pytest.raises(ValueError, match=r"fit into the map \(4,\); got \(5,\); \(4,\) would fit"):
        block_mask(torch.zeros(2, 4), 0.1, (5,))
