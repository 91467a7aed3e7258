"""Attention with dropout on its weights: now and then a query can't look at some keys.

Source      Vaswani et al. (2017), "Attention Is All You Need", NeurIPS, section 3.2.1 (attention)
            and 5.4 (there dropout is on the sublayers' outputs and the embeddings); dropout on the
            weights is in the authors' code and in torch's scaled_dot_product_attention.
Departures  From torch: dropout stops in eval mode. torch's function drops whenever dropout_p > 0.
Symbols     q (..., T, D) queries, k (..., S, D) keys, v (..., S, E) values, a (..., T, S) weights.
What is dropped is a weight a_ts, not a unit and not a key: the query beside may still use it.
"""

import math

import torch
from torch import Tensor

from reglab.dropout.bernoulli import DropLayer, drop_mask


def attention_weights(
    q: Tensor, k: Tensor, allowed: Tensor | None = None, *, causal: bool = False
) -> Tensor:
    """Return a = softmax over keys of q k^T / sqrt(D), (..., T, S): each row sums to 1.

    >>> attention_weights(torch.zeros(2, 4), torch.zeros(3, 4), causal=True)[0]
    tensor([1., 0., 0.])

    Args:
        q: (..., T, D); k: (..., S, D).
        allowed: bool, broadcasts to (..., T, S); True where a query may look. A query that may look
            nowhere gets weights 0, as in torch.
        causal: query t may look at keys up to t only; combines with `allowed`.
    Raises: ValueError if `allowed` is not bool.
    """
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
    if allowed is not None and allowed.dtype != torch.bool:
        raise ValueError(f"allowed must be bool, True where a query may look; got {allowed.dtype}")
    if causal:
        past = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).tril()
        allowed = past if allowed is None else allowed & past
    if allowed is None:
        return scores.softmax(-1)
    a = scores.masked_fill(~allowed, -math.inf).softmax(-1)
    return a.masked_fill(~allowed, 0.0)  # softmax of a row that is all -inf is NaN


def attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    allowed: Tensor | None = None,
    *,
    causal: bool = False,
    mask: Tensor | None = None,
) -> Tensor:
    """Return (mask * a) v, where a = `attention_weights`: (..., T, E).

    With a mask from dropout the row sums of mask * a are 1 only on average; their variance is
    p / (1 - p) sum_s a_ts^2, largest for a query that looks at a single key.

    >>> attention(torch.ones(2, 4), torch.ones(3, 4), torch.ones(3, 1)).T
    tensor([[1., 1.]])

    Args:
        q, k, allowed, causal: as for `attention_weights`; v: (..., S, E).
        mask: (..., T, S), 0 where a weight is dropped and else 1 / (1 - p); None drops nothing.
    """
    a = attention_weights(q, k, allowed, causal=causal)
    return (a if mask is None else mask * a) @ v


class Attention(DropLayer):
    """Scaled dot-product attention without weights of its own, with dropout in training.

    >>> layer = Attention(p=0.1, causal=True)
    >>> layer(torch.ones(2, 5, 4), torch.ones(2, 5, 4), torch.ones(2, 5, 3)).shape
    torch.Size([2, 5, 3])

    Args:
        p: probability of dropping a weight, in [0, 1]; a 0-d tensor is not checked.
        causal: as for `attention_weights`.
    Raises: ValueError for a bad p.
    """

    def __init__(self, p: float | Tensor = 0.1, *, causal: bool = False):
        super().__init__(p)
        self.causal = causal

    def forward(self, q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None = None) -> Tensor:
        """Return (..., T, E); arguments as for `attention`."""
        a = attention_weights(q, k, allowed, causal=self.causal)
        return (drop_mask(a, self.p) * a if self.training else a) @ v

    def extra_repr(self) -> str:
        """Return what print(layer) shows between the brackets."""
        return f"{super().extra_repr()}, causal={self.causal}"
