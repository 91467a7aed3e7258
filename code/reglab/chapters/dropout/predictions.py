"""What trained networks predict: with units removed, masks on, several together; and the scores.

Source      Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), JMLR 15, section 7.2,
            for the share of active units.
Symbols     S samples or networks, N test examples, K classes; z logits, log_p (N, K) the log of a
            prediction's probabilities; q the share of units that is removed at test time.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
import xarray as xr
from scipy.stats import rankdata
from torch import Tensor, nn

from reglab.core import stream
from reglab.core.randomness import KeyedRandomness
from reglab.data import signals
from reglab.dropout import (
    mean_log_probabilities,
    mutual_information,
    predict_samples,
    predictive_entropy,
)
from reglab.targets import expected_calibration_error

# scores


def scores(log_p: Tensor, y: Tensor) -> dict[str, float]:
    """Return error, negative log likelihood `nll` (nats), calibration error `ece`, `confidence`.

    confidence is the mean of the largest probability; ece is taken over 15 bins of equal width.
    """
    p = log_p.exp()
    confidence, answer = p.max(-1)
    return {
        "error": float((answer != y).double().mean()),
        "nll": float(-log_p[torch.arange(len(y)), y].mean()),
        "ece": expected_calibration_error(p, y),
        "confidence": float(confidence.mean()),
    }


def area_under_roc(inside: Tensor, outside: Tensor) -> float:
    """Return the probability that a score of `outside` is above one of `inside`, ties as half."""
    ranks = rankdata(torch.cat([outside, inside]).numpy())
    above = ranks[: len(outside)].sum() - len(outside) * (len(outside) + 1) / 2
    return float(above / (len(outside) * len(inside)))


# units removed at test time


@torch.no_grad()
def outputs_without_units(network: nn.Sequential, x: Tensor, masks: Sequence[Tensor]) -> Tensor:
    """Return logits (N, K) with the hidden layers multiplied by masks, one (H,) for each."""
    parts = iter(masks)
    for layer in network.eval():
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            x = x * next(parts)
    return x


def error_without_units(arms: xr.Dataset, shares: Sequence[float], draws: int = 10) -> xr.DataArray:
    """Return the test error with a share q of the units of both layers removed, (arm, seed, q).

    A share q, rounded to whole units, is removed at random, and the other units are multiplied by
    1 / (1 - q), so that the next layer's input keeps its mean. The same units are removed from the
    networks of all arms. The first network of each data set is used; mean over `draws`.
    """
    first = arms.network.isel(member=0)
    found = xr.DataArray(
        np.zeros((first.sizes["arm"], first.sizes["seed"], len(shares))),
        dims=("arm", "seed", "q"),
        coords={"arm": first.arm, "seed": first.seed, "q": list(shares)},
    )
    for seed in first.seed.values:
        test = signals(int(seed)).test
        networks = first.sel(seed=seed).values
        width = networks[0][0].out_features
        for q in shares:
            source = stream(int(seed), f"removed {q}")
            for _ in range(draws):
                masks = [_remove_units(width, q, source) for _ in range(2)]
                wrong = [
                    (outputs_without_units(n, test.x, masks).argmax(-1) != test.y).double().mean()
                    for n in networks
                ]
                found.loc[dict(seed=seed, q=q)] += np.array(wrong) / draws
    return found


def _remove_units(width: int, q: float, source: torch.Generator) -> Tensor:
    mask = torch.full((width,), 1.0)
    mask[torch.randperm(width, generator=source)[: round(q * width)]] = 0
    return mask / mask.mean()


@torch.no_grad()
def active_shares(arms: xr.Dataset) -> xr.DataArray:
    """Return the share of (test example, unit) pairs with an activation > 0, (arm, seed, layer)."""
    first = arms.network.isel(member=0).transpose("arm", "seed")
    shares = np.zeros((*first.shape, 2))
    for a, row in enumerate(first.values):
        for s, (network, seed) in enumerate(zip(row, first.seed.values, strict=True)):
            h = signals(int(seed)).test.x
            layer = 0
            for module in network.eval():
                h = module(h)
                if isinstance(module, nn.ReLU):
                    shares[a, s, layer] = (h > 0).double().mean()
                    layer += 1
    coords = {"arm": first.arm, "seed": first.seed, "layer": [1, 2]}
    return xr.DataArray(shares, dims=("arm", "seed", "layer"), coords=coords)


# several predictions together


def compare_with_ensembles(arms: xr.Dataset) -> xr.Dataset:
    """Return error, nll and ece of single networks and of five averaged, over (arm, size, seed).

    `size` is 1, the mean score of the five networks of a data set, or 5, the score of the mean of
    their probabilities.
    """
    names, sizes = ("error", "nll", "ece"), (1, arms.sizes["member"])
    outputs = arms.test_output.transpose("arm", "seed", "member", ...)
    table = np.zeros((len(names), arms.sizes["arm"], 2, arms.sizes["seed"]))
    for s, seed in enumerate(arms.seed.values):
        y = signals(int(seed)).test.y
        for a in range(arms.sizes["arm"]):
            z = torch.as_tensor(outputs.values[a, s])  # (5, N, K)
            singles = [scores(one.log_softmax(-1), y) for one in z]
            together = scores(mean_log_probabilities(z), y)
            for k, name in enumerate(names):
                table[k, a, :, s] = np.mean([one[name] for one in singles]), together[name]
    coords = {"arm": arms.arm, "size": list(sizes), "seed": arms.seed}
    return xr.Dataset(
        {
            name: (("arm", "size", "seed"), values)
            for name, values in zip(names, table, strict=True)
        },
        coords=coords,
    )


METHODS = ("one network", "dropout, scaled", "dropout, 50 masks", "five networks")


def compare_uncertainties(arms: xr.Dataset, samples: int = 50, examples: int = 2000) -> xr.Dataset:
    """Compare four ways to predict: the scores of `scores`, and what they make of strange inputs.

    Strange inputs are the first `examples` test signals, their 40 positions in a random order, one
    for all.
    `entropy_auroc` and `information_auroc` are the probabilities that the entropy, or the mutual
    information, is higher for a strange input than for a test input (NaN where there is but one
    network). Over (method, seed); METHODS says which.
    """
    rows = []
    for seed in arms.seed.values:
        test = signals(int(seed)).test
        x, y = test.x[:examples], test.y[:examples]
        order = torch.randperm(x.shape[1], generator=stream(int(seed), "positions"))
        both = torch.cat([x, x[:, order]])
        plain = arms.network.sel(arm="no dropout", seed=seed).values
        noisy = arms.network.sel(arm="dropout", seed=seed).values[0].eval()
        with torch.no_grad(), KeyedRandomness(int(seed), "masks"):
            outputs = [
                plain[0].eval()(both)[None],
                noisy(both)[None],
                predict_samples(noisy, both, samples),
                torch.stack([network.eval()(both) for network in plain]),
            ]
        rows.append([_scores_of_samples(z, y) for z in outputs])
    names = list(rows[0][0])
    values = {
        name: (("seed", "method"), [[row[name] for row in methods] for methods in rows])
        for name in names
    }
    coords = {"method": list(METHODS), "seed": arms.seed.values}
    return xr.Dataset(values, coords=coords).transpose("method", "seed")


def _scores_of_samples(z: Tensor, y: Tensor) -> dict[str, float]:
    """Scores of logits z (S, 2 N, K): the first N for test inputs, the others for strange ones."""
    n = len(y)
    found = scores(mean_log_probabilities(z[:, :n]), y)
    for name, measure in (("entropy", predictive_entropy), ("information", mutual_information)):
        value = measure(z)
        several = name == "entropy" or len(z) > 1
        found[f"{name}_auroc"] = area_under_roc(value[:n], value[n:]) if several else float("nan")
    return found


# the loss in training mode


@torch.no_grad()
def losses_of_both_modes(networks: Iterable[nn.Module], seeds: Iterable[int]) -> Tensor:
    """Return the cross-entropy on clean training data in training and evaluation mode, (S, 2)."""
    found = []
    for network, seed in zip(networks, seeds, strict=True):
        train = signals(int(seed)).train
        with KeyedRandomness(int(seed), "masks"):
            modes = [network.train(mode)(train.x) for mode in (True, False)]
        found.append([nn.functional.cross_entropy(z, train.y) for z in modes])
    return torch.tensor(found)
