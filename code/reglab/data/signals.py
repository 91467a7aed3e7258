"""The problem that most chapters share: MNIST-1D signals of little noise, labels partly wrong."""

import torch
from torch import nn

from reglab.data.examples import Splits
from reglab.data.mnist1d import mnist1d

SHARES = ("clean", "memorized", "corrected")  # what is learned of partly wrong labels


def signals(
    seed: int,
    n_train: int = 1000,
    n_val: int = 1000,
    label_noise: float = 0.0,
    shuffled_labels: bool = False,
) -> Splits:
    """Draw MNIST-1D signals of noise 0.05: n_train to fit, n_val to validate, 4000 to test."""
    return mnist1d(
        seed,
        n_train=n_train,
        n_val=n_val,
        n_test=4000,
        noise=0.05,
        label_noise=label_noise,
        shuffled_labels=shuffled_labels,
    )


def learned_shares(network: nn.Module, seed: int, label_noise: float) -> list[float]:
    """Return what a network trained on `signals(seed, label_noise=...)` makes of its labels.

    Returns: the three SHARES, each in [0, 1].
        clean: of the training examples with a right label, those given that label;
        memorized: of those with a wrong label, those given that wrong label;
        corrected: of those with a wrong label, those given their true class nevertheless.
    """
    given = signals(seed, label_noise=label_noise).train
    true = signals(seed).train.y  # the same examples, before any label was flipped
    wrong = given.y != true
    with torch.no_grad():
        answer = network(given.x).argmax(1)
    hits = [(answer == true)[~wrong], (answer == given.y)[wrong], (answer == true)[wrong]]
    return [h.double().mean().item() for h in hits]
