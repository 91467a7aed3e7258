"""Teachers: regression problems whose truth is known, y = f(x) + sigma * eps, x in [-1, 1].

Because f and sigma are known, bias, variance and risk can be computed instead of estimated: the
risk of a prediction g is sigma^2 + E (g(x) - f(x))^2, with E an exact quadrature over x.
Symbols     N examples, eps standard normal, x uniform on [-1, 1].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reglab.core import check_choice, check_count, check_list, check_nonnegative, numpy_stream
from reglab.data.examples import Examples, Splits

DESIGNS = ("random", "fixed")


@dataclass(frozen=True)
class Polynomial:
    """f(x) = sum_k coefficients[k] x^k, elementwise. A class, so that it prints and pickles."""

    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.coefficients:
            raise ValueError("coefficients must hold a number; got none; (0.0,) means f = 0")

    def __call__(self, x: Tensor | np.ndarray) -> Tensor | np.ndarray:
        y = 0.0 * x
        for c in reversed(self.coefficients):  # Horner's rule
            y = y * x + c
        return y


@dataclass(frozen=True)
class Fourier:
    """f(x) = sum_k sines[k-1] sin(pi k x) + cosines[k-1] cos(pi k x), k = 1, 2, ..., elementwise.

    Over uniform x on [-1, 1]: mean 0, variance (|sines|^2 + |cosines|^2) / 2.
    """

    sines: tuple[float, ...]
    cosines: tuple[float, ...] = ()

    def __call__(self, x: Tensor | np.ndarray) -> Tensor | np.ndarray:
        # np.sin of a tensor would lose its gradient.
        lib: Any = torch if isinstance(x, Tensor) else np
        y = 0.0 * x
        for waves, wave in ((self.sines, lib.sin), (self.cosines, lib.cos)):
            for k, amplitude in enumerate(waves, start=1):
                y = y + amplitude * wave(np.pi * k * x)
        return y


@dataclass(frozen=True)
class Teacher:
    """A known function with known noise: y = f(x) + sigma * eps.

    Args:
        f: the truth, elementwise, for tensors and arrays alike.
        sigma: standard deviation of the noise, >= 0.
    """

    f: Callable
    sigma: float

    def __post_init__(self) -> None:
        check_nonnegative("sigma", self.sigma)

    def __call__(self, x: Tensor | np.ndarray) -> Tensor | np.ndarray:
        """Return f(x), without noise."""
        return self.f(x)

    def observe(self, x: Tensor | np.ndarray, seed: int, role: str = "train") -> Tensor:
        """Return f(x) + sigma * eps at the given x, in x's shape, float32 on the CPU.

        Equal (seed, role) means equal eps, and a longer x only adds to it.
        """
        x = torch.as_tensor(x).cpu().double()
        eps = numpy_stream(seed, f"data/{role} noise").standard_normal(tuple(x.shape))
        return (self.f(x) + self.sigma * torch.from_numpy(eps)).float()

    def splits(
        self,
        seed: int = 0,
        *,
        n_train: int = 30,
        n_val: int = 100,
        n_test: int = 1000,
        design: str = "random",
    ) -> Splits:
        """Draw training, validation and test examples: a chapter's `data` function.

        Args:
            seed: names the draw; equal seeds give equal data on any machine.
            n_train, n_val, n_test: sizes; changing one changes no other part.
            design: "random" draws the training x from U[-1, 1], for each seed its own; an interval
                over seeds covers x and noise. "fixed" puts them on an even grid from -1 to 1, the
                same for every seed; the interval covers the noise alone. Validation and test x
                are always random: both designs are judged on new points.
        Returns: Splits with x (N, 1) float32, y (N,) float32, classes None.
        """
        check_choice("design", design, DESIGNS)
        train = self._part(seed, "train", check_count("n_train", n_train), design)
        val = self._part(seed, "val", check_count("n_val", n_val, minimum=0))
        test = self._part(seed, "test", check_count("n_test", n_test, minimum=0))
        return Splits(train, val, test, None)

    def _part(self, seed: int, name: str, n: int, design: str = "random") -> Examples:
        if design == "fixed":
            x = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
        else:
            x = numpy_stream(seed, f"data/{name} place").uniform(-1, 1, n)
        x = torch.from_numpy(x).float()  # rounded before f sees it: y belongs to the stored x
        return Examples(x[:, None], self.observe(x, seed, name))


def polynomial(
    coefficients: Sequence[float] = (0.0, -1.5, 0.0, 2.5), sigma: float = 0.2
) -> Teacher:
    """Return the teacher with f(x) = sum_k coefficients[k] x^k."""
    return Teacher(Polynomial(tuple(check_list("coefficients", coefficients))), sigma)


def fourier(
    sines: Sequence[float] = (1.0,), cosines: Sequence[float] = (), sigma: float = 0.3
) -> Teacher:
    """Return the teacher with f(x) = sum_k sines[k-1] sin(pi k x) + cosines[k-1] cos(pi k x).

    The default is one sine wave, sin(pi x), the classic picture of over- and underfitting.
    """
    return Teacher(Fourier(tuple(sines), tuple(cosines)), sigma)


def quadrature(n: int = 64) -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights for averages over x uniform on [-1, 1], (n,) float64 each.

    E g(x) = sum(w * g(x)), exact when g is a polynomial of degree below 2 n.
    """
    x, w = np.polynomial.legendre.leggauss(check_count("n", n))
    return torch.from_numpy(x), torch.from_numpy(w / 2)


def wave(sigma: float) -> Teacher:
    """Return the curve of the pictures: sin(2 pi x) + 0.3 cos(3 pi x) plus noise of sd sigma."""
    return fourier(sines=(0.0, 1.0), cosines=(0.0, 0.0, 0.3), sigma=sigma)


def midpoints(n: int) -> np.ndarray:
    """Return the midpoints (n,) of n equal parts of [-1, 1]."""
    check_count("n", n)
    return (np.arange(n) + 0.5) * 2 / n - 1
