"""Who is on call when: layers turned into shifts, with the overrides laid over them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count as count_from
from typing import NamedTuple

from webapp.clock import FIRST_YEAR, LAST_YEAR
from webapp.sandbox.months import BEGIN, Month, months_between, wall
from webapp.sandbox.organisation import Layer, Organisation, Override, Policy, Schedule

_SHOWN_FROM = BEGIN - timedelta(days=35)
_SHOWN_UNTIL = datetime(LAST_YEAR + 2, 1, 1, tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)
_MARGIN = timedelta(days=40)  # longer than any shift: what the edges of a year cut lies outside it


class Shift(NamedTuple):
    """Time that one person holds a schedule; `end` None: they do not go off call."""

    start: datetime
    end: datetime | None
    user_id: str


class Assignment(NamedTuple):
    """What a rotation of a shift-based schedule says about a while; `user_id` None is a gap that was planned."""

    start: datetime
    end: datetime
    user_id: str | None
    rotation_id: str
    override_id: str | None


class OnCall(NamedTuple):
    """A row of /oncalls before it is printed; a direct user has neither schedule nor start nor end."""

    start: datetime | None
    end: datetime | None
    policy_id: str
    level: int
    schedule_id: str | None
    user_id: str


def turns(layer: Layer, zone_name: str, since: datetime, until: datetime) -> Iterator[Shift]:
    """The shifts of a layer in a window, in order.

    Hand-overs keep the wall clock of the schedule's zone: a turn over a clock change has an hour more or less.
    """
    clock, first = layer.start.time(), layer.start.date()
    if not layer.turn_days:
        yield Shift(wall(first, clock, zone_name), None, layer.member_ids[0])
        return
    step = layer.turn_days if layer.daily is None else 1
    since, until = max(since, _SHOWN_FROM), min(until, _SHOWN_UNTIL)
    for count in count_from(max(0, (since.date() - first).days // step - 2)):
        day = first + timedelta(days=count * step)
        if layer.daily is None:
            start = wall(day, clock, zone_name)
            end = wall(day + timedelta(days=step), clock, zone_name)
        else:
            start = wall(day, layer.daily[0], zone_name)
            end = start + timedelta(hours=layer.daily[1])
        if start >= until:
            return
        if end > since:
            yield Shift(start, end, layer.member_ids[count * step // layer.turn_days % len(layer.member_ids)])


def reassign(assignments: list[Assignment], override: Override) -> list[Assignment]:
    """A rotation with one override: it replaces what the rotation has assigned, and adds nothing beyond it."""
    found: list[Assignment] = []
    for known in assignments:
        start, end = max(known.start, override.start), min(known.end, override.end)
        if start >= end:
            found.append(known)
            continue
        covered = known._replace(start=start, end=end, user_id=override.user_id, override_id=override.id)
        pieces = (known._replace(end=start), covered, known._replace(start=end))
        found += [piece for piece in pieces if piece.start < piece.end]
    return found


def lay_over(shifts: list[Shift], overrides: Iterable[Override]) -> list[Shift]:
    """The shifts with overrides applied in order, the later one winning; touching shifts of one person become one."""
    for override in overrides:
        first = bisect_right(shifts, override.start, key=lambda shift: shift.end or _FOREVER)
        last = bisect_left(shifts, override.end, key=lambda shift: shift.start)
        piece = [Shift(override.start, override.end, override.user_id or "")]
        if first < last:
            before, after = shifts[first], shifts[last - 1]
            if before.start < override.start:
                piece.insert(0, before._replace(end=override.start))
            if after.end is None or after.end > override.end:
                piece.append(after._replace(start=override.end))
        shifts[first : max(first, last)] = piece
    return _joined(shifts)


def _joined(shifts: Iterable[Shift]) -> list[Shift]:
    """Neighbours of one person that touch or overlap become one."""
    joined: list[Shift] = []
    for shift in shifts:
        last = joined[-1] if joined else None
        if last and last.user_id == shift.user_id and last.end and shift.start <= last.end:
            joined[-1] = last._replace(end=max(last.end, shift.end) if shift.end else None)
        else:
            joined.append(shift)
    return joined


def meets(shift: Shift | OnCall, since: datetime, until: datetime) -> bool:
    """Whether a shift has a moment in a window; a window without length asks for that instant."""
    if since == until:
        return (shift.start is None or shift.start <= since) and (shift.end is None or since < shift.end)
    return (shift.start is None or shift.start < until) and (shift.end is None or since < shift.end)


def within(shifts: Sequence[Shift], since: datetime, until: datetime) -> list[Shift]:
    """The shifts of an ordered list without overlaps that meet a window."""
    first = bisect_right(shifts, since, key=lambda shift: shift.end or _FOREVER)
    last = bisect_right(shifts, until, key=lambda shift: shift.start)
    return [shift for shift in shifts[first:last] if meets(shift, since, until)]


@dataclass(frozen=True, slots=True)
class _Year:
    """A schedule in a year of UTC: shifts by their start, and of a shift-based one what its rotations say."""

    shifts: list[Shift]
    assignments: list[Assignment]


class Rota:
    """The final schedules of an organisation under its overrides up to a month, and under swaps.

    They are worked out a year at a time, whenever it is asked for: a schedule has no end.
    """

    def __init__(self, organisation: Organisation, last: Month, swaps: Sequence[Override] = ()) -> None:
        self.organisation = organisation
        self._last = last
        self._swaps = swaps
        self._years: dict[tuple[str, int], _Year] = {}

    def overrides(self, schedule_id: str, since: datetime, until: datetime) -> list[Override]:
        """What is laid over a schedule in a window, and some around it, in the order in which it was entered."""
        months = months_between(max(since, BEGIN) - _MARGIN, min(until, self._last.start) + _MARGIN)
        ruled = [o for month in months if month <= self._last for o in self.organisation.overrides_of(month)]
        return [override for override in (*ruled, *self._swaps) if override.schedule_id == schedule_id]

    def shifts(self, schedule_id: str, since: datetime, until: datetime) -> list[Shift]:
        """The shifts of a schedule that meet a window, by their start.

        Those of a layer-based one never overlap; those of a shift-based one may, but never two of one person.
        """
        years = self._years_of(schedule_id, since, until)
        return list(dict.fromkeys(shift for year in years for shift in year.shifts if meets(shift, since, until)))

    def assignments(self, schedule_id: str, since: datetime, until: datetime) -> list[Assignment]:
        """What the rotations of a shift-based schedule say under its overrides, by start: of a window and around it."""
        years = self._years_of(schedule_id, since, until)
        return list(dict.fromkeys(known for year in years for known in year.assignments))

    def _years_of(self, schedule_id: str, since: datetime, until: datetime) -> list[_Year]:
        first, last = max(since.year, FIRST_YEAR - 1), min(until.year, LAST_YEAR + 1)
        return [self._year(schedule_id, year) for year in range(first, last + 1)]

    def _year(self, schedule_id: str, year: int) -> _Year:
        key = schedule_id, year
        if key not in self._years:
            schedule = self.organisation.schedule[schedule_id]
            begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
            window = begin - _MARGIN, end + _MARGIN
            assignments = self._assignments(schedule, *window) if schedule.is_shift_based else []
            shifts = _by_person(assignments) if schedule.is_shift_based else self._final(schedule, *window)
            self._years[key] = _Year(
                [shift for shift in shifts if meets(shift, begin, end)],
                [known for known in assignments if known.start < end and begin < known.end],
            )
        return self._years[key]

    def _final(self, schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
        base = sorted(shift for layer in schedule.layers for shift in turns(layer, schedule.time_zone, since, until))
        return lay_over(base, self.overrides(schedule.id, since, until))

    def _assignments(self, schedule: Schedule, since: datetime, until: datetime) -> list[Assignment]:
        found: list[Assignment] = []
        for layer in schedule.layers:
            base = [
                Assignment(shift.start, shift.end, shift.user_id, layer.id, None)
                for shift in turns(layer, schedule.time_zone, since, until)
                if shift.end
            ]
            for override in self.overrides(schedule.id, since, until):
                base = reassign(base, override)
            found += base
        return sorted(found, key=lambda known: (known.start, known.rotation_id))

    def holders(self, schedule_id: str, at: datetime) -> tuple[str, ...]:
        """Who holds a schedule at an instant: at most one person where it is layer-based."""
        shifts = self._year(schedule_id, at.year).shifts
        last = bisect_right(shifts, at, key=lambda shift: shift.start)
        first = 0 if self.organisation.schedule[schedule_id].is_shift_based else max(0, last - 1)
        return tuple(shift.user_id for shift in shifts[first:last] if meets(shift, at, at))

    def paged(self, policy: Policy, level: int, at: datetime) -> tuple[str, ...]:
        """The people that a level of a policy pages at an instant, each once."""
        held = (
            (target.id,) if target.kind == "user" else self.holders(target.id, at)
            for target in policy.rules[level - 1].targets
        )
        return tuple(dict.fromkeys(person for people in held for person in people))

    def reached(self, policy: Policy, level: int, at: datetime) -> int:
        """The level that is paged when this one's turn comes: PagerDuty passes over levels that have nobody."""
        levels = range(level, len(policy.rules) + 1)
        return next((found for found in levels if self.paged(policy, found, at)), level)

    def rows(self, since: datetime, until: datetime) -> list[OnCall]:
        """PagerDuty: /oncalls repeats a shift for each policy and level that uses its schedule, and cuts nothing."""
        found: list[OnCall] = []
        for policy_id, level, kind, target_id in self._uses:
            if kind == "user":
                found.append(OnCall(None, None, policy_id, level, None, target_id))
            else:
                found += [
                    OnCall(shift.start, shift.end, policy_id, level, target_id, shift.user_id)
                    for shift in self.shifts(target_id, since, until)
                ]
        return sorted(found, key=lambda row: (row.start or _SHOWN_FROM, row.policy_id, row.level, row.user_id))

    @cached_property
    def _uses(self) -> list[tuple[str, int, str, str]]:
        return [
            (policy.id, level, target.kind, target.id)
            for policy in self.organisation.policies
            for level, rule in enumerate(policy.rules, start=1)
            for target in rule.targets
        ]


def _by_person(assignments: Iterable[Assignment]) -> list[Shift]:
    """Everybody's time on a shift-based schedule, through whichever rotation."""
    known = sorted((a.user_id, a.start, a.end) for a in assignments if a.user_id)
    return sorted(_joined(Shift(start, end, user_id) for user_id, start, end in known))


def layer_shifts(schedule: Schedule, layer: Layer, since: datetime, until: datetime) -> list[Shift]:
    """What one layer alone says about a window."""
    found = turns(layer, schedule.time_zone, since, min(until, _SHOWN_UNTIL) + timedelta(seconds=1))
    return [shift for shift in found if meets(shift, since, until)]
