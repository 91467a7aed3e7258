"""A small autoencoder, several at once: features in which to augment.

Source      DeVries, Taylor (2017), "Dataset Augmentation in Feature Space", ICLR workshop,
            section 3.1, which has a recurrent autoencoder.
Departures  Two layers each way, trained on the inputs of the training examples alone.
Symbols     S seeds, one autoencoder each; N examples, I inputs, F features.
"""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.core import stream
from reglab.data import Examples, Splits

HIDDEN, FEATURES, STEPS, BATCH, LR = 64, 16, 600, 100, 3e-3


def initial_weights(seeds: Sequence[int], sizes: Sequence[int], role: str) -> list[Tensor]:
    """Return weights (S, I, O) with He's variance and biases (S, 1, O), layer by layer."""
    streams = [stream(seed, role) for seed in seeds]
    weights = []
    for inputs, outputs in itertools.pairwise(sizes):
        drawn = [torch.randn(inputs, outputs, generator=g) for g in streams]
        weights += [torch.stack(drawn) * (2 / inputs) ** 0.5, torch.zeros(len(seeds), 1, outputs)]
    return [w.requires_grad_() for w in weights]


def forward(x: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Return the outputs (S, B, O) of stacked ReLU networks for x (S, B, I)."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    for i, (weight, bias) in enumerate(layers):
        x = torch.baddbmm(bias, x, weight)
        x = F.relu(x) if i < len(layers) - 1 else x
    return x


def train_autoencoders(x: Tensor, seeds: Sequence[int], steps: int = STEPS) -> list[Tensor]:
    """Return the encoders' weights, after `steps` of Adam on the squared error of x (S, N, I)."""
    inputs = x.shape[-1]
    encoder = initial_weights(seeds, [inputs, HIDDEN, FEATURES], "encoder")
    decoder = initial_weights(seeds, [FEATURES, HIDDEN, inputs], "decoder")
    optimizer = torch.optim.Adam(encoder + decoder, lr=LR)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    streams = [stream(seed, "autoencoder order") for seed in seeds]
    for _ in range(steps):
        rows = torch.stack([torch.randint(x.shape[1], (BATCH,), generator=g) for g in streams])
        batch = x.gather(1, rows[:, :, None].expand(-1, -1, inputs))
        loss = (forward(forward(batch, encoder), decoder) - batch).square().mean((1, 2)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return [w.detach() for w in encoder]


def with_features(
    splits: Sequence[Splits], seeds: Sequence[int], steps: int = STEPS
) -> list[Splits]:
    """Return the splits with standardized features in place of the inputs, one autoencoder each.

    Autoencoder, mean and deviation come from the training inputs alone.
    """
    encoder = train_autoencoders(torch.stack([s.train.x for s in splits]), seeds, steps)
    coded = []
    for i, s in enumerate(splits):
        own = [w[i : i + 1] for w in encoder]
        codes = [forward(part.x[None], own)[0] for part in (s.train, s.val, s.test)]
        mean, deviation = codes[0].mean(0), codes[0].std(0)
        parts = [
            Examples((code - mean) / deviation, part.y)
            for code, part in zip(codes, (s.train, s.val, s.test), strict=True)
        ]
        coded.append(Splits(*parts, classes=s.classes))
    return coded
