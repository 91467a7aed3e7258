"""Weight normalization: a weight is written as a direction times a length of its own.

Source      Salimans, Kingma (2016), "Weight Normalization", NeurIPS, equations 2 and 3.
Departures  Without the initialization from data of section 3. The length is that of a slice along
            `dim`, as in torch; the layer starts as the one that was given.
Symbols     w = length * v / |v| for each slice of the weight, a row for a linear layer: v as w,
            length as w with size 1 on all axes but `dim`; g the gradient of the loss with respect
            to w.
It normalizes no activation: there is no batch in it, no noise and no running statistics.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


def weight_norm(length: Tensor, v: Tensor, dim: int | None = 0) -> Tensor:
    """Return w = length * v / |v|, the norm over all axes but `dim` (None: over all axes).

    >>> weight_norm(torch.tensor([[10.0]]), torch.tensor([[3.0, 4.0]]))
    tensor([[6., 8.]])
    """
    return length * (v / slice_norms(v, dim))


def weight_norm_backward(
    g: Tensor, length: Tensor, v: Tensor, dim: int | None = 0
) -> tuple[Tensor, Tensor]:
    """Return the gradients of the loss with respect to length and v.

    dlength = g . v / |v| and dv = length / |v| (g - dlength v / |v|): orthogonal to v, so that a
    gradient step can only make v longer, and the longer it is the less its direction turns.

    >>> g, v = torch.tensor([[1.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    >>> weight_norm_backward(g, torch.tensor([[5.0]]), v)
    (tensor([[0.6000]]), tensor([[ 0.6400, -0.4800]]))
    """
    norm = slice_norms(v, dim)
    direction = v / norm
    axes = [axis for axis in range(v.ndim) if dim is None or axis != dim % v.ndim]
    dlength = (g * direction).sum(axes, keepdim=dim is not None)
    return dlength, length / norm * (g - dlength * direction)


def slice_norms(v: Tensor, dim: int | None = 0) -> Tensor:
    """Return the norm of each slice of v along `dim`, size 1 on the other axes; None: of all.

    >>> slice_norms(torch.tensor([[3.0, 4.0], [0.0, 2.0]]))
    tensor([[5.],
            [2.]])
    """
    if dim is None:
        return torch.linalg.vector_norm(v)
    axes = [axis for axis in range(v.ndim) if axis != dim % v.ndim]
    return torch.linalg.vector_norm(v, dim=axes, keepdim=True)


class WeightNorm(nn.Module):
    """Weight normalization as a parametrization; `add_weight_norm` puts it on a layer.

    Args: dim: the axis that numbers the slices, 0 for the rows of a linear layer; None: one slice.

    >>> WeightNorm()(torch.tensor([[10.0]]), torch.tensor([[3.0, 4.0]]))
    tensor([[6., 8.]])
    """

    def __init__(self, dim: int | None = 0):
        super().__init__()
        self.dim = dim

    def forward(self, length: Tensor, v: Tensor) -> Tensor:
        """Return the weight."""
        return weight_norm(length, v, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return (length, v) of a weight: its norms, and itself."""
        return slice_norms(weight, self.dim), weight

    def extra_repr(self) -> str:
        """Return the setting."""
        return f"dim={self.dim}"


def add_weight_norm(module: nn.Module, name: str = "weight", dim: int | None = 0) -> nn.Module:
    """Write the weight `name` of a layer as length times direction, in place; return the layer.

    The parameters are then parametrizations.weight.original0, the length, and original1, the
    direction, as in torch.nn.utils.parametrizations.weight_norm.
    Raises: ValueError if there is no such parameter, it has no such axis, or a slice of it is 0.

    >>> layer = add_weight_norm(torch.nn.Linear(3, 2))
    >>> [tuple(p.shape) for p in layer.parametrizations.weight.parameters()]
    [(2, 1), (2, 3)]
    """
    weight = dict(module.named_parameters(recurse=False)).get(name)
    if weight is None:
        known = ", ".join(n for n, _ in module.named_parameters(recurse=False)) or "none"
        raise ValueError(f"the layer has no parameter {name!r}; its parameters: {known}")
    if dim is not None and not -weight.ndim <= dim < weight.ndim:
        raise ValueError(
            f"dim must be an axis of {name}, {tuple(weight.shape)}, or None; got {dim}"
        )
    if (slice_norms(weight.detach(), dim) == 0).any():
        raise ValueError(f"a slice of {name} is 0 and has no direction; initialize it first")
    parametrize.register_parametrization(module, name, WeightNorm(dim))
    return module
