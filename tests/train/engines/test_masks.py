"""Dropout masks: sampling rate, mean, limits, and rows that don't depend on the width."""

import pytest
import torch
from scipy.stats import binomtest, chisquare

from reglab.train.engines.masks import mask_bits, masks


def column(*p):
    return torch.tensor(p, dtype=torch.float64).view(-1, 1, 1)


@pytest.mark.parametrize("examples", [40, 41])  # 41 * 5 isn't a multiple of 4
def test_a_wider_network_only_adds_rows(examples):
    wide = mask_bits(3, 1, 2, 9, examples)
    assert wide.shape == (9, examples)
    assert torch.equal(wide[:5], mask_bits(3, 1, 2, 5, examples))


@pytest.mark.parametrize("other", [(4, 1, 2), (3, 0, 2), (3, 1, 3)])
def test_seed_layer_and_epoch_name_the_stream(other):
    same = (mask_bits(3, 1, 2, 50, 50) == mask_bits(*other, 50, 50)).double().mean()
    assert same < 0.01


def test_bits_are_uniform():
    top = (mask_bits(0, 0, 0, 1000, 1000).flatten() >> 12).long() + 8
    assert chisquare(torch.bincount(top, minlength=16)).pvalue > 1e-6


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("p", [0.001, 0.1, 0.5, 0.9])
def test_drop_rate_and_scale(p, dtype):
    mask = masks(mask_bits(1, 0, 0, 1000, 1000)[None], column(p), dtype)
    rounded = round(p * 2**16) / 2**16
    assert binomtest(int((mask == 0).sum()), 10**6, rounded).pvalue > 1e-6
    assert mask.max() == torch.tensor(1 / (1 - rounded), dtype=dtype)


def test_mean_is_one_over_all_65536_levels():
    every = torch.arange(-(2**15), 2**15).to(torch.int16).view(1, 1, -1)
    for p in (0.0, 0.25, 0.3, 0.999):
        assert masks(every, column(p), torch.float64).mean() == pytest.approx(1.0, abs=1e-12)


def test_limits_and_a_p_for_each_network():
    every = torch.arange(-(2**15), 2**15).to(torch.int16).view(1, 1, -1).expand(3, 1, -1)
    mask = masks(every, column(0.0, 0.5, 1.0), torch.float32)
    assert (mask[0] == 1).all()
    assert set(mask[1].unique().tolist()) == {0.0, 2.0}
    assert (mask[2] == 0).all()
