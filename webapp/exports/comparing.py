"""What has changed since an earlier report: its record and today's of the same period, line by line.

Both sides are records as `report_json` makes them, so that a file of long ago is compared with today by what it says
itself. What was paid so far is what the earlier report paid with all that later ones adjusted: what is left to pay is
right whatever was adjusted before, as long as no later report is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.exports.amendments import TIME_OFF, Adjustment, Payee, named
from webapp.exports.reasons import Change, Reason, reasons_of

Json = Mapping[str, Any]
_Place = tuple[str, str, str]
"""Engineer's PagerDuty id, booking date, component."""
_NOTHING: Json = {"lines": [], "days": [], "callouts": [], "pending": []}


class ComparisonError(Exception):
    """Two reports that cannot be compared; its text is a sentence for a manager."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one engineer gets for one date and component then, adjusted since, and by the facts of today."""

    payee: Payee
    date: date
    component: str
    then: Decimal
    adjusted: Decimal
    now: Decimal
    rules_then: str
    """The rules behind the amount, such as "weekday stipend, level 1"; "" where nothing was paid."""
    rules_now: str
    reasons: tuple[Reason, ...]

    @property
    def amount(self) -> Decimal:
        """What is left to pay, or below 0 to take back."""
        return self.now - self.then - self.adjusted

    @property
    def what(self) -> str:
        """The rules in words, and the component where they do not say it."""
        rules = self.rules_then or self.rules_now
        if self.rules_then and self.rules_now and self.rules_then != self.rules_now:
            rules = f"{self.rules_then}, now {self.rules_now}"
        return named(self.component, rules)

    @property
    def words(self) -> str:
        """All reasons, as sentences."""
        return " ".join(reason.text for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs; an engineer without a difference is not in it."""

    differences: tuple[Difference, ...]
    not_comparable: tuple[tuple[Payee, str], ...]
    """Engineers who were priced then and are not now, with the reason: nothing can be said of them."""
    settled: int
    """Lines that were adjusted before and are right since."""

    @property
    def amount(self) -> Decimal:
        """All differences of money together."""
        return sum((one.amount for one in self.differences if one.component != TIME_OFF), Decimal(0))

    @property
    def time_off(self) -> Decimal:
        """All differences of hours off in lieu together."""
        return sum((one.amount for one in self.differences if one.component == TIME_OFF), Decimal(0))

    def by_engineer(self) -> dict[Payee, list[Difference]]:
        """The differences of each engineer, in order of name."""
        found: dict[Payee, list[Difference]] = defaultdict(list)
        for one in self.differences:
            found[one.payee].append(one)
        return dict(found)

    def adjustments(self, report_id: str, engineers: Iterable[str]) -> tuple[Adjustment, ...]:
        """The differences of these engineers as adjustment lines that amend the earlier report."""
        wanted = set(engineers)
        return tuple(
            Adjustment(
                payee=one.payee,
                report_id=report_id,
                date=one.date,
                component=one.component,
                paid=one.then + one.adjusted,
                due=one.now,
                rule=one.rules_now or one.rules_then,
                reason=one.words,
            )
            for one in self.differences
            if one.payee.id in wanted
        )


def compare(earlier: Json, later: Sequence[Json], today: Json) -> Comparison:
    """What differs between an earlier report, with what later ones have adjusted of it, and today's.

    Raises:
        ComparisonError: they are of different currencies, periods or accounts, or one was read without a part of
            PagerDuty that the other one had.
    """
    _refuse_unlike(earlier, today)
    lost = {one["engineer"]["id"]: one["reason"] for one in today["not_priced"]}
    then, now = _amounts(earlier), _amounts(today)
    adjusted = _adjusted(earlier["id"], later)
    payees = _payees(earlier, later, today)
    places = sorted(
        (place for place in then | now | adjusted if place[0] not in lost),
        key=lambda place: (payees[place[0]].name.casefold(), *place),
    )
    before, after = _statements(earlier), _statements(today)
    zero = Decimal(0)
    differences: list[Difference] = []
    settled = 0
    for place in places:
        paid, since, due = (amounts.get(place, zero) for amounts in (then, adjusted, now))
        if due == paid + since:
            settled += since != 0
            continue
        key, day, component = place
        old, new = before.get(key, _NOTHING), after.get(key, _NOTHING)
        change = Change(day, component, old, new, earlier, today, was_paid=paid, was_adjusted=since, is_due=due)
        differences.append(
            Difference(
                payee=payees[key],
                date=date.fromisoformat(day),
                component=component,
                then=paid,
                adjusted=since,
                now=due,
                rules_then=_rules(old, day, component),
                rules_now=_rules(new, day, component),
                reasons=tuple(reasons_of(change)),
            )
        )
    not_comparable = tuple((payees[key], reason) for key, reason in lost.items() if key in before)
    return Comparison(tuple(differences), not_comparable, settled)


def _refuse_unlike(earlier: Json, today: Json) -> None:
    for part, words in (("account", "of another PagerDuty account"), ("period", "of another period")):
        kept = {key: value for key, value in earlier[part].items() if key != "pay_zone"}
        if kept != {key: value for key, value in today[part].items() if key != "pay_zone"}:
            raise ComparisonError(f"The file is {words} than what was read now.")
    was, is_now = earlier["policy"]["currency"], today["policy"]["currency"]
    if was != is_now:
        raise ComparisonError(f"The file pays in {was}, the policy in force in {is_now}. They cannot be compared.")
    without, without_now = set(earlier["read"]["left_out"]), set(today["read"]["left_out"])
    if without_now - without:
        raise ComparisonError(
            f"PagerDuty was read without {', '.join(sorted(without_now - without))} now, and the file was made with "
            "it. What is missing now would look like pay that is to be taken back."
        )


def _amounts(record: Json) -> dict[_Place, Decimal]:
    found: defaultdict[_Place, Decimal] = defaultdict(Decimal)
    for statement in record["statements"]:
        for line in statement["lines"]:
            key, day = statement["engineer"]["id"], line["date"]
            found[key, day, line["component"]] += Decimal(line["amount"])
            if time_off := Decimal(line["time_off"]):
                found[key, day, TIME_OFF] += time_off
    return dict(found)


def _adjusted(report_id: str, later: Iterable[Json]) -> dict[_Place, Decimal]:
    found: defaultdict[_Place, Decimal] = defaultdict(Decimal)
    for record in later:
        for one in record["adjustments"]:
            if one["report"] == report_id:
                found[one["engineer"]["id"], one["date"], one["component"]] += Decimal(one["amount"])
    return dict(found)


def _statements(record: Json) -> dict[str, Json]:
    return {statement["engineer"]["id"]: statement for statement in record["statements"]}


def _payees(earlier: Json, later: Sequence[Json], today: Json) -> dict[str, Payee]:
    """Everybody whom any of the records pays, as the newest of them knows them."""
    found: dict[str, Payee] = {}
    for record in (earlier, *later, today):
        for engineer in _engineers(record):
            found[engineer["id"]] = Payee(
                engineer["id"], engineer["name"], engineer["email"] or "", engineer["payroll_number"]
            )
    return found


def _engineers(record: Json) -> Iterator[Json]:
    for part in ("adjustments", "not_priced", "statements"):
        yield from (one["engineer"] for one in record[part])


def _rules(statement: Json, day: str, component: str) -> str:
    """Such as "callout fee x 2"; in the order of the lines."""
    counts: dict[str, int] = {}
    for line in statement["lines"]:
        is_of = Decimal(line["time_off"]) if component == TIME_OFF else line["component"] == component
        if line["date"] == day and is_of:
            counts[line["rule"]] = counts.get(line["rule"], 0) + 1
    return ", ".join(rule if count == 1 else f"{rule} x {count}" for rule, count in counts.items())
