"""The JSON of `flask price`: exact amounts as text, instants in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from webapp.pricing.engine.lines import OtherLine, PayLine
from webapp.pricing.policy.document import Document, Rounding
from webapp.pricing.report.lines import Report, Statement
from webapp.pricing.rounding import fixed, plain
from webapp.pricing.spans import Interval, instant_of


def as_json(report: Report, document: Document, order: Sequence[str]) -> dict[str, Any]:
    """The statements as JSON, in the `order` of ids; docs/policies/report.schema.json describes them.

    It is of a policy that was priced `exact`.
    """
    rounding = document.rounding
    of_person = {statement.person.id: statement for statement in report.statements}
    ordered = [of_person[key] for key in order if key in of_person]
    statements = [_statement(statement, document) for statement in ordered]
    lines = [line for statement in ordered for line in statement.lines]
    return {
        "policy": document.name,
        "currency": document.currency,
        "read_at": _instant(report.read_at),
        "statements": statements,
        "not_priced": [
            {"person": person.id, "name": person.name, "reason": reason}
            for person, reason in sorted(report.not_priced, key=lambda pair: pair[0].id)
        ],
        **_totals(lines, rounding),
        "checks": _checks(statements, lines, rounding),
    }


def in_order(lines: Iterable[PayLine], document: Document) -> list[PayLine]:
    """Lines in the order of their dates and times, and then of the policy's rules."""
    rules = [(one.version, rule.name) for one in (document, *document.later) for rule in one.rules]
    return sorted(lines, key=lambda line: (line.booked, line.spans[:1], rules.index((line.version, line.rule))))


def _statement(statement: Statement, document: Document) -> dict[str, Any]:
    lines, rounding = in_order(statement.lines, document), document.rounding
    return {
        "person": statement.person.id,
        "name": statement.person.name,
        **_totals(lines, rounding),
        "lines": [line_as_json(line, rounding) for line in lines],
        "unpaid": [other_as_json(line) for line in statement.unpaid_time],
        "pending": [other_as_json(line) for line in statement.pending_time],
    }


def _totals(pay: Iterable[PayLine], rounding: Rounding) -> dict[str, str]:
    money = time = Fraction(0)
    for line in pay:
        money += line.amount if line.as_ == "money" else 0
        time += 0 if line.as_ == "money" else line.amount
    return {"total": fixed(money, rounding.to), "time_off": fixed(time, rounding.time_to)}


def _checks(statements: list[dict[str, Any]], pay: Iterable[PayLine], rounding: Rounding) -> list[dict[str, str]]:
    """Totals added again from what is printed; a difference is not 0."""
    checks = []
    for key in ("total", "time_off"):
        printed = sum((Fraction(statement[key]) for statement in statements), start=Fraction(0))
        difference = printed - Fraction(_totals(pay, rounding)[key])
        checks.append({"check": f"statements add up to {key}", "difference": plain(difference)})
    return checks


def line_as_json(line: PayLine, rounding: Rounding) -> dict[str, Any]:
    """One pay line."""
    return {
        "rule": line.rule,
        "component": line.component,
        "version": line.version,
        "booked": line.booked.isoformat(),
        "as": line.as_,
        "day_type": line.day_type,
        "band": line.band,
        "template": line.template,
        "tier": line.tier,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "rate": plain(line.rate),
        "amount": fixed(line.amount, rounding.to if line.as_ == "money" else rounding.time_to),
        "seconds": line.seconds,
        "raised_seconds": line.raised,
        "spans": [_span(span) for span in line.spans],
        "causes": list(line.causes),
    }


def other_as_json(line: OtherLine) -> dict[str, Any]:
    """One unpaid or pending line."""
    return {
        "of": line.of,
        "date": line.date.isoformat(),
        "start": _instant(line.time[0]),
        "end": _instant(line.time[1]),
        "seconds": line.time[1] - line.time[0],
        "reason": line.reason,
        "causes": list(line.causes),
    }


def _span(span: Interval) -> list[str]:
    return [_instant(span[0]), _instant(span[1])]


def _instant(second: int) -> str:
    return instant_of(second).isoformat().replace("+00:00", "Z")
