"""Exercise kernel_gradient: the gradient of a weight that stands in many places.

Symbols     y_t = sum_j kernel_j x_(t stride + j), without padding; d (T,) the gradient in y.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect_near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def kernel_gradient(x: NDArray, d: NDArray, stride: int) -> NDArray:
    """Return sum_t d_t x_(t stride + j) for each j; the kernel has L - (T - 1) stride weights."""
    size = len(x) - (len(d) - 1) * stride
    starts = stride * np.arange(len(d))
    return np.array([d @ x[starts + j] for j in range(size)])


KERNEL = Exercise(
    name="kernel_gradient",
    arguments=("x", "d", "stride"),
    task="Return the gradient of a shared kernel from its input and the gradient in its output.",
    returns="an array of one number per weight of the kernel",
    parse=lambda answer, x, d, stride: numbers_of((len(x) - (len(d) - 1) * stride,), answer),
    cases=[
        (np.array(x), np.array(d), stride)
        for x, d, stride in [
            ([2.0, 3.0], [1.0], 1),
            ([1.0, 2.0, 4.0], [1.0, 10.0], 1),
            ([1.0, 2.0, 4.0, 8.0], [1.0, 10.0], 2),
            ([1.0, -1.0, 0.5, 2.0, 3.0], [0.5, -1.0, 2.0], 1),
            ([1.0, -1.0, 0.5, 2.0, 3.0, 0.0, 1.0], [0.5, -1.0, 2.0], 2),
        ]
    ],
    reference=kernel_gradient,
)


@KERNEL.must(
    "with one place it is d times the input",
    "y_0 = sum_j kernel_j x_j: the derivative in kernel_j is x_j.",
    cases=[case for case in KERNEL.cases if len(case[1]) == 1],
)
def _one_place(run: Run, x, d, stride):
    got = run(x, d, stride)
    expect_near(got, d[0] * x, "it is {}; d times x is {}")


@KERNEL.must(
    "it adds up what each place asks for",
    "Weight j is used at every place t, there beside the input t stride + j.",
)
def _sums(run: Run, x, d, stride):
    got, want = run(x, d, stride), kernel_gradient(x, d, stride)
    expect_near(got, want, "it is {}; the sum over places is {}")


@KERNEL.must(
    "a place with no gradient adds nothing",
    "It is a sum over places, not a mean: set the gradient at a place to 0, and its part is gone.",
    cases=[case for case in KERNEL.cases if len(case[1]) > 1],
)
def _one_silent(run: Run, x, d, stride):
    only_first = d * (np.arange(len(d)) == 0)
    got, want = run(x, only_first, stride), kernel_gradient(x, only_first, stride)
    expect_near(got, want, f"with d = {show(only_first)} it is {{}}, not {{}}")


@KERNEL.mistake("That is the mean over places. A shared weight's gradient is the sum.")
def _mean(x, d, stride):
    return kernel_gradient(x, d, stride) / len(d)


@KERNEL.mistake("The stride is missing: place t begins at input t stride.")
def _no_stride(x, d, stride):
    size = len(x) - (len(d) - 1) * stride
    return np.array([d @ x[j : j + len(d)] for j in range(size)])


@KERNEL.mistake("The kernel is turned around. In torch weight j stands beside input t stride + j.")
def _flipped(x, d, stride):
    return kernel_gradient(x, d, stride)[::-1].copy()


@KERNEL.mistake("That is the gradient of the first place alone.")
def _first(x, d, stride):
    return d[0] * x[: len(x) - (len(d) - 1) * stride]
