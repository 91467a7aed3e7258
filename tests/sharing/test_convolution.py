"""A convolution equals its matrix; gradients of shared weights are sums; counts by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import conv1d
from torch.testing import assert_close

from reglab.sharing.convolution import (
    WeightCounts,
    convolution_matrix,
    count_weights,
    shared_positions,
    sum_over_places,
)

SIZES = st.tuples(  # O, C, k, L, stride, padding
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 5), st.integers(5, 9),
    st.integers(1, 4), st.integers(0, 3),
)  # fmt: skip


def drawn(*shape):
    g = torch.Generator().manual_seed(3)
    return torch.randn(*shape, generator=g, dtype=torch.float64)


@given(SIZES)
def test_the_matrix_computes_the_convolution(sizes):
    outputs, channels, k, length, stride, padding = sizes
    kernel, x = drawn(outputs, channels, k), drawn(2, channels, length)
    want = conv1d(x, kernel, stride=stride, padding=padding)
    found = x.flatten(1) @ convolution_matrix(kernel, length, stride, padding).T
    assert_close(found, want.flatten(1))


@given(SIZES)
def test_the_gradient_of_a_shared_weight_is_the_sum_over_its_places(sizes):
    outputs, channels, k, length, stride, padding = sizes
    kernel, x = drawn(outputs, channels, k).requires_grad_(), drawn(2, channels, length)
    conv1d(x, kernel, stride=stride, padding=padding).square().sum().backward()
    matrix = convolution_matrix(kernel.detach(), length, stride, padding).requires_grad_()
    (x.flatten(1) @ matrix.T).square().sum().backward()
    found = sum_over_places(matrix.grad, channels, length, k, stride, padding)
    assert_close(found, kernel.grad)


def test_autograd_passes_through_the_matrix():
    kernel = drawn(2, 1, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda w: convolution_matrix(w, 5, 2, 1), (kernel,))


@given(SIZES)
def test_counts_are_those_of_the_matrix(sizes):
    outputs, channels, k, length, stride, padding = sizes
    matrix = convolution_matrix(torch.ones(outputs, channels, k), length, stride, padding)
    found = count_weights(channels, outputs, length, k, stride, padding)
    assert found.local == int(matrix.count_nonzero())
    assert found.dense == matrix.numel()
    assert found.shared == nn.Conv1d(channels, outputs, k, bias=False).weight.numel()


def test_counts_by_hand():
    assert count_weights(2, 3, length=4, kernel_size=3) == WeightCounts(18, 36, 48)


def test_positions_with_stride_and_padding():
    want = torch.tensor([[1, 2, -1, -1, -1], [-1, 0, 1, 2, -1], [-1, -1, -1, 0, 1]])
    assert torch.equal(shared_positions(5, 3, stride=2, padding=1), want)


def test_the_dtype_stays():
    assert convolution_matrix(torch.ones(1, 1, 2, dtype=torch.bfloat16), 3).dtype == torch.bfloat16


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: shared_positions(0, 3), "length must be a whole number >= 1; got 0"),
        (lambda: shared_positions(5, 0), "kernel_size must be a whole number >= 1; got 0"),
        (lambda: shared_positions(5, 3, 0), "stride must be a whole number >= 1; got 0"),
        (lambda: shared_positions(5, 3, 1, -1), "padding must be a whole number >= 0; got -1"),
        (lambda: shared_positions(5, 8, 1, 1), "at most length . 2 padding = 7; got 8"),
        (lambda: convolution_matrix(torch.ones(3), 5), r"kernel must have shape .*got \(3,\)"),
        (lambda: sum_over_places(torch.ones(2, 4), 1, 3, 2), "gradient must have shape"),
        (lambda: sum_over_places(torch.ones(3, 3), 1, 3, 2), "multiple of T = 2; got 3"),
        (lambda: sum_over_places(torch.ones(2, 3), 0, 3, 2), "channels must be a whole number"),
        (lambda: count_weights(0, 1, 3, 2), "channels must be a whole number"),
        (lambda: count_weights(1, 0, 3, 2), "outputs must be a whole number"),
    ],
)
def test_errors(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_a_kernel_as_long_as_the_padded_input_fits():
    assert shared_positions(5, 7, 1, 1).shape == (1, 5)
