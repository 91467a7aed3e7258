"""Conditional generative adversarial networks for digits, several at once, in one plain loop.

Source      Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio (2014),
            "Generative Adversarial Nets", NeurIPS, algorithm 1, with the loss of section 3 that
            does not saturate; Mirza, Osindero (2014), arXiv 1411.1784, for the class as an input.
Departures  Both networks see inputs with noise of standard deviation 0.05, which steadies them.
Symbols     S seeds, one generator each; Z random inputs, K classes, I pixels. The generator maps
            (Z + K) to I, the discriminator (I + K) to one logit.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.chapters.augmentation.autoencoder import forward, initial_weights
from reglab.core import stream
from reglab.data import Examples, Splits

NOISE, HIDDEN, STEPS, BATCH, LR, BLUR, CLASSES = 16, 64, 2500, 64, 1.5e-3, 0.05, 10


def train_generators(
    x: Tensor, y: Tensor, seeds: Sequence[int], steps: int = STEPS
) -> list[Tensor]:
    """Return the generators' weights, trained on x (S, N, I) of the classes y (S, N)."""
    pixels = x.shape[-1]
    generator = initial_weights(seeds, [NOISE + CLASSES, HIDDEN, HIDDEN, pixels], "generator")
    judge = initial_weights(seeds, [pixels + CLASSES, HIDDEN, HIDDEN, 1], "discriminator")
    first, second = (torch.optim.Adam(w, lr=LR, betas=(0.5, 0.999)) for w in (generator, judge))
    g = stream(seeds[0], "gan")
    labels = F.one_hot(y, CLASSES).float()
    for _ in range(steps):
        rows = torch.randint(x.shape[1], (len(seeds), BATCH, 1), generator=g)
        real = x.gather(1, rows.expand(-1, -1, pixels))
        classes = labels.gather(1, rows.expand(-1, -1, CLASSES))
        made = draw_images(generator, classes, g)
        # The judge learns to tell them apart: logits up for real ones, down for made ones.
        loss = F.softplus(-_logits(judge, real, classes, g)).mean(1).sum()
        loss = loss + F.softplus(_logits(judge, made.detach(), classes, g)).mean(1).sum()
        _step(second, loss)
        # The generator learns to be taken for real.
        _step(first, F.softplus(-_logits(judge, made, classes, g)).mean(1).sum())
    return [w.detach() for w in generator]


def draw_images(generator: Sequence[Tensor], classes: Tensor, g: torch.Generator) -> Tensor:
    """Return images (S, B, I) in [0, 1] of the classes (S, B, K), one-hot."""
    z = torch.randn(*classes.shape[:2], NOISE, generator=g)
    return forward(torch.cat([z, classes], -1), generator).sigmoid()


def generated(
    splits: Sequence[Splits], seeds: Sequence[int], count: int = 1000, steps: int = STEPS
) -> list[Examples]:
    """Return `count` images for each of the splits, from a generator that saw its training part."""
    x = torch.stack([s.train.x for s in splits])
    generator = train_generators(x, torch.stack([s.train.y for s in splits]), seeds, steps)
    y = torch.arange(count).remainder(CLASSES)
    classes = F.one_hot(y, CLASSES).float().expand(len(seeds), -1, -1)
    images = draw_images(generator, classes, stream(seeds[0], "gan images"))
    return [Examples(image, y) for image in images]


def _logits(judge: Sequence[Tensor], x: Tensor, classes: Tensor, g: torch.Generator) -> Tensor:
    blurred = x + BLUR * torch.randn(x.shape, generator=g)
    return forward(torch.cat([blurred, classes], -1), judge)


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
