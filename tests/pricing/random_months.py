"""Random months for the form: people, policies, rotas and callouts of whole minutes, each month made by its number."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from tests.pricing.reference import DayType
from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell
from webapp.pricing.facts import DAY_SECONDS, CompanyDay, Decision, Holiday, Incident, Span, clock_of
from webapp.pricing.policy.form import (
    BusinessHours,
    EvidenceMode,
    Policy,
    Stipend,
    StipendDate,
    SubstituteDays,
)

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")
MONTHS = (
    date(2026, 3, 1),  # the clocks go forward in New York on the 8th, in London on the 29th
    date(2026, 4, 1),  # half an hour back on Lord Howe on the 5th
    date(2026, 6, 1),
    date(2026, 10, 1),  # half an hour forward on Lord Howe on the 4th, back in London on the 25th
    date(2026, 11, 1),  # back in New York on the 1st
    date(2026, 12, 1),
    date(2027, 2, 1),
)
REGIONS = ("GB-ENG", "IE")
SCHEDULES = ("Primary", "Secondary", "Shadow")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def random_month(number: int) -> tuple[Facts, Policy]:
    """The facts of a month, a few days of its neighbours included, and a policy."""
    draw = Random(number)  # noqa: S311  the same month on every machine, not a secret
    policy = _policy(draw)
    first = draw.choice(MONTHS)
    zone = policy.pay_zone or draw.choice(ZONES)
    people = [_person(draw, who, zone, policy) for who in ("Ada", "Ben", "Cy")]
    start = datetime.combine(first - timedelta(days=2), time(), ZoneInfo(zone)).astimezone(UTC)
    late = draw.random() < 0.25
    read_at = start + (draw.randrange(2 * 1440, 34 * 1440) if late else 80 * 1440) * MINUTE
    rows = [row for _ in range(draw.randint(1, 3)) for row in _rota(draw, start)]
    callouts = [one for person in people for one in _callouts(draw, person, start, read_at, rows, policy)]
    days = [first + timedelta(days=draw.randrange(-2, 34)) for _ in range(8)]
    holidays = {region: {day: _holiday(draw) for day in draw.sample(days, 3)} for region in REGIONS}
    company = {day: CompanyDay(draw.choice(list(DayType)), "ours") for day in draw.sample(days, draw.randint(0, 2))}
    facts = Facts(tuple(people), tuple(rows), tuple(callouts), read_at, holidays=holidays, company_days=company)
    return _moving(draw, _with_corrections(draw, facts), policy), policy


def _amount(draw: Random) -> Decimal:
    return Decimal(draw.choice(("0", "20", "35", "45", "31.35", "12.345", "50.125", "0.10", "17.7777")))


def _hours(draw: Random) -> BusinessHours:
    first, after = draw.choice((("09:00", "17:30"), ("09:00", "17:30"), ("01:30", "05:00"), ("00:00", "12:00"),
                                ("10:00", "12:00"), ("22:00", "23:59"), ("02:15", "20:45")))  # fmt: skip
    days = draw.choice(((1, 2, 3, 4, 5), (1, 2, 3, 4, 5), (7, 1, 2, 3, 4), tuple(range(1, 8)), (), (6, 7)))
    return BusinessHours(time.fromisoformat(first), time.fromisoformat(after), frozenset(days))


def _policy(draw: Random) -> Policy:
    """Every setting of the form that pay depends on."""
    each = draw.random() < 0.4
    levels = draw.sample((1, 2, 3), draw.choice((1, 1, 2, 3)))
    return Policy(
        currency="GBP",
        minor_digits=draw.choice((2, 2, 2, 0, 3)),
        levels={level: Stipend(_amount(draw), _amount(draw), _amount(draw)) for level in levels},
        schedules_left_out=frozenset(draw.choice(((), (), ("Shadow",), ("Shadow", "Secondary")))),
        callout_fee=_amount(draw),
        fee_for_each_callout=each,
        fees_a_day=draw.choice((None, 1, 2, 3)) if each else None,
        hourly_rate=draw.choice((Decimal("31.35"), _amount(draw), None)),
        minimum_minutes=draw.choice((0, 45, 60, 60, 180, 300)),
        step_minutes=draw.choice((1, 7, 15, 15, 60)),
        merge_minutes=draw.choice((0, 0, 30, 120, 600)),
        longest_spell_hours=draw.choice((1, 4, 12, 12, 30)),
        business_hours=_hours(draw),
        stipend_in_business_hours=draw.random() < 0.3,
        stipend_date=draw.choice((StipendDate.END_OF_DATE, *StipendDate)),
        stipend_hours=draw.choice((Decimal(0), Decimal("2.5"), Decimal(6), Decimal(12))),
        shortest_piece_hours=draw.choice((Decimal(0), Decimal("1.5"), Decimal(6), Decimal(6), Decimal(12))),
        holiday_region=draw.choice((None, "none", *REGIONS, *REGIONS)),
        substitute_days=draw.choice(list(SubstituteDays)),
        pay_zone=draw.choice((None, None, *ZONES)),
        evidence=draw.choice(list(EvidenceMode)),
        high_urgency_only=draw.random() < 0.3,
        pay_not_on_call=draw.random() < 0.3,
        callouts_at_paid_levels_only=draw.random() < 0.3,
    )


def _person(draw: Random, who: str, zone: str, policy: Policy) -> Person:
    own = None if draw.random() < 0.02 else draw.choice((zone, *ZONES))
    return Person(
        who,
        who,
        None,
        policy.pay_zone or own,
        holiday_region=draw.choice((None, "none", *REGIONS)),
        hourly_rate=draw.choice((None, None, Decimal(40), Decimal("17.77"))),
        business_hours=_hours(draw) if draw.random() < 0.3 else None,
    )


def _holiday(draw: Random) -> Holiday:
    kind = draw.choice(("plain", "substitute", "replaced"))
    return Holiday("Day", substitute=kind == "substitute", replaced=kind == "replaced")


def _with_corrections(draw: Random, facts: Facts) -> Facts:
    """Calendars as somebody corrects them, where there is work: of regions, of no region, of single engineers."""
    moments = {person.id: _edges_of_work(person, facts) for person in facts.people}
    everybody = [moment for own in moments.values() for moment in own]
    holidays = {
        region: {**facts.holidays.get(region, {}), **_corrections(draw, everybody)} for region in (*REGIONS, "none")
    }
    people = []
    for person in facts.people:
        taken_out = dict.fromkeys(draw.sample(sorted(holidays["IE"]), draw.choice((0, 1))))
        people.append(replace(person, holidays={**_corrections(draw, moments[person.id]), **taken_out}))
    return replace(facts, holidays=holidays, people=tuple(people))


def _moving(draw: Random, facts: Facts, policy: Policy) -> Facts:
    """Some engineers with another region from a date on, which is one of work or the date after; never without any."""
    return replace(facts, people=tuple(_moved(draw, person, facts, policy) for person in facts.people))


def _moved(draw: Random, person: Person, facts: Facts, policy: Policy) -> Person:
    moments = _edges_of_work(person, facts)
    if draw.random() < 0.6 or not moments or (person.holiday_region or policy.holiday_region) is None:
        return person
    days = {moment.date() + timedelta(days=draw.choice((0, 0, 1))) for moment in draw.choices(moments, k=2)}
    choices = ("none", *REGIONS, *((None,) if policy.holiday_region else ()))
    regions = ((date.min, person.holiday_region), *((day, draw.choice(choices)) for day in sorted(days)))
    return replace(person, words={**person.words, "holiday region": regions})


def _edges_of_work(person: Person, facts: Facts) -> list[datetime]:
    """By the person's clock."""
    edges = [
        edge
        for one in facts.callouts
        for spell in one.spells
        for edge in (spell.start, spell.end)
        if edge and one.person_id == person.id
    ]
    edges += [edge for row in facts.on_call for edge in (row.start, row.end) if row.person_id == person.id]
    return [edge.astimezone(ZoneInfo(person.zone or "UTC")) for edge in edges]


