"""Linear models on many drawn data sets: groups, selection, and how lam follows n.

Source      Zou, Hastie (2005), section 5, example 4, for `grouped`; Hoerl, Kennard (1970), "Ridge
            Regression", Technometrics 12, and Lindley, Smith (1972), JRSS B 34, for `lam_and_n`.
Departures  In `grouped` y depends on the causes themselves, with signal 5.2 and noise 6 (standard
            deviations) instead of 26 and 15.
Symbols     As in l1_l2_elastic_net. Each seed draws training, validation and test examples; lam
            (and the mix, where it is free) is chosen on the validation, reported on the test part.
"""

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from reglab.core import numpy_stream
from reglab.penalties import regularization_path

Examples = tuple[np.ndarray, np.ndarray]  # X, y
Draw = Callable[[np.random.Generator, int], Examples]
MIXES = [0.05, 0.2, 0.5, 1.0]
PENALTIES = {  # name -> (mixes to choose from, rescale)
    "ridge": ([0.0], False),
    "lasso": ([1.0], False),
    "elastic net": (MIXES, True),
    "naive elastic net": (MIXES, False),
}
COPY = 0.1  # standard deviation, as in Zou and Hastie's example
SIZES = (50, 400, 2000)  # training, validation, test examples


def grouped(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Three causes, each seen through five noisy copies, and 25 inputs that mean nothing.

    y = 3 (sum of the causes) + noise of standard deviation 6; a copy adds noise COPY to its cause.
    """
    causes = rng.standard_normal((n, 3))
    copies = causes.repeat(5, axis=1) + COPY * rng.standard_normal((n, 15))
    X = np.concatenate([copies, rng.standard_normal((n, 25))], axis=1)
    return X, 3 * causes.sum(axis=1) + 6 * rng.standard_normal(n)


def sparse(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Forty independent inputs of which ten count equally, noise of standard deviation 2."""
    X = rng.standard_normal((n, 40))
    return X, X[:, :10].sum(axis=1) + 2 * rng.standard_normal(n)


def tuned(draw: Draw, seeds: Sequence[int], penalties: Sequence[str]) -> xr.Dataset:
    """Fit with each penalty with its lam (and mix) chosen on validation data.

    Returns over (penalty, seed): `test_mse`, `lam`, `mix`; over (penalty, seed, feature): `coef`.
    """
    chosen = [_choose(draw, seed, penalties) for seed in seeds]
    rows = list(zip(*chosen, strict=True))
    where = ("penalty", "seed")
    coef = np.array([[fit["coef"] for fit in row] for row in rows])
    single = {
        name: (where, np.array([[fit[name] for fit in row] for row in rows]))
        for name in ("test_mse", "lam", "mix")
    }
    return xr.Dataset(
        {**single, "coef": ((*where, "feature"), coef)},
        coords={"penalty": list(penalties), "seed": list(seeds)},
    )


def _choose(draw: Draw, seed: int, penalties: Sequence[str]) -> list[dict]:
    """Return the fit that each penalty chooses; a path that several of them need is fitted once."""
    train, val, test = (
        draw(numpy_stream(seed, part), n)
        for part, n in zip(("train", "val", "test"), SIZES, strict=True)
    )

    @functools.cache
    def naive(mix: float) -> xr.Dataset:
        return regularization_path(*train, mix=mix, count=40, tol=1e-6, device="cpu")

    found = []
    for mixes, rescale in (PENALTIES[name] for name in penalties):
        paths = {mix: naive(mix) for mix in mixes}
        if rescale:
            paths = {mix: rescaled(path, mix, *train) for mix, path in paths.items()}
        found.append(_best(paths, val, test))
    return found


def _best(paths: Mapping[float, xr.Dataset], val: Examples, test: Examples) -> dict:
    best = {"val_mse": np.inf}
    for mix, path in paths.items():
        errors = mse(path, *val)
        i = int(np.argmin(errors))
        if errors[i] < best["val_mse"]:
            best = {
                "val_mse": errors[i],
                "test_mse": mse(path.isel(lam=[i]), *test)[0],
                "lam": float(path.lam[i]),
                "mix": mix,
                "coef": path.coef.values[i],
            }
    return best


def rescaled(path: xr.Dataset, mix: float, X: np.ndarray, y: np.ndarray) -> xr.Dataset:
    """Return what `regularization_path` makes of X, y with rescale=True, from the naive path."""
    coef = path.coef * (1 + (1 - mix) * path.lam)
    return path.assign(coef=coef, intercept=("lam", y.mean() - coef.values @ X.mean(axis=0)))


def mse(path: xr.Dataset, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the mean squared error of each fit of the path on X, y, (M,)."""
    return ((path.coef.values @ X.T + path.intercept.values[:, None] - y) ** 2).mean(axis=1)


def bayes(
    rng: np.random.Generator, n: int, w: np.ndarray, sigma: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw n examples of y = X w + noise, inputs independent and of variance 1."""
    X = rng.standard_normal((n, len(w)))
    return X, X @ w + sigma * rng.standard_normal(n)


def lam_and_n(
    seeds: Sequence[int], sizes: tuple[int, int] = (40, 640), tau: float = 0.3, sigma: float = 2.0
) -> xr.Dataset:
    """Choose lam of ridge at two sizes of the training set; then use the first one's at the second.

    30 weights from N(0, tau^2). Theory (the posterior mean): lam = sigma^2 / (n tau^2) for the
    mean loss. Returns over (n, seed) the `lam` with the least expected error on new examples, known
    exactly as the teacher is; over (seed) the excess error (the mean of (X w - X w_hat)^2) at the
    large size of `kept`: the lam of the small size, and `scaled`: that lam times n_small / n_large.
    """
    small, large = sizes
    lams = sigma**2 / (small * tau**2) * 2.0 ** np.arange(5.0, -11.0, -0.5)
    best, kept, scaled = np.empty((2, len(seeds))), np.empty(len(seeds)), np.empty(len(seeds))
    for j, seed in enumerate(seeds):
        w = tau * numpy_stream(seed, "w").standard_normal(30)
        for i, n in enumerate(sizes):
            X, y = bayes(numpy_stream(seed, f"train {n}"), n, w, sigma)
            path = regularization_path(X, y, lams, mix=0.0, intercept=False, device="cpu")
            # Inputs are independent of variance 1, so |w_hat - w|^2 is the expected excess error.
            excess = ((path.coef.values - w) ** 2).sum(axis=1)
            best[i, j] = path.lam[int(np.argmin(excess))]
        again = [best[0, j], best[0, j] * small / large]
        fits = regularization_path(X, y, again, mix=0.0, intercept=False, device="cpu")
        kept[j], scaled[j] = ((fits.coef.values - w) ** 2).sum(axis=1)
    return xr.Dataset(
        {"lam": (("n", "seed"), best), "kept": ("seed", kept), "scaled": ("seed", scaled)},
        coords={"n": list(sizes), "seed": list(seeds)},
        attrs={"theory": [sigma**2 / (n * tau**2) for n in sizes]},
    )
