"""Join a forward and a backward pass, both written by hand, into one function for autograd.

Departures  xhat and rstd are outputs of the function beside y, so that the backward pass need not
            compute them a second time, and so that a *second* derivative finds its way
            through them. That costs nothing until somebody asks for one.
Symbols     x the input, n how many numbers of x share one mean; rstd = 1 / sqrt(var + eps) in a
            shape that broadcasts over x, xhat = (x - mean) rstd, y = weight xhat + bias; g the
            gradient of the loss with respect to y.
Half precision is computed in float32, as in torch: a sum of many bfloat16 numbers soon
stops growing.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def differentiable(
    forward: Callable[..., tuple[Tensor, ...]], backward: Callable[..., tuple[Tensor, ...]]
) -> Callable[..., tuple[Tensor, ...]]:
    """Return `forward` as a function whose gradients come from `backward`, also under vmap.

    Args:
        forward: called as forward(x, weight, bias, eps), returns (y, xhat, rstd), and more
            that no gradient leads through.
        backward: called as backward(g, xhat, weight, rstd), returns the gradients of the loss with
            respect to x, weight and bias.
    Returns: a function called like `forward`; eps is a number.

    >>> plain = lambda x, w, b, eps: (x * w + b, x.clone(), x[:1] * 0 + 1)
    >>> double = differentiable(plain, lambda g, xhat, w, rstd: (2 * g, g * xhat, g))
    >>> x = torch.ones(2, requires_grad=True)
    >>> double(x, torch.ones(2), torch.zeros(2), 0.0)[0].sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """

    class Written(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> tuple:
            return forward(x, weight, bias, eps)

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple, output: tuple) -> None:
            ctx.set_materialize_grads(False)  # None, not zeros, where an output was not used
            ctx.save_for_backward(inputs[1], *output[1:3])
            ctx.mark_non_differentiable(*output[3:])

        @staticmethod
        def backward(ctx: Any, g: Tensor | None, *more: Tensor | None) -> tuple:
            weight, xhat, rstd = ctx.saved_tensors
            g = torch.zeros_like(xhat) if g is None else g
            dx, dweight, dbias = backward(g, xhat, weight, rstd)
            g_xhat, g_rstd = more[:2]
            if g_xhat is not None:  # as y, with a weight of 1
                dx = dx + backward(g_xhat, xhat, torch.ones_like(weight), rstd)[0]
            return add_gradient_of_rstd(dx, g_rstd, xhat, rstd), dweight, dbias, None

    # torch looks at the signature at every call, which takes as long as six operations.
    Written.forward.__signature__ = inspect.signature(Written.forward)
    return Written.apply


def add_gradient_of_rstd(dx: Tensor, g: Tensor | None, xhat: Tensor, rstd: Tensor) -> Tensor:
    """Return dx - g rstd^2 xhat / n, or dx if g is None: the derivative of 1 / sqrt(var + eps).

    The same holds for the root mean square. n: how many numbers share a mean.

    >>> one = torch.ones(1, 1)
    >>> add_gradient_of_rstd(torch.zeros(2, 1), one, torch.tensor([[-1.0], [1.0]]), one).flatten()
    tensor([ 0.5000, -0.5000])
    """
    return dx if g is None else dx - g * rstd.square() / (xhat.numel() // rstd.numel()) * xhat


def compute_type(x: Tensor) -> torch.dtype:
    """Return the dtype to compute in: float32 for half precision, else that of x.

    >>> compute_type(torch.zeros(1, dtype=torch.bfloat16))
    torch.float32
    """
    return torch.float32 if x.dtype in HALF else x.dtype


def in_shape(x: Tensor, shape: Sequence[int]) -> Tensor:
    """Return x in this shape, and x itself if it has it: a view costs autograd two steps.

    >>> in_shape(torch.zeros(4), (2, -1)).shape
    torch.Size([2, 2])
    """
    return x if x.shape == shape else x.reshape(shape)


def scale_and_shift(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, size: int
) -> tuple[Tensor, Tensor]:
    """Return weight and bias (size,) in the dtype to compute in; ones and zeros for None.

    >>> scale_and_shift(torch.zeros(3, 2), None, None, 2)
    (tensor([1., 1.]), tensor([0., 0.]))
    """
    dtype = compute_type(x)
    flat = (size,)
    weight = x.new_ones(flat, dtype=dtype) if weight is None else in_shape(weight, flat).to(dtype)
    bias = x.new_zeros(flat, dtype=dtype) if bias is None else in_shape(bias, flat).to(dtype)
    return weight, bias
