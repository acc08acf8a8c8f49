"""A small organisation with every kind of row, and a large one; priced by the engine, as in life."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from types import ModuleType

import pytest
from openpyxl import Workbook, load_workbook

from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.exports import ReportDocument, ReportWarning, ScopeKind, workbook_bytes
from webapp.exports.amendments import Adjustment, Amendment, Payee, Review
from webapp.pd.crosscheck import DutyDifference
from webapp.pd.result import Tally
from webapp.pricing import select
from webapp.pricing.facts import (
    AlwaysOnCall,
    Decision,
    EvidenceDecision,
    Holiday,
    Incident,
    JoinedResponder,
    SilentIncident,
    Span,
)
from webapp.pricing.policy.document import Document
from webapp.pricing.policy.form import BusinessHours, Policy, Stipend
from webapp.pricing.report.lines import Gravity, Period, Topic
from webapp.services.files import PURPOSE
from webapp.vault import Vault

READ_AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
POLICY = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
    callout_fee=Decimal(45),
    holiday_region="GB-ENG",
)
LONDON = Person(
    "PADA001", "Ada Example", "ada@example.com", "Europe/London", "engineer", "GB-ENG", Decimal("31.35"), None, "0042"
)
BERLIN = Person(
    "PBEN002",
    "Ben Beispiel",
    "ben@example.com",
    "Europe/Berlin",
    "schedule",
    "DE-BE",
    Decimal("33.30"),
    BusinessHours(time(8), time(16), frozenset({1, 2, 3, 4})),
)
RATELESS = Person("PCAT003", "Cat Ohne-Rate", None, "Europe/Paris", "engineer", "FR", None)


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


NAMED = EvidenceDecision("it was Ada Example at {2026-10-03T02:10:00Z}", "she said so", "Mo Manager", at(11, 1, 9))
MACHINE = EvidenceDecision(
    "it was a machine or somebody who is not paid at {2026-10-08T03:00:00Z}", "a bot", "Mo Manager", at(11, 1, 9)
)


def called_out(
    person: Person,
    number: int,
    start: datetime,
    minutes: int,
    *,
    title: str = "Database is slow",
    on_call: bool = True,
    decision: Decision | None = None,
) -> Callout:
    end = start + timedelta(minutes=minutes)
    incident = Incident(f"Q{number:06}", number, title, "Checkout", "high", start - timedelta(minutes=5), end)
    evidence = f"acknowledged {{{start:%Y-%m-%dT%H:%M:%SZ}}} by {person.name}, mobile"
    levels = frozenset({1}) if on_call else frozenset[int]()
    return Callout(person.id, incident, start, (Spell(start, end, evidence),), on_call, levels, decision=decision)


def facts() -> Facts:
    week = timedelta(days=7)
    first = at(9, 28, 8)
    rota = [
        OnCall((LONDON, BERLIN)[turn % 2].id, first + turn * week, first + (turn + 1) * week, 1, "S1", "Platform")
        for turn in range(5)
    ]
    times = (Span(at(10, 20, 21), at(10, 20, 21, 4)), Span(at(10, 20, 21, 6), at(10, 20, 21, 10)))
    decided = Decision(pay=True, reason="asked to help", decided_by="Mo Manager", decided_at=at(11, 1, 9), times=times)
    callouts = (
        called_out(LONDON, 101, at(10, 3, 1, 15), 50),
        replace(called_out(LONDON, 102, at(10, 3, 2, 10), 35), evidence_decisions=(NAMED,)),
        called_out(LONDON, 103, at(10, 13, 10), 20),
        called_out(LONDON, 104, at(10, 25, 0, 30), 95, title="Clock change: 01:30 twice"),
        called_out(BERLIN, 105, at(10, 6, 22), 75),
        called_out(BERLIN, 106, at(10, 20, 21), 10, on_call=False, decision=decided),
        called_out(RATELESS, 107, at(10, 9, 23), 30),
    )
    silent = Incident("Q000200", 200, "Disk 80 % full", "Storage", "low", at(10, 8, 3), at(10, 8, 3, 5))
    return Facts(
        people=(LONDON, BERLIN, RATELESS),
        on_call=(*rota, OnCall(RATELESS.id, at(10, 9, 18), at(10, 10, 6), 1, "S2", "Second")),
        callouts=callouts,
        read_at=READ_AT,
        silent=(SilentIncident(silent, "auto-resolved", (MACHINE,)),),
        joined=(JoinedResponder(RATELESS.id, RATELESS.name, silent, at(10, 8, 3, 2)),),
        always_on_call=(AlwaysOnCall(BERLIN.id, 3, "Last resort"),),
        holidays={"GB-ENG": {date(2026, 10, 14): Holiday("Example Day")}, "DE-BE": {}, "FR": {}},
    )


def document_of(facts: Facts, policy: Policy | Document = POLICY, period: Period = OCTOBER) -> ReportDocument:
    return ReportDocument(
        report=select(price(facts, policy), period),
        title="On-call pay",
        scope_name="Platform team",
        scope_kind=ScopeKind.TEAM,
        scope_notes=("The members of the team on 2 November 2026.",),
        left_out=(),
        period_label="October 2026",
        pay_zone_label="each engineer's own",
        policy_label="Standard policy version 3",
        policy_words=("A weekday on call earns £20.00.", "A session earns £45.00 and its billed hours."),
        authority="Mo Manager (OAuth)",
        read_at=READ_AT,
        warnings=(ReportWarning(Gravity.UNUSUAL, Topic.READING, "The schedule Second is on no escalation policy."),),
        other_teams={LONDON.id: ("Search", "Payments")},
        tallies=(Tally("shifts", 4, 310, 2, 4, 12, 1, 3, 5), Tally("engineers", 1, 3)),
        read_window="2026-08-31 to 2026-11-02",
        differences=(DutyDifference("PPLATFO", "Platform", at(10, 6, 8), at(10, 6, 20), (BERLIN.name,), ()),),
        data_versions={"tzdata": "2026.2", "holidays": "0.108"},
        instance_name="Example Ltd",
        scope_id="PPLATFO",
        region="eu",
        subdomain="example",
        inputs_digest="5" * 64,
    )


VAULT = Vault(b"the master secret of a test, long enough")


def place(sheet: ModuleType, document: ReportDocument, heading: str, entry: int = 0) -> str:
    """Where a column's cell of an entry stands, such as "H4"."""
    table = sheet.table(document)
    column = next(column for column in table.columns if column.heading == heading)
    return f"{table.letter(column)}{table.first + entry}"


