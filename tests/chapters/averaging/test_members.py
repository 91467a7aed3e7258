"""Ensembles in miniature: data, a member by `fit`, what is measured, the law of squared errors."""

from itertools import combinations

import numpy as np
import pytest
import torch
import xarray as xr

from reglab.chapters.averaging import members
from reglab.data import signals
from reglab.targets import expected_calibration_error
from reglab.train import fit, mlp

SEEDS = [4097, 4098]


def outputs(seed=0, scale=2.0):
    g = torch.Generator().manual_seed(seed)
    z = scale * torch.randn(2, 10, 4000, 10, generator=g, dtype=torch.float64)
    dims = ["seed", "member", "example", "output"]
    return xr.DataArray(z.numpy(), dims=dims, coords={"seed": SEEDS})


def test_all_members_see_the_examples_of_their_data_set():
    one, two = members.member_data(40970), members.member_data(40979)
    assert torch.equal(one.train.x, two.train.x)
    assert torch.equal(one.train.x, signals(4097).train.x)


def test_bagged_members_draw_with_replacement():
    one, two = (members.member_data(seed, bagged=True).train for seed in (40970, 40971))
    own = signals(4097).train
    assert len(one) == 1000 and not torch.equal(one.x, two.x)
    known = {tuple(row) for row in own.x.tolist()}
    drawn = {tuple(row) for row in one.x.tolist()}
    assert drawn <= known
    # 1 - (1 - 1/n)^n = 63.2 %, with a standard deviation of about 1 %: 6 of them
    assert len(drawn) / 1000 == pytest.approx(0.632, abs=0.06)


def test_bagged_examples_keep_their_labels():
    data, own = members.member_data(40970, bagged=True, label_noise=0.3), {}
    for x, y in zip(*vars(signals(4097, label_noise=0.3).train).values(), strict=True):
        own[tuple(x.tolist())] = int(y)
    assert all(
        own[tuple(x.tolist())] == int(y) for x, y in zip(data.train.x, data.train.y, strict=True)
    )


def test_a_member_is_what_fit_trains():
    z = members.train_members("30 % wrong", [4097], epochs=2)
    assert z.shape == (1, 10, 4000, 10) and z.dtype == np.float64
    net, data = mlp(64).build(40, 10, seed=40973), signals(4097, label_noise=0.3)
    fit(net, data, epochs=2, lr=members.LR, schedule="cosine", seed=40973)
    with torch.no_grad():
        want = net.eval()(data.test.x)
    np.testing.assert_allclose(z[0, 3], want, atol=1e-3)


def test_scores_of_averages_by_hand():
    z = outputs()
    got = members.measure_ensembles(z).sel(seed=4098)
    y, p = signals(4098).test.y, torch.as_tensor(z.values[1]).softmax(-1)
    three = p[:3].mean(0)
    rows = torch.arange(len(y))
    found = got.sel(average="probabilities", size=3)
    assert found.error.item() == pytest.approx((three.argmax(1) != y).double().mean().item())
    assert found.nll.item() == pytest.approx(-three[rows, y].log().mean().item())
    assert found.ece.item() == pytest.approx(expected_calibration_error(three, y))
    hot = torch.nn.functional.one_hot(y, 10)
    assert found.brier.item() == pytest.approx(((three - hot) ** 2).sum(1).mean().item())
    logits = torch.as_tensor(z.values[1][:3]).mean(0).softmax(1)
    found = got.sel(average="logits", size=3)
    assert found.nll.item() == pytest.approx(-logits[rows, y].log().mean().item())


def test_size_one_is_the_mean_of_all_members():
    z = outputs()
    y, p = signals(4097).test.y, torch.as_tensor(z.values[0]).softmax(-1)
    want = np.mean([(one.argmax(1) != y).double().mean().item() for one in p])
    got = members.measure_ensembles(z).error.sel(size=1, seed=4097)
    assert got.values.tolist() == pytest.approx([want, want])


def test_the_members_differ_by_what_their_logits_gain():
    """ensemble = members - diversity, for averaged logits."""
    got = members.measure_ensembles(outputs())
    nll = got.nll.sel(average="logits")
    gained = nll.sel(size=1) - nll.sel(size=10)
    np.testing.assert_allclose(got.diversity, gained, rtol=1e-9)


def test_squared_errors_fall_by_the_law_exactly():
    """The mean over all subsets of K members is (rho + (1 - rho) / K) times a member's."""
    z = torch.as_tensor(outputs().values[0, :5, :300])
    y = torch.arange(300) % 10
    p, rho = z.softmax(-1), members.shared_error(z.softmax(-1), y)
    brier = lambda q: members.scores(q, y)["brier"]  # noqa: E731
    alone = np.mean([brier(one) for one in p])
    for size in range(1, 6):
        subsets = [brier(p[list(which)].mean(0)) for which in combinations(range(5), size)]
        assert np.mean(subsets) == pytest.approx((rho + (1 - rho) / size) * alone, rel=1e-12)


def test_equal_members_share_all_their_error():
    p = torch.full((3, 4, 10), 0.1, dtype=torch.float64)
    assert members.shared_error(p, torch.arange(4)) == pytest.approx(1.0)
