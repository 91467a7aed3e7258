"""Manifold mixup: mix two examples in a hidden layer, chosen at random for each minibatch.

Source      Verma, Lamb, Beckham, Najafi, Mitliagkas, Lopez-Paz, Bengio (2019), "Manifold Mixup:
            Better Representations by Interpolating Hidden States", ICML, section 2.
Departures  Each example has a share of its own, see `mixing`.
Symbols     x (B, I), targets (B, K); layer 0 is the input, layer i what the i-th part returns.
A network sees x only, and the targets have to be mixed with the same partners and shares. So the
technique hands both to the network as three more columns of x, (share, partner, layer), which
`MixedLayers` takes off again. In your own loop, `mix(h, partners, lam)` on any hidden h will do.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reglab.augmentation.draws import Batch, column, draw_integers
from reglab.augmentation.mixing import draw_partners, draw_shares, mix
from reglab.core import check_positive

COLUMNS = 3  # share, partner, layer


@dataclass(frozen=True)
class ManifoldMixup:
    """Mix the targets, and tell `MixedLayers` to mix one hidden layer in the same way.

    Args:
        alpha: of Beta(alpha, alpha), the law of the shares, > 0.
        layers: those to choose from, each equally likely for a minibatch; 0 is the input.
    Raises: ValueError unless alpha > 0 and layers are whole numbers >= 0.

    >>> x, targets = torch.rand(4, 40), torch.eye(4)
    >>> x, targets = ManifoldMixup(0.2).change_batch(x, targets, torch.Generator().manual_seed(0))
    >>> x.shape  # 40 inputs, and the share, partner and layer
    torch.Size([4, 43])
    """

    alpha: float
    layers: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        check_positive("alpha", self.alpha)
        if not self.layers or not all(type(i) is int and i >= 0 for i in self.layers):
            raise ValueError(f"layers must be whole numbers >= 0, as (0, 1); got {self.layers!r}")

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Batch:
        """Return x (B, I + 3) with the plan of the mixture, and the targets (B, K) mixed by it."""
        if x.ndim != 2:
            raise ValueError(f"manifold mixup needs inputs (B, I); got {tuple(x.shape)}")
        whole = round(2 / torch.finfo(x.dtype).eps)  # up to here x holds each whole number exactly
        if len(x) > whole:
            raise ValueError(
                f"{x.dtype} cannot hold the numbers of more than {whole} partners; got "
                f"{len(x)} examples; use float32 or smaller minibatches"
            )
        partners = draw_partners(x, generator)
        lam = draw_shares(self.alpha, len(x), x, generator)
        which = draw_integers(0, len(self.layers) - 1, (1,), x, generator)
        layer = torch.tensor(self.layers, device=x.device)[which].expand(len(x))
        plan = torch.stack([lam, partners.to(x.dtype), layer.to(x.dtype)], 1)
        return torch.cat([x, plan], 1), mix(targets, partners, lam)


class MixedLayers(nn.Module):
    """Layers run one after the other, like nn.Sequential, that mix where `ManifoldMixup` says.

    Inputs of `inputs` columns pass as through nn.Sequential; with three more columns, the minibatch
    is mixed before the layer that they name.

    Args:
        layers: modules, such as nn.Sequential(nn.Linear(40, 64), nn.ReLU()); the last one's
            outputs are the logits and are never mixed.
        inputs: I, columns of x without the plan, >= 1.
    Raises: ValueError, when used, for another number of columns.

    >>> network = MixedLayers([nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 10)], inputs=40)
    >>> network(torch.rand(4, 40)).shape
    torch.Size([4, 10])
    """

    def __init__(self, layers: Iterable[nn.Module], inputs: int):
        super().__init__()
        self.layers, self.inputs = nn.ModuleList(layers), inputs

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (B, K) of x (B, I) or (B, I + 3)."""
        extra = x.shape[-1] - self.inputs
        if extra not in (0, COLUMNS):
            allowed = f"{self.inputs} columns, or {COLUMNS} more from ManifoldMixup"
            raise ValueError(f"x must have {allowed}; got {tuple(x.shape)}")
        h, plan = x[:, : self.inputs], x[:, self.inputs :]
        for i, layer in enumerate(self.layers):
            if extra:
                lam, partners, where = plan.unbind(1)
                mixed = mix(h, partners.long(), lam)
                h = torch.where(column(where, h) == i, mixed, h)
            h = layer(h)
        return h