_made: dict[int, tuple[ReportDocument, bytes]] = {}


def workbook_of(document: ReportDocument) -> bytes:
    """The file, signed with the secret of the tests; of the same object it is made once."""
    if id(document) not in _made:
        _made[id(document)] = document, workbook_bytes(document, partial(VAULT.sign, PURPOSE))
    return _made[id(document)][1]


@pytest.fixture(scope="session")
def document() -> ReportDocument:
    return document_of(facts())


@pytest.fixture(scope="session")
def amended(document: ReportDocument) -> ReportDocument:
    return amended_of(document)


def amended_of(document: ReportDocument) -> ReportDocument:
    """Carries adjustments of two earlier reports: of an engineer of this one, and of one who has left."""
    gone = Payee("PDAN004", "Dan Departed", "dan@example.com", "0077")
    first, second = "3F2A-91C0-77DE-0B14", "0000-1111-2222-3333"
    lines = (
        (Payee.of(LONDON), first, date(2026, 9, 12), "stipend", "35.00", "0.00", "weekend stipend, level 1"),
        (Payee.of(LONDON), first, date(2026, 9, 14), "hourly pay", "31.35", "70.54", "hourly pay"),
        (gone, first, date(2026, 9, 13), "callout fee", "0.00", "45.00", "callout fee"),
        (gone, second, date(2026, 8, 2), "time off", "0.00", "1.50", "weekend stipend, level 1"),
    )
    return replace(
        document,
        adjustments=tuple(
            Adjustment(payee, report, day, what, Decimal(paid), Decimal(due), rule, "Time on call changed.")
            for payee, report, day, what, paid, due, rule in lines
        ),
        amends=(
            Amendment(first, "Platform team, September 2026", 2, "AAAA-BBBB-CCCC-DDDD"),
            Amendment(second, "Platform team, August 2026", 1, ""),
        ),
        reviews=(Review("mo@example.com", datetime(2026, 11, 2, 9, tzinfo=UTC)),),
    )


@pytest.fixture(scope="session")
def nothing_happened() -> ReportDocument:
    return document_of(Facts(people=(), on_call=(), callouts=(), read_at=READ_AT))


@pytest.fixture(scope="session")
def large() -> ReportDocument:
    """150 engineers on call on each date of October, with ten callouts each."""
    people = [
        replace(LONDON, id=f"P{number:05}", name=f"Engineer {number:04}", payroll_number=f"{number:04}")
        for number in range(150)
    ]
    on_call = [OnCall(person.id, at(9, 30, 8), at(11, 1, 8), 1, "S1", "Platform") for person in people]
    callouts = [
        called_out(person, order * 10 + turn, at(10, 2 + turn * 2, 1 + turn, 7), 25)
        for order, person in enumerate(people)
        for turn in range(10)
    ]
    holidays = {"GB-ENG": {date(2026, 10, 14): Holiday("Example Day")}}
    return document_of(Facts(tuple(people), tuple(on_call), tuple(callouts), READ_AT, holidays=holidays))


@pytest.fixture
def opened() -> Iterator[Callable[[bytes], Workbook]]:
    """Opens a file made in memory, and closes it."""
    books: list[Workbook] = []

    def open_(made: bytes) -> Workbook:
        books.append(load_workbook(BytesIO(made)))
        return books[-1]

    yield open_
    for book in books:
        book.close()
