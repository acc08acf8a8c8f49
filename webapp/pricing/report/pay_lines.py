"""The engine's pay lines as a report prints them: in decimals, in words, by schedule and session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from webapp.pricing.engine import lines as engine
from webapp.pricing.money import SECONDS_AN_HOUR, amount_of, decimal_of
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.policy.document import Document, Rule
from webapp.pricing.report.lines import Component, PayLine
from webapp.pricing.report.sessions import Session
from webapp.pricing.spans import Interval, as_spans, second_of, seconds, subtract, union

_UNITS = {
    "hours": "hour", "days": "day", "weeks": "week", "months": "month", "duties": "duty", "blocks": "block",
    "templates": "period", "sessions": "session", "callouts": "callout",
}  # fmt: skip
_COMPONENTS = {component.value: component for component in Component}
_STIPEND, _HOURLY = Component.STIPEND, Component.HOURLY_PAY
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
    _held: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """Schedules by rows of time on call: the dates of a duty have the same."""
    _nothing: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self._nothing = amount_of(Fraction(0), self.brief.minor_digits)
        for version in (self.document, *self.document.later):
            for rule in version.rules:
                self._rules[version.version, rule.name] = (rule, rule.looks_up)

    def of_duty(self, line: engine.PayLine, who: str) -> PayLine:
        """A stipend."""
        causes = self._held.get(line.causes)
        if causes is None:
            held = {self.schedules[cause] for cause in line.causes} - {""}
            causes = self._held[line.causes] = tuple(sorted(held))
        return self._line(line, who, causes, None)

    def of_session(self, session: Session, sessions: Mapping[int, engine.Session], who: str) -> list[PayLine]:
        """The lines of a session, in the order of the engine's."""
        made = [self._line(line, who, _callouts(line, sessions), session.number) for line in session.lines]
        hourly = [line for line in made if line.component is _HOURLY]
        if len(hourly) > 1:
            _bill_once(hourly)
        return made

    def _line(self, line: engine.PayLine, who: str, causes: tuple[str, ...], session: int | None) -> PayLine:
        money = line.as_ == "money"
        component = _COMPONENTS[line.component]
        billed, exactly = _billed(line) if component is _HOURLY else (0, False)
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
            seconds=line.seconds if component is _STIPEND else billed,
            spans=as_spans(line.spans),
            causes=causes,
            session=session,
            time_off=_NONE if money else amount_of(line.amount, self.brief.time_off_digits or 0),
            added=decimal_of(line.more) if line.more else _NONE,
            billed_seconds=billed,
            version=line.version,
            by_the_hour=exactly and billed > 0 and money and not line.more and self.brief.rounds_half_up,
        )

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


def _callouts(line: engine.PayLine, sessions: Mapping[int, engine.Session]) -> tuple[str, ...]:
    """The callouts of a session that a line pays; a fee only those that earn it."""
    members = sessions[line.session or 0].members
    fee = line.component == Component.CALLOUT_FEE
    paid = zip(members, line.shares, strict=True)
    return tuple(dict.fromkeys([member.callout for member, share in paid if share or not fee]))


def _billed(line: engine.PayLine) -> tuple[int, bool]:
    """Seconds of hourly pay, and whether a clerk who multiplies them by the rate comes to the amount.

    What is counted in hours is raised and rounded, and may not be whole seconds; of other units it is the time paid.
    """
    if line.unit != "hours":
        return line.seconds, False
    hours = line.quantity
    whole, rest = divmod(hours.numerator * SECONDS_AN_HOUR, hours.denominator)
    return whole, not rest


def _bill_once(hourly: list[PayLine]) -> None:
    """Hours that several lines pay are billed at the longest; the others are supplements for the same hours."""
    covered: list[Interval] = []
    for line in sorted(hourly, key=lambda line: -line.seconds):
        own = [(second_of(span.start), second_of(span.end)) for span in line.spans]
        new = subtract(own, union(covered))
        raised = line.seconds - seconds(own)
        line.billed_seconds = max(0, seconds(new) + raised) if new or not covered else 0
        covered += own
