"""AveragedWeights: parity with torch's AveragedModel and the trainer, buffers, saving, errors."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from reglab.averaging import EMA, AveragedWeights, TailAverage
from reglab.data import Examples, Splits
from reglab.normalization import BatchNorm1d, recalibrate
from reglab.train import fit, mlp

F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def network(kind=nn.BatchNorm1d):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), kind(5), nn.Tanh(), nn.Linear(5, 2)).double()


def walk(model, steps, *averages):
    """Move weights and statistics at random, as training does, and update."""
    g = generator(1)
    for _ in range(steps):
        model.train()(torch.randn(8, 3, generator=g, dtype=F64))
        with torch.no_grad():
            for w in model.parameters():
                w += torch.randn(w.shape, generator=g, dtype=F64)
        for update in averages:
            update(model)


def test_the_mean_of_all_steps_is_torch_s():
    model = network()
    ours = AveragedWeights(model, TailAverage(1.0), steps=5)
    theirs = AveragedModel(model, use_buffers=True)
    walk(model, 5, ours.update, theirs.update_parameters)
    want = theirs.module.state_dict()
    for name, mean in ours.model.state_dict().items():
        if mean.is_floating_point():  # torch takes means of whole numbers, too
            torch.testing.assert_close(mean, want[name])


def test_the_own_loop_is_the_trainer():
    """Full batches, so that no order is drawn."""
    x = torch.randn(30, 4, generator=generator(3), dtype=F64)
    parts = [Examples(x[k : k + 10], torch.arange(10) % 3) for k in (0, 10, 20)]
    splits = Splits(*parts, classes=3)
    one, two = (mlp(6).build(4, 3, seed=1, dtype=F64) for _ in range(2))
    settings = dict(lr=0.3, momentum=0.0, batch=None, epochs=8)
    fit(one, splits, techniques=[TailAverage(0.5)], **settings)
    average = AveragedWeights(two, TailAverage(0.5), steps=8)
    optimizer = torch.optim.SGD(two.parameters(), lr=0.3)
    for _ in range(8):
        optimizer.zero_grad()
        F.cross_entropy(two(splits.train.x), splits.train.y).backward()
        optimizer.step()
        average.update(two)
    torch.testing.assert_close(average(x), one(x))


def test_statistics_are_averaged_and_counts_copied():
    model = network()
    average, means = AveragedWeights(model, TailAverage(1.0), 4), []
    walk(model, 4, average.update, lambda m: means.append(m[1].running_mean.clone()))
    torch.testing.assert_close(average.model[1].running_mean, torch.stack(means).mean(0))
    assert average.model[1].num_batches_tracked.item() == 4


def test_averaged_statistics_are_not_those_of_the_average():
    """Why `recalibrate` has to follow: it gives what the averaged layer below puts out."""
    model, x = network(BatchNorm1d), torch.randn(40, 3, generator=generator(2), dtype=F64)
    average = AveragedWeights(model, EMA(0.5))
    walk(model, 5, average.update)
    before = average.model[1].running_mean.clone()
    recalibrate(average.model, [x])
    torch.testing.assert_close(average.model[1].running_mean, average.model[0](x).mean(0))
    assert (average.model[1].running_mean - before).abs().max() > 0.1


def test_it_predicts_in_eval_mode_and_takes_no_gradient():
    model = network().train()
    average = AveragedWeights(model, EMA(0.5))
    assert not any(m.training for m in average.model.modules())
    assert not any(w.requires_grad for w in average.parameters())
    assert model.training and all(w.requires_grad for w in model.parameters())


def test_the_model_is_copied_and_left_alone():
    model = network()
    average = AveragedWeights(model, EMA(0.5))
    walk(model, 2, average.update)
    before = copy.deepcopy(model.state_dict())
    average.update(model)
    torch.testing.assert_close(dict(model.state_dict()), dict(before), rtol=0, atol=0)
    kept = average.model[0].weight.clone()
    with torch.no_grad():
        model[0].weight.zero_()
    assert torch.equal(average.model[0].weight, kept)


def test_saved_and_loaded_it_goes_on_as_it_would_have():
    model = network()
    one = AveragedWeights(model, EMA(0.9))
    walk(model, 3, one.update)
    two = AveragedWeights(network(), EMA(0.9))
    two.load_state_dict(one.state_dict())
    walk(model, 2, one.update, two.update)
    assert int(two.step) == 5
    torch.testing.assert_close(dict(one.state_dict()), dict(two.state_dict()))


def test_tied_weights_stay_tied():
    model = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    model[1].weight = model[0].weight
    average = AveragedWeights(model, EMA(0.5))
    average.update(model)
    assert average.model[1].weight is average.model[0].weight


def test_it_works_in_half_precision():
    model = nn.Linear(2, 1, dtype=torch.bfloat16)
    average = AveragedWeights(model, EMA(0.5))
    average.update(model)
    assert average.model.weight.dtype == torch.bfloat16
    assert torch.equal(average.model.weight, model.weight)


def test_another_architecture_is_an_error():
    average = AveragedWeights(nn.Linear(2, 1), EMA(0.5))
    with pytest.raises(ValueError, match="shorter"):
        average.update(nn.Linear(2, 1, bias=False))


def test_a_technique_that_does_not_average_is_an_error():
    with pytest.raises(ValueError, match="must average.*got 0.99"):
        AveragedWeights(nn.Linear(2, 1), 0.99)


def test_a_tail_needs_the_number_of_steps():
    with pytest.raises(ValueError, match="number of steps"):
        AveragedWeights(nn.Linear(2, 1), TailAverage(0.5)).update(nn.Linear(2, 1))
