"""DisturbLabel: some labels of each minibatch are drawn again, uniformly, and only for this step.

Source      Xie, Wang, Wei, Wang, Tian (2016), "DisturbLabel: Regularizing CNN on the Loss Layer",
            CVPR, section 3.1.
Departures  The paper draws each label from a multinomial; here it is first decided whether to draw,
            then what. The law is the same.
Symbols     t (B, K) targets, alpha the probability that a label is drawn again, K classes.
A label drawn again is right by chance with probability 1/K, so a share alpha (K - 1) / K is wrong.
The mean of the disturbed target is (1 - alpha) t + alpha / K: label smoothing with eps = alpha.
Cross-entropy is linear in the target, so its mean over the draws *is* the loss of label smoothing.
Smoothing is therefore not noise: it is the mean that remains when this noise is averaged away.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from reglab.core import check_probability
from reglab.targets.cross_entropy import check_classes, one_hot, unless_tensor


def draw_disturbance(
    examples: int, classes: int, alpha: float | Tensor, generator: Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Return (chosen, drawn): which labels are drawn again, and the class drawn for each example.

    chosen (B,) bool is True with probability alpha; drawn (B,) int64 is uniform over the K
    classes. With equal generators a larger alpha chooses the same examples, and more.

    Args:
        generator: source of randomness, on any device; None means torch's global one.
    Raises: ValueError if alpha is not in [0, 1].

    >>> draw_disturbance(3, 10, alpha=0.0, generator=torch.Generator().manual_seed(0))[0]
    tensor([False, False, False])
    """
    unless_tensor(check_probability, "alpha", alpha)
    device = "cpu" if generator is None else generator.device
    chosen = torch.rand(examples, generator=generator, device=device) < alpha
    drawn = torch.randint(classes, (examples,), generator=generator, device=device)
    return chosen, drawn


def disturb_labels(targets: Tensor, chosen: Tensor, drawn: Tensor) -> Tensor:
    """Return the targets with the rows in `chosen` replaced by the one-hot rows of `drawn`.

    Shapes: targets (B, K) floats, chosen (B,) bool, drawn (B,) int64 -> (B, K).
    Raises: ValueError if there are fewer than two classes, or a class outside 0 .. K - 1.

    >>> t = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> disturb_labels(t, torch.tensor([False, True]), torch.tensor([1, 1]))
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_classes(targets)
    drawn = one_hot(drawn.to(targets.device), targets.shape[1], targets.dtype)
    return torch.where(chosen.to(targets.device)[:, None], drawn, targets)


@dataclass(frozen=True)
class DisturbLabel:
    """Technique of training: draw each label of a minibatch again with probability alpha.

    Args: alpha: in [0, 1]; 0 leaves all labels, 1 makes them independent of the inputs.
    Raises: ValueError if alpha is out of range.

    >>> DisturbLabel(0.1)
    DisturbLabel(alpha=0.1)
    """

    alpha: float | Tensor = 0.1

    def __post_init__(self) -> None:
        unless_tensor(check_probability, "alpha", self.alpha)

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return x as it is, and the disturbed targets (B, K)."""
        check_classes(targets)
        draws = draw_disturbance(len(targets), targets.shape[1], self.alpha, generator)
        return x, disturb_labels(targets, *draws)
