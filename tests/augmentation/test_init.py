"""What every augmentation keeps: off = identity, seeds, dtypes, shapes, targets, pickling."""

import copy
import pickle

import pytest
import torch
from torch.testing import assert_close

import reglab.augmentation as augmentation
from reglab.augmentation import (
    IMAGE_OPERATIONS,
    SIGNAL_OPERATIONS,
    AddNoise,
    Brightness,
    Compose,
    Contrast,
    Crop,
    CutMix,
    Cutout,
    Cutout1d,
    Extrapolate,
    Flip,
    Interpolate,
    ManifoldMixup,
    Mixup,
    Negate,
    QuarterTurns,
    RandAugment,
    RandomErasing,
    Reverse,
    Rotate,
    Scale,
    Shift,
    TimeWarp,
    Translate,
    TrivialAugment,
    WithShape,
)
from reglab.core.device import available_devices

SIGNALS, IMAGES, CHANNELS = (6, 20), (6, 8, 8), (6, 3, 8, 8)
# technique, the same switched off, shapes that it takes
TABLE = [
    (Shift(3), Shift(0), [SIGNALS, (6, 1, 20), (6, 3, 20)]),
    (Scale(0.3), Scale(0.0), [SIGNALS, IMAGES, CHANNELS]),
    (AddNoise(0.3), AddNoise(0.0), [SIGNALS, IMAGES, CHANNELS]),
    (Reverse(0.5), Reverse(0.0), [SIGNALS, (6, 1, 20)]),
    (Negate(0.5), Negate(0.0), [SIGNALS, IMAGES]),
    (TimeWarp(1.5), TimeWarp(0.0), [SIGNALS, (6, 1, 20), (6, 3, 20)]),
    (Cutout1d(4), Cutout1d(0), [SIGNALS, (6, 1, 20), (6, 3, 20)]),
    (Flip(), Flip(probability=0.0), [IMAGES, CHANNELS]),
    (QuarterTurns(), QuarterTurns((0,)), [IMAGES, CHANNELS]),
    (Crop(2), Crop(0), [IMAGES, CHANNELS]),
    (Brightness(0.3), Brightness(0.0), [IMAGES, CHANNELS]),
    (Contrast(0.3), Contrast(0.0), [IMAGES, CHANNELS]),
    (Rotate(30), Rotate(0), [IMAGES, CHANNELS]),
    (Translate(1.5), Translate(0), [IMAGES, CHANNELS]),
    (Cutout(3), Cutout(0), [IMAGES, CHANNELS]),
    (RandomErasing(1.0), RandomErasing(0.0), [IMAGES, CHANNELS]),
    (Mixup(0.5), None, [SIGNALS, IMAGES, CHANNELS]),
    (Mixup(0.5, per_example=False), None, [SIGNALS]),
    (CutMix(1.0), None, [SIGNALS, (6, 1, 20), IMAGES, CHANNELS]),
    (Interpolate(1.0), Interpolate(0.0), [SIGNALS, IMAGES]),
    (Extrapolate(1.0), Extrapolate(0.0), [SIGNALS, IMAGES]),
    (RandAugment(), RandAugment(strength=0.0), [IMAGES, CHANNELS]),
    (
        RandAugment(operations=SIGNAL_OPERATIONS),
        RandAugment(strength=0.0, operations=SIGNAL_OPERATIONS),
        [SIGNALS],
    ),
    (TrivialAugment(), TrivialAugment(("identity",)), [IMAGES, CHANNELS]),
    (TrivialAugment(SIGNAL_OPERATIONS), None, [SIGNALS, (6, 1, 20)]),
    (
        Compose([Scale(0.3), Mixup(0.2)], [0.5, 0.5]),
        Compose([Scale(0.3), Mixup(0.2)], [0, 0]),
        [SIGNALS],
    ),
    (WithShape((4, 5), Crop(1)), WithShape((4, 5), Crop(0)), [SIGNALS]),
]
CASES = [(on, shape) for on, _, shapes in TABLE for shape in shapes]
OFF = [(off, shape) for _, off, shapes in TABLE for shape in shapes if off]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def minibatch(shape, dtype=torch.float64, device="cpu"):
    x = torch.randn(shape, generator=generator(1), dtype=torch.float64)
    targets = torch.eye(3, dtype=dtype, device=device).repeat(2, 1)[: shape[0]]
    return x.to(device, dtype), targets


