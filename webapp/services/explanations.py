"""Why a minute or a date of an engineer is paid as it is: the engine's derivation, with names a reader knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from webapp.pricing.engine.explain import Explanation, explain
from webapp.pricing.engine.needed import Needed
from webapp.pricing.report.lines import Statement
from webapp.pricing.spans import second_of
from webapp.services.reporting import Draft

STAGES = {
    "when": "Does the rule apply at all?",
    "set": "Which time is left?",
    "grid": "On which day, in which hours of the day?",
    "group": "What is one piece of work?",
    "count": "How many units is that?",
    "shape": "Raised, rounded, capped?",
    "tier": "The first, the second, beyond a limit?",
    "price": "What is one worth?",
    "choose": "Does another rule win?",
    "book": "On which date, as what?",
}
"""The stages of a rule, each with the question that it answers."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage handed on."""

    stage: str
    question: str
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One line in a sentence, and how it came about; unpaid time has no steps."""

    kind: str
    """paid, unpaid, pending."""
    rule: str
    sentence: str
    date: date | None = None
    """On which it is booked; None: not priced at all."""
    steps: tuple[Step, ...] = ()


def why_at(draft: Draft, person_id: str, instant: datetime) -> list[Reason]:
    """Every line of an engineer that an instant stands on, in or out of the period."""
    return _reasons(draft, person_id, [second_of(instant.replace(microsecond=0))])


def why_on(draft: Draft, statement: Statement, day: date) -> list[Reason]:
    """Every line that is booked on a date, pay first."""
    spans = [line.spans for line in statement.lines if line.booked == day]
    spans += [line.spans for line in (*statement.unpaid, *statement.pending) if line.date == day]
    instants = {start for known in spans for start, _ in known[:1]}
    found = [one for one in _reasons(draft, statement.person.id, sorted(instants)) if one.date in {day, None}]
    return sorted(found, key=lambda reason: reason.kind != "paid")


def local_instant(day_and_time: datetime, zone: str) -> datetime:
    """A time on the wall clock of a zone; of an hour that the clock repeats, the first."""
    return day_and_time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _reasons(draft: Draft, person_id: str, seconds: Iterable[int]) -> list[Reason]:
    priced = draft.priced
    facts = priced.facts
    reach = priced.inputs.reach
    needed = Needed(reach.first, reach.after)
    causes = {row.id: facts.schedules.get(row.rota, "") for row in facts.on_call}
    causes |= {key: f"incident #{one.number}" for key, one in facts.incidents.items()}
    schedules = draft.schedules()
    reasons: dict[str, Reason] = {}
    for second in seconds:
        explanation = explain(priced.inputs.basis.document, facts, person_id, second, needed)
        if explanation.not_priced:
            return [Reason("unpaid", "", f"Not priced: {explanation.not_priced}.")]
        for reason in _of(explanation, causes, schedules):
            reasons.setdefault(reason.sentence, reason)
    return list(reasons.values())


def _of(explanation: Explanation, causes: Mapping[str, str], schedules: Mapping[str, str]) -> Iterator[Reason]:
    """Its lines with the names of facts and schedules by id."""
    for paid in explanation.paid:
        steps = tuple(
            Step(stage, STAGES[stage], tuple(note.in_words(causes) for note in notes))
            for stage, notes in paid.stages.items()
        )
        yield Reason("paid", paid.line.rule, paid.sentence, paid.line.booked, steps)
    for kind, lines in (("unpaid", explanation.unpaid), ("pending", explanation.pending)):
        for one in lines:
            yield Reason(kind, "", one.sentence(schedules), one.line.date)
