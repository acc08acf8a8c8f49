"""Which dates must be priced whole: what an engineer lacks only outside of them is no reason to pay nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.pricing.engine.calendar import first_second
from webapp.pricing.engine.work import Desk
from webapp.pricing.policy.lookup import Missing
from webapp.pricing.spans import BEGINNING

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")
_END = 1 << 62


@dataclass(frozen=True, slots=True)
class Needed:
    """Local dates from `first` up to, not including, `after`: a period, and all that its rules count over."""

    first: date = date.min
    after: date = date.max

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.after

    def begins(self, zone: ZoneInfo) -> int:
        """Its first second in a zone."""
        return BEGINNING if self.first == date.min else first_second(zone, self.first)

    def bounds(self, zone: ZoneInfo) -> tuple[int, int]:
        """Its first second in a zone, and the first after it."""
        return _bounds(self, zone)

    def touches(self, zone: ZoneInfo, start: int, end: int) -> bool:
        """Whether time, or an instant, lies in it."""
        begins, ends = _bounds(self, zone)
        return start < ends and (end > begins or start >= begins)


EVERYTHING = Needed()


def where_needed(
    items: Sequence[_Item], is_needed: Callable[[_Item], bool], make: Callable[[Sequence[_Item]], _Made], desk: Desk
) -> _Made:
    """What a stage makes of all; where something is missing, of those that are needed. Raises Missing."""
    noted = len(desk.left)
    try:
        return make(items)
    except Missing:
        needed = [one for one in items if is_needed(one)]
        if len(needed) == len(items):
            raise
        del desk.left[noted:]
        return make(needed)


@lru_cache(maxsize=1024)
def _bounds(needed: Needed, zone: ZoneInfo) -> tuple[int, int]:
    ends = _END if needed.after == date.max else first_second(zone, needed.after)
    return needed.begins(zone), ends