def _corrections(draw: Random, moments: list[datetime]) -> dict[date, Holiday]:
    """Whole dates, and hours of them that begin or end where work does, at usual times, or while clocks change."""
    found = {}
    for moment in draw.choices(moments, k=draw.choice((0, 3, 9))) if moments else ():
        wall = moment.time().replace(tzinfo=None, fold=0)
        start = draw.choice((None, wall, time(14), time(10, 15), time(1, 30), time(2)))
        end = draw.choice((None, wall, time(12), time(2, 15), time(2, 45), time(16)))
        start, end = draw.choice(((start, end), (start, None), (None, end), (None, None)))
        if end is None or end > (start or time.min):
            found[moment.date()] = Holiday("Corrected", clock_of(start), clock_of(end) if end else DAY_SECONDS)
    return found


def _rota(draw: Random, start: datetime) -> Iterator[OnCall]:
    """One schedule at one level: handovers in turn, or stretches at any time; some are repeated, cut or covered."""
    schedule, level = draw.choice(SCHEDULES), draw.choice((1, 1, 2, 3))

    def row(who: str, begin: datetime, end: datetime) -> OnCall:
        return OnCall(who, begin, end, level, schedule, schedule)

    turn, at = draw.choice(((7 * 24, 9), (24, 9), (8, 1), (12, 8), (0, 0), (0, 0)))
    if not turn:
        for _ in range(draw.randint(1, 14)):
            begin = start + draw.randrange(0, 34 * 1440) * MINUTE
            yield row(
                draw.choice(("Ada", "Ben")), begin, begin + draw.choice((0, 30, 359, 360, 361, 900, 3000)) * MINUTE
            )
        return
    members = draw.sample(("Ada", "Ben", "Cy"), draw.randint(1, 3))
    begin, number = start + draw.choice((at, at, draw.randrange(0, 24))) * HOUR, draw.randrange(3)
    while begin < start + 34 * 24 * HOUR:
        end, who = begin + turn * HOUR, members[number % len(members)]
        covered = begin + draw.randrange(0, turn * 60) * MINUTE
        if draw.random() < 0.15:  # somebody takes over for a while
            back = min(covered + draw.choice((1, 120, 300, 359, 360, 361, 600)) * MINUTE, end)
            yield from (row(who, begin, covered), row(draw.choice(("Ada", "Ben", "Cy")), covered, back))
            yield row(who, back, end)
        elif draw.random() < 0.2:  # told in pieces
            yield from (row(who, begin, covered), row(who, covered, end), row(who, begin, covered))
        else:
            yield row(who, begin, end)
        begin, number = end, number + 1


