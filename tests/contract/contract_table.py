"""The table of techniques: a new one is one row, and goes through the whole battery.

A row says how to make the technique, what it takes, which value switches it off, and which values
it refuses. What is special about a technique is tested in a file of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reglab import augmentation as aug
from reglab import averaging as avg
from reglab import dropout as drop
from reglab import normalization as norm
from reglab import penalties, sharing, sharpness, targets

VECTORS, SEQUENCES, IMAGES = (6, 4), (6, 4, 8), (6, 4, 8, 8)
CLASSES = 3
Errors = Sequence[tuple[Callable[[], Any], str]]


@dataclass(frozen=True)
class Layer:
    """A part of a network.

    Attributes:
        make: makes the module, from a hyper-parameter where it has one.
        shape: of its input, the batch first.
        values: hyper-parameters to try, the limits among them; None if it has none.
        off: the value at which it is the identity in training; None if there is none.
        example_wise: whether each example is treated alone, so that a batch of one is fine.
        errors: (call, what its ValueError says).
    """

    make: Callable[..., nn.Module]
    shape: tuple[int, ...] = VECTORS
    values: tuple[float, ...] | None = (0.0, 0.3, 1.0)
    off: float | None = 0.0
    example_wise: bool = True
    errors: Errors = ()

    def module(self, value: float | Tensor | None = None) -> nn.Module:
        """The module with this value, or with a middling one."""
        if self.values is None:
            return self.make()
        return self.make(self.values[len(self.values) // 2] if value is None else value)

    def input(self, dtype: torch.dtype = torch.float64, examples: int | None = None) -> Tensor:
        """A random input."""
        shape = self.shape if examples is None else (examples, *self.shape[1:])
        drawn = torch.randn(shape, generator=generator(1), dtype=torch.float64)
        return drawn.to(dtype)


@dataclass(frozen=True)
class OnBatch:
    """A technique of training that changes a minibatch."""

    make: Callable[..., Any]
    shape: tuple[int, ...] = SEQUENCES
    off: Callable[[], Any] | None = None
    errors: Errors = ()
    changes_inputs: bool = True
    repeats: int = 1  # R-Drop sees each example twice
    columns: int = 0  # manifold mixup hands the network more columns than the inputs

    def shape_after(self, examples: int) -> tuple[int, ...]:
        """The shape that so many examples have afterwards."""
        return (self.repeats * examples, *self.shape[1:-1], self.shape[-1] + self.columns)


@dataclass(frozen=True)
class OnLoss:
    """A technique of training that replaces the loss; `off` is plain cross-entropy."""

    make: Callable[..., Any]
    off: Callable[[], Any] | None = None
    errors: Errors = ()
    repeats: int = 1


@dataclass(frozen=True)
class OnWeights:
    """A technique of training that moves the weights before a second gradient is taken."""

    make: Callable[..., Any]
    off: Callable[[], Any] | None = None
    errors: Errors = ()
    draws: bool = False  # from the generator


@dataclass(frozen=True)
class OnAverage:
    """A technique of training that averages the weights; `off` keeps the last ones."""

    make: Callable[..., Any]
    off: Callable[[], Any]
    errors: Errors = ()


@dataclass(frozen=True)
class Penalty:
    """A price on weights: call(weights, strength) with a list of matrices."""

    call: Callable[[list[Tensor], Any], Tensor]
    names: tuple[str, ...] = field(default=("lam",))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rows(table: dict[str, Any], where: Callable[[Any], bool] = lambda row: True) -> list:
    """Parameters for pytest: the rows of a table, by name."""
    return [pytest.param(row, id=name) for name, row in table.items() if where(row)]


class Words(nn.Module):
    """Vectors of some words that come twice, with types dropped; scaled by the input."""

    def __init__(self, p: float | Tensor):
        super().__init__()
        self.words = drop.EmbeddingDropout(nn.Embedding(3, 4), p)
        self.register_buffer("ids", torch.tensor([0, 2, 1, 0, 2, 2]))

    def forward(self, x: Tensor) -> Tensor:
        """Return the words' vectors times x, (6, 4)."""
        return self.words(self.ids[: len(x)]) * x


class Cell(nn.Module):
    """A recurrent cell, tanh of a linear layer; vmap can't take those of torch."""

    def __init__(self):
        super().__init__()
        self.hidden_size = 3
        self.linear = nn.Linear(4 + 3, 3)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        """Return the next state (B, 3) for x (B, 4)."""
        return self.linear(torch.cat([x, state], -1)).tanh()


