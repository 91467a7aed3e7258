"""Exercise chapter_module_shrink: a right solution passes, wrong ones get the hint that helps."""

import pytest

from reglab.exercises import check


def test_a_right_solution_passes():
    assert check("chapter_module_shrink", lambda w, lam: w - w * lam / (1 + lam))


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda w, lam: w, "v - w + lam v"),
        (lambda w, lam: w * lam, "if lam is 0"),
        (lambda w, lam: max(w - lam, 0.0) if w > 0 else min(w + lam, 0.0), "what L1 does"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("chapter_module_shrink", wrong)
    assert not report and hint in repr(report)
