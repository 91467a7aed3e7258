"""Disjoint parts of one pool of examples, drawn by seed.

All data functions cut their parts here, so that settings of one seed stay comparable: changing
the size of the training set changes neither the validation nor the test examples, a smaller
training set is the beginning of a larger one, and label noise never moves an example.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from reglab.core import check_count, check_list, check_shape, numpy_stream
from reglab.data.examples import Examples, Splits
from reglab.data.noise import spoil_labels


def split(
    n: int, sizes: Sequence[int], seed: int = 0, *, labels: Tensor | None = None
) -> list[Tensor]:
    """Return one index tensor per size: disjoint, random subsets of 0 .. n - 1.

    All parts come from one random order of 0 .. n - 1: the first part from its front, the others
    from its back, the last part last. So the first size can vary and the others stay the same.

    Args:
        n: number of examples to choose from.
        sizes: how many go to each part; 0 is allowed, the sum is at most n.
        seed: names the draw; the same on any machine.
        labels: (n,) classes; if given, each part holds each class in proportion to its share of
            all n, to within about three examples (stratification).
    Raises: ValueError if more than n examples are asked for.
    """
    check_count("n", n)
    sizes = [check_count("a size", size, minimum=0) for size in check_list("sizes", sizes)]
    if not sizes:
        raise ValueError("sizes must name at least one part; got none")
    if sum(sizes) > n:
        asked = " + ".join(map(str, sizes))
        raise ValueError(f"sizes ask for {asked} = {sum(sizes)} of {n} examples; ask for fewer")
    rng = numpy_stream(seed, "data/split")
    order = rng.permutation(n) if labels is None else _stratified_order(n, labels, rng)
    cuts, end = [(0, sizes[0])], n
    for size in sizes[:0:-1]:
        cuts.insert(1, (end - size, end))
        end -= size
    return [torch.from_numpy(order[low:high].astype(np.int64)) for low, high in cuts]


def classification_splits(
    pool: Examples,
    classes: int,
    sizes: Sequence[int],
    seed: int = 0,
    *,
    label_noise: float = 0.0,
    shuffled_labels: bool = False,
    stratify: bool = False,
) -> Splits:
    """Cut train, val and test out of `pool`, then spoil labels of the training part only.

    Args:
        pool: the examples to choose from; not changed.
        classes: K.
        sizes: examples for train, val and test; the last two may be 0.
        seed: names the draw of the subset and of the label noise, each from its own stream.
        label_noise: share of training labels that become wrong (see flip_labels).
        shuffled_labels: give the training inputs each other's labels (see random_labels).
        stratify: keep the classes' shares in each part (see split).
    Raises: ValueError if the pool is too small, n_train is 0, or both kinds of noise are asked.
    """
    for name, size, minimum in zip(("n_train", "n_val", "n_test"), sizes, (1, 0, 0), strict=True):
        check_count(name, size, minimum=minimum)
    index = split(len(pool), sizes, seed, labels=pool.y if stratify else None)
    train, val, test = (pool.take(part) for part in index)
    y = spoil_labels(train.y, classes, seed, label_noise, shuffled_labels)
    return Splits(Examples(train.x, y), val, test, classes)


def _stratified_order(n: int, labels: Tensor, rng: np.random.Generator) -> np.ndarray:
    """A random order in which every stretch holds the classes in their shares, nearly.

    The r-th example of a class of size c gets a random place in [r / c, (r + 1) / c): each class
    is spread evenly over the order, and none is in step with another.
    """
    check_shape("labels", labels, (n,))
    y = labels.cpu().numpy()
    place = np.empty(n)
    for k in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == k))
        place[members] = (np.arange(len(members)) + rng.random(len(members))) / len(members)
    return place.argsort(kind="stable")
