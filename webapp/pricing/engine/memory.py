"""What the same facts came to before: for a caller who prices them again whenever a setting changes."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.pricing.check import check_facts
from webapp.pricing.engine.cache import Measures, measure
from webapp.pricing.engine.calendars import Calendars
from webapp.pricing.engine.facts import Facts as NeutralFacts
from webapp.pricing.engine.needed import Needed
from webapp.pricing.engine.neutral import neutral_facts
from webapp.pricing.facts import Facts
from webapp.pricing.policy.document import Document


@dataclass(frozen=True, slots=True)
class Known:
    """Facts as the engine is told them, local time, and what they measured before; None: nothing is kept."""

    facts: NeutralFacts
    calendars: Calendars
    measures: Measures | None = None

    @classmethod
    def of(cls, facts: Facts, document: Document, needed: Needed) -> Known:
        """Of facts that are priced once. Raises FactsError."""
        told = _told(facts)
        return cls(told, Calendars(told, needed, document))


@dataclass(slots=True)
class Memory:
    """What lies before any price, of the facts that were priced last. It changes no answer, and is not for two at once.

    It is kept while the facts and the needed dates are the very same, and the policy differs in prices alone; else it
    begins anew.
    """

    _facts: Facts | None = None
    _measure: object = None
    _known: Known | None = None

    def of(self, facts: Facts, document: Document, needed: Needed) -> Known:
        """What is known of facts, by a policy. Raises FactsError."""
        measured = (measure(document), needed)
        same = facts is self._facts
        if self._known is None or not same or measured != self._measure:
            told = self._known.facts if self._known and same else _told(facts)
            self._known = Known(told, Calendars(told, needed, document), Measures())
            self._facts, self._measure = facts, measured
        return self._known


def _told(facts: Facts) -> NeutralFacts:
    check_facts(facts)
    return neutral_facts(facts)
