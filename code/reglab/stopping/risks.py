"""The exact risk of early stopping and of ridge on least squares, and how far apart they can be.

Source      Ali, Kolter, Tibshirani (2019), "A Continuous-Time View of Early Stopping for Least
            Squares", AISTATS, sections 4 to 6: the risks, and how they compare.
Departures  The bounds are computed here, from their one-dimensional maxima.
Symbols     y = X w + noise, with n fixed examples X and independent noise of variance sigma^2.
            Along v_i: curvature h_i (see `filters`), the true weight's part c_i, and the filter
            f_i of the estimate.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from reglab.core import check_choice, check_count
from reglab.stopping.filters import nonnegative

KINDS = ("estimation", "prediction")


def filter_risk(
    filters: ArrayLike,
    curvatures: ArrayLike,
    squared_parts: ArrayLike,
    *,
    noise_variance: float,
    examples: int,
    kind: str = "estimation",
) -> np.ndarray:
    """Return E |w_hat - w|^2 = sum_i (1 - f_i)^2 c_i^2 + sigma^2/n sum_i f_i^2 / h_i.

    The first sum is the squared bias, which falls while training goes on; the second is the
    variance, which grows. kind="prediction" multiplies each term by h_i: the risk of the outputs
    on the same inputs, E |X (w_hat - w)|^2 / n, without the noise of the targets.

    Args:
        filters: f (..., D), one set of shares for each number of steps or strength.
        curvatures: h (D,), >= 0. Where h = 0, f must be 0: nothing is learned there.
        squared_parts: c^2, broadcasts against (D,). For the mean over random weights of variance
            r^2 / D each, pass that number.
        noise_variance: sigma^2 >= 0.
        examples: n >= 1.
        kind: "estimation" or "prediction".
    Returns: (...).
    Raises: ValueError for a value out of range, or a filter that is not 0 where h = 0.

    >>> float(filter_risk([0.5, 0.0], [1.0, 0.0], [4.0, 9.0], noise_variance=2.0, examples=10))
    10.05
    """
    f, h = (
        np.asarray(filters, dtype=float),
        nonnegative("curvatures", curvatures, finite=True),
    )
    noise = nonnegative("noise_variance", noise_variance, finite=True)
    c2 = nonnegative("squared_parts", squared_parts, finite=True)
    n = check_count("examples", examples)
    if (np.broadcast_to(f, np.broadcast_shapes(f.shape, h.shape))[..., h == 0] != 0).any():
        raise ValueError("a direction without curvature cannot be learned; its filter must be 0")
    variance = noise / n * np.divide(f**2, h, out=np.zeros(np.broadcast(f, h).shape), where=h > 0)
    weight = h if check_choice("kind", kind, KINDS) == "prediction" else 1.0
    return (weight * ((1 - f) ** 2 * c2 + variance)).sum(axis=-1)


def flow_to_ridge_bound() -> float:
    """Return the largest ratio of gradient flow's risk at time t to the risk of ridge at 1/t.

    For any data, true weights and time: with x = t h, flow's bias exp(-x) never exceeds ridge's
    1 / (1 + x), and its variance is at most max_x ((1 - exp(-x)) (1 + x) / x)^2 times ridge's.
    That maximum, 1.69, is at x = 1.79.

    >>> round(flow_to_ridge_bound(), 2)
    1.69
    """
    return _largest(lambda x: (np.expm1(-x) * (1 + x) / x) ** 2)


def tuned_flow_to_ridge_bound() -> float:
    """Return the largest ratio of gradient flow's risk to that of ridge, each at its own best.

    For the mean over random weights of equal variance. Ridge is best at some alpha, and
    flow's best is at most its risk at 1 / alpha; along a direction with x = h / alpha, the two are
    as exp(-2 x) + (1 - exp(-x))^2 / x is to 1 / (1 + x). The maximum of that is at x = 3.21.

    >>> round(tuned_flow_to_ridge_bound(), 2)
    1.21
    """
    return _largest(lambda x: (1 + x) * (np.exp(-2 * x) + np.expm1(-x) ** 2 / x))


def _largest(ratio) -> float:
    """The highest value of a function of x > 0 that has one peak, between 0.1 and 20."""
    found = minimize_scalar(
        lambda x: -ratio(x), bounds=(0.1, 20), method="bounded", options={"xatol": 1e-10}
    )
    return float(-found.fun)
