"""Exercise ridge_path: other sound solutions pass."""

from itertools import combinations

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse.linalg
import torch
from scipy.linalg import cho_factor, cho_solve

from reglab.exercises import check


def by_eigh(features, y, lams):
    values, v = np.linalg.eigh(features.T @ features)
    shift = len(y) * np.asarray(lams) / 2
    return (v.T @ features.T @ y) / (values.clip(0) + shift[:, None]) @ v.T


def by_a_loop_over_the_svd(features, y, lams):
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    return np.array([vt.T @ (s * (u.T @ y) / (s**2 + len(y) * lam / 2)) for lam in lams])


def by_qr_and_svd(features, y, lams):
    q, r = np.linalg.qr(features)
    u, s, vt = np.linalg.svd(r, full_matrices=False)
    return s / (s**2 + len(y) * lams[:, None] / 2) * (u.T @ (q.T @ y)) @ vt


def by_eigh_once_the_rank_is_known(features, y, lams):
    np.linalg.svd(features, compute_uv=False)
    return by_eigh(features, y, lams)


def test_other_sound_solutions_pass(passes):
    passes("ridge_path", by_eigh, by_a_loop_over_the_svd)
    passes("ridge_path", by_qr_and_svd, by_eigh_once_the_rank_is_known)


def solving(diagonal):
    def path(features, y, lams):
        eye, n = np.eye(features.shape[1]), len(y)
        rows = [
            np.linalg.solve(features.T @ features + diagonal(n, lam) * eye, features.T @ y)
            for lam in lams
        ]
        return np.array(rows)

    return path


def test_a_loop_of_solvers_fails_only_by_its_count():
    report = check("ridge_path", solving(lambda n, lam: n * lam / 2))
    (failed,) = [result for result in report.results if result.status == "fails"]
    assert failed.says.startswith("hands solvers no more matrices")
    assert failed.found == "1 for one lam; for 2 lams 2 (np.linalg.solve: 2)"


def looping(solve):
    """Ridge by one linear system per lam, handed to `solve`."""

    def path(features, y, lams):
        eye, normal, right = np.eye(features.shape[1]), features.T @ features, features.T @ y
        return np.array([solve(normal + len(y) * lam / 2 * eye, right) for lam in lams])

    return path


def by_cholesky(a, b):
    return scipy.linalg.cho_solve(scipy.linalg.cho_factor(a), b)


def by_lu(a, b):
    return scipy.linalg.lu_solve(scipy.linalg.lu_factor(a), b)


def by_gradients(a, b):
    return scipy.sparse.linalg.cg(a, b, rtol=1e-13, maxiter=1000)[0]


def by_sparse_lu(a, b):
    return np.atleast_1d(scipy.sparse.linalg.spsolve(scipy.sparse.csc_matrix(a), b))


def by_torch(a, b):
    return torch.linalg.solve(torch.from_numpy(a), torch.from_numpy(b)).numpy()


def by_power(a, b):
    return np.linalg.matrix_power(a, -1) @ b


def by_tensors(a, b):
    return np.linalg.tensorsolve(a, b)


@pytest.mark.parametrize(
    "solve", [by_cholesky, by_lu, by_gradients, by_sparse_lu, by_torch, by_power, by_tensors]
)
def test_solvers_of_other_libraries_count(solve):
    (failed,) = [r for r in check("ridge_path", looping(solve)).results if not r.holds]
    assert "2 for one lam" not in failed.found and "1 for one lam; for 2 lams 2" in failed.found


def default_argument(features, y, lams, solve=np.linalg.solve):
    return looping(solve)(features, y, lams)


def imported_name(features, y, lams):
    eye, right = np.eye(features.shape[1]), features.T @ y
    shifts = [features.T @ features + len(y) * lam / 2 * eye for lam in lams]
    return np.array([cho_solve(cho_factor(shift), right) for shift in shifts])


def svd_of_torch_for_each(features, y, lams):
    x, t, rows = torch.from_numpy(features), torch.from_numpy(y), []
    for lam in lams:
        u, s, vt = torch.linalg.svd(x, full_matrices=False)
        rows.append((s / (s**2 + len(y) * lam / 2) * (u.T @ t)) @ vt)
    return torch.stack(rows)


def test_solvers_count_by_any_name(fails):
    fails("ridge_path", default_argument, imported_name, svd_of_torch_for_each)


def by_elimination(a, b):
    """Gauss, row by row, in Python."""
    a, b = a.copy(), b.copy()
    for k, i in combinations(range(len(b)), 2):
        factor = a[i, k] / a[k, k]
        a[i] -= factor * a[k]
        b[i] -= factor * b[k]
    for k in reversed(range(len(b))):
        b[k] = (b[k] - a[k, k + 1 :] @ b[k + 1 :]) / a[k, k]
    return b


def test_a_loop_without_any_solver_takes_too_long(monkeypatch):
    monkeypatch.setattr("reglab.exercises.checking.SECONDS", 2.0)  # it takes a minute
    solve = np.linalg.solve
    report = check("ridge_path", looping(by_elimination))
    (failed,) = [result for result in report.results if result.status == "fails"]
    assert failed.found == "it took longer than 2 seconds" and "Take the SVD" in failed.hint
    assert np.linalg.solve is solve  # no longer the one that counts its calls


def truncated(bound):
    def path(features, y, lams):
        u, s, vt = np.linalg.svd(features, full_matrices=False)
        u, s, vt = u[:, s > bound], s[s > bound], vt[s > bound]
        return s / (s**2 + len(y) * lams[:, None] / 2) * (u.T @ y) @ vt

    return path


def test_small_singular_values_count(fails):
    fails("ridge_path", truncated(0.5), truncated(0.1))


def test_wrong_shapes_are_told():
    report = check("ridge_path", lambda features, y, lams: features.T @ y)
    assert "an array of shape (1, 1) was expected" in repr(report)
