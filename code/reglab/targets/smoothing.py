"""Label smoothing: targets that give a small share to the classes that are not the label.

Source      Szegedy, Vanhoucke, Ioffe, Shlens, Wojna (2016), "Rethinking the Inception Architecture
            for Computer Vision", CVPR, section 7.
Departures  The distribution mixed in is uniform; the paper allows any other.
Symbols     t (B, K) targets, eps the share taken from the label, K classes.
Two conventions are in use. "all": eps is spread over all K classes, the label among them, so that
the label is left with 1 - eps + eps/K (the paper, torch, timm). "others": eps is spread over the
K - 1 other classes, so that the label is left with 1 - eps. They are one family: "others" with eps
equals "all" with eps K / (K - 1). Smoothing draws nothing at random.
"""

import math
from dataclasses import dataclass

from torch import Generator, Tensor

from reglab.core import check_choice, check_count, check_probability
from reglab.targets.cross_entropy import check_classes, unless_tensor

SPREADS = ("all", "others")


def smooth_labels(targets: Tensor, eps: float | Tensor, *, spread: str = "all") -> Tensor:
    """Return (1 - eps) t + eps / K, or (1 - eps) t + eps (1 - t) / (K - 1) for "others".

    Each row still sums to 1. Soft targets are allowed, such as those of mixup.

    Shapes: targets (B, K) -> (B, K), or (B, T, K) for a target for each token -> (B, T, K).
    Args:
        targets: floats whose rows sum to 1.
        eps: in [0, 1]; 0 leaves the targets as they are.
        spread: over which classes eps is spread, "all" or "others".
    Raises: ValueError for an eps or a spread out of range, or fewer than two classes.

    >>> import torch
    >>> smooth_labels(torch.tensor([[1.0, 0.0, 0.0, 0.0]]), 0.2)
    tensor([[0.8500, 0.0500, 0.0500, 0.0500]])
    """
    check_classes(targets)
    check_choice("spread", spread, SPREADS)
    unless_tensor(check_probability, "eps", eps)
    classes = targets.shape[-1]
    if spread == "others":
        return (1 - eps) * targets + eps * (1 - targets) / (classes - 1)
    return (1 - eps) * targets + eps / classes


def convert_eps(eps: float, classes: int, *, to: str) -> float:
    """Return the eps that means the same targets in the other convention.

    to="all" takes an eps of "others" and returns eps K / (K - 1); to="others" takes one of "all"
    and returns eps (K - 1) / K. With 5 classes, 0.1 among the others is 0.125 among all.

    Args:
        eps: in [0, 1], in the convention that `to` does not name.
        classes: K, at least 2.
        to: "all" or "others", the convention of the result.
    Raises: ValueError for a value out of range, or if the result would be above 1.

    >>> convert_eps(0.1, 5, to="all")
    0.125
    """
    check_probability("eps", eps)
    check_count("classes", classes, minimum=2)
    if check_choice("to", to, SPREADS) == "others":
        return eps * (classes - 1) / classes
    if eps * classes > classes - 1:
        largest = (classes - 1) / classes
        raise ValueError(
            f"eps={eps} among the others leaves the label less than each of them, which no eps "
            f"among all can; with {classes} classes use eps <= {largest:g}"
        )
    return eps * classes / (classes - 1)


def best_logit_gap(eps: float, classes: int) -> float:
    """Return z_label - z_other of the logits that minimize the loss: log(1 + K (1 - eps) / eps).

    Without smoothing no finite logits minimize the cross-entropy of a labeled example: the gap
    can always grow. With eps > 0, spread over all classes, the minimum is at softmax(z) = t,
    where all other logits are equal.

    Args:
        eps: in [0, 1], spread over all classes; infinite at 0.
        classes: K, at least 2.
    Raises: ValueError for a value out of range.

    >>> round(best_logit_gap(0.1, 10), 2)
    4.51
    """
    check_probability("eps", eps)
    check_count("classes", classes, minimum=2)
    return math.inf if eps == 0 else math.log1p(classes * (1 - eps) / eps)


def smallest_loss(eps: float, classes: int) -> float:
    """Return the smallest cross-entropy that smoothed targets allow, their own entropy, in nats.

    A training loss with smoothing never falls below it, and losses of different eps cannot be
    compared with each other. Args and errors as for `best_logit_gap`.

    >>> round(smallest_loss(0.1, 10), 3)
    0.5
    """
    check_probability("eps", eps)
    check_count("classes", classes, minimum=2)
    label, other = 1 - eps + eps / classes, eps / classes
    if other == 0:
        return 0.0
    return -label * math.log(label) - (classes - 1) * other * math.log(other)


@dataclass(frozen=True)
class LabelSmoothing:
    """Technique of training: smooth the targets of each minibatch with `smooth_labels`.

    The loss then is (1 - eps) CE(t, p) + eps CE(u, p), with u uniform; eps CE(u, p) pulls the
    predictions toward u. It equals `torch.nn.CrossEntropyLoss(label_smoothing=eps)`.

    Args:
        eps: in [0, 1], or a tensor without dimensions.
        spread: "all" or "others".
    Raises: ValueError for a value out of range.

    >>> LabelSmoothing(0.1)
    LabelSmoothing(eps=0.1, spread='all')
    """

    eps: float | Tensor = 0.1
    spread: str = "all"

    def __post_init__(self) -> None:
        unless_tensor(check_probability, "eps", self.eps)
        check_choice("spread", self.spread, SPREADS)

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return x as it is, and the smoothed targets, (B, K) or (B, T, K)."""
        return x, smooth_labels(targets, self.eps, spread=self.spread)
