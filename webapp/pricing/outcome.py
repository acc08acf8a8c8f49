"""What pricing one engineer collects, before the engine puts all engineers together."""

from dataclasses import dataclass, field

from webapp.pricing.calendar import Day
from webapp.pricing.lines import CalloutRow, DayTime, PayLine, PendingLine, UnpaidLine, Warning_
from webapp.pricing.spans import Intervals


@dataclass(frozen=True, slots=True)
class Earned:
    """One earned date, as the checks across engineers compare it."""

    person_id: str
    day: Day
    level: int
    schedules: tuple[str, ...]
    """Through which the paid level was held at the decisive instant."""
    time: Intervals


@dataclass(frozen=True, slots=True)
class Unearned:
    """Time outside business hours at a paid level that earned nothing on one date."""

    person_id: str
    day: Day
    schedules: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """All lines of one engineer."""

    pay: list[PayLine] = field(default_factory=list)
    unpaid: list[UnpaidLine] = field(default_factory=list)
    pending: list[PendingLine] = field(default_factory=list)
    rows: list[CalloutRow] = field(default_factory=list)
    days: list[DayTime] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    earned: list[Earned] = field(default_factory=list)
    unearned: list[Unearned] = field(default_factory=list)
    missing: str = ""
    """Why nothing can be priced, or ""."""
