"""Ensembles: averages of predictions, and how much of the gain is disagreement.

Source      Krogh, Vedelsby (1994), "Neural Network Ensembles, Cross Validation, and Active
            Learning", NeurIPS, section 2, for squared errors; Heskes (1997), "Selecting Weighting
            Factors in Logarithmic Opinion Pools", NeurIPS, section 2, for the log-likelihood;
            Lakshminarayanan, Pritzel, Blundell (2017), "Simple and Scalable Predictive Uncertainty
            Estimation using Deep Ensembles", NeurIPS, section 2.4, for averaged probabilities.
Departures  All members count alike.
Symbols     M members, axis 0; B examples; K classes; z (M, B, K) logits; p = softmax(z).
"""

from typing import NamedTuple

from torch import Tensor

from reglab.core import check_count, check_shape


class Decomposition(NamedTuple):
    """ensemble = members - diversity, exactly, for each example; diversity is never negative.

    Attributes: ensemble, the loss of the average; members, their mean loss; diversity, how far
        the members are from their average. All are (B, ...).
    """

    ensemble: Tensor
    members: Tensor
    diversity: Tensor


def average_probabilities(z: Tensor) -> Tensor:
    """Return the mean of the members' probabilities (B, K), given their logits (M, B, K).

    Its NLL is at most the mean NLL of the members, by Jensen's inequality, for each example.

    >>> import torch
    >>> average_probabilities(torch.tensor([[[0.0, 0.0]], [[100.0, 0.0]]]))
    tensor([[0.7500, 0.2500]])
    """
    return _check_logits(z).softmax(-1).mean(0)


def average_logits(z: Tensor) -> Tensor:
    """Return the softmax of the members' mean logits (B, K): p proportional to prod_m p_m^(1/M).

    >>> import torch
    >>> average_logits(torch.tensor([[[0.0, 0.0]], [[100.0, 0.0]]]))
    tensor([[1.0000e+00, 1.9287e-22]])
    """
    return _check_logits(z).mean(0).softmax(-1)


def _check_logits(z: Tensor) -> Tensor:
    check_shape("z", z, (None, None, None))
    check_count("members", len(z))
    return z


def disagreement(z: Tensor) -> Tensor:
    """Return how often two different members choose different classes, a scalar in [0, 1].

    The mean over examples and over all pairs of members; 0 for a single member.

    >>> import torch
    >>> z = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
    >>> disagreement(z)
    tensor(0.5000)
    """
    classes = _check_logits(z).argmax(-1)  # (M, B)
    members = len(classes)
    if members == 1:
        return z.new_zeros(())
    apart = (classes[:, None] != classes[None]).to(z.dtype).mean(-1)  # (M, M)
    return apart.sum() / (members * (members - 1))


def decompose_squared_error(predictions: Tensor, y: Tensor) -> Decomposition:
    """Return (f - y)^2 = mean_m (f_m - y)^2 - mean_m (f_m - f)^2, where f = mean_m f_m.

    Args: predictions: f_m, (M, ...); y: (...).
    Raises: ValueError if shapes don't fit.

    >>> import torch
    >>> decompose_squared_error(torch.tensor([[1.0], [5.0]]), torch.tensor([2.0]))
    Decomposition(ensemble=tensor([1.]), members=tensor([5.]), diversity=tensor([4.]))
    """
    if predictions.shape[1:] != y.shape:
        raise ValueError(
            f"predictions must be (M, ...) for y (...); got {tuple(predictions.shape)} and "
            f"{tuple(y.shape)}"
        )
    mean = predictions.mean(0)
    return Decomposition(
        (mean - y).square(),
        (predictions - y).square().mean(0),
        (predictions - mean).square().mean(0),
    )


def decompose_nll(z: Tensor, y: Tensor) -> Decomposition:
    """Return -log q_y = mean_m (-log p_m,y) - mean_m KL(q | p_m), where q is `average_logits`.

    Args: z: logits (M, B, K); y: classes (B,).
    Raises: ValueError if shapes don't fit.

    >>> import torch
    >>> z = torch.tensor([[[0.0, 0.0]], [[0.0, 0.0]]])
    >>> decompose_nll(z, torch.tensor([1])).diversity
    tensor([0.])
    """
    check_shape("y", y, (_check_logits(z).shape[1],))
    log_p = z.log_softmax(-1)
    log_q = z.mean(0).log_softmax(-1)
    label = y.view(-1, 1)
    members = -log_p.mean(0).gather(1, label).squeeze(1)
    # KL(q | p_m) = sum_k q_k (log q_k - log p_mk), averaged over m.
    diversity = (log_q.exp() * (log_q - log_p.mean(0))).sum(-1)
    return Decomposition(-log_q.gather(1, label).squeeze(1), members, diversity)


def variance_of_mean(
    variance: float | Tensor, correlation: float | Tensor, members: int | Tensor
) -> float | Tensor:
    """Return rho s2 + (1 - rho) s2 / M, the variance of the mean of M equally correlated numbers.

    What all members share, rho s2, is not averaged away, however many there are.

    Args: variance: s2 of one member; correlation: rho of two, at most 1 and, for M numbers,
        at least -1 / (M - 1); members: M.

    >>> variance_of_mean(4.0, 0.5, 2)
    3.0
    """
    return correlation * variance + (1 - correlation) * variance / members
