"""The report of facts by a policy, without PagerDuty: what `flask price` prints."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from webapp.pricing.facts import Facts
from webapp.pricing.policy.document import Document
from webapp.pricing.report.lines import Period
from webapp.pricing.report.report_json import as_json
from webapp.pricing.report.select import select
from webapp.pricing.report.statements import price


def report_of(document: Document, facts: Facts, first: date = date.min, last: date | None = None) -> dict[str, Any]:
    """Everybody's statement of the dates from `first` to `last`, as JSON. Raises PricingError."""
    after = date.max if last is None else last + timedelta(days=1)
    order = [person.id for person in facts.people]
    report = select(price(facts, document, exact=True), Period(first, after), frozenset(order))
    return as_json(report, document, order)
