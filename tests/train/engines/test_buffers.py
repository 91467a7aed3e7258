"""The hand-written engine's memory: made once for each size; masks for what techniques repeat."""

from dataclasses import dataclass

import pytest
import torch
from torch.testing import assert_close
from toy_techniques import Noise, Twice
from train_toys import task

from reglab.train import mlp
from reglab.train.engines.backprop import FastStack
from reglab.train.engines.buffers import Noise as Masks
from reglab.train.engines.masks import mask_bits, masks


def test_buffers_are_made_once_for_each_size():
    s = FastStack(task(batch=15))  # 15, 15, 10
    s.train_epoch(0)
    made = dict(s.buffers)
    s.train_epoch(1)
    assert made.keys() == {15, 10}
    assert all(s.buffers[size] is made[size] for size in made)


def test_masks_of_equal_rates_are_drawn_once_for_a_group():
    for rates, each in ((0.3, 1), ([0.0, 0.3], 4)):
        s = FastStack(task(mlp([3, 5], dropout=rates)))
        s.train_epoch(0)
        assert all(mask.shape[:2] == (2, each) for mask in s.buffers[15].masks)


def test_masks_are_those_of_each_seed_layer_and_place():
    s = FastStack(task(mlp([3, 5], dropout=0.3)))
    s.train_epoch(0)  # 15, 15, 10: the last places are left in the buffers
    for layer, mask in enumerate(s.buffers[10].masks):
        for g, seed in enumerate((0, 3)):
            bits = mask_bits(seed, layer, 0, 5, 40)[:, 30:]
            want = masks(bits, torch.tensor(0.3, dtype=torch.float64), torch.float64)
            assert_close(mask[g, 0, :5], want)


def test_repeated_examples_have_masks_of_their_own():
    s = FastStack(task(mlp(5, dropout=0.5), techniques=[Twice(), Noise()]))
    assert s.repeats == 2 and Masks(s, 0).bits[0].shape == (2, 1, 5, 80)
    s.train_epoch(0)
    mask = s.buffers[30].masks[0][0, 0, :5]
    assert not torch.equal(mask[:, :15], mask[:, 15:])
    assert FastStack(task(mlp(5), techniques=[Twice()])).repeats == 1  # nothing to draw


def test_what_drops_examples_needs_modules():
    @dataclass(frozen=True)
    class Half:
        def change_batch(self, x, targets, generator):
            return x[::2], targets[::2]

    s = FastStack(task(mlp(5, dropout=0.5), techniques=[Half()]))
    with pytest.raises(ValueError, match=r"may repeat each example.* made 8 of 15; use modules"):
        s.train_epoch(0)
    FastStack(task(mlp(5), techniques=[Half()])).train_epoch(0)
