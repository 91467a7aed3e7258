"""The stored runs are complete, say where they are from, and some are trained again."""

import numpy as np
import pytest

from reglab.chapters.combining import networks as nets
from reglab.chapters.combining import search, stored
from reglab.data import stored_text


@pytest.mark.parametrize("name, part", [(n, p) for n, ps in stored.TABLES.items() for p in ps])
def test_tables_are_complete(name, part):
    table = stored.rows(name, part)
    arms = {
        "factorial": lambda: nets.combinations(part),
        "grid": nets.grid,
        "search": lambda: search.recipes(part),
    }[name]()
    assert table.arm.unique().tolist() == list(arms)
    assert all(g.seed.tolist() == list(stored.SEEDS[name]) for _, g in table.groupby("arm"))
    assert np.isfinite(table.drop(columns=["arm", "seed"]).to_numpy()).all()


@pytest.mark.parametrize("name", stored.TABLES)
def test_the_file_says_where_it_is_from(name):
    text = stored_text(stored.__package__, f"{name}.csv")
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "PyTorch" in " ".join(head) and str(stored.SEEDS[name][0]) in " ".join(head)


@pytest.mark.parametrize(
    ("name", "part", "arm"),
    [
        ("factorial", "wrong labels", "1101"),
        ("factorial", "clean labels", "0010"),
        ("grid", "wrong labels", "3 0.001 0.05"),
        ("search", "everything", "33"),
        ("search", "dropout", "3"),
    ],
)
def test_a_network_trained_again_has_the_stored_error(name, part, arm):
    """Rounding differs from machine to machine, and training amplifies it."""
    seed = stored.SEEDS[name][0]
    row = stored.train_part(name, part, [seed], [arm]).iloc[0]
    table = stored.rows(name, part)
    want = table[(table.arm == arm) & (table.seed == seed)].iloc[0]
    if name == "search":
        columns = [c for c in table if c.startswith("test")]
        assert row[columns].sum() == pytest.approx(want[columns].sum(), abs=4000 * 0.05)
    else:
        assert row.test_error == pytest.approx(want.test_error, abs=0.05)


def test_labeled_tables_hold_the_rows():
    rows = stored.rows("factorial", "clean labels").set_index(["arm", "seed"])
    y = stored.factorial("clean labels").sel(shift="on", decay="off", dropout="off", seed=3525)
    assert y.sel(smoothing="on").item() == rows.test_error["1001", 3525]
    rows = stored.rows("grid", "wrong labels").set_index(["arm", "seed"])
    y = stored.grid("val_error").sel(shift=3, decay=0.003, dropout=0.1, seed=3531)
    assert y.item() == rows.val_error["3 0.003 0.1", 3531]
    rows = stored.rows("search", "shift").set_index(["arm", "seed"])
    one = stored.searched("shift").sel(trial=12, seed=3544)
    assert one.val.values[7] == rows.val7["12", 3544]
    assert one.test.values[3] == rows.test3["12", 3544]
