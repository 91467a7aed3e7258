"""Exercise decayed_names: which parameters of a network get weight decay.

Symbols     names, dims, layers (P,): each parameter's name, its number of dimensions, and the kind
            of layer it belongs to, as Python names it ("Linear", "LayerNorm", ...).
"""

from collections.abc import KeysView
from typing import Any

import numpy as np

from reglab.exercises.answers import Malformed, expect, kind
from reglab.exercises.exercise import Exercise, Run

NORMS = ("LayerNorm", "BatchNorm1d", "BatchNorm2d", "GroupNorm", "RMSNorm")
MLP = [("0.weight", 2, "Linear"), ("0.bias", 1, "Linear")]
NORM = [("1.weight", 1, "LayerNorm"), ("1.bias", 1, "LayerNorm")]
CONV = [("conv.weight", 4, "Conv2d"), ("conv.bias", 1, "Conv2d"), ("bn.weight", 1, "BatchNorm2d")]
WIDE = [("norm.weight", 2, "LayerNorm"), ("norm.bias", 2, "LayerNorm")]  # over two axes at once
NAMED = [("bias_net.weight", 2, "Linear"), ("normal_head.weight", 2, "Linear")]
GROUP = [("gn.weight", 2, "GroupNorm"), ("rms.weight", 2, "RMSNorm")]
ONES = [("act.weight", 1, "PReLU"), ("gate.weight", 0, "Gate"), ("cell.weight", 2, "GRUCell")]
LSTM = [("weight_ih_l0", 2, "LSTM"), ("weight_hh_l0", 2, "LSTM"), ("bias_ih_l0", 1, "LSTM")]


def decayed_names(names: tuple, dims: tuple, layers: tuple) -> list[str]:
    """Return the names of parameters of two dimensions or more outside normalization layers."""
    every = zip(names, dims, layers, strict=True)
    return [name for name, dim, layer in every if dim >= 2 and layer not in NORMS]


def _columns(rows: list[tuple]) -> tuple:
    return tuple(zip(*rows, strict=True))


def _names(answer: Any, names: tuple, *_: Any) -> list[str]:
    listed = isinstance(answer, list | tuple | KeysView | np.ndarray)
    if not listed or not all(isinstance(name, str) for name in answer):
        raise Malformed(f"a list of names was expected; it returned {kind(answer)}")
    for name in answer:
        if name not in names:
            raise Malformed(f"{name!r} is not one of the parameters {', '.join(names)}")
    return list(answer)


GROUPS = Exercise(
    name="decayed_names",
    arguments=("names", "dims", "layers"),
    task="Return the names of the parameters that weight decay should be applied to.",
    returns="a list of names",
    parse=_names,
    cases=[
        _columns(rows)
        for rows in (
            *(MLP[:1], MLP[1:], MLP, NORM, WIDE, GROUP, ONES, NAMED, MLP + NORM, CONV, LSTM),
            MLP + NORM + WIDE + GROUP + ONES + NAMED + CONV + LSTM,
        )
    ],
    reference=decayed_names,
)


@GROUPS.must("leaves out every bias", "A bias shifts a unit. Its dims is 1.")
def _biases(run: Run, names, dims, layers):
    every = zip(names, dims, layers, strict=True)
    ours = [(name, dim) for name, dim, layer in every if layer not in NORMS]
    biases = {name for name, dim in ours if dim == 1 and "bias" in name}
    wrong = [name for name in run(names, dims, layers) if name in biases]
    expect(not wrong, f"it decays {', '.join(wrong)}")


@GROUPS.must(
    "leaves out all that belongs to a normalization layer",
    "Look at the layer as well: a LayerNorm over two axes has a weight of two dimensions.",
)
def _norms(run: Run, names, dims, layers):
    norms = {name for name, layer in zip(names, layers, strict=True) if layer in NORMS}
    wrong = [name for name in run(names, dims, layers) if name in norms]
    expect(not wrong, f"it decays {', '.join(wrong)}")


@GROUPS.must(
    "takes every other weight, once, in the order of names",
    "A name says little: judge by the number of dimensions and the kind of layer.",
)
def _weights(run: Run, names, dims, layers):
    for there in (names, tuple(f"body.{name}" for name in names)):
        got, want = run(there, dims, layers), decayed_names(there, dims, layers)
        expect(got == want, f"it is {got}; it should be {want}")


@GROUPS.mistake("Everything is decayed, biases and scales too.")
def _all(names, dims, layers):
    return list(names)


@GROUPS.mistake("Names that end in bias are left out, but not the scales of normalization layers.")
def _by_bias(names, dims, layers):
    return [name for name in names if not name.endswith("bias")]


@GROUPS.mistake(
    "dims >= 2 is nearly right. A LayerNorm over two axes has a weight of two dimensions."
)
def _by_dims(names, dims, layers):
    return [name for name, dim in zip(names, dims, strict=True) if dim >= 2]


@GROUPS.mistake("Only Linear layers are taken. Convolutions and recurrent layers have weights too.")
def _linear(names, dims, layers):
    every = zip(names, dims, layers, strict=True)
    return [name for name, dim, layer in every if dim >= 2 and layer == "Linear"]


@GROUPS.mistake("That is the rest: what should not be decayed.")
def _rest(names, dims, layers):
    return [name for name in names if name not in decayed_names(names, dims, layers)]
