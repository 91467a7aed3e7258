"""What vmap can't take is told in words, with the fix; what it can take works."""

import pytest
import torch
from torch import nn
from torch.nn.utils import prune
from train_toys import I, K, deviation, task, toy

from reglab.train import fit, fleet, modules
from reglab.train.engines.explain import explain
from reglab.train.engines.vmapped import VmapStack, stack_modules


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.last = nn.GRU(2, 4, batch_first=True), nn.Linear(4, K)

    def forward(self, x):
        return self.last(self.cell(x.view(len(x), 3, 2))[0][:, -1])


class Asking(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(I, K)

    def forward(self, x):
        return self.last(x) if x.sum() > 0 else self.last(-x)


class Pair(Asking):
    def forward(self, x):
        return self.last(x), 0.0


def uncounted():
    layers = [nn.Linear(I, 5), nn.BatchNorm1d(5, momentum=None), nn.Linear(5, K)]
    return nn.Sequential(*layers)


def spectral():
    return torch.nn.utils.parametrizations.spectral_norm(nn.Linear(I, K))


def either():
    return nn.Linear(I, K) if torch.rand(()) < 0.5 else nn.Linear(I, K, bias=False)


@pytest.mark.parametrize(
    "make, message",
    [
        (Recurrent, "Recurrent.*can't be trained as one.*write the recurrent cell as a loop.*fit"),
        (Asking, "it asks `if` of a tensor: use torch.where"),
        (uncounted, "BatchNorm needs a number as its momentum, not None"),
        (spectral, "as spectral_norm does"),
        (Pair, r"a network must return \(B, 3\).*got tuple; return the outputs alone"),
        (lambda: nn.Linear(I, 5), r"a network must return \(B, 3\) for this data; got \(2, 5\)"),
        (either, "must make the same layers for every seed"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        fleet(
            modules(make), toy, lr=0.1, epochs=1, seeds=range(6), device="cpu", dtype=torch.float64
        )


def test_other_errors_stay_as_they_are():
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    assert explain(error, nn.ReLU()) is error


def test_an_unknown_reason_is_passed_on():
    found = explain(RuntimeError("vmap: something new\nand more"), nn.ReLU())
    assert isinstance(found, ValueError) and "(ReLU)" in str(found)
    assert "vmap: something new; or train" in str(found)


def fitted(make, t):
    own = modules(make).build(I, K, 0, torch.float64)
    fit(own, toy(0), lr=t.networks[0].training.lr, epochs=1, batch=15)
    return own


def test_a_class_inside_the_function_and_unused_parameters_are_fine():
    def make():
        class Inside(nn.Module):
            def __init__(self):
                super().__init__()
                self.last, self.unused = nn.Linear(I, K), nn.Linear(2, 2)

            def forward(self, x):
                return self.last(x)

        return Inside()

    stack = VmapStack(task(modules(make), epochs=1, weight_decay=0.0))
    stack.train_epoch(0)
    assert deviation(stack.network(0).last, fitted(make, stack.task).last) < 1e-14


def test_pruned_and_tied_weights_work():
    def pruned():
        module = nn.Sequential(nn.Linear(I, 5), nn.Linear(5, K))
        prune.random_unstructured(module[0], "weight", 0.5)
        return module

    def tied():
        module = nn.Sequential(nn.Linear(I, I), nn.Tanh(), nn.Linear(I, I), nn.Linear(I, K))
        module[2].weight = module[0].weight
        return module

    for make in (pruned, tied):
        stack = VmapStack(task(modules(make), epochs=1, weight_decay=0.0))
        stack.train_epoch(0)
        own, network = fitted(make, stack.task), stack.network(0)
        x = toy(0).test.x
        torch.testing.assert_close(network(x), own.eval()(x), rtol=1e-12, atol=1e-13)
    assert network[2].weight is network[0].weight


def test_stacking_needs_equal_names_and_shapes():
    params, state = stack_modules([nn.BatchNorm1d(3), nn.BatchNorm1d(3)])
    assert params["weight"].shape == (2, 3) and params["weight"].requires_grad
    assert state["running_mean"].shape == (2, 3) and state["num_batches_tracked"].shape == (2,)
    with pytest.raises(ValueError, match="got BatchNorm1d with other names or shapes"):
        stack_modules([nn.BatchNorm1d(3), nn.BatchNorm1d(4)])
