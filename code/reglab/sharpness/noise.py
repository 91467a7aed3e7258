"""Noise on the weights: each gradient is taken at weights that were moved at random.

Source      An (1996), "The Effects of Adding Noise During Backpropagation Training on a
            Generalization Performance", Neural Computation 8, section 3, for weight noise.
Departures  One draw for each minibatch, of the same size for every parameter.
Symbols     s standard deviation (`std`), H Hessian of the loss L at the weights w (D,).
The mean of L(w + s e) over standard normal e is L(w) + s^2/2 tr H, up to terms of fourth order in
s, where L is smooth. (ReLU's kinks bend the loss too, and H does not see them.) So noise prefers
places of low *mean* curvature, where SAM looks at the worst direction.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from reglab.core import check_nonnegative, normal_like

Tensors = Mapping[str, Tensor]


def weight_noise(
    weights: Tensors, std: float, generator: torch.Generator | None = None
) -> dict[str, Tensor]:
    """Return std times standard normal numbers in the shape of each weight, by name.

    >>> weight_noise({"w": torch.ones(2)}, std=0.0)
    {'w': tensor([0., 0.])}
    """
    # Adding 0 turns -0 into 0.
    return {name: std * normal_like(w, generator) + 0.0 for name, w in weights.items()}


def expected_increase(trace: float | Tensor, std: float) -> float | Tensor:
    """Return s^2/2 tr H: the mean rise of a loss by noise on its weights; exact for a quadratic.

    Args: trace: of the Hessian, see `reglab.sharpness.trace`; std: s, >= 0.
    Raises: ValueError if std is negative or not finite.

    >>> expected_increase(trace=6.0, std=0.5)
    0.75
    """
    return check_nonnegative("std", std) ** 2 * trace / 2


@dataclass(frozen=True)
class WeightNoise:
    """Technique of training: each step takes the gradient at w + std e, e standard normal.

    It costs two gradients a step, as the trainer takes the one at w too, and does not need it.

    Args: std: standard deviation, >= 0, in the unit of the weights.
    Raises: ValueError if std is negative or not finite.

    >>> WeightNoise(0.0).perturbation({"w": torch.ones(2)}, {})
    {'w': tensor([0., 0.])}
    """

    std: float = 0.01

    def __post_init__(self) -> None:
        check_nonnegative("std", self.std)

    def perturbation(
        self, weights: Tensors, gradients: Tensors, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Return the offsets of all parameters, drawn from the generator."""
        return weight_noise(weights, self.std, generator)