def test_every_technique_that_is_exported_is_in_the_table():
    exported = {
        value
        for name in augmentation.__all__
        if isinstance(value := getattr(augmentation, name), type) and hasattr(value, "change_batch")
    }
    assert exported == {type(on) for on, _, _ in TABLE} | {ManifoldMixup}
    assert set(IMAGE_OPERATIONS) & set(SIGNAL_OPERATIONS) == {"identity"}


@pytest.mark.parametrize(("technique", "shape"), OFF, ids=str)
def test_switched_off_it_changes_nothing(technique, shape):
    x, targets = minibatch(shape)
    changed, soft = technique.change_batch(x, targets, generator())
    assert_close(changed, x, rtol=0, atol=1e-14)
    assert torch.equal(soft, targets)


@pytest.mark.parametrize(("technique", "shape"), CASES, ids=str)
def test_changes_x_but_not_in_place_and_by_its_generator_alone(technique, shape):
    x, targets = minibatch(shape)
    before, state = x.clone(), torch.get_rng_state()
    first = technique.change_batch(x, targets, generator())
    again = technique.change_batch(x, targets, generator())
    other = technique.change_batch(x, targets, generator(5))
    assert torch.equal(x, before) and not torch.equal(first[0], x)
    assert torch.equal(torch.get_rng_state(), state), "a generator was given"
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])
    assert first[0].shape == x.shape and first[0].dtype == x.dtype


@pytest.mark.parametrize(("technique", "shape"), CASES, ids=str)
def test_without_a_generator_torchs_global_one_is_used(technique, shape):
    x, targets = minibatch(shape)
    first = technique.change_batch(x, targets)[0]
    assert not torch.equal(first, technique.change_batch(x, targets)[0])
    torch.manual_seed(0)
    assert torch.equal(first, technique.change_batch(x, targets)[0])


@pytest.mark.parametrize(("technique", "shape"), CASES, ids=str)
def test_targets_remain_distributions_over_classes(technique, shape):
    x, targets = minibatch(shape)
    soft = technique.change_batch(x, targets, generator())[1]
    assert_close(soft.sum(1), torch.ones(6, dtype=torch.float64))
    assert soft.min() >= 0 and soft.shape == targets.shape
    mixes = any(word in repr(technique) for word in ("Mixup", "CutMix"))
    assert torch.equal(soft, targets) != mixes


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("technique", "shape"), CASES, ids=str)
def test_one_generator_gives_the_same_in_every_dtype(technique, shape, dtype):
    want, soft = technique.change_batch(*minibatch(shape), generator())
    got, got_soft = technique.change_batch(*minibatch(shape, dtype), generator())
    tolerance = {torch.float32: 1e-5, torch.bfloat16: 0.1, torch.float16: 0.02}[dtype]
    assert got.dtype == dtype and got_soft.dtype == dtype
    assert_close(got.double(), want, rtol=0, atol=tolerance)
    assert_close(got_soft.double(), soft, rtol=0, atol=tolerance)


@pytest.mark.parametrize("device", available_devices())
@pytest.mark.parametrize(("technique", "shape"), CASES, ids=str)
def test_a_generator_on_the_cpu_gives_the_same_on_every_device(technique, shape, device):
    want = technique.change_batch(*minibatch(shape, torch.float32), generator())
    got = technique.change_batch(*minibatch(shape, torch.float32, device), generator())
    assert_close(got[0].cpu(), want[0], rtol=0, atol=1e-5)
    assert_close(got[1].cpu(), want[1], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("technique", "shape"), CASES, ids=str)
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_a_batch_of_one_and_constant_inputs_give_finite_numbers(technique, shape, offset):
    x = torch.full((1, *shape[1:]), offset)
    changed, soft = technique.change_batch(x, torch.eye(3)[:1], generator())
    assert changed.isfinite().all() and changed.shape == x.shape
    assert_close(soft, torch.eye(3)[:1])


@pytest.mark.parametrize(("technique", "shape"), CASES, ids=str)
def test_gradients_flow_to_the_inputs(technique, shape):
    x, targets = minibatch(shape)
    x.requires_grad_()
    (slope,) = torch.autograd.grad(
        technique.change_batch(x, targets, generator())[0].square().sum(), x
    )
    assert slope.isfinite().all() and slope.any()


@pytest.mark.parametrize("technique", [on for on, _, _ in TABLE], ids=str)
def test_is_a_value(technique):
    """Equal fields are equal and hash alike, so that results can be stored under them."""
    for other in (pickle.loads(pickle.dumps(technique)), copy.deepcopy(technique)):
        assert other == technique and hash(other) == hash(technique)
