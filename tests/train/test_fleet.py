"""fleet: each network ends as it would alone, whatever it shares; labels; divergence; errors."""

import numpy as np
import pytest
import torch
from toy_techniques import Ema
from train_toys import DEVICES, K, deviation, toy, with_given_masks

from reglab.core.denormals import flushing
from reglab.data import Examples, Splits
from reglab.penalties import weights_of
from reglab.train import fit, fleet, mlp, modules
from reglab.train.history import CURVES


def run(model, data=toy, **settings):
    settings = dict(epochs=4, lr=0.05, batch=15, seeds=[0, 3], dtype=torch.float64) | settings
    return fleet(model, data, **dict(device="cpu") | settings)


def alone(spec, data, seed, **settings):
    """The same network by `fit`, with fleet's dropout masks: (network, history)."""
    outputs = data.classes or 1
    network = spec.build(data.train.x.shape[1], outputs, seed, torch.float64)
    network = with_given_masks(network, spec, seed, len(data.train))
    return network, fit(network, data, seed=seed, **settings)


def assert_same(runs, sel, network, history):
    one = runs.sel(sel)
    assert deviation(one.network.item(), network) < 1e-13
    for name in CURVES:
        np.testing.assert_allclose(one[name], getattr(history, name), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_equals_the_plain_loop_after_200_steps(optimizer, device):
    common = dict(epochs=100, report=[0, 100], batch=15, optimizer=optimizer, schedule="linear")
    varied = dict(lr=[0.002, 0.01], momentum=[0.5, 0.9], weight_decay=[0.0, 0.02])
    model = mlp([3, 8], dropout=[0.0, 0.25])
    common_to_fleet = dict(seeds=[3], n=30, device=device, keep="networks") | common | varied
    runs = run(model, **common_to_fleet)
    for width, dropout, lr, momentum, decay in [
        (3, 0.25, 0.01, 0.9, 0.02),
        (8, 0.0, 0.002, 0.5, 0.0),
    ]:
        sel = dict(lr=lr, momentum=momentum, weight_decay=decay)
        network, history = alone(mlp(width, dropout=dropout), toy(3, n=30), 3, **common, **sel)
        sel = sel | dict(width=width, dropout=dropout, seed=3)
        assert_same(runs, sel, network, history)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_penalties_equal_the_plain_loop_after_200_steps(optimizer, device):
    """l1 and l2 for each network; `fit` uses torch's optimizer and a prox.

    Of SGD this is the form folded into backpropagation; StackedSGD, which trains modules, is
    compared in test_optimizers.py and test_equality.py.
    """
    common = dict(epochs=100, report=[0, 100], batch=15, optimizer=optimizer, schedule="linear")
    varied = dict(lr=[0.005, 0.01], l1=[0.0, 0.01], l2=[0.0, 0.05])
    to_fleet = dict(seeds=[3], n=30, weight_decay=0.01, device=device, keep="networks")
    model = mlp([3, 8], dropout=[0.0, 0.25])
    runs = run(model, **to_fleet | common | varied)
    for width, dropout, lr, l1, l2 in [
        (3, 0.25, 0.01, 0.01, 0.05), (8, 0.0, 0.005, 0.01, 0.0), (8, 0.25, 0.01, 0.0, 0.05)
    ]:  # fmt: skip
        sel = dict(lr=lr, l1=l1, l2=l2)
        spec = mlp(width, dropout=dropout)
        network, history = alone(spec, toy(3, n=30), 3, weight_decay=0.01, **common, **sel)
        zeros = torch.cat([w.flatten() for _, w in weights_of(network)]) == 0
        assert bool(zeros.any()) == (l1 > 0)
        sel = sel | dict(width=width, dropout=dropout, seed=3)
        own = torch.cat([w.flatten() for _, w in weights_of(runs.sel(sel).network.item())]) == 0
        assert torch.equal(own, zeros)
        assert_same(runs, sel, network, history)


def test_l1_takes_weights_to_zero_and_never_a_bias_by_itself():
    runs = run(mlp(8), l1=10.0, epochs=30, keep="networks", lr=0.01)
    for network in runs.network.values.flat:
        assert not any(w.any() for _, w in weights_of(network))
        assert network[-1].bias.all()  # the class frequencies are still learned


def test_equals_the_plain_loop_for_own_data_depth_batch_and_size():
    varied = dict(n=[20, 40], noise=[0.1, 1.0], batch=[7, 30])
    runs = run(mlp([3, 5], depth=[1, 3]), keep="networks", report=range(5), **varied)
    assert runs.sizes == dict(width=2, depth=2, batch=2, n=2, noise=2, seed=2, epoch=5)
    for width, depth, batch, n, noise, seed in [(3, 1, 7, 20, 1.0, 3), (5, 3, 30, 40, 0.1, 0)]:
        data = toy(seed, n=n, noise=noise)
        network, history = alone(mlp(width, depth), data, seed, epochs=4, lr=0.05, batch=batch)
        sel = dict(width=width, depth=depth, batch=batch, n=n, noise=noise, seed=seed)
        assert_same(runs, sel, network, history)


@pytest.mark.parametrize("loss, classes, batch", [("squared", K, None), (None, None, 15)])
def test_squared_loss_on_data_that_all_share(loss, classes, batch):
    data = toy(classes=classes)
    settings = dict(epochs=4, lr=0.05, batch=batch, loss=loss)
    runs = run(mlp([3, 5]), data, keep="networks", report=range(5), **settings)
    network, history = alone(mlp(3), data, 3, **settings)
    assert_same(runs, dict(width=3, seed=3), network, history)
    assert np.isnan(runs.test_error).all() == (classes is None)


def test_company_does_not_change_a_network():
    model = mlp([3, 8], dropout=0.2)
    both = run(model, lr=[0.05, 0.1], keep="networks")
    less = run(mlp([8], dropout=0.2), keep="networks")
    for seed in (0, 3):
        one = both.sel(width=8, lr=0.05, seed=seed)
        other = less.sel(width=8, seed=seed)
        assert (
            deviation(one.network.item(), other.network.item()) == 0
        )  # equal padding: bit for bit
    padded = both.sel(width=3, lr=0.1, seed=3).network.item()
    own = run(mlp(3, dropout=0.2), lr=0.1, keep="networks").sel(seed=3).network.item()
    assert deviation(padded, own) < 1e-13


def test_company_changes_no_bit_at_equal_padding():
    """At sizes where the products run through blocked kernels, in float32, on one thread."""
    settings = dict(n=200, batch=100, keep="networks", dtype=torch.float32)
    model = mlp(30, dropout=0.2)
    one = run(model, seeds=[3], lr=0.05, **settings).sel(seed=3).network.item()
    for seeds, lr in [([3], [0.01, 0.05]), (range(9), [0.05]), ([1, 3], [0.02, 0.03, 0.05])]:
        runs = run(model, seeds=seeds, lr=lr, **settings)
        assert deviation(runs.sel(seed=3, lr=0.05).network.item(), one) == 0


def test_denormals_are_flushed_in_training_and_not_after():
    def constant(t):
        seen.append(flushing())
        return 1.0

    seen, before = [], flushing()
    run(mlp(3), schedule=constant)
    assert seen[-1] and flushing() == before


def test_every_data_set_is_checked_before_any_training():
    with pytest.raises(ValueError, match="the training part holds no examples"):
        run(mlp(3), data=lambda seed: toy(seed, n=0 if seed == 3 else 40))


def test_no_epochs_measures_the_start():
    runs = run(mlp(3), epochs=0, keep="networks")
    assert runs.epoch.values.tolist() == [0]
    start = mlp(3).build(6, K, 3, torch.float64)
    assert deviation(runs.sel(seed=3).network.item(), start) == 0


def test_a_network_may_start_from_weights_of_its_own_seed():
    """No other seed is asked for: there may be no weights for it."""
    starts = {seed: mlp(4).build(6, K, seed, torch.float64).state_dict() for seed in (5, 8)}

    def started(seed):
        network = mlp(4).build(6, K, dtype=torch.float64)
        network.load_state_dict(starts[seed])
        return network

    settings = dict(seeds=[5, 8], epochs=2, lr=[0.1, 0.2], dtype=torch.float64, keep="networks")
    runs, want = (fleet(m, toy, **settings) for m in (modules(started), mlp(4)))
    for one, other in zip(runs.network.values.flat, want.network.values.flat, strict=True):
        assert deviation(one, other) < 1e-12


def test_labels_and_attrs():
    runs = run(mlp(width=range(3, 5)), lr=np.array([0.05, 0.1]), noise=0.2, report=[2, 4])
    assert runs.train_loss.dims == ("width", "lr", "seed", "epoch")
    assert runs.width.values.tolist() == [3, 4] and runs.epoch.values.tolist() == [2, 4]
    assert runs.seed.values.tolist() == [0, 3]
    assert set(CURVES) | {"diverged"} == set(runs)
    want = dict(depth=2, noise=0.2, optimizer="sgd", epochs=4, loss="cross_entropy")
    assert want.items() <= runs.attrs.items()
    assert run(mlp(3)).epoch.values.tolist() == [0, 1, 2, 3, 4]


def test_keep_predictions():
    runs = run(mlp([3, 5]), data=toy(), keep=["predictions", "networks"])
    assert runs.test_output.dims == ("width", "seed", "test_example", "output")
    one = runs.sel(width=3, seed=3)
    with torch.no_grad():
        want = one.network.item()(toy().test.x)
    np.testing.assert_allclose(one.test_output, want, rtol=1e-12)
    wrong = one.test_output.argmax("output") != toy().test.y.numpy()
    assert wrong.mean() == one.test_error[-1]
    assert "network" not in run(mlp(3), keep="predictions")
    with pytest.raises(ValueError, match=r"needs test parts of one size; got \[20, 40\]"):
        run(mlp(3), n=[20, 40], keep="predictions")


def test_keep_snapshots():
    runs = run(mlp([3, 5]), report=[0, 2, 4], keep="snapshots", techniques=[Ema()])
    assert runs.network.dims == ("width", "seed", "epoch") and runs.network.shape == (2, 2, 3)
    for epoch in (0, 2, 4):
        one = runs.sel(width=5, seed=3, epoch=epoch)
        with torch.no_grad():
            z = one.network.item()(toy(3).test.x)
        loss = torch.nn.functional.cross_entropy(z, toy(3).test.y)
        np.testing.assert_allclose(one.test_loss, loss, rtol=1e-12)
    last = run(mlp([3, 5]), keep="networks", techniques=[Ema()]).network.sel(width=5, seed=3)
    assert deviation(last.item(), runs.network.sel(width=5, seed=3, epoch=4).item()) == 0


@pytest.mark.parametrize("loss", [None, "squared"])
def test_soft_targets_of_the_training_part(loss):
    """One-hot rows are the classes themselves, and others are learned as `fit` learns them."""

    def soft(seed, share=0.0):
        data = toy(seed)
        rows = torch.nn.functional.one_hot(data.train.y, K).double()
        rows = (1 - share) * rows + share * rows.roll(1, 1)
        return Splits(Examples(data.train.x, rows), data.val, data.test, K)

    settings = dict(keep="networks", loss=loss)
    hard, same = run(mlp([3, 5]), **settings), run(mlp([3, 5]), soft, **settings)
    for name in CURVES:
        np.testing.assert_allclose(hard[name], same[name], rtol=1e-12)
    runs = run(mlp([3, 5]), soft, share=[0.0, 0.3], **settings)
    network, history = alone(
        mlp(3), soft(3, 0.3), 3, epochs=4, lr=0.05, batch=15, loss=loss, report=range(5)
    )
    assert_same(runs, dict(width=3, share=0.3, seed=3), network, history)
    both = run(mlp(3), lambda seed, kind: soft(seed, 0.3) if kind == "soft" else toy(seed),
               kind=["soft", "hard"], **settings)  # fmt: skip
    assert deviation(both.network.sel(kind="soft", seed=3).item(), network) < 1e-13


def test_one_network_that_diverges_is_nan_alone():
    settings = dict(loss="squared", keep="networks", epochs=6, report=range(7))
    with pytest.warns(
        RuntimeWarning, match=r"2 of 4 networks diverged.*width=3.*lr=1e\+150.*seed=0"
    ):
        runs = run(mlp([3, 5]), lr=[0.05, 1e150], seeds=[0], **settings)
    calm = run(mlp([3, 5]), lr=[0.05], seeds=[0], **settings)
    lost = runs.sel(lr=1e150)
    assert lost.diverged.all() and np.isnan(lost.test_loss[..., -1]).all()
    assert np.isfinite(lost.test_loss[..., 0]).all()
    assert np.isfinite(runs.sel(lr=0.05)[[*CURVES]].to_array()).all()
    one, other = (r.sel(lr=0.05, width=5, seed=0).network.item() for r in (runs, calm))
    assert deviation(one, other) == 0


def test_float32_is_the_default_and_close_for_a_while():
    runs = fleet(mlp([3, 5]), toy, epochs=3, lr=0.05, seeds=[0], device="cpu", keep="predictions")
    assert runs.test_output.dtype == np.float32
    exact = run(mlp([3, 5]), epochs=3, seeds=[0], batch=100)
    np.testing.assert_allclose(runs.test_loss, exact.test_loss, rtol=1e-5)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(learning_rate=1.0), "neither fleet nor the data function takes this.*learning_rate"),
        (
            dict(keep="weights"),
            "keep must be one of predictions, networks, snapshots; got 'weights'",
        ),
        (dict(report=[5]), "report must name epochs in 0 .. 4"),
        (dict(loss="hinge"), "loss must be one of"),
        (dict(epochs=-1), "epochs must be a whole number"),
        (dict(device="tpu9"), "unknown device"),
        (dict(l1=-0.1), "l1 must be a finite number >= 0; got -0.1"),
        (dict(l2=-0.1), "l2 must be a finite number >= 0; got -0.1"),
        (dict(memory=0), "memory must be a whole number >= 1; got 0"),
        (dict(keep=["networks", "snapshots"]), "the last of the snapshots are the networks"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        run(mlp(3), **wrong)
