"""Curvature of a loss: Hessian times vector, largest eigenvalue and trace, without the Hessian.

Source      Pearlmutter (1994), "Fast Exact Multiplication by the Hessian", Neural Computation 6;
            Lanczos (1950), Journal of Research of the National Bureau of Standards 45; Hutchinson
            (1989), Communications in Statistics - Simulation and Computation 18.
Departures  Lanczos orthogonalizes each new direction against all before it, twice: without that,
            rounding makes copies of eigenvalues. With a few dozen steps this costs little.
Symbols     L loss, w (D,) weights, H (D, D) the Hessian of L at w, v (D,) a direction.
"""

import torch
from torch import Tensor
from torch.func import grad, vjp

from reglab.core import check_count, check_shape, normal_like, uniform_like
from reglab.sharpness.vectors import Loss


def hessian_vector_product(loss: Loss, w: Tensor, v: Tensor) -> Tensor:
    """Return H v: the derivative of the gradient of L along v.

    It costs about two gradients, where H itself would cost D of them.

    Args: loss: takes a vector like w and returns a scalar; w: (D,); v: (D,).
    Raises: ValueError if w is no vector or v does not have its shape.

    >>> hessian_vector_product(lambda w: (w**3).sum(), torch.tensor([1.0, 2.0]), torch.ones(2))
    tensor([ 6., 12.])
    """
    check_shape("w", w, (None,))
    check_shape("v", v, tuple(w.shape))
    return vjp(grad(loss), w)[1](v)[0]  # H'v, and H is symmetric


def largest_eigenvalue(
    loss: Loss, w: Tensor, steps: int = 30, generator: torch.Generator | None = None
) -> Tensor:
    """Return the largest eigenvalue of H, the "sharpness" at w, by Lanczos steps: a tensor ().

    Each step costs one Hessian-vector product. The result approaches the largest eigenvalue, in
    sign, from below, and is exact up to rounding when `steps` reaches D.

    Args:
        loss, w: as in `hessian_vector_product`.
        steps: >= 1; at most D of them are made.
        generator: draws the first direction; None: torch's global one.
    Raises: ValueError if steps is no count or w no vector.

    >>> largest_eigenvalue(lambda w: (w[0] ** 2 - 5 * w[1] ** 2) / 2, torch.zeros(2))
    tensor(1.0000)
    """
    check_count("steps", steps)
    check_shape("w", w, (None,))
    first = normal_like(w, generator)
    basis, diagonal, beside = [first / first.norm()], [], []
    ended = torch.zeros_like(w.sum(), dtype=torch.bool)  # a tensor, so that vmap works
    for step in range(count := min(steps, len(w))):
        image = hessian_vector_product(loss, w, basis[-1])
        # Where no direction was left, the quotient of the first one stands in: it changes nothing.
        diagonal.append(torch.where(ended, diagonal[0] if step else 0.0, image @ basis[-1]))
        if step + 1 == count:
            break
        known = torch.stack(basis)  # (step + 1, D)
        for _ in range(2):
            image = image - known.T @ (known @ image)
        length = image.norm()
        ended = length == 0
        beside.append(length)
        basis.append(torch.where(ended, 0.0, image / length))
    return _largest_of_tridiagonal(diagonal, beside)


def _largest_of_tridiagonal(diagonal: list[Tensor], beside: list[Tensor]) -> Tensor:
    """The largest eigenvalue of the symmetric matrix with these two diagonals."""
    matrix = torch.diag(torch.stack(diagonal))
    if beside:
        off = torch.diag(torch.stack(beside), 1)
        matrix = matrix + off + off.T
    return torch.linalg.eigvalsh(matrix)[-1]


def trace(
    loss: Loss, w: Tensor, samples: int = 30, generator: torch.Generator | None = None
) -> Tensor:
    """Return an unbiased estimate of the trace of H: the mean of v'Hv over random signs v.

    The mean of v_i v_j is 1 for i = j and 0 otherwise, so that only the diagonal stays. The
    variance of one sample is 2 sum_{i != j} H_ij^2: a diagonal H gives the trace at once.

    Args: loss, w: as in `hessian_vector_product`; samples: >= 1; generator: draws the signs.
    Raises: ValueError if samples is no count.

    >>> trace(lambda w: (w[0] ** 2 + 5 * w[1] ** 2) / 2, torch.zeros(2), samples=1)
    tensor(6.)
    """
    check_count("samples", samples)
    total = torch.zeros_like(w.sum())
    for _ in range(samples):
        signs = (uniform_like(w, generator) < 0.5).to(w.dtype) * 2 - 1
        total = total + signs @ hessian_vector_product(loss, w, signs)
    return total / samples
