"""What every layer that is part of a network promises: limits, modes, dtypes, copies, vmap."""

import copy
import pickle

import pytest
import torch
from contract_table import LAYERS, rows
from torch.func import functional_call, stack_module_state, vmap

ALL = rows(LAYERS)
SWITCHED = rows(LAYERS, lambda row: row.off is not None)
TUNED = rows(LAYERS, lambda row: row.values is not None)
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.fixture(autouse=True)
def _keyed():
    """Each test draws from torch's global generator as from a fresh one."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(7)
        yield


def double(module):
    return module.double().train()


@pytest.mark.parametrize("row", SWITCHED)
def test_the_off_value_is_the_identity(row):
    x = row.input()
    assert torch.equal(double(row.module(row.off))(x), x)


@pytest.mark.parametrize("row", ALL)
def test_evaluation_draws_nothing(row):
    module, x = double(row.module()).eval(), row.input()
    before = torch.get_rng_state()
    module(x)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("row", ALL)
def test_evaluation_repeats_itself(row):
    module, x = double(row.module()).eval(), row.input()
    assert torch.equal(module(x), module(x))


@pytest.mark.parametrize("row", ALL)
def test_all_noise_is_from_the_global_generator(row):
    module, x = double(row.module()), row.input()
    state = torch.get_rng_state()
    first = module(x)
    torch.set_rng_state(state)
    assert torch.equal(first, module(x))


@pytest.mark.parametrize("row", ALL)
def test_the_input_is_left_as_it_was(row):
    x = row.input()
    before = x.clone()
    double(row.module())(x)
    assert torch.equal(x, before)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("row", ALL)
def test_the_dtype_stays(row, dtype):
    y = row.module().to(dtype).train()(row.input(dtype))
    assert y.dtype == dtype


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("row", ALL)
def test_every_device_there_is(row, device):
    y = row.module().to(device)(row.input(torch.float32).to(device))
    assert y.device.type == device


LIMITS = {
    "large offset": lambda row: row.input() + 1e4,
    "constant": lambda row: torch.ones_like(row.input()),
    "zeros": lambda row: torch.zeros_like(row.input()),
}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("row", ALL)
def test_gradients_are_finite_at_limits(row, limit):
    x = LIMITS[limit](row).requires_grad_()
    double(row.module())(x).square().sum().backward()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("row", rows(LAYERS, lambda row: row.example_wise))
def test_a_batch_of_one_is_fine(row):
    x = row.input(examples=1).requires_grad_()
    double(row.module())(x).sum().backward()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("row", TUNED)
def test_gradients_are_finite_for_every_value(row):
    for value in row.values:
        x = row.input().requires_grad_()
        double(row.module(value))(x).sum().backward()
        assert torch.isfinite(x.grad).all(), value


@pytest.mark.parametrize("row", ALL)
def test_the_gradient_is_that_of_finite_differences(row):
    module, x = double(row.module()), row.input().requires_grad_()
    state = torch.get_rng_state()

    def once(x):
        torch.set_rng_state(state)  # the same noise at every call
        return module(x)

    assert torch.autograd.gradcheck(once, (x,), nondet_tol=1e-12)


@pytest.mark.parametrize("row", ALL)
def test_a_state_dict_restores_the_module(row):
    one, other = double(row.module()), double(row.module())
    with torch.no_grad():
        for w in one.parameters():
            w.add_(torch.rand_like(w))
    one(row.input())  # moves running statistics
    other.load_state_dict(one.state_dict())
    x = row.input()
    assert torch.equal(one.eval()(x), other.eval()(x))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
@pytest.mark.parametrize("row", rows(LAYERS))
def test_a_copy_is_the_same_module(row, copied):
    module, x = double(row.module()), row.input()
    other = copied(module)
    assert torch.equal(module.eval()(x), other.eval()(x))


@pytest.mark.parametrize("row", ALL)
def test_vmap_equals_a_loop(row):
    """Several modules as one, each with a value of its own where it has one."""
    values = [None] * 3 if row.values is None else [torch.tensor(v) for v in (0.1, 0.2, 0.4)]
    made = [double(row.module(value)) for value in values]
    x = torch.stack([row.input() + m for m in range(3)])
    params, buffers = stack_module_state(made)

    def call(params, buffers, x):
        return functional_call(made[0], (params, buffers), (x,))

    state = torch.get_rng_state()
    together = vmap(call, randomness="same")(params, buffers, x)
    for m, module in enumerate(made):
        torch.set_rng_state(state)
        torch.testing.assert_close(together[m], module(x[m]), rtol=1e-10, atol=1e-10)


ERRORS = [
    pytest.param(call, says, id=f"{name} {k}")
    for name, row in LAYERS.items()
    for k, (call, says) in enumerate(row.errors)
]


@pytest.mark.parametrize("call, says", ERRORS)
def test_a_bad_value_gets_an_error_that_names_it(call, says):
    with pytest.raises(ValueError, match=says):
        call()
