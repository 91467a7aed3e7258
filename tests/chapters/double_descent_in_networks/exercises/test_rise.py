"""Exercise largest_rise: other sound solutions pass, also where two rises are equal."""

import numpy as np


def in_one_pass(errors):
    best, lowest = (0.0, 0, 0), 0
    for place, error in enumerate(errors):
        if error < errors[lowest]:
            lowest = place
        best = max(best, (float(error - errors[lowest]), lowest, place))
    return best[1:]


def with_running_minimum(errors):
    peak = int((errors - np.minimum.accumulate(errors)).argmax())
    return [int(errors[: peak + 1].argmin()), peak]


def last_of_equals(errors):
    pairs = [(i, j) for j in range(len(errors)) for i in range(j)]
    return max(reversed(pairs), key=lambda pair: errors[pair[1]] - errors[pair[0]])


def test_other_sound_solutions_pass(passes):
    passes("largest_rise", in_one_pass, with_running_minimum, last_of_equals)


def test_places_outside_the_curve_are_seen(fails):
    fails("largest_rise", lambda errors: (0, len(errors)), lambda errors: (-1, 0))
