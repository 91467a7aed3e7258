"""Exercise invariant_layers: other sound solutions pass; the reference is what torch does."""

import pytest
import torch
from torch import nn

from reglab.chapters.scale_invariance.exercises.layers import LAYERS, invariant_layers

WIDTH = 6
MADE = {
    "LayerNorm": lambda: nn.LayerNorm(WIDTH, eps=0.0),
    "RMSNorm": lambda: nn.RMSNorm(WIDTH, eps=0.0),
    "Dropout": lambda: nn.Dropout(0.5).eval(),
    "LeakyReLU": lambda: nn.LeakyReLU(0.1),
}


def backwards(kinds, biases):
    found, divided = [], False
    for i in reversed(range(len(kinds))):
        divided = divided and kinds[i] not in ("Tanh", "GELU") and not biases[i]
        divided = divided or kinds[i] in ("LayerNorm", "RMSNorm")
        if kinds[i] == "Linear" and divided:
            found.insert(0, i)
    return found


def test_other_sound_solutions_pass(passes):
    passes("invariant_layers", backwards, lambda *inputs: tuple(invariant_layers(*inputs)))


def test_places_known_by_heart_are_not_enough(fails):
    fails("invariant_layers", lambda kinds, biases: [0])
    fails("invariant_layers", lambda kinds, biases: [])
    fails("invariant_layers", lambda kinds, biases: invariant_layers(kinds, biases)[::-1])


def test_only_places_are_accepted(fails):
    fails("invariant_layers", lambda kinds, biases: 0, lambda kinds, biases: [99])


@pytest.mark.parametrize("kinds, biases", LAYERS.cases)
def test_the_reference_is_what_torch_does(kinds, biases):
    """Double each weight in turn, and compare the outputs."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(1)
        layers = [
            nn.Linear(WIDTH, WIDTH, bias=bias) if kind == "Linear"
            else MADE.get(kind, getattr(nn, kind))()
            for kind, bias in zip(kinds, biases, strict=True)
        ]  # fmt: skip
        x = torch.randn(20, WIDTH).double()
    model, felt = nn.Sequential(*layers).double(), []
    with torch.no_grad():
        want = model(x)
        for place, layer in enumerate(layers):
            if isinstance(layer, nn.Linear):
                layer.weight.mul_(2)
                both = ~(want.isnan() | model(x).isnan())  # ReLU may leave nothing to normalize
                assert both.any()
                if torch.allclose(model(x)[both], want[both]):
                    felt.append(place)
                layer.weight.div_(2)
    assert felt == invariant_layers(kinds, biases)
