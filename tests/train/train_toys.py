"""Small problems and checks that the tests of this room share."""

import torch
from torch import nn

from reglab.core import stream
from reglab.data import Examples, Splits
from reglab.train.masks import mask_bits, masks

I, K = 6, 3


def toy(seed=0, n=40, classes=K, noise=0.5, dtype=torch.float64):
    """Three noisy linear classes in six inputs (or one real target): Splits, anew per seed."""
    g = stream(seed, "toy")
    x = torch.randn(3, n, I, generator=g, dtype=torch.float64)
    scores = x @ torch.randn(I, K, generator=g, dtype=torch.float64)
    scores = scores + noise * torch.randn(scores.shape, generator=g, dtype=torch.float64)
    y = scores.argmax(-1) if classes else scores[..., 0].to(dtype)
    return Splits(*(Examples(a.to(dtype), b) for a, b in zip(x, y, strict=True)), classes)


def deviation(one, other):
    """Largest difference of two networks' weights, relative to the largest weight."""
    a, b = (nn.utils.parameters_to_vector(m.parameters()).detach() for m in (one, other))
    return float((a - b).abs().max() / b.abs().max())


class Given(nn.Module):
    """Dropout of one layer with fleet's own masks, for a plain nn.Sequential."""

    def __init__(self, seed, layer, units, p, examples):
        super().__init__()
        self.seed, self.layer, self.units, self.examples = seed, layer, units, examples
        self.p, self.seen = torch.tensor(p, dtype=torch.float64).view(1, 1, 1), 0

    def forward(self, h):  # (B, H)
        if not self.training:
            return h
        epoch, place = divmod(self.seen, self.examples)
        bits = mask_bits(self.seed, self.layer, epoch, self.units, self.examples)
        self.seen += len(h)
        return h * masks(bits[None, :, place : place + len(h)], self.p, h.dtype)[0].T


def with_given_masks(network, spec, seed, examples):
    """Replace the network's nn.Dropout layers by `Given`, layer by layer."""
    layers, number = [], 0
    for layer in network:
        if isinstance(layer, nn.Dropout):
            layer = Given(seed, number, spec.width, spec.dropout, examples)
            number += 1
        layers.append(layer)
    return nn.Sequential(*layers)
