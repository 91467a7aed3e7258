"""Products, sums of products and copies: as torch computes them, in any strides and pieces."""

import warnings

import numpy as np
import pytest
import torch
from torch.testing import assert_close
from train_toys import DEVICES

from reglab.train.engines import products
from reglab.train.engines.products import adding, copying, pieces, product

SIZES = [(2, 3, 4), (12, 12, 100), (50, 101, 100), (104, 104, 100), (101, 101, 100), (1, 300, 64)]


def draw(*shape, device="cpu"):
    g = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=g, dtype=torch.float64).to(device)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("rows, inner, columns", SIZES)
def test_product_of_any_strides(rows, inner, columns, device):
    plain = draw(3, rows, inner, device=device), draw(3, inner, columns, device=device)
    want = plain[0] @ plain[1]
    wider = draw(3, rows + 2, inner + 1, device=device)
    wider[:, :rows, :inner] = plain[0]
    for a in (plain[0], plain[0].mT.contiguous().mT, wider[:, :rows, :inner]):
        for b in (plain[1], plain[1].mT.contiguous().mT):
            room = want.new_full((3, rows + 1, columns), 7.0)
            product(a, b, room[:, :rows])()
            assert_close(room[:, :rows], want)
            assert (room[:, rows] == 7).all()


@pytest.mark.parametrize("device", DEVICES)
def test_product_reads_its_memory_again_at_every_call(device):
    a, b = draw(3, 4, 5, device=device), draw(3, 5, 6, device=device)
    out = torch.empty(3, 4, 6, dtype=a.dtype, device=device)
    call = product(a, b, out)
    for _ in range(2):
        call()
        assert_close(out, a @ b)
        a.mul_(2.0)
        b.add_(1.0)


@pytest.mark.parametrize("device", DEVICES)
def test_what_stands_before_the_matrices_broadcasts(device):
    a, b = draw(2, 3, 40, 5, device=device), draw(2, 1, 5, 60, device=device)
    out = torch.empty(2, 3, 40, 60, dtype=a.dtype, device=device)
    product(a, b, out)()
    assert_close(out, a @ b)
    shared = torch.empty(3, 40, 60, dtype=a.dtype, device=device)
    product(a[0], b[0].expand(3, -1, -1), shared)()
    assert_close(shared, a[0] @ b[0])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("by_numpy", [True, False])
@pytest.mark.parametrize("shape", [(3,), (2, 3)], ids=["networks", "groups"])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("rows, columns", [(3, 8), (40, 40)])  # below and above NARROW
def test_adding(rows, columns, transposed, shape, by_numpy, device, monkeypatch):
    if not by_numpy:
        monkeypatch.setattr(products, "by_numpy", lambda t: False)
    a = draw(*shape, rows + 2, 9, device=device)
    a[..., rows:, :] = 0
    b = draw(shape[0], *[1] * len(shape[1:]), 9, columns, device=device)  # one for each group
    b = b.mT.contiguous().mT if transposed else b
    out = torch.zeros(*shape, rows + 2, columns, dtype=a.dtype, device=device)
    start, add = a @ b, adding(a, b, out, torch.zeros_like(out), rows)
    add(0.0)
    assert_close(out, start)
    add(0.5)
    assert_close(out, 1.5 * start)
    add(1.0)
    assert_close(out, 2.5 * start)
    assert not out[..., rows:, :].any()
    out.fill_(torch.nan)
    out[..., rows:, :] = 0
    add(0.0)
    assert_close(out, start)


@pytest.mark.parametrize(
    "rows, columns, numpy", [(30, 40, True), (1201, 1, False), (30, 44, False)]
)
def test_adding_uses_torch_for_many_results_of_transposed_inputs(rows, columns, numpy, monkeypatch):
    """The one case in which NumPy's BLAS would copy first."""
    called = []
    monkeypatch.setattr(products.np, "matmul", lambda a, b, out: called.append(out.shape))
    a, b = draw(2, rows + 2, 9), draw(2, columns, 9).mT
    out = torch.zeros(2, rows + 2, columns, dtype=torch.float64)
    adding(a, b, out, torch.zeros_like(out), rows)(0.0)
    assert bool(called) == numpy
    called.clear()
    adding(a, b.contiguous().expand(2, -1, -1), out, torch.zeros_like(out), rows)(0.0)
    assert bool(called) == (columns > 1 or numpy)


def test_large_products_are_cut(monkeypatch):
    seen = []
    monkeypatch.setattr(products.np, "matmul", lambda a, b, out: seen.append(out.shape))
    for rows in (100, 104):
        product(draw(3, rows, rows), draw(3, rows, 100), draw(3, rows, 100))()
    assert seen == [(3, 1, 100, 100), (3, 2, 52, 100)]


def test_overflow_says_nothing():
    """As errors in the tests: a network that diverges is told as NaN."""
    huge = torch.full((1, 2, 2), 1e300, dtype=torch.float64)
    out = torch.zeros_like(huge)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        product(huge, huge, out)()
        product(out, -out, huge)()
    assert out.isinf().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_numbers_that_numpy_has_no_blas_for(dtype):
    a, b = draw(2, 3, 4).to(dtype), draw(2, 4, 5).to(dtype)
    out, total = torch.zeros(2, 3, 5, dtype=dtype), torch.zeros(2, 3, 5, dtype=dtype)
    product(a, b, out)()
    adding(a, b, total, torch.zeros_like(total), 3)(0.0)
    assert torch.equal(out, a @ b) and torch.equal(total, a @ b)
    copying(out.mT, flat := torch.zeros(2, 5, 3, dtype=dtype))()
    assert torch.equal(flat, out.mT)


@pytest.mark.parametrize("device", DEVICES)
def test_copying(device):
    t, out = draw(3, 4, 5, device=device), torch.empty(3, 5, 4, dtype=torch.float64, device=device)
    call = copying(t.mT, out)
    for _ in range(2):
        call()
        assert torch.equal(out, t.mT)
        t.add_(1.0)


@pytest.mark.parametrize(
    "rows, each, want",
    [
        (100, 10_000, 1),  # a million
        (104, 10_400, 2),
        (204, 20_400, 6),  # 4 pieces of 51 rows are too large, 5 are not equal
        (101, 10_100, 1),  # a prime number of rows is not cut
        (400, 40_000, 16),
        (16, 125_000, 2),  # 8 rows in each
        (16, 200_000, 1),  # pieces of at least 8 rows would be too large
        (1, 10**9, 1),
    ],
)
def test_pieces(rows, each, want):
    p = pieces(rows, each)
    assert p == want and rows % p == 0


@pytest.mark.parametrize("n", [12, 32, 104, 204])
def test_company_changes_no_bit(n):
    a, b = draw(7, n, n).float(), draw(7, n, 100).float()
    together, alone = torch.empty(7, n, 100), torch.empty(1, n, 100)
    product(a, b, together)()
    for m in (0, 3, 6):
        product(a[m : m + 1], b[m : m + 1], alone)()
        assert np.array_equal(alone[0].numpy(), together[m].numpy())
