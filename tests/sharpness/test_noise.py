"""Noise on weights: drawn from its generator, with the mean rise that the trace gives."""

import pytest
import torch

from reglab.data import signals
from reglab.sharpness import WeightNoise, expected_increase, weight_noise
from reglab.train import fleet, mlp

H = torch.tensor([[3.0, 1.0, 0.0], [1.0, 0.5, 2.0], [0.0, 2.0, -1.0]], dtype=torch.float64)
W = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def quadratic(w):
    return ((w @ H) * w).sum(-1) / 2


def test_the_mean_rise_of_a_quadratic_is_exact():
    """Offsets +- s sqrt(3) e_i have the mean 0 and the covariance s^2 I of the noise, exactly."""
    s = 0.3
    points = s * 3**0.5 * torch.cat([torch.eye(3), -torch.eye(3)]).double()
    rise = quadratic(W + points).mean() - quadratic(W)
    torch.testing.assert_close(rise, expected_increase(H.trace(), s))


def test_the_mean_over_draws_is_near_it():
    """Alpha 1e-6: 4.9 standard errors, estimated from 40 000 draws."""
    s, n = 0.3, 40_000
    e = weight_noise({"w": W.expand(n, 3)}, s, generator(1))["w"]
    rise = quadratic(W + e) - quadratic(W)
    error = rise.std() / n**0.5
    assert (rise.mean() - expected_increase(H.trace(), s)).abs() < 4.9 * error


def test_the_draws_have_mean_zero_and_the_given_deviation():
    """Alpha 1e-6 each, for 100 000 draws: 4.9 standard errors of the mean and of the variance."""
    e = weight_noise({"w": torch.zeros(100_000).double()}, 0.5, generator(2))["w"]
    assert e.mean().abs() < 4.9 * 0.5 / 100_000**0.5
    assert (e.var() - 0.25).abs() < 4.9 * 0.25 * (2 / 100_000) ** 0.5


def test_every_parameter_has_draws_of_its_own():
    e = weight_noise({"a": torch.zeros(3), "b": torch.zeros(3)}, 1.0, generator())
    assert not torch.equal(e["a"], e["b"])


def test_the_technique_is_the_function():
    weights = {"w": W}
    got = WeightNoise(0.2).perturbation(weights, {}, generator(4))["w"]
    assert torch.equal(got, weight_noise(weights, 0.2, generator(4))["w"])


def test_seeds_of_a_fleet_draw_their_own_noise_and_repeat_it():
    settings = dict(epochs=1, lr=0.1, report=[1], techniques=[WeightNoise(0.5)])
    many = fleet(mlp(8), signals, seeds=[1, 2], n_train=100, **settings)
    alone = fleet(mlp(8), signals, seeds=[2], n_train=100, **settings)
    assert many.train_loss.sel(seed=2).item() == pytest.approx(alone.train_loss.item(), rel=1e-5)


def test_noise_changes_the_training():
    def loss(techniques):
        runs = fleet(mlp(8), signals, seeds=[1], n_train=100, epochs=1, lr=0.1, report=[1],
                     techniques=techniques)  # fmt: skip
        return runs.train_loss.item()

    assert abs(loss([WeightNoise(0.5)]) - loss([])) > 0.01


def test_no_trace_no_increase():
    assert expected_increase(0.0, 0.5) == 0


def test_a_bad_deviation_gets_an_error_that_names_it():
    with pytest.raises(ValueError, match="std.*>= 0; got -1"):
        expected_increase(1.0, -1.0)
