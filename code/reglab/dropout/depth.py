"""Stochastic depth and LayerDrop: whole layers of a residual network are left out at random.

Source      Huang, Sun, Liu, Sedra, Weinberger (2016), "Deep Networks with Stochastic Depth", ECCV,
            section 3 (equations 2 to 5); Fan, Grave, Joulin (2020), "Reducing Transformer Depth on
            Demand with Structured Dropout", ICLR, sections 3.2 and 3.3, for LayerDrop.
Departures  p is the probability of *dropping*; Huang's p_l is that of surviving. Huang draws once
            for a minibatch and scales at test time: per="batch", scaled="test". The defaults are
            those of today's networks: a draw for each example, survivors scaled in training.
Symbols     x (B, ...) what the skip connection carries, f(x) the branch, L layers, l = 1..L.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from reglab.core import check_choice, check_count, check_probability
from reglab.dropout.bernoulli import DropLayer, drop_mask

Rate = float | Tensor
PER, SCALED = ("example", "batch"), ("training", "test")


def linear_rule(p: float, layers: int) -> list[float]:
    """Return p_l = p l / L for l = 1..L: early layers are dropped less often than late ones.

    Early layers find features that all later ones use. The mean number of dropped layers is
    p (L + 1) / 2.

    >>> linear_rule(0.5, 5)
    [0.1, 0.2, 0.3, 0.4, 0.5]

    Args: p: of the last layer, in [0, 1]; layers: L >= 1.
    Raises: ValueError for a bad p or number of layers.
    """
    check_probability("p", p)
    return [p * l / layers for l in range(1, check_count("layers", layers) + 1)]


def depth_mask(
    like: Tensor, p: Rate, per: str = "example", generator: torch.Generator | None = None
) -> Tensor:
    """Draw the factor of a branch: 0 with probability p and else 1 / (1 - p).

    >>> depth_mask(torch.zeros(8, 3, 4, 4), 0.5).shape
    torch.Size([8, 1, 1, 1])

    Args:
        like: (B, ...); p, generator: as for `drop_mask`.
        per: "example": one draw for each row, (B, 1, ...); "batch": one for all, (1, 1, ...).
    Raises: ValueError for a bad p or `per`.
    """
    check_choice("per", per, PER)
    first = like if per == "example" else like[:1]
    for axis in range(1, like.ndim):
        first = first.narrow(axis, 0, 1)
    return drop_mask(first, p, generator)


class StochasticDepth(DropLayer):
    """What to put at the end of a residual branch: x + StochasticDepth(p)(branch(x)).

    In expectation the branch counts fully with scaled="training", and (1 - p) times in both modes
    with scaled="test".

    >>> StochasticDepth(0.2).eval()(torch.ones(2, 3)).sum()
    tensor(6.)

    Args:
        p: probability of dropping the branch, in [0, 1]; a 0-d tensor is not checked.
        per: "example": a draw for each (torchvision's "row"); "batch": one for the minibatch.
        scaled: "training": survivors are divided by 1 - p, and eval mode is the identity; "test":
            survivors are unchanged, and eval mode multiplies by 1 - p (Huang et al.).
    Shapes: (B, ...) to the same.
    Raises: ValueError for a bad p, `per` or `scaled`, or an input without a batch axis.
    """

    def __init__(self, p: Rate = 0.5, *, per: str = "example", scaled: str = "training"):
        super().__init__(p)
        self.per = check_choice("per", per, PER)
        self.scaled = check_choice("scaled", scaled, SCALED)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, ...) times the mask in training, times its expectation in evaluation."""
        if x.ndim == 0:
            raise ValueError("x must have a batch axis, (B, ...); got a tensor without axes")
        if not self.training:
            return x * (1 - self.p) if self.scaled == "test" else x
        mask = depth_mask(x, self.p, self.per)
        if self.scaled == "test":
            mask = (mask > 0).to(x.dtype)
        return x * mask

    def extra_repr(self) -> str:
        """Return what print(layer) shows between the brackets."""
        return f"{super().extra_repr()}, per={self.per}, scaled={self.scaled}"


class ResidualBranch(StochasticDepth):
    """x + StochasticDepth(branch(x)), which with per="batch" does not compute a dropped branch.

    >>> block = ResidualBranch(nn.Linear(4, 4), p=0.5, per="batch", skip=True)
    >>> block(torch.ones(3, 4)).shape
    torch.Size([3, 4])

    Args:
        branch: any module that keeps the shape.
        p, per, scaled: as for `StochasticDepth`.
        skip: save the time of dropped branches, with per="batch" only. Their weights then get no
            gradient at all, so an optimizer neither decays them nor moves them by momentum in that
            step. It asks the draw for its value, which torch.func.vmap (and `fleet`) can't.
    Raises: ValueError as `StochasticDepth`, and for skip=True with per="example".
    """

    def __init__(
        self,
        branch: nn.Module,
        p: Rate = 0.5,
        *,
        per: str = "example",
        scaled: str = "training",
        skip: bool = False,
    ):
        super().__init__(p, per=per, scaled=scaled)
        if skip and per == "example":
            raise ValueError("skip=True saves time only if a branch is dropped for the whole "
                             "minibatch; set per='batch'")  # fmt: skip
        self.branch, self.skip = branch, skip

    def forward(self, x: Tensor) -> Tensor:
        """Return x + the branch, of the shape of x (B, ...)."""
        if not (self.skip and self.training):
            return x + super().forward(self.branch(x))
        mask = depth_mask(x, self.p, self.per)
        if not mask.any():
            return x
        return x + self.branch(x) * (mask if self.scaled == "training" else 1)


class LayerDrop(DropLayer):
    """A chain of layers, each left out of a whole minibatch with probability p; not rescaled.

    A dropped layer hands its input on, so each layer should be residual (a transformer's block) and
    keep the shape. In eval mode all layers count. Because the network has seen every shorter
    version of itself, layers can also be removed afterwards: see `remove_layers`.

    >>> chain = LayerDrop([nn.Linear(4, 4) for _ in range(6)], p=0.2)
    >>> chain(torch.ones(3, 4)).shape
    torch.Size([3, 4])

    Args:
        layers: modules that keep the shape.
        p: probability of leaving a layer out, the same for all, in [0, 1].
        skip: don't compute what is left out; False computes all, for torch.func.vmap (`fleet`).
    Raises: ValueError for a bad p, or no layers.
    """

    def __init__(self, layers: Iterable[nn.Module], p: Rate = 0.2, *, skip: bool = True):
        super().__init__(p)
        self.layers, self.skip = nn.ModuleList(layers), skip
        check_count("number of layers", len(self.layers))

    def forward(self, x: Tensor) -> Tensor:
        """Return what the chain makes of x (B, ...); the same shape."""
        for layer in self.layers:
            if not self.training:
                x = layer(x)
                continue
            used = depth_mask(x, self.p, "batch") > 0  # (1, 1, ...)
            if not self.skip:
                x = torch.where(used, layer(x), x)
            elif used.any():
                x = layer(x)
        return x


def remove_layers(layers: Iterable[nn.Module], p: float) -> list[nn.Module]:
    """Return the layers without every (1/p)-th, the "every other" rule of Fan et al.

    Of layers l = 1..L those go where l is a multiple of round(1 / p): about the share p of them.

    >>> len(remove_layers([nn.Linear(4, 4) for _ in range(6)], p=1 / 3))
    4

    Args: p: share to remove, in [0, 0.5]; 0 removes none.
    Raises: ValueError for another p.
    """
    if check_probability("p", p) > 0.5:
        raise ValueError(
            f"p must be at most 0.5, every other layer; got {p}; choose layers by hand"
        )
    if p == 0:
        return list(layers)
    return [layer for l, layer in enumerate(layers, start=1) if l % round(1 / p)]
