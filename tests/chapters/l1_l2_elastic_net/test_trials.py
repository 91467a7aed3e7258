"""Drawn data sets: the draws, tuning on validation data only, lam against n."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reglab.chapters.l1_l2_elastic_net import trials
from reglab.core import numpy_stream
from reglab.penalties import regularization_path


def test_grouped_has_three_groups_of_five_and_25_others():
    X, y = trials.grouped(numpy_stream(0, "test"), 20_000)
    correlation = np.corrcoef(X.T)
    blocks = correlation[:15, :15].reshape(3, 5, 3, 5)
    for g in range(3):
        assert blocks[g, :, g].min() > 0.98
    assert abs(correlation[:15, 15:]).max() < 0.05 and X.shape == (20_000, 40)
    assert abs(blocks[0, :, 1]).max() < 0.05
    assert_allclose(y.var(), 3 * 9 + 36, rtol=0.05)


def test_sparse_has_ten_inputs_that_count():
    X, y = trials.sparse(numpy_stream(0, "test"), 20_000)
    effect = X.T @ y / len(y)
    assert_allclose(effect[:10], 1, atol=0.1)
    assert_allclose(effect[10:], 0, atol=0.1)
    assert_allclose(y.var(), 14, rtol=0.05)


def test_tuned_is_what_a_plain_loop_over_lam_finds():
    runs = trials.tuned(trials.sparse, [3], ["lasso", "ridge"])
    draw = {
        part: trials.sparse(numpy_stream(3, part), n)
        for part, n in zip(("train", "val", "test"), trials.SIZES, strict=True)
    }
    for name, mix in (("lasso", 1.0), ("ridge", 0.0)):
        one = runs.sel(penalty=name, seed=3)
        path = regularization_path(*draw["train"], mix=mix, count=40, tol=1e-6)
        best = int(np.argmin(trials.mse(path, *draw["val"])))
        assert_allclose(one.lam, path.lam[best])
        assert_allclose(one.coef, path.coef[best], atol=1e-6)
        assert_allclose(one.test_mse, trials.mse(path, *draw["test"])[best], rtol=1e-6)
        assert one.mix == mix and 0 < best < 39  # a lam at the end of the grid was not tuned


def test_the_elastic_net_may_fall_back_on_the_lasso_and_is_rescaled():
    runs = trials.tuned(trials.grouped, [0], ["lasso", "elastic net", "naive elastic net"])
    assert set(runs.mix.sel(penalty="elastic net").values) <= set(trials.MIXES)
    assert runs.coef.dims == ("penalty", "seed", "feature") and runs.sizes["feature"] == 40


@pytest.mark.parametrize("mix", [0.3, 1.0])
def test_rescaled_is_the_path_that_is_fitted_rescaled(mix):
    X, y = trials.grouped(numpy_stream(0, "test"), 50)
    naive, want = (
        regularization_path(X, y, mix=mix, count=10, rescale=rescale) for rescale in (False, True)
    )
    found = trials.rescaled(naive, mix, X, y)
    for name in ("coef", "intercept"):
        assert_allclose(found[name], want[name], rtol=1e-9, atol=1e-12)


def test_the_same_seed_is_the_same_data_for_every_penalty():
    both = trials.tuned(trials.sparse, [1, 2], ["lasso", "ridge"])
    assert_allclose(
        both.sel(penalty=["lasso"]).coef, trials.tuned(trials.sparse, [1, 2], ["lasso"]).coef
    )
    assert abs(both.coef.isel(seed=0) - both.coef.isel(seed=1)).max() > 0.01


def test_lam_and_n_scores_the_excess_error():
    runs = trials.lam_and_n([4], sizes=(40, 160))
    w = 0.3 * numpy_stream(4, "w").standard_normal(30)
    X, y = trials.bayes(numpy_stream(4, "train 160"), 160, w, 2.0)
    small = float(runs.lam.sel(n=40)[0])
    for lam, found in ((small, runs.kept), (small / 4, runs.scaled)):
        fit = np.linalg.solve(X.T @ X / 160 + lam * np.eye(30), X.T @ y / 160)
        assert_allclose(found[0], ((fit - w) ** 2).sum())
    assert_allclose(runs.attrs["theory"], [4 / (40 * 0.09), 4 / (160 * 0.09)])


def test_the_best_lam_follows_theory_on_average():
    runs = trials.lam_and_n(range(100, 160), sizes=(40, 160))
    middle = np.log2(runs.lam.median("seed") / np.array(runs.attrs["theory"]))
    assert abs(middle).max() < 1  # the grid has two values per doubling


def test_an_unknown_penalty_is_a_key_error():
    with pytest.raises(KeyError, match="lasoo"):
        trials.tuned(trials.sparse, [0], ["lasoo"])
