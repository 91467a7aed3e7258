"""Many claims at once: how many of them hold with a correction for their number.

Source      Holm (1979), "A simple sequentially rejective multiple test procedure", Scand. J.
            Statist. 6. For a region with two edges: Schuirmann (1987), the larger of two p values.
Limits      Each p value is that of Student's t, exact for normal values. It is taken at the edge,
            the most favorable case for a false claim.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr

from reglab.evidence.claims import Claim
from reglab.evidence.statistics import is_constant


def p_value(claim: Claim) -> float:
    """Return the probability of seeds that speak as much for the claim, if an edge were true."""
    where = claim.where
    sides = [(claim.effect - where.low, 0), (where.high - claim.effect, 1)]
    return max(_one_sided(claim, margin, side) for margin, side in sides if np.isfinite(margin))


def _one_sided(claim: Claim, margin: float, side: int) -> float:
    """The p value against the edge that lies `margin` below (side 0) or above (1) the mean."""
    if not is_constant(claim.differences):
        error = np.std(claim.differences, ddof=1) / np.sqrt(claim.n)
        return float(stdtr(claim.n - 1, -margin / error))
    if claim.bounds is None:
        return 1.0
    distance = abs(claim.bounds[side] - claim.effect)  # other values lie at the bound, or nearer
    return 1.0 if margin <= 0 else max(0.0, 1 - margin / distance) ** claim.n if distance else 0.0


def holm(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Say which claims hold if at most a share `level` of books may hold any false claim.

    The smallest of m p values is compared with level / m, the next with level / (m - 1), and so on
    up to the first that is too large.

    >>> holm([0.03, 0.01, 0.04])
    [False, True, False]
    """
    order = np.argsort(p_values, kind="stable")
    sorted_values = np.asarray(p_values, dtype=float)[order]
    passes = sorted_values <= level / np.arange(len(order), 0, -1)
    held = np.zeros(len(order), dtype=bool)
    held[order] = np.logical_and.accumulate(passes)
    return held.tolist()
