"""Calibration: does a network that says "70 %" have 70 % right? Bins, their error, and its bias.

Source      DeGroot, Fienberg (1983), "The Comparison and Evaluation of Forecasters", The
            Statistician 32, for reliability diagrams; Guo, Pleiss, Sun, Weinberger (2017), "On
            Calibration of Modern Neural Networks", ICML, section 2, for bins of equal width;
            Nixon, Dusenberry, Zhang, Jerfel, Tran (2019), "Measuring Calibration in Deep Learning",
            CVPR workshops, for bins of equal mass; Brier (1950), "Verification of Forecasts
            Expressed in Terms of Probability", Monthly Weather Review 78.
Departures  None. Only the largest probability of each example is examined, as by Guo et al.
Symbols     p (N, K) predicted probabilities, y (N,) classes; c the confidence, the largest of a
            row; a the share of examples that are right; bin i holds n_i of the N examples.
The expected calibration error is biased upward: in a bin of n examples the share that is right
misses its mean by about sqrt(c (1 - c) / n) by chance, and the absolute value never averages out.
So it is above 0 for perfect predictions as well, and grows with the number of bins: state bins and
N, and compare with `calibrated_ece`.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from reglab.core import check_choice, check_count
from reglab.targets.cross_entropy import check_predictions

SPACINGS = ("width", "mass")


class Reliability(NamedTuple):
    """What a reliability diagram shows, one number for each bin; NaN in a bin without examples.

    Shapes: edges (bins + 1), count, confidence and accuracy (bins); spread (bins) is the standard
    deviation that the accuracy would have, if each confidence were the probability of being right.
    """

    edges: Tensor
    count: Tensor
    confidence: Tensor
    accuracy: Tensor
    spread: Tensor


def reliability_data(
    p: Tensor, y: Tensor, bins: int = 15, *, spacing: str = "width"
) -> Reliability:
    """Return the mean confidence and the accuracy of each bin of confidences.

    Bin i holds the confidences above edge i, up to and with edge i + 1; the first one its lower
    edge too.

    Args:
        p: (N, K) probabilities, rows that sum to 1.
        y: (N,) int64 classes.
        bins: how many, at least 1.
        spacing: "width" for edges i / bins in [0, 1]; "mass" for edges at the quantiles of the
            confidences, so that each bin holds about N / bins. Equal confidences share a bin.
    Raises: ValueError if shapes, classes or probabilities do not fit.

    >>> found = reliability_data(torch.tensor([[0.9, 0.1], [0.2, 0.8]]), torch.tensor([0, 0]), 1)
    >>> found.confidence, found.accuracy
    (tensor([0.8500], dtype=torch.float64), tensor([0.5000], dtype=torch.float64))
    """
    p, y = _check(p, y)
    check_count("bins", bins)
    confidence, predicted = p.max(1)
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
    if check_choice("spacing", spacing, SPACINGS) == "mass":
        edges = torch.quantile(confidence, edges)
    which = torch.bucketize(confidence, edges[1:-1])
    count = torch.bincount(which, minlength=bins)

    def mean(values: Tensor) -> Tensor:
        return torch.bincount(which, weights=values, minlength=bins) / count

    return Reliability(
        edges,
        count,
        mean(confidence),
        mean((predicted == y).double()),
        (mean(confidence * (1 - confidence)) / count).sqrt(),
    )


def expected_calibration_error(
    p: Tensor, y: Tensor, bins: int = 15, *, spacing: str = "width"
) -> float:
    """Return sum_i n_i / N |a_i - c_i|, in [0, 1]: the mean gap of accuracy and confidence.

    Args and errors as for `reliability_data`. It is 0 for a network that always answers with the
    share of its most frequent class, so it says nothing about how useful predictions are.

    >>> expected_calibration_error(torch.tensor([[0.75, 0.25]] * 4), torch.tensor([0, 0, 0, 1]))
    0.0
    """
    data = reliability_data(p, y, bins, spacing=spacing)
    gaps = (data.accuracy - data.confidence).abs().nan_to_num(0.0)
    return float((data.count * gaps).sum() / data.count.sum())


def calibrated_ece(p: Tensor, bins: int = 15, *, spacing: str = "width") -> float:
    """Return the expected calibration error that perfectly calibrated predictions would have.

    sqrt(2 / pi) sum_i n_i / N s_i, where s_i is the `spread` of bin i: the mean absolute value of a
    normal variable. So much of a measured error is chance, if p is calibrated. It is close to the
    exact mean from some ten examples in a bin (the test measures 3 %).

    Args and errors as for `reliability_data`; no classes are needed.

    >>> round(calibrated_ece(torch.tensor([[0.5, 0.5]] * 100)), 3)
    0.04
    """
    p = torch.as_tensor(p)
    data = reliability_data(p, torch.zeros(len(p), dtype=torch.int64), bins, spacing=spacing)
    chance = (data.count * data.spread.nan_to_num(0.0)).sum() / data.count.sum()
    return math.sqrt(2 / math.pi) * float(chance)


def brier_score(p: Tensor, y: Tensor) -> float:
    """Return the mean over examples of sum_k (p_k - [k = y])^2, from 0 (best) to 2.

    A proper score: on average it is smallest for the true probabilities. Unlike the calibration
    error it therefore counts both, calibration and how well the predictions tell classes apart.
    For two classes it is twice the mean of (p_1 - y)^2, the other form in use.

    Args and errors as for `reliability_data`.

    >>> brier_score(torch.tensor([[0.5, 0.5]]), torch.tensor([0]))
    0.5
    """
    p, y = _check(p, y)
    hit = torch.nn.functional.one_hot(y, p.shape[1])
    return float((p - hit).square().sum(1).mean())


def _check(p: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return p in float64 and y, both on the CPU; ValueError unless rows are probabilities."""
    p, y = check_predictions(p, y, "probabilities")
    # 1e-2: rows of bfloat16 sum to 1 only so far; NaN fails every comparison.
    if not ((p >= 0).all() and (p.sum(1) - 1).abs().max() <= 1e-2):
        raise ValueError("each row of p must hold probabilities that sum to 1; use z.softmax(1)")
    return p, y
