"""Mix two examples and their targets: mixup and CutMix.

Source      Zhang, Cisse, Dauphin, Lopez-Paz (2018), "mixup: Beyond Empirical Risk Minimization",
            ICLR, section 2; Yun, Han, Oh, Chun, Choe, Yoo (2019), "CutMix", ICCV, section 3.
Departures  Each example has a share of its own; the authors' programs draw one for a minibatch,
            as per_example=False does. A box of CutMix is never narrower than drawn (theirs loses
            a pixel at odd widths).
Symbols     x (B, ...), targets (B, K) one-hot or soft; lam (B,) the share of an example's own part,
            1 - lam its partner's; partners (B,) a permutation of the minibatch.
Both the inputs and the targets are mixed. Mixing the inputs alone is something else: noise.
"""

from dataclasses import dataclass

import torch
from scipy.special import betaincinv
from torch import Tensor

from reglab.augmentation.draws import Batch, column, draw_integers, is_signal
from reglab.augmentation.erasing import box_mask
from reglab.core import check_positive


def draw_partners(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return a random permutation of the rows of x, (B,): whom each example is mixed with.

    >>> draw_partners(torch.zeros(3, 2), torch.Generator().manual_seed(0)).sort().values
    tensor([0, 1, 2])
    """
    device = x.device if generator is None else generator.device
    return torch.randperm(len(x), generator=generator, device=device).to(x.device)


def draw_shares(
    alpha: float, count: int, x: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Return `count` draws of Beta(alpha, alpha), mean 1/2, variance 1 / (4 (2 alpha + 1)).

    The quantiles of uniform numbers: torch's own sampler of beta numbers takes no generator.

    >>> draw_shares(0.2, 3, torch.zeros(5), torch.Generator().manual_seed(0)).shape
    torch.Size([3])
    """
    device = x.device if generator is None else generator.device
    u = torch.rand(count, generator=generator, device=device, dtype=torch.float64)
    return torch.from_numpy(betaincinv(alpha, alpha, u.cpu().numpy())).to(x.device, x.dtype)


def mix(values: Tensor, partners: Tensor, lam: Tensor) -> Tensor:
    """Return lam * values + (1 - lam) * values[partners], example by example.

    Args: values: (B, ...); partners: (B,) whole numbers in [0, B); lam: (B,) in [0, 1].

    >>> mix(torch.tensor([[0.0], [4.0]]), torch.tensor([1, 0]), torch.tensor([0.75, 0.5]))
    tensor([[1.],
            [2.]])
    """
    own = column(lam, values).to(values.dtype)
    return own * values + (1 - own) * values[partners]


@dataclass(frozen=True)
class Mixup:
    """Replace each example by a mixture with another: of the inputs, and of the targets alike.

    x <- lam x + (1 - lam) x', targets likewise, lam from Beta(alpha, alpha).
    Args:
        alpha: > 0: near 0 one of the two dominates, 1 is uniform, large values mix evenly.
        per_example: a share for each example, or one for the minibatch.
    Raises: ValueError unless alpha > 0.

    >>> x, targets = torch.rand(4, 40), torch.eye(4)
    >>> Mixup(0.2).change_batch(x, targets, torch.Generator().manual_seed(0))[1].sum(1)
    tensor([1., 1., 1., 1.])
    """

    alpha: float
    per_example: bool = True

    def __post_init__(self) -> None:
        check_positive("alpha", self.alpha)

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Batch:
        """Return x and targets (B, K), both mixed with the same partners and shares."""
        partners = draw_partners(x, generator)
        lam = draw_shares(self.alpha, len(x) if self.per_example else 1, x, generator)
        lam = lam.expand(len(x))
        return mix(x, partners, lam), mix(targets, partners, lam)


def paste(x: Tensor, partners: Tensor, mask: Tensor) -> Tensor:
    """Return x with the partner's values wherever the mask is True.

    Args: x: (B, ...) or (B, C, ...); partners: (B,); mask: (B, ...) bool, without channels.

    >>> mask = torch.tensor([[True, False], [False, False]])
    >>> paste(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1, 0]), mask)
    tensor([[3., 2.],
            [3., 4.]])
    """
    return torch.where(mask if mask.ndim == x.ndim else mask[:, None], x[partners], x)


@dataclass(frozen=True)
class CutMix:
    """Paste a piece of another example into each, and mix the targets by the area pasted.

    The piece is a box about a center drawn uniformly, of the share 1 - lam of the area with lam
    from Beta(alpha, alpha); what lies outside the example is cut off. The targets are mixed by the
    share of values that were really replaced, not by the drawn 1 - lam.

    Args:
        alpha: > 0; 1 makes the size of the piece uniform.
        per_example: a size for each example, or one for the minibatch.
    Raises: ValueError unless alpha > 0.

    >>> x, targets = torch.rand(4, 8, 8), torch.eye(4)
    >>> CutMix(1.0).change_batch(x, targets, torch.Generator().manual_seed(0))[0].shape
    torch.Size([4, 8, 8])
    """

    alpha: float = 1.0
    per_example: bool = True

    def __post_init__(self) -> None:
        check_positive("alpha", self.alpha)

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Batch:
        """Return x with a piece of its partner, and targets (B, K) mixed by its area."""
        partners = draw_partners(x, generator)
        mask = self.draw_mask(x, generator)
        pasted = mask.flatten(1).to(targets.dtype).mean(1)
        return paste(x, partners, mask), mix(targets, partners, 1 - pasted)

    def draw_mask(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return a mask (B, T) or (B, H, W), True where the partner's values go."""
        sizes = tuple(x.shape[-1:] if is_signal(x) else x.shape[-2:])
        lam = draw_shares(self.alpha, len(x) if self.per_example else 1, x.double(), generator)
        # A box of share 1 - lam has sides (1 - lam)^(1/axes) of the whole.
        side = (1 - lam.expand(len(x))) ** (1 / len(sizes))
        sides = (side[:, None] * torch.tensor(sizes, device=x.device)).long()  # (B, axes)
        centers = [draw_integers(0, s - 1, (len(x),), x, generator) for s in sizes]
        start = torch.stack(centers, 1) - sides // 2
        return box_mask(start, start + sides, sizes)
