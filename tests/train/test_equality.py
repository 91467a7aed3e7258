"""Every technique in every engine equals `fit`: in float64, with ragged last minibatches.

The engines: by hand for `mlp`, by vmap for `modules` and for techniques that act on weights. Two
learning rates and two seeds are trained as one, 3 epochs of minibatches of 15, 15 and 10; one
network of each rate and seed is then trained alone.
"""

import numpy as np
import pytest
import torch
from torch import nn
from toy_techniques import (
    Confidence,
    Decay,
    Ema,
    MaxNorm,
    Mixup,
    Noise,
    Sam,
    Squares,
    Tail,
    Twice,
    Weighting,
    WeightNoise,
)
from train_toys import I, K, toy, with_given_masks

from reglab.train import fit, fleet, mlp, modules
from reglab.train.history import CURVES

SETTINGS = dict(epochs=3, batch=15, report=[0, 1, 3], schedule="linear", weight_decay=0.01)
TECHNIQUES = {
    "none": [],
    "noise": [Noise()],
    "mixup": [Mixup()],
    "weighting": [Weighting()],
    "confidence": [Confidence()],
    "twice": [Twice()],
    "squares": [Squares()],
    "sam": [Sam()],
    "weight noise": [WeightNoise()],
    "max norm": [MaxNorm()],
    "decay": [Decay()],
    "ema": [Ema()],
    "tail": [Tail()],
    "many": [Mixup(), Noise(), Confidence(), Squares(), Sam(), Decay(), MaxNorm(), Ema()],
}


def plain():
    return nn.Sequential(nn.Linear(I, 5), nn.Tanh(), nn.Linear(5, K))


def normalized():
    # No bias before it: its gradient is rounding error, which Adam would scale up.
    linear = nn.Linear(I, 5, bias=False)
    return nn.Sequential(linear, nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, K))


def dropping():
    return nn.Sequential(nn.Linear(I, 5), nn.ReLU(), nn.Dropout(0.3), nn.Linear(5, K))


def convolving():
    return nn.Sequential(
        nn.Unflatten(1, (1, I)), nn.Conv1d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, K)
    )


class Global(nn.Module):
    """Draws by a function that can't be keyed: whole examples take each other's place."""

    def forward(self, x):
        if not self.training:
            return x
        return x + 0.1 * x[torch.randperm(len(x))]


def global_draws():
    return nn.Sequential(nn.Linear(I, 5), Global(), nn.ReLU(), nn.Linear(5, K))


MODELS = {
    "mlp": mlp(5),
    "mlp dropout": mlp(5, dropout=0.3),
    "plain": modules(plain),
    "normalized": modules(normalized),
    "dropping": modules(dropping),
    "convolving": modules(convolving),
    "global draws": modules(global_draws),
}


def tensors(network):
    return torch.cat([t.detach().double().flatten() for t in network.state_dict().values()])


def by_hand(model, techniques):
    """Whether the hand-written engine trains it: then its masks are not those of nn.Dropout."""
    acting = ("penalty", "perturbation", "after_step")
    on_weights = any(hasattr(t, name) for t in techniques for name in acting)
    return not on_weights and getattr(model, "dropout", 0) > 0


def assert_equals_fit(model, techniques, data=toy, **settings):
    settings = SETTINGS | settings
    runs = fleet(
        model, data, lr=[0.03, 0.1], seeds=[0, 3], keep="networks", dtype=torch.float64,
        device="cpu", techniques=techniques, **settings,
    )  # fmt: skip
    for lr, seed in [(0.03, 3), (0.1, 0)]:  # two of four; these two change places if axes do
        splits, one = data(seed), runs.sel(lr=lr, seed=seed)
        own = model.build(I, splits.classes or 1, seed, torch.float64)
        if by_hand(model, techniques):
            places = len(splits.train) * (2 if Twice() in techniques else 1)
            own = with_given_masks(own, model, seed, places)
        history = fit(own, splits, lr=lr, seed=seed, techniques=techniques, **settings)
        torch.testing.assert_close(
            tensors(one.network.item()), tensors(own), rtol=1e-12, atol=1e-12
        )
        for name in CURVES:
            want = getattr(history, name)
            np.testing.assert_allclose(one[name], want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("techniques", TECHNIQUES.values(), ids=TECHNIQUES)
def test_fleet_equals_fit(model, techniques):
    assert_equals_fit(model, techniques)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize("name", ["mlp", "mlp dropout", "normalized", "dropping"])
@pytest.mark.parametrize("techniques", ["mixup", "confidence", "many"])
def test_other_optimizers(optimizer, name, techniques):
    assert_equals_fit(MODELS[name], TECHNIQUES[techniques], optimizer=optimizer, l1=0.003)


@pytest.mark.parametrize("name", ["mlp", "normalized"])
@pytest.mark.parametrize("techniques", ["none", "mixup", "many"])
def test_squared_loss_full_batch_penalties(name, techniques):
    settings = dict(loss="squared", batch=None, l1=0.003, l2=0.1)
    if techniques == "many":
        del settings["loss"]
    assert_equals_fit(MODELS[name], TECHNIQUES[techniques], **settings)


@pytest.mark.parametrize("name", ["mlp", "mlp dropout"])
@pytest.mark.parametrize("techniques", ["none", "mixup", "sam"])
def test_real_targets(name, techniques):
    assert_equals_fit(
        MODELS[name], TECHNIQUES[techniques], data=lambda seed: toy(seed, classes=None)
    )
