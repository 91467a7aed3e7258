"""The batched solver: optimality conditions, each part alone, and giving up honestly."""

import pytest
import torch
from torch.testing import assert_close

from reglab.core import stream
from reglab.core.device import available_devices
from reglab.penalties import paths_solver
from reglab.penalties.paths_gap import SecondMoments, gaps
from reglab.penalties.paths_solver import proximal_steps, same_signs, solve

LAM1 = torch.tensor([2.0, 0.3, 0.05, 0.05, 0.001], dtype=torch.float64)
LAM2 = torch.tensor([0.0, 0.0, 0.0, 0.4, 0.002], dtype=torch.float64)


def problem(n, features, seed=0):
    X = torch.randn(n, features, dtype=torch.float64, generator=stream(seed, "X"))
    X[:, 1] += 3 * X[:, 0]  # correlated, or the problem is too easy
    noise = torch.randn(n, dtype=torch.float64, generator=stream(seed, "noise"))
    return X, X[:, :3].sum(1) + noise


def kkt(X, y, W, lam1, lam2):
    """By how much x_j'r / n - lam2 w_j misses lam1 sign(w_j), or [-lam1, lam1] where w_j = 0."""
    c = (y - W @ X.T) @ X / len(X) - lam2[:, None] * W
    return torch.where(
        W != 0, (c - lam1[:, None] * W.sign()).abs(), (c.abs() - lam1[:, None]).clamp(min=0)
    ).amax(1)


@pytest.mark.parametrize(("n", "features"), [(40, 8), (40, 90), (8, 8), (5, 1), (1, 3)])
def test_solutions_meet_the_optimality_conditions(n, features):
    X, y = problem(n, max(features, 3))
    X = X[:, :features]
    start = torch.zeros(5, features, dtype=torch.float64)
    W, gap, _ = solve(SecondMoments.of(X, y), LAM1, LAM2, start, 1e-13, 100_000)
    assert (gap <= 1e-13 * y.square().mean()).all()
    assert (kkt(X, y, W, LAM1, LAM2) < 1e-5).all()
    assert_close(gap, gaps(SecondMoments.of(X, y), W, LAM1, LAM2))


def test_a_batch_is_its_members_one_by_one():
    X, y = problem(40, 8)
    start = torch.zeros(5, 8, dtype=torch.float64)
    W, *_ = solve(SecondMoments.of(X, y), LAM1, LAM2, start, 1e-12, 100_000)
    for i in range(5):
        one, *_ = solve(SecondMoments.of(X, y), LAM1[[i]], LAM2[[i]], start[[i]], 1e-12, 100_000)
        assert_close(one[0], W[i], rtol=0, atol=1e-9)


def test_proximal_steps_alone_converge_too(monkeypatch):
    monkeypatch.setattr(paths_solver, "same_signs", lambda moments, lam1, lam2, W: W)
    X, y = problem(40, 8)
    start = torch.zeros(5, 8, dtype=torch.float64)
    W, _, steps = solve(SecondMoments.of(X, y), LAM1, LAM2, start, 1e-12, 100_000)
    assert (kkt(X, y, W, LAM1, LAM2) < 1e-5).all() and steps.max() > paths_solver.STRIDE


def test_the_exact_step_saves_most_of_them():
    X, y = problem(40, 8)
    start = torch.zeros(5, 8, dtype=torch.float64)
    assert (
        solve(SecondMoments.of(X, y), LAM1, LAM2, start, 1e-12, 100_000)[2].max()
        <= 5 * paths_solver.STRIDE
    )


def test_same_signs_is_exact_given_the_signs():
    X, y = problem(40, 8)
    moments = SecondMoments.of(X, y)
    start = torch.zeros(5, 8, dtype=torch.float64)
    W, *_ = solve(moments, LAM1, LAM2, start, 1e-13, 100_000)
    rough = W * torch.rand(5, 8, dtype=torch.float64, generator=stream(0, "rough"))
    assert_close(same_signs(moments, LAM1, LAM2, rough), W, rtol=0, atol=1e-9)
    assert same_signs(moments, LAM1, LAM2, start) is start  # nothing to solve for


