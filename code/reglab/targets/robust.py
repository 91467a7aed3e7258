"""Losses for wrong labels: one that gives up on improbable labels, one that knows the noise.

Source      Zhang, Sabuncu (2018), "Generalized Cross Entropy Loss for Training Deep Neural Networks
            with Noisy Labels", NeurIPS, equation 6; Patrini, Rozza, Menon, Nock, Qu (2017), "Making
            Deep Neural Networks Robust to Label Noise: a Loss Correction Approach", CVPR,
            theorem 2; Ghosh, Kumar, Sastry (2017), "Robust Loss Functions under Label Noise for
            Deep Neural Networks", AAAI, for q = 1.
Departures  The truncated loss of Zhang and Sabuncu (section 3.3) is not here. Their loss is defined
            for hard labels; for a soft target it is averaged over the classes with weights t.
Symbols     z (B, K) logits, p = softmax(z), t (B, K) targets, y the label; q in [0, 1];
            A (K, K) with A[i, j] the probability that an example of class i is labeled j.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.core import check_count, check_probability
from reglab.targets.cross_entropy import check_targets, unless_tensor


def generalized_cross_entropy(z: Tensor, targets: Tensor, q: float | Tensor) -> Tensor:
    """Return the mean over examples of sum_k t_k (1 - p_k^q) / q, a scalar.

    q = 0 is the limit, cross-entropy; q = 1 is 1 - p_y, half the absolute error between p and a
    one-hot target. The gradient is p_y^q times that of cross-entropy: labels that the network
    finds improbable count less, whether they are wrong or only hard.

    Shapes: z, targets (B, K) -> ().
    Args:
        q: in [0, 1], or a tensor without dimensions.
    Raises: ValueError if q is out of range, the shapes differ, or there is one class only.

    >>> z = torch.tensor([[0.0, 0.0]])
    >>> generalized_cross_entropy(z, torch.tensor([[1.0, 0.0]]), q=1.0)
    tensor(0.5000)
    """
    check_targets(z, targets)
    q = torch.as_tensor(unless_tensor(check_probability, "q", q), dtype=z.dtype, device=z.device)
    log_p = F.log_softmax(z, dim=1)
    # expm1 is exact for small q; the inner where keeps the branch not taken free of 0 / 0.
    safe = torch.where(q > 0, q, 1.0)
    each = torch.where(q > 0, -torch.expm1(safe * log_p) / safe, -log_p)
    return (targets * each).sum(1).mean()


@dataclass(frozen=True)
class GeneralizedCrossEntropy:
    """Technique of training: `generalized_cross_entropy` in place of cross-entropy.

    Args: q: in [0, 1], or a tensor without dimensions; 0 is cross-entropy, 1 absolute error, which
        learns slowly and may leave examples unlearned. The paper uses 0.7.
    Raises: ValueError if q is out of range.

    >>> GeneralizedCrossEntropy().batch_loss(torch.zeros(1, 4), torch.eye(4)[:1])
    tensor(0.8872)
    """

    q: float | Tensor = 0.7

    def __post_init__(self) -> None:
        unless_tensor(check_probability, "q", self.q)

    def batch_loss(self, z: Tensor, targets: Tensor) -> Tensor:
        """Return the loss; z and targets (B, K) -> ()."""
        return generalized_cross_entropy(z, targets, self.q)


def symmetric_noise(classes: int, rate: float | Tensor) -> Tensor:
    """Return A (K, K) of labels that are wrong with probability `rate`, all wrong ones alike.

    1 - rate on the diagonal, rate / (K - 1) beside it: what `reglab.data.flip_labels` does. Where a
    label is drawn again from all K classes with probability alpha, rate is alpha (K - 1) / K.

    Raises: ValueError if rate is not in [0, 1], or there are fewer than two classes.

    >>> symmetric_noise(3, 0.2)
    tensor([[0.8000, 0.1000, 0.1000],
            [0.1000, 0.8000, 0.1000],
            [0.1000, 0.1000, 0.8000]])
    """
    check_count("classes", classes, minimum=2)
    unless_tensor(check_probability, "rate", rate)
    like = rate if isinstance(rate, Tensor) else torch.tensor(0.0)
    eye = torch.eye(classes, dtype=like.dtype, device=like.device)
    return (1 - rate) * eye + rate / (classes - 1) * (1 - eye)


def forward_loss(z: Tensor, targets: Tensor, transition: Tensor) -> Tensor:
    """Return the mean over examples of -sum_k t_k log (p A)_k, a scalar.

    p A is what the network predicts for the label that is *observed*, if p is right for the true
    class. If A is right, the loss over noisy labels has its minimum at the true probabilities of
    the clean classes (Patrini et al., theorem 2); that of cross-entropy is at those times A.
    A label that A never allows, a column of zeros, adds nothing to the loss.

    Shapes: z, targets (B, K), transition (K, K) with rows that sum to 1 -> ().
    Raises: ValueError if the shapes do not fit.

    >>> z, t = torch.tensor([[100.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    >>> forward_loss(z, t, symmetric_noise(2, 0.25))  # log 4, and not 100
    tensor(1.3863)
    """
    check_targets(z, targets)
    if transition.shape != (z.shape[1], z.shape[1]):
        raise ValueError(
            f"transition must be (K, K) with K = {z.shape[1]}; got {tuple(transition.shape)}"
        )
    transition = transition.to(z)
    # In logarithms, so that p may underflow. A column of zeros would make 0 times infinity.
    log_a = torch.where(transition.sum(0) > 0, transition, 1.0).log()
    log_p = F.log_softmax(z, dim=1)
    observed = torch.logsumexp(log_p[:, :, None] + log_a, dim=1)  # (B, true, observed) -> (B, K)
    return -(targets * observed).sum(1).mean()


@dataclass(frozen=True)
class ForwardCorrection:
    """Technique of training: `forward_loss` for labels of which a share `rate` is wrong.

    The network goes on predicting the clean class: the noise is added to its output for the loss
    only, and never at evaluation. The rate has to be known, or estimated on a few clean labels.

    Args:
        rate: share of wrong labels, in [0, 1], or a tensor without dimensions; 0 is cross-entropy.
        transition: A as rows of numbers, in place of rate, where wrong labels are not all alike.
    Raises: ValueError for a value out of range, or if neither or both are given.

    >>> ForwardCorrection(0.4).batch_loss(torch.zeros(1, 4), torch.eye(4)[:1])
    tensor(1.3863)
    """

    rate: float | Tensor | None = None
    transition: tuple[tuple[float, ...], ...] | None = None

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.transition is None):
            raise ValueError("pass either rate or transition; ForwardCorrection(0.4) is usual")
        if self.transition is None:
            unless_tensor(check_probability, "rate", self.rate)
            return
        rows = tuple(tuple(float(value) for value in row) for row in self.transition)
        for row in rows:
            for value in row:
                check_probability("each number of transition", value)
            if len(row) != len(rows) or abs(sum(row) - 1) > 1e-6:
                raise ValueError(
                    f"transition needs K rows of K numbers with sum 1, K = {len(rows)}; got {row}"
                )
        object.__setattr__(self, "transition", rows)  # tuples: hashable, and safe from changes

    def batch_loss(self, z: Tensor, targets: Tensor) -> Tensor:
        """Return the loss; z and targets (B, K) -> ()."""
        check_targets(z, targets)
        if self.transition is None and self.rate is not None:  # one of them is given
            return forward_loss(z, targets, symmetric_noise(z.shape[1], self.rate).to(z))
        return forward_loss(z, targets, torch.tensor(self.transition, dtype=z.dtype).to(z.device))
