"""Backpropagation by hand: equal to autograd, step by step; the unit that is always 1; masks."""

import pytest
from readable_stack import ReadableStack
from torch.testing import assert_close
from train_toys import task, toy

from reglab.train import fleet, mlp
from reglab.train.engines import products
from reglab.train.engines.backprop import FastStack

CASES = {
    "two hidden layers": {},
    "one": dict(model=mlp([3, 5], depth=1)),
    "four": dict(model=mlp([3, 5], depth=4)),
    "full batch": dict(batch=None),
    "squared": dict(loss="squared"),
    "real targets": dict(classes=None),
    "momentum of its own": dict(momentum=[0.0, 0.9], lr=[0.01, 0.1], weight_decay=[0.0, 0.1]),
    "no decay": dict(weight_decay=0.0),
    "adam": dict(optimizer="adam", weight_decay=[0.0, 0.1]),
    "adamw": dict(optimizer="adamw", weight_decay=[0.0, 0.1], lr=[0.01, 0.1]),
    "cosine": dict(schedule="cosine"),
    "one dropout rate": dict(model=mlp([3, 5], dropout=0.3)),
    "two dropout rates": dict(model=mlp([3, 5], dropout=[0.0, 0.5])),
    "all dropped": dict(model=mlp([3, 5], dropout=[0.5, 1.0])),
    "no momentum": dict(momentum=0.0),
    "penalties": dict(l1=[0.0, 0.01], l2=[0.0, 0.1]),
    "wide": dict(model=mlp([30, 51])),  # torch's product for the gradient
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_equals_autograd(case):
    fast, readable = (engine(task(**case)) for engine in (FastStack, ReadableStack))
    for epoch in range(3):
        fast.train_epoch(epoch)
        readable.train_epoch(epoch)
        for one, other in zip(fast.params, readable.params, strict=True):
            assert_close(one, other.detach(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("width, rows", [(3, 4), (4, 8), (7, 8), (8, 12)])
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_padding_stays_zero_and_the_unit_below_the_biases_one(width, rows, optimizer):
    s = FastStack(task(mlp([width], dropout=0.3), weight_decay=0.1, optimizer=optimizer))
    for epoch in range(2):
        s.train_epoch(epoch)
    assert [w.shape[1:] for w in s.weights] == [(rows, 8), (rows, rows), (3, rows)]
    assert not any(w[:, width:].any() for w in s.weights[:-1])
    assert not any(w[:, :, width + 1 :].any() for w in s.weights[1:])
    assert not s.weights[0][:, :, 7:].any()
    assert s.buffers.keys() == {15, 10}
    for b in s.buffers.values():
        for h, delta in zip(b.h, b.delta, strict=True):
            assert (h[:, width] == 1).all() and not h[:, width + 1 :].any()
            assert h[:, :width].any() and delta[:, :width].any() and not delta[:, width:].any()
        assert all((mask[:, :, width:] == 1).all() for mask in b.masks)


def test_equals_autograd_in_pieces(monkeypatch):
    monkeypatch.setattr(products, "SMALL", 20_000)  # 51 rows in three pieces
    test_equals_autograd(CASES["wide"])
    assert products.pieces(51, 52 * 15) == 3


def test_equals_autograd_where_torch_multiplies(monkeypatch):
    """As on an accelerator, but here."""
    monkeypatch.setattr(products, "by_numpy", lambda t: False)
    for case in CASES.values():
        test_equals_autograd(case)


def test_outputs_in_pieces_equal_the_readable_ones(monkeypatch):
    both = [engine(task(mlp([3, 5], dropout=0.3))) for engine in (FastStack, ReadableStack)]
    for engine in both:
        engine.train_epoch(0)
    x = toy(n=50).test.x
    want = both[1].outputs([3, 0], x)
    for most in (1, 7, 50, 60):
        monkeypatch.setattr("reglab.train.engines.backprop.PIECE", most)
        assert_close(both[0].outputs([3, 0], x), want, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("n", [300, 991])
def test_company_changes_no_bit_of_what_is_measured(n):
    def measured(lrs):
        settings = dict(seeds=[0], epochs=1, report=[0, 1], batch=50, device="cpu", n=n)
        return fleet(mlp(100), toy, lr=lrs, **settings)

    together, alone = measured([0.01 * k for k in range(1, 8)]), measured([0.01])
    for name in ("train_loss", "val_loss", "test_loss", "test_error"):
        assert together[name].values[0].tolist() == alone[name].values[0].tolist()
