"""The quadratic: closed forms against the recursion, and both against simulated paths."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reglab.averaging import EMA, TailAverage, ema_weights
from reglab.chapters.averaging import exact
from reglab.core import numpy_stream

CASES = [(0.3, 1.0), (0.5, 0.1), (1.5, 1.0)]  # rate and curvature; the last one swings


def autocovariance(lr, h, lags, noise=1.0):
    """E[w_t w_(t - k)] = V a^|k| after many steps, with V as a sum over all noise so far."""
    a = 1 - lr * h
    v = (lr * noise) ** 2 * sum(a ** (2 * k) for k in range(5000))
    return v * a ** np.abs(lags)


def quadratic_form(weights, lr, h):
    """The variance of sum_k weights_k w_k, with no formula but the autocovariance."""
    k = np.arange(len(weights))
    return weights @ autocovariance(lr, h, k[:, None] - k[None]) @ weights


@pytest.mark.parametrize(("lr", "h"), CASES)
def test_the_variance_of_the_weights(lr, h):
    assert_allclose(exact.weight_variance(lr, h), autocovariance(lr, h, 0))


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.95])
@pytest.mark.parametrize(("lr", "h"), CASES)
def test_the_variance_of_an_ema(lr, h, decay):
    want = quadratic_form(ema_weights(decay, 1000).numpy(), lr, h)
    assert_allclose(exact.ema_variance(lr, h, decay), want, rtol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 7, 100])
@pytest.mark.parametrize(("lr", "h"), CASES)
def test_the_variance_of_a_plain_mean(lr, h, count):
    want = quadratic_form(np.full(count, 1 / count), lr, h)
    assert_allclose(exact.mean_variance(lr, h, count), want, rtol=1e-9)


def test_noise_enters_by_its_square():
    one, two = (exact.weight_variance(0.3, 1.0, noise) for noise in (1.0, 2.0))
    assert_allclose(two, 4 * one)


@pytest.mark.parametrize("lr", [0.1, 0.5, 1.0])
def test_over_many_steps_the_rate_has_no_part_in_the_mean(lr):
    """Polyak and Juditsky: n Var -> s^2 / h^2."""
    assert_allclose(10**6 * exact.mean_variance(lr, 0.5, 10**6, noise=2.0), 16.0, rtol=1e-3)


@pytest.mark.parametrize("technique", [EMA(0.9), TailAverage(0.4)], ids=repr)
def test_the_moments_are_those_of_the_weighted_sum_of_all_draws(technique):
    """w_t and the average as explicit linear functions of the start and of each draw."""
    lr, h, start, steps, noise = 0.4, 0.5, 3.0, 12, 2.0
    a, rows = 1 - lr * h, np.zeros((steps, steps + 1))  # of w_t: on the start, then on each draw
    for t in range(steps):
        rows[t] = a * (rows[t - 1] if t else np.eye(steps + 1)[0])
        rows[t, t + 1] -= lr * noise
    mean, want = np.eye(steps + 1)[0], []
    for t in range(steps):
        rate = technique.averaging_rate(t, steps)
        mean = (1 - rate) * mean + rate * rows[t]
        scale = np.array([start**2] + [1.0] * steps)
        want.append([rows[t] ** 2 @ scale, mean**2 @ scale])
    got = exact.second_moments(technique, lr, h, start, steps, noise)
    assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize(("lr", "h"), CASES)
def test_after_many_steps_they_are_the_closed_forms(lr, h):
    ema = exact.second_moments(EMA(0.9), lr, h, 5.0, 2000)[-1]
    assert_allclose(ema, [exact.weight_variance(lr, h), exact.ema_variance(lr, h, 0.9)])
    tail = exact.second_moments(TailAverage(0.05), lr, h, 5.0, 2000)[-1, 1]
    assert_allclose(tail, exact.mean_variance(lr, h, 100))


def test_the_expected_loss_adds_both_directions():
    got = exact.expected_losses([0.0, 0.9], [0.2], steps=6).sel(lr=0.2, decay=0.9).values
    want = sum(
        h / 2 * exact.second_moments(EMA(0.9), 0.2, h, start, 6)[:, 1]
        for h, start in zip(exact.CURVATURES, exact.START, strict=True)
    )
    assert_allclose(got, want)


def test_the_orbit_is_descent_on_noisy_gradients():
    """Decay 0 is the weights; an average is the sum over them."""
    orbit = exact.draw_orbit([0.0, 0.8], [0.1, 0.5], steps=20, seed=3)
    noise = numpy_stream(3, "gradient noise").normal(size=(20, 2))
    w, want = np.array(exact.START), []
    for draw in noise:
        w = w - 0.5 * (np.array(exact.CURVATURES) * w + exact.NOISE * draw)
        want.append(w)
    assert_allclose(orbit.sel(lr=0.5, decay=0.0), want)
    last = ema_weights(0.8, 20).numpy() @ np.array(want)
    assert_allclose(orbit.sel(lr=0.5, decay=0.8)[-1], last)


def test_many_orbits_have_the_expected_loss():
    """0.15 is 5 standard errors of the mean over 400 paths, relative, with one seed list."""
    h = np.array(exact.CURVATURES)
    losses = [
        (h / 2 * exact.draw_orbit([0.9], [0.5], steps=60, seed=s).values[0, 0, -1] ** 2).sum()
        for s in range(400)
    ]
    want = exact.expected_losses([0.9], [0.5], steps=60).values[0, 0, -1]
    assert np.mean(losses) == pytest.approx(want, rel=5 * np.std(losses) / want / 20)
