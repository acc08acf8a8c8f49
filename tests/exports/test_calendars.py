"""Calendars in what is handed out: the sheet Rates, the JSON, and the reasons of a comparison."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from tests.exports.conftest import BERLIN, LONDON, POLICY, at, called_out, document_of, facts, workbook_of
from tests.spoken_facts import Facts, Person
from webapp.exports import ReportDocument
from webapp.exports.comparing import compare
from webapp.exports.reasons import Cause
from webapp.exports.report_json import report_json_bytes
from webapp.pricing.facts import CalendarChange, Holiday

Json = dict[str, Any]
TOLD = facts()
BY_MO = "by mo@example.com on 3 November 2026: works council"
DAY, HALF = date(2026, 10, 20), date(2026, 10, 22)
FAIR = Holiday("Town Fair", start=14 * 3600, source=f"added {BY_MO}")
FOUNDERS = Holiday("Founders' Day", source=f"added {BY_MO}")


def corrected(
    told: Facts, *changes: CalendarChange, own: dict[str, dict[date, Holiday | None]] | None = None, **days: Any
) -> ReportDocument:
    """A report with these days of regions (by code, without its hyphen) and of engineers."""
    regions = {region.replace("-", ""): region for region in told.holidays}
    added = {regions[key]: {**told.holidays[regions[key]], **value} for key, value in days.items()}
    people = tuple(replace(one, holidays=(own or {}).get(one.id, {})) for one in told.people)
    told = replace(told, people=people, holidays={**told.holidays, **added}, calendar_changes=changes)
    return document_of(told)


def added(day: date, holiday: Holiday, where: str, *people: Person) -> CalendarChange:
    hours = f" {holiday.hours}" if holiday.start else ""
    return CalendarChange(day, holiday.name, f"added{hours}", where, holiday.source, tuple(one.id for one in people))


def taken_out(day: date, name: str, *people: Person, by: str = f"taken out {BY_MO}") -> CalendarChange:
    where = ", ".join(one.name for one in people)
    return CalendarChange(day, name, "taken out", where, by, tuple(one.id for one in people))


def record(document: ReportDocument) -> Json:
    made: Json = json.loads(report_json_bytes(document))
    return made


def reasons(then: Json, now: Json, day: date = DAY) -> list[tuple[Cause, str]]:
    rows = [one for one in compare(then, [], now).differences if one.date == day]
    return list(dict.fromkeys((reason.cause, reason.text) for one in rows for reason in one.reasons))


def rates(book: Workbook) -> list[tuple[Any, ...]]:
    """What stands below "Calendars", without the date's time and without empty rows."""
    rows = [tuple(row[:8]) for row in book["Rates"].iter_rows(values_only=True)]
    first = next(number for number, row in enumerate(rows) if row[0] == "Calendars")
    return [tuple(cell.date() if hasattr(cell, "date") else cell for cell in row) for row in rows[first:] if any(row)]


ADDED_IN_0_3 = {"holidays", "calendar_changes", "policy_regions"}
HEADER = ("Engineers", "Date", "Hours", "Region", "Weekday", "Holiday", "What", "Who says so")


