"""Exercise decayed_names: other sound solutions pass."""

from torch import nn

from reglab.chapters.weight_decay.exercises.groups import GROUPS, NORMS, decayed_names
from reglab.penalties import weights_of


def in_a_loop(names, dims, layers):
    taken = ()
    for i, name in enumerate(names):
        if dims[i] > 1 and "Norm" not in layers[i]:
            taken += (name,)
    return taken


def test_other_sound_solutions_pass(passes):
    passes("decayed_names", in_a_loop)


def select(keep):
    def names_where(names, dims, layers):
        every = zip(names, dims, layers, strict=True)
        return [name for name, dim, layer in every if keep(name.split(".")[-1], dim, layer)]

    return names_where


WRONG = [
    select(lambda name, dim, layer: dim >= 2 and layer != "LayerNorm"),
    select(lambda name, dim, layer: dim >= 2 and layer not in ("LayerNorm", "BatchNorm2d")),
    select(lambda name, dim, layer: dim >= 2 and layer in ("Linear", "Conv2d", "LSTM")),
    select(lambda name, dim, layer: dim != 1 and "Norm" not in layer),
    select(lambda name, dim, layer: not name.startswith("bias") and "Norm" not in layer),
    select(lambda name, dim, layer: "weight" in name and "Norm" not in layer),
    select(lambda name, dim, layer: dim >= 2 and not layer.startswith("Layer")),
]


def test_dimensions_and_all_kinds_of_layers_count(fails):
    fails("decayed_names", *WRONG)


def test_names_known_by_heart_are_not_enough(fails):
    every = list(GROUPS.cases)
    known = {name for names, dims, layers in every for name in decayed_names(names, dims, layers)}
    fails("decayed_names", lambda names, dims, layers: [name for name in names if name in known])


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
