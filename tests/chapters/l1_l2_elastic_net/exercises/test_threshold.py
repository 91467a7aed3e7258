"""soft_threshold: sound solutions pass, and each typical wrong one is caught with its hint."""

import numpy as np
import pytest

from reglab.chapters.l1_l2_elastic_net.exercises import soft_threshold
from reglab.exercises import check


def by_cases(w, t):
    return np.where(w > t, w - t, np.where(w < -t, w + t, 0.0))


def by_clipping(w, t):
    return w - np.clip(w, -t, t)


def changes_w(w, t):
    w -= np.clip(w, -t, t)
    return w


KIND = "returns an array of numbers of w's shape"
ZERO = "weights of size t or less become exactly 0"
MOVE = "larger weights move towards 0 by exactly t"


@pytest.mark.parametrize("solution", [soft_threshold, by_cases, by_clipping])
def test_sound_solutions_pass(solution):
    assert check("soft_threshold", solution), check("soft_threshold", solution)


@pytest.mark.parametrize(
    ("solution", "fails", "hint"),
    [
        (lambda w, t: w, ZERO, "keeps a weight from passing 0"),
        (lambda w, t: np.where(abs(w) > t, w, 0.0), MOVE, "hard threshold"),
        (lambda w, t: w - t * np.sign(w), ZERO, "jumps over 0"),
        (lambda w, t: np.maximum(abs(w) - t, 0), MOVE, "sign is lost"),
        (lambda w, t: w / (1 + t), ZERO, "step of L2"),
        (lambda w, t: np.clip(w, -t, t), ZERO, "clips the weights"),
        (lambda w, t: np.maximum(w - t, 0), MOVE, "one of -3, -2"),
        (lambda w, t: soft_threshold(w, t) * 0.5, MOVE, "A weight of 3"),
        (lambda w, t: None, KIND, "Is the return missing?"),
        (lambda w, t: soft_threshold(w, t).tolist(), KIND, "a list"),
        (changes_w, "leaves its inputs as they were", "copy"),
    ],
)
def test_wrong_solutions_are_caught_with_the_right_hint(caught, solution, fails, hint):
    caught("soft_threshold", solution, fails, hint)


def test_reference_by_hand():
    assert soft_threshold(np.array([3.0, -2.0, 0.5, 0.0]), 1.0).tolist() == [2.0, -1.0, 0.0, 0.0]