def _callouts(
    draw: Random, person: Person, start: datetime, read_at: datetime, rows: list[OnCall], policy: Policy
) -> Iterator[Callout]:
    """Up to a dozen callouts, many of them close to the one before or to the edge of something."""
    begin = start + draw.randrange(0, 30 * 1440) * MINUTE
    for number in range(draw.choice((0, 2, 4, 8, 12))):
        spells = []
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            length = draw.choice((0, 1, 10, 20, 45, 60, 61, 90, draw.randrange(0, 400), draw.randrange(0, 2000)))
            spells.append(Spell(begin, begin + length * MINUTE, "seen"))
            gap = draw.choice((0, 1, 5, 30, 60, policy.minimum_minutes, policy.merge_minutes, draw.randrange(0, 1500)))
            begin += (length + gap + draw.choice((-1, 0, 0, 1))) * MINUTE
            begin = max(begin, spells[-1].end or begin)
        if draw.random() < 0.4:  # the next one lies elsewhere
            begin = start + draw.randrange(0, 34 * 1440) * MINUTE
        elif draw.random() < 0.4:  # or while this one lasts
            begin = spells[0].start + draw.randrange(0, 120) * MINUTE
        if draw.random() < 0.2:
            begin = _edge(draw, person, begin)
        known = [one for one in spells if one.start < read_at]
        if known and ((known[-1].end or read_at) > read_at or draw.random() < 0.03):
            known[-1] = replace(known[-1], end=None)
        if known:
            yield _callout(draw, person, number, tuple(known), rows)


def _edge(draw: Random, person: Person, begin: datetime) -> datetime:
    """A moment at or beside the start or end of business hours, or midnight."""
    local = begin.astimezone(ZoneInfo(person.zone or "UTC"))
    wall = draw.choice((time(9), time(17, 30), time(0), time(1, 30), time(22)))
    return datetime.combine(local.date(), wall, local.tzinfo).astimezone(UTC) + draw.choice((-1, 0, 0, 1)) * MINUTE


def _callout(draw: Random, person: Person, number: int, spells: tuple[Spell, ...], rows: list[OnCall]) -> Callout:
    start = spells[0].start
    held = [row for row in rows if row.person_id == person.id and row.start <= start < row.end]
    on_call = bool(held) or draw.random() < 0.6
    levels = {row.level for row in held} or ({draw.choice((1, 2, 3))} if on_call else set())
    schedules = {row.schedule_id for row in held if row.schedule_id} or ({draw.choice(SCHEDULES)} if on_call else set())
    incident = Incident(f"Q{number}", number, "t", "s", draw.choice(("high", "high", "low")), start, spells[-1].end)
    made = Callout(person.id, incident, start, spells, on_call, frozenset(levels), frozenset(schedules))
    how = draw.choice(("none",) * 8 + ("pay", "refuse", "correct"))
    if how == "none":
        return made
    times = _times(draw, start) if how == "correct" else ()
    return replace(made, decision=Decision(how != "refuse", "why", "Max", start, times))


def _times(draw: Random, start: datetime) -> tuple[Span, ...]:
    """Corrected times, some of no length, some that touch."""
    found = []
    for _ in range(draw.choice((1, 1, 2, 3))):
        start += draw.choice((0, 0, 10, 300)) * MINUTE
        end = start + draw.choice((0, 45, 1500)) * MINUTE
        found.append(Span(start, end))
        start = end
    return tuple(found)
