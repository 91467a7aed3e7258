"""Streams: frozen draws, equal keys equal draws, independent roles, no global state touched."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from reglab.core import numpy_stream, stream
from reglab.core.streams import stream_key

SEEDS = st.integers(0, 2**70)
ROLES = st.text(st.characters(codec="utf-8"), min_size=1)


def test_keys_and_numpy_draws_are_frozen():
    """Every committed output of the book hangs on these: a new value here changes them all."""
    assert (
        stream_key(0, "init") == 1519069808562059438
    )  # int(sha256(b"0/init").hex()[:16], 16) >> 1
    assert stream_key(7, "data/split") == 1169845962032733876
    assert numpy_stream(0, "init").integers(1000, size=4).tolist() == [554, 380, 97, 605]
    assert numpy_stream(7, "data/split").permutation(6).tolist() == [1, 0, 3, 4, 5, 2]
    assert stream(0, "init").initial_seed() == stream_key(0, "init")


@given(seed=SEEDS, role=ROLES)
def test_key_fits_a_torch_seed(seed, role):
    assert 0 <= stream_key(seed, role) < 2**63
    assert stream_key(seed, role) == stream_key(seed, role)


@given(keys=st.lists(st.tuples(SEEDS, ROLES), min_size=2, max_size=2, unique=True))
def test_different_seed_or_role_means_a_different_key(keys):
    one, other = keys
    assert stream_key(*one) != stream_key(*other)


def test_no_two_small_keys_collide_or_run_together():
    pairs = [(seed, role) for seed in range(200) for role in ("init", "order", "1", "11", "1/1")]
    assert len({stream_key(*pair) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize("seed", [np.int64(3), np.uint8(3)])
def test_numpy_seeds_equal_python_seeds(seed):
    assert stream_key(seed, "init") == stream_key(3, "init")


def test_streams_are_fresh_and_independent_of_each_other():
    first = stream(3, "init")
    torch.rand(5, generator=first)  # drawing from one shifts neither a twin nor another role
    torch.rand(5, generator=stream(3, "order"))
    want = torch.rand(4, generator=stream(3, "init"))
    assert torch.equal(torch.rand(4, generator=stream(3, "init")), want)
    assert not torch.equal(torch.rand(4, generator=stream(3, "order")), want)
    assert not torch.equal(torch.rand(4, generator=stream(4, "init")), want)
    rng = numpy_stream(3, "init")
    rng.random(5)
    assert np.array_equal(numpy_stream(3, "init").random(4), numpy_stream(3, "init").random(4))
    assert isinstance(rng.bit_generator, np.random.Philox)


@pytest.mark.parametrize(
    "draw",
    [
        lambda seed, role: torch.randn(10_000, generator=stream(seed, role)).numpy(),
        lambda seed, role: numpy_stream(seed, role).standard_normal(10_000),
    ],
    ids=["torch", "numpy"],
)
def test_neighbouring_streams_do_not_correlate(draw):
    """Signs of paired draws agree half of the time; 3 pairs of streams, alpha 1e-6 each."""
    base = draw(0, "init")
    for seed, role in [(1, "init"), (0, "order"), (0, "init2")]:
        agree = int((base * draw(seed, role) > 0).sum())
        assert binomtest(agree, len(base)).pvalue > 1e-6


def test_global_random_state_is_left_alone():
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    torch.rand(9, generator=stream(0, "init"))
    numpy_stream(0, "init").random(9)
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])


def test_key_does_not_depend_on_the_process():
    code = "from reglab.core.streams import stream_key; print(stream_key(5, 'mäsk'))"
    other = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": other},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(out.stdout) == stream_key(5, "mäsk")


@pytest.mark.parametrize("make", [stream, numpy_stream, stream_key])
def test_errors(make):
    for seed in (-1, 1.0, True, None, "0"):
        with pytest.raises(ValueError, match="seed must be a whole number >= 0; got "):
            make(seed, "init")
    for role in ("", None, 3, b"init"):
        with pytest.raises(ValueError, match="role must be a non-empty string .* got "):
            make(0, role)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_stream_lives_on_the_device():
    draws = [torch.rand(4, generator=stream(0, "init", "cuda"), device="cuda") for _ in "ab"]
    assert torch.equal(*draws)
