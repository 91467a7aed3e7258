"""Temperature scaling: the minimum by a closed form, by a grid and by a known truth; limits."""

import math
import pickle

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from reglab.targets import TemperatureScaling, fit_temperature

F64 = torch.float64


def problem(n=500, k=4, seed=0, T=1.0):
    """Logits, and classes drawn from softmax(logits / T)."""
    g = torch.Generator().manual_seed(seed)
    z = 3 * torch.randn(n, k, generator=g, dtype=F64)
    return z, torch.multinomial((z / T).softmax(1), 1, generator=g)[:, 0]


@pytest.mark.parametrize("right", [2, 5, 9])
def test_closed_form(right):
    """One logit g for the predicted class: right / 10 = sigmoid(g / T)."""
    z = torch.tensor([[3.0, 0.0]] * 10)
    y = torch.tensor([0] * right + [1] * (10 - right))
    odds = math.log(right / (10 - right)) if right != 5 else 0.0
    want = 3 / odds if odds > 0 else 100.0  # no better than chance: the largest temperature
    assert math.isclose(fit_temperature(z, y), want, rel_tol=1e-9)


def test_is_the_minimum():
    z, y = problem(T=2.5)
    T = fit_temperature(z, y)
    b = torch.tensor(1 / T, dtype=F64, requires_grad=True)
    (slope,) = torch.autograd.grad(F.cross_entropy(b * z, y), b)
    assert abs(slope) < 1e-9
    losses = [F.cross_entropy(z / (T * c), y).item() for c in (0.9, 1.0, 1.1)]
    assert losses[1] < min(losses[0], losses[2])


@pytest.mark.parametrize("T", [0.5, 1.0, 3.0])
def test_finds_the_temperature_that_made_the_labels(T):
    z, y = problem(n=20_000, T=T)
    assert math.isclose(fit_temperature(z, y), T, rel_tol=0.05)


def test_scales_with_the_logits():
    z, y = problem(T=2.0)
    assert math.isclose(fit_temperature(10 * z, y), 10 * fit_temperature(z, y), rel_tol=1e-6)


def test_where_there_is_no_minimum_a_limit_is_returned():
    z = torch.tensor([[3.0, 0.0], [0.0, 2.0]])
    assert fit_temperature(z, torch.tensor([0, 1])) == 0.01
    assert fit_temperature(z, torch.tensor([1, 0])) == 100.0
    assert fit_temperature(z, torch.tensor([0, 1]), limits=(0.5, 2.0)) == 0.5
    assert fit_temperature(z, torch.tensor([1, 0]), limits=(0.5, 2.0)) == 2.0


def test_predictions_stay_and_the_likelihood_on_the_fitted_data_rises():
    z, y = problem(T=3.0)
    scaling = TemperatureScaling.fit(z, y)
    assert scaling == TemperatureScaling(fit_temperature(z, y))
    assert torch.equal(scaling(z).argmax(1), z.argmax(1))
    assert F.cross_entropy(scaling(z), y) < F.cross_entropy(z, y) - 0.3


def test_temperature_1_changes_nothing():
    z, _ = problem()
    assert torch.equal(TemperatureScaling()(z), z)
    assert TemperatureScaling(2.0)(z.bfloat16()).dtype == torch.bfloat16


def test_takes_arrays_and_graphs():
    z, y = problem()
    want = fit_temperature(z, y)
    assert fit_temperature(z.numpy(), y.numpy()) == want
    assert fit_temperature(z.clone().requires_grad_(), y) == want


def test_one_temperature_per_model_under_vmap():
    z, _ = problem()
    temperatures = torch.tensor([1.0, 2.0], dtype=F64)
    found = torch.func.vmap(lambda T: TemperatureScaling(T)(z))(temperatures)
    assert_close(found, torch.stack([z, z / 2]))


def test_is_a_value():
    one = TemperatureScaling(2.0)
    assert one == pickle.loads(pickle.dumps(one)) and len({one, TemperatureScaling(2.0)}) == 1


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: TemperatureScaling(0), "temperature must be a finite number > 0; got 0"),
        (lambda: fit_temperature(torch.ones(2), torch.tensor([0, 1])), "this needs logits"),
        (lambda: fit_temperature(torch.full((1, 2), math.nan), torch.tensor([0])), "be finite"),
        (lambda: fit_temperature(*problem(), limits=(2.0, 1.0)), "limits must ascend"),
        (lambda: fit_temperature(*problem(), limits=(1.0, 1.0)), "limits must ascend"),
        (lambda: fit_temperature(*problem(), limits=(0.0, 1.0)), "each of limits must be"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
