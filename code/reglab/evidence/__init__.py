"""Room `evidence`: intervals over seeds, claims, and the ledger of all claims of the book."""

from reglab.evidence.statistics import Interval, differences, interval, paired_interval

__all__ = ["Interval", "differences", "interval", "paired_interval"]
