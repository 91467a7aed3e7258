"""Embedding dropout: a word that is dropped is dropped wherever it stands in the minibatch.

Source      Gal, Ghahramani (2016), "A Theoretically Grounded Application of Dropout in Recurrent
            Neural Networks", NeurIPS, section 4.2; Merity, Keskar, Socher (2018), "Regularizing and
            Optimizing LSTM Language Models", ICLR, section 4.3.
Departures  One set of words for the whole minibatch, as Merity et al.; Gal and Ghahramani draw one
            for each sequence.
Symbols     V types of words, D numbers in a word's vector, ids the numbers of the words in a text.
Ordinary dropout after an embedding would delete single numbers of a word's vector, other ones at
each place. Here the rows of the table are dropped: "the" is gone in all places, or in none.
"""

import torch
from torch import Tensor, nn

from reglab.core import check_shape
from reglab.dropout.bernoulli import DropLayer, drop_mask

Rate = float | Tensor


def type_mask(table: Tensor, p: Rate, generator: torch.Generator | None = None) -> Tensor:
    """Draw one number for each type, 0 with probability p and else 1 / (1 - p): (V,).

    >>> type_mask(torch.zeros(5, 8), 0.0)
    tensor([1., 1., 1., 1., 1.])

    Args: table: (V, D), the embedding's weight; p, generator: as for `drop_mask`.
    """
    return drop_mask(table[:, 0], p, generator)


def drop_types(vectors: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    """Return the vectors of a text, each times the mask of its type: vectors * mask[ids].

    >>> drop_types(torch.ones(3, 1), torch.tensor([0, 1, 0]), torch.tensor([0.0, 2.0])).T
    tensor([[0., 2., 0.]])

    Args: vectors: (..., D); ids: (...), integers; mask: (V,).
    """
    return vectors * mask[ids].unsqueeze(-1)


class EmbeddingDropout(DropLayer):
    """An embedding that in training drops whole types, and rescales the others by 1 / (1 - p).

    >>> words = EmbeddingDropout(nn.Embedding(1000, 16), p=0.1)
    >>> words(torch.tensor([[5, 7, 5], [7, 7, 2]])).shape
    torch.Size([2, 3, 16])

    Args:
        embedding: nn.Embedding, or a module with a weight (V, D) that is called with ids.
        p: probability of dropping a type, in [0, 1]; a 0-d tensor is not checked.
    Shapes: ids (...) to vectors (..., D).
    Raises: ValueError for a bad p, or an embedding without a weight (V, D).
    """

    def __init__(self, embedding: nn.Module, p: Rate = 0.1):
        super().__init__(p)
        check_shape("embedding.weight", getattr(embedding, "weight", None), (None, None))
        self.embedding = embedding

    def forward(self, ids: Tensor) -> Tensor:
        """Return the vectors (..., D) of the ids (...), with the types dropped in training."""
        vectors = self.embedding(ids)
        if not self.training:
            return vectors
        table = self.embedding.weight
        assert isinstance(table, Tensor), "checked above"
        return drop_types(vectors, ids, type_mask(table, self.p))
