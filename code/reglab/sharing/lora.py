"""LoRA: fine-tuning in which the change of a weight matrix has a low rank.

Source      Hu, Shen, Wallis et al. (2022), "LoRA: Low-Rank Adaptation of Large Language Models",
            ICLR, section 4.1, equation 3: W = W0 + (alpha / r) B A.
Departures  A starts uniform with variance 1 / (3 I), as in the authors' code; the paper says
            normal. Any linear layer can have it, not only those of attention.
Symbols     W0 (O, I) the frozen weight, A (r, I), B (O, r), r the rank, alpha the scale.
The change B A has r (I + O) free numbers (r^2 of them are redundant), a full update has I O. The
pretrained weights are where training starts and, as only the change is learned and penalized, where
weight decay pulls to.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from reglab.core import check_count, check_positive


def low_rank_update(a: Tensor, b: Tensor, scale: float = 1.0) -> Tensor:
    """Return scale * B A, shape (O, I), for A (r, I) and B (O, r); its rank is at most r.

    >>> low_rank_update(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [0.0]]))
    tensor([[3., 6.],
            [0., 0.]])
    """
    return scale * (b @ a)


class LoRALinear(nn.Module):
    """A frozen linear layer with a learned change of low rank: y = (W0 + alpha/r B A) x + bias.

    B starts at 0, so the layer starts as what it adapts. Weight and bias of the original are
    buffers: saved and moved with the network, and seen by no optimizer, penalty or decay.

    Args:
        layer: the pretrained nn.Linear; it is copied, not changed.
        rank: r, from 1 to min(O, I).
        alpha: the change is scaled by alpha / r; at alpha = r, the default, by 1.
    Raises: ValueError for another rank, or an alpha that is not > 0.

    >>> layer = nn.Linear(8, 4)
    >>> adapted = LoRALinear(layer, rank=2)
    >>> torch.equal(adapted(torch.ones(1, 8)), layer(torch.ones(1, 8)))
    True
    >>> sum(w.numel() for w in adapted.parameters())
    24
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(self, layer: nn.Linear, rank: int, alpha: float | None = None):
        super().__init__()
        outputs, inputs = layer.weight.shape
        if check_count("rank", rank) > min(outputs, inputs):
            raise ValueError(
                f"rank must be at most {min(outputs, inputs)}, the smaller side of the weight; "
                f"got {rank}"
            )
        self.scale = 1.0 if alpha is None else check_positive("alpha", alpha) / rank
        weight = layer.weight.detach().clone()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", None if layer.bias is None else layer.bias.detach().clone())
        # nn.Linear's own start, kaiming_uniform with a = sqrt(5): U(-1/sqrt(I), 1/sqrt(I)).
        self.a = nn.Parameter(
            nn.init.kaiming_uniform_(weight.new_empty(rank, inputs), math.sqrt(5))
        )
        self.b = nn.Parameter(weight.new_zeros(outputs, rank))

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs along the last dimension; B A is never formed."""
        return linear(x, self.weight, self.bias) + self.scale * linear(linear(x, self.a), self.b)

    def update(self) -> Tensor:
        """Return the change alpha/r B A, shape (O, I)."""
        return low_rank_update(self.a, self.b, self.scale)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """Return one plain nn.Linear that computes the same; this layer stays as it is.

        Since W0 is left alone, taking the change out again is exact: discard the merged layer.
        """
        outputs, inputs = self.weight.shape
        plain = nn.Linear(
            inputs, outputs, bias=self.bias is not None,
            dtype=self.weight.dtype, device=self.weight.device,
        )  # fmt: skip
        plain.weight.copy_(self.weight + self.update())
        if self.bias is not None:
            plain.bias.copy_(self.bias)
        return plain

    def extra_repr(self) -> str:
        """What is printed with the name of the class."""
        return f"weight={tuple(self.weight.shape)}, rank={len(self.a)}, scale={self.scale:g}"
