"""Label noise: a known share of wrong labels, or labels that say nothing about the inputs.

Source      Zhang, Bengio, Hardt, Recht, Vinyals (2017), "Understanding deep learning requires
            rethinking generalization", ICLR, section 2 (random and partially corrupted labels).
Departures  There, and in many courses, a corrupted label is redrawn from all K classes, so that
            one in K is right by chance: "15 %" noise on 10 classes is 13.5 %. Here a flipped
            label is always wrong, and the share is exact. Random labels are the true ones
            shuffled, so that their class counts stay.
Symbols     N examples, K classes.
"""

import torch
from torch import Generator, Tensor

from reglab.core import check_count, check_flag, check_probability, check_shape, stream


def flip_labels(
    y: Tensor, share: float, classes: int, generator: Generator | None = None
) -> Tensor:
    """Return a copy of y in which exactly round(share * N) labels are wrong.

    Which labels flip is uniform over the subsets of that size; each becomes one of the K - 1
    wrong classes, with equal probability. The count is fixed, not Bernoulli: it takes one source
    of variance, sqrt(share (1 - share) / N), out of every comparison between seeds.
    With equal generators a larger share flips the same labels to the same classes, and more.

    Shapes: y (N,) int64 in 0 .. K - 1 -> (N,) int64. `y` itself is not changed.
    Args:
        generator: source of randomness, on any device; None means torch's global one.
    Raises: ValueError if share is not in [0, 1], or y is not (N,) int64 in 0 .. K - 1, K >= 2.
    """
    check_probability("share", share)
    check_count("classes", classes, minimum=2)
    _check_labels(y)
    if len(y) and not 0 <= int(y.min()) <= int(y.max()) < classes:
        raise ValueError(
            f"y holds classes {int(y.min())} .. {int(y.max())}, but classes={classes} allows "
            f"0 .. {classes - 1}; raise classes"
        )
    rank, step = _uniforms(len(y), generator, y.device)
    flipped = rank.argsort(stable=True)[: round(share * len(y))]
    # A step of 1 .. K - 1 around the circle of classes reaches each wrong class, never its start.
    wrong = (y + 1 + (step * (classes - 1)).long()) % classes
    noisy = y.clone()
    noisy[flipped] = wrong[flipped]
    return noisy


def random_labels(y: Tensor, generator: Generator | None = None) -> Tensor:
    """Return the labels in random order: true class counts, no relation to the inputs.

    A shuffled label is still right by chance, with probability sum_k (N_k / N)^2 on average,
    1 / K for balanced classes. This is the memorization experiment, not "100 % label noise":
    flip_labels(y, 1.0, ...) makes every label wrong, which a network can learn and exploit.

    Shapes: y (N,) int64 -> (N,) int64. `y` itself is not changed.
    """
    _check_labels(y)
    return y[_uniforms(len(y), generator, y.device)[0].argsort(stable=True)]


def spoil_labels(
    y: Tensor, classes: int, seed: int, label_noise: float = 0.0, shuffled_labels: bool = False
) -> Tensor:
    """Flip a share of the labels, or shuffle them all: what every data function does to train.

    Each way has a stream of its own, keyed by (seed, role), so that asking for it changes
    nothing else about the data of that seed.
    Raises: ValueError if both are asked for.
    """
    if check_flag("shuffled_labels", shuffled_labels) and label_noise:
        raise ValueError(
            f"shuffled labels leave nothing to flip; set label_noise=0, got {label_noise}"
        )
    if shuffled_labels:
        return random_labels(y, stream(seed, "data/label shuffle"))
    return flip_labels(y, label_noise, classes, stream(seed, "data/label noise"))


def _check_labels(y: Tensor) -> None:
    check_shape("y", y, (None,))
    if y.dtype != torch.int64:
        raise ValueError(f"y must hold classes as int64; got {y.dtype}; use y.long()")


def _uniforms(n: int, generator: Generator | None, device: torch.device) -> tuple[Tensor, Tensor]:
    """Two independent uniforms in [0, 1) per example, each (n,)."""
    if not isinstance(generator, Generator | None):
        raise ValueError(f"generator must be a torch.Generator or None; got {generator!r}")
    source = device if generator is None else generator.device
    # float64: in float32 one pair in 2 ** 24 ties, and ties break by position, not by chance.
    uniform = torch.rand((n, 2), dtype=torch.float64, generator=generator, device=source)
    rank, step = uniform.to(device).unbind(1)
    return rank, step
