"""Curvature against the full Hessian, which torch.func and torch.linalg compute."""

import pytest
import torch
from torch import nn
from torch.func import grad, jacrev, vmap

from reglab.sharpness import flat_loss, hessian_vector_product, largest_eigenvalue, trace


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def symmetric(d, seed=0):
    a = torch.randn(d, d, generator=generator(seed), dtype=torch.float64)
    return (a + a.T) / 2


def hessian(loss):
    return jacrev(grad(loss))


def quadratic(h):
    return lambda w: w @ h @ w / 2


@pytest.fixture
def network():
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()
    values = torch.randn(32, generator=generator(1), dtype=torch.float64)
    x = torch.randn(20, 3, generator=generator(2), dtype=torch.float64)
    loss, w = flat_loss(model, x, torch.arange(20) % 2)
    return loss, values[: len(w)]


def test_the_product_with_a_vector_is_that_of_the_hessian(network):
    loss, w = network
    v = torch.randn(len(w), generator=generator(3), dtype=torch.float64)
    torch.testing.assert_close(hessian_vector_product(loss, w, v), hessian(loss)(w) @ v)


def test_the_product_is_linear_in_the_vector(network):
    loss, w = network
    v = torch.randn(len(w), generator=generator(3), dtype=torch.float64)
    twice = hessian_vector_product(loss, w, 2 * v)
    torch.testing.assert_close(twice, 2 * hessian_vector_product(loss, w, v))


def test_the_largest_eigenvalue_is_that_of_the_hessian(network):
    loss, w = network
    want = torch.linalg.eigvalsh(hessian(loss)(w))[-1]
    got = largest_eigenvalue(loss, w, generator=generator())
    torch.testing.assert_close(got, want, rtol=1e-8, atol=0)


def test_it_is_the_largest_in_sign_not_in_size():
    h = torch.diag(torch.tensor([-9.0, 1.0, 2.0], dtype=torch.float64))
    got = largest_eigenvalue(quadratic(h), torch.zeros(3).double(), generator=generator())
    torch.testing.assert_close(got, torch.tensor(2.0).double())


def test_a_largest_eigenvalue_below_zero():
    h = torch.diag(torch.tensor([-9.0, -1.0, -2.0], dtype=torch.float64))
    got = largest_eigenvalue(quadratic(h), torch.zeros(3).double(), generator=generator())
    torch.testing.assert_close(got, torch.tensor(-1.0).double())


@pytest.mark.parametrize("seed", range(5))
def test_few_steps_stay_below(seed):
    h = symmetric(40, seed)
    most = torch.linalg.eigvalsh(h)[-1]
    start = torch.zeros(40, dtype=torch.float64)
    found = [largest_eigenvalue(quadratic(h), start, k, generator(9)) for k in (1, 5, 10, 20, 40)]
    assert all(a < b + 1e-9 for a, b in zip(found, [*found[1:], most], strict=True))
    torch.testing.assert_close(found[-1], most)


def test_one_step_is_the_quotient_of_the_first_direction():
    h = symmetric(6)
    v = torch.randn(6, generator=generator(4), dtype=torch.float64)
    got = largest_eigenvalue(quadratic(h), torch.zeros(6).double(), 1, generator(4))
    torch.testing.assert_close(got, v @ h @ v / (v @ v))


def test_many_steps_in_float32_make_no_copies():
    """Without a second orthogonalization, rounding would spoil the small directions."""
    h = torch.diag(torch.logspace(-4, 2, 60))
    got = largest_eigenvalue(quadratic(h), torch.zeros(60), steps=60, generator=generator())
    torch.testing.assert_close(got, torch.tensor(100.0), rtol=1e-5, atol=0)


def test_equal_eigenvalues_end_early_without_harm():
    got = largest_eigenvalue(quadratic(3 * torch.eye(5)), torch.zeros(5), generator=generator())
    torch.testing.assert_close(got, torch.tensor(3.0))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [-3.0, 0.0, 2.0])
def test_one_eigenvalue_for_all_directions(value, dtype):
    """After one step no direction is left; a 0 in its place would be wrong below 0."""
    h, start = value * torch.eye(5, dtype=dtype), torch.zeros(5, dtype=dtype)
    got = largest_eigenvalue(quadratic(h), start, generator=generator())
    torch.testing.assert_close(got, torch.tensor(value, dtype=dtype))


def test_vmap_equals_a_loop():
    hs = torch.stack([symmetric(6, k) for k in range(3)])
    start = torch.zeros(3, 6, dtype=torch.float64)

    def sharpness(h, w):
        return largest_eigenvalue(quadratic(h), w)

    together = vmap(sharpness, randomness="different")(hs, start)
    torch.testing.assert_close(together, torch.linalg.eigvalsh(hs)[:, -1])


def test_equal_generators_give_equal_estimates():
    one, two = (
        largest_eigenvalue(quadratic(symmetric(30)), torch.zeros(30).double(), 3, generator(5))
        for _ in range(2)
    )
    assert torch.equal(one, two)


def test_the_trace_is_unbiased():
    """The mean over all 2^4 vectors of signs is the trace, exactly."""
    h = symmetric(4)
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0]).double()] * 4)
    mean = torch.einsum("si,ij,sj->s", signs, h, signs).mean()
    torch.testing.assert_close(mean, h.trace())


def test_the_estimate_is_within_its_own_variance():
    """Alpha 1e-6: 4.9 standard errors of the mean, whose variance is 2 sum H_ij^2 / samples."""
    h, samples = symmetric(10) + 1, 4000  # signs of another mean than 0 would show
    got = trace(quadratic(h), torch.zeros(10).double(), samples, generator(7))
    off = h - torch.diag(h.diag())
    error = (2 * off.square().sum() / samples).sqrt()
    assert (got - h.trace()).abs() < 4.9 * error
    assert (got - h.trace()).abs() > 0


def test_a_diagonal_hessian_needs_one_sample():
    h = torch.diag(torch.tensor([1.0, -2.0, 7.0]))
    for seed in range(3):
        assert trace(quadratic(h), torch.zeros(3), 1, generator(seed)).item() == 6


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: largest_eigenvalue(quadratic(torch.eye(2)), torch.zeros(2), 0), "steps.*got 0"),
        (lambda: trace(quadratic(torch.eye(2)), torch.zeros(2), 0), "samples.*got 0"),
        (lambda: largest_eigenvalue(torch.sum, torch.zeros(2, 2)), r"w must have shape \(any\)"),
        (
            lambda: hessian_vector_product(torch.sum, torch.zeros(2), torch.zeros(3)),
            r"v must have shape \(2\); got \(3,\)",
        ),
    ],
)
def test_bad_values_get_an_error_that_names_them(call, says):
    with pytest.raises(ValueError, match=says):
        call()
