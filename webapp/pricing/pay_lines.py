"""The engine's pay lines as a report prints them: in decimals, in words, by schedule and session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from webapp.pricing.brief import PolicyBrief
from webapp.pricing.document import lines as engine
from webapp.pricing.document.document import Document, Rule
from webapp.pricing.lines import Component, PayLine
from webapp.pricing.money import SECONDS_AN_HOUR, amount_of, decimal_of
from webapp.pricing.sessions import Session
from webapp.pricing.spans import Interval, as_spans, second_of, seconds, subtract, union

_UNITS = {
    "hours": "hour", "days": "day", "weeks": "week", "months": "month", "duties": "duty", "blocks": "block",
    "templates": "period", "sessions": "session", "callouts": "callout",
}  # fmt: skip
_NONE = Decimal(0)


@dataclass(slots=True)
class Printer:
    """Prints the lines of all engineers of one policy."""

    document: Document
    brief: PolicyBrief
    schedules: Mapping[str, str]
    """Ids of schedules by the engine's name of a row of time on call."""
    _rules: dict[tuple[str, str], tuple[Rule, frozenset[str]]] = field(default_factory=dict)

    _labels: dict[tuple[str, ...], str] = field(default_factory=dict)
    _nothing: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self._nothing = amount_of(Fraction(0), self.brief.minor_digits)
        for version in (self.document, *self.document.later):
            for rule in version.rules:
                self._rules[version.version, rule.name] = (rule, rule.looks_up)

    def of_duty(self, line: engine.PayLine, who: str) -> PayLine:
        """A stipend."""
        causes = {self.schedules[cause] for cause in line.causes} - {""}
        return self._line(line, who, tuple(sorted(causes)), None)

    def of_session(self, session: Session, sessions: Sequence[engine.Session], who: str) -> list[PayLine]:
        """The lines of a session, in the order of the engine's."""
        made = []
        for line in session.lines:
            members = sessions[line.session or 0].members
            fee = line.component == Component.CALLOUT_FEE
            paid = zip(members, line.shares, strict=True)
            causes = [member.callout for member, share in paid if share or not fee]
            made.append(self._line(line, who, tuple(dict.fromkeys(causes)), session.number))
        hourly = [line for line in made if line.component is Component.HOURLY_PAY]
        return made if len(hourly) < 2 else _billed_once(made, hourly)  # noqa: PLR2004  one has nothing to share

    def _line(self, line: engine.PayLine, who: str, causes: tuple[str, ...], session: int | None) -> PayLine:
        money = line.as_ == "money"
        component = Component(line.component)
        billed = _billed(line) if component is Component.HOURLY_PAY else 0
        return PayLine(
            person_id=who,
            date=line.booked,
            component=component,
            rule=self._label(line),
            day_type=line.day_type,
            quantity=decimal_of(line.quantity),
            unit=_UNITS[line.unit],
            rate=decimal_of(line.rate),
            amount=amount_of(line.amount, self.brief.minor_digits) if money else self._nothing,
            seconds=line.seconds if component is Component.STIPEND else billed,
            spans=as_spans(line.spans),
            causes=causes,
            session=session,
            time_off=_NONE if money else amount_of(line.amount, self.brief.time_off_digits or 0),
            added=decimal_of(line.more) if line.more else _NONE,
            billed_seconds=billed,
            version=line.version,
            by_the_hour=billed > 0 and self._by_the_hour(line, billed),
        )

    def _by_the_hour(self, line: engine.PayLine, billed: int) -> bool:
        """Whether a clerk who multiplies seconds and rate comes to the amount."""
        exact = not line.more and line.quantity * SECONDS_AN_HOUR == billed and line.unit == "hours"
        return exact and line.as_ == "money" and self.brief.rounds_half_up

    def _label(self, line: engine.PayLine) -> str:
        """The rule's name, with what its price is looked up by: "weekday stipend, level 1"."""
        level = line.words.get("level", "")
        key = (line.version, line.rule, line.day_type, line.band, line.template, line.tier, level)
        if key not in self._labels:
            rule, asked = self._rules[line.version, line.rule]
            told = f"{line.day_type} {rule.name}" if "day type" in asked else rule.name
            words = [f"level {level}"] * ("level" in asked and bool(level)) + [line.band] * ("band" in asked)
            words += [line.template, f"tier {line.tier}" if line.tier else ""]
            self._labels[key] = ", ".join([told, *(word for word in words if word)])
        return self._labels[key]


def _billed(line: engine.PayLine) -> int:
    """Seconds of hourly pay: what is counted in hours, raised and rounded; else the time that is paid."""
    return int(line.quantity * SECONDS_AN_HOUR) if line.unit == "hours" else line.seconds


def _billed_once(lines: list[PayLine], hourly: list[PayLine]) -> list[PayLine]:
    """Hours that several lines pay are billed at the longest; the others are supplements for the same hours."""
    covered: list[Interval] = []
    billed: dict[int, int] = {}
    for line in sorted(hourly, key=lambda line: -line.seconds):
        own = [(second_of(span.start), second_of(span.end)) for span in line.spans]
        new = subtract(own, union(covered))
        raised = line.seconds - seconds(own)
        billed[id(line)] = max(0, seconds(new) + raised) if new or not covered else 0
        covered += own
    return [replace(line, billed_seconds=billed.get(id(line), 0)) for line in lines]
