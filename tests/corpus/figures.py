"""The figures of a case: what the engine gives for each engineer, beside what the case expects."""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from tests.exactly import as_json, price, read_facts, select
from webapp.pricing.errors import FactsError
from webapp.pricing.policy import Document

_HOUR = 3600


def faults_of(document: Document, case: Mapping[str, Any]) -> list[str]:
    """Where the engine's figures are not the case's."""
    try:
        priced = price(document, read_facts(case["facts"]))
    except FactsError as error:
        return [str(error)]
    if "period" in case:
        priced = select(priced, date.fromisoformat(case["period"]["from"]), date.fromisoformat(case["period"]["to"]))
    report = as_json(priced)
    return [
        f"{who}: {fault}"
        for who, expected in case["expect"].items()
        for fault in _missed(_figures(report, who), expected)
    ]


def _figures(report: Mapping[str, Any], who: str) -> dict[str, Any]:
    """One engineer's figures, by the words that a case uses."""
    for one in report["not_priced"]:
        if one["person"] == who:
            return {"not_priced": one["reason"], "rules": {}}
    statement = next((one for one in report["statements"] if one["person"] == who), None)
    if statement is None:
        return {"total": "0", "time_off": "0", "unpaid_hours": "0", "pending_hours": "0", "rules": {}}
    return {
        "total": statement["total"],
        "time_off": statement["time_off"],
        "unpaid_hours": _hours(statement["unpaid"]),
        "pending_hours": _hours(statement["pending"]),
        "rules": {
            rule: _of_rule([line for line in statement["lines"] if line["rule"] == rule])
            for rule in dict.fromkeys(line["rule"] for line in statement["lines"])
        },
    }


def _of_rule(lines: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The sums over the lines of a rule; the rate if all have the same."""
    rates = {line["rate"] for line in lines}
    return {
        "amount": str(sum(Fraction(line["amount"]) for line in lines if line["as"] == "money")),
        "time_off": str(sum(Fraction(line["amount"]) for line in lines if line["as"] == "time off")),
        "quantity": str(sum(Fraction(line["quantity"]) for line in lines)),
        "hours": _hours(lines),
        "lines": str(len(lines)),
        "rate": rates.pop() if len(rates) == 1 else "several",
    }


def _hours(lines: list[Mapping[str, Any]]) -> str:
    """Hours as billed: what a minimum or a step has added is counted."""
    return str(Fraction(sum(line["seconds"] + line.get("raised_seconds", 0) for line in lines), _HOUR))


def _missed(figures: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    for key, wanted in expected.items():
        if key == "rules":
            for rule, asked in wanted.items():
                inner = figures["rules"].get(rule, {})
                yield from (f"{rule}, {fault}" for fault in _missed(inner, asked))
        elif not _same(figures.get(key), wanted):
            yield f"{key} is {_shown(figures, key)}, not {wanted}"


def _shown(figures: Mapping[str, Any], key: str) -> str:
    return str(figures[key]) if key in figures else f"missing ({figures.get('not_priced', 'no line')})"


def _same(given: Any, wanted: Any) -> bool:
    """Whether two figures are the same number, or the same text."""
    try:
        return Fraction(str(given)) == Fraction(str(wanted))
    except ValueError:
        return bool(given == wanted)
