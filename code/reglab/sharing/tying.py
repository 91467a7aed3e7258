"""Weights that serve in two layers, or in one layer many times.

Source      Press, Wolf (2017), "Using the Output Embedding to Improve Language Models", EACL, and
            Inan, Khosravi, Socher (2017), ICLR, for tied embeddings; Lan, Chen, Goodman et al.
            (2020), "ALBERT", ICLR, section 3.1 (cross-layer parameter sharing), and Dehghani,
            Gouws, Vinyals et al. (2019), "Universal Transformers", ICLR, for repeated blocks.
Departures  None. Press and Wolf's output layer has no bias; pass bias=False for it.
Symbols     W (O, I) the weight of the other layer; an embedding of V words in D numbers is (V, D).
A tied weight is one nn.Parameter with two owners: it is listed, decayed and updated once, by the
sum of the gradients of both uses. Copies, state_dict and the trainer keep it tied.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from reglab.core import check_count


class TiedLinear(nn.Module):
    """A linear layer that uses the weight of another layer, with a bias of its own.

    transposed: y = W^T x + bias, from O numbers back to I, as the decoder of an autoencoder.
    Otherwise y = W x + bias, as the output layer of a language model, whose words have the vectors
    of the input embedding.

    Args:
        other: a layer with a weight of two dimensions, such as nn.Linear (O, I) or nn.Embedding.
        transposed: use W^T.
        bias: add a bias, 0 at the start.
    Raises: ValueError if the other layer has no parameter `weight` of two dimensions.

    >>> encoder = nn.Linear(5, 2)
    >>> decoder = TiedLinear(encoder)
    >>> decoder(encoder(torch.ones(3, 5))).shape, decoder.weight is encoder.weight
    (torch.Size([3, 5]), True)
    """

    def __init__(self, other: nn.Module, *, transposed: bool = True, bias: bool = True):
        super().__init__()
        weight = getattr(other, "weight", None)
        if not isinstance(weight, nn.Parameter) or weight.ndim != 2:
            raise ValueError(
                "other must be a layer with a weight (O, I), such as nn.Linear or nn.Embedding; "
                f"got {type(other).__name__}"
            )
        self.weight, self.transposed = weight, transposed
        outputs = weight.shape[1 if transposed else 0]
        own = torch.zeros(outputs, dtype=weight.dtype, device=weight.device) if bias else None
        self.bias = None if own is None else nn.Parameter(own)

    def forward(self, x: Tensor) -> Tensor:
        """Return W^T x + bias or W x + bias along the last dimension."""
        return linear(x, self.weight.T if self.transposed else self.weight, self.bias)

    def extra_repr(self) -> str:
        """What is printed with the name of the class."""
        return f"weight={tuple(self.weight.shape)}, transposed={self.transposed}"


class Repeated(nn.Module):
    """One block applied several times, h <- block(h): sharing over depth, or over time.

    The depth and the computation are those of `times` blocks, the number of weights is that of
    one. A recurrent network is this with a new input at every step.

    Args:
        block: a module whose output has the shape of its input.
        times: how often, >= 1.
    Raises: ValueError if times is below 1; in forward, if the block changes the shape.

    >>> sum(w.numel() for w in Repeated(nn.Linear(4, 4), times=6).parameters())
    20
    """

    def __init__(self, block: nn.Module, times: int):
        super().__init__()
        self.block, self.times = block, check_count("times", times)

    def forward(self, h: Tensor) -> Tensor:
        """Return block(block(... block(h)))."""
        for _ in range(self.times):
            shape = h.shape
            h = self.block(h)
            if h.shape != shape:
                raise ValueError(
                    f"a repeated block must keep the shape; it made {tuple(h.shape)} of "
                    f"{tuple(shape)}: give it as many outputs as inputs"
                )
        return h
