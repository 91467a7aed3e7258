"""Products of many small matrices, prepared once and computed again at every step.

On a CPU NumPy multiplies one matrix after the other, which for small ones beats torch's batched
product. Measured on one thread of an AMD EPYC, NumPy's OpenBLAS against torch's MKL, 100 columns:
12 x 12 0.37 against 0.54 µs, 32 x 32 2.0 against 2.8, 104 x 104 19.8 against 24.9 (in 2 pieces).
Pieces      On CPUs with AVX-512, OpenBLAS has kernels that multiply without copying first, for at
            most a million multiply-adds. A larger product is cut between its rows, until its pieces
            are as small. On other CPUs this was not measured; it costs nothing there but calls.
Transposed  They do not serve a b stored by columns, as in a gradient delta h^T, if the result has
            more than 1200 numbers. There torch is as fast, and adds to the result on the way.
Bits        NumPy calls BLAS for each matrix, so that no bit depends on the others. For torch's
            products see `threads`.
Warnings    Of numbers that overflow there are none: a network that diverges is told as NaN, and
            macOS's Accelerate warns of finite products as well.
Symbols     a (..., O, I) times b (..., I, B) is out (..., O, B).
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

SMALL = 1_000_000  # most multiply-adds, and
NARROW = 1200  # most results where b is stored by columns
LEAST = 8  # rows of a piece: with fewer, the calls cost more than the copies


def by_numpy(t: Tensor) -> bool:
    """Whether NumPy computes with t: on the CPU, with numbers that its BLAS knows."""
    return t.device.type == "cpu" and t.dtype in (torch.float32, torch.float64)


def product(a: Tensor, b: Tensor, out: Tensor) -> Callable[[], object]:
    """Return a call that computes out = a @ b, from what the memory of a and b holds then.

    Shapes: a (..., O, I), b (..., I, B), out (..., O, B); what stands before broadcasts, and all
    may be views with any strides.
    """
    if not by_numpy(out):
        return lambda: torch.matmul(a, b, out=out)
    split = (pieces(a.shape[-2], a.shape[-1] * b.shape[-1]), -1)
    left, right = a.unflatten(-2, split).numpy(), b.unsqueeze(-3).numpy()
    multiply = partial(np.matmul, left, right, out=out.unflatten(-2, split).numpy())
    return np.errstate(all="ignore")(multiply)


def adding(
    a: Tensor, b: Tensor, out: Tensor, fresh: Tensor, rows: int
) -> Callable[[float], object]:
    """Return a call that computes out = beta out + a @ b for the beta that it is given.

    Shapes: as for `product`; `fresh` is space for a @ b, of out's shape, zero at first. Rows of
    a, out and fresh from `rows` on must be zero, and stay so while b is finite. With beta = 0, what
    was in out before does not count.
    """
    transposed = b.stride(-1) != 1
    if out.ndim == 4 and not by_numpy(out):  # the networks of a group below each other
        a, b, out = a.flatten(1, 2), b.squeeze(1), out.flatten(1, 2)
    if not by_numpy(out) or (out.ndim == 3 and transposed and rows * out.shape[-1] > NARROW):
        return lambda beta: out.baddbmm_(a, b, beta=beta)
    multiply, straight = (product(a[..., :rows, :], b, t[..., :rows, :]) for t in (fresh, out))

    def add(beta: float) -> None:
        if beta == 0:
            straight()
        else:
            multiply()
            torch.add(fresh, out, alpha=beta, out=out)

    return add


def copying(t: Tensor, out: Tensor) -> Callable[[], object]:
    """Return a call that copies t into out. NumPy transposes in half of torch's time."""
    if not by_numpy(out):
        return lambda: out.copy_(t)
    return partial(np.copyto, out.numpy(), t.numpy())


def padded(rows: int) -> int:
    """The next multiple of 4: for 32 rows torch's gradients take half as long as for 31."""
    return -(-rows // 4) * 4


def pieces(rows: int, each: int) -> int:
    """P, the least number of equal pieces with at most SMALL multiply-adds; `each` row has so many.

    One piece if the rows cannot be cut so, into pieces of at least LEAST.
    """
    for p in range(1, rows // LEAST + 1):
        if rows % p == 0 and rows // p * each <= SMALL:
            return p
    return 1
