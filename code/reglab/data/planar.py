"""Points in the plane: two moons and spirals, where a decision boundary can be drawn.

Source      moons: scikit-learn's make_moons; spirals: Lang, Witbrock (1988), "Learning to tell
            two spirals apart", and the K-armed picture of Karpathy's CS231n notes.
Departures  The place along a curve is random (uniform), not on an even grid, so that examples
            are independent draws and a training set can grow one example at a time.
Symbols     N examples, K classes.
"""

from collections.abc import Callable

import numpy as np
import torch

from reglab.core import check_count, check_nonnegative, numpy_stream
from reglab.data.examples import Examples, Splits
from reglab.data.noise import spoil_labels


def moon_points(u: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points of two interleaved half circles of radius 1: u (N,) in [0, 1], y (N,) -> (N, 2).

    Class 0 is (cos a, sin a), class 1 is (1 - cos a, 1/2 - sin a), with a = pi u.
    """
    cos, sin = np.cos(np.pi * u), np.sin(np.pi * u)
    return np.where(y[:, None] == 0, np.stack([cos, sin], 1), np.stack([1 - cos, 0.5 - sin], 1))


def spiral_points(u: np.ndarray, y: np.ndarray, classes: int, turns: float = 1.0) -> np.ndarray:
    """Points of K arms, each the last one turned by 1 / K: u (N,) in [0, 1], y (N,) -> (N, 2).

    Radius u, angle 2 pi (turns u + y / K): every arm starts at the origin and ends at radius 1.
    """
    angle = 2 * np.pi * (turns * u + y / classes)
    return u[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)


def moons(
    seed: int = 0,
    *,
    n_train: int = 100,
    n_val: int = 500,
    n_test: int = 2000,
    noise: float = 0.1,
    label_noise: float = 0.0,
    shuffled_labels: bool = False,
) -> Splits:
    """Draw two moons, fresh for every seed: an interval over seeds covers all of the data.

    Args:
        noise: standard deviation of the Gaussian noise on each coordinate; the radius is 1.
        the others: as for mnist1d; all parts have the classes balanced to within one example.
    Returns: Splits with x (N, 2) float32, y (N,) int64, classes 2.
    """
    sizes = (n_train, n_val, n_test)
    return _planar(moon_points, 2, sizes, seed, noise, label_noise, shuffled_labels)


def spirals(
    seed: int = 0,
    *,
    n_train: int = 300,
    n_val: int = 500,
    n_test: int = 2000,
    classes: int = 3,
    turns: float = 1.0,
    noise: float = 0.02,
    label_noise: float = 0.0,
    shuffled_labels: bool = False,
) -> Splits:
    """Draw K spiral arms, fresh for every seed: an interval over seeds covers all of the data.

    Args:
        classes: number of arms, K >= 2.
        turns: how often an arm winds around the origin.
        noise: standard deviation of the Gaussian noise on each coordinate; the radius is 1.
        the others: as for mnist1d; all parts have the classes balanced to within one example.
    Returns: Splits with x (N, 2) float32, y (N,) int64, classes K.
    """
    check_count("classes", classes, minimum=2)
    check_nonnegative("turns", turns)

    def points(u: np.ndarray, y: np.ndarray) -> np.ndarray:
        return spiral_points(u, y, classes, turns)

    sizes = (n_train, n_val, n_test)
    return _planar(points, classes, sizes, seed, noise, label_noise, shuffled_labels)


def _planar(
    points: Callable[[np.ndarray, np.ndarray], np.ndarray],
    classes: int,
    sizes: tuple[int, int, int],
    seed: int,
    noise: float,
    label_noise: float,
    shuffled_labels: bool,
) -> Splits:
    check_nonnegative("noise", noise)
    parts = {
        name: _sample(points, classes, check_count(f"n_{name}", n, minimum=low), noise, seed, name)
        for name, n, low in zip(("train", "val", "test"), sizes, (1, 0, 0), strict=True)
    }
    y = spoil_labels(parts["train"].y, classes, seed, label_noise, shuffled_labels)
    return Splits(Examples(parts["train"].x, y), parts["val"], parts["test"], classes)


def _sample(points: Callable, classes: int, n: int, noise: float, seed: int, part: str) -> Examples:
    """One part. Each kind of draw has its own stream, so a larger n only adds examples."""
    place, disturb, order = (
        numpy_stream(seed, f"data/{part} {role}") for role in ("place", "noise", "class")
    )
    # Classes come in rounds of K, each in random order: balanced at any n.
    rounds = order.random((-(-n // classes), classes)).argsort(axis=1)
    y = rounds.ravel()[:n]
    x = points(place.random(n), y) + noise * disturb.standard_normal((n, 2))
    return Examples(torch.from_numpy(x).float(), torch.from_numpy(y))
