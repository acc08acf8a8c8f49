"""The simple form's pay minute by minute: slow, obvious, and written from the rules alone, not from the engine.

The rules are docs/pay-rules.md, docs/pay-settings.md and the cases of tests/cases. A minute is a number: minutes since
1970 (UTC). Time is a set of minutes, a date its number of days since 1970. Facts must be of whole minutes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.spoken_facts import Callout, Facts, Person, Spell
from webapp.pricing.facts import DAY_SECONDS, Holiday, Span
from webapp.pricing.policy.form import BusinessHours, Policy, Stipend, StipendDate, SubstituteDays

A_DAY = 24 * 60
SIX_HOURS = 6 * 60
FOR_EVER = 10**12
FIRST_DAY = date(1970, 1, 1)


class DayType(StrEnum):
    """The day types of the simple form; a bank holiday outranks a weekend day, which outranks a weekday."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    BANK_HOLIDAY = "bank holiday"


def amount_of(stipend: Stipend, day_type: DayType) -> Decimal:
    amounts = {DayType.WEEKDAY: stipend.weekday, DayType.WEEKEND: stipend.weekend}
    return amounts.get(day_type, stipend.bank_holiday)


@dataclass
class Pay:
    """What one engineer gets: amounts by booking date, minutes billed; or why there is no price."""

    not_priced: str = ""
    stipends: dict[date, Decimal] = field(default_factory=dict)
    fees: dict[date, Decimal] = field(default_factory=dict)
    hourly_pay: dict[date, Decimal] = field(default_factory=dict)
    billed: int = 0

    @property
    def total(self) -> Decimal:
        return sum((sum(purse.values()) for purse in (self.stipends, self.fees, self.hourly_pay)), start=Decimal(0))


@dataclass
class Work:
    """One uninterrupted stretch of a callout."""

    start: int
    end: int
    callout: Callout
    in_full: bool = False
    """A manager decided that it is paid."""


def pay_of(person: Person, facts: Facts, policy: Policy) -> Pay:
    """The whole pay of one engineer."""
    held = [row for row in facts.on_call if row.person_id == person.id and row.start < row.end]
    callouts = [one for one in facts.callouts if one.person_id == person.id]
    if not held and not callouts:
        return Pay()
    if person.zone is None:
        return Pay("no time zone")
    if policy.holiday_region is None and not any(region for _, region in regions_of(person)):
        return Pay("no holiday region")
    month = Month(person, facts, policy)
    pay = Pay(stipends=month.stipends())
    month.callouts(pay)
    return Pay(pay.not_priced) if pay.not_priced else pay


def regions_of(person: Person) -> Sequence[tuple[date, str | None]]:
    """Each holiday region with the date from which it holds, in order."""
    return person.words.get("holiday region", ((date.min, person.holiday_region),))


