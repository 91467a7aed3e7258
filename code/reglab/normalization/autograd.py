"""Join a forward and a backward pass, both written by hand, into one function for autograd.

Departures  The mean and the variance are outputs of the function beside y, so that the backward
            pass need not compute them a second time, and so that a *second* derivative finds
            its way through them. That costs nothing until somebody asks for one.
Symbols     x the input, y = weight * (x - mean) / sqrt(var + eps) + bias, mean and var in a shape
            that broadcasts over x, n how many numbers of x share one mean; g the gradient of
            the loss with respect to y.
Half precision is computed in float32, as in torch: a sum of many bfloat16 numbers soon
stops growing.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Outputs = tuple[Tensor, Tensor, Tensor]
HALF = (torch.float16, torch.bfloat16)


def differentiable(
    forward: Callable[..., Outputs], backward: Callable[..., Outputs]
) -> Callable[..., Outputs]:
    """Return `forward` as a function whose gradients come from `backward`, also under vmap.

    Args:
        forward: called as forward(x, weight, bias, *settings), returns (y, mean, var).
        backward: called as backward(g, x, weight, mean, var, *settings), returns the gradients of
            the loss with respect to x, weight and bias.
    Returns: a function called like `forward`. Settings are numbers.

    >>> ones = lambda x, w, b, eps: (x * w + b, x.mean(0), x.var(0))
    >>> double = differentiable(ones, lambda g, x, w, mean, var, eps: (2 * g, g * x, g))
    >>> x = torch.ones(2, requires_grad=True)
    >>> double(x, torch.ones(2), torch.zeros(2), 0.0)[0].sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """

    class Written(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Tensor, weight: Tensor, bias: Tensor, settings: tuple) -> Outputs:
            return forward(x, weight, bias, *settings)

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple, output: Outputs) -> None:
            x, weight, _, ctx.settings = inputs
            ctx.set_materialize_grads(False)  # None, not zeros, where an output was not used
            ctx.save_for_backward(x, weight, *output[1:])

        @staticmethod
        def backward(ctx: Any, g: Tensor | None, *small: Tensor | None) -> tuple:
            x, weight, mean, var = ctx.saved_tensors
            g = torch.zeros_like(x) if g is None else g
            dx, dweight, dbias = backward(g, x, weight, mean, var, *ctx.settings)
            return add_gradients_of_moments(dx, *small, x, mean), dweight, dbias, None

    return lambda x, weight, bias, *settings: Written.apply(x, weight, bias, settings)


def add_gradients_of_moments(
    dx: Tensor, g_mean: Tensor | None, g_var: Tensor | None, x: Tensor, mean: Tensor
) -> Tensor:
    """Return dx + (g_mean + 2 (x - mean) g_var) / n, with what is None left out.

    These are the derivatives of a mean and of a biased variance; n = numbers that share a mean.

    >>> x = torch.tensor([[1.0], [3.0]])
    >>> mean, one = x.mean(0, keepdim=True), torch.ones(1, 1)
    >>> add_gradients_of_moments(torch.zeros(2, 1), None, one, x, mean).flatten()
    tensor([-1.,  1.])
    """
    n = x.numel() // mean.numel()
    if g_mean is not None:
        dx = dx + g_mean / n
    if g_var is not None:
        dx = dx + 2 / n * (x - mean) * g_var
    return dx


def compute_type(x: Tensor) -> torch.dtype:
    """Return the dtype to compute in: float32 for half precision, else that of x.

    >>> compute_type(torch.zeros(1, dtype=torch.bfloat16))
    torch.float32
    """
    return torch.float32 if x.dtype in HALF else x.dtype


def scale_and_shift(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, size: int
) -> tuple[Tensor, Tensor]:
    """Return weight and bias (size,) in the dtype to compute in; ones and zeros for None.

    >>> scale_and_shift(torch.zeros(3, 2), None, None, 2)
    (tensor([1., 1.]), tensor([0., 0.]))
    """
    dtype = compute_type(x)
    weight = x.new_ones(size, dtype=dtype) if weight is None else weight.reshape(size).to(dtype)
    bias = x.new_zeros(size, dtype=dtype) if bias is None else bias.reshape(size).to(dtype)
    return weight, bias
