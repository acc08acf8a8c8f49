"""Pieces of duty: time on call joined over short gaps, which is what a stipend is paid for.

A short override must not end a shift, so pieces of the same engineer less than 6 hours apart are one, unless business
hours lie between. The length of a piece is the time really held; the gaps earn nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.pricing.calendar import Calendar, Day, first_second
from webapp.pricing.held import overlaps
from webapp.pricing.policy import Policy, StipendDate
from webapp.pricing.spans import Intervals, instant_of, intersect, subtract

GAP_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Piece:
    """Joined time of one engineer."""

    held: Intervals
    part_of: Day | None = None
    """With "start of shift": the date that the piece's part of the shift starts on."""

    @property
    def start(self) -> int:
        """Where the first held interval starts."""
        return self.held[0][0]

    @property
    def end(self) -> int:
        """Where the last held interval ends."""
        return self.held[-1][1]


def pieces_of(paid: Intervals, calendar: Calendar, policy: Policy) -> list[Piece]:
    """The pieces of an engineer's time at paid levels, business hours removed unless the policy keeps them.

    A shift is cut in days before business hours count: a short override does not end it, at whatever time of the day.
    """
    business: Intervals = [] if policy.stipend_in_business_hours else calendar.business
    if policy.stipend_date is not StipendDate.START_OF_SHIFT:
        return [Piece(held) for held in join(subtract(paid, business), business)]
    return [
        Piece(held, part_of=day)
        for shift in join(paid, [])
        for day, part in cut_in_days(shift, calendar)
        for held in join(subtract(part, business), business)
    ]


def join(intervals: Intervals, business: Intervals) -> list[Intervals]:
    """Groups intervals whose gaps are short and hold no business hours."""
    groups: list[Intervals] = []
    for interval in intervals:
        if groups:
            gap = (groups[-1][-1][1], interval[0])
            if gap[1] - gap[0] < GAP_SECONDS and not overlaps(business, gap):
                groups[-1].append(interval)
                continue
        groups.append([interval])
    return groups


def cut_in_days(shift: Intervals, calendar: Calendar) -> Iterator[tuple[Day, Intervals]]:
    """Cuts a shift in wall-clock days from its own start; each part comes with the date it starts on.

    A shift from Friday 09:00 is cut at 09:00 of every date, also after a clock change.
    """
    start, end = shift[0][0], shift[-1][1]
    clock = instant_of(start).astimezone(calendar.zone).time()
    first, *following = calendar.over(start, end)
    begins = [(first, start)] + [(day, first_second(calendar.zone, day.date, clock)) for day in following]
    begins = [(day, begin) for day, begin in begins if begin < end]
    for number, (day, begin) in enumerate(begins):
        until = begins[number + 1][1] if number + 1 < len(begins) else end
        part = intersect(shift, [(begin, until)])
        if part:
            yield day, part
