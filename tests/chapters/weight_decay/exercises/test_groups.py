"""Exercise decayed_names: right solutions pass, typical wrong ones get the hint that helps."""

import pytest
from torch import nn

from reglab.chapters.weight_decay.exercises.groups import GROUPS, NORMS, decayed_names
from reglab.exercises import check
from reglab.penalties import weights_of


def in_a_loop(names, dims, layers):
    taken = ()
    for i, name in enumerate(names):
        if dims[i] > 1 and "Norm" not in layers[i]:
            taken += (name,)
    return taken


@pytest.mark.parametrize("solution", [GROUPS.reference, in_a_loop])
def test_right_solutions_pass(solution):
    assert check("decayed_names", solution), check("decayed_names", solution)


def test_the_reference_is_the_library_s_selector():
    parts = [nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(4, 3), nn.LayerNorm((2, 3))]
    model = nn.Sequential(*parts, nn.RMSNorm(3), nn.LSTM(3, 4), nn.GroupNorm(1, 2))
    rows = [
        (f"{i}.{name}", p.ndim, type(layer).__name__)
        for i, layer in enumerate(model)
        for name, p in layer.named_parameters()
    ]
    assert decayed_names(*zip(*rows, strict=True)) == [name for name, _ in weights_of(model)]
    assert all(hasattr(nn, name) for name in NORMS)


@pytest.mark.parametrize("mistake", GROUPS.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("decayed_names", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda names, dims, layers: [n for n in names if "norm" not in n], "A bias shifts a unit"),
        (lambda names, dims, layers: sorted(decayed_names(names, dims, layers)), "in the order of"),
        (lambda names, dims, layers: decayed_names(names, dims, layers) * 2, "once, in the order"),
        (lambda names, dims, layers: ["nothing"], "'nothing' is not one of the parameters"),
        (lambda names, dims, layers: "0.weight", "a list of names was expected"),
        (lambda names, dims, layers: [1], "a list of names was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("decayed_names", wrong)
    assert not report and hint in repr(report)
