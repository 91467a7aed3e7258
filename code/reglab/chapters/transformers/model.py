"""A small transformer for sequences of symbols, with dropout in each of three places.

Source      Vaswani et al. (2017), "Attention Is All You Need", NeurIPS, section 3; Xiong et al.
            (2020), "On Layer Normalization in the Transformer Architecture", ICML, section 3.2, for
            normalization before each part (pre-LN); Radford et al. (2019), "Language Models are
            Unsupervised Multitask Learners", section 2.3, for the normalization before the output.
Departures  From Vaswani: a decoder alone, learned places, pre-LN, GELU, no warm-up.
Symbols     B sequences, T tokens, K symbols, D width, h (B, T, D) what flows through the network.
"""

from torch import Tensor, nn

from reglab.dropout import Attention


class SelfAttention(nn.Module):
    """Causal attention in several heads: each token looks at itself and at those before it."""

    def __init__(self, width: int, heads: int, attention: float):
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * width)  # queries, keys and values at once
        self.attend = Attention(attention, causal=True)  # drops attention weights
        self.out = nn.Linear(width, width)

    def forward(self, h: Tensor) -> Tensor:
        """Return (B, T, D) for h (B, T, D)."""
        split = self.project(h).unflatten(-1, (3, self.heads, -1))  # (B, T, 3, heads, D / heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)  # each (B, heads, T, D / heads)
        return self.out(self.attend(q, k, v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Attention, then an MLP for each token; both add to the stream h what they find in it."""

    def __init__(self, width: int, heads: int, attention: float, residual: float):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads, attention)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.drop = nn.Dropout(residual)

    def forward(self, h: Tensor) -> Tensor:
        """Return (B, T, D) for h (B, T, D)."""
        h = h + self.drop(self.attention(self.norm1(h)))
        return h + self.drop(self.mlp(self.norm2(h)))


class Transformer(nn.Module):
    """Token ids (B, T) to logits of the next token at each place (B, T, K).

    Args:
        symbols: K.
        tokens: the largest T.
        width: D, a multiple of heads.
        heads: of attention.
        layers: blocks, one after the other.
        attention, residual, embedding: p of dropout on attention weights, on what each part adds
            to the stream, and on the sum of embedding and place.
    """

    def __init__(
        self,
        symbols: int = 8,
        tokens: int = 32,
        width: int = 16,
        heads: int = 2,
        layers: int = 1,
        attention: float = 0.0,
        residual: float = 0.0,
        embedding: float = 0.0,
    ):
        super().__init__()
        self.embed, self.place = nn.Embedding(symbols, width), nn.Embedding(tokens, width)
        self.drop = nn.Dropout(embedding)
        blocks = [Block(width, heads, attention, residual) for _ in range(layers)]
        self.blocks = nn.Sequential(*blocks)
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, symbols)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, T, K) for token ids x (B, T)."""
        h = self.drop(self.embed(x) + self.place.weight[: x.shape[1]])
        return self.out(self.norm(self.blocks(h)))
