"""TailAverage: the plain mean of the last steps, as torch's SWA; limits, errors, the trainer."""

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from reglab.averaging import TailAverage
from reglab.data import Examples, Splits
from reglab.train import fit, fleet, mlp
from reglab.train.techniques import Average

F64 = torch.float64


def path(steps=9):
    g = torch.Generator().manual_seed(0)
    return torch.randn(steps, 3, generator=g, dtype=F64)


def running(technique, points):
    w = torch.full_like(points[0], 1e6)
    average, found = Average([w], technique, len(points)), []
    for point in points:
        w.copy_(point)
        average.update()
        found.append(average.mean[0].clone())
    return torch.stack(found)


@pytest.mark.parametrize(
    ("share", "count"), [(0.0, 1), (0.01, 1), (0.2, 2), (0.25, 2), (0.5, 4), (2 / 3, 6), (1.0, 9)]
)
def test_it_is_the_mean_of_the_last_steps(share, count):
    torch.testing.assert_close(running(TailAverage(share), path())[-1], path()[-count:].mean(0))


def test_before_the_tail_it_is_the_weights():
    assert torch.equal(running(TailAverage(1 / 3), path())[:6], path()[:6])


def test_in_the_tail_it_is_the_mean_so_far():
    want = torch.stack([path()[6 : 6 + k].mean(0) for k in (1, 2, 3)])
    torch.testing.assert_close(running(TailAverage(1 / 3), path())[6:], want)


def test_it_is_torch_s_average_of_the_same_steps():
    model = nn.Linear(3, 1, bias=False).double()
    theirs = AveragedModel(model)
    for w in path()[-3:]:
        model.weight.data.copy_(w)
        theirs.update_parameters(model)
    want = theirs.module.weight[0].detach()
    torch.testing.assert_close(running(TailAverage(1 / 3), path())[-1], want)


def test_it_has_to_know_the_number_of_steps():
    with pytest.raises(ValueError, match="number of steps"):
        TailAverage(0.5).averaging_rate(0)


def test_in_training_it_is_the_mean_of_the_networks_after_each_step():
    """One step an epoch: the snapshots of the plain training hold all weights."""
    g = torch.Generator().manual_seed(3)
    x = torch.randn(30, 4, generator=g, dtype=F64)
    parts = [Examples(x[k : k + 10], torch.arange(10) % 3) for k in (0, 10, 20)]
    splits = Splits(*parts, classes=3)
    settings = dict(epochs=6, lr=0.5, batch=None)
    runs = fleet(mlp(5), splits, seeds=[4], keep="snapshots", report=[4, 5, 6], dtype=F64,
                 **settings)  # fmt: skip
    model = mlp(5).build(4, 3, seed=4, dtype=F64)
    fit(model, splits, seed=4, techniques=[TailAverage(0.5)], **settings)
    plain = [list(net.parameters()) for net in runs.network.values.ravel()]
    for k, w in enumerate(model.parameters()):
        torch.testing.assert_close(w, torch.stack([one[k] for one in plain]).mean(0))
