"""What holds for every layer: equal to torch's, in gradients, buffers, state_dict; vmap; dtypes."""

import copy
import pickle
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    GhostBatchNorm,
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    LayerNorm,
    RMSNorm,
)

F64 = torch.float64
DEVICES = [d for d in available_devices() if d != "mps"]  # MPS has no float64

# name: (ours, torch's, arguments for C channels, shape of x for B, C = 2 k, L)
PAIRS = {
    "batch 2 axes": (BatchNorm1d, nn.BatchNorm1d, lambda c: (c,), lambda b, c, n: (b, c)),
    "batch 3 axes": (BatchNorm1d, nn.BatchNorm1d, lambda c: (c,), lambda b, c, n: (b, c, n)),
    "batch 4 axes": (BatchNorm2d, nn.BatchNorm2d, lambda c: (c,), lambda b, c, n: (b, c, n, 2)),
    "layer 2 axes": (LayerNorm, nn.LayerNorm, lambda c: (c,), lambda b, c, n: (b, c)),
    "layer tokens": (LayerNorm, nn.LayerNorm, lambda c: (c,), lambda b, c, n: (b, n, c)),
    "layer matrix": (LayerNorm, nn.LayerNorm, lambda c: ((c, 2),), lambda b, c, n: (b, c, 2)),
    "rms": (RMSNorm, nn.RMSNorm, lambda c: (c,), lambda b, c, n: (b, n, c)),
    "rms matrix": (RMSNorm, nn.RMSNorm, lambda c: ((c, 2), 1e-3), lambda b, c, n: (b, c, 2)),
    "group": (GroupNorm, nn.GroupNorm, lambda c: (2, c), lambda b, c, n: (b, c, n)),
    "group 2 axes": (GroupNorm, nn.GroupNorm, lambda c: (2, c), lambda b, c, n: (b + 2, c)),
    "one group": (GroupNorm, nn.GroupNorm, lambda c: (1, c), lambda b, c, n: (b, c, n, 2)),
    "instance": (
        InstanceNorm1d,
        lambda c, eps, affine, **kw: nn.InstanceNorm1d(c, eps, affine=affine, **kw),
        lambda c: (c, 1e-5, True),
        lambda b, c, n: (b, c, n),
    ),
    "instance images": (
        InstanceNorm2d,
        lambda c, eps, affine, **kw: nn.InstanceNorm2d(c, eps, affine=affine, **kw),
        lambda c: (c, 1e-3, True),
        lambda b, c, n: (b, c, n, 2),
    ),
}
names = pytest.mark.parametrize("name", PAIRS)


