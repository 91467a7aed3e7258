"""Denormals are zero inside the block, and what they were before outside it."""

import pytest
import torch

from reglab.core.denormals import flushed_denormals, flushing


def denormal_is_zero():
    return bool((torch.full((8,), 1e-30) * 1e-10 == 0).all())


@pytest.fixture(autouse=True)
def _restore():
    before = flushing()
    yield
    torch.set_flush_denormal(before)


@pytest.mark.skipif(not torch.set_flush_denormal(False), reason="this CPU cannot flush")
@pytest.mark.parametrize("before", [False, True])
def test_flushes_inside_and_restores(before):
    torch.set_flush_denormal(before)
    assert flushing() == denormal_is_zero() == before
    with flushed_denormals():
        assert flushing() and denormal_is_zero()
    assert flushing() == denormal_is_zero() == before


def test_restores_after_an_error():
    torch.set_flush_denormal(False)
    with pytest.raises(ZeroDivisionError), flushed_denormals():
        raise ZeroDivisionError
    assert not flushing()
