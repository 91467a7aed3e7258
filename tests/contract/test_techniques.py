"""What every technique of training promises: it is a plain value, keyed, and exact when off."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass
from itertools import pairwise

import pytest
import torch
from contract_table import CLASSES, ON_AVERAGE, ON_BATCH, ON_LOSS, ON_WEIGHTS, generator, rows
from torch.func import vmap

from reglab.train.techniques import Average

EVERY = ON_BATCH | ON_LOSS | ON_WEIGHTS | ON_AVERAGE
BATCH, LOSS, WEIGHTS = rows(ON_BATCH), rows(ON_LOSS), rows(ON_WEIGHTS)


def batch(row, examples=None, dtype=torch.float64):
    shape = row.shape if examples is None else (examples, *row.shape[1:])
    x = torch.rand(shape, generator=generator(3), dtype=torch.float64).to(dtype)
    y = torch.arange(len(x)) % CLASSES
    return x, torch.nn.functional.one_hot(y, CLASSES).to(dtype)


def logits(row, scale=1.0):
    count = 4 * row.repeats
    z = scale * torch.randn(count, CLASSES, generator=generator(5), dtype=torch.float64)
    t = torch.nn.functional.one_hot(torch.arange(4) % CLASSES, CLASSES).double()
    return z, t.repeat(row.repeats, 1)


# As values


@pytest.mark.parametrize("row", rows(EVERY))
def test_it_is_a_frozen_dataclass(row):
    technique = row.make()
    assert is_dataclass(technique)
    with pytest.raises(FrozenInstanceError):
        setattr(technique, fields(technique)[0].name, None)


@pytest.mark.parametrize("row", rows(EVERY))
def test_equal_settings_make_equal_techniques(row):
    assert row.make() == row.make()


@pytest.mark.parametrize("row", rows(EVERY))
def test_it_can_be_a_key(row):
    assert {row.make(): "here"}[row.make()] == "here"


@pytest.mark.parametrize("row", rows(EVERY))
def test_it_can_be_copied(row):
    assert copy.deepcopy(row.make()) == row.make()


@pytest.mark.parametrize("row", rows(EVERY))
def test_it_can_be_sent_to_another_process(row):
    assert pickle.loads(pickle.dumps(row.make())) == row.make()


# On a minibatch


@pytest.mark.parametrize("row", rows(ON_BATCH, lambda row: row.off is not None))
def test_the_off_value_leaves_the_batch_alone(row):
    x, t = batch(row)
    after, targets = row.off().change_batch(x, t, generator())
    torch.testing.assert_close(after, x, rtol=0, atol=1e-12)
    torch.testing.assert_close(targets, t, rtol=0, atol=1e-12)


@pytest.mark.parametrize("row", BATCH)
def test_equal_generators_make_equal_batches(row):
    first, second = (row.make().change_batch(*batch(row), generator(2)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("row", BATCH)
def test_no_draw_is_from_the_global_generator(row):
    before = torch.get_rng_state()
    row.make().change_batch(*batch(row), generator())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("row", rows(ON_BATCH, lambda row: row.changes_inputs and row.repeats == 1))
def test_it_does_something(row):
    x, t = batch(row)
    assert not torch.equal(row.make().change_batch(x, t, generator())[0], x)


@pytest.mark.parametrize("row", BATCH)
def test_the_given_batch_is_left_as_it_was(row):
    x, t = batch(row)
    before = x.clone(), t.clone()
    row.make().change_batch(x, t, generator())
    assert torch.equal(x, before[0]) and torch.equal(t, before[1])


@pytest.mark.parametrize("row", BATCH)
def test_targets_stay_distributions(row):
    _, targets = row.make().change_batch(*batch(row), generator())
    torch.testing.assert_close(targets.sum(1), torch.ones_like(targets[:, 0]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("row", BATCH)
def test_dtypes_stay(row, dtype):
    x, targets = row.make().change_batch(*batch(row, dtype=dtype), generator())
    assert (x.dtype, targets.dtype) == (dtype, dtype)


@pytest.mark.parametrize("row", BATCH)
def test_a_batch_of_one_is_fine(row):
    x, targets = row.make().change_batch(*batch(row, examples=1), generator())
    assert x.shape == row.shape_after(1)
    assert targets.shape == (row.repeats, CLASSES)


@pytest.mark.parametrize("row", BATCH)
def test_shapes_stay(row):
    x, t = batch(row)
    after, targets = row.make().change_batch(x, t, generator())
    assert after.shape == row.shape_after(len(x))
    assert targets.shape == (row.repeats * len(x), CLASSES)


@pytest.mark.parametrize("row", BATCH)
def test_a_constant_input_stays_finite(row):
    x, t = batch(row)
    assert torch.isfinite(row.make().change_batch(torch.ones_like(x), t, generator())[0]).all()


# In place of the loss


@pytest.mark.parametrize("row", LOSS)
def test_the_loss_is_one_number(row):
    assert row.make().batch_loss(*logits(row)).shape == ()


@pytest.mark.parametrize("row", rows(ON_LOSS, lambda row: row.off is not None))
def test_the_off_value_is_cross_entropy(row):
    z, t = logits(row)
    want = torch.nn.functional.cross_entropy(z, t)
    torch.testing.assert_close(row.off().batch_loss(z, t), want)


@pytest.mark.parametrize("row", LOSS)
def test_the_gradient_is_that_of_finite_differences(row):
    z, t = logits(row)
    assert torch.autograd.gradcheck(lambda z: row.make().batch_loss(z, t), (z.requires_grad_(),))


@pytest.mark.parametrize("scale", [0.0, 1e4])
@pytest.mark.parametrize("row", LOSS)
def test_gradients_are_finite_at_limits(row, scale):
    z, t = logits(row, scale)
    row.make().batch_loss(z.requires_grad_(), t).backward()
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize("row", LOSS)
def test_vmap_equals_a_loop(row):
    z, t = logits(row)
    stacked = torch.stack([z, 2 * z, -z])
    together = vmap(lambda z: row.make().batch_loss(z, t))(stacked)
    alone = torch.stack([row.make().batch_loss(one, t) for one in stacked])
    torch.testing.assert_close(together, alone)


# On the weights, before a second gradient


def weights_and_gradients(dtype=torch.float64, scale=1.0):
    shapes = {"weight": (3, 4), "bias": (3,)}
    return tuple(
        {
            name: (size * torch.randn(shape, generator=generator(seed), dtype=torch.float64)).to(
                dtype
            )
            for name, shape in shapes.items()
        }
        for seed, size in [(6, 1.0), (7, scale)]
    )


@pytest.mark.parametrize("row", rows(ON_WEIGHTS, lambda row: row.off is not None))
def test_the_off_value_moves_nothing(row):
    offsets = row.off().perturbation(*weights_and_gradients(), generator())
    assert all((e == 0).all() for e in offsets.values())


@pytest.mark.parametrize("row", WEIGHTS)
def test_every_parameter_is_moved(row):
    offsets = row.make().perturbation(*weights_and_gradients(), generator())
    assert list(offsets) == ["weight", "bias"]
    assert all((e != 0).all() for e in offsets.values())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("row", WEIGHTS)
def test_offsets_are_like_the_weights(row, dtype):
    weights, gradients = weights_and_gradients(dtype)
    offsets = row.make().perturbation(weights, gradients, generator())
    assert all((e.shape, e.dtype) == (weights[n].shape, dtype) for n, e in offsets.items())


@pytest.mark.parametrize("scale", [0.0, 1e4])
@pytest.mark.parametrize("row", WEIGHTS)
def test_offsets_are_finite_at_limits(row, scale):
    offsets = row.make().perturbation(*weights_and_gradients(scale=scale), generator())
    assert all(torch.isfinite(e).all() for e in offsets.values())


@pytest.mark.parametrize("row", WEIGHTS)
def test_weights_and_gradients_are_left_as_they_were(row):
    given, before = weights_and_gradients(), weights_and_gradients()
    row.make().perturbation(*given, generator())
    for now, then in zip(given, before, strict=True):
        assert all(torch.equal(now[name], then[name]) for name in then)


@pytest.mark.parametrize("row", WEIGHTS)
def test_offsets_are_drawn_from_the_generator_alone(row):
    before = torch.get_rng_state()
    one, two, other = (
        row.make().perturbation(*weights_and_gradients(), generator(k))["weight"] for k in (2, 2, 3)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(one, two) and torch.equal(one, other) != row.draws


@pytest.mark.parametrize("row", rows(ON_WEIGHTS, lambda row: not row.draws))
def test_vmap_of_offsets_equals_a_loop(row):
    weights, gradients = weights_and_gradients()
    factors = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    call = lambda f: row.make().perturbation(  # noqa: E731
        {n: f * w for n, w in weights.items()}, {n: f * g for n, g in gradients.items()}, None
    )
    together = vmap(call)(factors)
    for name in weights:
        torch.testing.assert_close(together[name], torch.stack([call(f)[name] for f in factors]))


# On the average of the weights


def averaged(technique, values, steps=20):
    """The average at the end of a training whose weight has these values after each step."""
    w = torch.tensor([1e6], dtype=torch.float64)  # at the start
    average = Average([w], technique, steps)
    for value in values:
        w.fill_(value)
        average.update()
    return average.mean[0].item()


@pytest.mark.parametrize("row", rows(ON_AVERAGE))
def test_the_off_value_is_the_last_weights(row):
    assert averaged(row.off(), range(20)) == 19


@pytest.mark.parametrize("row", rows(ON_AVERAGE))
def test_it_averages_over_steps(row):
    assert 0 < averaged(row.make(), range(20)) < 19


@pytest.mark.parametrize("row", rows(ON_AVERAGE))
def test_the_initial_weights_leave_no_trace(row):
    """Weights that stand still are their own average, whatever came before."""
    assert averaged(row.make(), [3.0] * 20) == pytest.approx(3.0, abs=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 1000])
@pytest.mark.parametrize("row", rows(ON_AVERAGE))
def test_rates_are_shares_that_never_rise(row, steps):
    rates = [row.make().averaging_rate(step, steps) for step in range(steps)]
    assert rates[0] == 1.0 and rates[-1] > 0.0
    assert all(b <= a for a, b in pairwise(rates))


ERRORS = [
    pytest.param(call, says, id=f"{name} {k}")
    for name, row in EVERY.items()
    for k, (call, says) in enumerate(row.errors)
]


@pytest.mark.parametrize("call, says", ERRORS)
def test_a_bad_value_gets_an_error_that_names_it(call, says):
    with pytest.raises(ValueError, match=says):
        call()
