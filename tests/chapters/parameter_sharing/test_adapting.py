"""Fine-tuning: the changed task, what each arm learns, and where it starts."""

import pytest
import torch
import xarray as xr

from reglab.chapters.parameter_sharing import adapting as chapter
from reglab.data import mnist1d, signals
from reglab.sharing import LoRALinear
from reglab.train import mlp


@pytest.fixture(scope="module")
def pretrained():
    return chapter.pretrain([4190, 4191], n_train=200, epochs=2)


def test_signals_run_backward_and_come_from_another_pool():
    got = chapter.backward_signals(4190, 100)
    sizes = dict(n_train=100, n_val=1000, n_test=4000)
    want = mnist1d(4190, **sizes, noise=0.05, pool_seed=1)
    assert torch.equal(got.train.x[:, 0], want.train.x[:, -1])
    assert torch.equal(got.test.x.flip(1), want.test.x) and torch.equal(got.test.y, want.test.y)
    assert not torch.equal(signals(4190, 100).train.x, want.train.x)


def test_wrong_labels_are_training_labels():
    clean, noisy = (chapter.backward_signals(4190, 500, share) for share in (0.0, 0.3))
    assert (clean.train.y != noisy.train.y).double().mean().item() == pytest.approx(0.3, abs=0.01)
    assert torch.equal(clean.test.y, noisy.test.y)


@pytest.mark.parametrize("arm", chapter.ARMS[1:])
def test_every_arm_starts_as_the_pretrained_network(pretrained, arm):
    network, x = chapter.adapted(pretrained, arm).build(40, 10, 4191), torch.randn(3, 40)
    assert torch.equal(network(x), pretrained.sel(seed=4191).item()(x))


def test_preparing_an_arm_leaves_the_pretrained_network_alone(pretrained):
    chapter.adapted(pretrained, "last layer").build(40, 10, 4190)
    assert all(w.requires_grad for w in pretrained.sel(seed=4190).item().parameters())


@pytest.mark.parametrize(
    "arm, count",
    [("all weights", 7434), ("last layer", 650), ("rank 1", 306), ("rank 4", 1224)],
)
def test_how_many_numbers_are_learned(arm, count):
    assert chapter.count_learned(arm) == count


def test_a_rank_is_that_of_every_layer(pretrained):
    network = chapter.adapted(pretrained, "rank 4").build(40, 10, 4190)
    assert [len(m.a) for m in network if isinstance(m, LoRALinear)] == [4, 4, 4]


def test_adapting_trains_each_arm(pretrained):
    rates = dict.fromkeys(chapter.ARMS, 0.05)
    runs = chapter.adapt(pretrained, "100 signals", rates=rates, steps=3)
    assert runs.test_error.sizes == {"arm": len(chapter.ARMS), "seed": 2}
    scratch = chapter.fleet(
        mlp(64), chapter.backward_signals, n_train=100, lr=0.05, epochs=3, schedule="cosine",
        seeds=[4191], report=[3],
    )  # fmt: skip
    got = runs.test_error.sel(arm="from scratch", seed=4191).item()
    assert got == pytest.approx(scratch.test_error.item(), abs=2e-3)


def test_what_is_frozen_stays(pretrained):
    runs = chapter.fleet(
        chapter.adapted(pretrained, "last layer"), chapter.backward_signals, n_train=100,
        lr=0.05, epochs=2, seeds=[4190], keep="networks",
    )  # fmt: skip
    after, before = runs.network.item(), pretrained.sel(seed=4190).item()
    assert torch.equal(after[0].weight, before[0].weight)
    assert not torch.equal(after[4].weight, before[4].weight)


def test_every_situation_has_rates():
    assert list(chapter.RATES) == list(chapter.SITUATIONS)
    assert all(list(rates) == list(chapter.ARMS) for rates in chapter.RATES.values())
    assert isinstance(chapter.pretrain([4190], 100, 1), xr.DataArray)
