"""The entropy of the predictions, taken away from the loss or added to it: opposite techniques.

Source      Pereyra, Tucker, Chorowski, Kaiser, Hinton (2017), "Regularizing Neural Networks by
            Penalizing Confident Output Distributions", ICLR workshop, section 2, for CE - beta H;
            Grandvalet, Bengio (2005), "Semi-supervised Learning by Entropy Minimization",
            NeurIPS 17, equation 6, for + beta H on examples without a label; Williams, Peng (1991),
            "Function Optimization Using Connectionist Reinforcement Learning Algorithms",
            Connection Science 3, for rewards.
Departures  beta is constant; Pereyra et al. also try one that grows, and a threshold on H.
Symbols     z (B, K) logits, p = softmax(z), H(p) = -sum_k p_k log p_k in nats, from 0 (certain) to
            log K (uniform); beta >= 0 the strength.
The sign decides everything. A loss is minimized: CE - beta H makes predictions *less* confident,
CE + beta H *more* confident. A reward J is maximized, so there J + beta H is the form that keeps a
policy from becoming certain: the same pull as CE - beta H, with a plus.
"""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from reglab.core import check_nonnegative
from reglab.targets.cross_entropy import soft_cross_entropy, unless_tensor


def entropy(z: Tensor) -> Tensor:
    """Return H(softmax(z)) = -sum_k p_k log p_k of each row, in nats.

    Its gradient in z_j is -p_j (log p_j + H): it fades where the prediction is certain, since
    p_j is then near 0 or log p_j near -H = 0.

    Shapes: z (..., K) finite logits -> (...).

    >>> import torch
    >>> entropy(torch.zeros(1, 4))  # log 4
    tensor([1.3863])
    """
    log_p = F.log_softmax(z, dim=-1)
    return -(log_p.exp() * log_p).sum(-1)


@dataclass(frozen=True)
class ConfidencePenalty:
    """Technique of training: the loss CE(t, p) - beta H(p), which pulls toward uniform outputs.

    Up to a constant, -H(p) is KL(p || u), with u uniform; label smoothing has KL(u || p) in its
    place. So both pull toward u, and differ in how: smoothing's pull on each logit has the size
    p_j - 1/K also at certain predictions, where this one's fades.

    Args: beta: strength, >= 0, or a tensor without dimensions; 0 is plain cross-entropy.
    Raises: ValueError if beta is negative or not finite.

    >>> import torch
    >>> ConfidencePenalty(0.5).batch_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    tensor(0.3466)
    """

    beta: float | Tensor = 0.1

    def __post_init__(self) -> None:
        unless_tensor(check_nonnegative, "beta", self.beta)

    def batch_loss(self, z: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over the minibatch of CE - beta H; z and targets (B, K) -> ()."""
        return soft_cross_entropy(z, targets) - self.beta * entropy(z).mean()


@dataclass(frozen=True)
class EntropyMinimization:
    """Technique of training: the loss CE(t, p) + beta H(p), which makes outputs more confident.

    The paper's use is with examples that have no label: give them a target row of zeros, then
    their cross-entropy is 0 and only their entropy counts. That moves the boundary out of dense
    regions: the method assumes that sparse ones separate the classes. On labeled examples it is
    the opposite of `ConfidencePenalty`.

    Args: beta: strength, >= 0, or a tensor without dimensions; 0 is plain cross-entropy.
    Raises: ValueError if beta is negative or not finite.

    >>> import torch
    >>> EntropyMinimization(0.5).batch_loss(torch.zeros(1, 2), torch.zeros(1, 2))  # no label
    tensor(0.3466)
    """

    beta: float | Tensor = 0.1

    def __post_init__(self) -> None:
        unless_tensor(check_nonnegative, "beta", self.beta)

    def batch_loss(self, z: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over the minibatch of CE + beta H; z and targets (B, K) -> ()."""
        return soft_cross_entropy(z, targets) + self.beta * entropy(z).mean()
