"""Attention: parity with torch with and without dropout, masks, row sums, gradients, errors."""

import copy
import itertools
import pickle

import pytest
import torch
import torch.nn.functional as F
from scipy.stats import binomtest
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout import drop_mask, enumerate_masks
from reglab.dropout.attention import Attention, attention, attention_weights

ALPHA = 1e-6
F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def inputs(*lead, t=4, s=5, d=3, e=2, grad=False):
    g = generator()
    shapes = ((*lead, t, d), (*lead, s, d), (*lead, s, e))
    return [torch.randn(n, generator=g, dtype=F64).requires_grad_(grad) for n in shapes]


ALLOWED = torch.tensor([[1, 1, 0, 0, 1], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]]).bool()


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
@pytest.mark.parametrize("allowed", [None, ALLOWED])
def test_without_dropout_it_is_torch_s(lead, allowed):
    q, k, v = inputs(*lead)
    want = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
    assert_close(attention(q, k, v, allowed), want)


def test_causal_is_torch_s():
    q, k, v = inputs(2, t=5)
    want = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    assert_close(attention(q, k, v, causal=True), want)
    assert_close(Attention(0.0, causal=True)(q, k, v), want)


def test_causal_and_allowed_combine():
    q, k, _ = inputs(t=5)
    allowed = torch.ones(5, 5, dtype=torch.bool)
    allowed[:, 1] = False
    a = attention_weights(q, k, allowed, causal=True)
    assert torch.equal(a > 0, allowed.tril())


def test_with_dropout_it_is_torch_s_for_torch_s_mask():
    """With v = I torch returns its dropped weights; from the same global state, the same mask."""
    q, k, v = inputs(2)
    a = attention_weights(q, k)
    state = torch.get_rng_state()
    one = torch.eye(5, dtype=F64).expand(2, 5, 5)
    dropped = F.scaled_dot_product_attention(q, k, one, dropout_p=0.4)
    torch.set_rng_state(state)
    want = F.scaled_dot_product_attention(q, k, v, dropout_p=0.4)
    mask = (dropped != 0) / 0.6
    assert 0 < (mask == 0).double().mean() < 1
    assert_close(attention(q, k, v, mask=mask), want)
    assert_close(dropped, mask * a)


def test_rows_sum_to_1_before_dropout_only():
    q, k, _ = inputs(2)
    a = attention_weights(q, k)
    assert_close(a.sum(-1), torch.ones(2, 4, dtype=F64))
    assert ((drop_mask(a, 0.3, generator()) * a).sum(-1) - 1).abs().min() > 1e-3


def test_row_sums_have_mean_1_and_the_stated_variance():
    """By all 2^5 masks of a row."""
    q, k, _ = inputs()
    a, p = attention_weights(q, k)[0], 0.3
    masks, chance = enumerate_masks(5, p)
    sums = masks @ a
    mean = chance @ sums
    assert_close(mean, torch.ones((), dtype=F64))
    assert_close(chance @ (sums - mean) ** 2, p / (1 - p) * (a**2).sum())


def test_the_expectation_over_all_masks_is_attention_without_dropout():
    q, k, v = inputs(t=1, s=3)
    masks, chance = enumerate_masks(3, 0.3)
    outs = torch.stack([attention(q, k, v, mask=mask) for mask in masks])
    assert_close((chance.view(-1, 1, 1) * outs).sum(0), attention(q, k, v))


def test_single_weights_are_dropped_not_keys_and_not_queries():
    ones = torch.ones(2, 30, 3)
    out = Attention(0.5)(ones, ones, torch.eye(30).expand(2, 30, 30))
    dropped = out == 0  # (2, 30, 30): with v = I the output shows the weights
    for axis in (0, 1, 2):
        share = dropped.float().mean(axis)
        assert ((share > 0) & (share < 1)).any()
    assert not dropped.all(1).any() and not dropped.all(2).any()


