"""What needs no training: who shares a mean, the noise of a batch mean, and what errors cost.

Source      Ioffe, Szegedy (2015), ICML, algorithm 2, for the unbiased variance that is stored; Wu,
            He (2018), ECCV, figure 2, for the picture of the axes; Li, Chen, Hu, Yang (2019), CVPR,
            section 3, for the variance shift; Yang et al. (2019), ICLR, for how gradients grow.
Symbols     N population, B batch, C channels, L positions, p the probability of dropping.
"""

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from reglab import normalization as norms
from reglab.core import check_count, check_probability

LAYERS = ("batch", "layer", "instance", "group of 2", "ghost batch of 2")
GROWTH = math.sqrt(math.pi / (math.pi - 1))  # of gradients, per ReLU layer with batch norm


def shared_with(layer: str, examples: int = 4, channels: int = 4, positions: int = 3) -> NDArray:
    """Return which numbers share the mean of each number, for one of LAYERS, found by gradients.

    A number shares a mean with another if the other's normalized value moves with it. So we ask
    the layer itself, through its Jacobian.
    Returns: bool (B, C, B, C * L): for the first position of example b and channel c, all numbers.

    >>> shared_with("layer", 2, 2, 1)[0, 0].astype(int)
    array([[1, 1],
           [0, 0]])
    """
    made = {
        "batch": lambda: norms.BatchNorm1d(channels, eps=0.1),
        "layer": lambda: norms.LayerNorm((channels, positions), eps=0.1),
        "instance": lambda: norms.InstanceNorm1d(channels, eps=0.1),
        "group of 2": lambda: norms.GroupNorm(channels // 2, channels, eps=0.1),
        "ghost batch of 2": lambda: norms.GhostBatchNorm(channels, 2, eps=0.1),
    }
    x = torch.arange(examples * channels * positions, dtype=torch.float64)
    x = (x * 0.7).sin().view(examples, channels, positions)
    slopes = torch.autograd.functional.jacobian(made[layer]().double(), x)
    assert isinstance(slopes, torch.Tensor)  # one input, one output
    shared = slopes[:, :, 0] != 0
    return shared.reshape(examples, channels, examples, channels * positions).numpy()


def batch_mean_variance(sigma2: float, batch: int, population: int | None = None) -> float:
    """Return the variance of the mean of a batch drawn without replacement from a population.

    sigma2 / B (N - B) / (N - 1) where sigma2 is the population's biased variance; sigma2 / B for an
    infinite population (None). A batch of everything has no noise.

    >>> batch_mean_variance(1.0, 10), batch_mean_variance(1.0, 10, 10)
    (0.1, 0.0)
    """
    check_count("batch", batch)
    if population is None:
        return sigma2 / batch
    return sigma2 / batch * (population - batch) / (population - 1)


def all_batch_means(values: Sequence[float], batch: int) -> NDArray[np.floating]:
    """Return the mean of every batch that can be drawn from a few values.

    >>> all_batch_means([0.0, 3.0, 6.0], 2)
    array([1.5, 3. , 4.5])
    """
    return np.array([np.mean(chosen) for chosen in itertools.combinations(values, batch)])


def normalized_pairs(eps: float, gaps: Iterable[float]) -> NDArray[np.float64]:
    """Return what batch normalization makes of the larger of two values that are `gap` apart.

    gap/2 / sqrt(gap^2/4 + eps): nearly 1 whatever the gap is, so that a batch of two tells a unit
    only which of the two is larger.

    >>> normalized_pairs(0.0, [0.1, 5.0])
    array([1., 1.])
    """
    half = np.asarray(list(gaps)) / 2
    return half / np.sqrt(half**2 + eps)


def running_variance(
    start: float, momentum: float, steps: Sequence[int], true: float = 1.0, corrected: bool = False
) -> NDArray[np.float64]:
    """Return the expected running variance after each number of steps.

    true + (start - true) (1 - momentum)^steps; `corrected` divides by 1 - (1 - momentum)^steps, as
    Adam does, which is what a start from 0 needs.

    >>> running_variance(0.0, 0.1, [1, 10]).round(3)
    array([0.1  , 0.651])
    """
    left = (1 - momentum) ** np.asarray(steps, dtype=float)
    value = true + (start - true) * left
    return value / (1 - left) if corrected else value


def variance_shift(weight: Tensor, h: Tensor, p: float) -> Tensor:
    """Return Var(w h) without dropout / Var(w h) with it, for each unit of a linear layer.

    Dropout of h before the layer adds p / (1 - p) sum_i w_i^2 E[h_i^2] to the variance in training,
    where the running variance is collected; in evaluation that part is missing.

    Args: weight: (O, I); h: (N, I) inputs, the population; p: in [0, 1).

    >>> variance_shift(torch.ones(1, 1), torch.tensor([[-1.0], [1.0]]), 0.5)
    tensor([0.5000])
    """
    if check_probability("p", p) == 1:
        raise ValueError("p must be below 1: nothing would be left; got 1")
    variance = (h @ weight.T).var(0, correction=0)
    added = p / (1 - p) * h.square().mean(0) @ weight.square().T
    return variance / (variance + added)


class AsOftenPrinted(nn.Module):
    """Batch normalization with three mistakes that tutorials print; not for use.

    The running variance starts at 0; the biased variance is stored; and the scale is made again at
    each call, so that nothing can be learned or set. See `batch_norm` for the right one.
    """

    def __init__(self, features: int, momentum: float = 0.1):
        super().__init__()
        self.features, self.momentum = features, momentum
        self.running_mean, self.running_var = torch.zeros(features), torch.zeros(features)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, C) normalized."""
        self.scale = torch.ones(self.features)
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = x.mean(0), x.var(0, correction=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        return self.scale * (x - mean) / (var + 1e-5).sqrt()


def evaluation_spread(layer: nn.Module, steps: int, batch: int = 100) -> tuple[float, float]:
    """Return mean and standard deviation of a layer's output in evaluation, after some steps.

    The data are normal with mean 5 and standard deviation 2, so a layer that knows them gives 0
    and 1. The layer is trained on; it is made for one feature.
    """
    generator = torch.Generator().manual_seed(0)
    layer.train()
    for _ in range(steps):
        layer(5 + 2 * torch.randn(batch, 1, generator=generator))
    y = layer.eval()(5 + 2 * torch.randn(10_000, 1, generator=generator))
    return y.mean().item(), y.std().item()


def spread_over_batches(layer: nn.Module, draws: int = 200, batch: int = 10) -> float:
    """Return how much one example's output moves with who is beside it: its standard deviation.

    Normal data of 8 features; the example stays the same, the other batch - 1 are drawn.
    """
    generator = torch.Generator().manual_seed(0)
    one = torch.randn(1, 8, generator=generator)
    outputs = [
        layer(torch.cat([one, torch.randn(batch - 1, 8, generator=generator)]))[0]
        for _ in range(draws)
    ]
    return torch.stack(outputs).std(0).mean().item()
