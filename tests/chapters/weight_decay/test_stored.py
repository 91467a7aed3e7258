"""The stored runs are complete, say where they are from, and some are trained again."""

import numpy as np
import pytest

from reglab.chapters.weight_decay import networks as nets
from reglab.chapters.weight_decay import stored
from reglab.data import stored_table, stored_text

PLACES = ["optimizer", "part", "lr", "weight_decay", "seed"]


def test_the_long_table_is_complete():
    runs = stored.long_runs()
    assert runs.lam.values.tolist() == list(stored.LAMS)
    assert runs.seed.values.tolist() == list(stored.SEEDS)
    assert np.isfinite(runs.to_array()).all()


def test_the_map_is_complete():
    runs = stored.map_runs()
    assert list(runs) == list(nets.NAMES.values())
    for optimizer, name in nets.NAMES.items():
        grid = runs[name]
        seeds = stored.SGD_SEEDS if optimizer == "sgd" else stored.MAP_SEEDS
        assert grid.lr.values.tolist() == list(nets.LRS[optimizer])
        assert grid.weight_decay.values.tolist() == list(nets.LAMS)
        assert grid.seed.values.tolist() == list(seeds)
        assert grid.epoch.values.tolist() == list(nets.REPORT)
        assert list(grid) == stored.PARTS and np.isfinite(grid.to_array()).all()


def test_the_map_is_read_as_it_is_written():
    table = stored_table(stored.__package__, "map.csv")
    again = stored.rows_of(stored.map_runs()).rename(columns=str)[list(table.columns)]
    table, again = (one.set_index(PLACES).sort_index() for one in (table, again))
    assert table.equals(again)
    row = stored.map_runs()["AdamW"].val_error.sel(lr=0.03, weight_decay=1, seed=7)
    assert row.values.tolist() == table.loc["adamw", "val_error", 0.03, 1, 7].tolist()


@pytest.mark.parametrize(("name", "seed"), [("long", stored.SEEDS[0]), ("map", 0)])
def test_the_file_says_where_it_is_from(name, seed):
    text = stored_text(stored.__package__, f"{name}.csv")
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "PyTorch" in head and f"seeds: {seed} to" in head and f"stored {name}`" in head


def test_a_network_trained_again_has_the_stored_errors():
    """Rounding differs from machine to machine, and training amplifies it."""
    row = stored.train_long([4521], [0.01]).iloc[0]
    want = stored.long_runs().sel(lam=0.01, seed=4521)
    assert (row.lam, row.seed) == (0.01, 4521)
    assert row.test_error == pytest.approx(want.test_error.item(), abs=0.05)
    assert row.train_error == pytest.approx(want.train_error.item(), abs=0.05)


@pytest.mark.parametrize(
    ("optimizer", "lr", "lam"), [("sgd", 0.1, 0.01), ("adam", 0.03, 0.01), ("adamw", 0.03, 1.0)]
)
def test_a_network_of_the_map_trained_again_has_the_stored_errors(optimizer, lr, lam):
    again = nets.trained(optimizer, [1], lr, lam, report=[nets.EPOCHS]).isel(epoch=-1)
    want = stored.map_runs()[nets.NAMES[optimizer]].sel(lr=lr, weight_decay=lam, seed=1, epoch=60)
    for part in stored.PARTS:
        assert again[part].item() == pytest.approx(want[part].item(), abs=0.05), part
