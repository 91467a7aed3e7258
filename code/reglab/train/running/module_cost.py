"""What a network of unknown kind costs: its forward pass is tried once, and counted."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from reglab.core.randomness import KeyedRandomness

TRIED = 2  # examples


@dataclass(frozen=True)
class ModuleCost:
    """Numbers of one network: its weights; for one example, multiply-adds and outputs of layers."""

    weights: int
    products: float
    activations: float


def count_module(
    module: nn.Module, shape: tuple[int, ...], dtype: torch.dtype | None = None
) -> ModuleCost:
    """Count the products and activations of one forward pass for inputs (B, *shape).

    Only products of matrices and convolutions are counted, as `torch.utils.flop_counter` does. A
    module that can't be tried on zeros is taken for one that only multiplies by its weights.
    `dtype` is that of the inputs; None stands for the weights' own.

    >>> count_module(nn.Linear(4, 3, bias=False), (4,))
    ModuleCost(weights=12, products=12.0, activations=3.0)
    """
    weights, outputs = sum(w.numel() for w in module.parameters()), []

    def note(module: nn.Module, inputs: tuple, output: Tensor) -> None:
        if isinstance(output, Tensor):
            outputs.append(output.numel())

    leaves = [m for m in module.modules() if not [*m.children()]]
    handles = [leaf.register_forward_hook(note) for leaf in leaves]
    like = next(module.parameters(), torch.zeros(()))
    counter = FlopCounterMode(display=False)
    try:
        with torch.no_grad(), KeyedRandomness(0, "trial", like.device), counter:
            module(like.new_zeros(TRIED, *shape, dtype=dtype))
    except (RuntimeError, TypeError, ValueError, IndexError):
        return ModuleCost(weights, float(weights), float(weights))
    finally:
        for handle in handles:
            handle.remove()
    return ModuleCost(weights, counter.get_total_flops() / 2 / TRIED, sum(outputs) / TRIED)
