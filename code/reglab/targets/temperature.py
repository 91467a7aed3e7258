"""Temperature scaling: divide the logits by one number, fitted on validation data after training.

Source      Guo, Pleiss, Sun, Weinberger (2017), "On Calibration of Modern Neural Networks", ICML,
            section 4.2.
Departures  The one number is found as the root of the derivative, not by LBFGS.
Symbols     z (N, K) logits, y (N,) classes, T > 0 the temperature, b = 1 / T.
The order of the logits stays, and with it every prediction and the error. T > 1 makes predictions
less confident, T < 1 more. The negative log-likelihood is convex in b, so there is one minimum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from torch import Tensor

from reglab.core import check_positive
from reglab.targets.cross_entropy import check_predictions, unless_tensor

LIMITS = (0.01, 100.0)


def fit_temperature(z: Tensor, y: Tensor, limits: tuple[float, float] = LIMITS) -> float:
    """Return the temperature T that minimizes the mean of -log softmax(z / T)_y.

    There the mean logit of the label equals the mean of the logit that softmax(z / T) expects.
    If every label has the largest logit, the minimum is at T = 0, and if the labels have smaller
    logits than chance at T = infinity; the nearer one of `limits` is returned then.

    Shapes: z (N, K) logits, y (N,) int64 classes, of data that was not trained on.
    Args: limits: the smallest and the largest temperature.
    Raises: ValueError if the shapes do not fit, there are no examples, a logit is not finite, or
        the limits are not two positive numbers in ascending order.

    >>> import torch
    >>> z, y = torch.tensor([[3.0, 0.0]] * 4), torch.tensor([0, 0, 0, 1])
    >>> round(fit_temperature(z, y), 3)  # three in four are right: 3 / T = log 3
    2.731
    """
    z, y = check_predictions(z, y, "logits")
    if not z.isfinite().all():
        raise ValueError("the logits must be finite; leave out networks that diverged")
    low, high = (check_positive("each of limits", value) for value in limits)
    if low >= high:
        raise ValueError(f"limits must ascend, such as {LIMITS}; got {limits}")
    label = z.gather(1, y[:, None]).mean()

    def slope(b: float) -> float:  # of the loss in b; it never falls, since the loss is convex
        return float(((b * z).softmax(1) * z).sum(1).mean() - label)

    if slope(1 / low) <= 0:
        return low
    if slope(1 / high) >= 0:
        return high
    best: Any = brentq(slope, 1 / high, 1 / low, xtol=1e-12, rtol=np.float64(1e-12))
    return 1 / best


@dataclass(frozen=True)
class TemperatureScaling:
    """A fitted temperature: called on logits, it divides them by it.

    Fit on validation data, and measure on test data: one number hardly overfits, but the test part
    would no longer be untouched.

    Args: temperature: > 0, or a tensor without dimensions; 1 changes nothing.
    Raises: ValueError if the temperature is not a finite number > 0.

    >>> import torch
    >>> scaling = TemperatureScaling.fit(torch.tensor([[3.0, 0.0]] * 4), torch.tensor([0, 0, 0, 1]))
    >>> scaling(torch.tensor([[3.0, 0.0]])).softmax(1)
    tensor([[0.7500, 0.2500]])
    """

    temperature: float | Tensor = 1.0

    def __post_init__(self) -> None:
        unless_tensor(check_positive, "temperature", self.temperature)

    @classmethod
    def fit(cls, z: Tensor, y: Tensor) -> "TemperatureScaling":
        """Return the scaling with `fit_temperature(z, y)`; z (N, K) logits, y (N,) classes."""
        return cls(fit_temperature(z, y))

    def __call__(self, z: Tensor) -> Tensor:
        """Return z / T, in the shape and dtype of z."""
        return z / self.temperature
