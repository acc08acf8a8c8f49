"""Which dates pieces of duty earn, and which time each earned date pays.

Every second of a piece goes to exactly one award or is left over with its reason, so that no hour on call vanishes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from webapp.pricing.calendar import Calendar, Day
from webapp.pricing.money import SECONDS_AN_HOUR
from webapp.pricing.pieces import Piece
from webapp.pricing.policy import Policy, StipendDate
from webapp.pricing.spans import Interval, Intervals, seconds, split_at


@dataclass(slots=True)
class Award:
    """One date that an engineer earns, once, however many pieces earn it."""

    day: Day
    held: list[Interval] = field(default_factory=list)
    """The time that the date's stipend pays, later time of a piece that earns no date of its own included."""
    decisive: list[int] = field(default_factory=list)
    """For each piece that earns the date, the end of the last time held on it: the level held there is paid."""
    worked: bool = True
    """False while some of the time that earns the date lies after the reading instant."""


@dataclass(slots=True)
class Awards:
    """What an engineer's pieces earn, and what they leave over."""

    by_day: dict[Day, Award] = field(default_factory=dict)
    left_over: list[tuple[str, Interval]] = field(default_factory=list)

    def of(self, day: Day) -> Award:
        """The award of a date, made on first use."""
        earned = self.by_day.get(day)
        if earned is None:
            earned = self.by_day[day] = Award(day)
        return earned


def award(pieces: list[Piece], calendar: Calendar, policy: Policy, read_at: int) -> Awards:
    """Gives each date that the policy's rule finds earned."""
    awards = Awards()
    shortest = policy.shortest_piece_hours * SECONDS_AN_HOUR
    payable = [piece for piece in pieces if seconds(piece.held) >= shortest]
    too_short = f"piece under {plain(policy.shortest_piece_hours)} h"
    for piece in pieces:
        if seconds(piece.held) < shortest:
            awards.left_over += [(too_short, interval) for interval in piece.held]
    earns = _threshold(payable, calendar, policy)
    reason = (
        f"less than {plain(policy.stipend_hours)} h on the date"
        if policy.stipend_date is StipendDate.AT_LEAST
        else "half of the date or less"
    )
    for piece in payable:
        long_enough_by_now = seconds(split_at(read_at, piece.held)[0]) >= shortest
        parts = list(calendar.split(piece.held))
        owner = _owners(piece, calendar, policy)
        last_on = {day: end for day, (_, end) in parts}
        for day, interval in parts:
            target = owner(day)
            if not earns(target):
                awards.left_over.append((reason, interval))
                continue
            earned = awards.of(target)
            earned.held.append(interval)
            # The tail of a piece is paid with the date before it, but does not decide about that date.
            decisive = last_on.get(target, piece.end)
            if decisive not in earned.decisive:
                earned.decisive.append(decisive)
            # An override over midnight hides the date's end: it has to pass before the date is earned.
            known_at = min(target.end, piece.end)
            earned.worked = earned.worked and known_at <= read_at and long_enough_by_now
    return awards


def plain(number: Decimal) -> str:
    """A number of hours without needless zeros: 6, 7.5."""
    return f"{number.normalize():f}"


def _owners(piece: Piece, calendar: Calendar, policy: Policy) -> Callable[[Day], Day]:
    """Tells which date the time of each date belongs to."""
    if piece.part_of is not None:
        part_of = piece.part_of
        return lambda _: part_of
    if policy.stipend_date is not StipendDate.END_OF_DATE:
        return lambda day: day
    touched = calendar.over(piece.start, piece.end)
    # The last date touched is earned only if the piece reaches its end, or touches no other date.
    last = touched[-1]
    if last.end <= piece.end or len(touched) == 1:
        return lambda day: day
    return lambda day: touched[-2] if day is last else day


def _threshold(payable: list[Piece], calendar: Calendar, policy: Policy) -> Callable[[Day], bool]:
    """Tells whether enough of a date is held, where the policy asks for that."""
    if policy.stipend_date not in {StipendDate.AT_LEAST, StipendDate.MAJORITY}:
        return lambda _: True
    held: dict[Day, int] = {}
    for piece in payable:
        for day, (start, end) in calendar.split(piece.held):
            held[day] = held.get(day, 0) + end - start
    if policy.stipend_date is StipendDate.AT_LEAST:
        least = policy.stipend_hours * SECONDS_AN_HOUR
        return lambda day: held[day] >= least
    return lambda day: 2 * held[day] > _countable(day, policy)


def _countable(day: Day, policy: Policy) -> int:
    """The time of a date that can earn a stipend."""
    business: Intervals = [] if policy.stipend_in_business_hours else day.business
    return day.end - day.start - seconds(business)
