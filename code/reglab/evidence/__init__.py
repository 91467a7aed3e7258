"""Intervals over seeds, claims, and the ledger of all claims of the book."""

from reglab.evidence import ledger
from reglab.evidence.claims import Claim, ClaimError, claim, trial
from reglab.evidence.groups import Claims, claims
from reglab.evidence.statistics import Interval, differences, interval, paired_interval
from reglab.evidence.timing import timed

__all__ = [
    "Claim",
    "ClaimError",
    "Claims",
    "Interval",
    "claim",
    "claims",
    "differences",
    "interval",
    "ledger",
    "paired_interval",
    "timed",
    "trial",
]
