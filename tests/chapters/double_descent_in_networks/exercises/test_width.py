"""Exercise threshold_width: other sound solutions pass, and the page uses the same widths."""

import math

import pytest

from reglab.chapters.double_descent_in_networks.exercises.width import threshold_width
from reglab.chapters.double_descent_in_networks.outputs import nearest_width


def with_a_formula(n, inputs, outputs):
    return max(1, math.ceil((n - 1) * outputs / (inputs + 1 + outputs) - 0.5))


def with_steps(n, inputs, outputs):
    def count(width):
        return (inputs + 1) * width + (width + 1) * outputs

    width = 1
    while abs(count(width + 1) - n * outputs) < abs(count(width) - n * outputs):
        width += 1
    return width


def test_other_sound_solutions_pass(passes):
    passes("threshold_width", with_a_formula, with_steps)


@pytest.mark.parametrize("outputs", [1, 2, 4])
def test_the_page_takes_the_same_widths(outputs):
    assert threshold_width(30, 5, outputs) == nearest_width(1, 30, outputs)


def test_the_larger_of_two_that_are_equally_near_is_seen(fails):
    fails("threshold_width", lambda n, i, k: max(1, math.floor((n - 1) * k / (i + 1 + k) + 0.5)))
