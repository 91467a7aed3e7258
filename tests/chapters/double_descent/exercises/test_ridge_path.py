"""Exercise ridge_path: other sound solutions pass."""

import numpy as np

from reglab.exercises import check


def by_eigh(features, y, lams):
    values, v = np.linalg.eigh(features.T @ features)
    shift = len(y) * np.asarray(lams) / 2
    return (v.T @ features.T @ y) / (values.clip(0) + shift[:, None]) @ v.T


def by_a_loop_over_the_svd(features, y, lams):
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    return np.array([vt.T @ (s * (u.T @ y) / (s**2 + len(y) * lam / 2)) for lam in lams])


def test_other_sound_solutions_pass(passes):
    passes("ridge_path", by_eigh, by_a_loop_over_the_svd)


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
    assert failed.says.startswith("hands one matrix to a solver")
    assert failed.found == "for 2 lams, 2 matrices (np.linalg.solve: 2)"


def test_wrong_shapes_are_told():
    report = check("ridge_path", lambda features, y, lams: features.T @ y)
    assert "an array of shape (1, 1) was expected" in repr(report)
