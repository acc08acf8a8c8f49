"""In which zone an engineer is on call when, where time is dated by its rota."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.pricing.facts import OnCall
from webapp.pricing.spans import Interval, Intervals, subtract, union


@dataclass(frozen=True, slots=True)
class Held:
    """The zones of the rotas that one engineer holds; of several at once that of the lowest level which can be paid."""

    marks: tuple[int, ...]
    """Where another begins, in order."""
    zones: tuple[str, ...]
    """From each mark on; "": none."""

    @classmethod
    def of(cls, rows: Sequence[OnCall], paid: Iterable[tuple[Interval, str]] = ()) -> Held:
        """Of the rows of one engineer; time that is `paid` has the zone by which it is."""
        taken: Intervals = []
        alone: list[tuple[int, int, str]] = []
        for time, zone in paid:
            alone += [(*free, zone) for free in subtract([time], taken)]
            taken = union([*taken, time])
        for row in sorted(rows, key=lambda row: (bool(row.unpaid), row.level, row.rota, row.time)):
            alone += [(*free, row.zone) for free in subtract([row.time], taken)]
            taken = union([*taken, row.time])
        changes: dict[int, str] = {}
        for start, end, zone in sorted(alone):
            changes[start], changes[end] = zone, ""
        return cls(tuple(changes), tuple(changes.values()))

    def zone_at(self, second: int) -> str:
        """Of the rota that is held at an instant; "" while there is none."""
        index = bisect_right(self.marks, second)
        return self.zones[index - 1] if index else ""
