"""What a trained transformer attends to, and what dropout makes of it; its distance to the source.

Symbols     a (heads, T, T) attention weights, a row for each query; T tokens, K symbols.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from reglab.chapters.transformers.model import Block, Transformer
from reglab.core import stream
from reglab.data import MarkovSource
from reglab.dropout import drop_mask
from reglab.dropout.attention import attention_weights


@torch.no_grad()
def weights_of_heads(network: Transformer, x: Tensor) -> Tensor:
    """Return the attention weights (heads, T, T) of the first block for one sequence x (T,)."""
    caught: list[Tensor] = []
    block = network.blocks[0]
    assert isinstance(block, Block)
    layer = block.attention.attend
    handle = layer.register_forward_pre_hook(lambda _, inputs: caught.extend(inputs))
    try:
        network.eval()(x[None])
    finally:
        handle.remove()
    q, k, _ = caught
    return attention_weights(q, k, causal=True)[0]


def dropped_weights(a: Tensor, ps: Sequence[float], draws: int, seed: int = 0) -> Tensor:
    """Return mask * a for each p and draw, (p, draws, *a.shape); each p from the same stream."""
    found = []
    for p in ps:
        g = stream(seed, "attention masks")
        found.append(torch.stack([drop_mask(a, p, g) * a for _ in range(draws)]))
    return torch.stack(found)


@torch.no_grad()
def kl_to_source(network: Transformer, source: MarkovSource, x: Tensor) -> float:
    """Return the mean over tokens of KL(best predictions, the network's), in nats; x (B, T)."""
    best = source.best_predictions(x)
    log_q = network.eval()(x).double().log_softmax(-1)
    return float((best * (best.log() - log_q)).sum(-1).mean())
