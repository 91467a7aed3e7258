"""What every penalty promises: one number, off at zero, linear in its strength, exact gradients."""

import pytest
import torch
from contract_table import PENALTIES, generator, rows
from torch.func import vmap

ALL = rows(PENALTIES)


def weights(dtype=torch.float64):
    shapes = [(4, 3), (2, 4)]
    return [torch.randn(s, generator=generator(1), dtype=torch.float64).to(dtype) for s in shapes]


@pytest.mark.parametrize("row", ALL)
def test_it_is_one_number(row):
    assert row.call(weights(), 0.3).shape == ()


@pytest.mark.parametrize("row", ALL)
def test_zero_strength_is_off(row):
    assert row.call(weights(), 0.0) == 0


@pytest.mark.parametrize("row", ALL)
def test_it_is_linear_in_its_strength(row):
    torch.testing.assert_close(row.call(weights(), 0.6), 2 * row.call(weights(), 0.3))


@pytest.mark.parametrize("row", ALL)
def test_it_is_positive(row):
    assert row.call(weights(), 0.3) > 0


@pytest.mark.parametrize("row", ALL)
def test_the_gradient_is_that_of_finite_differences(row):
    inputs = tuple(w.requires_grad_() for w in weights())
    assert torch.autograd.gradcheck(lambda *w: row.call(list(w), 0.3), inputs)


@pytest.mark.parametrize("row", ALL)
def test_gradients_at_zero_are_finite(row):
    zero = [torch.zeros_like(w).requires_grad_() for w in weights()]
    row.call(zero, 0.3).backward()
    assert all(torch.isfinite(w.grad).all() for w in zero)


@pytest.mark.parametrize("row", ALL)
def test_vmap_gives_each_model_its_own_strength(row):
    stacked = [torch.stack([w, 2 * w, -w]) for w in weights()]
    lams = torch.tensor([0.1, 0.5, 2.0], dtype=torch.float64)
    together = vmap(lambda a, b, lam: row.call([a, b], lam))(*stacked, lams)
    alone = [row.call([w[m] for w in stacked], float(lams[m])) for m in range(3)]
    torch.testing.assert_close(together, torch.stack(alone))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("row", ALL)
def test_the_dtype_stays(row, dtype):
    assert row.call(weights(dtype), 0.3).dtype == dtype


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf")])
@pytest.mark.parametrize("row", ALL)
def test_a_bad_strength_gets_an_error_that_names_it(row, bad):
    with pytest.raises(ValueError, match=f"{row.names[0]} must be .* >= 0; got {bad}"):
        row.call(weights(), bad)
