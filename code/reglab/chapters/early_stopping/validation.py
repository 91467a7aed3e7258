"""The validation data: what choosing on few, or on wrong, labels costs; what to do with it later.

The networks are trained once. Their snapshots answer every validation example at every epoch, so
that subsets of the examples and wrong labels are compared on the same networks.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
import xarray as xr
from torch.nn.functional import cross_entropy

from reglab.chapters.early_stopping import networks as nets
from reglab.stopping import best_positions

SIZES = (20, 50, 200, 1000)
FIXED = 15  # an epoch that nobody chose on these validation examples
SHARE = 0.4  # of validation labels that are wrong, as of the training labels


@torch.no_grad()
def judge(seeds: Iterable[int]) -> xr.Dataset:
    """Train the networks of FEW, and judge each epoch by each validation example, in four ways.

    Returns over (seed, epoch): test_error; and over (labels, seed, epoch, example): `miss`, 1 where
    the answer is not the label, and `loss` in nats. labels: "right", or "wrong" for 40 % of them.
    """
    runs = nets.train(list(seeds), keep="snapshots", **nets.FEW)
    found = {"miss": [], "loss": []}
    for seed, networks in zip(runs.seed.values.tolist(), runs.network.values, strict=True):
        drawn = nets.examples(seed)
        labels = [drawn.val.y, nets.wrong_validation_labels(drawn, seed, SHARE)]
        z = torch.stack([network(drawn.val.x) for network in networks])  # (E, n, K)
        answer = z.argmax(-1)
        found["miss"].append([(answer != y).numpy() for y in labels])
        found["loss"].append([_losses(z, y).numpy() for y in labels])
    dims = ("seed", "labels", "epoch", "example")
    parts = {name: (dims, np.array(values, dtype=np.float32)) for name, values in found.items()}
    return runs[["test_error"]].assign(parts).assign_coords(labels=["right", "wrong"])


def _losses(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of logits (E, n, K) with labels (n,), for each epoch and example: (E, n)."""
    return cross_entropy(z.flatten(0, 1), y.repeat(len(z)), reduction="none").view(z.shape[:2])


def optimism(judged: xr.Dataset, sizes: Sequence[int] = SIZES) -> xr.Dataset:
    """Choose the best epoch on the first n_val validation examples: by how much it flatters.

    Returns over (n_val, seed): `chosen`, the test error at the chosen epoch less its validation
    error, and `fixed`, the same difference at epoch FIXED, which was chosen beforehand.
    """
    judged = judged.sel(labels="right", drop=True).transpose("seed", "epoch", ...)
    rows: list[xr.Dataset] = []
    for n in sizes:
        val = judged.miss.isel(example=slice(n)).mean("example")
        gap = judged.assign(gap=judged.test_error - val)
        chosen = nets.errors_at(gap, best_positions(val), "gap")
        rows.append(xr.Dataset({"chosen": chosen, "fixed": gap.gap.sel(epoch=FIXED, drop=True)}))
    return xr.concat(rows, xr.Variable("n_val", list(sizes)))


def stop_each_way(judged: xr.Dataset) -> xr.Dataset:
    """Return test errors over (labels, seed) at the best epoch by validation `error` and `loss`."""
    curves = {"error": judged.miss.mean("example"), "loss": judged.loss.mean("example")}
    both = judged.test_error.expand_dims(labels=judged.labels.values)
    runs = xr.Dataset({"test_error": both})
    best = {n: best_positions(c.transpose("labels", "seed", "epoch")) for n, c in curves.items()}
    return xr.Dataset({name: nets.errors_at(runs, where) for name, where in best.items()})


def train_again(judged: xr.Dataset, seeds: Iterable[int]) -> xr.Dataset:
    """Train afresh on training and validation examples, for the epochs that each seed had chosen.

    All labels, those for validation too, are wrong with probability 0.4. Returns the test errors
    over (seed): `stopped`, `again`, and the number of `epochs` that was chosen.
    """
    seeds = list(seeds)
    first = judged.sel(seed=seeds, labels="wrong", drop=True)
    best = best_positions(first.miss.mean("example").transpose("seed", "epoch"))
    joined = nets.train(seeds, joined=True, **nets.FEW)
    stopped = nets.errors_at(first[["test_error"]], best)
    return xr.Dataset(
        {"stopped": stopped, "again": nets.errors_at(joined, best), "epochs": ("seed", best)}
    )
