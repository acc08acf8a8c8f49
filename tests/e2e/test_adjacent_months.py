"""Two adjacent months add up to both priced at once: for every engineer and every line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from webapp import clock
from webapp.exports import ScopeKind
from webapp.models import Database
from webapp.pd.regions import Endpoints
from webapp.pricing.policy.form import Policy
from webapp.pricing.report.lines import Period, Report
from webapp.sandbox import Running
from webapp.services import accounts, reporting
from webapp.services.connections import Connections
from webapp.services.reporting import Scope
from webapp.vault import Vault

pytestmark = pytest.mark.slow

Priced = Callable[[Period], Report]


@pytest.fixture
def priced(
    tmp_path: Path, pagerduty: Running, policy: Policy, present: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Priced]:
    """The organisation's report for a period, from a reading of its own."""
    monkeypatch.setattr(clock, "now", present)
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    database.migrate()
    endpoints = Endpoints(us=pagerduty.us_url, eu=pagerduty.eu_url, identity=pagerduty.identity_url)
    connections = Connections(database.session, Vault(b"0" * 32), endpoints, None)
    with database.session() as session:
        account_id = accounts.add_account(session, "ada@example.com", "correct horse battery").id
        connections.connect_by_key(account_id, pagerduty.credentials.us.read_only)

        def read(period: Period) -> Report:
            organisation = Scope(ScopeKind.ORGANISATION, "", "Organisation")
            draft = reporting.begin(connections, account_id, session, organisation, period, policy)
            assert reporting.read_slice(connections, draft, 600)
            return draft.report

        yield read
    database.close()


@pytest.mark.parametrize(
    ("first", "middle", "after"),
    [
        (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)),  # clocks go back in Europe, forward in Auckland
        (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)),  # clocks go forward, Easter lies across
        (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)),  # over the year's end
    ],
    ids=str,
)
def test_adjacent_months_add_up(priced: Priced, first: date, middle: date, after: date) -> None:
    parts = [priced(Period(first, middle)), priced(Period(middle, after))]
    whole = priced(Period(first, after))
    assert lines(*parts) == lines(whole)
    assert totals(*parts) == totals(whole)
    assert sum(part.total for part in parts) == whole.total > 0
    assert [part.not_priced for part in parts] == [whole.not_priced] * 2


def lines(*reports: Report) -> dict[str, dict[str, list[str]]]:
    """All that statements list, by engineer and kind, in order; sessions and rows are counted anew by each reading."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for report in reports:
        for statement in report.statements:
            kinds = found[statement.person.id]
            kinds["pay"] += [
                repr(replace(line, causes=(), session=None, session_number=None)) for line in statement.lines
            ]
            kinds["unpaid"] += map(repr, statement.unpaid)
            kinds["pending"] += map(repr, statement.pending)
            kinds["callouts"] += [repr(replace(row, session=None)) for row in statement.callouts]
            kinds["days"] += map(repr, statement.days)
    return {key: {kind: sorted(texts) for kind, texts in kinds.items()} for key, kinds in found.items()}


def totals(*reports: Report) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for report in reports:
        for statement in report.statements:
            found[statement.person.id] += statement.total
    return dict(found)
