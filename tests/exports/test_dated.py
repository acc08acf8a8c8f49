"""Whose rate, zone, hours and region on which dates: the sheet Rates."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from tests.exports.conftest import LONDON, OCTOBER, POLICY, RATELESS, document_of, facts, workbook_of
from tests.spoken_facts import Person
from webapp.exports.dated import stretches
from webapp.exports.sheets import rates
from webapp.pricing.policy.form import BusinessHours
from webapp.pricing.policy.form_document import form_document

BRIEF = document_of(facts()).report.policy
MORNINGS = BusinessHours(time(6), time(12), frozenset({1, 2}))
BEFORE, RISE = date(2026, 4, 1), date(2026, 10, 12)


def told(person: Person, *names: str, pay_zone: str | None = None) -> list[tuple[Any, ...]]:
    version = replace(BRIEF.by_version[0], pay_zone=pay_zone)
    found = stretches(person.told(), OCTOBER, replace(BRIEF, by_version=(version,)))
    return [(one.first.day, one.last.day, *(getattr(one, name) for name in names)) for one in found]


def test_without_changes_there_is_one_row() -> None:
    assert told(LONDON, "own_rate", "zone") == [(1, 31, Decimal("31.35"), "Europe/London")]


def test_a_rise_makes_a_row_from_its_date() -> None:
    person = replace(LONDON, numbers={"hourly rate": ((BEFORE, Decimal(30)), (RISE, Decimal(33)))})

    assert told(person, "own_rate") == [(1, 11, Decimal(30)), (12, 31, Decimal(33))]


@pytest.mark.parametrize("since", [OCTOBER.first, OCTOBER.after, date(2026, 9, 1)])
def test_changes_on_the_edges_and_outside_make_no_row_of_their_own(since: date) -> None:
    assert len(told(replace(LONDON, numbers={"hourly rate": ((since, Decimal(30)),)}))) == 1


def test_before_the_first_value_and_after_its_end_the_policys_counts() -> None:
    person = replace(LONDON, numbers={"hourly rate": ((date(2026, 10, 5), Decimal(30)), (RISE, None))})

    assert told(person, "own_rate") == [(1, 4, None), (5, 11, Decimal(30)), (12, 31, None)]


def test_hours_regions_zones_and_other_facts_have_dates_too() -> None:
    person = replace(
        LONDON,
        hours=((BEFORE, MORNINGS), (RISE, None)),
        words={
            "holiday region": ((RISE, "DE-BE"),),
            "time zone": ((RISE, "Europe/Berlin"),),
            "grade": ((BEFORE, "B"),),
        },
        numbers={"salary": ((BEFORE, Decimal(4200)), (RISE, Decimal(4300)))},
    )

    assert told(person, "own_hours", "own_region", "zone", "others") == [
        (1, 11, MORNINGS.working_hours(), None, None, (("grade", "B"), ("salary", Decimal(4200)))),
        (12, 31, None, "DE-BE", "Europe/Berlin", (("grade", "B"), ("salary", Decimal(4300)))),
    ]


def test_a_fixed_pay_zone_is_everybodys() -> None:
    person = replace(LONDON, zone="Europe/Paris", zone_source="policy", words={"time zone": ((BEFORE, "Asia/Tokyo"),)})

    assert told(person, "zone", "zone_source", pay_zone="Europe/Paris") == [(1, 31, "Europe/Paris", "policy")]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (date(2026, 10, 1), [("2026-10-01", "2026-10-31", 40)]),
        (date(2026, 10, 15), [("2026-10-01", "2026-10-14", 30), ("2026-10-15", "2026-10-31", 40)]),
        (date(2026, 11, 1), [("2026-10-01", "2026-10-31", 30)]),
    ],
)
def test_what_the_policy_says_is_that_of_the_version_in_force(
    since: date, expected: list[tuple[str, str, int]], opened: Any
) -> None:
    """A report looks back to dates of an earlier version, which must not pass for the one in force."""
    first = form_document(replace(POLICY, hourly_rate=Decimal(30), callout_fee=Decimal(3)))
    second = replace(form_document(replace(POLICY, hourly_rate=Decimal(40), callout_fee=Decimal(4))), effective=since)
    document = document_of(facts(), replace(first, later=(second,)))

    sheet = opened(workbook_of(document))["Rates"]

    rows = list(sheet.iter_rows(values_only=True))
    headings = [column.heading for column in rates.COLUMNS]
    known = [dict(zip(headings, row, strict=True)) for row in rows]
    found = [
        (str(row["Used from"].date()), str(row["Used to"].date()), row["Hourly rate"])
        for row in known
        if row["PagerDuty id"] == RATELESS.id
    ]
    assert found == expected
    assert [row[1] for row in rows if row[0] == "callout fee"] == [rate / 10 for _, _, rate in expected]


def test_the_sheet_has_a_row_for_each_stretch(opened: Any) -> None:
    known = facts()
    ada = replace(
        LONDON, numbers={"hourly rate": ((BEFORE, Decimal(30)), (RISE, Decimal(33)))}, words={"grade": ((BEFORE, "B"),)}
    )
    document = document_of(replace(known, people=(ada, *known.people[1:])))

    sheet = opened(workbook_of(document))["Rates"]

    table = rates.table(document)
    headings = [column.heading for column in table.columns]
    cells = sheet.iter_rows(min_row=table.first, max_row=table.last, values_only=True)
    rows = [dict(zip(headings, row, strict=True)) for row in cells]
    assert [(row["Engineer"], row["Hourly rate"], row["Used from"] and row["Used from"].day) for row in rows] == [
        ("Ada Example", 30, 1),
        ("Ada Example", 33, 12),
        ("Ben Beispiel", 33.3, 1),
        ("Cat Ohne-Rate", None, 1),
    ]
    assert rows[0]["Other facts"] == "grade B"
