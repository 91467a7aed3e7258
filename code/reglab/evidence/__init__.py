"""Intervals over seeds, claims, and the ledger of all claims of the book."""

from reglab.evidence import ledger
from reglab.evidence.claims import Claim, ClaimError, claim, trial
from reglab.evidence.factorial import additive_prediction, contrast, factorial
from reglab.evidence.groups import Claims, claims
from reglab.evidence.multiplicity import holm, p_value
from reglab.evidence.selection import expected_best, expected_maximum, winning_shares
from reglab.evidence.statistics import Interval, differences, interval, paired_interval
from reglab.evidence.timing import timed

__all__ = [
    "Claim",
    "ClaimError",
    "Claims",
    "Interval",
    "additive_prediction",
    "claim",
    "claims",
    "contrast",
    "differences",
    "expected_best",
    "expected_maximum",
    "factorial",
    "holm",
    "interval",
    "ledger",
    "p_value",
    "paired_interval",
    "timed",
    "trial",
    "winning_shares",
]
