"""Exercise length_and_angle: other sound solutions pass."""

import math

from reglab.chapters.scale_invariance.exercises.balance import length_and_angle
from reglab.penalties import length_in_balance


def by_repeating_the_step(lr, lam, size):
    square = 1.0
    for _ in range(5000):
        square = (1 - lr * lam) ** 2 * square + (lr * size) ** 2 / square
    return square**0.5, math.atan(lr * size / square / (1 - lr * lam))


def test_other_sound_solutions_pass(passes):
    passes("length_and_angle", by_repeating_the_step)
    passes("length_and_angle", lambda *inputs: list(length_and_angle(*inputs)))


def test_the_reference_is_the_library_s_length():
    for inputs in [(0.1, 0.05, 2.0), (0.5, 1.0, 1.0)]:
        assert math.isclose(length_and_angle(*inputs)[0], length_in_balance(*inputs))


def test_half_an_answer_is_not_enough(fails):
    def no_length(lr, lam, size):
        return 1.0, length_and_angle(lr, lam, size)[1]

    def no_angle(lr, lam, size):
        return length_and_angle(lr, lam, size)[0], 0.1

    fails("length_and_angle", no_length, no_angle)