class Clock:
    """What the clock of a zone shows."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.ahead: dict[int, int] = {}
        self.dates: dict[int, list[int]] = {}

    def local(self, minute: int) -> int:
        """The minute as the wall clock counts; clocks only ever change at a quarter of an hour."""
        quarter = minute // 15
        if quarter not in self.ahead:
            offset = datetime.fromtimestamp(quarter * 15 * 60, self.zone).utcoffset()
            assert offset is not None
            self.ahead[quarter] = offset // timedelta(minutes=1)
        return minute + self.ahead[quarter]

    def date(self, minute: int) -> int:
        return self.local(minute) // A_DAY

    def of_date(self, day: int) -> list[int]:
        """The minutes of a date: 1,440 of them, unless the clocks change."""
        if day not in self.dates:
            around = range(day * A_DAY - 15 * 60, (day + 1) * A_DAY + 15 * 60)
            self.dates[day] = [minute for minute in around if self.date(minute) == day]
        return self.dates[day]


clock_of = lru_cache(maxsize=None)(Clock)


class Month:
    """One engineer's facts."""

    def __init__(self, person: Person, facts: Facts, policy: Policy) -> None:
        assert person.zone is not None
        self.person, self.facts, self.policy = person, facts, policy
        self.clock: Clock = clock_of(person.zone)
        self.read_at = minute_of(facts.read_at)
        self.business_of: dict[int, set[int]] = {}

    def day_type(self, day: int) -> DayType:
        """A company day outranks a bank holiday, which outranks a weekend day."""
        when = date_of(day)
        if when in self.facts.company_days:
            return self.facts.company_days[when].day_type
        holiday = self.bank_holiday(when)
        if holiday is not None and holiday.is_whole:
            return DayType.BANK_HOLIDAY
        return DayType.WEEKEND if when.isoweekday() >= 6 else DayType.WEEKDAY

    def bank_holiday(self, when: date) -> Holiday | None:
        """The engineer's own day first: it holds in whatever region, and no rule of substitute days touches it."""
        if when in self.person.holidays:
            return self.person.holidays[when]
        region = self.region(when) or self.policy.holiday_region or "none"
        holiday = self.facts.holidays.get(region, {}).get(when)
        if holiday is None:
            return None
        rule = self.policy.substitute_days
        if rule is SubstituteDays.BY_COUNTRY:
            rule = SubstituteDays.REPLACE if region.split("-")[0] == "GB" else SubstituteDays.BOTH
        if rule is SubstituteDays.REPLACE:
            counts = not holiday.replaced
        else:
            counts = rule is SubstituteDays.BOTH or not holiday.substitute
        return holiday if counts else None

    def region(self, when: date) -> str | None:
        """The engineer's own on a date, whatever was held before it."""
        begun = [region for since, region in regions_of(self.person) if since <= when]
        return begun[-1] if begun else None

    def free_part(self, day: int) -> set[int]:
        """The minutes of a date that a holiday of some hours takes: between the first sights of its two times."""
        holiday = self.bank_holiday(date_of(day))
        if holiday is None or date_of(day) in self.facts.company_days:
            return set()
        minutes = self.clock.of_date(day)
        start = minutes[0] if not holiday.start else self.first_showing(day, holiday.start // 60)
        end = minutes[-1] + 1 if holiday.end == DAY_SECONDS else self.first_showing(day, holiday.end // 60)
        return set(range(start, end))

    def business(self, minute: int) -> bool:
        """Whether the clock shows business hours. Bank holidays have none, nor have days that the company made free.

        Where only some hours of a date are a bank holiday, those have none.
        """
        day = self.clock.date(minute)
        if day not in self.business_of:
            hours: BusinessHours = self.person.business_hours or self.policy.business_hours
            made_free = date_of(day) in self.facts.company_days and self.day_type(day) is DayType.WEEKEND
            free = made_free or self.day_type(day) is DayType.BANK_HOLIDAY
            works = date_of(day).isoweekday() in hours.days and not free
            first, after = clock_minute(hours.start), clock_minute(hours.end)
            shown = {one: self.clock.local(one) % A_DAY for one in self.clock.of_date(day)} if works else {}
            open_ = {one for one, wall in shown.items() if first <= wall < after}
            self.business_of[day] = open_ - self.free_part(day)
        return minute in self.business_of[day]

    # Stipends

    def stipends(self) -> dict[date, Decimal]:
        """The amount of each date earned, at the best paid level of those that may decide."""
        level_at = self.levels()
        if self.policy.stipend_in_business_hours:
            held = set(level_at)
        else:
            held = {minute for minute in level_at if not self.business(minute)}
        best: dict[int, tuple[bool, Decimal]] = {}
        for day, piece in self.earned(set(level_at), held):
            limit = self.clock.of_date(day)[-1]
            level = level_at[max((minute for minute in piece if minute <= limit), default=max(piece))]
            amount = amount_of(self.policy.levels[level], self.day_type(day))
            sure, most = best.get(day, (True, Decimal(0)))
            best[day] = (sure and self.is_sure(day, piece), max(most, amount))
        found: dict[date, Decimal] = {}
        for day, (sure, amount) in best.items():
            add(found, date_of(day), self.money(Fraction(amount)) if sure else Decimal(0))
        return found

    def levels(self) -> dict[int, int]:
        """The lowest level held at each minute, where that level is paid."""
        level_at: dict[int, int] = {}
        for row in self.facts.on_call:
            if row.person_id == self.person.id and row.schedule_id not in self.policy.schedules_left_out:
                for minute in range(minute_of(row.start), minute_of(row.end)):
                    level_at[minute] = min(row.level, level_at.get(minute, row.level))
        return {minute: level for minute, level in level_at.items() if level in self.policy.levels}

    def earned(self, on_call: set[int], held: set[int]) -> Iterator[tuple[int, list[int]]]:
        """Dates, with the piece of time that earns each."""
        how = self.policy.stipend_date
        if how is StipendDate.START_OF_SHIFT:
            for day, part in self.days_of_shifts(on_call):
                yield from ((day, piece) for piece in self.pieces(part & held))
            return
        touched: dict[int, list[list[int]]] = {}
        for piece in self.pieces(held):
            dates = sorted({self.clock.date(minute) for minute in piece})
            if how is StipendDate.END_OF_DATE:
                ends = [day for day in dates if piece[-1] >= self.clock.of_date(day)[-1]]
                yield from ((day, piece) for day in ends or dates)
            else:
                for day in dates:
                    touched.setdefault(day, []).append(piece)
        for day, pieces in touched.items():
            of_date = set(self.clock.of_date(day))
            minutes = sum(len(of_date.intersection(piece)) for piece in pieces)
            if self.enough(day, minutes):
                yield from ((day, piece) for piece in pieces)

    def enough(self, day: int, minutes: int) -> bool:
        """Whether so much of a date earns it."""
        if self.policy.stipend_date is StipendDate.AT_LEAST:
            return minutes >= self.policy.stipend_hours * 60
        if self.policy.stipend_date is StipendDate.MAJORITY:
            inside = self.policy.stipend_in_business_hours
            countable = [minute for minute in self.clock.of_date(day) if inside or not self.business(minute)]
            return 2 * minutes > len(countable)
        return True

    def pieces(self, held: Iterable[int]) -> list[list[int]]:
        """Time joined over less than six hours without business hours; too short pieces are dropped."""
        cuts = not self.policy.stipend_in_business_hours
        joined: list[list[int]] = []
        for minute in sorted(held):
            between = range(joined[-1][-1] + 1, minute) if joined else range(0)
            if joined and len(between) < SIX_HOURS and not (cuts and any(map(self.business, between))):
                joined[-1].append(minute)
            else:
                joined.append([minute])
        return [piece for piece in joined if len(piece) >= self.policy.shortest_piece_hours * 60]

    def days_of_shifts(self, on_call: set[int]) -> Iterator[tuple[int, set[int]]]:
        """Each shift, joined over less than six hours, cut where the clock shows again what it showed at its start."""
        shifts: list[list[int]] = []
        for minute in sorted(on_call):
            if shifts and minute - shifts[-1][-1] - 1 < SIX_HOURS:
                shifts[-1].append(minute)
            else:
                shifts.append([minute])
        for shift in shifts:
            first = self.clock.date(shift[0])
            shown = self.clock.local(shift[0]) % A_DAY
            days = range(first + 1, self.clock.date(shift[-1]) + 1)
            cuts = [shift[0], *(self.first_showing(day, shown) for day in days), shift[-1] + 1]
            for number, (start, end) in enumerate(pairwise(cuts)):
                yield first + number, {minute for minute in shift if start <= minute < end}

    def first_showing(self, day: int, wall: int) -> int:
        """The first minute of a date at which the clock shows this or more."""
        return next(minute for minute in self.clock.of_date(day) if self.clock.local(minute) % A_DAY >= wall)

    def is_sure(self, day: int, piece: list[int]) -> bool:
        """When read, the date or the piece has ended, and enough of the piece was worked."""
        worked = sum(minute < self.read_at for minute in piece)
        is_over = min(self.clock.of_date(day)[-1], piece[-1]) < self.read_at
        return is_over and worked >= self.policy.shortest_piece_hours * 60

    # Callouts

    def callouts(self, pay: Pay) -> None:
        """Fees and hourly pay of sessions, then what ran past business hours."""
        policy = self.policy
        paid = [one for one in self.works() if self.is_paid(one)]
        inside = [not one.in_full and self.business(one.start) for one in paid]
        ran_past = [one for one, starts_inside in zip(paid, inside, strict=True) if starts_inside]
        called = [one for one, starts_inside in zip(paid, inside, strict=True) if not starts_inside]
        billed: set[int] = set()
        fees_of: dict[int, int] = {}
        charged: set[str] = set()
        hours: list[tuple[int, int]] = []
        for session in self.sessions(called):
            day = self.clock.date(session[0].start)
            worked = set().union(*map(self.outside, session)) - billed
            billed |= worked
            minutes = max(len(worked), policy.minimum_minutes)
            hours.append((day, -(-minutes // policy.step_minutes) * policy.step_minutes))
            first = {one.callout.incident.id for one in session} - charged
            charged |= first
            fees = len(first) if policy.fee_for_each_callout else 1
            if policy.fees_a_day is not None:
                fees = min(fees, policy.fees_a_day - fees_of.get(day, 0))
            fees_of[day] = fees_of.get(day, 0) + fees
            add(pay.fees, date_of(day), self.money(fees * Fraction(policy.callout_fee)))
        for one in ran_past:
            worked = self.outside(one) - billed
            billed |= worked
            hours.append((self.clock.date(one.start), len(worked)))
        rate = self.policy.hourly_rate if self.person.hourly_rate is None else self.person.hourly_rate
        for day, minutes in hours:
            pay.billed += minutes
            if rate is None and minutes:
                pay.not_priced = "no hourly rate"
            elif rate is not None:
                add(pay.hourly_pay, date_of(day), self.money(Fraction(minutes, 60) * Fraction(rate)))

    def works(self) -> list[Work]:
        """Spells in the order of their starts, at most as long as the longest; open ones are pending."""
        found = []
        longest = self.policy.longest_spell_hours * 60
        for callout in self.facts.callouts:
            if callout.person_id != self.person.id:
                continue
            decision = callout.decision
            in_full = decision is not None and decision.pay
            times = decision.times if decision is not None else ()
            closed = [(start, end) for start, end in self.stretches(times or callout.spells) if end <= self.read_at]
            cut = FOR_EVER if times else longest
            found += [Work(start, min(end, start + cut), callout, in_full) for start, end in closed]
        return sorted(found, key=lambda one: (one.start, one.end, one.callout.incident.id))

    def stretches(self, spells: Iterable[Spell | Span]) -> list[tuple[int, int]]:
        """Spells that touch are uninterrupted work, one spell; what is open may last for ever."""
        found: list[tuple[int, int]] = []
        for spell in spells:
            start, end = minute_of(spell.start), FOR_EVER if spell.end is None else minute_of(spell.end)
            if found and start <= found[-1][1]:
                start, end = found[-1][0], max(end, found.pop()[1])
            found.append((start, end))
        return found

    def is_paid(self, one: Work) -> bool:
        """A manager's decision first, then what the policy asks."""
        callout, policy = one.callout, self.policy
        if callout.decision is not None:
            return callout.decision.pay
        unpaid_level = bool(callout.levels) and not callout.levels & set(policy.levels)
        refused = (
            not callout.on_call and not policy.pay_not_on_call,
            policy.high_urgency_only and callout.incident.urgency != "high",
            bool(callout.schedule_ids) and callout.schedule_ids <= policy.schedules_left_out,
            policy.callouts_at_paid_levels_only and unpaid_level,
        )
        return not any(refused)

    def sessions(self, works: Iterable[Work]) -> list[list[Work]]:
        """Work that overlaps, touches, starts within the merge window after the end or before the minimum runs out."""
        found: list[list[Work]] = []
        for one in works:
            if found:
                first = found[-1][0].start
                end = max(other.end for other in found[-1])
                near = one.start <= end + self.policy.merge_minutes or one.start < first + self.policy.minimum_minutes
                if near and one.start < first + A_DAY:
                    found[-1].append(one)
                    continue
            found.append([one])
        return found

    def outside(self, one: Work) -> set[int]:
        """Its minutes, less those in business hours, unless a manager decided that it is paid."""
        minutes = set(range(one.start, one.end))
        return minutes if one.in_full else {minute for minute in minutes if not self.business(minute)}

    def money(self, exact: Fraction) -> Decimal:
        """Half up to the smallest coin."""
        coins = int(exact * 10**self.policy.minor_digits + Fraction(1, 2))
        return Decimal(coins).scaleb(-self.policy.minor_digits)


def add(purse: dict[date, Decimal], day: date, amount: Decimal) -> None:
    if amount:
        purse[day] = purse.get(day, Decimal(0)) + amount


def date_of(day: int) -> date:
    return FIRST_DAY + timedelta(days=day)


def minute_of(instant: datetime) -> int:
    """Minutes since 1970."""
    minute, rest = divmod(instant - datetime(1970, 1, 1, tzinfo=UTC), timedelta(minutes=1))
    assert not rest, f"{instant} is no whole minute"
    return minute


def clock_minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute
