"""Who is on call when: layers turned into shifts, with the overrides laid over them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property
from itertools import groupby
from typing import NamedTuple

from webapp.sandbox.months import BEGIN, END, wall
from webapp.sandbox.organisation import Layer, Organisation, Override, Policy, Schedule

_SHOWN_FROM = BEGIN - timedelta(days=35)
_SHOWN_UNTIL = END + timedelta(days=100)


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


@cache
def turns(layer: Layer, zone_name: str) -> tuple[Shift, ...]:
    """The shifts of a layer over the whole history, in order.

    Hand-overs keep the wall clock of the schedule's zone: a turn over a clock change has an hour more or less.
    """
    return tuple(_turns(layer, zone_name))


def _turns(layer: Layer, zone_name: str) -> Iterator[Shift]:
    clock = layer.start.time()
    if not layer.turn_days:
        yield Shift(wall(layer.start.date(), clock, zone_name), None, layer.member_ids[0])
        return
    step = layer.turn_days if layer.daily is None else 1
    count = 0
    while True:
        day = layer.start.date() + timedelta(days=count * step)
        if layer.daily is None:
            start = wall(day, clock, zone_name)
            end = wall(day + timedelta(days=step), clock, zone_name)
        else:
            start = wall(day, layer.daily[0], zone_name)
            end = start + timedelta(hours=layer.daily[1])
        if start >= _SHOWN_UNTIL:
            return
        if end > _SHOWN_FROM:
            yield Shift(start, end, layer.member_ids[count * step // layer.turn_days % len(layer.member_ids)])
        count += 1


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
        first = bisect_right(shifts, override.start, key=lambda shift: shift.end or _SHOWN_UNTIL)
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
    first = bisect_right(shifts, since, key=lambda shift: shift.end or _SHOWN_UNTIL)
    last = bisect_right(shifts, until, key=lambda shift: shift.start)
    return [shift for shift in shifts[first:last] if meets(shift, since, until)]


class Rota:
    """The final schedules of an organisation under some overrides."""

    def __init__(
        self, organisation: Organisation, bases: dict[str, list[Shift]], overrides: Iterable[Override]
    ) -> None:
        self.organisation = organisation
        by_schedule = sorted(overrides, key=lambda override: override.schedule_id)
        self.overrides = {key: list(group) for key, group in groupby(by_schedule, key=lambda o: o.schedule_id)}
        self._bases = bases
        self._final: dict[str, list[Shift]] = {}
        self._assignments: dict[str, list[Assignment]] = {}

    @staticmethod
    def bases(organisation: Organisation) -> dict[str, list[Shift]]:
        """What the layers of each schedule say before any override."""
        return {
            schedule.id: sorted(shift for layer in schedule.layers for shift in turns(layer, schedule.time_zone))
            for schedule in organisation.schedules
            if not schedule.is_shift_based
        }

    def final(self, schedule_id: str) -> list[Shift]:
        """The shifts of a schedule over the whole history by their start.

        Those of a layer-based one never overlap; those of a shift-based one may, but never two of one person.
        """
        if schedule_id not in self._final:
            if self.organisation.schedule[schedule_id].is_shift_based:
                self._final[schedule_id] = self._by_person(schedule_id)
            else:
                self._final[schedule_id] = lay_over(list(self._bases[schedule_id]), self.overrides.get(schedule_id, ()))
        return self._final[schedule_id]

    def assignments(self, schedule_id: str) -> list[Assignment]:
        """What the rotations of a shift-based schedule say under its overrides, by start."""
        if schedule_id not in self._assignments:
            schedule = self.organisation.schedule[schedule_id]
            found: list[Assignment] = []
            for layer in schedule.layers:
                base = [
                    Assignment(shift.start, shift.end, shift.user_id, layer.id, None)
                    for shift in turns(layer, schedule.time_zone)
                    if shift.end
                ]
                for override in self.overrides.get(schedule_id, ()):
                    base = reassign(base, override)
                found += base
            self._assignments[schedule_id] = sorted(found, key=lambda known: (known.start, known.rotation_id))
        return self._assignments[schedule_id]

    def _by_person(self, schedule_id: str) -> list[Shift]:
        """Everybody's time on a shift-based schedule, through whichever rotation."""
        known = sorted((a.user_id, a.start, a.end) for a in self.assignments(schedule_id) if a.user_id)
        return sorted(_joined(Shift(start, end, user_id) for user_id, start, end in known))

    def shifts(self, schedule_id: str, since: datetime, until: datetime) -> list[Shift]:
        """The shifts of a schedule that meet a window."""
        final = self.final(schedule_id)
        if self.organisation.schedule[schedule_id].is_shift_based:
            return [shift for shift in final if meets(shift, since, until)]
        return within(final, since, until)

    def holders(self, schedule_id: str, at: datetime) -> tuple[str, ...]:
        """Who holds a schedule at an instant: at most one person where it is layer-based."""
        if self.organisation.schedule[schedule_id].is_shift_based:
            return tuple(shift.user_id for shift in self.final(schedule_id) if meets(shift, at, at))
        shifts = self.final(schedule_id)
        place = bisect_right(shifts, at, key=lambda shift: shift.start) - 1
        if place < 0:
            return ()
        end = shifts[place].end
        return (shifts[place].user_id,) if end is None or at < end else ()

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


def layer_shifts(schedule: Schedule, layer: Layer, since: datetime, until: datetime) -> list[Shift]:
    """What one layer alone says about a window."""
    return within(turns(layer, schedule.time_zone), since, until)
