"""What a report in the making carries besides its own period: adjustments, an earlier file to compare with, a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.exports.amendments import Adjustment, Amendment

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was uploaded to compare today's report with; it lives as long as the working set, and nowhere else."""

    record: Json
    """The earlier report, as its file says it."""
    later: tuple[Json, ...]
    """The reports that amend it."""

    @property
    def id(self) -> str:
        """Of the earlier report."""
        return str(self.record["id"])

    @property
    def title(self) -> str:
        """Whose and when, such as "Platform, 2026-09-01 to 2026-09-30"."""
        period = self.record["period"]
        return f"{self.record['scope']['name']}, {period['first']} to {period['last']}"


@dataclass(slots=True)
class Carried:
    """Of one draft."""

    adjustments: tuple[Adjustment, ...] = ()
    amends: tuple[Amendment, ...] = ()
    earlier: Earlier | None = None
    seen_id: str = ""
    """Of the link through which somebody came; "" where nobody did."""

    def amend(self, amendment: Amendment, adjustments: tuple[Adjustment, ...]) -> None:
        """Carry these adjustments of one earlier report, in place of those carried before."""
        self.drop(amendment.report_id)
        if adjustments:
            self.adjustments += adjustments
            self.amends += (amendment,)

    def drop(self, report_id: str) -> None:
        """Carry no adjustments of that report any more."""
        self.adjustments = tuple(one for one in self.adjustments if one.report_id != report_id)
        self.amends = tuple(one for one in self.amends if one.report_id != report_id)
