"""Penalties that are norms of the weights, and the one place that says which weights.

Source      Goodfellow, Bengio, Courville (2016), "Deep Learning", section 7.1 (weights, not
            biases); Zou, Hastie (2005), "Regularization and Variable Selection via the Elastic
            Net", JRSS B, section 2; Yuan, Lin (2006), "Model Selection and Estimation in
            Regression with Grouped Variables", JRSS B, section 2, for the group lasso.
Departures  L2 carries the factor 1/2, so that its gradient is lam w, as in torch's weight_decay;
            Zou and Hastie's does not.
Symbols     loss = mean over examples + penalty; w a weight, lam its strength; a layer's weight is
            (O, I, ...): row o holds what unit o receives, column i what input i sends.
"""

import math
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import TypeAlias

import torch
from torch import Tensor, nn

from reglab.core import check_nonnegative

Weights: TypeAlias = nn.Module | Tensor | Iterable[Tensor] | Iterable[tuple[str, Tensor]]
# LayerNorm can have a scale of two dimensions or more; batch norm is listed for the reader.
# Layers of other libraries, and of reglab, are known by their `normalized_shape`.
BATCHED = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
INSTANCES = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
NORMALIZATIONS = (*BATCHED, *INSTANCES, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
WEIGHTS = "a module, a tensor, or an iterable of tensors or of (name, tensor)"
EMBEDDINGS = (nn.Embedding, nn.EmbeddingBag)


def weights_of(model: nn.Module, *, embeddings: bool = True) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield (name, parameter) of the weights to penalize, each once, in the model's order.

    These are the parameters with two dimensions or more (linear, convolution, recurrent,
    attention, embedding), except biases and all that belongs to a normalization layer.
    A bias or a scale holds few numbers, costs little variance, and shrinking it shifts the
    function without making it simpler.

    Args:
        model: any module.
        embeddings: take the weights of embeddings too; recipes differ in that.
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"model must be an nn.Module; got {type(model).__name__}")
    left_out = NORMALIZATIONS if embeddings else NORMALIZATIONS + EMBEDDINGS
    seen = set()
    for prefix, module in model.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            weight = parameter.ndim >= 2 and not name.startswith("bias")  # attention's bias_k has 3
            left = isinstance(module, left_out) or hasattr(module, "normalized_shape")
            if weight and not left and parameter not in seen:
                seen.add(parameter)  # tied weights count once
                yield f"{prefix}.{name}" if prefix else name, parameter


def tensors(weights: Weights) -> Iterator[Tensor]:
    """Yield the tensors that `weights` stands for; ValueError if there are none."""
    if isinstance(weights, nn.Module):
        weights = weights_of(weights)
    elif isinstance(weights, Tensor):
        weights = [weights]
    elif isinstance(weights, str) or not isinstance(weights, Iterable):
        raise ValueError(f"weights must be {WEIGHTS}; got {weights!r}")
    none = True
    for weight in weights:
        none = False
        found = weight[1] if isinstance(weight, tuple) else weight
        if not isinstance(found, Tensor):
            numpy = type(weights).__module__ == "numpy"
            got = "an ndarray; use torch.as_tensor" if numpy else repr(found)
            raise ValueError(f"weights must be {WEIGHTS}; got {got}")
        yield found
    if none:
        raise ValueError("there are no weights to penalize; pass a model that has some, or tensors")


def l1(weights: Weights, lam: float | Tensor = 1.0) -> Tensor:
    """Return lam sum |w|, a scalar.

    Its gradient is lam sign(w): of one size for every w that is not 0, and torch takes 0 at 0.
    Added to a loss it therefore makes no weight exactly 0; see `proximal` for what does.

    Args:
        weights: a module (then `weights_of` chooses), a tensor, or an iterable of tensors or of
            (name, tensor).
        lam: strength, >= 0; a tensor is not checked, so that vmap can give each model its own.
    Raises: ValueError if lam is negative or not finite, or if there are no weights.
    """
    return strength("lam", lam) * reduce(torch.add, (w.abs().sum() for w in tensors(weights)))


def l2(weights: Weights, lam: float | Tensor = 1.0) -> Tensor:
    """Return lam/2 sum w^2, a scalar: the *squared* norm, with gradient lam w.

    For plain SGD it equals `weight_decay=lam`. The form lam sum w^2, without the 1/2, is twice as
    strong. Written as a sum of squares it has no square root whose gradient is undefined at 0.
    Arguments and errors as for `l1`.
    """
    squares = (w.square().sum() for w in tensors(weights))
    return strength("lam", lam) / 2 * reduce(torch.add, squares)


def l2_norm(weights: Weights, lam: float | Tensor = 1.0) -> Tensor:
    """Return lam sqrt(sum w^2) over all weights together, a scalar: the norm, *not* squared.

    Another penalty than `l2`. Its gradient lam w / |w| has length lam however small w is, so it
    can hold all weights at exactly 0 as one (a group lasso with a single group), where the gradient
    of `l2` fades. At w = 0 torch takes the subgradient 0. Arguments and errors as for `l1`.
    """
    # A norm of norms, not the root of a sum: torch knows a subgradient of the norm at 0.
    norms = torch.stack([torch.linalg.vector_norm(w) for w in tensors(weights)])
    return strength("lam", lam) * torch.linalg.vector_norm(norms)


def elastic_net(weights: Weights, lam1: float | Tensor, lam2: float | Tensor) -> Tensor:
    """Return lam1 sum |w| + lam2/2 sum w^2 (Zou and Hastie 2005, with the 1/2 of `l2`)."""
    chosen = list(tensors(weights))
    return l1(chosen, strength("lam1", lam1)) + l2(chosen, strength("lam2", lam2))


def group_lasso(
    weights: Weights, lam: float | Tensor = 1.0, *, dim: int = 0, scaled: bool = True
) -> Tensor:
    """Return lam sum_g s |w_g|, a scalar, where the groups are rows or columns of each weight.

    A group goes to 0 as a whole: a row (dim=0) is all that a unit receives, a column (dim=1) all
    that it sends on, for a convolution a filter or an input channel.

    Args:
        weights, lam: as for `l1`; each weight has two dimensions or more.
        dim: the dimension that numbers the groups, 0 or 1.
        scaled: s = sqrt(size of a group), as in Yuan and Lin (2006), so that layers of different
            size are treated alike; else s = 1.
    Raises: ValueError as for `l1`, for another dim, or for a weight of one dimension.
    """
    parts = []
    for w in tensors(weights):
        groups = rows(w, dim)
        factor = math.sqrt(groups.shape[1]) if scaled else 1.0
        parts.append(factor * torch.linalg.vector_norm(groups, dim=1).sum())
    return strength("lam", lam) * reduce(torch.add, parts)


def rows(w: Tensor, dim: int = 0) -> Tensor:
    """Return the weight as a matrix (groups, size of a group); its groups are numbered by `dim`."""
    if dim not in (0, 1):
        raise ValueError(f"dim must be 0 (rows) or 1 (columns); got {dim!r}")
    if w.ndim < 2:
        raise ValueError(f"a weight (O, I, ...) has groups; got shape {tuple(w.shape)}")
    return w.transpose(0, dim).flatten(1)


def strength(name: str, lam: float | Tensor) -> float | Tensor:
    """Return `lam` if it is a finite number >= 0; a tensor is not checked (vmap)."""
    return lam if isinstance(lam, Tensor) else check_nonnegative(name, lam)
