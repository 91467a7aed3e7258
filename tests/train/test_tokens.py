"""Token ids as inputs and a target for each token: the same in `fit`, `fleet` and a plain loop."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from toy_techniques import Confidence, Ema, Sam, Squares, Twice

from reglab.core import stream
from reglab.data import Examples, Splits
from reglab.dropout import Attention
from reglab.targets import LabelSmoothing
from reglab.train import fit, fleet, mlp, modules, sweep
from reglab.train.history import CURVES
from reglab.train.losses import flatten_tokens, is_per_token
from reglab.train.running.packing import pack, run_packed
from reglab.train.running.store_key import VERSIONS, unit_keys

V, T, N = 5, 7, 20  # symbols, tokens of an example, training examples
SETTINGS = dict(epochs=3, batch=8, report=[0, 1, 3], schedule="cosine")  # batches of 8, 8, 4


def tokens(seed=0, sizes=(N, 11, 13)):
    """Sequences of symbols, each a repetition of the one three places back, with some noise."""
    g, parts = stream(seed, "tokens"), []
    for n in sizes:
        x = torch.randint(V, (n, T + 1), generator=g)
        noise = torch.rand(n, T + 1, generator=g)
        for t in range(3, T + 1):
            x[:, t] = torch.where(noise[:, t] < 0.7, x[:, t - 3], x[:, t])
        parts.append(Examples(x[:, :-1], x[:, 1:]))
    return Splits(*parts, V)


class Looking(nn.Module):
    """A small causal network with attention."""

    def __init__(self, p, width=6):
        super().__init__()
        self.embed, self.place = nn.Embedding(V, width), nn.Embedding(T, width)
        self.norm, self.look = nn.LayerNorm(width), Attention(p, causal=True)
        self.drop, self.out = nn.Dropout(p), nn.Linear(width, V)

    def forward(self, x):  # (B, T) -> (B, T, V)
        h = self.embed(x) + self.place.weight
        a = self.norm(h)
        return self.out(h + self.drop(self.look(a, a, a)))


def looking(p=0.0):
    return Looking(p)


def tensors(network):
    return torch.cat([t.detach().double().flatten() for t in network.state_dict().values()])


@dataclass(frozen=True)
class OneRow:
    """Checks what a loss technique is given, and is the plain loss."""

    def batch_loss(self, z, targets):
        assert z.ndim == 2 and z.shape == targets.shape
        return F.cross_entropy(z, targets)


def assert_fleet_equals_fit(p=0.0, techniques=(), data=tokens, **settings):
    settings = SETTINGS | settings
    runs = fleet(
        modules(looking, p=p), data, lr=[0.01, 0.05], seeds=[0, 3], techniques=list(techniques),
        keep="networks", device="cpu", dtype=torch.float64, **settings,
    )  # fmt: skip
    for lr in (0.01, 0.05):
        for seed in (0, 3):
            own = modules(looking, p=p).build(T, V, seed, torch.float64)
            history = fit(own, data(seed), lr=lr, seed=seed, techniques=techniques, **settings)
            one = runs.sel(lr=lr, seed=seed)
            torch.testing.assert_close(
                tensors(one.network.item()), tensors(own), rtol=1e-11, atol=1e-11
            )
            for name in CURVES:
                np.testing.assert_allclose(
                    one[name], getattr(history, name), rtol=1e-11, atol=1e-11, err_msg=name
                )


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("p", [0.0, 0.3])
def test_fleet_equals_fit(optimizer, p):
    assert_fleet_equals_fit(p, optimizer=optimizer, weight_decay=0.1)


TECHNIQUES = {
    "one row": [OneRow()],
    "smoothing": [LabelSmoothing(0.2)],
    "confidence": [Confidence()],
    "two masks": [Twice()],
    "many": [LabelSmoothing(0.1), Confidence(), Squares(), Sam(), Ema()],
}


@pytest.mark.parametrize("techniques", TECHNIQUES.values(), ids=TECHNIQUES)
def test_techniques_see_targets_per_token(techniques):
    assert_fleet_equals_fit(0.3, techniques)


@pytest.mark.parametrize("settings", [dict(batch=None), dict(loss="squared"), dict(l2=0.1)])
def test_other_settings(settings):
    assert_fleet_equals_fit(**settings)


def plain_loop(network, splits, optimizer, lr):
    """Three epochs in the same order, written with torch alone."""
    if optimizer == "sgd":
        steps = torch.optim.SGD(network.parameters(), lr, momentum=0.9, weight_decay=0.1)
    else:
        steps = torch.optim.AdamW(network.parameters(), lr, weight_decay=0.1)
    generator = stream(0, "order")
    for _ in range(3):
        for part in torch.randperm(N, generator=generator).split(8):
            z = network(splits.train.x[part])
            loss = torch.zeros((), dtype=torch.float64)
            for b in range(len(part)):
                for t in range(T):
                    loss = loss - z[b, t].log_softmax(0)[splits.train.y[part][b, t]]
            steps.zero_grad()
            (loss / (len(part) * T)).backward()
            steps.step()


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_fit_equals_a_plain_loop(optimizer):
    one, other = (modules(looking).build(T, V, 0, torch.float64) for _ in range(2))
    fit(one, tokens(), epochs=3, lr=0.02, batch=8, optimizer=optimizer, weight_decay=0.1)
    plain_loop(other, tokens(), optimizer, 0.02)
    torch.testing.assert_close(tensors(one), tensors(other), rtol=1e-12, atol=1e-12)


def test_measured_are_means_over_all_tokens():
    splits, network = tokens(), modules(looking, p=0.5).build(T, V, 0, torch.float64)
    history = fit(network, splits, epochs=1, lr=0.02)
    network.eval()
    z, y = network(splits.val.x).detach(), splits.val.y
    each = [F.cross_entropy(z[b, t], y[b, t]) for b in range(11) for t in range(T)]
    wrong = [z[b, t].argmax() != y[b, t] for b in range(11) for t in range(T)]
    assert history.val_loss[-1] == pytest.approx(float(torch.stack(each).mean()), abs=1e-12)
    assert history.val_error[-1] == pytest.approx(float(torch.stack(wrong).double().mean()))


def test_parts_of_other_sizes_are_measured_alike():
    sizes = {0: (N, 11, 13), 3: (N, 300, 2)}  # more than one piece
    assert_fleet_equals_fit(data=lambda seed: tokens(seed, sizes[seed]))


def test_a_soft_target_for_no_token_is_refused():
    good = tokens()
    soft = F.one_hot(good.train.y, V).float()
    with pytest.raises(ValueError, match="classes of train must be int64"):
        Splits(Examples(good.train.x, soft), good.val, good.test, V)
    with pytest.raises(ValueError, match=r"soft targets.*\(20, 7\).*for each token.*y.long\(\)"):
        Splits(Examples(good.train.x, good.train.y.float()), good.val, good.test, V)


def flat():
    return nn.Sequential(nn.Embedding(V, 4), nn.Flatten(), nn.Linear(4 * T, V))


def one_too_many():
    return nn.Sequential(nn.Embedding(V, 4), nn.Linear(4, V + 1))


@pytest.mark.parametrize("train", ["fit", "fleet"])
def test_outputs_that_do_not_fit_the_targets(train):
    def run(make, data):
        if train == "fit":
            return fit(make(), data, epochs=1, lr=0.1)
        return fleet(modules(make), data, epochs=1, lr=0.1, seeds=[0])

    with pytest.raises(ValueError, match=r"return \(B, 7, .*\(20, 7\).*each token; got \(2, 5\)"):
        run(flat, tokens())
    single = Splits(*(Examples(p.x, p.y[:, 0]) for p in tokens().parts().values()), V)
    with pytest.raises(ValueError, match=r"return \(B, .*\) for this data; got \(2, 7, 5\)"):
        run(looking, single)


def test_the_number_of_outputs_counts_in_fleet():
    with pytest.raises(ValueError, match=r"return \(B, 7, 5\).*got \(2, 7, 6\)"):
        fleet(modules(one_too_many), tokens(), epochs=1, lr=0.1, seeds=[0])


@pytest.mark.parametrize(
    "data",
    [
        Splits(*(Examples(p.x, p.y[:, 0]) for p in tokens().parts().values()), V),
        Splits(*(Examples(p.x.float(), p.y) for p in tokens().parts().values()), V),
    ],
    ids=["ids", "targets"],
)
def test_an_mlp_takes_no_tokens(data):
    with pytest.raises(ValueError, match=r"an mlp takes.*floats.*one target.*nn.Embedding"):
        fleet(mlp(3), data, epochs=1, lr=0.1, seeds=[0])


def test_one_target_for_a_row_of_tokens():
    data = Splits(*(Examples(p.x, p.y[:, -1]) for p in tokens().parts().values()), V)
    runs = fleet(modules(flat), data, epochs=2, lr=0.1, seeds=[0], batch=8)
    network = modules(flat).build(T, V, 0)
    history = fit(network, data, epochs=2, lr=0.1, batch=8)
    np.testing.assert_allclose(runs.test_loss.values[0, [-1]], history.test_loss[-1:], rtol=1e-5)


def test_predictions_have_a_dim_for_tokens():
    runs = fleet(
        modules(looking), tokens, epochs=1, lr=0.1, seeds=[0, 3], keep=["predictions", "networks"]
    )
    assert runs.test_output.dims == ("seed", "test_example", "token", "output")
    one = runs.sel(seed=3)
    with torch.no_grad():
        want = one.network.item()(tokens(3).test.x)
    np.testing.assert_allclose(one.test_output, want, rtol=1e-5, atol=1e-6)


def test_dtype_is_that_of_the_call():
    networks = fleet(
        modules(looking), tokens, epochs=1, lr=0.1, seeds=[0], keep="networks", dtype=torch.float64
    ).network
    assert {w.dtype for w in networks.item().parameters()} == {torch.float64}


def plan(dtype=torch.float32, p=0.2):
    return fleet(
        modules(looking, p=p), tokens, epochs=1, lr=0.1, seeds=[0, 3], dry_run=True, dtype=dtype
    )


def test_the_plan_counts_the_products_of_a_network_of_tokens():
    deep, shallow = (
        fleet(modules(make), tokens, epochs=1, lr=0.1, seeds=[0], batch=8, dry_run=True)
        for make in (looking, one_too_many)
    )
    work = [p.buckets[0].work for p in (deep, shallow)]
    products = 2 * T * T * 6 + T * 6 * V - T * 4 * (V + 1)  # attention, output; output
    assert work[0] - work[1] == pytest.approx(3 * 3 * 4 * 8 * products)


@pytest.fixture
def stored_network(monkeypatch):
    """The name under which a store knows `looking`, as if it stood in the library."""
    monkeypatch.setattr("reglab.train.running.store_key.is_ours", lambda thing: True)
    monkeypatch.setattr("reglab.train.running.store_key.code_of", lambda module: "")


def test_the_key_knows_tokens_and_dtype(stored_network):
    keys = {tuple(unit_keys(p.units)) for p in (plan(), plan(), plan(torch.float64), plan(p=0.1))}
    assert len(keys) == 3


def test_a_store_and_a_packed_unit_give_the_same_bits(tmp_path, stored_network):
    settings = dict(epochs=1, lr=0.1, seeds=[0, 3], keep=["networks", "predictions"])
    want = fleet(modules(looking, p=0.2), tokens, **settings)
    for _ in range(2):  # the second one reads
        found = sweep(modules(looking, p=0.2), tokens, store=tmp_path, **settings)
        assert found.test_output.equals(want.test_output)
        pairs = zip(found.network.values, want.network.values, strict=True)
        assert all(torch.equal(tensors(a), tensors(b)) for a, b in pairs)


def test_a_unit_travels_with_its_tokens():
    units = plan().units
    found = [run_packed(pack(unit), VERSIONS)["test_loss"] for unit in units]
    want = fleet(modules(looking, p=0.2), tokens, epochs=1, lr=0.1, seeds=[0, 3])
    assert np.array_equal(np.concatenate(found), want.test_loss.values)


def test_flatten_tokens():
    z = torch.arange(24.0).view(2, 3, 4)
    y = torch.arange(6).view(2, 3)
    flat_z, flat_y = flatten_tokens(z, y)
    assert torch.equal(flat_z[4], z[1, 1])
    assert torch.equal(flat_y, torch.arange(6))
    soft = flatten_tokens(z, z)[1]
    assert torch.equal(soft, flat_z)
    stacked = flatten_tokens(z[None], y[None], start=1)
    assert stacked[0].shape == (1, 6, 4) and stacked[1].shape == (1, 6)
    one = flatten_tokens(z[0], y[0])
    assert one[0].shape == (3, 4) and one[1].shape == (3,)


@pytest.mark.parametrize("y, found", [(torch.ones(2, 3), False), (torch.ones(2).long(), False)])
def test_what_is_no_target_per_token(y, found):
    assert is_per_token(y) is found
    assert is_per_token(torch.ones(2, 3, dtype=torch.int64))