def test_rates_print_each_holiday_of_the_period_and_what_was_corrected(opened: Callable[[bytes], Workbook]) -> None:
    example = Holiday("Example Day", source="holidays 0.108")
    document = corrected(
        replace(TOLD, holidays={**TOLD.holidays, "IE": {}}),
        added(HALF, FAIR, "DE-BE"),
        added(DAY, FOUNDERS, "", BERLIN, LONDON),
        taken_out(date(2026, 10, 14), "Example Day", LONDON),
        added(date(2026, 11, 3), FOUNDERS, "everybody"),
        added(DAY, FOUNDERS, "everybody"),
        added(DAY, FOUNDERS, "IE"),
        own={BERLIN.id: {DAY: FOUNDERS}, LONDON.id: {DAY: FOUNDERS, date(2026, 10, 14): None}},
        DEBE={HALF: FAIR, date(2026, 11, 3): FOUNDERS},
        GBENG={date(2026, 10, 14): example},
    )
    said = f"added {BY_MO}"
    assert rates(opened(workbook_of(document))) == [
        ("Calendars", *[None] * 7),
        ("Dates of the period that are a holiday, all day or for some hours, in this report.", *[None] * 7),
        HEADER,
        (
            "all of the region",
            date(2026, 10, 14),
            "all day",
            "GB-ENG",
            "Wed",
            "Example Day",
            "holiday",
            "holidays 0.108",
        ),
        (f"{LONDON.name}, {BERLIN.name}", DAY, "all day", None, "Tue", "Founders' Day", "holiday", said),
        ("all of the region", HALF, "from 14:00", "DE-BE", "Thu", "Town Fair", "holiday", said),
        ("Corrected calendars", *[None] * 7),
        HEADER,
        (LONDON.name, date(2026, 10, 14), "all day", None, "Wed", "Example Day", "taken out", f"taken out {BY_MO}"),
        (f"{LONDON.name}, {BERLIN.name}", DAY, "all day", None, "Tue", "Founders' Day", "added", said),
        ("everybody", DAY, "all day", None, "Tue", "Founders' Day", "added", said),
        ("all of the region", HALF, "from 14:00", "DE-BE", "Thu", "Town Fair", "added", said),
    ]


def test_rates_say_that_there_is_no_holiday(opened: Callable[[bytes], Workbook]) -> None:
    document = corrected(replace(TOLD, holidays={"GB-ENG": {}, "DE-BE": {}, "FR": {}}))
    assert [row[0] for row in rates(opened(workbook_of(document)))] == [
        "Calendars",
        "No date of the period is a holiday for anybody in this report.",
    ]


def test_a_day_that_its_substitute_replaces_is_not_printed() -> None:
    pair = {DAY: Holiday("Boxing Day", replaced=True), HALF: Holiday("Boxing Day (substitute)", substitute=True)}
    found = record(corrected(TOLD, GBENG=pair, DEBE=pair))["holidays"]
    regions = {one["date"]: one["regions"] for one in found if one["name"].startswith("Boxing")}
    assert regions == {DAY.isoformat(): ["DE-BE"], HALF.isoformat(): ["DE-BE", "GB-ENG"]}


def test_names_of_others_are_in_nobodys_own_statement() -> None:
    document = corrected(TOLD, taken_out(DAY, "Founders' Day", BERLIN, LONDON))
    [statement] = [one for one in document.report.statements if one.person.id == BERLIN.id]
    copy = replace(document, report=replace(document.report, statements=(statement,), not_priced=()))
    [change] = record(copy)["calendar_changes"]
    assert (change["where"], change["engineers"]) == (BERLIN.name, [BERLIN.id])


def test_calendars_change_no_digest_unless_they_change_pay() -> None:
    plain, told = record(document_of(TOLD)), record(corrected(TOLD, added(DAY, FOUNDERS, "FR")))
    paid = record(corrected(TOLD, added(DAY, FAIR, "DE-BE"), DEBE={DAY: FAIR}))
    assert plain["digest"] == told["digest"] != paid["digest"]


