"""Techniques of training: objects with one or more of six methods, and what engines do with them.

A technique is a frozen dataclass; what it is called, and where it is defined, does not matter. Each
method sees ONE minibatch of ONE network, batch axis first:

    change_batch(x, targets, generator) -> (x, targets)    before the step, e.g. mixup
    batch_loss(z, targets) -> Tensor ()                    in place of the loss
    penalty(weights) -> Tensor ()                          added to the loss
    perturbation(weights, gradients, generator) -> dict    offsets; the step then takes the gradient
                                                           at weights + offsets, e.g. SAM
    after_step(weights, lr) -> dict                        new weights after the optimizer's step
    averaging_rate(step, steps) -> float                   average += rate (w - average) after it

x (B, ...) and targets (B, K) are floats: one-hot or soft rows, one column for real targets. Token
ids x (B, T) are integers. With a target for each token, `change_batch` sees targets (B, T, K), and
`batch_loss` each token as an example: z and targets (B T, K), those of the first row first. Weights
and gradients are dicts from names to tensors: `penalty` and `after_step` get the weights that
`reglab.penalties.weights_of` chooses, `perturbation` all parameters, biases and scales too. `lr` is
a tensor () of the step's learning rate. `change_batch` runs in plain torch, `averaging_rate` in
plain Python; the others under torch.func.vmap, unless `perturbation` draws from its generator.
Random numbers come from the generator that is handed in, nowhere else.
Measured are always the plain loss and error, of the average if there is one.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Noise:
...     size: float
...     def change_batch(self, x, targets, generator):
...         noise = torch.randn(x.shape, generator=generator, dtype=x.dtype)
...         return x + self.size * noise, targets
>>> sort_techniques([Noise(0.1)]).changes
(Noise(size=0.1),)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

METHODS = (
    "change_batch", "batch_loss", "penalty", "perturbation", "after_step", "averaging_rate",
)  # fmt: skip
ONCE = ("batch_loss", "perturbation", "averaging_rate")  # two of them would contradict each other
Weights = Mapping[str, Tensor]


def check_techniques(techniques: Iterable[Any]) -> tuple:
    """Return the techniques as a tuple.

    Raises: ValueError if it is no list, or holds something without any of METHODS, a class
    instead of an object, two techniques that replace the same thing, or one that can't be hashed.
    """
    if isinstance(techniques, str) or not isinstance(techniques, Iterable):
        raise ValueError(f"techniques must be a list; got {techniques!r}; use [{techniques!r}]")
    techniques = tuple(techniques)
    for one in techniques:
        if isinstance(one, type):
            name = one.__name__
            raise ValueError(f"techniques must hold objects; got the class {name}; write {name}()")
        if not any(callable(getattr(one, method, None)) for method in METHODS):
            raise ValueError(f"a technique needs one of {', '.join(METHODS)}; {one!r} has none")
        try:
            hash(one)
        except TypeError:
            name = type(one).__name__
            raise ValueError(
                f"{name} can't be hashed, so equal ones can't be trained as one; write "
                f"@dataclass(frozen=True) above the class, with tuples instead of lists"
            ) from None
    for method in ONCE:
        if len(twice := with_method(techniques, method)) > 1:
            raise ValueError(f"only one technique may have {method}; got {twice}; choose one")
    return techniques


def with_method(techniques: Sequence[Any], method: str) -> tuple:
    """The techniques that have this method, in their order."""
    return tuple(one for one in techniques if callable(getattr(one, method, None)))


def sort_techniques(techniques: Sequence[Any]) -> "Techniques":
    """Sort techniques by what they do; each list keeps the order they are given in."""
    found = [with_method(check_techniques(techniques), method) for method in METHODS]
    changes, losses, penalties, perturbations, after, averages = found
    one = [each[0] if each else None for each in (losses, perturbations, averages)]
    return Techniques(changes, one[0], penalties, one[1], after, one[2])


@dataclass(frozen=True)
class Techniques:
    """Techniques by what they do; None or empty where there is none."""

    changes: tuple
    loss: Any
    penalties: tuple
    perturbation: Any
    after: tuple
    average: Any

    @property
    def soft(self) -> bool:
        """Whether the loss takes targets as rows (B, K), not as classes."""
        return bool(self.changes) or self.loss is not None

    @property
    def on_weights(self) -> bool:
        """Whether one needs the weights by name, or a second gradient."""
        return bool(self.penalties or self.after) or self.perturbation is not None

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Pass one minibatch, x (B, ...) and targets (B, K), through all that change it."""
        for one in self.changes:
            x, targets = one.change_batch(x, targets, generator)
        return x, targets

    def penalty(self, weights: Weights) -> Tensor:
        """The sum of all penalties on the weights of one network, a scalar."""
        return reduce(torch.add, (one.penalty(weights) for one in self.penalties))

    def after_step(self, weights: Weights, lr: Tensor) -> dict[str, Tensor]:
        """The weights of one network as all that act after a step leave them."""
        moved = dict(weights)
        for one in self.after:
            moved |= one.after_step(moved, lr)
        return moved


def soft_targets(y: Tensor, classes: int | None, dtype: torch.dtype) -> Tensor:
    """Targets as float rows on the last axis: (...,) becomes (..., K), or (..., 1) if real.

    Rows that are soft already are returned as they are.

    >>> soft_targets(torch.tensor([1, 0]), 2, torch.float32)
    tensor([[0., 1.],
            [1., 0.]])
    """
    if y.is_floating_point():
        return y if classes else y.unsqueeze(-1)
    assert classes is not None, "integers are classes"
    return F.one_hot(y, classes).to(dtype)


class Average:
    """The running average of some tensors, which can stand in for them.

    average <- average + rate (w - average) after each step, from the tensors as they are now.

    Args:
        tensors: weights and statistics of one network, or of several that are stacked.
        technique: gives the rate, by averaging_rate(step, steps); steps count from 0.
        steps: of the whole training.
    """

    def __init__(self, tensors: Sequence[Tensor], technique: Any, steps: int):
        self.tensors, self.technique, self.steps, self.step = tensors, technique, steps, 0
        self.mean = [w.detach().clone() for w in tensors]

    @torch.no_grad()
    def update(self) -> None:
        """Move the average towards the tensors as they are after a step."""
        rate = float(self.technique.averaging_rate(self.step, self.steps))
        if not 0.0 <= rate <= 1.0:
            raise ValueError(f"averaging_rate must return a number in [0, 1]; got {rate!r}")
        for mean, w in zip(self.mean, self.tensors, strict=True):
            mean.lerp_(w, rate)
        self.step += 1

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the tensors and their average, in place: before measuring, and after it."""
        for mean, w in zip(self.mean, self.tensors, strict=True):
            current = w.clone()
            w.copy_(mean)
            mean.copy_(current)

    def __enter__(self) -> "Average":
        self.swap()
        return self

    def __exit__(self, *error: object) -> None:
        self.swap()
