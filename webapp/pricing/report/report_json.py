"""The report of a period, and its JSON: amounts as text, instants in UTC."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from webapp.pricing.engine.facts import Person
from webapp.pricing.engine.lines import OtherLine, PayLine, Priced
from webapp.pricing.policy.document import Rounding
from webapp.pricing.rounding import fixed, plain
from webapp.pricing.spans import Interval, instant_of

_AnyLine = TypeVar("_AnyLine", PayLine, OtherLine)


def select(priced: Priced, first: date | None = None, last: date | None = None) -> Priced:
    """The lines booked in a period; both dates inclusive, None: open. Lines are made before, so periods add up."""

    def inside(day: date) -> bool:
        return (first is None or first <= day) and (last is None or day <= last)

    return replace(
        priced,
        pay=tuple(line for line in priced.pay if inside(line.booked)),
        unpaid=tuple(line for line in priced.unpaid if inside(line.date)),
        pending=tuple(line for line in priced.pending if inside(line.date)),
    )


def as_json(priced: Priced) -> dict[str, Any]:
    """The statements as JSON; docs/policies/report.schema.json describes them."""
    pay, unpaid, pending = _by_person(priced.pay), _by_person(priced.unpaid), _by_person(priced.pending)
    rounding = priced.document.rounding
    reasons = dict(priced.not_priced)
    statements = [
        _statement(
            person,
            pay[person.id],
            unpaid[person.id],
            pending[person.id],
            rounding,
        )
        for person in priced.people
        if person.id not in reasons
    ]
    names = {person.id: person.name for person in priced.people}
    return {
        "policy": priced.document.name,
        "currency": priced.document.currency,
        "read_at": _instant(priced.read_at),
        "statements": statements,
        "not_priced": [{"person": key, "name": names[key], "reason": reason} for key, reason in priced.not_priced],
        **_totals(priced.pay, rounding),
        "checks": _checks(statements, priced.pay, rounding),
    }


def _by_person(lines: Iterable[_AnyLine]) -> dict[str, list[_AnyLine]]:
    found: dict[str, list[_AnyLine]] = defaultdict(list)
    for line in lines:
        found[line.person].append(line)
    return found


def _statement(
    person: Person, pay: list[PayLine], unpaid: list[OtherLine], pending: list[OtherLine], rounding: Rounding
) -> dict[str, Any]:
    return {
        "person": person.id,
        "name": person.name,
        **_totals(pay, rounding),
        "lines": [line_as_json(line, rounding) for line in pay],
        "unpaid": [other_as_json(line) for line in unpaid],
        "pending": [other_as_json(line) for line in pending],
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
