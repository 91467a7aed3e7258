"""Exercise invariant_layers: which weights of a network can be doubled and change nothing.

Symbols     kinds, biases (L,): each layer's class in torch, in order, and whether it has a bias.
            Norms work on each example by itself, with eps = 0.
"""

from typing import Any

import numpy as np

from reglab.exercises.answers import Malformed, expect, kind, whole_number
from reglab.exercises.exercise import Exercise, Run

NORMS = ("LayerNorm", "RMSNorm")
HOMOGENEOUS = ("ReLU", "LeakyReLU", "Dropout")  # f(c x) = c f(x) for c > 0


def invariant_layers(kinds: tuple, biases: tuple) -> list[int]:
    """Return the places of linear layers whose factor reaches a norm and nothing that feels it."""
    found = []
    for place, layer in enumerate(kinds):
        if layer != "Linear" or biases[place]:
            continue
        after = place + 1
        while after < len(kinds) and (
            kinds[after] in HOMOGENEOUS or (kinds[after] == "Linear" and not biases[after])
        ):
            after += 1
        if after < len(kinds) and kinds[after] in NORMS:
            found.append(place)
    return found


def _places(answer: Any, kinds: tuple, *_: Any) -> list[int]:
    if not isinstance(answer, list | tuple | np.ndarray):
        raise Malformed(f"a list of places was expected; it returned {kind(answer)}")
    places = [whole_number(place) for place in answer]
    for place in places:
        if not 0 <= place < len(kinds):
            raise Malformed(f"{place} is not a place from 0 to {len(kinds) - 1}")
    return places


def _net(text: str) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """Read "Linear+ ReLU": a plus is a bias."""
    names = text.split()
    return tuple(n.rstrip("+") for n in names), tuple(n.endswith("+") for n in names)


NETS = [
    *("Linear", "Linear LayerNorm", "Linear+ LayerNorm", "LayerNorm Linear", "Linear RMSNorm"),
    *("Linear ReLU LayerNorm", "Linear GELU LayerNorm", "Linear Tanh RMSNorm", "ReLU Linear+"),
    *("Linear Linear LayerNorm", "Linear Linear+ LayerNorm", "Linear Dropout LeakyReLU RMSNorm"),
    "Linear LayerNorm ReLU Linear LayerNorm ReLU Linear+",
    "LayerNorm Linear GELU Linear+ LayerNorm Linear ReLU Linear",
    "Linear+ ReLU Linear ReLU Linear Dropout RMSNorm Linear Tanh Linear LayerNorm Linear",
]

LAYERS = Exercise(
    name="invariant_layers",
    arguments=("kinds", "biases"),
    task="Return the places of the linear layers whose weight can be doubled and change nothing.",
    returns="a list of places",
    parse=_places,
    cases=[_net(text) for text in NETS],
    reference=invariant_layers,
)


@LAYERS.must(
    "names linear layers only, in order, each once",
    "Go through the places from 0 on, and skip what is not Linear.",
)
def _in_order(run: Run, kinds, biases):
    got = run(kinds, biases)
    others = [place for place in got if kinds[place] != "Linear"]
    expect(not others, f"{others} are {', '.join(kinds[place] for place in others)}")
    expect(got == sorted(set(got)), f"it is {got}")


@LAYERS.must(
    "doubling a weight that it names changes nothing",
    "Follow the factor 2 through the layers behind. A bias is not doubled; a GELU bends.",
)
def _unfelt(run: Run, kinds, biases):
    felt = sorted(set(run(kinds, biases)) - set(invariant_layers(kinds, biases)))
    expect(not felt, f"the outputs feel the factor at {felt}")


@LAYERS.must(
    "every weight that it leaves out is felt",
    "ReLU(2 x) is 2 ReLU(x): the factor passes, and the norm behind divides it out.",
)
def _felt(run: Run, kinds, biases):
    missed = sorted(set(invariant_layers(kinds, biases)) - set(run(kinds, biases)))
    expect(not missed, f"at {missed} a factor 2 changes nothing")


@LAYERS.mistake("Only a norm right behind is found. A ReLU in between lets the factor pass.")
def _right_behind(kinds, biases):
    places = range(len(kinds) - 1)
    return [i for i in places if kinds[i] == "Linear" and kinds[i + 1] in NORMS and not biases[i]]


@LAYERS.mistake("A bias is added to the doubled sum without being doubled: look at biases too.")
def _bias_forgotten(kinds, biases):
    return invariant_layers(kinds, (False,) * len(kinds))


@LAYERS.mistake("A norm in front of a weight does nothing about its size. Look behind.")
def _in_front(kinds, biases):
    places = range(1, len(kinds))
    return [i for i in places if kinds[i] == "Linear" and kinds[i - 1] in NORMS]


@LAYERS.mistake("Tanh and GELU bend: they do not let a factor pass as ReLU does.")
def _any_activation(kinds, biases):
    straight = tuple("ReLU" if layer in ("Tanh", "GELU") else layer for layer in kinds)
    return invariant_layers(straight, biases)


@LAYERS.mistake("All linear layers are named. The last one, for one, has no norm behind it.")
def _all(kinds, biases):
    return [i for i, layer in enumerate(kinds) if layer == "Linear"]
