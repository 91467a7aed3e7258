"""Sharpness-aware minimization: take the gradient where the loss nearby is worst.

Source      Foret, Kleiner, Mobahi, Neyshabur (2021), "Sharpness-Aware Minimization for Efficiently
            Improving Generalization", ICLR, equations 2 and 3 (p = 2), for SAM; Kwon, Kim, Park,
            Choi (2021), "ASAM", ICML, equation 8, for ASAM.
Departures  ASAM treats biases as weights, T = |w| + eta, where the authors' code has T = 1 for
            them: only so is it invariant when a unit is rescaled. The authors add eta too.
Symbols     g gradient of the loss L at w, all parameters of the network together; rho radius;
            e offset. SAM: e = rho g / |g|, which maximizes the linear part of L over |e| <= rho.
            ASAM: e = rho T^2 g / |T g|, the same over |T^-1 e| <= rho, with T = |w| + eta.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from reglab.core import check_nonnegative

Tensors = Mapping[str, Tensor]
TINY = 1e-12  # keeps 0 / 0 out: without a gradient there is no offset


def sam_offsets(gradients: Tensors, rho: float) -> dict[str, Tensor]:
    """Return e = rho g / |g|, with one norm over all parameters; 0 where the gradient is 0.

    Args: gradients: by name; rho: the length of e.

    >>> sam_offsets({"w": torch.tensor([3.0, 4.0])}, rho=0.5)
    {'w': tensor([0.3000, 0.4000])}
    """
    scale = rho / (_norm(gradients) + TINY)
    return {name: scale * g for name, g in gradients.items()}


def asam_offsets(
    weights: Tensors, gradients: Tensors, rho: float, eta: float = 0.01
) -> dict[str, Tensor]:
    """Return e = rho T^2 g / |T g| with T = |w| + eta: large weights are moved further.

    With eta = 0, multiplying the weights into a ReLU unit by a > 0 and those out of it by 1/a
    multiplies their offsets by the same factors, so that the function at w + e does not change.

    Args: weights, gradients: by name; rho: the length of e / T; eta: >= 0, moves weights at 0.

    >>> asam_offsets({"w": torch.tensor([2.0])}, {"w": torch.tensor([-7.0])}, rho=0.5, eta=0.0)
    {'w': tensor([-1.])}
    """
    sizes = {name: weights[name].abs() + eta for name in gradients}
    scaled = {name: sizes[name] * g for name, g in gradients.items()}
    scale = rho / (_norm(scaled) + TINY)
    return {name: scale * sizes[name] * g for name, g in scaled.items()}


def _norm(tensors: Tensors) -> Tensor:
    return torch.stack([t.square().sum() for t in tensors.values()]).sum().sqrt()


@dataclass(frozen=True)
class SAM:
    """Technique of training: each step takes the gradient at w + rho g / |g|, and moves w.

    It costs two gradients a step. rho = 0 is plain training.

    Args: rho: radius, >= 0, in the unit of the weights.
    Raises: ValueError if rho is negative or not finite.

    >>> SAM(0.5).perturbation({}, {"w": torch.tensor([3.0, 4.0])})
    {'w': tensor([0.3000, 0.4000])}
    """

    rho: float = 0.05

    def __post_init__(self) -> None:
        check_nonnegative("rho", self.rho)

    def perturbation(
        self, weights: Tensors, gradients: Tensors, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Return the offsets of all parameters; nothing is drawn, and weights are not used."""
        return sam_offsets(gradients, self.rho)


@dataclass(frozen=True)
class ASAM:
    """Technique of training: SAM with a radius for each weight in proportion to its size.

    rho has no unit here: it is a share of the weights, and larger than SAM's, 0.5 in the paper.

    Args: rho: radius, >= 0; eta: added to |w|, >= 0.
    Raises: ValueError if one is negative or not finite.

    >>> ASAM(0.5, eta=0.0).perturbation({"w": torch.tensor([2.0])}, {"w": torch.tensor([-7.0])})
    {'w': tensor([-1.])}
    """

    rho: float = 0.5
    eta: float = 0.01

    def __post_init__(self) -> None:
        check_nonnegative("rho", self.rho)
        check_nonnegative("eta", self.eta)

    def perturbation(
        self, weights: Tensors, gradients: Tensors, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Return the offsets of all parameters; nothing is drawn."""
        return asam_offsets(weights, gradients, self.rho, self.eta)


def two_step_gradients(
    model: nn.Module,
    loss: Callable[[], Tensor],
    technique: Any,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Leave the gradient at w + e in each w.grad, and return the loss at w: for your own loop.

        loss = two_step_gradients(model, lambda: F.cross_entropy(model(x), y), SAM(0.05))
        optimizer.step()

    The weights are those from before when it returns. Batch normalization's running statistics
    are updated by both passes.

    Args:
        model: its parameters are moved; one that the loss does not depend on is left out.
        loss: computes the loss of the minibatch, again at each call.
        technique: anything with a `perturbation`, such as SAM(0.05).
        generator: what the technique draws from, if it draws.

    >>> model = nn.Linear(1, 1, bias=False)
    >>> model.weight.data.fill_(2.0)
    tensor([[2.]])
    >>> two_step_gradients(model, lambda: (model.weight**2).sum(), SAM(0.5))
    tensor(4.)
    >>> model.weight.grad, model.weight.data  # the gradient 2 w at w + 0.5
    (tensor([[5.]]), tensor([[2.]]))
    """
    model.zero_grad()
    value = loss()
    value.backward()
    moved = {name: w for name, w in model.named_parameters() if w.grad is not None}
    weights = {name: w.detach().clone() for name, w in moved.items()}
    with torch.no_grad():
        gradients = {name: w.grad for name, w in moved.items()}
        for name, offset in technique.perturbation(weights, gradients, generator).items():
            moved[name].add_(offset)
    model.zero_grad()
    loss().backward()
    with torch.no_grad():
        for name, w in moved.items():
            w.copy_(weights[name])
    return value.detach()
