"""The pictures of matrices, and a convolution against its matrix."""

import numpy as np
import pytest

from reglab.chapters.parameter_sharing import matrices as chapter


@pytest.fixture(scope="module")
def drawn():
    return chapter.draw_matrices([1, 3, 7], [1, 2, 3])


def test_a_matrix_by_hand(drawn):
    small = chapter.draw_matrices([3], [2], length=5).weight[0, 0].values.tolist()
    rows = [[2, 3, 0, 0, 0], [0, 1, 2, 3, 0], [0, 0, 0, 1, 2]]
    assert small == [*rows, [0] * 5, [0] * 5]


def test_a_kernel_of_1_is_a_diagonal(drawn):
    assert np.array_equal(drawn.weight.sel(size=1, stride=1), np.eye(12))


@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_counts_are_those_of_the_picture(drawn, size, stride):
    one = drawn.sel(size=size, stride=stride)
    used = one.weight.values[one.weight.values.any(1)]
    assert one["count"].values.tolist() == [size, (used > 0).sum(), used.size]


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_convolution_is_its_matrix_with_summed_gradients(stride):
    found = chapter.compare_with_torch(stride)
    assert found["outputs"] < 1e-12
    assert found["gradients"] < 1e-12