class SelfAttention(nn.Module):
    """Attention of a sequence to itself."""

    def __init__(self, p: float | Tensor):
        super().__init__()
        self.attention = drop.Attention(p)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the places of x (B, T, D) look at, of the same shape."""
        return self.attention(x, x, x)


def bad_p(kind: Callable[..., Any], *rest: Any) -> Errors:
    """A probability below 0, above 1, and a percentage."""
    return [
        (lambda: kind(-0.1, *rest), r"\[0, 1\]; got -0.1"),
        (lambda: kind(1.5, *rest), r"\[0, 1\]; got 1.5"),
        (lambda: kind(20, *rest), r"did you mean 0.2"),
    ]


LAYERS = {
    "Dropout": Layer(drop.Dropout, errors=bad_p(drop.Dropout)),
    "VanillaDropout": Layer(drop.VanillaDropout, errors=bad_p(drop.VanillaDropout)),
    "SpatialDropout1d": Layer(
        drop.SpatialDropout1d, SEQUENCES, errors=bad_p(drop.SpatialDropout1d)
    ),
    "SpatialDropout2d": Layer(drop.SpatialDropout2d, IMAGES, errors=bad_p(drop.SpatialDropout2d)),
    "GaussianDropout": Layer(
        drop.GaussianDropout, values=(0.0, 0.3, 0.9), errors=bad_p(drop.GaussianDropout)
    ),
    "TiedDropout": Layer(drop.TiedDropout, SEQUENCES, errors=bad_p(drop.TiedDropout)),
    "DropBlock1d": Layer(
        lambda p: drop.DropBlock1d(p, 3),
        SEQUENCES,
        values=(0.0, 0.3, 0.6),
        errors=[
            *bad_p(drop.DropBlock1d, 3),
            (lambda: drop.DropBlock1d(0.1, 99)(torch.zeros(SEQUENCES)), "99"),
        ],
    ),
    "DropBlock2d": Layer(
        lambda p: drop.DropBlock2d(p, 3),
        IMAGES,
        values=(0.0, 0.3, 0.6),
        errors=[
            *bad_p(drop.DropBlock2d, 3),
            (lambda: drop.DropBlock2d(0.1, 99)(torch.zeros(IMAGES)), "99"),
        ],
    ),
    "StochasticDepth": Layer(drop.StochasticDepth, errors=bad_p(drop.StochasticDepth)),
    "StochasticDepth per batch": Layer(lambda p: drop.StochasticDepth(p, per="batch")),
    "DropConnectLinear": Layer(
        lambda p: drop.DropConnectLinear(4, 5, p),
        values=(0.0, 0.3, 0.9),
        off=None,
        errors=bad_p(lambda p: drop.DropConnectLinear(4, 5, p)),
    ),
    "DropConnectLinear, one mask": Layer(
        lambda p: drop.DropConnectLinear(4, 5, p, masks="batch"), values=(0.0, 0.3, 0.9), off=None
    ),
    "DropConnectLinear, moments": Layer(
        lambda p: drop.DropConnectLinear(4, 5, p, masks="moments"), values=(0.0, 0.3, 0.9), off=None
    ),
    "Standout": Layer(drop.Standout, values=(0.0, 0.5, 3.0), off=None),
    "ResidualBranch": Layer(lambda p: drop.ResidualBranch(nn.Linear(4, 4), p), off=None),
    "MixedLayers": Layer(
        lambda: aug.MixedLayers([nn.Linear(4, 5), nn.ReLU()], inputs=4), values=None, off=None
    ),
    "LayerDrop": Layer(
        lambda p: drop.LayerDrop([nn.Linear(4, 4), nn.Linear(4, 4)], p, skip=False),
        off=1.0,  # all layers are left out
        errors=bad_p(lambda p: drop.LayerDrop([nn.Linear(4, 4)], p)),
    ),
    "EmbeddingDropout": Layer(Words, off=None, errors=bad_p(Words)),
    "Attention": Layer(SelfAttention, SEQUENCES, off=None, errors=bad_p(drop.Attention)),
    "Zoneout": Layer(
        lambda p: drop.Zoneout(Cell(), p),
        off=None,
        errors=bad_p(lambda p: drop.Zoneout(Cell(), p)),
    ),
    "VariationalLinear": Layer(lambda: drop.VariationalLinear(4, 5), values=None, off=None),
    "BatchNorm1d": Layer(lambda: norm.BatchNorm1d(4), values=None, off=None, example_wise=False),
    "BatchNorm2d": Layer(
        lambda: norm.BatchNorm2d(4), IMAGES, values=None, off=None, example_wise=False
    ),
    "GhostBatchNorm": Layer(
        lambda: norm.GhostBatchNorm(4, 3), values=None, off=None, example_wise=False
    ),
    "LayerNorm": Layer(lambda: norm.LayerNorm(4), values=None, off=None),
    "RMSNorm": Layer(lambda: norm.RMSNorm(4), values=None, off=None),
    "GroupNorm": Layer(lambda: norm.GroupNorm(2, 4), SEQUENCES, values=None, off=None),
    "InstanceNorm1d": Layer(lambda: norm.InstanceNorm1d(4), SEQUENCES, values=None, off=None),
    "InstanceNorm2d": Layer(lambda: norm.InstanceNorm2d(4), IMAGES, values=None, off=None),
    "TiedLinear": Layer(lambda: sharing.TiedLinear(nn.Linear(5, 4)), values=None, off=None),
    "Repeated": Layer(lambda: sharing.Repeated(nn.Linear(4, 4), 3), values=None, off=None),
    "MaskedLinear": Layer(
        lambda: sharing.MaskedLinear(torch.ones(5, 4), torch.ones(5), torch.eye(5)[:, :4]),
        values=None,
        off=None,
    ),
    "LoRALinear": Layer(lambda: sharing.LoRALinear(nn.Linear(4, 5), 2), values=None, off=None),
}

ON_BATCH = {
    "Shift": OnBatch(lambda: aug.Shift(3), off=lambda: aug.Shift(0)),
    "Scale": OnBatch(lambda: aug.Scale(0.3), off=lambda: aug.Scale(0.0)),
    "TimeWarp": OnBatch(lambda: aug.TimeWarp(0.8), off=lambda: aug.TimeWarp(0.0)),
    "AddNoise": OnBatch(
        lambda: aug.AddNoise(0.2),
        off=lambda: aug.AddNoise(0.0),
        errors=[(lambda: aug.AddNoise(-1.0), "got -1")],
    ),
    "Cutout1d": OnBatch(lambda: aug.Cutout1d(3), off=lambda: aug.Cutout1d(0)),
    "Reverse": OnBatch(aug.Reverse, off=lambda: aug.Reverse(0.0), errors=bad_p(aug.Reverse)),
    "Negate": OnBatch(aug.Negate, off=lambda: aug.Negate(0.0), errors=bad_p(aug.Negate)),
    "Flip": OnBatch(aug.Flip, IMAGES, off=lambda: aug.Flip(probability=0.0)),
    "Crop": OnBatch(lambda: aug.Crop(2), IMAGES, off=lambda: aug.Crop(0)),
    "Rotate": OnBatch(lambda: aug.Rotate(30.0), IMAGES, off=lambda: aug.Rotate(0.0)),
    "QuarterTurns": OnBatch(aug.QuarterTurns, IMAGES, off=lambda: aug.QuarterTurns((0,))),
    "Translate": OnBatch(lambda: aug.Translate(2.0), IMAGES, off=lambda: aug.Translate(0.0)),
    "Brightness": OnBatch(lambda: aug.Brightness(0.3), IMAGES, off=lambda: aug.Brightness(0.0)),
    "Contrast": OnBatch(lambda: aug.Contrast(0.3), IMAGES, off=lambda: aug.Contrast(0.0)),
    "Cutout": OnBatch(lambda: aug.Cutout(3), IMAGES, off=lambda: aug.Cutout(0)),
    "RandomErasing": OnBatch(
        aug.RandomErasing, IMAGES, off=lambda: aug.RandomErasing(probability=0.0)
    ),
    "RandAugment": OnBatch(aug.RandAugment, IMAGES),
    "TrivialAugment": OnBatch(aug.TrivialAugment, IMAGES),
    "Mixup": OnBatch(lambda: aug.Mixup(0.2), errors=[(lambda: aug.Mixup(-0.2), "alpha.*got -0.2")]),
    "CutMix": OnBatch(aug.CutMix, errors=[(lambda: aug.CutMix(-1.0), "alpha.*got -1")]),
    "ManifoldMixup": OnBatch(
        lambda: aug.ManifoldMixup(0.2),
        VECTORS,
        columns=3,
        errors=[
            (lambda: aug.ManifoldMixup(-0.2), "alpha.*got -0.2"),
            (lambda: aug.ManifoldMixup(0.2, (-1,)), "layers"),
        ],
    ),
    "Interpolate": OnBatch(lambda: aug.Interpolate(0.5), off=lambda: aug.Interpolate(0.0)),
    "Extrapolate": OnBatch(lambda: aug.Extrapolate(0.5), off=lambda: aug.Extrapolate(0.0)),
    "Compose": OnBatch(lambda: aug.Compose((aug.Shift(2), aug.Mixup(0.2)))),
    "WithShape": OnBatch(
        lambda: aug.WithShape((2, 2), aug.Rotate(30.0)),
        VECTORS,
        off=lambda: aug.WithShape((2, 2), aug.Rotate(0.0)),
        errors=[
            (lambda: aug.WithShape((2, 0), aug.Rotate(30.0)), "shape.*got 0"),
            (lambda: aug.WithShape((2, 2), None), "change_batch.*got None"),
        ],
    ),
    "LabelSmoothing": OnBatch(
        targets.LabelSmoothing,
        changes_inputs=False,
        off=lambda: targets.LabelSmoothing(0.0),
        errors=bad_p(targets.LabelSmoothing),
    ),
    "DisturbLabel": OnBatch(
        targets.DisturbLabel, changes_inputs=False, off=lambda: targets.DisturbLabel(0.0)
    ),
    "RDrop": OnBatch(drop.RDrop, repeats=2),
}

ON_LOSS = {
    "ConfidencePenalty": OnLoss(
        targets.ConfidencePenalty, off=lambda: targets.ConfidencePenalty(0.0)
    ),
    "EntropyMinimization": OnLoss(
        targets.EntropyMinimization, off=lambda: targets.EntropyMinimization(0.0)
    ),
    "GeneralizedCrossEntropy": OnLoss(
        targets.GeneralizedCrossEntropy, off=lambda: targets.GeneralizedCrossEntropy(0.0)
    ),
    "ForwardCorrection": OnLoss(
        lambda: targets.ForwardCorrection(0.2), off=lambda: targets.ForwardCorrection(0.0)
    ),
    "Distillation": OnLoss(
        targets.Distillation,
        off=lambda: targets.Distillation(1.0),
        errors=[(lambda: targets.Distillation(0.0), "temperature.*got 0")],
    ),
    "ZLoss": OnLoss(
        targets.ZLoss,
        off=lambda: targets.ZLoss(0.0),
        errors=[(lambda: targets.ZLoss(-1.0), "strength.*>= 0; got -1")],
    ),
    "RDrop": OnLoss(drop.RDrop, off=lambda: drop.RDrop(0.0), repeats=2),
}

ON_WEIGHTS = {
    "SAM": OnWeights(
        sharpness.SAM,
        off=lambda: sharpness.SAM(0.0),
        errors=[(lambda: sharpness.SAM(-0.1), "rho.*>= 0; got -0.1")],
    ),
    "ASAM": OnWeights(
        sharpness.ASAM,
        off=lambda: sharpness.ASAM(0.0),
        errors=[
            (lambda: sharpness.ASAM(-0.1), "rho.*>= 0; got -0.1"),
            (lambda: sharpness.ASAM(0.5, eta=-1.0), "eta.*>= 0; got -1"),
        ],
    ),
    "WeightNoise": OnWeights(
        sharpness.WeightNoise,
        off=lambda: sharpness.WeightNoise(0.0),
        errors=[(lambda: sharpness.WeightNoise(-0.1), "std.*>= 0; got -0.1")],
        draws=True,
    ),
}

ON_AVERAGE = {
    "EMA": OnAverage(
        lambda: avg.EMA(0.9),
        off=lambda: avg.EMA(0.0),
        errors=[*bad_p(avg.EMA), (lambda: avg.EMA(1.0), "below 1; got 1.0")],
    ),
    "TailAverage": OnAverage(
        lambda: avg.TailAverage(0.5),
        off=lambda: avg.TailAverage(0.0),
        errors=bad_p(avg.TailAverage),
    ),
}

PENALTIES = {
    "l1": Penalty(penalties.l1),
    "l2": Penalty(penalties.l2),
    "l2_norm": Penalty(penalties.l2_norm),
    "elastic_net": Penalty(lambda w, lam: penalties.elastic_net(w, lam, lam), ("lam1",)),
    "group_lasso": Penalty(penalties.group_lasso),
    "orthogonality": Penalty(penalties.orthogonality),
    "spectral_penalty": Penalty(penalties.spectral_penalty),
}
