"""The stored runs are complete, say where they are from, and one is trained again."""

import numpy as np
import pytest

from reglab.chapters.weight_decay import stored
from reglab.data import stored_text


def test_the_table_is_complete():
    runs = stored.long_runs()
    assert runs.lam.values.tolist() == list(stored.LAMS)
    assert runs.seed.values.tolist() == list(stored.SEEDS)
    assert np.isfinite(runs.to_array()).all()


def test_the_file_says_where_it_is_from():
    text = stored_text(stored.__package__, stored.FILE)
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "PyTorch" in head and str(stored.SEEDS[0]) in head


def test_a_network_trained_again_has_the_stored_errors():
    """Rounding differs from machine to machine, and training amplifies it."""
    row = stored.train_long([4521], [0.01]).iloc[0]
    want = stored.long_runs().sel(lam=0.01, seed=4521)
    assert (row.lam, row.seed) == (0.01, 4521)
    assert row.test_error == pytest.approx(want.test_error.item(), abs=0.05)
    assert row.train_error == pytest.approx(want.train_error.item(), abs=0.05)
