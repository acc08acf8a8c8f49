"""What a period and a scope select."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import cycle

import pytest

from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.pricing import select
from webapp.pricing.facts import AlwaysOnCall, Incident, SilentIncident
from webapp.pricing.policy import parse
from webapp.pricing.policy.form import Policy, Stipend
from webapp.pricing.report.lines import Period, Subject

POLICY = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
    callout_fee=Decimal(45),
    hourly_rate=Decimal(30),
    holiday_region="none",
)
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
NIGHT = datetime(2026, 10, 6, 20, tzinfo=UTC)
READ_AT = datetime(2026, 12, 1, tzinfo=UTC)


def person(name: str) -> Person:
    return Person(name[0], name, None, "Europe/London")


def night(who: str, start: datetime = NIGHT) -> OnCall:
    return OnCall(who, start, start + timedelta(hours=12), 1, "S1", "Primary")


def callout(who: str, number: int, start: datetime, resolved: datetime | None) -> Callout:
    incident = Incident(f"Q{number}", number, "Disk full", "Shop", "high", start, resolved)
    spell = Spell(start, start + timedelta(minutes=20), "seen")
    return Callout(who, incident, start, (spell,), on_call=True)


@pytest.fixture
def facts() -> Facts:
    return Facts(
        people=(person("Zoe"), person("ben"), person("Ada"), person("Carl")),
        on_call=(night("A"), night("b", NIGHT + timedelta(days=40)), night("Z")),
        callouts=(callout("A", 1, NIGHT, NIGHT + timedelta(hours=1)),),
        read_at=READ_AT,
    )


def test_statements_are_of_those_with_anything_in_the_period_by_name(facts: Facts) -> None:
    report = select(price(facts, POLICY), OCTOBER)
    assert [one.person.name for one in report.statements] == ["Ada", "Zoe"]
    assert Decimal("115.00") == report.total


def test_an_engineer_asked_for_has_a_statement_even_without_a_line(facts: Facts) -> None:
    report = select(price(facts, POLICY), OCTOBER, frozenset({"C", "Z"}))
    assert [(one.person.name, str(one.total)) for one in report.statements] == [("Carl", "0.00"), ("Zoe", "20.00")]


def test_a_statement_does_not_depend_on_the_scope(facts: Facts) -> None:
    priced = price(facts, POLICY)
    everybody = {one.person.id: one for one in select(priced, OCTOBER).statements}
    assert everybody["A"] == select(priced, OCTOBER, frozenset({"A"})).statements[0]


def test_who_is_not_priced_has_a_reason_and_no_amount(facts: Facts) -> None:
    people = tuple(replace(one, zone=None) if one.id == "A" else one for one in facts.people)
    priced = price(replace(facts, people=people), POLICY)
    report = select(priced, OCTOBER)
    assert [(one.name, reason) for one, reason in report.not_priced] == [("Ada", "no time zone")]
    assert [one.person.name for one in report.statements] == ["Zoe"]
    assert not [line for line in priced.pay if line.person == "A"]
    assert [(False, "not priced: no time zone", Decimal(0))] == [
        (row.payable, row.reason, row.fee + row.hourly_pay) for row in priced.callouts
    ]
    told = [line for line in priced.unpaid if line.person_id == "A" and line.subject is Subject.ON_CALL]
    assert sum(line.seconds for line in told) == 12 * 3600


def test_who_is_not_priced_is_listed_only_where_there_is_something_to_price(facts: Facts) -> None:
    people = tuple(replace(one, zone="Nowhere/Land") for one in facts.people)
    priced = price(replace(facts, people=people), POLICY)
    assert [one.name for one, _ in select(priced, OCTOBER).not_priced] == ["Ada", "Zoe"]
    assert {"unknown time zone Nowhere/Land"} == {reason for _, reason in select(priced, OCTOBER).not_priced}


def test_a_region_without_holidays_in_the_facts_is_not_priced(facts: Facts) -> None:
    priced = price(facts, replace(POLICY, holiday_region="GB-ENG"))
    assert {"no public holidays known for GB-ENG"} == {one.reason for one in priced.not_priced}


@pytest.mark.parametrize(
    ("resolved", "offered"),
    [
        (datetime(2026, 9, 30, 22, 59, tzinfo=UTC), []),
        (datetime(2026, 9, 30, 23, 0, tzinfo=UTC), [7]),
        (datetime(2026, 10, 3, tzinfo=UTC), [7]),
        (None, [7]),
    ],
    ids=["before the month in London", "as it begins there", "in the month", "still open"],
)
def test_late_callouts_of_the_month_before_are_offered(
    facts: Facts, resolved: datetime | None, offered: list[int]
) -> None:
    late = callout("A", 7, datetime(2026, 9, 29, 20, tzinfo=UTC), resolved)
    report = select(price(replace(facts, callouts=(late,)), POLICY), OCTOBER)
    assert offered == [row.incident.number for row in report.late]
    assert Decimal(0) == report.fees


def test_what_is_older_than_31_days_is_not_offered(facts: Facts) -> None:
    late = callout("A", 7, datetime(2026, 8, 30, 20, tzinfo=UTC), None)
    assert not select(price(replace(facts, callouts=(late,)), POLICY), OCTOBER).late


@pytest.fixture
def silent() -> Callable[[int, datetime | None], SilentIncident]:
    def make(number: int, resolved: datetime | None) -> SilentIncident:
        incident = Incident(f"Q{number}", number, "Noise", "Shop", "low", NIGHT, resolved)
        return SilentIncident(incident, "auto-resolved" if resolved else "still open, nobody responded")

    return make


def test_incidents_of_nobody_are_unpaid_or_pending(
    facts: Facts, silent: Callable[[int, datetime | None], SilentIncident]
) -> None:
    both = (silent(8, NIGHT + timedelta(hours=1)), silent(9, None))
    priced = price(replace(facts, silent=both), POLICY)
    assert [(one.incident_id, one.reason) for one in priced.unpaid if one.person_id is None] == [
        ("Q8", "auto-resolved")
    ]
    assert [(one.incident_id, one.reason) for one in priced.pending] == [("Q9", "still open, nobody responded")]
    assert both == select(priced, OCTOBER).silent
    assert select(priced, Period(date(2026, 11, 1), date(2026, 12, 1))).silent == ()


@pytest.mark.parametrize(
    ("zones", "policy_zone", "months"),
    [
        (("Europe/London", "Europe/London"), None, [10]),
        (("UTC", "UTC"), None, [9]),
        (("UTC", "Europe/London"), None, [9, 10]),
        (("Europe/London", "Europe/London"), "UTC", [9]),
        ((None, None), None, [9]),
    ],
)
def test_at_a_months_edge_an_incident_of_nobody_is_listed_by_the_clocks_of_the_engineers(
    facts: Facts, zones: tuple[str | None, ...], policy_zone: str | None, months: list[int]
) -> None:
    edge = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)
    lost = SilentIncident(Incident("Q8", 8, "Noise", "Shop", "low", edge, edge + timedelta(hours=1)), "auto-resolved")
    people = tuple(replace(person, zone=zone) for person, zone in zip(facts.people, cycle(zones), strict=False))
    priced = price(replace(facts, people=people, silent=(lost,)), replace(POLICY, pay_zone=policy_zone))
    periods = {9: Period(date(2026, 9, 1), date(2026, 10, 1)), 10: OCTOBER}
    assert [month for month, period in periods.items() if select(priced, period).silent] == months
    assert select(priced, Period(date(2026, 9, 1), date(2026, 11, 1))).silent == (lost,)
    assert len([one for one in priced.unpaid if one.incident_id == "Q8"]) == 1


def test_engineers_always_on_call_are_listed_apart(facts: Facts) -> None:
    always = (AlwaysOnCall("C", 3, "Everything"),)
    priced = price(replace(facts, always_on_call=always), POLICY)
    assert always == select(priced, OCTOBER).always_on_call
    assert select(priced, OCTOBER, frozenset({"A"})).always_on_call == ()
    assert [one.person.name for one in select(priced, OCTOBER).statements] == ["Ada", "Zoe"]


def test_warnings_are_of_the_engineers_shown(facts: Facts) -> None:
    priced = price(facts, POLICY)
    text = "Ada and Zoe earned the same date through Primary, level 1"
    assert [text] == [one.text for one in select(priced, OCTOBER).warnings]
    assert [text] == [one.text for one in select(priced, OCTOBER, frozenset({"Z"})).warnings]
    assert [one.text for one in select(priced, OCTOBER, frozenset({"C"})).warnings] == []


def test_one_warning_names_all_its_dates(facts: Facts) -> None:
    priced = price(facts, POLICY)
    noticed = [replace(priced.warnings[0], date=date(2026, 10, day)) for day in (2, 4, 6)]
    warnings = select(replace(priced, warnings=tuple(noticed)), OCTOBER).warnings
    assert [(None, f"{noticed[0].text}: 2026-10-02, 2026-10-04 and 2026-10-06")] == [
        (one.date, one.text) for one in warnings
    ]
    many = tuple(replace(noticed[0], date=date(2026, 10, day)) for day in range(1, 31))
    assert [f"{noticed[0].text}: 2026-10-01, 2026-10-02, 2026-10-03, 2026-10-04, 2026-10-05 and 25 more dates"] == [
        one.text for one in select(replace(priced, warnings=many), OCTOBER).warnings
    ]


def test_a_date_of_callouts_alone_has_a_row(facts: Facts) -> None:
    report = select(price(replace(facts, on_call=()), POLICY), OCTOBER)
    assert [(date(2026, 10, 6), 0, 1, "75.00")] == [
        (day.date, day.on_call_seconds, day.sessions, str(day.total)) for day in report.statements[0].days
    ]


def test_what_a_stipend_cites(facts: Facts) -> None:
    line = price(facts, POLICY).pay[0]
    assert (("S1",), 12 * 3600, Decimal(1), "days") == (line.cited, line.paid_seconds, line.quantity, line.unit)


BOOKED_ON_THE_END = """
name = "Weekend"
currency = "GBP"
pay_zone = "Europe/London"
rounding = "half up"
[[rules]]
name = "Standby"
pays = "on call"
count = "hours"
price = "1"
book = { on = "end" }
"""


def test_a_duty_that_is_booked_on_its_end_is_paid_whole_by_the_report_of_that_date() -> None:
    """Friday 30 October 18:00 to Monday 2 November 06:00: 60 hours, of which 30 lie before November."""
    start = datetime(2026, 10, 30, 18, tzinfo=UTC)
    end = datetime(2026, 11, 2, 6, tzinfo=UTC)
    person = Person("A", "Ada", None, "Europe/London", holiday_region="none")
    facts = Facts((person,), (OnCall("A", start, end, 1, "S1", "Primary"),), (), end + timedelta(days=1))
    november = Period(date(2026, 11, 1), date(2026, 12, 1))
    priced = price(facts, parse(BOOKED_ON_THE_END), since=november.first, needed=november)
    assert select(priced, november).total == Decimal(60)
