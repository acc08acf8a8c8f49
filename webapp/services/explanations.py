"""Why a minute or a date of an engineer is paid as it is: the engine's derivation, with names a reader knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.pricing.engine.explain import explain
from webapp.pricing.engine.needed import Needed
from webapp.pricing.engine.neutral import neutral_facts
from webapp.pricing.policy.rotas import with_rota
from webapp.pricing.report.lines import PayLine, PendingLine, Statement, UnpaidLine
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
    return _reasons(draft, person_id, [instant])


def why_on(draft: Draft, statement: Statement, day: date) -> list[Reason]:
    """Every line that is booked on a date, pay first."""
    lines: list[PayLine | UnpaidLine | PendingLine] = [*statement.lines, *statement.unpaid, *statement.pending]
    instants = {span.start for line in lines if line.date == day for span in line.spans[:1]}
    found = [one for one in _reasons(draft, statement.person.id, sorted(instants)) if one.date in {day, None}]
    return sorted(found, key=lambda reason: reason.kind != "paid")


def local_instant(day_and_time: datetime, zone: str) -> datetime:
    """A time on the wall clock of a zone; of an hour that the clock repeats, the first."""
    return day_and_time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _reasons(draft: Draft, person_id: str, instants: Iterable[datetime]) -> list[Reason]:
    priced = draft.priced
    facts = priced.facts
    neutral, reach = neutral_facts(facts), priced.inputs.reach
    needed = Needed(reach.first, reach.after)
    names = {told.id: row.schedule_name for row, told in zip(facts.on_call, neutral.on_call, strict=True)}
    names |= {one.incident.id: f"incident #{one.incident.number}" for one in facts.callouts}
    schedules = draft.schedules()
    found: dict[str, Reason] = {}
    for instant in instants:
        second = second_of(instant.replace(microsecond=0))
        told = explain(priced.inputs.basis.document, neutral.only(person_id), person_id, second, needed)
        if told["not_priced"]:
            return [Reason("unpaid", "", f"Not priced: {told['not_priced']}.")]
        for kind in ("paid", "unpaid", "pending"):
            for one in told[kind]:
                _name_rota(one, schedules)
                found.setdefault(one["sentence"], _reason(kind, one, names))
    return list(found.values())


def _name_rota(told: dict[str, Any], schedules: Mapping[str, str]) -> None:
    """Where a schedule is the reason, it stands last, by id: named so that a reader knows it."""
    opening, colon, reason = told["sentence"].rpartition(": ")
    told["sentence"] = f"{opening}{colon}{with_rota(reason, schedules)}"


def _reason(kind: str, told: Mapping[str, Any], names: Mapping[str, str]) -> Reason:
    steps = tuple(
        Step(one["stage"], STAGES[one["stage"]], tuple(_named(one["stage"], gives, names) for gives in one["gives"]))
        for one in told.get("stages", ())
    )
    line = told["line"]
    booked = date.fromisoformat(line["booked" if kind == "paid" else "date"])
    return Reason(kind, str(line.get("rule", "")), told["sentence"], booked, steps)


def _named(stage: str, gives: str, names: Mapping[str, str]) -> str:
    """Of a group the causes stand last, by id: named so that a reader knows them."""
    if stage != "group":
        return gives
    told, _, causes = gives.rpartition(": ")
    return f"{told}: {', '.join(dict.fromkeys(names.get(cause, cause) for cause in causes.split(', ')))}"
