"""Soft weight sharing: densities, EM against scikit-learn and a loop, limits, the technique."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import norm
from sklearn.mixture import GaussianMixture
from torch.func import vmap
from torch.testing import assert_close

from reglab.sharing.soft import (
    Mixture,
    SoftSharing,
    em_step,
    fit_mixture,
    mixture_penalty,
    responsibilities,
    start_mixture,
)


def weights(n=200):
    g = torch.Generator().manual_seed(3)
    w = 0.2 * torch.randn(n, generator=g, dtype=torch.float64)
    return w + torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)[torch.arange(n) % 3]


def mixture(shares=(0.3, 0.7), means=(-1.0, 0.5), widths=(0.2, 1.5)):
    return Mixture(*(torch.tensor(v, dtype=torch.float64) for v in (shares, means, widths)))


def test_the_penalty_is_minus_the_log_of_the_density():
    w, m = weights(), mixture()
    density = sum(
        share * norm.pdf(w.numpy(), mean, width)
        for share, mean, width in zip(*(t.tolist() for t in m), strict=True)
    )
    assert mixture_penalty(w, m).item() == pytest.approx(-np.log(density).sum())


def test_one_component_at_zero_is_l2():
    w, m = weights(), mixture((1.0,), (0.0,), (0.5,))
    constant = len(w) * math.log(0.5 * math.sqrt(2 * math.pi))
    assert_close(mixture_penalty(w, m), w.square().sum() / (2 * 0.5**2) + constant)


def test_the_gradient_is_that_of_finite_differences():
    w = weights(20).requires_grad_()
    assert torch.autograd.gradcheck(lambda w: mixture_penalty(w, mixture()), (w,))


def test_the_gradient_pulls_to_the_means_by_responsibility():
    w, m = weights().requires_grad_(), mixture()
    mixture_penalty(w, m).backward()
    r = responsibilities(w.detach(), m)
    pull = (r * (w.detach()[:, None] - m.means) / m.widths.square()).sum(1)
    assert_close(w.grad, pull)


def test_responsibilities_are_bayes_rule():
    w, m = weights(), mixture()
    parts = np.stack(
        [
            s * norm.pdf(w.numpy(), mu, width)
            for s, mu, width in zip(*(t.tolist() for t in m), strict=True)
        ],
        1,
    )
    assert_close(responsibilities(w, m).numpy(), parts / parts.sum(1, keepdims=True))


def test_em_equals_scikit_learn():
    w, start = weights(), start_mixture(weights(), 3)
    model = GaussianMixture(
        3, max_iter=7, tol=0.0, reg_covar=0.0, weights_init=start.shares.numpy(),
        means_init=start.means[:, None].numpy(),
        precisions_init=(1 / start.widths.square())[:, None, None].numpy(),
    )  # fmt: skip
    with pytest.warns(match="did not converge"):
        model.fit(w[:, None].numpy())
    found = fit_mixture(w, 3, steps=7)
    assert_close(found.shares, torch.tensor(model.weights_))
    assert_close(found.means, torch.tensor(model.means_[:, 0]))
    assert_close(found.widths, torch.tensor(model.covariances_[:, 0, 0]).sqrt())


def test_em_never_raises_the_penalty():
    w = weights()
    m, values = start_mixture(w, 4), []
    for _ in range(20):
        values.append(mixture_penalty(w, m).item())
        m = em_step(w, m)
    assert (np.diff(values) <= 1e-9).all() and values[-1] < values[0] - 1


def test_at_em_s_fixed_point_the_gradients_with_and_without_the_mixture_agree():
    """So the penalty at a fitted mixture has the gradient of the paper's joint optimization."""
    w = weights().requires_grad_()
    fixed = fit_mixture(w, 3, steps=500)
    moving = em_step(w, fixed)  # depends on w
    together = torch.autograd.grad(mixture_penalty(w, moving), w)[0]
    alone = torch.autograd.grad(mixture_penalty(w, fixed), w)[0]
    assert_close(together, alone, rtol=1e-5, atol=1e-6)


def test_the_start_is_spread_over_the_ranks():
    found = start_mixture(torch.arange(8.0).flip(0), 2)
    assert found.means.tolist() == [2.0, 6.0]
    assert found.shares.tolist() == [0.5, 0.5]
    assert_close(found.widths, torch.arange(8.0).std(correction=0).expand(2) / 2)


@pytest.mark.parametrize("w", [torch.zeros(6), torch.tensor([0.0, 0, 0, 0, 0, 1e6])])
def test_widths_have_a_lower_limit(w):
    found = fit_mixture(w, 2, steps=20, min_width=0.1)
    assert found.widths.min() >= 0.1 - 1e-7
    assert all(torch.isfinite(t).all() for t in found)
    assert torch.isfinite(mixture_penalty(w, found))


def test_a_component_without_weights_stays_where_it_is():
    far = mixture(means=(0.0, 1e6), widths=(1.0, 1.0))
    found = em_step(weights(), far)
    assert (found.means[1], found.widths[1]) == (1e6, 1.0)
    assert found.shares[1] < 1e-300 and torch.isfinite(found.shares.log()).all()


def test_the_technique_is_lam_times_the_penalty_at_the_fitted_mixture():
    w = {"a": weights(6).view(2, 3), "b": weights(4).view(4, 1)}
    technique = SoftSharing(0.1, components=2, steps=3, min_width=0.05)
    flat = torch.cat([w["a"].flatten(), w["b"].flatten()])
    want = 0.1 * mixture_penalty(flat, fit_mixture(flat, 2, 3, 0.05))
    assert_close(technique.penalty(w), want)


def test_no_gradient_flows_into_the_mixture():
    w = weights().requires_grad_()
    assert not any(t.requires_grad for t in SoftSharing(0.1).mixture(w))


def test_zero_strength_is_off():
    assert SoftSharing(0.0).penalty({"w": weights()}) == 0


def test_vmap_equals_a_loop():
    stacked = torch.stack([weights(), 2 * weights(), weights() - 1])
    technique = SoftSharing(0.1)
    together = vmap(lambda w: technique.penalty({"w": w}))(stacked)
    assert_close(together, torch.stack([technique.penalty({"w": w}) for w in stacked]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtypes_stay(dtype):
    assert SoftSharing(0.1).penalty({"w": weights().to(dtype)}).dtype == dtype


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: SoftSharing(-1.0), "lam must be .* >= 0; got -1"),
        (lambda: SoftSharing(0.1, components=0), "components must be .* >= 1; got 0"),
        (lambda: SoftSharing(0.1, steps=-1), "steps must be .* >= 0; got -1"),
        (lambda: SoftSharing(0.1, min_width=0.0), "min_width must be .* > 0; got 0"),
        (lambda: start_mixture(weights(), 0), "components must be .* >= 1; got 0"),
        (lambda: start_mixture(weights(), 2, 0.0), "min_width must be .* > 0; got 0"),
        (lambda: em_step(weights(), mixture(), 0.0), "min_width must be .* > 0; got 0"),
        (lambda: fit_mixture(weights(), 2, -1), "steps must be .* >= 0; got -1"),
    ],
)
def test_errors(call, says):
    with pytest.raises(ValueError, match=says):
        call()
