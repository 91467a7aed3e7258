"""Two plain loops that train one network: as notebooks have it, and with all waste removed."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from reglab.data import Splits
from reglab.train import mlp


def notebook_loop(width: int, data: Splits, epochs: int, lr: float, batch: int = 100) -> nn.Module:
    """Train as the published notebook on double descent does: DataLoader and torch.optim."""
    network = mlp(width).build(data.train.x.shape[1], data.classes)
    loader = DataLoader(TensorDataset(data.train.x, data.train.y), batch_size=batch, shuffle=True)
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=lr, momentum=0.9)
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(network(x), y)
            loss.backward()
            optimizer.step()
    return network


def lean_loop(width: int, data: Splits, epochs: int, lr: float, batch: int = 100) -> nn.Module:
    """The same with nothing to spare: one shuffled copy per epoch, and the fused optimizer."""
    x, y = data.train.x, data.train.y
    network = mlp(width).build(x.shape[1], data.classes)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr, momentum=0.9, fused=True)
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for xb, yb in zip(x[order].split(batch), y[order].split(batch), strict=True):
            F.cross_entropy(network(xb), yb).backward()
            optimizer.step()
            optimizer.zero_grad()
    return network


@torch.no_grad()
def evaluate(network: nn.Module, data: Splits) -> list[float]:
    """Loss and error on the training and the test part, as `fleet` measures them."""
    row = []
    for part in (data.train, data.test):
        z = network(part.x)
        row += [F.cross_entropy(z, part.y).item(), (z.argmax(1) != part.y).double().mean().item()]
    return row
