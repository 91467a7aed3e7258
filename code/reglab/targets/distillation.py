"""Distillation: a student is trained on the probabilities of a teacher, at a raised temperature.

Source      Hinton, Vinyals, Dean (2015), "Distilling the Knowledge in a Neural Network", NeurIPS
            workshop, section 2; Furlanello, Lipton, Tschannen, Itti, Anandkumar (2018), "Born-Again
            Neural Networks", ICML, section 3, and Mobahi, Farajtabar, Bartlett (2020),
            "Self-Distillation Amplifies Regularization in Hilbert Space", NeurIPS, for teachers of
            the student's own kind; Mueller, Kornblith, Hinton (2019), "When Does Label Smoothing
            Help?", NeurIPS, section 4.
Departures  The loss has no second term with the hard labels, which the paper weights lightly: only
            the teacher's probabilities are needed.
Symbols     z (B, K) logits of the student, v (B, K) of the teacher, T the temperature.
softmax(v / T) with T > 1 is softer than softmax(v): the teacher's order of the wrong classes, which
has almost no weight at T = 1, then counts. Label smoothing makes a teacher's wrong classes more
alike, and such a teacher can teach less (Mueller, Kornblith, Hinton).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from reglab.core import check_count, check_positive
from reglab.targets.cross_entropy import soft_cross_entropy, unless_tensor


def soften(probabilities: Tensor, temperature: float | Tensor) -> Tensor:
    """Return softmax(log p / T): the probabilities at another temperature.

    Of p = softmax(v) this makes softmax(v / T), without the logits v. T > 1 makes the rows softer,
    T < 1 sharper, T = 1 leaves them. It is a power of p, p^(1/T), with rows that sum to 1.

    Shapes: probabilities (..., K) -> (..., K).
    Args:
        probabilities: rows that sum to 1; one below the smallest normal float counts as that.
        temperature: > 0.
    Raises: ValueError if the temperature is not a finite number > 0.

    >>> soften(torch.tensor([0.8, 0.2]), 2.0)  # 2 : 1, the root of 4 : 1
    tensor([0.6667, 0.3333])
    """
    unless_tensor(check_positive, "temperature", temperature)
    tiny = torch.finfo(probabilities.dtype).tiny
    return (probabilities.clamp(min=tiny).log() / temperature).softmax(-1)


@dataclass(frozen=True)
class Distillation:
    """Technique of training: the loss T^2 CE(soften(t, T), softmax(z / T)).

    The targets t are the teacher's probabilities at temperature 1, such as `v.softmax(1)`, or the
    mean of those of several teachers. The gradient in the logits of one example is
    T (softmax(z / T) - softmax(v / T)) / B. The factor T^2 keeps it from fading: for large T it
    tends to (z - v) / (K B) for logits of mean 0, squared error on logits. The loss is T^2 times
    as large too, so its values at two temperatures cannot be compared.

    Args: temperature: > 0, or a tensor without dimensions; 1 is plain soft cross-entropy.
    Raises: ValueError if the temperature is not a finite number > 0.

    >>> teacher = torch.tensor([[0.8, 0.2]])
    >>> Distillation(1.0).batch_loss(torch.zeros(1, 2), teacher)
    tensor(0.6931)
    """

    temperature: float | Tensor = 4.0

    def __post_init__(self) -> None:
        unless_tensor(check_positive, "temperature", self.temperature)

    def batch_loss(self, z: Tensor, targets: Tensor) -> Tensor:
        """Return the loss; z (B, K) and the teacher's probabilities (B, K) -> ()."""
        T = self.temperature
        return T**2 * soft_cross_entropy(z / T, soften(targets, T))


def self_distillation(
    fit_and_predict: Callable[[Tensor], Tensor], targets: Tensor, generations: int
) -> list[Tensor]:
    """Return the predictions of each generation: every model's targets are its parent's outputs.

    The first generation is fitted to `targets`. For kernel ridge regression with the smoother
    matrix S, generation g predicts S^g y: directions with small eigenvalues shrink faster and
    faster, so each generation is a stronger regularizer, and too many fit nothing (Mobahi et al.).

    Args:
        fit_and_predict: trains a new model on targets (N, ...), and returns its predictions for
            the same N training inputs, in that shape (probabilities, for classes).
        targets: (N, ...) of the first generation.
        generations: how many models to train, >= 1.
    Raises: ValueError if generations is less than 1, or predictions differ from targets in shape.

    >>> self_distillation(lambda t: t / 2, torch.tensor([8.0]), generations=3)
    [tensor([4.]), tensor([2.]), tensor([1.])]
    """
    predictions = []
    for _ in range(check_count("generations", generations)):
        found = fit_and_predict(targets)
        if found.shape != targets.shape:
            raise ValueError(
                f"fit_and_predict must return predictions for the training inputs, of shape "
                f"{tuple(targets.shape)}; got {tuple(found.shape)}"
            )
        targets = found.detach()
        predictions.append(targets)
    return predictions
