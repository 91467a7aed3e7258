"""Dropout: each number is set to 0 with probability p, the others are scaled so the mean stays.

Source      Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), "Dropout: A Simple Way
            to Prevent Neural Networks from Overfitting", JMLR 15, sections 4 and 10; Tompson,
            Goroshin, Jain, LeCun, Bregler (2015), "Efficient Object Localization Using
            Convolutional Networks", CVPR, section 3.2, for whole channels.
Departures  p is the probability of dropping, as in torch; Srivastava's p is that of retaining.
            Masks compare 16 random bits with p, so p is rounded to a multiple of 2^-16.
Symbols     p probability of dropping; m a mask, 0 with probability p and else 1 / (1 - p); x input.
Each number of each example gets a decision of its own: how many are dropped is random, only the
mean share is p. The mask keeps the mean, E[m x] = x, but not the variance:
Var[m x] = x^2 p / (1 - p).
"""

import itertools

import torch
from torch import Tensor, nn

from reglab.core import check_count, check_probability, random_bits_like

LEVELS = 2**16
UNITS_AT_MOST = 20  # 2^20 masks of 20 float64 numbers are 168 MB


def drop_mask(like: Tensor, p: float | Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return a mask in the shape of `like`: 0 with probability p, else 1 / (1 - p).

    Its mean is 1; at p = 1 it is all zeros, at p = 0 all ones.

    Args:
        like: floats; gives the shape, dtype and device of the mask, its values are not read.
        p: probability of dropping, in [0, 1]; a 0-d tensor is not checked (vmap).
        generator: where the bits come from; torch's global generator if None.
    Raises: ValueError if p is outside [0, 1] or `like` holds integers.

    >>> sorted(set(drop_mask(torch.zeros(100), 0.75).tolist()))
    [0.0, 4.0]
    """
    if not like.is_floating_point():
        raise ValueError(f"a mask is made of floats; got dtype {like.dtype}, pass like.float()")
    threshold, scale = _level(p, like)
    active = random_bits_like(like, generator) >= threshold
    return active.to(like.dtype).mul_(scale) if isinstance(scale, float) else active * scale


def _level(p: float | Tensor, like: Tensor) -> tuple[int | Tensor, float | Tensor]:
    """Return the bits' threshold and the scale 1 / (1 - p), both with p as rounded."""
    highest = LEVELS // 2 - 1
    if not isinstance(p, Tensor):
        level = round(check_probability("p", p) * LEVELS)
        scale = LEVELS / (LEVELS - level) if level < LEVELS else 0.0
        return min(level - LEVELS // 2, highest), scale
    level = (p.float() * LEVELS).round().to(torch.promote_types(like.dtype, torch.float32))
    # p = 1 has no threshold of its own (2^15 is too high for int16): its scale 0 drops the others.
    scale = torch.where(level < LEVELS, LEVELS / (LEVELS - level).clamp(min=1), 0.0)
    return (level - LEVELS // 2).clamp(max=highest).to(torch.int16), scale.to(like.dtype)


def mask_variance(p: float | Tensor) -> float | Tensor:
    """Return p / (1 - p), the variance of a mask: the noise in x * mask has x^2 times as much.

    Args: p: probability of dropping, in [0, 1); a tensor is not checked (vmap).
    Raises: ValueError if p is outside [0, 1).

    >>> mask_variance(0.75)
    3.0
    """
    if not isinstance(p, Tensor) and check_probability("p", p) == 1:
        raise ValueError("p must be < 1, or the variance p / (1 - p) is infinite; got 1")
    return p / (1 - p)


def enumerate_masks(
    units: int, p: float, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor]:
    """Return all 2^H masks of H units and their probabilities: (2^H, H) and (2^H,).

    A mask that drops k units has probability p^k (1 - p)^(H - k); an average over all masks with
    these weights is an exact expectation.

    Args:
        units: H, from 1 to 20.
        p: probability of dropping, in [0, 1]; not rounded here.
    Raises: ValueError for p outside [0, 1] or another number of units.

    >>> masks, probabilities = enumerate_masks(2, 0.5)
    >>> probabilities @ masks
    tensor([1., 1.], dtype=torch.float64)
    """
    if check_count("units", units) > UNITS_AT_MOST:
        raise ValueError(
            f"units must be <= {UNITS_AT_MOST}, since 2^units masks are listed; "
            f"got {units}; average over sampled masks instead"
        )
    p = check_probability("p", p)
    active = torch.tensor(list(itertools.product([0.0, 1.0], repeat=units)), dtype=dtype)
    remaining = active.sum(1)
    rate = torch.tensor(p, dtype=dtype)
    probabilities = rate ** (units - remaining) * (1 - rate) ** remaining
    return active / (1 - p) if p < 1 else 0 * active, probabilities


def dropout(x: Tensor, mask: Tensor) -> Tensor:
    """Return x * mask; the gradient is multiplied by the same mask.

    Args:
        x: any shape.
        mask: a shape that broadcasts to that of x; see `drop_mask`.
    Raises: ValueError if the mask does not broadcast to x's shape.

    >>> dropout(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.0, 2.0, 2.0]))
    tensor([0., 4., 6.])
    """
    sizes = zip(reversed(mask.shape), reversed(x.shape), strict=False)
    if mask.ndim > x.ndim or any(m not in (1, n) for m, n in sizes):
        raise ValueError(
            f"the mask must broadcast to x's shape {tuple(x.shape)}; got {tuple(mask.shape)}; "
            "draw it like a slice of x"
        )
    return x * mask


class DropLayer(nn.Module):
    """A layer that drops with probability p; what its mask is like, a subclass says.

    Args:
        p: probability of dropping, in [0, 1]. A 0-d tensor is not checked and becomes a buffer
            outside the state_dict, so that stacked networks can each have their own.
    Raises: ValueError if p is outside [0, 1] or a tensor that is not 0-d.

    >>> DropLayer(0.1)
    DropLayer(p=0.1)
    """

    p: float | Tensor

    def __init__(self, p: float | Tensor = 0.5):
        super().__init__()
        if isinstance(p, Tensor):
            if p.ndim:
                raise ValueError(f"p must be one number, a 0-d tensor; got {tuple(p.shape)}")
            self.register_buffer("p", p, persistent=False)
        else:
            self.p = check_probability("p", p)

    def extra_repr(self) -> str:
        """Return what print(layer) shows between the brackets."""
        return f"p={self.p if isinstance(self.p, float) else 'tensor'}"


class Dropout(DropLayer):
    """Inverted dropout: x * mask in training, x itself in evaluation, as `torch.nn.Dropout`.

    Dividing by 1 - p in training makes E[output] = x, so nothing is left to do at test time.
    It takes floats of any shape; args and errors as for `DropLayer`.

    >>> Dropout(0.5).eval()(torch.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x with a mask in training, x unchanged in evaluation; shape as x."""
        return dropout(x, drop_mask(self.mask_shape(x), self.p)) if self.training else x

    def mask_shape(self, x: Tensor) -> Tensor:
        """Return a tensor of the mask's shape: here x, one decision for each number."""
        return x


class VanillaDropout(DropLayer):
    """The paper's form: survivors are unchanged in training, and x * (1 - p) in evaluation.

    Both forms give (1 - p) times the other's output in both modes, so a network trained with one
    must be tested with the same one. Args and errors as for `DropLayer`.

    >>> VanillaDropout(0.25).eval()(torch.ones(2))
    tensor([0.7500, 0.7500])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x with zeros in training, x * (1 - p) in evaluation; shape as x."""
        if self.training:
            return dropout(x, (drop_mask(x, self.p) > 0).to(x.dtype))
        return x * (1 - self.p)


class SpatialDropout1d(Dropout):
    """Dropout of whole channels of a sequence: x (B, C, T), one decision per example and channel.

    As `torch.nn.Dropout1d`. Neighbors in time are alike, so a channel's dropped numbers could be
    guessed from those next to them; here none is left. Args and errors as for `DropLayer`.
    Raises: ValueError if x has not three dimensions.

    >>> SpatialDropout1d(0.5)(torch.ones(1, 4, 3)).std(2)
    tensor([[0., 0., 0., 0.]])
    """

    spatial = 1

    def mask_shape(self, x: Tensor) -> Tensor:
        """Return the first number of each channel, (B, C, 1) or (B, C, 1, 1)."""
        if x.ndim != 2 + self.spatial:
            axes = "(B, C, T)" if self.spatial == 1 else "(B, C, H, W)"
            raise ValueError(f"x must have shape {axes}; got {tuple(x.shape)}")
        return x[:, :, :1] if self.spatial == 1 else x[:, :, :1, :1]


class SpatialDropout2d(SpatialDropout1d):
    """Dropout of whole channels of a map: x (B, C, H, W), one decision per example and channel.

    As `torch.nn.Dropout2d`. Raises: ValueError if x has not four dimensions.

    >>> SpatialDropout2d(0.0)(torch.ones(1, 2, 3, 3)).sum().item()
    18.0
    """

    spatial = 2