def test_same_signs_leaves_what_has_no_unique_solution():
    X, y = problem(40, 4)
    X[:, 3] = X[:, 2]
    W = torch.ones(2, 4, dtype=torch.float64)
    lam1, lam2 = torch.tensor([0.1, 0.1]).double(), torch.tensor([0.0, 0.5]).double()
    solved = same_signs(SecondMoments.of(X, y), lam1, lam2, W)
    assert_close(solved[0], W[0]) and not torch.equal(solved[1], W[1])
    assert_close(solved[1, 2], solved[1, 3])  # twins share
    wide = SecondMoments.of(*problem(5, 8))
    W = torch.ones(2, 8, dtype=torch.float64)
    assert same_signs(wide, lam1, lam2, W) is W


def test_one_proximal_step_at_a_time_is_ista(monkeypatch):
    monkeypatch.setattr(paths_solver, "STRIDE", 1)
    X, y = problem(40, 8)
    W = torch.randn(5, 8, dtype=torch.float64, generator=stream(0, "W"))
    bound = torch.linalg.eigvalsh(X.T @ X / 40)[-1]
    state = (W, W, torch.zeros(5, 1, dtype=torch.float64))
    new, ahead, k = proximal_steps(SecondMoments.of(X, y), LAM1, LAM2, state, bound)
    leaf = W.clone().requires_grad_()
    loss = 0.5 * (y - leaf @ X.T).square().mean(1) + LAM2 / 2 * leaf.square().sum(1)
    v = W - torch.autograd.grad(loss.sum(), leaf)[0] / (bound + LAM2)[:, None]
    t = (LAM1 / (bound + LAM2))[:, None]
    assert_close(new, torch.sign(v) * (v.abs() - t).clamp(min=0))
    assert_close(ahead, new + k / (k + 3) * (new - W))


def test_giving_up_says_how_far_it_got():
    X, y = problem(40, 90)
    start = torch.zeros(1, 90, dtype=torch.float64)
    W, gap, steps = solve(SecondMoments.of(X, y), LAM1[4:], LAM2[:1], start, 1e-14, 40)
    assert steps[0] == 40 and gap[0] > 1e-14 * y.square().mean()
    assert_close(gap, gaps(SecondMoments.of(X, y), W, LAM1[4:], LAM2[:1]))


def test_done_at_the_start_takes_no_steps():
    X, y = problem(40, 8)
    start = torch.zeros(1, 8, dtype=torch.float64)
    W, gap, steps = solve(SecondMoments.of(X, y), 100 * LAM1[:1], LAM2[:1], start, 1e-12, 1000)
    assert (W == 0).all() and steps[0] == 0 and abs(gap[0]) < 1e-12


@pytest.mark.parametrize("features", [8, 64, 65, 90])
def test_the_step_size_never_exceeds_what_is_safe(features):
    X, y = problem(70, features)
    exact = torch.linalg.eigvalsh(X.T @ X / 70)[-1]
    estimate = paths_solver._largest_eigenvalue(SecondMoments.of(X, y))
    assert exact * (1 - 1e-12) <= estimate <= 1.06 * exact


@pytest.mark.parametrize("device", available_devices())
def test_every_device(device):
    dtype = torch.float32 if device == "mps" else torch.float64
    X, y = problem(40, 8)
    args = [v.to(device, dtype) for v in (LAM1, LAM2, torch.zeros(5, 8))]
    W, *_ = solve(SecondMoments.of(X.to(device, dtype), y.to(device, dtype)), *args, 1e-5, 10_000)
    want, *_ = solve(SecondMoments.of(X, y), LAM1, LAM2, torch.zeros(5, 8).double(), 1e-5, 10_000)
    assert_close(W.cpu().double(), want, rtol=0, atol=0.05)
