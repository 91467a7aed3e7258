"""Random search over recipes, and what its winner is worth.

Source      Bergstra, Bengio (2012), "Random Search for Hyper-Parameter Optimization", JMLR 13.
Setting     30 % wrong training labels, the networks of `networks`. Each seed stands for a person
            with a data set of their own, who tries the same recipes and picks one by validation.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from reglab.chapters.combining.networks import train
from reglab.data import signals
from reglab.evidence import expected_best
from reglab.train.recipes import LogUniform, OneOf, draw_recipes

BLOCK, TEST_BLOCK = 50, 1000  # mistakes are counted by block: any subset of blocks can judge
LR = {"lr": LogUniform(0.025, 0.4)}
SHIFT = {"shift": OneOf((1, 2, 3, 4, 6, 8))}
DECAY = {"decay": LogUniform(0.0003, 0.03)}
DROPOUT = {"dropout": LogUniform(0.03, 0.3)}
EVERYTHING = LR | {
    "shift": OneOf((0, 0, 1, 2, 3, 4, 6, 8)),
    "decay": LogUniform(0.0003, 0.03, off=0.5),
    "dropout": LogUniform(0.03, 0.3, off=0.5),
    "smoothing": LogUniform(0.03, 0.3, off=0.5),
    "mixup": LogUniform(0.1, 1.0, off=0.5),
}
SPACES = {
    "everything": (EVERYTHING, 40),
    "rate alone": (LR, 20),
    "shift": (LR | SHIFT, 20),
    "decay": (LR | DECAY, 20),
    "dropout": (LR | DROPOUT, 20),
}


def recipes(space: str) -> dict[str, dict[str, float]]:
    """Return the recipes that are tried in a space, named "0", "1", ..."""
    ranges, count = SPACES[space]
    return {str(i): one for i, one in enumerate(draw_recipes(ranges, count))}


def search(
    tried: Mapping[str, Mapping[str, float]], seeds: Iterable[int], **settings
) -> xr.Dataset:
    """Train the recipes and count their mistakes by block of examples.

    Returns over (trial, seed, block): `val`, mistakes among 50 validation examples, and over
    (trial, seed, test_block): `test`, mistakes among 1000 test examples.
    """
    runs = train(tried, seeds, keep=["networks"], **settings)
    data = {int(seed): signals(int(seed), n_train=100) for seed in runs.seed.values}
    found = {"val": [], "test": []}
    for line in runs.network.transpose("arm", "seed").values:
        for name, size in [("val", BLOCK), ("test", TEST_BLOCK)]:
            parts = [getattr(data[int(seed)], name) for seed in runs.seed.values]
            counts = [count_mistakes(*pair, size) for pair in zip(line, parts, strict=True)]
            found[name].append(counts)
    coords = {"trial": range(runs.sizes["arm"]), "seed": runs.seed.values}
    dims = {"val": ("trial", "seed", "block"), "test": ("trial", "seed", "test_block")}
    return xr.Dataset({n: (dims[n], np.array(found[n])) for n in found}, coords=coords)


@torch.no_grad()
def count_mistakes(network: torch.nn.Module, part, size: int) -> list[int]:
    """Return the number of wrong answers in each block of `size` examples."""
    miss = network(part.x).argmax(1) != part.y
    return miss.view(-1, size).sum(1).tolist()


def val_errors(found: xr.Dataset, size: int) -> xr.DataArray:
    """Return validation errors on `size` examples, over (trial, seed, group): disjoint groups."""
    blocks, whole = size // BLOCK, found.sizes["block"]
    if size % BLOCK or whole % blocks:
        raise ValueError(f"size must be a divisor of {whole * BLOCK} and divide by {BLOCK}")
    data = found.val.transpose("trial", "seed", "block").values
    means = data.reshape(*data.shape[:2], -1, blocks).sum(-1) / size
    coords = {"trial": found.trial.values, "seed": found.seed.values}
    return xr.DataArray(means, dims=["trial", "seed", "group"], coords=coords)


def errors_on_test(found: xr.Dataset) -> xr.DataArray:
    """Return the errors on all 4000 test examples, over (trial, seed)."""
    return found.test.sum("test_block") / (TEST_BLOCK * found.sizes["test_block"])


def best_of(found: xr.Dataset, budgets: Sequence[int], size: int = 1000) -> xr.Dataset:
    """Return what the best of k trials is, by validation on `size` examples: over (k, seed).

    `val` is its validation error and `test` its test error, both exact means over all subsets of k
    of the trials, and over the groups of validation examples.
    """
    val, test = val_errors(found, size), errors_on_test(found).transpose("trial", "seed")
    cells = [(s, g) for s in range(val.sizes["seed"]) for g in range(val.sizes["group"])]
    shape = (len(budgets), val.sizes["seed"], val.sizes["group"])
    result = {"val": np.empty(shape), "test": np.empty(shape)}
    for i, k in enumerate(budgets):
        for s, g in cells:
            scores = val.values[:, s, g]
            result["val"][i, s, g] = expected_best(scores, k)
            result["test"][i, s, g] = expected_best(scores, k, test.values[:, s])
    dims, coords = ("k", "seed"), {"k": list(budgets), "seed": found.seed.values}
    return xr.Dataset({n: (dims, v.mean(-1)) for n, v in result.items()}, coords=coords)


def reuse_of_test(found: xr.Dataset, budgets: Sequence[int]) -> xr.Dataset:
    """Choose the best of k by a quarter of the test data: over (k, seed).

    `used` is its error there, `unused` its error on the three other quarters; mean over quarters.
    """
    counts, rows = found.test.transpose("trial", "seed", "test_block").values, []
    total, quarters = counts.sum(-1), counts.shape[-1]
    for k in budgets:
        for s in range(counts.shape[1]):
            pairs = []
            for q in range(quarters):
                used = counts[:, s, q] / TEST_BLOCK
                unused = (total[:, s] - counts[:, s, q]) / (TEST_BLOCK * (quarters - 1))
                pairs.append((expected_best(used, k), expected_best(used, k, unused)))
            rows.append(np.mean(pairs, axis=0))
    data = np.array(rows).reshape(len(budgets), -1, 2)
    coords = {"k": list(budgets), "seed": found.seed.values}
    return xr.Dataset(
        {n: (("k", "seed"), data[..., i]) for i, n in enumerate(("used", "unused"))}, coords=coords
    )
