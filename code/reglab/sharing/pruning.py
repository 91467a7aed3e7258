"""Pruning: which weights may stay, a layer that holds the others at 0, units without use.

Source      Han, Pool, Tran, Dally (2015), "Learning both Weights and Connections for Efficient
            Neural Networks", NeurIPS, section 3, for pruning by size; Frankle, Carbin (2019), "The
            Lottery Ticket Hypothesis", ICLR, section 1 and appendix B, for iterative pruning.
Departures  Han et al. take a threshold for each layer from its deviation, here the number of
            remaining weights is exact. Biases are never pruned.
Symbols     a mask is True where a weight remains; remaining = remaining weights / all weights.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from reglab.core import check_choice, check_count, check_probability

OVER = ("network", "layer")
ELEMENTWISE = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.Identity)


def magnitude_masks(
    weights: Sequence[Tensor],
    remaining: float,
    *,
    over: str = "network",
    masks: Sequence[Tensor] | None = None,
) -> list[Tensor]:
    """Return masks, one for each weight, that let the largest |w| remain.

    Args:
        weights: of the layers, any shapes.
        remaining: share of *all* weights that remain, in [0, 1]; round(share * count) do.
        over: "network" compares the weights of all layers, "layer" only those of one layer.
        masks: of an earlier pruning: what it took away stays away.
    Raises: ValueError for another share or choice, for no weights, or if fewer weights are left
        than shall remain.

    >>> magnitude_masks([torch.tensor([3.0, -1.0]), torch.tensor([2.0, -4.0])], 0.5)
    [tensor([ True, False]), tensor([False,  True])]
    """
    check_probability("remaining", remaining)
    check_choice("over", over, OVER)
    if not weights:
        raise ValueError("there are no weights to prune; pass a list of tensors")
    masks = masks or [torch.ones_like(w, dtype=torch.bool) for w in weights]
    # Below every |w|, so that what is pruned already comes last.
    sizes = [w.detach().abs().masked_fill(~m, -1) for w, m in zip(weights, masks, strict=True)]
    if over == "layer":
        return [_largest(s, remaining) for s in sizes]
    joined = _largest(torch.cat([s.flatten() for s in sizes]), remaining)
    parts = joined.split([s.numel() for s in sizes])
    return [part.view(s.shape) for part, s in zip(parts, sizes, strict=True)]


def _largest(sizes: Tensor, remaining: float) -> Tensor:
    """A mask of the largest sizes, exactly as many as asked; of equal ones the first."""
    count = round(remaining * sizes.numel())
    if count > (left := int((sizes >= 0).sum())):
        raise ValueError(f"{count} weights shall remain, but only {left} are left; ask for fewer")
    order = sizes.flatten().argsort(descending=True, stable=True)
    mask = torch.zeros(sizes.numel(), dtype=torch.bool, device=sizes.device)
    mask[order[:count]] = True
    return mask.view(sizes.shape)


def random_masks(masks: Sequence[Tensor], generator: torch.Generator | None = None) -> list[Tensor]:
    """Return masks with as many weights in each layer as these, at random places.

    >>> [int(m.sum()) for m in random_masks([torch.tensor([True, False, True]), torch.ones(2) > 0])]
    [2, 2]
    """
    shuffled = []
    for mask in masks:
        order = torch.randperm(mask.numel(), generator=generator)
        shuffled.append(mask.flatten()[order.to(mask.device)].view(mask.shape))
    return shuffled


def pruning_shares(remaining: float, rounds: int) -> list[float]:
    """Return the share of all weights after each round, if every round takes the same part away.

    The share after round i of n is remaining^(i / n): iterative pruning trains, prunes, sets the
    other weights back and trains again, n times.
    Raises: ValueError for a share outside [0, 1] or less than one round.

    >>> pruning_shares(0.25, rounds=2)
    [0.5, 0.25]
    """
    check_probability("remaining", remaining)
    check_count("rounds", rounds)
    return [remaining ** ((i + 1) / rounds) for i in range(rounds)]


class MaskedLinear(nn.Module):
    """A linear layer in which some weights are held at 0: y = (mask * W) x + bias.

    The mask is a buffer, so it is saved and moved with the network, and is not trained. A masked
    weight has the gradient 0; its own number has no effect, whatever an optimizer does to it.

    Args:
        weight: (O, I), copied; bias: (O,), copied, or None.
        mask: (O, I), True where a weight remains.
    Raises: ValueError if the mask is not of the shape of the weight.

    >>> layer = MaskedLinear(torch.ones(1, 2), None, torch.tensor([[True, False]]))
    >>> layer(torch.tensor([[3.0, 5.0]]))
    tensor([[3.]], grad_fn=<MmBackward0>)
    """

    mask: Tensor

    def __init__(self, weight: Tensor, bias: Tensor | None, mask: Tensor):
        super().__init__()
        if mask.shape != weight.shape:
            raise ValueError(
                f"mask must have the shape of the weight, {tuple(weight.shape)}; got "
                f"{tuple(mask.shape)}"
            )
        self.weight = nn.Parameter(weight.detach().clone())
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())
        self.register_buffer("mask", mask.bool())

    def forward(self, x: Tensor) -> Tensor:
        """Return (mask * W) x + bias along the last dimension."""
        return linear(x, self.weight * self.mask, self.bias)

    def extra_repr(self) -> str:
        """What is printed with the name of the class."""
        return f"remaining={int(self.mask.sum())} of {self.mask.numel()}"


def masked_network(network: nn.Sequential, masks: Sequence[Tensor]) -> nn.Sequential:
    """Return a copy of a network in which each nn.Linear has a mask.

    Args:
        network: its nn.Linear layers, in order, are replaced; the others are shared, not copied.
        masks: one for each of them.
    Raises: ValueError if there are more or fewer masks than linear layers.

    >>> ticket = masked_network(nn.Sequential(nn.Linear(2, 1)), [torch.tensor([[True, False]])])
    >>> int(ticket[0].mask.sum())
    1
    """
    linears = [m for m in network if isinstance(m, nn.Linear)]
    if len(linears) != len(masks):
        raise ValueError(f"{len(linears)} linear layers need as many masks; got {len(masks)}")
    given = iter(masks)
    return nn.Sequential(
        *(
            MaskedLinear(m.weight, m.bias, next(given)) if isinstance(m, nn.Linear) else m
            for m in network
        )
    )


@torch.no_grad()
def remove_dead_units(network: nn.Sequential) -> nn.Sequential:
    """Return a smaller network with the same outputs: hidden units without use are taken out.

    A unit that receives nothing (its row of weights is 0) sends the constant act(bias). What the
    next layer makes of it is added to that layer's biases. A unit that sends nothing (its column
    in the next layer is 0) is taken out as it is. Both may leave other units without use, so the
    rows are looked at from the first layer on, and the columns from the last layer back.

    Args:
        network: nn.Linear layers with elementwise activations between; it is not changed.
    Returns: new nn.Linear layers, each with a bias; the activations are shared.
    Raises: ValueError for any other layer: what lies between could mix the units.

    >>> net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).requires_grad_(False)
    >>> _ = net[0].weight[1].zero_(), net[2].weight[:, 3].zero_()
    >>> remove_dead_units(net)
    Sequential(
      (0): Linear(in_features=3, out_features=2, bias=True)
      (1): ReLU()
      (2): Linear(in_features=2, out_features=2, bias=True)
    )
    """
    if mixing := [m for m in network if not isinstance(m, (nn.Linear, *ELEMENTWISE))]:
        known = ", ".join(kind.__name__ for kind in ELEMENTWISE)
        raise ValueError(f"layers must be Linear or one of {known}; got {mixing[0]}")
    layers = [m for m in network if isinstance(m, nn.Linear)]
    W = [m.weight.clone() for m in layers]  # each (O, I)
    b = [w.new_zeros(len(w)) if m.bias is None else m.bias.clone()
         for m, w in zip(layers, W, strict=True)]  # fmt: skip
    for i, act in enumerate(_activations(network)[: len(layers) - 1]):
        useful = (W[i] != 0).any(1)
        b[i + 1] += W[i + 1][:, ~useful] @ act(b[i][~useful])
        W[i], b[i], W[i + 1] = W[i][useful], b[i][useful], W[i + 1][:, useful]
    for i in reversed(range(len(layers) - 1)):
        useful = (W[i + 1] != 0).any(0)
        W[i], b[i], W[i + 1] = W[i][useful], b[i][useful], W[i + 1][:, useful]
    made = iter([_linear_of(*pair) for pair in zip(W, b, strict=True)])
    return nn.Sequential(*(next(made) if isinstance(m, nn.Linear) else m for m in network))


def _activations(network: nn.Sequential) -> list[nn.Sequential]:
    """What follows each linear layer, up to the next one."""
    between: list[nn.Sequential] = []
    for m in network:
        if isinstance(m, nn.Linear):
            between.append(nn.Sequential())
        elif between:
            between[-1].append(m)
    return between


def _linear_of(weight: Tensor, bias: Tensor) -> nn.Linear:
    """A linear layer with these values."""
    layer = nn.Linear(1, 1, device="meta")  # draws nothing, and a layer of no inputs is no warning
    layer.out_features, layer.in_features = weight.shape
    layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
    return layer