CORRECTIONS = {
    "a day added for a region": (
        (added(DAY, FOUNDERS, "DE-BE"),), {}, {"DEBE": {DAY: FOUNDERS}},
        f"Calendar: 20 October 2026 Founders' Day added for DE-BE {BY_MO}.",
    ),
    "a day added for everybody": (
        (added(DAY, FOUNDERS, "everybody"),), {}, {"DEBE": {DAY: FOUNDERS}},
        f"Calendar: 20 October 2026 Founders' Day added for everybody {BY_MO}.",
    ),
    "a day of one engineer's own": (
        (added(DAY, FOUNDERS, BERLIN.name, BERLIN),), {BERLIN.id: {DAY: FOUNDERS}}, {},
        f"Calendar: 20 October 2026 Founders' Day added for {BERLIN.name} {BY_MO}.",
    ),
    "a category switched on": (
        (replace(added(DAY, FOUNDERS, "DE-BE"), source="holidays 0.108, category catholic"),), {},
        {"DEBE": {DAY: FOUNDERS}},
        "Calendar: 20 October 2026 Founders' Day added for DE-BE (holidays 0.108, category catholic).",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CORRECTIONS)
def test_a_comparison_names_the_correction(name: str) -> None:
    changes, own, days, sentence = CORRECTIONS[name]
    plain, now = record(document_of(TOLD)), record(corrected(TOLD, *changes, own=own, **days))
    by_day = "The date was a weekday then and is a bank holiday (Founders' Day) now."
    assert reasons(plain, now) == [(Cause.DAY, by_day), (Cause.CALENDAR, sentence)]
    back = reasons(now, plain)[1]
    assert back == (Cause.CALENDAR, sentence.replace("Calendar: ", "Calendar: no longer "))
    before = {key: value for key, value in plain.items() if key not in ADDED_IN_0_3}
    assert reasons(before, now) == reasons(plain, now)


def test_a_comparison_names_a_day_taken_out_and_hours_of_one() -> None:
    then = record(corrected(TOLD, DEBE={DAY: FOUNDERS}))
    out = record(
        corrected(TOLD, taken_out(DAY, "Founders' Day", BERLIN), own={BERLIN.id: {DAY: None}}, DEBE={DAY: FOUNDERS})
    )
    assert (
        Cause.CALENDAR,
        f"Calendar: 20 October 2026 Founders' Day taken out for {BERLIN.name} {BY_MO}.",
    ) in reasons(then, out)
    called = replace(TOLD, callouts=(*TOLD.callouts, called_out(BERLIN, 160, at(10, 22, 13), 30)))
    plain = record(document_of(called))
    half = record(corrected(called, added(HALF, FAIR, "DE-BE"), DEBE={HALF: FAIR}))
    assert (
        Cause.CALENDAR,
        f"Calendar: 22 October 2026 Town Fair added from 14:00 for DE-BE {BY_MO}.",
    ) in reasons(plain, half, HALF)
    by_hours = "The date was a weekday then and is a holiday from 14:00 now (Town Fair)."
    assert (Cause.DAY, by_hours) in reasons(plain, half, HALF)
    assert (Cause.DAY, "The date was a holiday from 14:00 then (Town Fair) and is a weekday now.") in reasons(
        half, plain, HALF
    )


def test_an_own_day_of_somebody_else_and_of_another_region_is_no_reason() -> None:
    late = replace(TOLD, callouts=(*TOLD.callouts, called_out(BERLIN, 160, at(10, 20, 20), 30)))
    changes = (added(DAY, FOUNDERS, LONDON.name, LONDON), added(DAY, FOUNDERS, "GB-ENG"))
    found = reasons(record(document_of(TOLD)), record(corrected(late, *changes, GBENG={DAY: FOUNDERS})))
    assert {cause for cause, _ in found} == {Cause.NEW}


def test_a_holiday_that_the_data_has_since_is_named_where_work_runs_into_it() -> None:
    told = replace(TOLD, callouts=(called_out(BERLIN, 160, at(10, 20, 21, 30), 14 * 60),))
    newer = Holiday("Tag der Probe", source="holidays 0.109")
    policy = replace(POLICY, longest_spell_hours=20)
    then, now = (
        record(document_of(replace(told, holidays={**TOLD.holidays, "DE-BE": days}), policy))
        for days in ({}, {date(2026, 10, 21): newer})
    )
    found = reasons(then, now)
    assert found == [
        (
            Cause.DATA,
            "Calendar: 21 October 2026 was no holiday then and is Tag der Probe (holidays 0.109) now.",
        )
    ]
