"""Optimizers that are not given the gradient, but a call that adds it to what they keep.

So v <- momentum v + delta h^T can be one product that adds to v, without a pass over the memory of
its own (see `products.adding`). Before any step, `sums` says where the products are to go.
Symbols     delta h^T the gradient of a layer, (M, O, I); v velocity.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from reglab.train.optimizers import Rates, StackedAdam, is_zero, sgd_threshold, shrink


class FoldedSGD:
    """SGD as StackedSGD, given calls that add the gradient.

    Args:
        weights: (M, O, I) of each layer.
        rates: settings of each layer.
    Attributes: sums, the velocity of each layer, (M, O, I).
    """

    def __init__(self, weights: Sequence[Tensor], rates: Sequence[Rates]):
        self.weights, self.rates = weights, rates
        self.sums = [torch.zeros_like(w) for w in weights]
        momentum = rates[0].momentum
        same = bool((momentum == momentum.flatten()[0]).all())
        self.beta = float(momentum.flatten()[0]) if same else None  # None: one for each network
        # What is added to the gradient, as a multiple of w: one sum, in the smallest shape it has.
        pulls = [r.decay if is_zero(r.l2) else r.decay + r.l2 for r in rates]
        self.pulls = [None if is_zero(pull) else pull for pull in pulls]
        self.thresholds = [None if is_zero(r.l1) else sgd_threshold(r) for r in rates]

    def learn(self, layer: int, add: Callable[[float], object], factor: float) -> None:
        """v <- momentum v + delta h^T + (decay + l2) w, w <- w - factor lr v, then l1's threshold.

        All in one layer; add(beta) computes sums <- beta sums + delta h^T.
        """
        w, v, rates = self.weights[layer], self.sums[layer], self.rates[layer]
        pull, threshold = self.pulls[layer], self.thresholds[layer]
        if self.beta is None:
            v.mul_(rates.momentum)
        add(1.0 if self.beta is None else self.beta)
        if pull is not None:
            v.addcmul_(w, pull)
        w.addcmul_(v, rates.lr, value=-factor)
        if threshold is not None:
            shrink(w, factor * threshold)


class FoldedAdam:
    """Adam and AdamW as StackedAdam, given calls that make the gradient.

    Attributes: sums, the gradient of each layer, (M, O, I).
    """

    def __init__(self, weights: Sequence[Tensor], rates: Sequence[Rates], decoupled: bool):
        self.sums = [torch.zeros_like(w) for w in weights]
        self.adam = StackedAdam(weights, rates, decoupled)

    def learn(self, layer: int, add: Callable[[float], object], factor: float) -> None:
        """g <- delta h^T for one layer; with the first layer, the last to come, all make a step."""
        add(0.0)
        if layer == 0:
            self.adam.step(self.sums, factor)


def folded_optimizer(
    name: str, weights: Sequence[Tensor], rates: Sequence[Rates]
) -> FoldedSGD | FoldedAdam:
    """Return the optimizer called `name`."""
    if name == "sgd":
        return FoldedSGD(weights, rates)
    return FoldedAdam(weights, rates, decoupled=name == "adamw")
