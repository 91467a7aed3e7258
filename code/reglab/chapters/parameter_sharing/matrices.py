"""Pictures of a convolution's matrix: which weight stands in which place, and how many are free.

Symbols     L places of the input, T of the output, k kernel size; padding is k // 2 throughout.
"""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import nn

from reglab.core import stream
from reglab.sharing import convolution_matrix, count_weights, shared_positions, sum_over_places

KINDS = ["convolution", "local", "dense"]


def draw_matrices(sizes: Sequence[int], strides: Sequence[int], length: int = 12) -> xr.Dataset:
    """Return what a figure shows of each kernel size and stride.

    weight (size, stride, output, input): 1 to k, which weight stands there; 0 for none, and in the
    rows below the last output. count (size, stride, kind): free weights of the three KINDS.
    """
    weight = np.zeros((len(sizes), len(strides), length, length), dtype=int)
    count = np.zeros((len(sizes), len(strides), len(KINDS)), dtype=int)
    for i, size in enumerate(sizes):
        for j, stride in enumerate(strides):
            where = shared_positions(length, size, stride, size // 2) + 1
            weight[i, j, : len(where)] = where
            count[i, j] = count_weights(1, 1, length, size, stride, size // 2)
    coords = {"size": list(sizes), "stride": list(strides), "kind": KINDS}
    named = {
        "weight": (("size", "stride", "output", "input"), weight),
        "count": (("size", "stride", "kind"), count),
    }
    return xr.Dataset(named, coords)


def compare_with_torch(stride: int = 2, seed: int = 0) -> dict[str, float]:
    """Return the largest difference between nn.Conv1d and its matrix: outputs, and gradients.

    The layer has 3 input and 4 output channels, kernel 5 and padding 2; all in float64.
    """
    drawing = stream(seed, "convolution")
    x = torch.randn(6, 3, 20, generator=drawing, dtype=torch.float64)
    kernel = torch.randn(4, 3, 5, generator=drawing, dtype=torch.float64)
    conv = nn.Conv1d(3, 4, 5, stride=stride, padding=2, bias=False).double()
    conv.weight = nn.Parameter(kernel.clone())
    matrix = convolution_matrix(kernel, 20, stride, padding=2).requires_grad_()
    by_layer, by_matrix = conv(x).flatten(1), x.flatten(1) @ matrix.T
    (slope,) = torch.autograd.grad(by_layer.square().mean(), conv.weight)
    (slopes,) = torch.autograd.grad(by_matrix.square().mean(), matrix)
    gradient = sum_over_places(slopes, 3, 20, 5, stride, padding=2)
    return {
        "outputs": float((by_layer - by_matrix).detach().abs().max()),
        "gradients": float((slope - gradient).abs().max()),
    }
