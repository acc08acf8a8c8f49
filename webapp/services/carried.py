"""What a report in the making carries besides its own period: adjustments, an earlier file to compare with, a link."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.exports.amendments import Adjustment, Amendment
from webapp.exports.report_json import canonical
from webapp.services import periods

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was uploaded to compare today's report with; it lives as long as the working set, and nowhere else."""

    id: str
    """Of the earlier report."""
    title: str
    """Whose and when, such as "Platform, September 2026"."""
    policy_label: str
    later: tuple[Json, ...]
    """The reports that amend it, as far as that goes."""
    _packed: bytes
    """The record of a large organisation takes a tenth of the memory so."""

    @classmethod
    def of(cls, record: Json, later: Iterable[Json]) -> Earlier:
        """From what the files say."""
        period = periods.between(*(date.fromisoformat(record["period"][end]) for end in ("first", "last")))
        return cls(
            id=record["id"],
            title=f"{record['scope']['name']}, {periods.label(period)}",
            policy_label=record["policy"]["label"],
            later=tuple({key: one[key] for key in _OF_LATER} | {"statements": [], "not_priced": []} for one in later),
            _packed=zlib.compress(canonical(record), level=1),
        )

    def record(self) -> Json:
        """The earlier report, as its file says it."""
        unpacked: Json = json.loads(zlib.decompress(self._packed))
        return unpacked


_OF_LATER = ("id", "amends", "adjustments")


@dataclass(slots=True)
class Carried:
    """Of one draft."""

    adjustments: tuple[Adjustment, ...] = ()
    amends: tuple[Amendment, ...] = ()
    earlier: Earlier | None = None
    seen_id: str = ""
    """Of the link through which somebody came; "" where nobody did."""
    changes: int = 0
    """How often the adjustments were others since."""

    def amend(self, amendment: Amendment, adjustments: tuple[Adjustment, ...]) -> None:
        """Carry these adjustments of one earlier report, in place of those carried before."""
        self.drop(amendment.report_id)
        if adjustments:
            self.adjustments += adjustments
            self.amends += (amendment,)

    def drop(self, report_id: str) -> None:
        """Carry no adjustments of that report any more."""
        self.changes += 1
        self.adjustments = tuple(one for one in self.adjustments if one.report_id != report_id)
        self.amends = tuple(one for one in self.amends if one.report_id != report_id)
