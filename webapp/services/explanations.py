"""Why a minute or a date of an engineer is paid as it is: the engine's derivation, with names a reader knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.pricing.engine.explain import explain
from webapp.pricing.engine.needed import Needed
from webapp.pricing.policy.rotas import with_rota
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
    names = {row.id: facts.schedules.get(row.rota, "") for row in facts.on_call}
    names |= {key: f"incident #{one.number}" for key, one in facts.incidents.items()}
    schedules = draft.schedules()
    found: dict[str, Reason] = {}
    for second in seconds:
        told = explain(priced.inputs.basis.document, facts.only(person_id), person_id, second, needed)
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
