"""Zoneout: exact preservation, expectation, parity with torch's cells, gradients, vmap, errors."""

import copy
import pickle

import pytest
import torch
from scipy.stats import binomtest
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout import enumerate_masks
from reglab.dropout.zoneout import Zoneout, zoneout, zoneout_mask

ALPHA = 1e-6
F64 = torch.float64
CELLS = [nn.RNNCell, nn.GRUCell, nn.LSTMCell]


class Sum(nn.Module):
    """A cell that vmap can take: tanh(x W + h)."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 1, 12, dtype=F64).view(3, 4))
        self.hidden_size = 4

    def forward(self, x, h):
        return torch.tanh(x @ self.weight + h)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=F64)


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


def test_units_keep_exactly_the_old_value_or_take_the_new_one():
    new, old = normal(2, 3), normal(2, 3, seed=1)
    mask = torch.tensor([[True, False, True], [False, False, True]])
    assert torch.equal(zoneout(new, old, mask), torch.where(mask, old, new))
    assert torch.equal(zoneout(new, old, mask.double()), torch.where(mask, old, new))


def test_the_mask_is_true_with_probability_p():
    n = 100_000
    keeps = int(zoneout_mask(torch.zeros(n), 0.3, generator()).sum())
    assert binomtest(keeps, n, 0.3).pvalue > ALPHA


def test_the_generator_decides_and_none_uses_the_global_one():
    like = torch.zeros(60)
    one, again = (zoneout_mask(like, 0.5, generator(2)) for _ in range(2))
    assert torch.equal(one, again)
    assert not torch.equal(zoneout_mask(like, 0.5), zoneout_mask(like, 0.5))


@pytest.mark.parametrize("kind", CELLS)
def test_eval_mode_is_the_expectation_over_all_masks(kind):
    cell = kind(3, 4, dtype=F64)
    x, old = normal(2, 3), normal(2, 4, seed=1)
    old = (old, normal(2, 4, seed=2)) if kind is nn.LSTMCell else old
    masks, chance = enumerate_masks(4, 0.3)
    got = as_tuple(Zoneout(cell, 0.3).eval()(x, old))
    for state, new, before in zip(got, as_tuple(cell(x, old)), as_tuple(old), strict=True):
        outs = torch.stack([zoneout(new, before, mask == 0) for mask in masks])
        assert_close(state, torch.einsum("m,mbh->bh", chance, outs))


@pytest.mark.parametrize("kind", CELLS)
def test_p_0_is_the_cell_and_p_1_never_changes_the_state(kind):
    cell = kind(3, 4, dtype=F64)
    x, old = normal(2, 3), normal(2, 4, seed=1)
    old = (old, normal(2, 4, seed=2)) if kind is nn.LSTMCell else old
    for training in (True, False):
        same = as_tuple(Zoneout(cell, 0.0).train(training)(x, old))
        assert all(torch.equal(a, b) for a, b in zip(same, as_tuple(cell(x, old)), strict=True))
        still = as_tuple(Zoneout(cell, 1.0).train(training)(x, old))
        assert all(torch.equal(a, b) for a, b in zip(still, as_tuple(old), strict=True))


@pytest.mark.parametrize("kind", CELLS)
def test_in_training_each_unit_is_old_or_new(kind):
    cell = kind(3, 50, dtype=F64)
    x, old = normal(2, 3), normal(2, 50, seed=1)
    old = (old, normal(2, 50, seed=2)) if kind is nn.LSTMCell else old
    got = as_tuple(Zoneout(cell, 0.5)(x, old))
    keeps = []
    for state, new, before in zip(got, as_tuple(cell(x, old)), as_tuple(old), strict=True):
        keeps.append(state == before)
        assert torch.equal(state, torch.where(keeps[-1], before, new))
        assert 0.2 < keeps[-1].double().mean() < 0.8
    assert kind is not nn.LSTMCell or not torch.equal(*keeps)  # memory and output: two masks


def test_an_lstm_can_have_two_probabilities():
    cell = Zoneout(nn.LSTMCell(3, 4, dtype=F64), (0.0, 1.0))
    x, old = normal(2, 3), (normal(2, 4, seed=1), normal(2, 4, seed=2))
    h, c = cell(x, old)
    assert torch.equal(h, cell.cell(x, old)[0])  # from the memory before zoneout
    assert torch.equal(c, old[1])


@pytest.mark.parametrize("kind", CELLS)
def test_without_a_state_it_starts_from_zeros(kind):
    cell = Zoneout(kind(3, 4, dtype=F64), 0.3).eval()
    x, zeros = normal(2, 3), torch.zeros(2, 4, dtype=F64)
    want = cell(x, (zeros, zeros) if kind is nn.LSTMCell else zeros)
    for got, known in zip(as_tuple(cell(x)), as_tuple(want), strict=True):
        assert torch.equal(got, known)


def test_gradients_pass_unchanged_through_a_unit_that_keeps_its_value():
    old = normal(1, 4).requires_grad_()
    mask = torch.tensor([[True, False, True, False]])
    zoneout((0.1 * old).tanh(), old, mask).sum().backward()
    want = torch.where(mask, 1.0, 0.1 * (1 - (0.1 * old.detach()).tanh() ** 2))
    assert_close(old.grad, want)


def test_gradient():
    old, new = normal(2, 4).requires_grad_(), normal(2, 4, seed=1).requires_grad_()
    mask = zoneout_mask(old, 0.5, generator())
    assert torch.autograd.gradcheck(lambda n, o: zoneout(n, o, mask), (new, old))
    cell = Zoneout(Sum(), 0.3).eval()
    x = normal(2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, h: cell(x, h), (x, old))


def test_under_vmap_each_model_has_its_own_p():
    x, old = normal(2, 3), normal(2, 4, seed=1)
    cells = [Zoneout(Sum(), torch.tensor(p, dtype=F64)) for p in (0.0, 0.5, 1.0)]
    params, buffers = stack_module_state(cells)

    def run():
        return vmap(
            lambda p, b: functional_call(cells[0], (p, b), (x, old)), randomness="different"
        )(params, buffers)

    new, out = cells[0].cell(x, old), run()
    assert_close(out[0], new)
    assert torch.equal(out[2], old)
    for cell in cells:
        cell.eval()
    assert_close(run(), torch.stack([new, (new + old) / 2, old]))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("device", available_devices())
def test_dtypes_and_devices(dtype, device):
    if device == "mps" and dtype == torch.float64:
        pytest.skip("MPS has no float64")
    cell = Zoneout(nn.RNNCell(3, 4), 0.5).to(device, dtype)
    for training in (True, False):
        out = cell.train(training)(torch.ones(2, 3, dtype=dtype, device=device))
        assert out.dtype == dtype and out.device.type == device


@pytest.mark.parametrize("make", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(make):
    cell = make(Zoneout(nn.LSTMCell(3, 4), (0.1, 0.4)))
    assert cell.rates(2) == [0.1, 0.4]
    assert torch.equal(cell.cell.weight_hh, make(cell).cell.weight_hh)


def test_only_the_cell_is_saved():
    names = Zoneout(nn.RNNCell(3, 4), torch.tensor(0.1)).state_dict()
    assert all(name.startswith("cell.") for name in names)


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan"), (0.1, 2)])
def test_a_p_that_is_no_probability(p):
    with pytest.raises(ValueError, match="p is a probability"):
        Zoneout(nn.LSTMCell(3, 4), p)


def test_other_bad_values():
    with pytest.raises(ValueError, match="p is a probability"):
        zoneout_mask(torch.zeros(2), 1.5)
    with pytest.raises(ValueError, match="2 states; got 3 values of p; give one p, or 2"):
        Zoneout(nn.LSTMCell(3, 4), (0.1, 0.2, 0.3))(torch.ones(2, 3))
    with pytest.raises(ValueError, match="the cell has 1 states; got 2 values of p"):
        Zoneout(nn.GRUCell(3, 4), (0.1, 0.2))(torch.ones(2, 3))


def test_what_print_shows():
    assert "p=0.1, 0.4" in repr(Zoneout(nn.LSTMCell(3, 4), (0.1, 0.4)))


def test_p_may_be_a_list():
    layer = Zoneout(nn.LSTMCell(3, 4), [0.0, 1.0])
    h, c = layer(torch.ones(2, 3))
    assert h.any() and not c.any()


def test_each_example_has_its_own_mask():
    old, x = torch.full((40, 4), 7.0), torch.ones(40, 3)
    torch.manual_seed(0)
    stayed = Zoneout(nn.GRUCell(3, 4), 0.5)(x, old) == old
    assert (stayed != stayed[:1]).any()


def test_a_single_example_begins_with_zeros_too():
    assert Zoneout(nn.GRUCell(3, 4), 0.5)(torch.ones(3)).shape == (4,)
