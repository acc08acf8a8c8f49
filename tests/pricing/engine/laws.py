"""The properties as functions of a policy and facts: each answers what is wrong, or nothing."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.exactly import Answer, as_json, price, read_facts, select
from webapp.pricing.engine.lines import OtherLine, PayLine
from webapp.pricing.policy import Document, Rule
from webapp.pricing.spans import Intervals, intersect, subtract, union

Table = Mapping[str, Any]
_HOUR = 3600


def pay_of(priced: Answer) -> dict[tuple[str, ...], Fraction]:
    """Amounts by engineer, rule and kind; ids of facts left aside."""
    sums: dict[tuple[str, ...], Fraction] = {}
    for line in priced.pay:
        key = (line.person, line.rule, line.as_)
        sums[key] = sums.get(key, Fraction(0)) + line.exact
    return {key: amount for key, amount in sums.items() if amount}


def conservation(document: Document, table: Table) -> Iterator[str]:
    """Each minute on call, and each worked minute, is paid, pending or unpaid, and unpaid only where it is not paid."""
    facts = read_facts(table)
    priced = price(document, facts)
    for person in facts.people:
        duties = union(row.time for row in facts.on_call if row.person == person.id)
        spells = (spell for one in facts.callouts if one.person == person.id for spell in one.spells)
        worked = union((spell.start, spell.end) for spell in spells if spell.end is not None)
        for of, time in (("on call", duties), ("callout", worked)):
            pay = [line for line in priced.pay if line.person == person.id and line.on_call is (of == "on call")]
            paid = union(span for line in pay for span in line.spans)
            unpaid = _time(priced.unpaid, person.id, of)
            pending = _time(priced.pending, person.id, of)
            if subtract(time, union([*paid, *unpaid, *pending])):
                yield f"{of}: time without a line"
            if subtract(union([*unpaid, *pending]), time):
                yield f"{of}: unpaid time that is not there"
            if intersect(paid, unpaid) or intersect(unpaid, pending):
                yield f"{of}: time both paid and unpaid"


def billed(document: Document, table: Table) -> Iterator[str]:
    """Of hours: billed = time paid + raised (or rounded, or taken by a cap), on every line."""
    elapsed = {
        (version.version, rule.name)
        for version in (document, *document.later)
        for rule in version.rules
        if rule.count.unit == "hours" and rule.count.clock == "elapsed"
    }
    for line in price(document, read_facts(table)).pay:
        if (line.version, line.rule) in elapsed and line.quantity * _HOUR != line.seconds + line.raised:
            yield f"{line.rule}: {line.quantity} h billed, {line.seconds} s paid, {line.raised} s raised"


def periods(document: Document, table: Table) -> Iterator[str]:
    """Two periods that touch give the lines of the one that holds both."""
    priced = price(document, read_facts(table))
    middle = date.fromisoformat(table["on_call"][0]["end"][:10])
    before, after = select(priced, None, middle), select(priced, middle + timedelta(days=1), None)
    if sorted(map(repr, [*before.pay, *after.pay])) != sorted(map(repr, priced.pay)):
        yield "the lines of two periods are not those of both"


def cuts(document: Document, table: Table) -> Iterator[str]:
    """Time delivered in touching and repeated rows; a row with a nominal length is one, and only repeated."""
    again = deepcopy(dict(table))
    again["on_call"] = []
    for number, row in enumerate(table["on_call"]):
        if "nominal" in row:
            again["on_call"].append(row)
        else:
            middle = _between(row["start"], row["end"])
            again["on_call"] += [{**row, "start": middle}, {**row, "end": middle, "id": f"r{number}"}]
        if number % 2:
            again["on_call"].append({**row, "id": f"again{number}"})
    yield from _differ(document, table, again)


def second_rota(document: Document, table: Table) -> Iterator[str]:
    """The same time on a second rota at the next level number, unless the policy asks for rotas."""
    if any(_knows_rotas(rule) for version in (document, *document.later) for rule in version.rules):
        return
    rows = [{**row, "rota": "Second", "level": row["level"] + 1} for row in table["on_call"]]
    yield from _differ(document, table, {**table, "on_call": [*table["on_call"], *rows]})


def swap(document: Document, table: Table) -> Iterator[str]:
    """Two equal engineers exchange everything."""
    other = {"p0": "p1", "p1": "p0"}
    again = deepcopy(dict(table))
    for row in [*again["on_call"], *again["callouts"]]:
        row["person"] = other[row["person"]]
    before, after = (pay_of(price(document, read_facts(one))) for one in (table, again))
    if {(other[key[0]], *key[1:]): amount for key, amount in before.items()} != after:
        yield "pay does not follow the facts"


def more_duty(document: Document, table: Table) -> Iterator[str]:
    """The first row of duty an hour longer; what a policy with a cliff may break."""
    if not table["on_call"]:
        return
    first, *rest = table["on_call"]
    longer = {**first, "end": _later(first["end"], 3600)}
    before, after = (_money(document, one) for one in (table, {**table, "on_call": [longer, *rest]}))
    if after < before:
        yield "more duty, less pay"


def more_work(document: Document, table: Table) -> Iterator[str]:
    """The first callout ten minutes longer; likewise."""
    if not table["callouts"]:
        return
    first, *rest = table["callouts"]
    *spells, last = first["spells"]
    if "end" not in last:
        return
    longer = {**first, "spells": [*spells, {**last, "end": _later(last["end"], 600)}]}
    before, after = (_money(document, one) for one in (table, {**table, "callouts": [longer, *rest]}))
    if after < before:
        yield "more work, less pay"


def totals(document: Document, table: Table) -> Iterator[str]:
    """Printed lines add up to the printed totals; money and time apart."""
    report = as_json(price(document, read_facts(table)))
    yield from (f"check: {check}" for check in report["checks"] if Fraction(check["difference"]))
    for key, kind in (("total", "money"), ("time_off", "time off")):
        lines = [line for one in report["statements"] for line in one["lines"] if line["as"] == kind]
        across = sum(Fraction(line["amount"]) for line in lines)
        down = sum(Fraction(one[key]) for one in report["statements"])
        if not across == down == Fraction(report[key]):
            yield f"{key}: {across} across, {down} down, {report[key]} printed"


ALWAYS = (conservation, billed, periods, cuts, second_rota, swap, totals)
UNLESS_DECLARED = (more_duty, more_work)


def _knows_rotas(rule: Rule) -> bool:
    asked = rule.when
    return rule.set.rotas == "separately" or "rota" in asked.words or bool(asked.rota_not) or "rota" in rule.looks_up


def _time(lines: tuple[OtherLine, ...], person: str, of: str) -> Intervals:
    return union(line.time for line in lines if line.person == person and line.of == of)


def _money(document: Document, table: Table) -> Fraction:
    lines: tuple[PayLine, ...] = price(document, read_facts(table)).pay
    return sum((line.exact for line in lines), start=Fraction(0))


def _differ(document: Document, table: Table, again: Table) -> Iterator[str]:
    before, after = (pay_of(price(document, read_facts(one))) for one in (table, again))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield f"{key}: {before.get(key)} became {after.get(key)}"


def _between(start: str, end: str) -> str:
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    return (first + (last - first) / 3).replace(microsecond=0).isoformat()


def _later(instant: str, seconds: int) -> str:
    return (datetime.fromisoformat(instant) + timedelta(seconds=seconds)).isoformat()
