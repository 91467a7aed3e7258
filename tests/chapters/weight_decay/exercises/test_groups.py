"""Exercise decayed_names: other sound solutions pass."""

from torch import nn

from reglab.chapters.weight_decay.exercises.groups import NORMS, decayed_names
from reglab.penalties import weights_of


def in_a_loop(names, dims, layers):
    taken = ()
    for i, name in enumerate(names):
        if dims[i] > 1 and "Norm" not in layers[i]:
            taken += (name,)
    return taken


def test_other_sound_solutions_pass(passes):
    passes("decayed_names", in_a_loop)


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
