"""One small technique for each method of the protocol, and for each way to use it."""

from dataclasses import dataclass

import torch
from torch.nn import functional as F


@dataclass(frozen=True)
class Noise:
    size: float = 0.1

    def change_batch(self, x, targets, generator):
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        return x + self.size * noise, targets


@dataclass(frozen=True)
class Mixup:
    low: float = 0.3

    def change_batch(self, x, targets, generator):
        share = self.low + 0.7 * torch.rand((), generator=generator, dtype=x.dtype)
        other = torch.randperm(len(x), generator=generator)
        return share * x + (1 - share) * x[other], share * targets + (1 - share) * targets[other]


@dataclass(frozen=True)
class Weighting:
    """Targets that don't sum to 1: examples of unequal weight."""

    by: float = 0.5

    def change_batch(self, x, targets, generator):
        return x, targets * torch.where(x[:, :1] > 0, 1.0, self.by)


@dataclass(frozen=True)
class Confidence:
    size: float = 0.1

    def batch_loss(self, z, targets):
        log_p = z.log_softmax(1)
        entropy = -(log_p.exp() * log_p).sum(1)
        return F.cross_entropy(z, targets) - self.size * entropy.mean()


@dataclass(frozen=True)
class Twice:
    """R-Drop: two passes of each example, drawn towards each other."""

    size: float = 0.5

    def change_batch(self, x, targets, generator):
        return torch.cat([x, x]), torch.cat([targets, targets])

    def batch_loss(self, z, targets):
        one, other = z.log_softmax(1).chunk(2)
        apart = ((one.exp() - other.exp()) * (one - other)).sum(1).mean()
        return F.cross_entropy(z, targets) + self.size * apart


@dataclass(frozen=True)
class Squares:
    lam: float = 0.1

    def penalty(self, weights):
        return self.lam / 2 * sum(w.square().sum() for w in weights.values())


@dataclass(frozen=True)
class Sam:
    rho: float = 0.05

    def perturbation(self, weights, gradients, generator):
        norm = sum(g.square().sum() for g in gradients.values()).sqrt() + 1e-12
        return {name: self.rho * g / norm for name, g in gradients.items()}


@dataclass(frozen=True)
class WeightNoise:
    size: float = 0.05

    def perturbation(self, weights, gradients, generator):
        return {
            name: self.size * torch.randn(w.shape, generator=generator, dtype=w.dtype)
            for name, w in weights.items()
        }


@dataclass(frozen=True)
class MaxNorm:
    most: float = 0.5

    def after_step(self, weights, lr):
        def project(w):
            norm = w.flatten(1).norm(dim=1).clamp(min=self.most).view(-1, *[1] * (w.ndim - 1))
            return w * (self.most / norm)

        return {name: project(w) for name, w in weights.items()}


@dataclass(frozen=True)
class Decay:
    lam: float = 0.5

    def after_step(self, weights, lr):
        return {name: (1 - lr * self.lam) * w for name, w in weights.items()}


@dataclass(frozen=True)
class Ema:
    rate: float = 0.05

    def averaging_rate(self, step, steps):
        return max(self.rate, 1 / (step + 1))


@dataclass(frozen=True)
class Tail:
    share: float = 0.5

    def averaging_rate(self, step, steps):
        first = int(self.share * steps)
        return 1.0 if step < first else 1 / (step - first + 1)
