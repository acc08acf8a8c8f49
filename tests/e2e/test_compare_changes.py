"""Twenty changes after a month was paid: compare finds exactly those, and two later months pay exactly the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports import ScopeKind
from webapp.exports.comparing import Comparison
from webapp.exports.reasons import Cause
from webapp.models import Database
from webapp.pd.regions import Endpoints
from webapp.pricing.facts import Holiday, Span
from webapp.pricing.policy.form import Policy
from webapp.pricing.report.lines import Period
from webapp.sandbox import Running
from webapp.sandbox.small import ID_BY_NAME, PAYMENTS_SECONDARY, PLATFORM_PRIMARY
from webapp.services import (
    accounts,
    callout_decisions,
    comparisons,
    documents,
    files,
    people,
    policies,
    reporting,
)
from webapp.services import amendments as chain
from webapp.services.calendars.holidays import public_holidays
from webapp.services.connections import Connections
from webapp.services.engineer_facts import HOLIDAY_REGION, HOURLY_RATE
from webapp.services.people import PaySettings
from webapp.services.reporting import Draft, Scope
from webapp.vault import Vault

pytestmark = pytest.mark.slow

AUGUST = Period(date(2026, 8, 1), date(2026, 9, 1))
EMAIL = "ada@example.com"
ADDED_HOLIDAY = date(2026, 8, 28)
Found = dict[tuple[str, str], set[Cause]]
"""By engineer and date: the causes that are told."""


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 8, day, hour, minute, tzinfo=UTC)


@dataclass
class Office:
    """An instance at work, over months."""

    connections: Connections
    session: Session
    account_id: int
    policy: Policy
    pagerduty: Running
    present: Any
    holidays: dict[date, Holiday]

    @property
    def world(self) -> Any:
        return self.pagerduty.state.world

    def report(self, period: Period) -> Draft:
        organisation = Scope(ScopeKind.ORGANISATION, "", "Organisation")
        draft = reporting.begin(self.connections, self.account_id, self.session, organisation, period, self.policy)
        assert reporting.read_slice(self.connections, draft, 600)
        return draft

    def deliver(self, draft: Draft) -> bytes:
        document = documents.document(draft, self.session)
        chain.deliver(self.session, document, EMAIL)
        return files.workbook(draft.inputs, document, self.connections.vault)

    def record(self, book: bytes) -> Any:
        return comparisons.read_workbook("a.xlsx", book, self.connections.vault)

    def compare(self, earlier: bytes, *later: bytes) -> tuple[Draft, Comparison]:
        first, *rest = map(self.record, (earlier, *later))
        draft = comparisons.begin(self.connections, self.account_id, self.session, first, rest)
        assert reporting.read_slice(self.connections, draft, 600)
        return draft, comparisons.compared(draft, documents.document(draft, self.session))

    def incident_of(self, number: int) -> Any:
        return self.world.incident(str(number))

    def decide(self, number: int, name: str, *, pay: bool, times: tuple[Span, ...] = ()) -> None:
        from webapp.sandbox.world import incident_id  # noqa: PLC0415  the sandbox's own spelling

        callout_decisions.decide(
            self.session, "lanternworks", incident_id=incident_id(number), user_id=ID_BY_NAME[name], pay=pay,
            reason="looked into", decided_by=EMAIL, times=times,
        )  # fmt: skip

    def set_own(self, name: str, what: str, value: str) -> None:
        one = PaySettings(user_id=ID_BY_NAME[name], name=name, email=None).changed(what, value)
        people.save_pay_settings(self.session, "lanternworks", [one], EMAIL)


@pytest.fixture
def office(
    tmp_path: Path, pagerduty: Running, policy: Policy, present: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    monkeypatch.setattr(clock, "now", present)
    holidays: dict[date, Holiday] = {}
    known = public_holidays

    def with_added(region: str, *years: Any) -> dict[date, Holiday]:
        return {**known(region, *years), **(holidays if region == "GB-ENG" else {})}

    monkeypatch.setattr("webapp.services.calendars.effective.public_holidays", with_added)
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    database.migrate()
    endpoints = Endpoints(us=pagerduty.us_url, eu=pagerduty.eu_url, identity=pagerduty.identity_url)
    connections = Connections(database.session, Vault(b"0" * 32), endpoints, None)
    with database.session() as session:
        account_id = accounts.add_account(session, EMAIL, "correct horse battery").id
        connections.connect_by_key(account_id, pagerduty.credentials.us.read_only)
        policies.save_policy(session, policy, EMAIL)
        yield Office(connections, session, account_id, policy, pagerduty, present, holidays)
    database.close()


def new(name: str, start: datetime, minutes: int) -> Callable[[Office], None]:
    return lambda office: office.world.add_incident(start, start + timedelta(minutes=minutes), ID_BY_NAME[name])


def reopened(number: int, name: str, start: datetime, minutes: int) -> Callable[[Office], None]:
    end = start + timedelta(minutes=minutes)
    return lambda office: office.world.reopen_incident(str(number), start, end, ID_BY_NAME[name])


def resolved(number: int, name: str, until: datetime) -> Callable[[Office], None]:
    return lambda office: office.world.resolve_incident(str(number), until, ID_BY_NAME[name])


def swapped(schedule: str, since: datetime, hours: int, name: str) -> Callable[[Office], None]:
    until = since + timedelta(hours=hours)
    return lambda office: office.world.swap_shift(schedule, since, until, ID_BY_NAME[name])


def add_holiday(office: Office) -> None:
    office.holidays[ADDED_HOLIDAY] = Holiday("Day of the Proof")


ADA, BO, CALLUM, CARYS, DANA = "Ada Lindqvist", "Bo Achterberg", "Callum MacRae", "Carys Pembrooke", "Dana Whitfield"
ELIF, FERGUS, GRACE, HEMI = "Elif Demirkan", "Fergus Kinnaird", "Grace Oyelaran", "Hemi Walker"
IMOGEN = "Imogen Hartley"

Change = tuple[str, Callable[[Office], Any], dict[tuple[str, int], set[Cause]]]

FIRST: list[Change] = [
    ("a callout of Callum", new(CALLUM, at(12, 2), 40), {(CALLUM, 12): {Cause.NEW}}),
    ("a callout of Ada", new(ADA, at(18, 22, 30), 30), {(ADA, 18): {Cause.NEW}}),
    ("a callout of Carys", new(CARYS, at(27, 1), 20), {(CARYS, 27): {Cause.NEW}}),
    ("one at a weekend", new(CARYS, at(9, 3), 75), {(CARYS, 9): {Cause.NEW}}),
    ("#3821 reopened", reopened(3821, BO, at(8, 1), 30), {(BO, 8): {Cause.REOPENED}}),
    ("#3860 reopened", reopened(3860, ADA, at(21, 1), 45), {(ADA, 21): {Cause.REOPENED}}),
    ("#3836 took longer", resolved(3836, GRACE, at(12, 19, 27)), {(GRACE, 12): {Cause.TIMES}}),
    ("#3880 took longer", resolved(3880, CARYS, at(30, 8, 11)), {(CARYS, 30): {Cause.TIMES}}),
    ("a shift at level 1 swapped", swapped(PLATFORM_PRIMARY, at(12, 23), 24, ELIF),
     {(BO, 13): {Cause.ON_CALL}, (ELIF, 13): {Cause.ON_CALL}}),
    ("another, with two callouts in it", swapped(PLATFORM_PRIMARY, at(14, 23), 24, BO),
     # One of them had ended with the shift.
     {(FERGUS, 15): {Cause.ON_CALL, Cause.JUDGED, Cause.TIMES}, (BO, 15): {Cause.ON_CALL}}),
]  # fmt: skip

SECOND: list[Change] = [
    ("a shift at level 2 swapped", swapped(PAYMENTS_SECONDARY, at(25, 8), 24, CALLUM),
     {(ADA, 25): {Cause.ON_CALL}, (CALLUM, 25): {Cause.ON_CALL}}),
    ("#3828 is not to be paid", lambda office: office.decide(3828, FERGUS, pay=False), {(FERGUS, 9): {Cause.DECISION}}),
    ("#3881 is to be paid", lambda office: office.decide(3881, ADA, pay=True), {(ADA, 30): {Cause.DECISION}}),
    ("#3873 with corrected times",
     lambda office: office.decide(3873, CARYS, pay=True, times=(Span(at(25, 5, 15), at(25, 7, 15)),)),
     {(CARYS, 25): {Cause.DECISION, Cause.TIMES}}),
    ("#3854 was another's", lambda office: resolved(3854, BO, office.incident_of(3854).created)(office),
     {(FERGUS, 18): {Cause.GONE}, (BO, 18): {Cause.NEW}}),
    ("Dana's rate corrected", lambda office: office.set_own(DANA, HOURLY_RATE, "40.00"),
     {(DANA, 12): {Cause.RATE}, (DANA, 24): {Cause.RATE}}),
    ("Hemi's region corrected", lambda office: office.set_own(HEMI, HOLIDAY_REGION, "NZ"),
     {(HEMI, 31): {Cause.DAY, Cause.SETTINGS}}),
    ("a holiday added", add_holiday, {(name, 28): {Cause.DAY} for name in (ADA, BO, CARYS, DANA, FERGUS, IMOGEN)}),
    ("a callout of Elif", new(ELIF, at(26, 2), 30), {(ELIF, 26): {Cause.NEW}}),
]  # fmt: skip


def causes_of(comparison: Comparison) -> Found:
    found: Found = defaultdict(set)
    for one in comparison.differences:
        found[one.payee.name, one.date.isoformat()] |= {reason.cause for reason in one.reasons}
    return dict(found)


def expected(changes: list[Change]) -> Found:
    wanted: Found = defaultdict(set)
    for _, _, causes in changes:
        for (name, day), told in causes.items():
            wanted[name, f"2026-08-{day:02}"] |= told
    return dict(wanted)


def test_twenty_changes_are_found_and_paid_once(office: Office) -> None:
    office.present.at = datetime(2026, 9, 1, 6, tzinfo=UTC)
    still_open = at(31, 21)
    office.world.add_incident(still_open, datetime(2026, 9, 1, 9, tzinfo=UTC), ID_BY_NAME[CALLUM])
    august = office.deliver(office.report(AUGUST))
    was_open: Change = (
        "an incident that was still open", lambda _: None, {(CALLUM, 31): {Cause.NOT_OVER}}
    )  # fmt: skip
    first = [was_open, *FIRST]
    assert len(first) + len(SECOND) == 20

    office.present.at = datetime(2026, 10, 1, 6, tzinfo=UTC)
    for _, change, _ in first:
        change(office)
    september = office.report(Period(date(2026, 9, 1), date(2026, 10, 1)))
    draft, comparison = office.compare(august)
    assert causes_of(comparison) == expected(first)
    everybody = [one.payee.id for one in comparison.differences]
    assert comparisons.add(draft, september, everybody, office.session) == len(comparison.differences)
    second_book = office.deliver(september)

    office.present.at = datetime(2026, 11, 1, 6, tzinfo=UTC)
    for _, change, _ in SECOND:
        change(office)
    october = office.report(Period(date(2026, 10, 1), date(2026, 11, 1)))
    draft, comparison = office.compare(august, second_book)
    assert causes_of(comparison) == expected(SECOND)
    comparisons.add(draft, october, [one.payee.id for one in comparison.differences], office.session)
    third_book = office.deliver(october)

    _, nothing = office.compare(august, second_book, third_book)
    assert nothing.differences == ()
    correct = office.report(AUGUST).report
    totals = [office.record(book)["totals"] for book in (august, second_book, third_book)]
    paid = Decimal(totals[0]["total"]) + sum(Decimal(one["adjustments"]) for one in totals)
    assert paid == correct.total
    by_engineer: dict[str, Decimal] = defaultdict(Decimal)
    for record in map(office.record, (august, second_book, third_book)):
        for statement in record["statements"] if record["id"] == office.record(august)["id"] else []:
            by_engineer[statement["engineer"]["id"]] += Decimal(statement["totals"]["total"])
        for one in record["adjustments"]:
            by_engineer[one["engineer"]["id"]] += Decimal(one["amount"])
    assert {key: total for key, total in by_engineer.items() if total} == {
        one.person.id: one.total for one in correct.statements if one.total
    }
