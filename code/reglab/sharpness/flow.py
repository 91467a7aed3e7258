"""Gradient descent, the flow that it approximates, and the penalty that its steps amount to.

Source      Barrett, Dherin (2021), "Implicit Gradient Regularization", ICLR, theorem 3.1.
Departures  None. The penalty is the first correction in eta; it says nothing about large steps.
Symbols     L loss, w (D,) weights, eta learning rate (`lr`), t time = eta times steps.
Gradient descent w <- w - eta grad L(w) leaves the flow dw/dt = -grad L(w) at once, by order eta in
a given time. It stays within order eta^2 of the flow of L + eta/4 |grad L|^2.
"""

import torch
from torch import Tensor
from torch.func import grad

from reglab.core import check_count, check_nonnegative, check_positive, check_shape
from reglab.sharpness.vectors import Loss


def gradient_descent(loss: Loss, start: Tensor, lr: float, steps: int) -> Tensor:
    """Return the weights (steps + 1, D) of plain gradient descent, the start included.

    Args: loss: takes (D,) and returns a scalar; start: (D,); lr: > 0; steps: >= 0.
    Raises: ValueError for a value out of range.

    >>> gradient_descent(lambda w: (w**2).sum() / 2, torch.tensor([8.0]), lr=0.5, steps=2)
    tensor([[8.],
            [4.],
            [2.]])
    """
    check_positive("lr", lr)
    check_count("steps", steps, minimum=0)
    check_shape("start", start, (None,))
    path, slope = [start], grad(loss)
    for _ in range(steps):
        path.append(path[-1] - lr * slope(path[-1]))
    return torch.stack(path)


def gradient_flow(loss: Loss, start: Tensor, time: float, steps: int = 1000) -> Tensor:
    """Return the weights (steps + 1, D) on dw/dt = -grad L(w), from 0 to `time` in equal steps.

    Each step is one of the classical Runge-Kutta method: the error falls as steps^-4.

    Args: loss: takes (D,) and returns a scalar; start: (D,); time: > 0; steps: >= 1.
    Raises: ValueError for a value out of range.

    >>> gradient_flow(lambda w: (w**2).sum() / 2, torch.ones(1), time=1.0)[-1]  # exp(-1)
    tensor([0.3679])
    """
    h = check_positive("time", time) / check_count("steps", steps)
    check_shape("start", start, (None,))
    path, slope = [start], grad(loss)
    for _ in range(steps):
        w = path[-1]
        k1 = -slope(w)
        k2 = -slope(w + h / 2 * k1)
        k3 = -slope(w + h / 2 * k2)
        k4 = -slope(w + h * k3)
        path.append(w + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return torch.stack(path)


def quadratic_flow(hessian: Tensor, minimum: Tensor, start: Tensor, time: float) -> Tensor:
    """Return w(t) = w* + exp(-t H) (start - w*), the flow of 1/2 (w - w*)' H (w - w*), exactly.

    Args: hessian: (D, D) symmetric; minimum, start: (D,); time: >= 0.
    Raises: ValueError for a value out of range or a shape that does not fit.

    >>> quadratic_flow(torch.eye(1), torch.zeros(1), torch.ones(1), time=1.0)
    tensor([0.3679])
    """
    check_nonnegative("time", time)
    check_shape("start", start, (None,))
    check_shape("minimum", minimum, tuple(start.shape))
    check_shape("hessian", hessian, (len(start), len(start)))
    return minimum + torch.linalg.matrix_exp(-time * hessian) @ (start - minimum)


def implicit_gradient_penalty(loss: Loss, lr: float) -> Loss:
    """Return the function w -> eta/4 |grad L(w)|^2, which gradient descent adds to L unasked.

    Args: loss: takes (D,) and returns a scalar; lr: eta, > 0.
    Raises: ValueError unless lr > 0.

    >>> penalty = implicit_gradient_penalty(lambda w: (w**2).sum() / 2, lr=0.4)
    >>> penalty(torch.tensor([3.0]))  # 0.1 * 9
    tensor(0.9000)
    """
    check_positive("lr", lr)
    slope = grad(loss)
    return lambda w: lr / 4 * slope(w).square().sum()
