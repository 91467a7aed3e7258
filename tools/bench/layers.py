"""Layers of the library against torch's own, or against their usual form: one pass in training."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.timing import Benchmark, Contender
from reglab import normalization as norms
from reglab.dropout import DropBlock2d, Dropout, block_rate

P, BLOCK = 0.2, 7


class PooledDropBlock2d(nn.Module):
    """DropBlock as it is usually written: starts drawn as floats, grown by max-pooling."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, C, H, W) with squares dropped and the others rescaled."""
        gamma = block_rate(P, x.shape[-2:], (BLOCK, BLOCK))
        inside = x.shape[-2] - BLOCK + 1, x.shape[-1] - BLOCK + 1
        starts = (torch.rand(*x.shape[:2], *inside) < gamma).to(x.dtype)
        starts = F.pad(starts, [BLOCK // 2] * 4)
        left = 1 - F.max_pool2d(starts, BLOCK, stride=1, padding=BLOCK // 2)
        return x * left * (left.numel() / left.sum())


def passes(layer: nn.Module, shape: tuple[int, ...], count: int) -> None:
    """Send one input through the layer `count` times, forward and backward."""
    x = torch.ones(shape, requires_grad=True)
    gradient = torch.ones(shape)
    for _ in range(count):
        layer(x).backward(gradient)
        x.grad = None


def against(
    quick: bool, layers: Callable[[], dict[str, nn.Module]], shape: tuple[int, ...], count: int
) -> list[Contender]:
    """Each layer, in training mode."""
    count = 1 if quick else count
    return [
        Contender(name, partial(passes, layer.train(), shape, count), count)
        for name, layer in layers().items()
    ]


def dropouts() -> dict[str, nn.Module]:
    """Ours and torch's."""
    return {"this library": Dropout(P), "torch.nn.Dropout": nn.Dropout(P)}


def dropblocks() -> dict[str, nn.Module]:
    """Ours and the usual form."""
    return {"this library": DropBlock2d(P, BLOCK), "by max-pooling": PooledDropBlock2d()}


# kind and size: the layer's name here and in torch.nn, its arguments, the shape of x, passes a turn
NORMS = {
    "batch-small": ("BatchNorm1d", (64,), (256, 64), 1000),
    "batch-wide": ("BatchNorm1d", (1024,), (256, 1024), 100),
    "batch-images": ("BatchNorm2d", (32,), (64, 32, 16, 16), 40),
    "layer-small": ("LayerNorm", (64,), (256, 64), 1000),
    "layer-wide": ("LayerNorm", (1024,), (256, 1024), 100),
    "rms-wide": ("RMSNorm", (1024,), (256, 1024), 100),
    "group-small": ("GroupNorm", (8, 64), (256, 64), 1000),
    "group-images": ("GroupNorm", (8, 32), (64, 32, 16, 16), 40),
    "instance-images": ("InstanceNorm2d", (32,), (64, 32, 16, 16), 40),
}


def normalizations(name: str, arguments: tuple[int, ...]) -> dict[str, nn.Module]:
    """Ours and torch's."""
    kinds = {"this library": norms, "torch.nn": nn}
    return {who: getattr(module, name)(*arguments) for who, module in kinds.items()}


BENCHMARKS = [
    *(
        Benchmark(
            name=f"dropout-{size}",
            title=f"dropout of {what}, forward and backward",
            unit="pass",
            against="torch.nn.Dropout",
            contenders=partial(against, layers=dropouts, shape=shape, count=count),
            rounds=15,
        )
        for size, what, shape, count in [
            ("wide", "256 examples of 1024 units", (256, 1024), 200),
            ("small", "100 examples of 100 units", (100, 100), 2000),
        ]
    ),
    Benchmark(
        name="dropblock",
        title=f"DropBlock, blocks of {BLOCK} x {BLOCK}, 16 x 32 maps of 28 x 28",
        unit="pass",
        against="by max-pooling",
        contenders=partial(against, layers=dropblocks, shape=(16, 32, 28, 28), count=10),
        rounds=15,
    ),
    *(
        Benchmark(
            name=f"norm-{row}",
            title=f"{name} of {' x '.join(map(str, shape))}, forward and backward",
            unit="pass",
            against="torch.nn",
            contenders=partial(
                against,
                layers=partial(normalizations, name, arguments),
                shape=shape,
                count=count,
            ),
            rounds=15,
        )
        for row, (name, arguments, shape, count) in NORMS.items()
    ),
]
