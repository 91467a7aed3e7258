"""Monte Carlo dropout: the masks stay on at test time, and many predictions are averaged.

Source      Gal, Ghahramani (2016), "Dropout as a Bayesian Approximation: Representing Model
            Uncertainty in Deep Learning", ICML, section 4; Houlsby, Huszar, Ghahramani, Lengyel
            (2011), "Bayesian Active Learning for Classification and Preference Learning",
            arXiv:1112.5745, section 2, for the mutual information.
Departures  Only layers of dropout are switched to training: batch normalization and the like stay
            as they are in evaluation.
Symbols     S samples (masks), B batch, K classes; z (S, B, K) logits; p_s softmax of sample s, pbar
            their mean over s. Entropies are in nats.
Total uncertainty H(pbar) = what the masks agree to be unsure of, mean_s H(p_s), + the masks'
disagreement: the mutual information of prediction and mask.
"""

import math

import torch
from torch import Tensor, nn

from reglab.core import check_count
from reglab.dropout.bernoulli import DropLayer
from reglab.dropout.variational import VariationalLinear

NOISY = (
    DropLayer,
    VariationalLinear,
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
)


@torch.no_grad()
def predict_samples(
    model: nn.Module, x: Tensor, samples: int = 50, layers: tuple[type, ...] = NOISY
) -> Tensor:
    """Return the model's outputs (S, B, ...) for x (B, ...), each with masks of its own.

    The noise comes from torch's global generator. Every module's mode is put back at the end.
    For class probabilities average softmax(outputs) over S, not the outputs.

    Args:
        model: any module with layers of dropout; `F.dropout` in a forward is not found.
        x: inputs.
        samples: S, >= 1.
        layers: the classes of modules that draw noise.
    Raises: ValueError if no module of these classes is in the model.

    >>> model = nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 2))
    >>> predict_samples(model, torch.ones(4, 3), samples=5).shape
    torch.Size([5, 4, 2])
    """
    check_count("samples", samples)
    noisy = [module for module in model.modules() if isinstance(module, layers)]
    if not noisy:
        raise ValueError(
            "the model has no layer of dropout, so all samples would be equal; use nn.Dropout or "
            "a layer of reglab.dropout, or name your own class in layers="
        )
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        for module in noisy:
            module.training = True  # not .train(): what it contains stays in evaluation
        return torch.stack([model(x) for _ in range(samples)])
    finally:
        for module, mode in modes:
            module.training = mode


def mean_log_probabilities(z: Tensor) -> Tensor:
    """Return log pbar (B, K), the log of the mean over S of softmax(z), for z (S, B, K).

    >>> mean_log_probabilities(torch.zeros(5, 1, 2)).exp()
    tensor([[0.5000, 0.5000]])
    """
    return torch.logsumexp(_check(z).log_softmax(-1), 0) - math.log(len(z))


def predictive_entropy(z: Tensor) -> Tensor:
    """Return H(pbar) = -sum_k pbar_k log pbar_k, (B,), of logits z (S, B, K): all uncertainty.

    Raises: ValueError if z has not three dimensions.

    >>> predictive_entropy(torch.tensor([[[99.0, 0.0]], [[0.0, 99.0]]]))
    tensor([0.6931])
    """
    return _entropy(mean_log_probabilities(z))


def mutual_information(z: Tensor) -> Tensor:
    """Return H(pbar) - mean_s H(p_s), (B,), of logits z (S, B, K): how much the samples disagree.

    It is 0 where all samples agree, also where they agree to be unsure, and never negative
    (rounding apart).
    Raises: ValueError if z has not three dimensions.

    >>> mutual_information(torch.zeros(3, 1, 2)).abs()
    tensor([0.])
    """
    expected = _entropy(_check(z).log_softmax(-1)).mean(0)
    return predictive_entropy(z) - expected


def _entropy(log_p: Tensor) -> Tensor:
    # The clamp makes p log p = 0 where p = 0, whose logarithm is -infinity.
    return -(log_p.exp() * log_p.clamp(min=torch.finfo(log_p.dtype).min)).sum(-1)


def _check(z: Tensor) -> Tensor:
    if z.ndim != 3:
        raise ValueError(f"z must have shape (S, B, K), samples first; got {tuple(z.shape)}")
    return z
