"""Claims that belong together, shown together: one forest plot for a section of a chapter.

Departures: nothing is pooled over the rows, as a meta-analysis would; each claim stands by itself.
"""

from dataclasses import dataclass
from typing import Any

from reglab.evidence import display
from reglab.evidence.claims import KEY, Claim


@dataclass(frozen=True)
class Claims:
    """Several claims in the order in which they are shown; or several trials."""

    rows: tuple[Claim, ...]

    @property
    def is_trial(self) -> bool:
        """Are they trials, which never reach the ledger?"""
        return self.rows[0].is_trial

    def __repr__(self) -> str:
        return "\n".join(map(display.text, self.rows))

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Text, a table of HTML, and a list of records as the output's metadata."""
        shown = {"text/plain": repr(self), "text/html": display.html(self.rows)}
        return shown, {} if self.is_trial else {KEY: [row.record() for row in self.rows]}


def claims(*found: Claim) -> Claims:
    """Show claims in one forest plot, a row for each; end a cell with the call.

    Paired effects of one unit share an axis. Make the claims inside the call, so that the ledger
    sees each: an earlier cell that makes a claim and does not show it is reported as a problem.

        claims(
            claim("Decay saves test error", none.test_error, decay.test_error, more_than=10),
            claim("It learns fewer wrong labels", decay.memorized, none.memorized, less_than=-15),
        )

    Trials may be shown in the same way, while thresholds are looked for on pilot seeds:

    >>> from reglab.evidence import trial
    >>> losses = [0.1 * k for k in range(10)]
    >>> claims(trial("It is above 0", losses, unit="nats", more_than=0),
    ...        trial("It is above 1", losses, unit="nats", more_than=1))
    Trial holds: It is above 0
      ≈ 0.45 (0.23 to 0.67) nats on 10 seeds; claimed: more than 0
    Trial fails: It is above 1
      ≈ 0.45 (0.23 to 0.67) nats on 10 seeds; claimed: more than 1

    Raises: ValueError for no claim, for anything that is not made by `claim` or `trial`, for both
        kinds in one call, and for a sentence that stands twice.
    """
    if not found:
        raise ValueError("claims needs at least one claim; got none")
    for row in found:
        if not isinstance(row, Claim):
            raise ValueError(
                f"claims takes what claim(...) returns, one after another; got {type(row).__name__}"
            )
    if len({row.is_trial for row in found}) > 1:
        raise ValueError("claims takes claims or trials, not both: trials never reach the ledger")
    twice = {row.sentence for row in found if sum(row.sentence == r.sentence for r in found) > 1}
    if twice:
        raise ValueError(f"each claim needs a sentence of its own; twice: {', '.join(twice)}")
    return Claims(found)
