"""A network's loss as a function of one long vector, on which curvature is plain linear algebra.

Symbols     w (D,) all parameters of a network, one after another; L(w) the loss, a scalar.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

Loss = Callable[[Tensor], Tensor]


def flatten(tensors: Iterable[Tensor]) -> Tensor:
    """Return the entries of all tensors as one vector (D,), in their order.

    Raises: ValueError if there are none.

    >>> flatten([torch.zeros(2, 2), torch.ones(1)])
    tensor([0., 0., 0., 0., 1.])
    """
    parts = [t.reshape(-1) for t in tensors]
    if not parts:
        raise ValueError("there are no tensors to flatten; does the module have parameters?")
    return torch.cat(parts)


def flat_loss(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
) -> tuple[Loss, Tensor]:
    """Return (L, w): the loss on these examples as a function of a vector, and the vector now.

    L(w) = loss(model(x), y) with the parameters of `model` taken from w (D,). The module itself
    is not changed. It is used in the mode that it is in: call model.eval() first if it has
    dropout or batch normalization.

    Args:
        model: any module with parameters.
        x, y: the examples, as `model` and `loss` take them.
        loss: takes (outputs, y) and returns a scalar.

    >>> model = nn.Linear(2, 3)
    >>> L, w = flat_loss(model, torch.zeros(4, 2), torch.zeros(4, dtype=torch.long))
    >>> w.shape, torch.equal(L(w), F.cross_entropy(model(torch.zeros(4, 2)), torch.zeros(4).long()))
    (torch.Size([9]), True)
    """
    named = {name: p.detach() for name, p in model.named_parameters()}
    w = flatten(named.values())
    sizes = [p.numel() for p in named.values()]

    def function(vector: Tensor) -> Tensor:
        parts = zip(named.items(), vector.split(sizes), strict=True)
        weights = {name: part.view(p.shape) for (name, p), part in parts}
        return loss(functional_call(model, weights, (x,)), y)

    return function, w
