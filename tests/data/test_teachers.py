"""Teachers: the truth, the noise, the designs, exact averages, exact bias and variance."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import chi2, kstest
from torch.testing import assert_close

from reglab.data import Teacher, fourier, midpoints, polynomial, quadrature, wave

X = torch.linspace(-1, 1, 41, dtype=torch.float64)
NUMBERS = st.lists(st.floats(-3, 3), min_size=1, max_size=6)
ALL = pytest.mark.parametrize("teacher", [polynomial(), fourier()], ids=["polynomial", "fourier"])


@given(coefficients=NUMBERS)
def test_polynomial_is_the_sum_of_its_powers(coefficients):
    want = np.polyval(coefficients[::-1], X.numpy())
    assert_allclose(polynomial(coefficients)(X.numpy()), want, atol=1e-12)


@given(sines=NUMBERS, cosines=NUMBERS)
def test_fourier_is_the_sum_of_its_waves(sines, cosines):
    want = sum(a * np.sin(np.pi * (k + 1) * X.numpy()) for k, a in enumerate(sines))
    want = want + sum(b * np.cos(np.pi * (k + 1) * X.numpy()) for k, b in enumerate(cosines))
    assert_allclose(fourier(sines, cosines)(X.numpy()), want, atol=1e-12)


def test_defaults():
    assert_close(polynomial()(X), 2.5 * X**3 - 1.5 * X)
    assert_close(fourier()(X), torch.sin(torch.pi * X))
    assert polynomial().sigma == 0.2 and fourier().sigma == 0.3


@ALL
def test_tensors_and_arrays_agree_and_tensors_keep_their_gradient(teacher):
    assert_close(teacher(X), torch.from_numpy(teacher(X.numpy())))
    assert torch.autograd.gradcheck(teacher, X.clone().requires_grad_())
    assert_close(torch.func.vmap(teacher)(X.view(-1, 1)).ravel(), teacher(X))
    assert teacher(X.float()).dtype == torch.float32


@ALL
def test_prints_compares_and_pickles(teacher):
    """For worker processes and for the keys of stored results."""
    again = pickle.loads(pickle.dumps(teacher))
    assert again == teacher and repr(again) == repr(teacher) and hash(again) == hash(teacher)
    assert torch.equal(again.splits(3).train.y, teacher.splits(3).train.y)
    assert repr(polynomial([1, 2], 0.5)) == (
        "Teacher(f=Polynomial(coefficients=(1, 2)), sigma=0.5)"
    )


def test_any_function_can_teach():
    s = Teacher(torch.abs, 0.0).splits(1)
    assert_close(s.train.y, s.train.x[:, 0].abs())


@ALL
def test_noise_has_the_stated_size_and_is_gaussian(teacher):
    """KS on 5000 residuals; 2 tests at alpha 1e-6."""
    s = teacher.splits(1, n_train=5000, n_test=0)
    eps = (s.train.y.double() - teacher(s.train.x[:, 0].double())) / teacher.sigma
    assert kstest(eps, "norm").pvalue > 1e-6
    assert abs(np.corrcoef(eps, s.train.x[:, 0])[0, 1]) < 5 / np.sqrt(5000)


def test_noise_scales_and_moves_nothing_else():
    none, one, two = (fourier(sigma=sigma).splits(2) for sigma in (0.0, 0.1, 0.2))
    for name in ("train", "val", "test"):
        y = [s.parts()[name].y for s in (none, one, two)]
        assert_close(y[2] - y[0], 2 * (y[1] - y[0]), atol=1e-6, rtol=0)
        assert not torch.equal(y[1], y[0])
        assert torch.equal(none.parts()[name].x, two.parts()[name].x)


@pytest.mark.parametrize("design", ["random", "fixed"])
def test_targets_belong_to_the_stored_inputs(design):
    """Not to inputs before rounding to float32: without noise, y is f(x) to the last bit."""
    s = polynomial(sigma=0.0).splits(1, design=design)
    for part in s.parts().values():
        assert torch.equal(part.y, polynomial()(part.x[:, 0].double()).float())


def test_observe_repeats_extends_and_depends_on_seed_and_role():
    teacher = fourier()
    y = teacher.observe(X, 1)
    assert y.shape == X.shape and y.dtype == torch.float32
    assert torch.equal(teacher.observe(X.numpy(), 1, "train"), y)
    assert_close(teacher.observe(X[:7], 1), y[:7])
    assert not torch.equal(teacher.observe(X, 2), y)
    assert not torch.equal(teacher.observe(X, 1, "test"), y)
    assert teacher.observe(X.view(-1, 1), 1).shape == (41, 1)


@ALL
def test_designs(teacher):
    fixed = [teacher.splits(seed, n_train=5, design="fixed") for seed in (1, 2)]
    loose = [teacher.splits(seed, n_train=5) for seed in (1, 2)]
    for s in fixed:
        assert_close(s.train.x[:, 0], torch.linspace(-1, 1, 5))
    assert not torch.equal(fixed[0].train.y, fixed[1].train.y)
    assert not torch.equal(loose[0].train.x, loose[1].train.x)
    assert torch.equal(fixed[0].test.x, loose[0].test.x)
    assert torch.equal(fixed[0].val.y, loose[0].val.y)
    assert teacher.splits(1, n_train=1, design="fixed").train.x.item() == 0


def test_random_inputs_are_uniform():
    """KS on each part; 3 tests at alpha 1e-6."""
    s = fourier().splits(3, n_train=3000, n_val=3000, n_test=3000)
    for part in s.parts().values():
        assert kstest(part.x[:, 0].double(), "uniform", (-1, 2)).pvalue > 1e-6


@ALL
def test_more_examples_only_add_to_fewer(teacher):
    few, many = teacher.splits(4, n_train=10), teacher.splits(4, n_train=50)
    assert torch.equal(few.train.x, many.train.x[:10]) and torch.equal(few.val.x, many.val.x)
    assert torch.equal(few.train.y, many.train.y[:10]) and torch.equal(few.test.y, many.test.y)


def test_returns_what_it_promises():
    s = fourier().splits()
    assert [len(part) for part in s.parts().values()] == [30, 100, 1000] and s.classes is None
    assert s.train.x.shape == (30, 1) and s.train.x.dtype == torch.float32
    assert s.train.y.shape == (30,) and s.train.y.dtype == torch.float32


@pytest.mark.parametrize("n", [1, 2, 5, 64])
def test_quadrature_is_exact_for_polynomials(n):
    x, w = quadrature(n)
    assert x.dtype == w.dtype == torch.float64
    for k in range(2 * n):
        assert_close((w * x**k).sum().item(), 1 / (k + 1) if k % 2 == 0 else 0.0)


def test_fourier_has_its_stated_mean_and_variance():
    (x, w), teacher = quadrature(), fourier((1.0, -0.5), (0.0, 0.25))
    assert_close((w * teacher(x)).sum().item(), 0.0)
    assert_close((w * teacher(x) ** 2).sum().item(), (1 + 0.25 + 0.0625) / 2)


def test_bias_and_variance_of_least_squares_are_as_computed():
    """Straight line through 20 fixed points of a cubic: variance sigma^2 H H', bias (H - I) f.

    400 seeds. Squared, scaled errors of the mean fit sum to chi-squared with 2 degrees of
    freedom (a line has two), and so do those of each fit around it; alpha 1e-6 each.
    """
    teacher, n = polynomial(), 20
    x = teacher.splits(n_train=n, design="fixed").train.x[:, 0].double()
    hat = torch.linalg.qr(torch.stack([torch.ones(n).double(), x], 1)).Q
    data = [teacher.splits(s, n_train=n, n_val=0, n_test=0, design="fixed") for s in range(400)]
    coordinates = torch.stack([d.train.y.double() @ hat for d in data])  # (400, 2)
    spread = (coordinates - teacher(x) @ hat) / teacher.sigma
    assert 1e-6 < chi2.sf(spread.square().sum().item(), 800) < 1 - 1e-6
    assert chi2.sf(400 * spread.mean(0).square().sum().item(), 2) > 1e-6


def test_errors():
    for sigma in (-0.1, float("nan")):
        with pytest.raises(ValueError, match=f"sigma must be a finite number >= 0; got {sigma}"):
            fourier(sigma=sigma)
    with pytest.raises(ValueError, match=r"coefficients must hold a number; got none; \(0.0,\)"):
        polynomial([])
    with pytest.raises(ValueError, match="design must be one of random, fixed; got 'grid'"):
        fourier().splits(design="grid")
    for change in ({"n_train": 0}, {"n_val": -1}, {"n_test": 2.5}):
        with pytest.raises(ValueError, match=f"{next(iter(change))} must be a whole number"):
            fourier().splits(**change)
    with pytest.raises(ValueError, match="n must be a whole number >= 1; got 0"):
        quadrature(0)


def test_midpoints_are_centered_and_evenly_spaced():
    assert_allclose(midpoints(4), [-0.75, -0.25, 0.25, 0.75])
    with pytest.raises(ValueError, match="n must be a whole number >= 1; got 0"):
        midpoints(0)


def test_the_wave_is_its_formula():
    x = np.linspace(-1, 1, 7)
    assert_allclose(wave(0.3)(x), np.sin(2 * np.pi * x) + 0.3 * np.cos(3 * np.pi * x), atol=1e-12)


def test_the_wave_has_the_noise_asked_for():
    assert wave(0.3).sigma == 0.3
