"""Random numbers in the shape of a tensor: what layers with noise draw.

Without a generator the numbers come from torch's global one, as those of `torch.rand_like` do.
`reglab.train` keys them to a seed there, also inside `torch.func.vmap`. That is why a layer draws
"like" a tensor of the shape that its mask has: `uniform_like(x[:, :, :1])` is one number for each
channel.
"""

import torch
from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function

LOW, HIGH = torch.iinfo(torch.int64).min, torch.iinfo(torch.int64).max


def uniform_like(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return uniform numbers in [0, 1) with the shape, dtype and device of x.

    >>> uniform_like(torch.zeros(2, 3), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3])
    """
    if generator is None:
        return torch.rand_like(x)
    return torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)


def normal_like(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return standard normal numbers with the shape, dtype and device of x.

    >>> normal_like(torch.zeros(2, 3), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3])
    """
    if generator is None:
        return torch.randn_like(x)
    return torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)


def random_bits_like(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return uniform int16 numbers in [-2^15, 2^15) with the shape and device of x.

    Enough for a decision of probability p in steps of 2^-16: `bits < threshold`. Four of them come
    from one draw of 64 bits, so they cost about a third of uniform floats (measured on a CPU).

    >>> random_bits_like(torch.zeros(2, 3), torch.Generator().manual_seed(0)).dtype
    torch.int16
    """
    if has_torch_function((x,)):  # so that a torch function mode can key the draw to a seed
        return handle_torch_function(random_bits_like, (x,), x, generator)
    # Both bounds, or the sign bit is left out. Not random_: vmap gives each model its own randint.
    n, size = x.numel(), (-(-x.numel() // 4),)
    words = torch.randint(LOW, HIGH, size, dtype=torch.int64, device=x.device, generator=generator)
    bits = words.view(torch.int16)
    return (bits[:n] if n % 4 else bits).view(x.shape)
