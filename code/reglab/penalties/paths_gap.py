"""How far a fit is from the best one: duality gaps of the elastic net, of many models at once.

Source      Fercoq, Gramfort, Salmon (2015), "Mind the Duality Gap", ICML, section 2, with the ridge
            part added as rows of X, as in Zou and Hastie (2005), lemma 1; Boyd, Vandenberghe
            (2004), "Convex Optimization", section 5.5.1.
Departures  Everything is divided by n, so that losses are means.
Symbols     P(w) = 1/(2n) |y - X w|^2 + lam1 sum |w| + lam2/2 sum w^2; n examples, I features, M
            models on axis 0; r = y - X w the residual.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SecondMoments:
    """All that the objective needs of the data: q = X'y / n (I,), yy = y'y / n, and G = X'X / n.

    With fewer features than examples G (I, I) is kept, otherwise X (n, I) itself: the smaller one.
    """

    q: Tensor
    yy: Tensor
    n: int
    G: Tensor | None = None
    X: Tensor | None = None

    @classmethod
    def of(cls, X: Tensor, y: Tensor, q: Tensor | None = None) -> "SecondMoments":
        """Return the moments of X (n, I) and y (n,); `q` if it is known already."""
        n, wide = len(X), X.shape[1] > len(X)
        q = X.T @ y / n if q is None else q
        return cls(q, y @ y / n, n, None if wide else X.T @ X / n, X if wide else None)

    def times(self, W: Tensor) -> Tensor:
        """Return W X'X / n for W (M, I)."""
        if self.X is not None:
            return (W @ self.X.T) @ self.X / self.n
        assert self.G is not None
        return W @ self.G

    def among(self, index: Tensor) -> Tensor:
        """Return X_A'X_A / n for each row A of index (M, A): (M, A, A)."""
        if self.X is not None:
            columns = self.X.T[index]  # (M, A, n)
            return columns @ columns.mT / self.n
        assert self.G is not None
        return self.G[index[:, :, None], index[:, None, :]]


def gaps(moments: SecondMoments, W: Tensor, lam1: Tensor, lam2: Tensor) -> Tensor:
    """Return P(w) - D(theta) >= P(w) - min P for each model, (M,).

    Shapes: W (M, I), lam1 and lam2 (M,). With lam1 > 0 the dual point theta is the residual,
    scaled back until it is feasible; with lam1 = 0 < lam2 it is the residual itself. A gap that is
    below rounding, about 1e-16 yy, may come out negative.
    """
    GW, Wq = moments.times(W), W @ moments.q  # (M, I), (M,)
    rr = moments.yy - 2 * Wq + (W * GW).sum(1)  # |r|^2 / n
    return _gaps(moments.q - GW, rr, moments.yy - Wq, W, lam1, lam2)


def gaps_of(X: Tensor, y: Tensor, W: Tensor, lam1: Tensor, lam2: Tensor) -> Tensor:
    """The same from the data X (n, I), y (n,), where rounding is least."""
    n, r = len(X), y - W @ X.T  # (M, n)
    return _gaps(r @ X / n, r.square().sum(1) / n, r @ y / n, W, lam1, lam2)


def _gaps(c: Tensor, rr: Tensor, yr: Tensor, W: Tensor, lam1: Tensor, lam2: Tensor) -> Tensor:
    """The gaps from c = X'r / n (M, I), rr = |r|^2 / n and yr = y'r / n, both (M,).

    For lam1 > 0 the ridge part counts as I more examples sqrt(n lam2) e_i with target 0.
    """
    ww = W.square().sum(1)
    c_all, rr_all = c - lam2[:, None] * W, rr + lam2 * ww
    primal = rr_all / 2 + lam1 * W.abs().sum(1)
    tiny = torch.finfo(W.dtype).tiny
    scale = (lam1 / c_all.abs().amax(1).clamp(min=tiny)).clamp(max=1)
    lasso = scale * yr - scale.square() * rr_all / 2
    ridge = yr - rr / 2 - c.square().sum(1) / (2 * lam2).clamp(min=tiny)
    return primal - torch.where(lam1 > 0, lasso, ridge)
