"""Room `penalties` (first floor): what is added to a loss, or done to the weights beside it."""

from reglab.penalties.norms import elastic_net, group_lasso, l1, l2, l2_norm, weights_of

__all__ = [
    "elastic_net",
    "group_lasso",
    "l1",
    "l2",
    "l2_norm",
    "weights_of",
]
