"""Exercise layer_counts: other sound solutions pass, and the library counts the same."""

import pytest

from reglab.chapters.parameter_sharing.exercises.counts import layer_counts
from reglab.exercises import check
from reglab.sharing import count_weights


def another(channels, outputs, length, kernel, stride):
    places = len(range(0, length - kernel + 1, stride))
    shared = channels * outputs * kernel
    return [shared, shared * places, channels * length * outputs * places]


def test_other_sound_solutions_pass(passes):
    passes("layer_counts", another)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_library_counts_the_same(stride):
    assert layer_counts(2, 3, 11, 4, stride) == tuple(count_weights(2, 3, 11, 4, stride))


def test_two_numbers_are_not_enough():
    report = check("layer_counts", lambda *_: (1, 2))
    assert not report and "(3,)" in repr(report)
