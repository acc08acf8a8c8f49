"""What `flask price` says of facts by a policy: the report's own way, with every minute of every line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from webapp.pricing import price as price_report
from webapp.pricing.engine.lines import OtherLine, PayLine
from webapp.pricing.facts import Facts
from webapp.pricing.facts_json import read_facts
from webapp.pricing.policy import Document
from webapp.pricing.report.exact import report_of
from webapp.pricing.report.lines import Priced
from webapp.pricing.report.report_json import in_order

__all__ = ["Answer", "as_json", "price", "read_facts", "select"]


@dataclass(frozen=True)
class Answer:
    document: Document
    facts: Facts
    priced: Priced
    first: date = date.min
    last: date = date.max

    @property
    def pay(self) -> tuple[PayLine, ...]:
        lines = (line for line in self.priced.pay if self.first <= line.booked <= self.last)
        return tuple(sorted(in_order(lines, self.document), key=lambda line: line.person))

    @property
    def unpaid(self) -> tuple[OtherLine, ...]:
        return tuple(line for line in self.priced.unpaid_time if self.first <= line.date <= self.last)

    @property
    def pending(self) -> tuple[OtherLine, ...]:
        return tuple(line for line in self.priced.pending_time if self.first <= line.date <= self.last)


def price(document: Document, facts: Facts) -> Answer:
    return Answer(document, facts, price_report(facts, document, exact=True))


def select(answer: Answer, first: date | None = None, last: date | None = None) -> Answer:
    return replace(answer, first=first or answer.first, last=last or answer.last)


def as_json(answer: Answer) -> dict[str, Any]:
    last = None if answer.last == date.max else answer.last
    return report_of(answer.document, answer.facts, answer.first, last)
