"""Label smoothing: parity with torch, two conventions as one family, its minimum, errors."""

import math
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from reglab.targets import (
    LabelSmoothing,
    best_logit_gap,
    convert_eps,
    one_hot,
    smallest_loss,
    smooth_labels,
    soft_cross_entropy,
)

F64 = torch.float64
EYE = torch.eye(5, dtype=F64)


@pytest.mark.parametrize("eps", [0.0, 0.1, 0.7, 1.0])
def test_equals_the_label_smoothing_of_torch(eps):
    z = 3 * torch.randn(5, 5, generator=torch.Generator().manual_seed(0), dtype=F64)
    want = nn.CrossEntropyLoss(label_smoothing=eps)(z, torch.arange(5))
    assert_close(soft_cross_entropy(z, smooth_labels(EYE, eps)), want)


def test_what_the_label_and_the_others_get():
    assert_close(smooth_labels(EYE, 0.1)[0], torch.tensor([0.92] + [0.02] * 4, dtype=F64))
    others = smooth_labels(EYE, 0.1, spread="others")[0]
    assert_close(others, torch.tensor([0.9] + [0.025] * 4, dtype=F64))


@pytest.mark.parametrize("spread", ["all", "others"])
def test_off_value_leaves_the_targets(spread):
    t = torch.rand(3, 5, dtype=F64).softmax(1)
    assert torch.equal(smooth_labels(t, 0.0, spread=spread), t)


@given(
    eps=st.floats(0, 1),
    classes=st.integers(2, 50),
    seed=st.integers(0, 99),
)
def test_both_conventions_are_one_family(eps, classes, seed):
    """Also for soft targets, since both are linear in them."""
    t = torch.randn(3, classes, generator=torch.Generator().manual_seed(seed), dtype=F64).softmax(1)
    shared = convert_eps(eps, classes, to="others")
    one, other = smooth_labels(t, eps), smooth_labels(t, shared, spread="others")
    assert_close(one, other, atol=1e-12, rtol=0)
    assert_close(one.sum(1), torch.ones(3, dtype=F64), atol=1e-12, rtol=0)
    assert math.isclose(convert_eps(shared * 0.999, classes, to="all"), eps * 0.999, abs_tol=1e-12)


def test_the_conversion_of_the_example():
    assert math.isclose(convert_eps(0.1, 5, to="all"), 0.125)
    assert math.isclose(convert_eps(0.125, 5, to="others"), 0.1)
    assert convert_eps(0.75, 4, to="all") == 1.0


@pytest.mark.parametrize("eps, classes", [(0.1, 10), (0.5, 2), (1.0, 7)])
def test_the_minimum_of_the_loss(eps, classes):
    """At the gap the gradient is 0, and the loss, convex in z, is the entropy of the targets."""
    t = smooth_labels(one_hot(torch.tensor([1]), classes, F64), eps)
    z = torch.zeros(1, classes, dtype=F64)
    z[0, 1] = best_logit_gap(eps, classes)
    z.requires_grad_()
    loss = soft_cross_entropy(z, t)
    (g,) = torch.autograd.grad(loss, z)
    assert g.abs().max() < 1e-15
    assert math.isclose(loss.item(), smallest_loss(eps, classes), rel_tol=1e-12)


def test_without_smoothing_the_gap_has_no_end():
    assert best_logit_gap(0.0, 10) == math.inf
    assert smallest_loss(0.0, 10) == 0.0
    assert math.isclose(best_logit_gap(1e-300, 10), math.log(10) + 300 * math.log(10))


def test_the_technique_changes_the_targets_only():
    x, t = torch.randn(5, 2), EYE
    same, smoothed = LabelSmoothing(0.2, "others").change_batch(x, t, None)
    assert same is x
    assert torch.equal(smoothed, smooth_labels(EYE, 0.2, spread="others"))
    assert torch.equal(t, torch.eye(5, dtype=F64))


def test_vmap_with_one_eps_per_model():
    eps = torch.tensor([0.0, 0.1, 1.0], dtype=F64)
    stacked = torch.func.vmap(lambda e: LabelSmoothing(e).change_batch(EYE, EYE)[1])(eps)
    assert_close(stacked, torch.stack([smooth_labels(EYE, e) for e in eps.tolist()]))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_dtype_stays(dtype):
    assert smooth_labels(EYE.to(dtype), 0.1).dtype == dtype


def test_is_a_value():
    one = LabelSmoothing(0.1)
    assert one == pickle.loads(pickle.dumps(one)) and hash(one) == hash(LabelSmoothing(0.1))
    assert one != LabelSmoothing(0.1, "others")


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: LabelSmoothing(-0.1), r"eps is a probability, in \[0, 1\]; got -0.1"),
        (lambda: LabelSmoothing(0.1, "rest"), "spread must be one of all, others; got 'rest'"),
        (lambda: smooth_labels(EYE, 1.5), "eps is a probability"),
        (lambda: smooth_labels(EYE, 0.1, spread="uniform"), "spread must be one of"),
        (lambda: smooth_labels(torch.ones(4, 1), 0.1), "K >= 2 classes"),
        (lambda: convert_eps(2.0, 5, to="all"), "eps is a probability"),
        (lambda: convert_eps(0.1, 1, to="all"), "classes must be a whole number >= 2; got 1"),
        (lambda: convert_eps(0.1, 5, to="torch"), "to must be one of all, others; got 'torch'"),
        (lambda: convert_eps(0.81, 5, to="all"), "no eps among all can; with 5 classes .* <= 0.8"),
        (lambda: best_logit_gap(-1, 5), "eps is a probability"),
        (lambda: best_logit_gap(0.1, 1), "classes must be"),
        (lambda: smallest_loss(-1, 5), "eps is a probability"),
        (lambda: smallest_loss(0.1, 1), "classes must be"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
