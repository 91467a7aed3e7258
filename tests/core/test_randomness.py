"""Lent generators: keyed, continued, given back; also after an error."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from reglab.core.randomness import KeyedRandomness


def draw():
    return torch.rand(3).tolist()


def test_equal_keys_draw_equal_numbers():
    drawn = []
    for seed, role in [(1, "init"), (1, "init"), (2, "init"), (1, "mask")]:
        with KeyedRandomness(seed, role):
            drawn.append(tuple(draw()))
    assert drawn[0] == drawn[1] and len(set(drawn)) == 3


def test_entering_again_continues():
    stream = KeyedRandomness(1, "mask")
    with stream:
        first = draw()
    with stream:
        second = draw()
    with KeyedRandomness(1, "mask"):
        assert [draw(), draw()] == [first, second]


def test_the_global_generator_is_given_back():
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), KeyedRandomness(1, "mask"):
        nn.Linear(2, 2)
        raise ZeroDivisionError
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_generator_too():
    before = torch.cuda.get_rng_state()
    drawn = []
    for _ in range(2):
        with KeyedRandomness(1, "mask", "cuda"):
            drawn.append(torch.rand(3, device="cuda").tolist())
    assert drawn[0] == drawn[1]
    assert torch.equal(torch.cuda.get_rng_state(), before)


def test_a_second_thread_waits_for_its_turn():
    def drawn(seed):
        with KeyedRandomness(seed, "mask"):
            return [(time.sleep(0.001), draw())[1] for _ in range(20)]

    alone = [drawn(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(drawn, range(4))) == alone
