"""A convolution as a dense matrix in which many entries are one weight.

Source      LeCun, Boser, Denker et al. (1989), "Backpropagation Applied to Handwritten Zip Code
            Recognition", Neural Computation 1, the section on network architecture; Goodfellow,
            Bengio, Courville (2016), "Deep Learning", sections 7.9 and 9.2.
Departures  The papers also share over two dimensions, here one. As in torch the kernel is not
            flipped, so that strictly it is a cross-correlation.
Symbols     C input channels, O output channels, k kernel size, L places of the input, T of the
            output. Output t sees the inputs t stride - padding + j, for j = 0 ... k - 1.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from reglab.core import check_count, check_shape


def shared_positions(length: int, kernel_size: int, stride: int = 1, padding: int = 0) -> Tensor:
    """Return which kernel weight joins input l to output t, a whole number (T, L); -1 for none.

    Entries of one number are tied. T = (L + 2 padding - k) // stride + 1, as in nn.Conv1d.
    Raises: ValueError for a size below 1, a negative padding, or a kernel longer than the input.

    >>> shared_positions(4, 3)
    tensor([[ 0,  1,  2, -1],
            [-1,  0,  1,  2]])
    """
    for name, value in (("length", length), ("kernel_size", kernel_size), ("stride", stride)):
        check_count(name, value)
    check_count("padding", padding, minimum=0)
    if kernel_size > length + 2 * padding:
        raise ValueError(
            f"kernel_size must be at most length + 2 padding = {length + 2 * padding}; got "
            f"{kernel_size}; use a shorter kernel or more padding"
        )
    places = (length + 2 * padding - kernel_size) // stride + 1
    first = torch.arange(places) * stride - padding  # the input under kernel weight 0
    j = torch.arange(length) - first[:, None]  # (T, L)
    return torch.where((j >= 0) & (j < kernel_size), j, -1)


def convolution_matrix(kernel: Tensor, length: int, stride: int = 1, padding: int = 0) -> Tensor:
    """Return the matrix (O T, C L) that maps a flattened input (C, L) as the convolution does.

    Row o T + t computes output channel o at place t; column c L + l holds input channel c at
    place l. It is differentiable: the gradient of a kernel weight is the sum over its places.

    Args:
        kernel: (O, C, k), as the weight of nn.Conv1d.
        length, stride, padding: as for `shared_positions`.
    Raises: ValueError as `shared_positions`, or if kernel has another number of dimensions.

    >>> convolution_matrix(torch.tensor([[[1.0, 2.0]]]), length=3)
    tensor([[1., 2., 0.],
            [0., 1., 2.]])
    """
    check_shape("kernel", kernel, (None, None, None))
    where = shared_positions(length, kernel.shape[2], stride, padding).to(kernel.device)
    entries = torch.where(where >= 0, kernel[:, :, where.clamp(min=0)], 0.0)  # (O, C, T, L)
    return entries.transpose(1, 2).flatten(0, 1).flatten(1)  # (O T, C L)


def sum_over_places(
    gradient: Tensor, channels: int, length: int, kernel_size: int, stride: int = 1,
    padding: int = 0,
) -> Tensor:  # fmt: skip
    """Return the gradient (O, C, k) of shared weights, given that of the matrix (O T, C L).

    Each weight's gradient is the sum of the gradients of all entries in which it stands: one
    weight at T places learns from T times as many examples as an entry of its own would.
    Args: gradient (O T, C L); the others as for `shared_positions`, channels is C.
    Raises: ValueError as `shared_positions`, or if the gradient does not have this shape.

    >>> sum_over_places(torch.ones(2, 3), channels=1, length=3, kernel_size=2)
    tensor([[[2., 2.]]])
    """
    check_count("channels", channels)
    where = shared_positions(length, kernel_size, stride, padding).to(gradient.device)
    places = len(where)
    check_shape("gradient", gradient, (None, channels * length))
    if gradient.shape[0] % places:
        raise ValueError(
            f"gradient must have O T rows, a multiple of T = {places}; got {gradient.shape[0]}"
        )
    split = gradient.view(-1, places, channels, length).transpose(1, 2)  # (O, C, T, L)
    sums = [(split * (where == j)).sum((2, 3)) for j in range(kernel_size)]
    return torch.stack(sums, -1)


class WeightCounts(NamedTuple):
    """Weights of a layer, biases not counted: shared, only local, and fully connected."""

    shared: int
    local: int
    dense: int


def count_weights(
    channels: int, outputs: int, length: int, kernel_size: int, stride: int = 1, padding: int = 0
) -> WeightCounts:
    """Count the free weights of a convolution, and of the same layer with less of its assumptions.

    shared: the kernel, O C k; local: each output place with weights of its own, so one for each
    entry of `convolution_matrix` that is not held at 0; dense: every entry, O T C L.
    Args: channels is C, outputs is O; the others as for `shared_positions`.

    >>> count_weights(channels=1, outputs=8, length=40, kernel_size=5, stride=2, padding=2)
    WeightCounts(shared=40, local=776, dense=6400)
    """
    pairs = check_count("channels", channels) * check_count("outputs", outputs)
    where = shared_positions(length, kernel_size, stride, padding)
    local = int((where >= 0).sum())
    return WeightCounts(pairs * kernel_size, pairs * local, pairs * where.numel())
