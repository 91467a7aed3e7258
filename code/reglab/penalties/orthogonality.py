"""Orthogonality: keep a layer's rows (or columns) of length one and at right angles.

Source      Brock, Lim, Ritchie, Weston (2017), "Neural Photo Editing with Introspective Adversarial
            Networks", ICLR, section 3.4 (there with absolute values); Bansal, Chen, Wang (2018),
            "Can We Gain More from Orthogonality Regularizations in Training Deep Networks?",
            NeurIPS, section 3.1, "soft orthogonality".
Departures  Of W W^T and W^T W the smaller one is compared with I: the other cannot be I, as its
            rank is at most min(O, I). The factor is lam/4, so that the gradient has none.
Symbols     W (O, I), or (O, I k...) for a convolution.
"""

from functools import reduce

import torch
from torch import Tensor

from reglab.penalties.norms import Weights, rows, strength, tensors


def orthogonality(weights: Weights, lam: float | Tensor = 1.0) -> Tensor:
    """Return lam/4 sum over layers of |W W^T - I|^2, or |W^T W - I|^2 if W has more rows.

    In singular values: lam/4 sum (sigma^2 - 1)^2. So it is no decay: it *raises* singular values
    below 1, and is 0 for a matrix that keeps lengths. Gradient: lam (W W^T - I) W.

    Args:
        weights: a module (then `weights_of` chooses), a tensor, or an iterable of them.
        lam: strength, >= 0; a tensor is not checked.
    Raises: ValueError if lam is negative or not finite, or if there are no weights.
    """
    distances = (_distance(rows(w)) for w in tensors(weights))
    return strength("lam", lam) / 4 * reduce(torch.add, distances)


def _distance(w: Tensor) -> Tensor:
    gram = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    return (gram - torch.eye(len(gram), dtype=w.dtype, device=w.device)).square().sum()
