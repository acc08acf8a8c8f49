"""What a report says of the engine's pay lines: a label, what is cited, which session, which hours are billed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from webapp.pricing.engine.lines import PayLine, Session
from webapp.pricing.money import SECONDS_AN_HOUR
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.policy.document import Component, Document, Rule
from webapp.pricing.report.sessions import WorkSession
from webapp.pricing.spans import Interval, seconds, subtract, union


@dataclass(slots=True)
class LineLabels:
    """Labels the lines of all engineers of one policy."""

    document: Document
    brief: PolicyBrief
    schedules: Mapping[str, str]
    """Ids of schedules by the id of a row of time on call."""
    _rules: dict[tuple[str, str], tuple[Rule, frozenset[str]]] = field(default_factory=dict)
    _labels: dict[tuple[str, ...], str] = field(default_factory=dict)
    _held: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """Schedules by rows of time on call: the dates of a duty have the same."""

    def __post_init__(self) -> None:
        for version in (self.document, *self.document.later):
            for rule in version.rules:
                self._rules[version.version, rule.name] = (rule, rule.looks_up)

    def of_duty(self, line: PayLine) -> PayLine:
        """A line of time on call, filled in."""
        cited = self._held.get(line.causes)
        if cited is None:
            held = {self.schedules[cause] for cause in line.causes} - {""}
            cited = self._held[line.causes] = tuple(sorted(held))
        self._fill_in(line, cited)
        return line

    def of_session(self, session: WorkSession, sessions: Mapping[int, Session]) -> list[PayLine]:
        """The lines of a session, filled in, in the order of the engine's."""
        for line in session.lines:
            self._fill_in(line, _callouts(line, sessions))
            line.session_number = session.number
        hourly = [line for line in session.lines if line.component is Component.HOURLY_PAY]
        if len(hourly) > 1:
            _bill_once(hourly)
        return session.lines

    def _fill_in(self, line: PayLine, cited: tuple[str, ...]) -> None:
        billed, exactly = _billed(line) if line.component is Component.HOURLY_PAY else (0, False)
        line.label, line.cited = self._label(line), cited
        line.paid_seconds = line.seconds if line.component is Component.STIPEND else billed
        line.billed_seconds = billed
        line.by_the_hour = (
            exactly and billed > 0 and line.as_ == "money" and not line.more and self.brief.rounds_half_up
        )

    def _label(self, line: PayLine) -> str:
        """The rule's name, with what its price is looked up by: "weekday stipend, level 1"."""
        level = line.words.get("level", "")
        key = (line.version, line.rule, line.day_type, line.band, line.template, line.tier, level)
        if key not in self._labels:
            rule, asked = self._rules[line.version, line.rule]
            name = f"{line.day_type} {rule.name}" if "day type" in asked else rule.name
            words = [f"level {level}"] * ("level" in asked and bool(level)) + [line.band] * ("band" in asked)
            words += [line.template, f"tier {line.tier}" if line.tier else ""]
            self._labels[key] = ", ".join([name, *(word for word in words if word)])
        return self._labels[key]


def _callouts(line: PayLine, sessions: Mapping[int, Session]) -> tuple[str, ...]:
    """The callouts of a session that a line pays; a fee only those that earn it."""
    members = sessions[line.session or 0].members
    fee = line.component is Component.CALLOUT_FEE
    paid = zip(members, line.shares, strict=True)
    return tuple(dict.fromkeys([member.callout for member, share in paid if share or not fee]))


def _billed(line: PayLine) -> tuple[int, bool]:
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
    for line in sorted(hourly, key=lambda line: -line.paid_seconds):
        own = list(line.spans)
        new = subtract(own, union(covered))
        raised = line.paid_seconds - seconds(own)
        line.billed_seconds = max(0, seconds(new) + raised) if new or not covered else 0
        covered += own