def test_weights_are_dropped_with_probability_p_and_rescaled():
    ones = torch.ones(100, 30, 3)
    out = Attention(0.2)(ones, ones, torch.eye(30).expand(100, 30, 30))
    dropped = int((out == 0).sum())
    assert binomtest(dropped, out.numel(), 0.2).pvalue > ALPHA
    assert_close(out[out != 0], torch.full_like(out[out != 0], 1 / 30 / 0.8), rtol=1e-4, atol=0)


def test_eval_mode_and_p_0_drop_nothing_and_p_1_gives_zeros():
    q, k, v = inputs(2)
    layer = Attention(0.5)
    assert_close(layer.eval()(q, k, v), attention(q, k, v))
    assert_close(Attention(0.0)(q, k, v), attention(q, k, v))
    assert not Attention(1.0)(q, k, v).any()


def test_a_query_that_may_look_nowhere_gets_zeros_and_finite_gradients():
    q, k, v = inputs(grad=True)
    out = attention(q, k, v, ALLOWED)
    assert not out[2].any()
    out.sum().backward()
    assert all(t.grad.isfinite().all() for t in (q, k, v))
    assert not q.grad[2].any()


def test_the_layer_passes_allowed_on():
    q, k, v = inputs()
    assert_close(Attention(0.0)(q, k, v, ALLOWED), attention(q, k, v, ALLOWED))


def test_large_scores_stay_finite():
    q, k, v = (1e4 * t for t in inputs())
    assert_close(attention_weights(q, k).sum(-1), torch.ones(4, dtype=F64))
    assert attention(q, k, v).isfinite().all()


@pytest.mark.parametrize("allowed", [None, ALLOWED])
def test_gradient(allowed):
    q, k, v = inputs(grad=True)
    mask = drop_mask(torch.zeros(4, 5, dtype=F64), 0.3, generator(1))
    assert torch.autograd.gradcheck(lambda *qkv: attention(*qkv, allowed, mask=mask), (q, k, v))


def test_under_vmap_it_is_the_loop():
    q, k, v = inputs(3)
    masks = drop_mask(torch.zeros(3, 4, 5, dtype=F64), 0.3, generator(1))
    together = vmap(lambda q, k, v, m: attention(q, k, v, ALLOWED, mask=m))(q, k, v, masks)
    alone = [attention(*qkv, ALLOWED, mask=m) for *qkv, m in zip(q, k, v, masks, strict=True)]
    assert_close(together, torch.stack(alone))


def test_under_vmap_each_model_has_its_own_p():
    q, k, v = inputs()
    layers = [Attention(torch.tensor(p)) for p in (0.0, 1.0)]
    _, buffers = stack_module_state(layers)
    call = vmap(lambda b: functional_call(layers[0], b, (q, k, v)), randomness="same")
    out = call(buffers)
    assert_close(out[0], attention(q, k, v))
    assert not out[1].any()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("device", available_devices())
def test_dtypes_and_devices(dtype, device):
    if device == "mps" and dtype == torch.float64:
        pytest.skip("MPS has no float64")
    x = torch.ones(2, 3, 4, dtype=dtype, device=device)
    out = Attention(0.5, causal=True).to(device)(x, x, x)
    assert out.dtype == dtype and out.device.type == device


@pytest.mark.parametrize("make", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(make):
    layer = make(Attention(0.3, causal=True))
    assert (layer.p, layer.causal) == (0.3, True)


def test_bad_values():
    with pytest.raises(ValueError, match=r"p is a probability, in \[0, 1\]; got 1.5"):
        Attention(1.5)
    q, k, v = inputs()
    with pytest.raises(ValueError, match="allowed must be bool, True where a query may look; got"):
        attention(q, k, v, ALLOWED.double())


def test_what_print_shows():
    assert repr(Attention(0.1, causal=True)) == "Attention(p=0.1, causal=True)"


def test_all_pairs_of_a_small_case_by_hand():
    q, k, _v = inputs(t=2, s=2, d=1, e=1)
    for t, s in itertools.product(range(2), range(2)):
        scores = (q[t, 0] * k[:, 0]).exp()
        assert_close(attention_weights(q, k)[t, s], scores[s] / scores.sum())


def test_p_is_a_tenth_unless_said():
    assert Attention().p == 0.1
