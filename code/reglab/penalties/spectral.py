"""Spectral norm: the most that a layer can stretch its input, as a penalty and as a constraint.

Source      Yoshida, Miyato (2017), "Spectral Norm Regularization", arXiv 1705.10941, section 3, for
            the penalty; Miyato, Kataoka, Koyama, Yoshida (2018), "Spectral Normalization for
            Generative Adversarial Networks", ICLR, algorithm 1, for the division; Gouk, Frank,
            Pfahringer, Cree (2021), Machine Learning 110, for the limit of a network.
Departures  A convolution's weight is taken as the matrix (O, I k...), as in both papers; that is
            not the norm of the convolution itself.
Symbols     W (O, I); sigma its largest singular value, u (O,) and v (I,) the vectors with
            W v = sigma u. |f(x) - f(y)| <= product of the sigma |x - y| for a ReLU network.
"""

from functools import reduce

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.core import check_count, check_positive, check_shape
from reglab.penalties.norms import Weights, rows, strength, tensors


def power_iteration(w: Tensor, u: Tensor, steps: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """Return (sigma, u, v) after `steps` of v <- W^T u / |.|, u <- W v / |.|; sigma = u^T W v.

    sigma approaches the largest singular value from below, by a factor (sigma2 / sigma1)^2 a step.
    Carried over from one training step to the next, one iteration each is enough, as W moves
    slowly. u and v are constants for autograd, so that d sigma / dW = u v^T, which is exact at the
    limit.

    Args:
        w: (O, I, ...), taken as the matrix (O, I ...).
        u: (O,), not orthogonal to the first singular vector: random, or of the step before.
        steps: iterations, >= 1.
    """
    check_count("steps", steps)
    matrix = rows(w)
    check_shape("u", u, (len(matrix),))
    with torch.no_grad():
        for _ in range(steps):
            v = F.normalize(matrix.T @ u, dim=0, eps=1e-12)
            u = F.normalize(matrix @ v, dim=0, eps=1e-12)
    return u @ (matrix @ v), u, v


def spectral_norm(w: Tensor) -> Tensor:
    """Return the largest singular value of w (O, I, ...) as a matrix, exactly, by an SVD."""
    matrix = rows(w)
    exact = matrix.float() if w.dtype.itemsize < 4 else matrix  # torch has no SVD of 16-bit numbers
    try:
        return torch.linalg.matrix_norm(exact, ord=2).to(w.dtype)
    except torch.linalg.LinAlgError as error:  # pyright: ignore[reportPrivateImportUsage], documented
        raise ValueError(f"w holds NaN or infinite numbers, or {error}") from None


def spectral_penalty(weights: Weights, lam: float | Tensor = 1.0) -> Tensor:
    """Return lam/2 sum over layers of sigma(W)^2, a scalar.

    Its gradient lam sigma u v^T shrinks one direction of a layer, the most stretched one, and
    leaves the others, where L2 (lam/2 of the sum of *all* sigma^2) shrinks every one.

    Args:
        weights: a module (then `weights_of` chooses), a tensor, or an iterable of them.
        lam: strength, >= 0; a tensor is not checked.
    Raises: ValueError if lam is negative or not finite, or if there are no weights.
    """
    squares = (spectral_norm(w).square() for w in tensors(weights))
    return strength("lam", lam) / 2 * reduce(torch.add, squares)


def limit_spectral_norm(w: Tensor, maximum: float | Tensor = 1.0) -> Tensor:
    """Return w with its singular values scaled down together so that the largest is <= `maximum`.

    w min(1, maximum / sigma). Differentiable, so that it serves as a parametrization too.
    Raises: ValueError unless maximum > 0.
    """
    if not isinstance(maximum, Tensor):
        check_positive("maximum", maximum)
    return w * torch.clamp(maximum / spectral_norm(w).clamp_min(1e-12), max=1.0)


def lipschitz_bound(weights: Weights) -> Tensor:
    """Return the product of the spectral norms: a bound, seldom tight, on |f(x) - f(y)| / |x - y|.

    For linear layers with activations that stretch nothing, such as ReLU and tanh.
    """
    return torch.stack([spectral_norm(w) for w in tensors(weights)]).prod()
