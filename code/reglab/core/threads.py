"""One thread of the CPU while networks are trained: faster for small ones, and the same bits.

Why         Two threads wait for each other at every small product: on a busy machine with two
            cores, two took 220 s for what one did in 3. They also split a product by its shape, and
            so round differently. On one thread, no bit of a network depends on the networks of
            equal padded width beside it. Several processes of one thread use several cores: see
            `reglab.train.sweep`.
Kernels     MKL, left to itself, picks kernels by shape, and on some CPUs (seen on an AMD EPYC) rows
            of a taller matrix then round differently. MKL_CBWR=AUTO ("conditional bitwise
            reproducibility") asks it not to; it cost no time that could be measured. MKL reads
            the variable at its first product, so import reglab before computing with torch.
State       The number of threads belongs to the process, not to a tensor or a call. Inside the
            block torch computes everything of this Python thread with one; other Python threads
            keep their number, but one that uses torch for the first time meanwhile starts with
            one. NumPy's BLAS has one number for all Python threads, and the first thread to leave
            its block restores it: callers that use several threads must hold `one_blas_thread`
            around them all. (Speed only: no bit was seen to depend on it. macOS's Accelerate
            has no such number.) This is the only module of the library that touches them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

os.environ.setdefault("MKL_CBWR", "AUTO")


def one_blas_thread() -> threadpool_limits:
    """Return a block in which NumPy's BLAS computes with one thread, for all Python threads."""
    return threadpool_limits(1, user_api="blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread of the CPU inside the block, and restore the number after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with one_blas_thread():
            yield
    finally:
        torch.set_num_threads(before)
