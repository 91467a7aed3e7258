"""The loop of epochs: trains, measures where asked, ends with the average."""

import numpy as np
import torch
from measured_engine import Constant
from train_toys import K, task, toy

from reglab.train.engines.epochs import train


def test_train_measures_at_the_reported_epochs():
    t, ticks, measured = task(epochs=4), [], []
    engine = Constant(t)
    at_report = lambda: measured.append(len(engine.epochs))  # noqa: E731
    curves = train(engine, t, [0, 3], at_report, lambda: ticks.append(1))
    assert engine.epochs == [0, 1, 2, 3] and len(ticks) == 4 and measured == [0, 3]
    assert curves["test_loss"].shape == (4, 2)
    for column, sure in enumerate((1.0, 4.0)):
        z = torch.tensor([sure] + [0.0] * (K - 1), dtype=torch.float64)
        y = toy(0).test.y
        want = (z.logsumexp(0) - z[y]).mean().item()
        np.testing.assert_allclose(curves["test_loss"][0, column], want, rtol=1e-14)


def test_what_is_measured_and_remains_is_the_average():
    class Averaging(Constant):
        def __init__(self, task):
            super().__init__(task)
            self.average, self.swaps = self, []

        def __enter__(self):
            self.swaps.append("in")

        def __exit__(self, *error):
            self.swaps.append("out")

        def swap(self):
            self.swaps.append("end")

    engine = Averaging(task(epochs=2))
    seen = []
    train(engine, engine.task, [0, 2], lambda: seen.append(engine.swaps[-1]), lambda: None)
    assert engine.swaps == ["in", "out", "in", "out", "end"] and seen == ["in", "in"]
