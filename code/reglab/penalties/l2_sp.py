"""L2-SP: decay towards a starting point, such as pretrained weights, instead of towards zero.

Source      Li, Grandvalet, Davoine (2018), "Explicit Inductive Bias for Transfer Learning with
            Convolutional Networks", ICML, section 3.1, the penalty "L2-SP" (SP = starting point).
Departures  Only weights are penalized, as everywhere in this package; no biases, no normalization.
Symbols     lam the strength towards the start, lam_new towards zero, for layers that are new.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from reglab.penalties.norms import strength, weights_of


def starting_point(model: nn.Module) -> dict[str, Tensor]:
    """Return copies of the model's weights by name: what `l2_sp` is to pull towards."""
    return {name: weight.detach().clone() for name, weight in weights_of(model)}


def l2_sp(
    model: nn.Module,
    start: Mapping[str, Tensor],
    lam: float | Tensor = 1.0,
    lam_new: float | Tensor = 0.0,
) -> Tensor:
    """Return lam/2 sum |w - start|^2 over the weights in `start`, plus lam_new/2 sum w^2 elsewhere.

    With start = 0 it is the penalty `l2`. At lam = infinity the weights in `start` stay where they
    are and only the rest is trained, which is called feature extraction.

    Args:
        model: its weights, by the names of `weights_of`, are penalized.
        start: from `starting_point(pretrained)`. A layer that is to be trained from scratch, say a
            head with other classes, is left out of it.
        lam, lam_new: >= 0; a tensor is not checked, so that vmap can give each model its own.
    Raises: ValueError if lam or lam_new is negative, a name in `start` is not one of the model's
        weights, or a shape differs.
    """
    strength("lam", lam)
    strength("lam_new", lam_new)
    weights = dict(weights_of(model))
    if unknown := sorted(set(start) - set(weights)):
        raise ValueError(f"{unknown} are not weights of the model; it has {sorted(weights)}")
    old, new = 0.0, 0.0
    for name, weight in weights.items():
        if name not in start:
            new = new + weight.square().sum()
        elif weight.shape != start[name].shape:
            raise ValueError(
                f"{name} starts from {tuple(start[name].shape)} but has shape "
                f"{tuple(weight.shape)}; leave it out of start to train it from scratch"
            )
        else:
            old = old + (weight - start[name]).square().sum()
    return torch.as_tensor(lam / 2 * old + lam_new / 2 * new)
