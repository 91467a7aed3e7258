"""Keyed draws: the stream's own numbers, one stream for each network under vmap, laws, limits."""

import pytest
import torch
from torch import nn
from torch.func import vmap
from torch.nn import functional as F
from torch.testing import assert_close

from reglab.core import normal_like, random_bits_like, stream, uniform_like
from reglab.core.keyed import ALPHA, KEYED, KeyedDraws, rounded

CALLS = {
    "bits": random_bits_like,
    "uniform_like": uniform_like,
    "normal_like": normal_like,
    "rand": lambda x: torch.rand(len(x), 1, dtype=x.dtype),
    "rand of a size": lambda x: torch.rand(x.shape),
    "randn": lambda x: torch.randn(3, dtype=x.dtype),
    "rand_like in another dtype": lambda x: torch.rand_like(x, dtype=torch.float32),
    "bernoulli": lambda x: torch.bernoulli(torch.full_like(x, 0.3)),
    "bernoulli of p": lambda x: torch.bernoulli(x, 0.3),
    "method": lambda x: x.bernoulli(0.3),
    "bernoulli_": lambda x: torch.empty_like(x).bernoulli_(0.3),
    "bernoulli_ of integers": lambda x: torch.empty_like(x, dtype=torch.int64).bernoulli_(0.3),
    "uniform_": lambda x: torch.empty_like(x).uniform_(-1, 3),
    "normal_": lambda x: torch.empty_like(x).normal_(2, 0.1),
    "dropout": lambda x: F.dropout(x, 0.3),
    "dropout in place": lambda x: F.dropout(x.clone(), 0.3, inplace=True),
    "dropout1d": lambda x: F.dropout1d(x[:, :, None].repeat(1, 1, 4), 0.3),
    "dropout2d": lambda x: F.dropout2d(x[:, :, None, None].repeat(1, 1, 4, 2), 0.3),
    "dropout3d": lambda x: F.dropout3d(x[:, :, None, None, None].repeat(1, 1, 4, 2, 2), 0.3),
    "alpha_dropout": lambda x: F.alpha_dropout(x, 0.3, training=True),
}


def keyed(call, x, seed=0):
    with KeyedDraws([stream(seed, "mask")]):
        return call(x)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_network_s_numbers_are_its_seed_s_whatever_is_beside_it(call):
    x, which = torch.rand(4, 5, 3, dtype=torch.float64), torch.tensor([0, 1, 1, 0])
    before, streams = torch.get_rng_state(), [stream(seed, "mask") for seed in (3, 8)]

    def one(x, which):
        with KeyedDraws(streams, which):
            return torch.stack([call(x), call(x)])  # the second draw continues the stream

    found = vmap(one, randomness="same")(x, which)
    for m, seed in enumerate((3, 8, 8, 3)):
        assert torch.equal(found[m], keyed(lambda x: torch.stack([call(x), call(x)]), x[m], seed))
    assert not torch.equal(found[0, 0], found[0, 1])
    assert torch.equal(torch.get_rng_state(), before)


def test_every_keyed_function_is_tried_here():
    assert len(KEYED) == 15


def test_plain_draws_are_those_of_the_stream():
    x = torch.zeros(2, 3, dtype=torch.float64)
    g = stream(0, "mask")
    assert torch.equal(keyed(torch.rand_like, x), torch.rand(2, 3, generator=g, dtype=x.dtype))
    assert torch.equal(keyed(random_bits_like, x), random_bits_like(x, stream(0, "mask")))
    u = keyed(lambda x: torch.empty_like(x).uniform_(), x)
    assert_close(keyed(lambda x: torch.empty_like(x).uniform_(-1, 3), x), 4 * u - 1)
    n = keyed(lambda x: torch.empty_like(x).normal_(), x)
    assert_close(keyed(lambda x: torch.empty_like(x).normal_(2, 0.1), x), 2 + 0.1 * n)
    assert torch.equal(keyed(lambda x: torch.bernoulli(x, 0.3), x), (u < 0.3).double())


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.999, 1 - 2.0**-20, 1.0])
def test_dropout_is_a_comparison_of_16_bits(p):
    x = torch.rand(50, 40, dtype=torch.float64) + 1
    bits = random_bits_like(x, stream(0, "mask")).int()
    dropped = round(p * 2**16) - 2**15 > bits
    scale = 1 / (1 - rounded(p)) if rounded(p) < 1 else 0.0
    want = x * ~dropped * scale
    assert_close(keyed(lambda x: F.dropout(x, p), x), want, rtol=1e-15, atol=0)
    assert torch.equal(keyed(lambda x: F.dropout(x, p, training=False), x), x)


