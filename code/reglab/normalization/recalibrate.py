"""Compute the running statistics of batch normalization once more, for the weights as they are.

Source      Izmailov, Podoprikhin, Garipov, Vetrov, Wilson (2018), "Averaging Weights Leads to Wider
            Optima and Better Generalization", UAI, section 3.2: averaged weights need it; as
            torch.optim.swa_utils.update_bn.
Departures  Only batch normalization runs in training mode. `update_bn` sets the whole model to it,
            so that its statistics are those of a network with dropout, which is not evaluated.
Symbols     Each batch counts alike: the mean and the unbiased variance are averages over batches.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from reglab.normalization.batch import BatchNorm

KNOWN = (BatchNorm, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


@torch.no_grad()
def recalibrate(model: nn.Module, batches: Iterable[Tensor]) -> nn.Module:
    """Set the running statistics of all batch normalizations to the averages over `batches`.

    Needed after the weights were changed by other means than training: averaged, pruned,
    quantized, or copied. Works on reglab's and torch's layers; modes and momenta stay as they were.

    Args:
        model: any module; changed in place.
        batches: inputs (B, ...), in batches as large as in training, so that the statistics of
            deeper layers are those of training.
    Returns: the model.
    Raises: ValueError if there are no batches, or no running statistics.

    >>> from reglab.normalization import BatchNorm1d
    >>> recalibrate(BatchNorm1d(1), [torch.tensor([[1.0], [3.0]])]).running_mean
    tensor([2.])
    """
    layers = [m for m in model.modules() if isinstance(m, KNOWN) and m.running_mean is not None]
    if not layers:
        raise ValueError("the model has no batch normalization with running statistics")
    modes = {module: module.training for module in model.modules()}
    momenta = [layer.momentum for layer in layers]
    model.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    try:
        count = sum(1 for x in batches if model(x) is not None)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        for module, mode in modes.items():
            module.training = mode
    if not count:
        raise ValueError("batches is empty; pass the training inputs, e.g. x.split(100)")
    return model
