"""The z-loss: a penalty that keeps the logits' log partition near 0, where numbers are precise.

Source      Chowdhery et al. (2022), "PaLM: Scaling Language Modeling with Pathways", section 5
            (loss function, with c = 1e-4); the same penalty in Devlin et al. (2014), "Fast and
            Robust Neural Network Joint Models for Statistical Machine Translation", ACL.
Departures  None.
Symbols     z (B, K) logits, log Z = log sum_k exp(z_k), p = softmax(z), c >= 0 the strength.
Softmax does not feel a constant that is added to all logits, so cross-entropy leaves log Z free:
it may drift while p stays the same. The penalty c (log Z)^2 ties it to 0, where z_k = log p_k.
"""

from dataclasses import dataclass

from torch import Tensor

from reglab.core import check_nonnegative
from reglab.targets.cross_entropy import soft_cross_entropy, unless_tensor


def log_partition(z: Tensor) -> Tensor:
    """Return log Z = log sum_k exp(z_k) of each row; its gradient is softmax(z).

    Shapes: z (..., K) -> (...).

    >>> import torch
    >>> log_partition(torch.zeros(1, 4))  # log 4
    tensor([1.3863])
    """
    return z.logsumexp(-1)


@dataclass(frozen=True)
class ZLoss:
    """Technique of training: the loss CE(t, p) + c mean (log Z)^2, PaLM's z-loss.

    The penalty's gradient in z_k is 2 c log Z p_k for each example. Cross-entropy has the gradient
    p - t, whose entries sum to 0 over k: only the penalty pulls at the sum of the logits.

    Args: strength: c, >= 0, or a tensor without dimensions; 0 is plain cross-entropy.
    Raises: ValueError if it is negative or not finite.

    >>> import torch
    >>> ZLoss(1.0).batch_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))  # log 2 + (log 2)^2
    tensor(1.1736)
    """

    strength: float | Tensor = 1e-4

    def __post_init__(self) -> None:
        unless_tensor(check_nonnegative, "strength", self.strength)

    def batch_loss(self, z: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over the minibatch of CE + c (log Z)^2; z and targets (B, K) -> ()."""
        return soft_cross_entropy(z, targets) + self.strength * log_partition(z).square().mean()
