"""Stipends: every second on call goes to one stipend, to one unpaid line with its reason, or is pending."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from webapp.pricing.awards import Award, award
from webapp.pricing.calendar import Calendar, Day
from webapp.pricing.held import Held
from webapp.pricing.lines import Component, PayLine, PendingLine, Subject, UnpaidLine
from webapp.pricing.money import rounded
from webapp.pricing.outcome import Earned, Outcome, Unearned
from webapp.pricing.pieces import pieces_of
from webapp.pricing.policy import Policy
from webapp.pricing.spans import Interval, Intervals, as_spans, intersect, seconds, split_at, union

NOT_YET_WORKED = "not yet worked"
INSIDE_BUSINESS_HOURS = "inside business hours"
SCHEDULE_LEFT_OUT = "schedule left out"


def price_stipends(
    person_id: str, held: Held, calendar: Calendar, policy: Policy, read_at: int, outcome: Outcome
) -> None:
    """Adds an engineer's stipends and all other time on call to the outcome."""
    paid = held.at_levels(policy.levels)
    awards = award(pieces_of(paid, calendar, policy), calendar, policy, read_at)
    rest = _Rest(person_id, calendar, read_at)
    for day, one in awards.by_day.items():
        time = union(one.held)
        level, decisive = _best(one, held, policy)
        outcome.earned.append(Earned(person_id, day, level, tuple(held.schedules_before(decisive, level)), time))
        if one.worked:
            worked, later = split_at(read_at, time)
            outcome.pay.append(_pay_line(person_id, day, level, worked, held, policy))
            rest.add_unpaid(NOT_YET_WORKED, later)
        else:
            rest.pending[day] += time
    rest.add_unpaid(SCHEDULE_LEFT_OUT, held.left_out)
    for level in sorted(held.levels.keys() - policy.levels.keys()):
        rest.add_unpaid(f"level {level}", held.levels[level])
    if not policy.stipend_in_business_hours:
        rest.add_unpaid(INSIDE_BUSINESS_HOURS, intersect(paid, calendar.business))
    for reason, interval in awards.left_over:
        rest.add_unpaid(reason, [interval])
        for day, part in calendar.split(split_at(read_at, [interval])[0]):
            outcome.unearned.append(Unearned(person_id, day, held.schedules_of([part])))
    rest.write(outcome)


@dataclass(slots=True)
class _Rest:
    """One engineer's time that no stipend pays, a line for each date and reason."""

    person_id: str
    calendar: Calendar
    read_at: int
    unpaid: dict[tuple[Day, str], list[Interval]] = field(default_factory=lambda: defaultdict(list))
    pending: dict[Day, list[Interval]] = field(default_factory=lambda: defaultdict(list))

    def add_unpaid(self, reason: str, intervals: Intervals) -> None:
        """Time that earns nothing; what lies after the reading instant is not yet worked, whatever the reason."""
        past, later = split_at(self.read_at, intervals)
        for day, part in self.calendar.split(past):
            self.unpaid[day, reason].append(part)
        for day, part in self.calendar.split(later):
            self.pending[day].append(part)

    def write(self, outcome: Outcome) -> None:
        """Adds the lines."""
        for (day, reason), parts in self.unpaid.items():
            time = union(parts)
            line = UnpaidLine(self.person_id, day.date, Subject.ON_CALL, reason, as_spans(time), seconds(time))
            outcome.unpaid.append(line)
        for day, parts in self.pending.items():
            time = union(parts)
            late = PendingLine(self.person_id, day.date, Subject.ON_CALL, NOT_YET_WORKED, as_spans(time), seconds(time))
            outcome.pending.append(late)


def _best(one: Award, held: Held, policy: Policy) -> tuple[int, int]:
    """The level paid and the end of the time it was held: of several pieces of a date, the best paid counts.

    Anything else would let a second, worse paid piece lower the pay of a date.
    """
    choices = [(held.level_before(decisive), decisive) for decisive in sorted(one.decisive)]
    return max(choices, key=lambda choice: policy.levels[choice[0]].for_day(one.day.day_type))


def _pay_line(person_id: str, day: Day, level: int, time: Intervals, held: Held, policy: Policy) -> PayLine:
    rate = policy.levels[level].for_day(day.day_type)
    return PayLine(
        person_id=person_id,
        date=day.date,
        component=Component.STIPEND,
        rule=f"{day.day_type.value} stipend, level {level}",
        day_type=day.day_type,
        quantity=Decimal(1),
        unit="day",
        rate=rate,
        amount=rounded(rate, policy.minor_digits),
        seconds=seconds(time),
        spans=as_spans(time),
        causes=held.schedules_of(time),
    )
