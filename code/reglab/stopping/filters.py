"""Early stopping and ridge on least squares, solved: what share of each direction is learned.

Source      Goodfellow, Bengio, Courville (2016), "Deep Learning", section 7.8; Ali, Kolter,
            Tibshirani (2019), "A Continuous-Time View of Early Stopping for Least Squares",
            AISTATS, section 2 and lemma 3 (their step size is ours).
Departures  The steps are those of plain gradient descent on all examples, with a constant rate.
Symbols     loss 1/(2n) |y - X w|^2 (+ alpha/2 |w|^2 for ridge), X (n, I) = U S V'. A curvature is
            h_i = s_i^2 / n, an eigenvalue of the Hessian X'X / n. A filter f_i is the share of the
            least-squares weight along v_i that an estimate has: w = sum_i f_i (u_i'y / s_i) v_i.
Both estimates have the same directions and differ in f alone: that is the sense in which early
stopping is like an L2 penalty, and the whole of it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from reglab.core import check_positive, check_shape


def gradient_descent_filter(curvatures: ArrayLike, lr: float, steps: ArrayLike) -> np.ndarray:
    """Return f = 1 - (1 - lr h)^steps, after `steps` steps of gradient descent from w = 0.

    Where lr h > 1 the weight jumps over its goal and f oscillates about 1, which no penalty does.

    Args:
        curvatures: h >= 0, any shape.
        lr: > 0, with lr h < 2 everywhere: beyond that, the descent diverges.
        steps: whole numbers >= 0; broadcasts against the curvatures.
    Raises: ValueError for a value out of range.

    >>> gradient_descent_filter([1.0, 0.5, 0.0], lr=0.5, steps=2).round(4).tolist()
    [0.75, 0.4375, 0.0]
    """
    h, lr = _curvatures(curvatures), check_positive("lr", lr)
    if lr * h.max(initial=0.0) >= 2:
        raise ValueError(
            f"gradient descent diverges unless lr < 2 / the largest curvature; got lr = {lr:g}; "
            f"use less than {2 / h.max():.3g}"
        )
    t = np.asarray(steps)
    if not np.issubdtype(t.dtype, np.integer) or (t < 0).any():
        raise ValueError(f"steps must be whole numbers >= 0; got {steps!r}")
    # log1p and expm1 keep the digits where lr h is tiny and steps are many; they need lr h < 1.
    safe = np.where(lr * h < 1, lr * h, 0.0)
    return np.where(lr * h < 1, -np.expm1(t * np.log1p(-safe)), 1 - (1 - lr * h) ** t)


def gradient_flow_filter(curvatures: ArrayLike, time: ArrayLike) -> np.ndarray:
    """Return f = 1 - exp(-time h): the limit of small steps, with time = lr * steps.

    Args: curvatures: h >= 0; time: >= 0, may be infinite; they broadcast.

    >>> gradient_flow_filter([1.0, 0.0], time=np.log(2)).round(6).tolist()
    [0.5, 0.0]
    """
    return -np.expm1(-_product(_curvatures(curvatures), nonnegative("time", time)))


def ridge_filter(curvatures: ArrayLike, alpha: ArrayLike) -> np.ndarray:
    """Return f = h / (h + alpha): ridge regression with the penalty alpha/2 |w|^2.

    With alpha = 0 it is that of least squares of the smallest norm: 1 where h > 0, and 0 at h = 0.

    Args: curvatures: h >= 0; alpha: >= 0, may be infinite; they broadcast.

    >>> ridge_filter([1.0, 0.5, 0.0], alpha=0.5).round(6).tolist()
    [0.666667, 0.5, 0.0]
    """
    h, alpha = _curvatures(curvatures), nonnegative("alpha", alpha)
    # 1 where there is nothing to divide, so that 0 / 0 is 0.
    return h / np.where(h + alpha > 0, h + alpha, 1.0)


def matching_steps(lr: ArrayLike, alpha: ArrayLike) -> np.ndarray:
    """Return 1 / (lr alpha): the steps after which gradient descent resembles ridge with alpha.

    Where lr h and h / alpha are small, both filters are close to lr h steps = h / alpha.

    >>> float(matching_steps(lr=0.1, alpha=0.01).round(6))
    1000.0
    """
    return 1 / (positive("lr", lr) * positive("alpha", alpha))


def matching_alpha(lr: ArrayLike, steps: ArrayLike) -> np.ndarray:
    """Return 1 / (lr steps): the strength of the ridge penalty that `steps` steps resemble.

    >>> float(matching_alpha(lr=0.1, steps=1000).round(6))
    0.01
    """
    return 1 / (positive("lr", lr) * positive("steps", steps))


def filtered_weights(
    X: ArrayLike, y: ArrayLike, share: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return w = sum_i f_i (u_i'y / s_i) v_i for a filter f = share(h): (I,), or (..., I).

    With `lambda h: ridge_filter(h, 0.1)` that is ridge regression; `share` may add axes before the
    last one, one for each of several strengths or numbers of steps.

    Args:
        X: (n, I), not centered here; y: (n,).
        share: takes the curvatures (min(n, I),) and returns filters (..., min(n, I)).
    Raises: ValueError if the shapes do not fit.

    >>> X, y = [[2.0, 0.0], [0.0, 1.0]], [2.0, 3.0]
    >>> filtered_weights(X, y, lambda h: ridge_filter(h, 0.5)).round(6)
    array([0.8, 1.5])
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    check_shape("X", X, (None, None))
    check_shape("y", y, (len(X),))
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    # A singular value that is 0 up to rounding has no least-squares weight.
    there = s > s.max(initial=0.0) * max(X.shape) * np.finfo(float).eps
    weights = np.divide(U.T @ y, s, out=np.zeros_like(s), where=there)
    return (share(s**2 / len(X)) * weights) @ Vt


def curvatures_of(X: ArrayLike) -> np.ndarray:
    """Return h_i = s_i^2 / n of X (n, I), the highest first: (I,), with zeros where n < I.

    >>> curvatures_of([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).tolist()
    [2.0, 0.5, 0.0]
    """
    inputs = check_shape("X", np.asarray(X, dtype=float), (None, None))
    s = np.linalg.svd(inputs, compute_uv=False)
    return np.pad(s**2 / len(inputs), (0, inputs.shape[1] - len(s)))


def _curvatures(curvatures: ArrayLike) -> np.ndarray:
    return nonnegative("curvatures", curvatures, finite=True)


def nonnegative(name: str, values: ArrayLike, *, finite: bool = False) -> np.ndarray:
    """Return `values` as float64 if all are >= 0; ValueError that names the first that is not.

    Args: finite=True asks for finite values too; NaN never fits.

    >>> nonnegative("time", [0.0, 2.0]).tolist()
    [0.0, 2.0]
    """
    array = np.asarray(values, dtype=float)
    return _checked(name, array, (array >= 0) & (np.isfinite(array) | (not finite)), ">= 0")


def positive(name: str, values: ArrayLike) -> np.ndarray:
    """Return `values` as float64 if all are > 0; ValueError that names the first that is not.

    >>> positive("lr", 0.1).tolist()
    0.1
    """
    array = np.asarray(values, dtype=float)
    return _checked(name, array, array > 0, "> 0")


def _checked(name: str, array: np.ndarray, fits: np.ndarray, bound: str) -> np.ndarray:
    if not fits.all():
        raise ValueError(f"{name} must be numbers {bound}; got {array[~fits].flat[0]:g}")
    return array


def _product(h: np.ndarray, time: np.ndarray) -> np.ndarray:
    """h * time, 0 where h is 0: a flat direction is never learned, however long."""
    return np.where(h > 0, np.where(h > 0, h, 1.0) * time, 0.0)
