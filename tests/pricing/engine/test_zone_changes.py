"""Versions that change the pay zone: each second is paid once, on one date, in reports of any months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.pricing import select
from webapp.pricing.facts import Incident
from webapp.pricing.policy import parse
from webapp.pricing.report.lines import Period, Report, Statement
from webapp.pricing.spans import second_of, seconds, union

TOP = 'name = "P"\ncurrency = "GBP"\nrounding = "half up"\npay_zone = "{zone}"\n{top}\n'
STANDBY = '[[rules]]\nname = "standby"\npays = "on call"\n{when}\ncount = {count}\n{more}\nprice = "1.00"\n'
CALLED = '[[rules]]\nname = "called"\npays = "callouts"\ncount = "hours"\nprice = "10.00"\n'
CHANGE = '[[versions]]\neffective = {day}\npay_zone = "{zone}"\n'
SCHEDULES = {
    "SA": "Pacific/Auckland",
    "SB": "Europe/London",
    "SC": "America/Los_Angeles",
    "SD": "",
    "SE": "Asia/Kolkata",
}
ZONES = ("schedule", "engineer", "Europe/London", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12")
AUTUMN = Period(date(2026, 9, 1), date(2026, 12, 1))
START = datetime(2026, 10, 14, tzinfo=UTC)
READ_AT = datetime(2026, 12, 31, tzinfo=UTC)


def held(schedule: str, level: int = 1, start: datetime = START, hours: int = 48, who: str = "ada") -> OnCall:
    end = start + timedelta(hours=hours)
    return OnCall(who, start, end, level, schedule, schedule, SCHEDULES[schedule])


def facts_of(*rows: OnCall, callouts: tuple[Callout, ...] = (), zone: str = "Europe/London") -> Facts:
    people = (Person("ada", "Ada", None, zone), Person("bo", "Bo", None, "America/New_York"))
    return Facts(people, rows, callouts, READ_AT)


def policy(
    zone: str, count: str = '"hours"', when: str = "", *, change: str = "", top: str = "", more: str = ""
) -> str:
    rules = STANDBY.format(count=count, when=when, more=more) + CALLED
    return TOP.format(zone=zone, top=top) + rules + change


def reported(text: str, facts: Facts, period: Period = AUTUMN) -> Report:
    return select(price(facts, parse(text)), period)


@pytest.mark.parametrize("after", ZONES)
@pytest.mark.parametrize("before", ZONES)
def test_no_hour_is_paid_twice_or_lost_where_the_zone_changes(before: str, after: str) -> None:
    for row in (held("SA"), held("SC"), held("SD")):
        report = reported(policy(before, change=CHANGE.format(day="2026-10-15", zone=after)), facts_of(row))
        assert (report.total, [one.reason for one in report.statements[0].unpaid]) == (Decimal(48), [])
        assert _misdated(report.statements[0]) == {}


@pytest.mark.parametrize(
    "unit", ['"days"', '{ unit = "days", part = "prorated" }', '{ unit = "weeks", part = "whole" }']
)
@pytest.mark.parametrize(("before", "after"), [("Europe/London", "America/New_York"), ("schedule", "Europe/London")])
def test_no_date_or_week_is_paid_twice_where_the_zone_changes(before: str, after: str, unit: str) -> None:
    for hours in range(0, 48, 3):
        one = held("SA", start=START + timedelta(hours=hours), hours=1)
        text = policy(before, unit, change=CHANGE.format(day="2026-10-15", zone=after))
        (line,) = reported(text, facts_of(one)).statements[0].lines
        assert line.seconds == 3600


def test_detail_has_the_dates_by_which_time_is_paid() -> None:
    facts = facts_of(held("SC", 1), held("SA", 2))
    for when in (
        'when = { rota = "SA" }',
        'when = { rota_not = "SC" }',
        'when = { rota = "SC" }',
        "when = { level = 2 }",
    ):
        (one,) = (s for s in reported(policy("schedule", when=when), facts).statements if s.person.id == "ada")
        assert _misdated(one) == {}


def test_time_that_two_rules_pay_by_two_clocks_is_told() -> None:
    rules = [
        STANDBY.format(count='"hours"', when=f'when = {{ rota = "{rota}" }}', more="").replace("standby", rota)
        for rota in ("SA", "SC")
    ]
    facts = facts_of(held("SA", hours=24), held("SC", hours=24))
    texts = [one.text for one in reported(TOP.format(zone="schedule", top="") + "".join(rules), facts).warnings]
    told = "several rules pay the same time, by schedules in different time zones."
    assert texts == [
        f"“SC” pays 7 h on this date, and Detail shows 0 h: {told}",
        f"“SC” pays 17 h on this date, and Detail shows 11 h: {told}",
    ]


def _misdated(statement: Statement) -> dict[date, int]:
    """Seconds of time on call that Detail dates otherwise than the lines do."""
    told: Counter[date] = Counter()
    for line in statement.lines:
        told[line.booked] += line.seconds if line.label == "standby" else 0
    for one in statement.unpaid:
        told[one.date] += one.seconds if one.subject == "on call" else 0
    for day in statement.days:
        told[day.date] -= day.on_call_seconds
    return {day: miss for day, miss in told.items() if miss}


def _worlds(draws: range) -> Iterator[tuple[int, Random, Facts]]:
    for number in draws:
        draw = Random(number)  # noqa: S311  the same world on every machine, not a secret
        begin = datetime(2026, 9, 20, tzinfo=UTC)
        rows, callouts = list[OnCall](), list[Callout]()
        for who in ("ada", "bo"):
            for _ in range(draw.randint(3, 12)):
                start = begin + timedelta(minutes=30 * draw.randrange(55 * 48))
                schedule, level = draw.choice(list(SCHEDULES)), draw.randint(1, 2)
                end = start + timedelta(minutes=30 * draw.randint(1, 192))
                rows.append(OnCall(who, start, end, level, schedule, schedule, SCHEDULES[schedule]))
            for _ in range(draw.randint(0, 4)):
                start = begin + timedelta(minutes=30 * draw.randrange(55 * 48))
                callouts.append(_callout(who, start, draw.choice((10, 40, 300)), len(callouts), rows))
        yield number, draw, facts_of(*rows, callouts=tuple(callouts), zone=draw.choice(("Europe/Berlin", "Asia/Tokyo")))


def _callout(who: str, start: datetime, minutes: int, number: int, rows: list[OnCall]) -> Callout:
    own = [row for row in rows if row.person_id == who and row.start <= start < row.end]
    ids = frozenset(row.schedule_id for row in own if row.schedule_id)
    end = start + timedelta(minutes=minutes)
    incident = Incident(f"Q{number}", number, "t", "s", "high", start, end)
    levels = frozenset(row.level for row in own)
    zone = SCHEDULES[min(ids)] if ids else ""
    return Callout(who, incident, start, (Spell(start, end, "e"),), bool(own), levels, ids, zone=zone)


def _disagreements(draws: range) -> Iterator[str]:
    months = [Period(date(2026, month, 1), date(2026, month + 1, 1)) for month in (9, 10, 11)]
    for number, draw, facts in _worlds(draws):
        when = draw.choice(
            ("", "", 'when = { rota = ["SA", "SB"] }', 'when = { rota_not = "SC" }', "when = { level = 2 }")
        )
        top = draw.choice(("", 'business_hours = "09:00-17:00"', '[bands]\nnight = ["22:00-06:00"]'))
        day = f"2026-{draw.choice(('10-01', '10-17', '10-25', '11-02'))}"
        change = draw.choice(("", CHANGE.format(day=day, zone=draw.choice(ZONES))))
        text = policy(draw.choice(("schedule", "schedule", *ZONES)), when=when, top=top, change=change)
        whole = reported(text, facts)
        parts = [reported(text, facts, month) for month in months]
        if sum(part.total for part in parts) != whole.total:
            yield f"world {number}: the months do not add up\n{text}"
        for one in whole.statements:
            time = [
                (second_of(row.start), second_of(row.end)) for row in facts.on_call if row.person_id == one.person.id
            ]
            told = [line.seconds for line in one.lines if line.rule == "standby"]
            told += [line.seconds for line in one.unpaid if line.subject == "on call"]
            if sum(told) != seconds(union(time)):
                yield f"world {number}: {one.person.name} held {seconds(union(time))}, told {sum(told)}\n{text}"
            if _misdated(one):
                yield f"world {number}: {one.person.name} {_misdated(one)}\n{text}"


def test_random_worlds() -> None:
    assert list(_disagreements(range(15))) == []


@pytest.mark.slow
def test_more_random_worlds() -> None:
    assert list(_disagreements(range(15, 400))) == []
