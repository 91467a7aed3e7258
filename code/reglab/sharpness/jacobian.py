"""Slopes in the inputs: two penalties on them, and the step that exploits them.

Source      Hoffman, Roberts, Yaida (2019), "Robust Learning with Jacobian Regularization", arXiv
            1908.02729, section 2; Drucker, LeCun (1992), "Improving Generalization Performance
            Using Double Backpropagation", IEEE Transactions on Neural Networks 3; Goodfellow,
            Shlens, Szegedy (2015), "Explaining and Harnessing Adversarial Examples", ICLR,
            section 4.
Departures  Hoffman et al. have no factor 1/2; it is here, as in L2, so that gradients have none.
Symbols     f network, x (B, ...) inputs, y targets, K outputs, J = df/dx of one example.
Both penalties are differentiable in the weights of f, so they are added to the loss in a loop of
your own. Examples must not see each other: no batch normalization in training mode.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.core import check_count, check_nonnegative, normal_like

Network = Callable[[Tensor], Tensor]
LossOf = Callable[[Tensor, Tensor], Tensor]


def jacobian_penalty(
    f: Network,
    x: Tensor,
    projections: int | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return the mean over examples of 1/2 |J|^2, the sum over all squared entries of J.

    Exactly, by one backward pass for each of the K outputs; or estimated without bias by one
    pass for each of a few random unit vectors u: the mean of K/2 |u'J|^2.

    Args:
        f: maps (B, ...) to (B, K), each example by itself.
        x: (B, ...).
        projections: None for the exact value, or the number of random vectors, >= 1.
        generator: draws them.
    Raises: ValueError if projections is no count.

    >>> jacobian_penalty(lambda x: 3 * x, torch.zeros(5, 2)).item()  # J = 3 I
    9.0
    """
    x = x.detach().requires_grad_()
    z = f(x)  # (B, K)
    outputs = z.shape[1]
    if projections is None:
        rows = [torch.zeros_like(z).index_fill(1, torch.tensor([k], device=z.device), 1.0)
                for k in range(outputs)]  # fmt: skip
        factor = 1.0
    else:
        count = check_count("projections", projections)
        drawn = [normal_like(z.detach(), generator) for _ in range(count)]
        rows = [u / u.norm(dim=1, keepdim=True) for u in drawn]
        factor = outputs / count
    slopes = [torch.autograd.grad(z, x, u, create_graph=True)[0] for u in rows]
    return factor / 2 * sum((s.square().sum() for s in slopes), z.new_zeros(())) / len(x)


def gradient_penalty(f: Network, x: Tensor, y: Tensor, loss: LossOf = F.cross_entropy) -> Tensor:
    """Return the mean over examples of 1/2 |dL/dx|^2: double backpropagation.

    L is the loss of one example. Where an example is fitted, L and its slope are near 0 whatever J
    is: this penalty fades, and the Jacobian's does not.

    Args: f: maps (B, ...) to (B, K), each example by itself; x: (B, ...); y: as `loss` takes it;
        loss: called as loss(outputs, y), the mean over the minibatch.

    >>> half_square = lambda z, y: (z - y).square().sum(1).mean() / 2
    >>> gradient_penalty(lambda x: 3 * x, torch.ones(5, 1), torch.ones(5, 1), half_square).item()
    18.0
    """
    x = x.detach().requires_grad_()
    # The loss is a mean, so the slope of one example's own loss is B times as large.
    slope = torch.autograd.grad(loss(f(x), y), x, create_graph=True)[0] * len(x)
    return slope.square().sum() / 2 / len(x)


def fgsm(f: Network, x: Tensor, y: Tensor, size: float, loss: LossOf = F.cross_entropy) -> Tensor:
    """Return x + size sign(dL/dx): the fast gradient sign method, an adversarial example of each x.

    Of all changes of at most `size` in every input, it raises the linear part of the loss most.
    Training on them is adversarial training: loss(f(fgsm(f, x, y, size)), y).

    Args: f, x, y, loss: as in `gradient_penalty`; size: >= 0, in the unit of the inputs.
    Returns: like x, without a graph. The gradients of f's parameters are left alone.
    Raises: ValueError if size is negative or not finite.

    >>> sum_of = lambda z, y: z.sum()
    >>> fgsm(lambda x: -2 * x, torch.ones(1, 2), torch.zeros(1), 0.25, sum_of)
    tensor([[0.7500, 0.7500]])
    """
    check_nonnegative("size", size)
    probe = x.detach().requires_grad_()
    slope = torch.autograd.grad(loss(f(probe), y), probe)[0]
    return x.detach() + size * slope.sign()