@pytest.mark.parametrize("call", [F.dropout1d, F.dropout2d, F.dropout3d])
def test_channels_are_dropped_as_a_whole(call):
    dims = {F.dropout1d: 3, F.dropout2d: 4, F.dropout3d: 5}[call]
    x = torch.ones(30, 20, *[4] * (dims - 2))
    found = keyed(lambda x: call(x, 0.3), x).flatten(2)
    assert torch.equal(found, found[:, :, :1].expand_as(found))
    share = float((found == 0).double().mean())  # 600 channels: 5 standard deviations
    assert abs(share - 0.3) < 5 * (0.3 * 0.7 / 600) ** 0.5


def test_alpha_dropout_keeps_mean_and_variance():
    p = rounded(0.3)
    x = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64).repeat(1000)
    found = keyed(lambda x: F.alpha_dropout(x, 0.3, training=True), x)
    a = ((1 - p) * (1 + p * ALPHA**2)) ** -0.5
    values = {round(float(v), 9) for v in a * torch.tensor([-1, 0, 1, ALPHA]) - a * p * ALPHA}
    assert {round(float(v), 5) for v in found.unique()} == {round(v, 5) for v in values}
    z = torch.randn(2, 100_000, dtype=torch.float64, generator=stream(0, "z"))[0]
    kept = keyed(lambda x: F.alpha_dropout(x, 0.3, training=True), z)
    assert abs(float(kept.mean())) < 0.02 and abs(float(kept.var()) - 1) < 0.03
    eye = keyed(lambda x: F.alpha_dropout(x, 0.3, training=False), x)
    assert torch.equal(eye, x)


def test_modules_of_torch_are_keyed():
    x = torch.rand(6, 4)
    for module in (nn.Dropout(0.4), nn.AlphaDropout(0.4)):
        assert torch.equal(keyed(module, x), keyed(module, x))
        assert not torch.equal(keyed(module, x), keyed(module, x, seed=1))
        assert torch.equal(keyed(module.eval(), x), x)


def test_own_generators_and_other_functions_are_left_alone():
    x = torch.zeros(5)
    mine = torch.rand(5, generator=torch.Generator().manual_seed(7))
    call = lambda x: torch.rand(5, generator=torch.Generator().manual_seed(7))  # noqa: E731
    assert torch.equal(keyed(call, x), mine)
    before = torch.get_rng_state()
    keyed(lambda x: torch.randperm(5), x)
    assert not torch.equal(torch.get_rng_state(), before)


def test_errors_are_torch_s_own():
    for call in (F.dropout, F.dropout2d, F.alpha_dropout):
        with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1"):
            keyed(lambda x, call=call: call(x, 1.5, training=True), torch.zeros(2, 2, 2, 2))


def test_a_number_equal_to_the_threshold_is_kept():
    x = torch.ones(3, 4)
    bits = random_bits_like(x, stream(0, "mask")).int()
    p = (int(bits[1, 2]) + 2**15) / 2**16
    assert keyed(lambda x: F.dropout(x, p), x)[1, 2] > 0
    assert keyed(lambda x: F.dropout(x, p + 2.0**-16), x)[1, 2] == 0


def test_in_place_means_in_place():
    for call in (F.dropout, F.alpha_dropout):
        x = torch.ones(5, 6)
        found = keyed(lambda x, call=call: call(x, 0.5, training=True, inplace=True), x)
        assert found is x and not torch.equal(x, torch.ones(5, 6))
