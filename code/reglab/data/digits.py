"""scikit-learn's handwritten digits: 1797 images of 8 x 8 pixels, ten classes, no download.

Source      Alpaydin, Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI repository;
            the copy that comes with scikit-learn (its 1797 test images).
Departures  Pixels are divided by 16, their largest value, so they lie in [0, 1]. scikit-learn's
            copy mixes writers: a random split tests on new images of known hands.
"""

from functools import lru_cache

import torch

from reglab.data.examples import Examples, Splits
from reglab.data.splits import classification_splits


def digits(
    seed: int = 0,
    *,
    n_train: int = 1000,
    n_val: int = 297,
    n_test: int = 500,
    label_noise: float = 0.0,
    shuffled_labels: bool = False,
    stratify: bool = False,
) -> Splits:
    """Draw disjoint training, validation and test images from the 1797 there are.

    An interval over seeds covers the choice of the parts, not the 1797 images themselves; with
    so few, the training sets of two seeds share more than half of their images by default.

    Args: as for mnist1d.
    Returns: Splits with x (N, 64) float32 in [0, 1], row by row of the image, y (N,) int64.
    Raises: ValueError if more than 1797 images are asked for or a value is out of range.
    """
    return classification_splits(
        _pool(),
        10,
        (n_train, n_val, n_test),
        seed,
        label_noise=label_noise,
        shuffled_labels=shuffled_labels,
        stratify=stratify,
    )


@lru_cache(maxsize=1)
def _pool() -> Examples:
    from sklearn.datasets import load_digits  # half a second that other data sets need not pay

    x, y = load_digits(return_X_y=True)
    return Examples(torch.from_numpy(x).float() / 16, torch.from_numpy(y).long())