def randn(shape, seed, dtype=F64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def pair(name, c, seed=0, dtype=F64):
    """Return ours and torch's with the same random scale and shift, loaded from torch's."""
    kind, theirs, arguments, _ = PAIRS[name]
    ours, theirs = kind(*arguments(c), dtype=dtype), theirs(*arguments(c), dtype=dtype)
    with torch.no_grad():
        for number, p in enumerate(theirs.parameters()):
            p.copy_(randn(p.shape, 10 * seed + number))
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def results(layer, x, g):
    """Return the output, the gradients of x and of the parameters, in training mode."""
    x = x.clone().requires_grad_()
    y = layer(x)
    return [y.detach(), *torch.autograd.grad(y, [x, *layer.parameters()], g)]


@names
@given(
    b=st.integers(2, 9), k=st.integers(1, 6), n=st.integers(2, 7), seed=st.integers(0, 10**6),
    shift=st.sampled_from([0.0, -3.0, 30.0]), scale=st.sampled_from([1e-2, 1.0, 30.0]),
)  # fmt: skip
def test_outputs_gradients_and_buffers_are_torch_s(name, b, k, n, seed, shift, scale):
    c, shape = 2 * k, PAIRS[name][3](b, 2 * k, n)
    x, g = scale * (randn(shape, seed) + shift), randn(shape, seed + 1)
    layers = pair(name, c, seed)
    for _ in range(2):  # twice, for the running statistics
        got, want = (results(layer, x, g) for layer in layers)
        size = x.abs().max().item() + 1
        assert_close(got, want, rtol=1e-12, atol=1e-12 * size**2)
    ours, theirs = (layer.eval() for layer in layers)
    assert_close(dict(ours.state_dict()), dict(theirs.state_dict()), rtol=1e-12, atol=1e-12)
    assert_close(ours(x), theirs(x), rtol=1e-11, atol=1e-11)


@names
def test_state_dicts_go_both_ways(name):
    ours, theirs = pair(name, 4, seed=1)
    theirs.load_state_dict(ours.state_dict())
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert {k: v.dtype for k, v in ours.state_dict().items()} == {
        k: v.dtype for k, v in theirs.state_dict().items()
    }


@names
def test_starts_as_torch_s(name):
    kind, theirs, arguments, _ = PAIRS[name]
    ours, theirs = kind(*arguments(4)), theirs(*arguments(4))
    assert_close(dict(ours.state_dict()), dict(theirs.state_dict()), rtol=0, atol=0)
    assert ours.eps == theirs.eps


@names
def test_first_and_second_derivatives_are_right(name):
    ours, _ = pair(name, 4)
    x = randn(PAIRS[name][3](3, 4, 3), 5).requires_grad_()
    params = {k: p.detach().clone().requires_grad_() for k, p in ours.named_parameters()}
    buffers = {k: b.clone() for k, b in ours.named_buffers()}

    def call(x, *values):
        state = dict(zip(params, values, strict=True)) | {k: b.clone() for k, b in buffers.items()}
        return functional_call(ours, state, (x,))

    inputs = (x, *params.values())
    assert torch.autograd.gradcheck(call, inputs)
    assert torch.autograd.gradgradcheck(call, inputs)


@names
@pytest.mark.parametrize("own_x", [True, False])
def test_vmap_is_a_loop(name, own_x):
    models = [pair(name, 4, seed)[0] for seed in range(3)]
    params, buffers = stack_module_state(models)
    x = randn((3, *PAIRS[name][3](5, 4, 3)), 6)
    x = x if own_x else x[:1].expand(x.shape)
    y = vmap(
        lambda p, b, x: functional_call(models[0], (p, b), (x,)),
        in_dims=(0, 0, 0 if own_x else None),
    )(params, buffers, x if own_x else x[0])
    g = randn(y.shape, 7)
    got = torch.autograd.grad(y, list(params.values()), g)
    loops = [results(m, x[i], g[i]) for i, m in enumerate(models)]
    assert_close(y, torch.stack([r[0] for r in loops]), rtol=1e-12, atol=1e-12)
    for j, gradient in enumerate(got):
        assert_close(gradient, torch.stack([r[2 + j] for r in loops]), rtol=1e-12, atol=1e-12)
    for key, stacked in buffers.items():
        want = torch.stack([dict(m.named_buffers())[key] for m in models])
        assert_close(stacked, want, rtol=1e-12, atol=1e-12)


@names
def test_vmap_of_a_gradient_is_a_loop(name):
    ours, _ = pair(name, 4)
    ours.eval() if "batch" in name else ours.train()
    x = randn((3, *PAIRS[name][3](4, 4, 3)), 8)
    slope = torch.func.grad(lambda x: ours(x).pow(3).sum())
    got, want = vmap(slope)(x), torch.stack([slope(part) for part in x])
    assert_close(got, want, rtol=1e-11, atol=1e-11)


@names
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(name, dtype):
    ours, theirs = pair(name, 4, dtype=dtype)
    shape = PAIRS[name][3](6, 4, 5)
    x, g = randn(shape, 3).to(dtype), randn(shape, 4).to(dtype)
    got, want = results(ours, x, g), results(theirs, x, g)
    assert [t.dtype for t in got] == [dtype] * len(got)
    tolerance = 4 * torch.finfo(dtype).eps
    assert_close(got[0], want[0], rtol=tolerance, atol=tolerance)
    exact = results(ours.to(F64), x.to(F64), g.to(F64))
    for value, reference in zip(got, exact, strict=True):
        scale = reference.abs().max().item()
        assert_close(value.to(F64), reference, rtol=tolerance, atol=tolerance * scale)
    buffers = {k: v.dtype for k, v in pair(name, 4, dtype=dtype)[0].named_buffers()}
    assert all(v == dtype for k, v in buffers.items() if k != "num_batches_tracked")


@names
def test_layers_in_float32_take_half_precision(name):
    ours, _ = pair(name, 4, dtype=torch.float32)
    x = randn(PAIRS[name][3](6, 4, 5), 3, torch.bfloat16)
    y = ours(x)
    assert y.dtype == torch.bfloat16
    assert_close(y, ours(x.float()).bfloat16(), rtol=0, atol=0)


@names
def test_an_offset_of_10000_does_no_harm(name):
    ours, _ = pair(name, 32, dtype=torch.float32)
    x = randn(PAIRS[name][3](16, 32, 32), 3, torch.float32) + (0 if "rms" in name else 1e4)
    g = randn(x.shape, 4, torch.float32)
    exact = results(copy.deepcopy(ours).to(F64), x.to(F64), g.to(F64))
    for got, want in zip(results(ours, x, g), exact, strict=True):
        scale = want.abs().max().item() + 1  # 1e4 itself is known to 5e-4
        assert_close(got.to(F64), want, rtol=0, atol=5e-3 * scale)


@names
def test_an_outlier_in_the_first_place_does_no_harm(name):
    """The layers subtract the first number of those that share a mean, before all else."""
    ours, _ = pair(name, 32, dtype=torch.float32)
    x = randn(PAIRS[name][3](16, 32, 32), 3, torch.float32)
    x[(0,) * x.ndim], x[-1, 0], g = 1e6, 1e6, randn(x.shape, 4, torch.float32)
    exact = results(copy.deepcopy(ours).to(F64), x.to(F64), g.to(F64))
    for got, want in zip(results(ours, x, g), exact, strict=True):
        assert_close(got.to(F64), want, rtol=1e-4, atol=1e-5 * want.abs().max().item())


@names
@pytest.mark.parametrize("dims", [(0, None), (None, 0), (0, 0)])
def test_inputs_or_weights_may_be_those_of_all_models(name, dims):
    """And the gradient of a sum, which is 1, belongs to all models too."""
    ours, _ = pair(name, 4)
    ours.running_mean = ours.running_var = ours.num_batches_tracked = None
    both = randn((3, *PAIRS[name][3](4, 4, 3)), 8), randn((3, *ours.weight.shape), 9)
    args = [t if d == 0 else t[0] for t, d in zip(both, dims, strict=True)]

    def slopes(x, w):
        total = lambda x, w: functional_call(ours, {"weight": w}, (x,)).sum()  # noqa: E731
        return torch.func.grad(total, (0, 1))(x, w)

    got = vmap(slopes, in_dims=dims)(*args)
    own = [[t[i] if d == 0 else t for t, d in zip(args, dims, strict=True)] for i in range(3)]
    want = tuple(torch.stack(t) for t in zip(*(slopes(*a) for a in own), strict=True))
    assert_close(got, want, rtol=1e-11, atol=1e-11)


@names
@pytest.mark.parametrize("value", [0.0, 0.1, 1e4 + 0.1])
def test_constant_features_give_the_bias_and_finite_gradients(name, value):
    ours, _ = pair(name, 4, dtype=torch.float32)
    x = torch.full(PAIRS[name][3](7, 4, 3), value)
    y, *gradients = results(ours, x, torch.ones_like(x))
    assert all(torch.isfinite(t).all() for t in [y, *gradients])
    if "rms" not in name:
        shift = y - y.new_zeros(y.shape).add_(bias_like(ours, y))
        assert shift.abs().max() < 1e-4


def bias_like(layer, y):
    bias = layer.bias.detach()
    channels_last = isinstance(layer, LayerNorm)
    return bias if channels_last else bias.view(-1, *[1] * (y.ndim - 2))


@names
def test_copies_and_pickles_are_equal(name):
    ours, _ = pair(name, 4)
    x = randn(PAIRS[name][3](5, 4, 3), 1)
    ours(x)
    want = ours.eval()(x)
    for twin in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert torch.equal(twin(x), want)


@names
def test_works_on_memory_in_another_order(name):
    ours, _ = pair(name, 4)
    x = randn(PAIRS[name][3](5, 4, 3), 1)
    turned = x.transpose(0, -1).contiguous().transpose(0, -1)
    assert not turned.is_contiguous()
    assert_close(ours(turned), ours(x), rtol=1e-12, atol=1e-12)


@names
@pytest.mark.parametrize("device", DEVICES)
def test_works_on_every_device(name, device):
    kind, _, arguments, shape = PAIRS[name]
    layer = kind(*arguments(4), device=device, dtype=F64)
    x = randn(shape(5, 4, 3), 1)
    assert layer(x.to(device)).device.type == device
    assert_close(layer(x.to(device)).cpu(), layer.cpu()(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "ours, theirs, x",
    [
        (BatchNorm1d(4, affine=False), nn.BatchNorm1d(4, affine=False), (5, 4)),
        (GroupNorm(2, 4, affine=False), nn.GroupNorm(2, 4, affine=False), (5, 4, 3)),
        (InstanceNorm1d(4), nn.InstanceNorm1d(4), (5, 4, 3)),
        (LayerNorm(4, elementwise_affine=False), nn.LayerNorm(4, elementwise_affine=False), (5, 4)),
        (LayerNorm(4, bias=False), nn.LayerNorm(4, bias=False), (5, 4)),
        (RMSNorm(4, elementwise_affine=False), nn.RMSNorm(4, elementwise_affine=False), (5, 4)),
    ],
)
def test_scale_and_shift_can_be_left_out(ours, theirs, x):
    x, g = randn(x, 0), randn(x, 1)
    got, want = results(ours.to(F64), x, g), results(theirs.to(F64), x, g)
    assert_close(got, want, rtol=1e-12, atol=1e-12)
    assert list(ours.state_dict()) == list(theirs.state_dict())


@pytest.mark.parametrize(
    "layer, text",
    [
        (BatchNorm1d(4), "4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True"),
        (GhostBatchNorm(4, 2, momentum=None), "momentum=None, affine=True, .*size=2"),
        (GroupNorm(2, 4), r"GroupNorm\(2, 4, eps=1e-05, affine=True\)"),
        (LayerNorm(4), r"LayerNorm\(\(4,\), eps=1e-05, elementwise_affine=True\)"),
        (RMSNorm(4), r"RMSNorm\(\(4,\), eps=None, elementwise_affine=True\)"),
    ],
)
def test_printing_shows_the_settings(layer, text):
    assert re.search(text, repr(layer))


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: BatchNorm1d(0), "num_features must be a whole number >= 1; got 0"),
        (lambda: BatchNorm1d(4, eps=-1), "eps must be a finite number >= 0; got -1"),
        (lambda: BatchNorm1d(4, momentum=1.5), "momentum is a probability, .*got 1.5"),
        (lambda: GroupNorm(3, 4), r"num_groups must divide num_channels \(1, 2, 4\); got 3"),
        (lambda: GroupNorm(0, 4), "num_groups must be a whole number >= 1; got 0"),
        (lambda: GroupNorm(1, 0), "num_channels must be a whole number >= 1; got 0"),
        (lambda: GroupNorm(1, 4, eps=float("nan")), "eps must be"),
        (lambda: LayerNorm(0), "normalized_shape must be a whole number >= 1; got 0"),
        (lambda: LayerNorm(()), r"normalized_shape must have one axis or more; got \(\)"),
        (lambda: LayerNorm(4, eps=-1e-5), "eps must be"),
        (lambda: RMSNorm(4, eps=-1e-5), "eps must be"),
        (lambda: GhostBatchNorm(4, 1), "size must be a whole number >= 2; got 1"),
    ],
)
def test_bad_settings_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    "layer, shape, words",
    [
        (BatchNorm1d(4), (5, 3), r"\(N, C\) or \(N, C, L\) with C = 4; got \(5, 3\)$"),
        (
            BatchNorm1d(4),
            (5, 7, 4),
            r"got \(5, 7, 4\); the last axis has that many.*x.movedim\(-1, 1\).*LayerNorm",
        ),
        (BatchNorm2d(4), (5, 7, 7, 4), r"\(N, C, H, W\).*the last axis has that many"),
        (BatchNorm2d(4), (5, 4), r"must have shape \(N, C, H, W\) with C = 4; got \(5, 4\)$"),
        (BatchNorm1d(4), (1, 4), "two values per channel or more .* got 1 .*drop_last"),
        (BatchNorm2d(4), (1, 4, 1, 1), "two values per channel or more"),
        (GroupNorm(2, 4), (5, 7, 4), r"\(N, C, \.\.\.\) with C = 4; got .*the last axis"),
        (GroupNorm(2, 4), (5, 3, 3), r"with C = 4; got \(5, 3, 3\)$"),
        (LayerNorm(4), (5, 4, 7), r"last axes of x must be \(4,\); got .*axis 1 has it"),
        (LayerNorm(4), (5, 3), r"last axes of x must be \(4,\); got \(5, 3\)$"),
        (RMSNorm((4, 2)), (5, 2, 4), r"must be \(4, 2\); got \(5, 2, 4\)$"),
        (InstanceNorm1d(4), (5, 4), r"\(N, C, L\); got \(5, 4\)"),
        (InstanceNorm1d(4), (5, 4, 1), "two positions or more.*GroupNorm"),
        (InstanceNorm2d(4), (5, 3, 2, 2), "with C = 4"),
        (GhostBatchNorm(4, 2), (3, 4), "two values per channel or more"),
    ],
)
def test_bad_inputs_are_named(layer, shape, words):
    with pytest.raises(ValueError, match=words):
        layer(torch.zeros(shape))
