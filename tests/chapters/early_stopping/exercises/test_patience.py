"""Exercise patience_stop: other sound solutions pass."""

import numpy as np

from reglab.stopping import patience_stops


def with_the_library(values, patience):
    stops = patience_stops(values, patience)
    return np.array([stops.position + 1, stops.best + 1])


def with_slices(values, patience):
    for last in range(1, len(values) + 1):
        best = int(np.argmin(values[:last])) + 1
        if last - best >= patience:
            break
    return [last, best]


def test_other_sound_solutions_pass(passes):
    passes("patience_stop", with_the_library, with_slices)
