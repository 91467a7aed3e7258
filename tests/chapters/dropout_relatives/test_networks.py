"""The chapter's networks in miniature: what has noise where, shapes, and a run of each task."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from reglab.chapters.dropout_relatives import networks as nets
from reglab.dropout import (
    DropBlock1d,
    DropConnectLinear,
    Dropout,
    StochasticDepth,
    VariationalLinear,
)

MAKERS = [
    (nets.perceptron, nets.UNIT_NOISE),
    (nets.convnet, nets.MAP_NOISE),
    (nets.residual, nets.BRANCH_NOISE),
    (nets.recurrent, nets.STATE_NOISE),
]
ALL = [(make, noise) for make, noises in MAKERS for noise in noises]


@pytest.mark.parametrize("make, noise", ALL)
def test_networks_take_signals_and_only_training_is_noisy(make, noise):
    torch.manual_seed(0)
    network = make(noise, 0.0 if noise == "none" else 0.3)
    x = torch.randn(6, 40)
    assert network(x).shape == (6, 10)
    once, again = network(x), network(x)
    assert torch.equal(once, again) == (noise == "none")
    network.eval()
    assert torch.equal(network(x), network(x))


@pytest.mark.parametrize("make, noises", MAKERS)
def test_kinds_of_noise_share_their_initial_weights(make, noises):
    outputs = []
    for noise in noises:
        torch.manual_seed(3)
        network = make(noise, 0.0 if noise == "none" else 1e-9).eval()
        outputs.append(network(torch.ones(2, 40)).detach())
    for output in outputs[1:]:
        torch.testing.assert_close(output, outputs[0], rtol=1e-4, atol=1e-4)


def test_where_the_noise_is():
    count = {
        kind: sum(isinstance(m, kind) for m in network.modules())
        for kind, network in [
            (Dropout, nets.perceptron("dropout", 0.2)),
            (DropConnectLinear, nets.perceptron("DropConnect", 0.2)),
            (DropBlock1d, nets.convnet("blocks", 0.2)),
            (StochasticDepth, nets.residual("depth", 0.5)),
        ]
    }
    assert list(count.values()) == [2, 2, 3, 8]


def test_the_sizes_of_the_networks():
    """As the page says: 64 units, 16 maps, 8 branches of 64, a state of 32, 50 units for digits."""

    def shapes(network, kind=nn.Linear):
        return [tuple(m.weight.shape) for m in network.modules() if isinstance(m, kind)]

    assert shapes(nets.perceptron()) == [(64, 40), (64, 64), (10, 64)]
    maps = nets.convnet()
    assert shapes(maps, nn.Conv1d) == [(16, 1, 5), (16, 16, 5), (16, 16, 5)]
    assert [(m.stride, m.padding) for m in maps if isinstance(m, nn.Conv1d)] == [
        ((2,), (2,)), ((2,), (2,)), ((1,), (2,)),
    ]  # fmt: skip
    blocks = [m.block for m in nets.convnet("blocks", 0.1) if isinstance(m, DropBlock1d)]
    assert blocks == [(3,)] * 3
    assert shapes(nets.residual()) == [(64, 40), *[(64, 64)] * 16, (10, 64)]
    assert shapes(nets.recurrent()) == [(64, 36), (32, 36), (10, 32)] and nets.recurrent().p == 0
    assert shapes(nets.sparse(learned=False)) == [(50, 64), (50, 50), (10, 50)]
    assert len(shapes(nets.sparse(), VariationalLinear)) == 3


@pytest.mark.parametrize(
    "make, noise",
    [(nets.perceptron, "dropout"), (nets.convnet, "dropout"), (nets.residual, "depth")],
)
def test_there_is_no_noise_unless_asked_for(make, noise):
    rates = [m.p for m in make(noise).modules() if isinstance(m, Dropout | StochasticDepth)]
    assert rates and not any(rates)


def test_a_branch_is_added_and_its_noise_stands_inside_or_at_its_end():
    block, x = nets.Residual(4, nn.Hardtanh(), nn.Softsign()), torch.randn(3, 4)
    h = nn.Hardtanh()(torch.relu(block.first(block.norm(x))))
    torch.testing.assert_close(block(x), x + nn.Softsign()(block.second(h)))


def test_branches_follow_the_linear_rule():
    layers = [m for m in nets.residual("depth", 0.4).modules() if isinstance(m, StochasticDepth)]
    assert [layer.p for layer in layers] == pytest.approx([0.05 * l for l in range(1, 9)])


def test_standout_drops_a_unit_without_input_with_probability_p():
    (layer, _) = [m for m in nets.perceptron("standout", 0.2).modules() if hasattr(m, "beta")]
    assert 1 - 1 / (1 + math.exp(-layer.beta)) == pytest.approx(0.2) and layer.alpha == 0.3


def test_the_initial_weights_have_he_s_variance():
    torch.manual_seed(0)
    layer = nets.he_initialized(nn.Linear(400, 300))
    assert layer.weight.var().item() == pytest.approx(2 / 400, rel=0.02)
    assert not layer.bias.any()


def test_the_schedule_rises_for_a_tenth_and_falls_to_zero():
    assert nets.warm_cosine(0.0) == 0
    assert nets.warm_cosine(0.05) == pytest.approx(0.5 * (1 + math.cos(0.05 * math.pi)) / 2)
    assert nets.warm_cosine(0.5) == pytest.approx(0.5)
    assert nets.warm_cosine(1.0) == pytest.approx(0.0)


@pytest.mark.parametrize("task", nets.TASKS)
def test_every_arm_of_a_task_can_be_trained(task):
    runs = nets.compared(task, seeds=[2600], epochs=1)
    assert runs.test_error.dims == ("arm", "seed")
    assert runs.arm.values.tolist() == list(nets.ARMS[task])
    assert np.isfinite(runs.test_error).all()


def test_settings_are_chosen_by_the_same_training():
    grid = nets.trained("units", [2600], dict(noise="none", p=0.0), lr=[0.03, 0.1], epochs=1)
    arm = nets.compared("units", [2600], epochs=1).test_error.sel(arm="none", seed=2600)
    assert grid.test_error.sel(lr=0.03).item() == pytest.approx(arm.item(), abs=1e-6)


def test_what_a_sparse_network_still_uses():
    network = nets.sparse(width=5)
    for name, weight in network.named_parameters():
        if name.endswith("weight"):
            nn.init.ones_(weight)  # small weights may begin as noise
    assert nets.remaining(network) == {"weights": 1.0, "units": 10, "pixels": 64}
    with torch.no_grad():
        network[2].log_variance[:, 0] = 50.0  # unit 0 of the first layer has no readers
        network[0].log_variance[:, 3] = 50.0
    left = nets.remaining(network)
    assert (left["units"], left["pixels"]) == (9, 63)
    assert left["weights"] == pytest.approx(1 - 10 / 395)


X = torch.randn(3, 40, generator=torch.Generator().manual_seed(1))


def test_the_cell_is_a_gated_unit_that_reads_through_a_mask():
    cell = nets.GatedCell(2, 3).double()
    x, h = torch.randn(4, 5, dtype=torch.float64).split([2, 3], -1)
    mask = torch.tensor([0.0, 2.0, 2.0])
    read = np.concatenate([x, h * mask], 1)
    parts = cell.gates, cell.candidate
    gates, candidate = ([w.detach().numpy() for w in part.parameters()] for part in parts)
    both = 1 / (1 + np.exp(-(read @ gates[0].T + gates[1])))
    update, reset = both[:, :3], both[:, 3:]
    new = np.tanh(np.concatenate([x, reset * read[:, 2:]], 1) @ candidate[0].T + candidate[1])
    want = update * h.numpy() + (1 - update) * new
    assert cell(x, h, mask).detach().numpy() == pytest.approx(want)
    assert torch.equal(cell(x, h), cell(x, h, torch.ones(3)))


@pytest.mark.parametrize("noise", nets.STATE_NOISE)
def test_in_evaluation_the_signal_is_read_in_ten_pieces(noise):
    torch.manual_seed(0)
    network, state = nets.recurrent(noise, 0.3).eval(), torch.zeros(3, 32)
    for t in range(10):
        new = network.cell(X[:, 4 * t : 4 * t + 4], state)
        state = 0.3 * state + 0.7 * new if noise == "zoneout" else new
    torch.testing.assert_close(network(X), network.readout(state))


@pytest.mark.parametrize("noise, draws", [("none", 0), ("zoneout", 0), ("tied masks", 1)])
def test_tied_masks_are_drawn_once(noise, draws, monkeypatch):
    drawn = []
    monkeypatch.setattr(nets, "drop_mask", lambda h, p: drawn.append(p) or torch.ones_like(h))
    nets.recurrent(noise, 0.3)(X)
    assert drawn == [0.3] * draws


@pytest.mark.parametrize("noise", ["state", "new masks"])
def test_the_others_are_drawn_at_each_step(noise, monkeypatch):
    drawn = []
    monkeypatch.setattr(nets, "drop_mask", lambda h, p: drawn.append(p) or torch.ones_like(h))
    nets.recurrent(noise, 0.3)(X)
    assert len(drawn) >= nets.STEPS


def test_what_masks_of_zeros_delete(monkeypatch):
    monkeypatch.setattr(nets, "drop_mask", lambda h, p: torch.zeros_like(h))
    lost = {noise: nets.recurrent(noise, 0.3) for noise in ("state", "tied masks", "new masks")}
    bias = {noise: network.readout.bias.expand(3, 10) for noise, network in lost.items()}
    same = {noise: torch.allclose(network(X), bias[noise]) for noise, network in lost.items()}
    assert same == {"state": True, "tied masks": False, "new masks": False}


def test_masks_where_the_state_is_read_change_what_comes_out(monkeypatch):
    for noise in ("tied masks", "new masks"):
        torch.manual_seed(0)
        network = nets.recurrent(noise, 0.3)
        clean = network.eval()(X)
        monkeypatch.setattr(nets, "drop_mask", lambda h, p: torch.zeros_like(h))
        assert not torch.allclose(network.train()(X), clean)
        monkeypatch.undo()


def test_zoneout_with_p_1_never_leaves_the_start():
    network = nets.recurrent("zoneout", 1.0)
    assert torch.equal(network(X), network.readout(torch.zeros(3, 32)))


def chosen_settings():
    """What SEEDS.md says was chosen: {task: {arm: "p .2, lr .1 (48.8)"}}."""
    text = Path(nets.__file__).with_name("SEEDS.md").read_text()
    cells = [[c.strip() for c in row.split("|")[1:-1]] for row in text.splitlines() if "|" in row]
    found, task = {}, ""
    for first, arm, _, chosen in cells:
        task = first or task
        found.setdefault(task, {})[arm] = chosen
    return found


def short(number):
    """0.05 as ".05"."""
    return f"{number:g}".removeprefix("0")


@pytest.mark.parametrize("task", ["units", "maps", "states", "branches", "weights"])
def test_settings_are_those_that_were_chosen_on_pilot_seeds(task):
    chosen = chosen_settings()[task]
    for name, arm in nets.ARMS[task].items():
        if name in chosen:
            p = f"p {short(arm['p'])}, " if arm.get("p") and name != "R-Drop" else ""
            start = "alpha .3, " if name == "R-Drop" else ""
            assert chosen[name].startswith(f"{start}{p}lr {short(arm['lr'])} ("), name
    assert set(chosen) - set(nets.ARMS[task]) <= {"lr .1"}  # the pair, see the next test


def test_pairs_differ_in_one_thing():
    units, branches = nets.ARMS["units"], nets.ARMS["branches"]
    two, consistent = (dict(units[name]) for name in ("two masks", "R-Drop"))
    ((none,), (some,)) = two.pop("techniques"), consistent.pop("techniques")
    assert two == consistent and (none.alpha, some.alpha) == (0.0, 0.3)
    assert two["p"] == units["dropout"]["p"]
    same = [branches[f"{name}, lr 0.1"] for name in ("none", "depth")]
    assert [(arm["p"], arm["lr"]) for arm in same] == [(0.0, 0.1), (0.5, 0.1)]
    again = nets.ARMS["branches, again"]
    assert again == {name: branches[name] | {"lr": 0.4} for name in ("none", "depth", "dropout")}
    assert nets.TASKS["branches, again"] == nets.TASKS["branches"]


def test_what_is_trained_is_what_the_seeds_file_says():
    text = Path(nets.__file__).with_name("SEEDS.md").read_text()
    for task, (_, data, settings) in nets.TASKS.items():
        name = "digits" if data is nets.digits else "signals"
        noise = f", {100 * settings.get('label_noise', 0):g} % wrong labels"
        noise = noise if "label_noise" in settings else ""
        line = f"{task}: {settings['n_train']} {name}{noise}, {settings['epochs']} epochs"
        assert line in text or task == "branches, again", line
    kl = [nets.ARMS["weights"][name]["techniques"][0] for name in ("a tenth of KL", "all of KL")]
    n = nets.TASKS["weights"][2]["n_train"]
    assert [technique.strength * n for technique in kl] == pytest.approx([0.1, 1.0])
