"""Why a minute of an engineer is paid as it is, or not: told on demand, by pricing the engineer again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.pricing.document.document import Document
from webapp.pricing.document.explain import explain as explain_document
from webapp.pricing.facts import Facts
from webapp.pricing.neutral import neutral_facts, paid_facts
from webapp.pricing.policy import Policy
from webapp.pricing.simple import document_of
from webapp.pricing.spans import second_of

NOTHING = "Neither on call nor called out then."


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a rule, and what it handed on."""

    name: str
    """when, choose, set, grid, group, count, shape, tier, price, book."""
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one pay line came about."""

    rule: str
    sentence: str
    """Such as "Sat 4 Jul 01:12 to 02:03, 51 min, raised to 1 h, weekend: x 1.5 of 31.35: 47.03 GBP"."""
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that a minute is part of."""

    not_priced: str
    """Why the engineer cannot be priced, or ""."""
    paid: tuple[Derivation, ...]
    unpaid: tuple[str, ...]
    """Sentences with the reason."""
    pending: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The whole in sentences; never empty."""
        told = (*(one.sentence for one in self.paid), *self.unpaid, *self.pending)
        return told or (NOTHING,)


def explain(facts: Facts, policy: Document | Policy, engineer: str, instant: datetime) -> Explanation:
    """Why a minute of an engineer is paid as it is, or not."""
    document = document_of(policy)
    told = paid_facts(neutral_facts(facts), document)
    found = explain_document(document, told, engineer, second_of(instant))
    return Explanation(
        not_priced=found["not_priced"],
        paid=tuple(
            Derivation(
                rule=one["line"]["rule"],
                sentence=one["sentence"],
                stages=tuple(Stage(stage["stage"], tuple(stage["gives"])) for stage in one["stages"]),
            )
            for one in found["paid"]
        ),
        unpaid=tuple(one["sentence"] for one in found["unpaid"]),
        pending=tuple(one["sentence"] for one in found["pending"]),
    )
