"""Exercise corrected_average: other sound solutions pass, and the library does the same."""

import numpy as np
import torch

from reglab.averaging import EMA, ema_weights
from reglab.chapters.averaging.exercises.started import STARTED, corrected_average
from reglab.exercises import check
from reglab.train.techniques import Average


def by_division(points, decay):
    mean, found = 0.0, []
    for t, w in enumerate(points):
        mean = decay * mean + (1 - decay) * w
        found.append(mean / (1 - decay ** (t + 1)))
    return np.array(found)


def by_sums(points, decay):
    return [float(ema_weights(decay, t + 1).numpy() @ points[: t + 1]) for t in range(len(points))]


def test_other_sound_solutions_pass(passes):
    passes("corrected_average", by_division)
    passes("corrected_average", lambda points, decay: np.array(by_sums(points, decay)))


def test_the_library_does_the_same():
    points, decay = STARTED.cases[-1]
    w = torch.zeros(1, dtype=torch.float64)
    average, found = Average([w], EMA(decay), len(points)), []
    for point in points:
        w.fill_(point)
        average.update()
        found.append(average.mean[0].item())
    np.testing.assert_allclose(corrected_average(points, decay), found)


def test_a_missing_return_is_said():
    assert "Is the return missing?" in repr(check("corrected_average", lambda *_: None))
