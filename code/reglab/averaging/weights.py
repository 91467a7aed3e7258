"""A running average of a module's weights, for your own training loop.

Source      Like torch.optim.swa_utils.AveragedModel.
Departures  Buffers of floating point, such as the running statistics of batch normalization, are
            averaged as the weights are; torch's copies them unless use_buffers=True. Neither gives
            the statistics of the averaged network: see `AveragedWeights`.
Symbols     average <- average + rate (w - average), rate by the technique's averaging_rate.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn


class AveragedWeights(nn.Module):
    """The average of the weights that a module has after each step; it predicts as the module does.

        average = AveragedWeights(model, EMA(0.99))
        for x, y in batches:
            ...
            optimizer.step()
            average.update(model)
        recalibrate(average.model, inputs.split(100))  # only with batch normalization
        z = average(x)

    Batch normalization needs the last but one line (`reglab.normalization.recalibrate`): the mean
    of statistics that belonged to other weights does not belong to the average of the weights.

    Args:
        model: any module; it is copied, so the average is on its device and in its dtype.
        technique: gives the rate, such as EMA(0.99) or TailAverage(0.25).
        steps: of the whole training; TailAverage has to know them.
    Attributes: model, the average as a plain module, in eval mode and without gradients; step, how
        often it was updated; both are in the state_dict.
    Raises: ValueError for a technique that does not average.

    >>> from reglab.averaging import EMA
    >>> model = nn.Linear(1, 1)
    >>> average = AveragedWeights(model, EMA(0.5))
    >>> for value in (0.0, 3.0):
    ...     _ = model.weight.data.fill_(value)
    ...     average.update(model)
    >>> average.model.weight
    Parameter containing:
    tensor([[2.]])
    """

    def __init__(self, model: nn.Module, technique: Any, steps: int | None = None):
        super().__init__()
        if not callable(getattr(technique, "averaging_rate", None)):
            raise ValueError(f"technique must average, such as EMA(0.99); got {technique!r}")
        self.technique, self.steps = technique, steps
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.register_buffer("step", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the model as it is after a step; whole numbers are copied."""
        rate = self.technique.averaging_rate(int(self.step), self.steps)
        pairs = zip(_tensors(self.model), _tensors(model), strict=True)
        for mean, w in pairs:
            if mean.is_floating_point():
                mean.lerp_(w.to(mean.device), rate)
            else:
                mean.copy_(w)
        self.step += 1

    def forward(self, *inputs: Any, **settings: Any) -> Any:
        """Return what the averaged network returns."""
        return self.model(*inputs, **settings)


def _tensors(model: nn.Module) -> list[Tensor]:
    return [*model.parameters(), *model.buffers()]
