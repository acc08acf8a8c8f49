"""A reading without incidents asks for none, and pays the same stipends to the penny."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from webapp.exports.document import ScopeKind
from webapp.pd.client import Client
from webapp.pd.pace import Pace
from webapp.pd.reader import Reading
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Team
from webapp.pd.request import Scope as ReadScope
from webapp.pd.result import Records
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind, Transport
from webapp.pricing.policy.form import EvidenceMode, Policy
from webapp.pricing.report.lines import Period, Report
from webapp.sandbox import Running
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import Draft, Scope

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
SINCE, UNTIL = datetime(2026, 8, 28, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)
READ_AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
WHOLE = Scope(ScopeKind.ORGANISATION, "", "Organisation")
SCOPES = {
    "organisation": (Organisation(), WHOLE),
    "team": (Team("PTZXTCN"), Scope(ScopeKind.TEAM, "PTZXTCN", "Payments")),
    "engineer": (Individual("PUZKPGH"), Scope(ScopeKind.ENGINEER, "PUZKPGH", "Ada")),
}


def read(sandbox: Running, scope: ReadScope, *, incidents: bool, mode: Mode = Mode.ACKNOWLEDGED) -> Records:
    timing = Timing()
    credential = Credential(CredentialKind.KEY, sandbox.credentials.us.read_only)
    client = Client(Transport(sandbox.us_url, credential, Pace(timing=timing), timing=timing))
    reading = Reading(ReadRequest(SINCE, UNTIL, scope, mode, incidents=incidents), client, READ_AT)
    while not reading.complete:
        reading.advance(lambda: False)
    return reading.result


def draft_of(records: Records, scope: Scope, policy: Policy) -> Draft:
    inputs = ReportInputs(OCTOBER, policy, SavedSettings(), {}, records)
    return Draft(scope, inputs, 1, "acme", "a key", sees_everything=True)


def stipends(report: Report) -> dict[str, tuple[Decimal, list[tuple[date, int]]]]:
    return {
        one.person.id: (one.stipends, [(day.date, day.on_call_seconds) for day in one.days if day.on_call_seconds])
        for one in report.statements
        if one.stipends or any(day.on_call_seconds for day in one.days)
    }


@pytest.fixture
def free(policy: Policy) -> Policy:
    return replace(policy, callout_fee=Decimal(0), hourly_rate=Decimal(0))


@pytest.mark.parametrize("name", [pytest.param("organisation", marks=pytest.mark.slow), "team", "engineer"])
def test_hours_and_stipends_are_those_of_the_whole_reading(pagerduty: Running, free: Policy, name: str) -> None:
    asked, scope = SCOPES[name]
    whole = draft_of(read(pagerduty, asked, incidents=True), scope, free).report
    pagerduty.state.requests.clear()
    records = read(pagerduty, asked, incidents=False)
    paths = {one.path for one in pagerduty.state.requests}
    assert {path for path in paths if "incident" in path or "log_entries" in path} == set()
    assert "/oncalls" in paths
    assert (records.incidents, records.log_entries) == ({}, ())
    report = draft_of(records, scope, free).report
    assert stipends(report) == stipends(whole)
    assert (report.total, report.fees, report.hourly_pay) == (whole.total, 0, 0)
    assert report.total > 0
    assert {one.part for one in records.tallies}.isdisjoint({"incidents", "log entries", "older incidents"})


def test_what_pays_callouts_is_refused_on_it_and_every_way_to_find_a_payee_is_not(
    pagerduty: Running, free: Policy
) -> None:
    draft = draft_of(read(pagerduty, Team("PTZXTCN"), incidents=False), SCOPES["team"][1], free)
    for mode in EvidenceMode:
        draft.change(policy=replace(free, evidence=mode))
    with pytest.raises(ReportError, match=r"so the incidents must be read.*Press “Read PagerDuty again”"):
        draft.change(policy=replace(free, callout_fee=Decimal(45)))
    assert draft.priced.doubts.questions == ()
