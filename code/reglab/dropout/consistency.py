"""R-Drop: two dropout masks for every example, and their two answers pulled together.

Source      Liang et al. (2021), "R-Drop: Regularized Dropout for Neural Networks", NeurIPS,
            equations 1 to 3 and algorithm 1.
Departures  The cross-entropy is the mean over both masks, not their sum: with alpha = 0 the loss
            is the ordinary one, and `lr` keeps its meaning. So alpha here is half the paper's.
Symbols     z (B, K) logits, p and q the two predicted distributions of an example.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from reglab.core import check_nonnegative


def symmetric_kl(z1: Tensor, z2: Tensor) -> Tensor:
    """Return (KL(p, q) + KL(q, p)) / 2 = sum_k (p_k - q_k) (log p_k - log q_k) / 2, >= 0.

    >>> symmetric_kl(torch.tensor([[0.0, 0.0]]), torch.tensor([[0.0, 0.0]]))
    tensor([0.])

    Args: z1, z2: logits (..., K) of p and q, of one shape.
    Returns: (...), in nats.
    """
    log_p, log_q = z1.log_softmax(-1), z2.log_softmax(-1)
    return ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum(-1) / 2


@dataclass(frozen=True)
class RDrop:
    """Technique of training: each minibatch goes through the network twice, with other masks.

    loss = mean cross-entropy of both answers + alpha mean symmetric KL between them. The network
    needs noise of its own, such as dropout; without it the two answers are equal and nothing is
    gained. A step costs twice as much.

    >>> technique = RDrop(alpha=0.5)
    >>> x, targets = torch.zeros(3, 4), torch.eye(3)
    >>> technique.change_batch(x, targets, torch.Generator())[0].shape
    torch.Size([6, 4])

    Args: alpha: weight of the divergence, >= 0; 0 is the control: two masks, no pull.
    Raises: ValueError if alpha is negative or not finite.
    """

    alpha: float | Tensor = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.alpha, Tensor):
            check_nonnegative("alpha", self.alpha)

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the minibatch twice, one after the other: (2B, ...) and (2B, K)."""
        return torch.cat([x, x]), torch.cat([targets, targets])

    def batch_loss(self, z: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a doubled minibatch: z (2B, K), targets (2B, K), one-hot or soft.

        Raises: ValueError unless z has an even number of rows and two classes or more.
        """
        if len(z) % 2 or z.shape[-1] < 2:
            raise ValueError(
                f"R-Drop takes logits (2B, K) of a doubled minibatch, K >= 2 classes; got "
                f"{tuple(z.shape)}; double it by change_batch, and use class labels"
            )
        first, second = z.chunk(2)
        fit = F.cross_entropy(z, targets)
        return fit + self.alpha * symmetric_kl(first, second).mean()
