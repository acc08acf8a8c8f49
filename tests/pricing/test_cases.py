"""Runs the worked cases of `tests/cases/*.toml`; `tests/cases/README.md` says how one is written."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.pricing.reference import DayType
from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.pricing import select
from webapp.pricing.facts import CompanyDay, Decision, Holiday, Incident, Span, clock_of
from webapp.pricing.policy.form import BusinessHours, Policy, Stipend, StipendDate, SubstituteDays
from webapp.pricing.report.lines import Period, Report, Statement
from webapp.services.calendars.holidays import public_holidays

CASES = Path(__file__).parent.parent / "cases"
EVER = Period(date(2000, 1, 1), date(2100, 1, 1))
HOURS = ("from", "until")
STANDARD = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
    callout_fee=Decimal(45),
    hourly_rate=Decimal("31.35"),
    holiday_region="none",
)


def read_cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.toml")):
        for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(read_cases()))
def test_worked_case(case: dict[str, Any]) -> None:
    priced = price(facts_of(case), policy_of(case.get("policy", {})))
    for expected in case["expect"]:
        report = select(priced, period_of(expected))
        if "not_priced" in expected:
            assert {expected["who"]: expected["not_priced"]} == {person.id: why for person, why in report.not_priced}
            continue
        statement = next(one for one in report.statements if one.person.id == expected["who"])
        shown = shown_of(report, statement)
        assert expected == {key: shown.get(key, expected[key]) for key in expected}
        assert expected.keys() <= shown.keys() | {"who", "first", "after"}


def shown_of(report: Report, statement: Statement) -> dict[str, Any]:
    """A statement in the words of the case files."""
    return {
        "total": str(statement.total),
        "stipends": str(statement.stipends),
        "fees": str(statement.fees),
        "hourly_pay": str(statement.hourly_pay),
        "dates": {str(day.date): str(day.total) for day in statement.days if day.total},
        "on_call": {str(day.date): clock(day.on_call_seconds) for day in statement.days if day.on_call_seconds},
        "sessions": statement.sessions,
        "payable_callouts": statement.payable_callouts,
        "worked": clock(statement.worked_seconds),
        "billed": clock(statement.billed_seconds),
        "reasons": [row.reason for row in statement.callouts],
        "unpaid": unpaid_of(statement),
        "pending": {
            reason: clock(sum(line.seconds for line in statement.pending if line.reason == reason))
            for reason in sorted({line.reason for line in statement.pending})
        },
        "rows": [f"#{row.incident.number} {row.fee} {row.hourly_pay}" for row in statement.callouts],
        "warnings": [warning.text for warning in report.warnings],
        "rules": sorted({line.label for line in statement.lines}),
        "holidays": {str(day.date): day.day_name for day in statement.days if day.day_name},
    }


def unpaid_of(statement: Statement) -> dict[str, str]:
    """Unpaid time by ledger and reason."""
    sums: dict[str, int] = {}
    for line in statement.unpaid:
        key = f"{line.subject.value}: {line.reason}"
        sums[key] = sums.get(key, 0) + line.seconds
    return {key: clock(sums[key]) for key in sorted(sums)}


def clock(seconds: int) -> str:
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return text if seconds % 60 == 0 else f"{text}:{seconds % 60:02}"


def period_of(expected: dict[str, Any]) -> Period:
    if "first" not in expected:
        return EVER
    return Period(date.fromisoformat(expected["first"]), date.fromisoformat(expected["after"]))


def facts_of(case: dict[str, Any]) -> Facts:
    zone = case.get("zone", "Europe/London")
    people = [person_of(row, zone) for row in case.get("people", [])]
    known = {person.id for person in people}
    named = {row["who"] for row in (*case.get("on_call", []), *case.get("callouts", []))}
    people += [person_of({"who": who}, zone) for who in sorted(named - known)]
    zones = {person.id: person.zone or "UTC" for person in people}
    return Facts(
        people=tuple(people),
        on_call=tuple(
            OnCall(
                person_id=row["who"],
                start=instant(row["from"], zones[row["who"]]),
                end=instant(row["to"], zones[row["who"]]),
                level=row.get("level", 1),
                schedule_id=row.get("schedule", "Primary"),
                schedule_name=row.get("schedule", "Primary"),
            )
            for row in case.get("on_call", [])
        ),
        callouts=tuple(callout_of(row, zones[row["who"]]) for row in case.get("callouts", [])),
        read_at=instant(case.get("read_at", "2027-06-01 00:00"), zone),
        holidays={region: public_holidays(region, 2025, 2027) for region in case.get("calendars", [])}
        | {
            region: {date.fromisoformat(day): holiday_of(row) for day, row in days.items()}
            for region, days in case.get("holidays", {}).items()
        },
        company_days={
            date.fromisoformat(day): CompanyDay(DayType(kind), "set by hand")
            for day, kind in case.get("company_days", {}).items()
        },
    )


def person_of(row: dict[str, Any], zone: str) -> Person:
    rate = row.get("hourly_rate")
    return Person(
        id=row["who"],
        name=row["who"],
        email=None,
        zone=None if row.get("zone") == "unknown" else row.get("zone", zone),
        zone_source=row.get("zone_source", "engineer"),
        holiday_region=row.get("region"),
        hourly_rate=None if rate is None else Decimal(rate),
        business_hours=hours_of(row["business_hours"]) if "business_hours" in row else None,
        holidays={
            date.fromisoformat(day): None if holiday == "none" else holiday_of(holiday)
            for day, holiday in row.get("holidays", {}).items()
        },
    )


def holiday_of(row: dict[str, Any]) -> Holiday:
    hours = {
        ("start" if name == "from" else "end"): clock_of(time.fromisoformat(row[name])) for name in row if name in HOURS
    }
    return Holiday(**hours, **{name: value for name, value in row.items() if name not in HOURS})


def callout_of(row: dict[str, Any], zone: str) -> Callout:
    spells = tuple(
        Spell(
            instant(spell["from"], zone),
            instant(spell["to"], zone) if "to" in spell else None,
            "acknowledged",
        )
        for spell in row.get("spells", [row])
    )
    start = instant(row["triggered"], zone) if "triggered" in row else spells[0].start
    incident = Incident(
        id=f"Q{row['incident']}",
        number=row["incident"],
        title="Disk full",
        service="Shop",
        urgency=row.get("urgency", "high"),
        triggered=start,
        resolved=spells[-1].end,
    )
    decided = row.get("decision")
    decision = None
    if decided is not None:
        decision = Decision(decided["pay"], decided["reason"], "Max", datetime(2026, 12, 1, tzinfo=UTC))
        times = decided.get("times", [decided] if "from" in decided else [])
        spans = tuple(Span(instant(one["from"], zone), instant(one["to"], zone)) for one in times)
        decision = replace(decision, times=spans)
    return Callout(
        person_id=row["who"],
        incident=incident,
        acknowledged=spells[0].start,
        spells=spells,
        on_call=row.get("on_call", True),
        levels=frozenset(row.get("levels", [1])),
        schedule_ids=frozenset(row.get("schedules", ["Primary"])),
        decision=decision,
    )


def policy_of(row: dict[str, Any]) -> Policy:
    """The standard policy with the fields that the case gives."""
    fields: dict[str, Any] = dict(row)
    for name in ("callout_fee", "hourly_rate", "stipend_hours", "shortest_piece_hours"):
        if name in fields:
            fields[name] = Decimal(fields[name]) if fields[name] != "unknown" else None
    if "levels" in fields:
        fields["levels"] = {
            int(level): Stipend(*(Decimal(amount) for amount in amounts)) for level, amounts in fields["levels"].items()
        }
    if "business_hours" in fields:
        fields["business_hours"] = hours_of(fields["business_hours"])
    if "stipend_date" in fields:
        fields["stipend_date"] = StipendDate(fields["stipend_date"])
    if "substitute_days" in fields:
        fields["substitute_days"] = SubstituteDays(fields["substitute_days"])
    if "schedules_left_out" in fields:
        fields["schedules_left_out"] = frozenset(fields["schedules_left_out"])
    if fields.get("holiday_region") == "unknown":
        fields["holiday_region"] = None
    return replace(STANDARD, **fields)


def hours_of(row: dict[str, Any]) -> BusinessHours:
    return BusinessHours(time.fromisoformat(row["from"]), time.fromisoformat(row["to"]), frozenset(row["days"]))


def instant(text: str, zone: str) -> datetime:
    """A wall-clock time; "again" is the second one of the night when clocks go back."""
    clock_time, _, again = text.partition(" again")
    local = datetime.fromisoformat(clock_time).replace(
        tzinfo=ZoneInfo(zone), fold=1 if again or text.endswith(" again") else 0
    )
    return local.astimezone(UTC)
