"""Lasso and elastic net for many strengths at once: accelerated proximal steps, then exact ones.

Source      Beck, Teboulle (2009), "A Fast Iterative Shrinkage-Thresholding Algorithm", SIAM J.
            Imaging Sci. 2, section 4; O'Donoghue, Candes (2015), "Adaptive Restart for Accelerated
            Gradient Schemes", Found. Comput. Math. 15, section 3.2 (restart by gradient).
Departures  Momentum is k / (k + 3). At each check the equations of the current signs are solved
            exactly; that solution is kept where its duality gap is smallest, which ends most runs.
Symbols     M strengths on axis 0; I features; W (M, I). See paths_gap for the objective.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from reglab.penalties.paths_gap import SecondMoments, gaps
from reglab.penalties.proximal import soft_threshold

STRIDE = 20  # proximal steps between two checks


def solve(
    moments: SecondMoments, lam1: Tensor, lam2: Tensor, start: Tensor, tol: float, max_iter: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Minimize for each strength until its duality gap is at most `tol` times y'y / n.

    Args:
        moments: of the data.
        lam1, lam2: (M,), lam1 > 0.
        start: (M, I), for instance the solution at a neighboring strength.
        tol: relative duality gap.
        max_iter: proximal steps after which it gives up; the gaps then say how far it got.
    Returns: W (M, I), gaps (M,), proximal steps (M,).
    """
    best, gap = start.clone(), gaps(moments, start, lam1, lam2)
    steps = torch.zeros(len(best), dtype=torch.long, device=best.device)
    bound, limit = _largest_eigenvalue(moments), tol * moments.yy
    live = (gap > limit).nonzero()[:, 0]
    state: Sequence[Tensor] = _at_rest(best[live])
    while len(live) and steps.max() < max_iter:
        l1, l2, before = lam1[live], lam2[live], gap[live]
        state = proximal_steps(moments, l1, l2, state, bound)
        exact = same_signs(moments, l1, l2, state[0])
        tried = torch.stack([best[live], state[0], exact])  # (3, M, I)
        all_gaps = torch.stack([before, *(gaps(moments, W, l1, l2) for W in tried[1:])])
        gap[live], which = all_gaps.nan_to_num(torch.inf, torch.inf).min(0)
        best[live] = tried[which, torch.arange(len(live), device=which.device)]
        jump = (which == 2)[:, None]
        pairs = zip(_at_rest(exact), state, strict=True)
        state = tuple(torch.where(jump, new, old) for new, old in pairs)
        steps[live] += STRIDE
        on = gap[live] > limit
        live, state = live[on], tuple(part[on] for part in state)
    return best, gap, steps


def proximal_steps(
    moments: SecondMoments,
    lam1: Tensor,
    lam2: Tensor,
    state: Sequence[Tensor],
    bound: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """Take STRIDE accelerated steps of size 1 / (bound + lam2), one per model.

    `state` is W, the point Z ahead of it (M, I), and the number k (M, 1) of steps since Z last
    pointed uphill; then the momentum restarts.
    """
    W, Z, k = state
    size = 1 / (bound + lam2)[:, None]
    threshold, keep = size * lam1[:, None], 1 - size * lam2[:, None]
    for _ in range(STRIDE):
        new = soft_threshold(keep * Z - size * (moments.times(Z) - moments.q), threshold)
        ahead = new - W
        uphill = ((Z - new) * ahead).sum(1, keepdim=True) > 0
        k = torch.where(uphill, 0.0, k + 1)
        Z = torch.addcmul(new, ahead, k / (k + 3))
        W = new
    return W, Z, k


def same_signs(moments: SecondMoments, lam1: Tensor, lam2: Tensor, W: Tensor) -> Tensor:
    """Return the exact minimizer if each model's signs (M, I) are those of the solution.

    On the features A that are not 0 it solves (G_AA + lam2) w_A = q_A - lam1 sign(w_A). Where that
    has no unique solution, or there are more such features than examples, W is returned.
    """
    count = (W != 0).sum(1)
    size = int(count.max())
    if not 0 < size <= moments.n:
        return W
    index = W.abs().topk(size, dim=1).indices  # (M, A): the models with fewer are filled up
    sign = W.gather(1, index).sign()
    on = sign != 0
    G = moments.among(index) * (on[:, :, None] & on[:, None, :])
    G.diagonal(dim1=1, dim2=2).add_(torch.where(on, lam2[:, None], 1.0))
    right = torch.where(on, moments.q[index] - lam1[:, None] * sign, 0.0)
    factor, failed = torch.linalg.cholesky_ex(G)
    w = torch.cholesky_solve(right[:, :, None], factor)[:, :, 0]
    solved = torch.zeros_like(W).scatter(1, index, w)
    return torch.where((failed == 0)[:, None], solved, W)


def _at_rest(W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return W, W, W.new_zeros(len(W), 1)


def _largest_eigenvalue(moments: SecondMoments) -> Tensor:
    """An upper estimate of the largest eigenvalue of X'X / n: exact when small, else 5 % above."""
    if moments.G is not None and len(moments.G) <= 64:
        return torch.linalg.eigvalsh(moments.G)[-1]
    v = moments.q[None] + 1e-3 * moments.q.abs().mean()
    for _ in range(30):  # power iteration; the gap, not this number, decides when to stop
        v = moments.times(v / v.norm())
    return 1.05 * v.norm()
