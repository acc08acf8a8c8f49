"""The engine's pay lines as a report prints them: in decimals, in words, by schedule and session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from webapp.pricing.brief import PolicyBrief
from webapp.pricing.document import lines as engine
from webapp.pricing.document.document import Document, Rule, tables_of
from webapp.pricing.lines import Component, PayLine
from webapp.pricing.money import SECONDS_AN_HOUR, amount_of, decimal_of
from webapp.pricing.sessions import Session
from webapp.pricing.spans import Interval, as_spans, second_of, seconds, subtract, union

_UNITS = {
    "hours": "hour", "days": "day", "weeks": "week", "months": "month", "duties": "duty", "blocks": "block",
    "templates": "period", "sessions": "session", "callouts": "callout",
}  # fmt: skip


@dataclass(slots=True)
class Printer:
    """Prints the lines of all engineers of one policy."""

    document: Document
    brief: PolicyBrief
    schedules: Mapping[str, str]
    """Ids of schedules by the engine's name of a row of time on call."""
    _rules: dict[tuple[str, str], tuple[Rule, frozenset[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for version in (self.document, *self.document.later):
            for rule in version.rules:
                self._rules[version.version, rule.name] = (rule, tables_of(rule))

    def of_duty(self, line: engine.PayLine, who: str) -> PayLine:
        """A stipend."""
        causes = {self.schedules[cause] for cause in line.causes} - {""}
        return self._line(line, who, Component.STIPEND, line.seconds, tuple(sorted(causes)))

    def of_session(self, session: Session, sessions: Sequence[engine.Session], who: str) -> list[PayLine]:
        """The lines of a session, in the order of the engine's."""
        made = []
        for line in session.lines:
            component = Component(line.component)
            members = sessions[line.session or 0].members
            if component is Component.HOURLY_PAY:
                by_hour = line.unit == "hours"
                billed = int(line.quantity * SECONDS_AN_HOUR) if by_hour else line.seconds
                causes = [member.callout for member in members]
            else:
                billed = 0
                causes = [member.callout for member, share in zip(members, line.shares, strict=True) if share]
            printed = self._line(line, who, component, billed, tuple(dict.fromkeys(causes)))
            by_the_hour = billed > 0 and self._by_the_hour(line, billed)
            made.append(replace(printed, session=session.number, billed_seconds=billed, by_the_hour=by_the_hour))
        hourly = [line for line in made if line.component is Component.HOURLY_PAY]
        return made if len(hourly) < 2 else _billed_once(made)  # noqa: PLR2004  with one there is nothing to share

    def _line(
        self, line: engine.PayLine, who: str, component: Component, length: int, causes: tuple[str, ...]
    ) -> PayLine:
        money = line.as_ == "money"
        digits = self.brief.minor_digits
        return PayLine(
            person_id=who,
            date=line.booked,
            component=component,
            rule=self._label(line),
            day_type=line.day_type,
            quantity=decimal_of(line.quantity),
            unit=_UNITS[line.unit],
            rate=decimal_of(line.rate),
            amount=amount_of(line.amount if money else Fraction(0), digits),
            seconds=length,
            spans=as_spans(line.spans),
            causes=causes,
            time_off=Decimal(0) if money else amount_of(line.amount, self.brief.time_off_digits or 0),
            added=decimal_of(line.more) if line.more else Decimal(0),
            version=line.version,
        )

    def _by_the_hour(self, line: engine.PayLine, billed: int) -> bool:
        """Whether a clerk who multiplies seconds and rate comes to the amount."""
        exact = not line.more and line.quantity * SECONDS_AN_HOUR == billed and line.unit == "hours"
        return exact and line.as_ == "money" and self.brief.rounds_half_up

    def _label(self, line: engine.PayLine) -> str:
        """The rule's name, with what its price is looked up by: "weekday stipend, level 1"."""
        rule, asked = self._rules[line.version, line.rule]
        told = f"{line.day_type} {rule.name}" if "day type" in asked else rule.name
        if "level" in asked and line.words.get("level"):
            told += f", level {line.words['level']}"
        if "band" in asked and line.band:
            told += f", {line.band}"
        if line.template:
            told += f", {line.template}"
        return f"{told}, tier {line.tier}" if line.tier else told


def _billed_once(lines: list[PayLine]) -> list[PayLine]:
    """Hours that several lines pay are billed at the longest; the others are supplements for the same hours."""
    covered: list[Interval] = []
    billed: dict[int, int] = {}
    hourly = [line for line in lines if line.component is Component.HOURLY_PAY]
    for line in sorted(hourly, key=lambda line: -line.seconds):
        own = [(second_of(span.start), second_of(span.end)) for span in line.spans]
        new = subtract(own, union(covered))
        raised = line.seconds - seconds(own)
        billed[id(line)] = max(0, seconds(new) + raised) if new or not covered else 0
        covered += own
    return [replace(line, billed_seconds=billed.get(id(line), 0)) for line in lines]
