"""What the same facts came to before: for a caller who prices them again whenever a setting changes."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.pricing.check import check_facts
from webapp.pricing.engine.cache import Measures, measure
from webapp.pricing.engine.calendars import Calendars
from webapp.pricing.engine.needed import Needed
from webapp.pricing.facts import Facts
from webapp.pricing.policy.document import Document


@dataclass(frozen=True, slots=True)
class Known:
    """Local time, and what facts measured before; None: nothing is kept."""

    calendars: Calendars
    measures: Measures | None = None

    @classmethod
    def of(cls, facts: Facts, document: Document, needed: Needed) -> Known:
        """Of facts that are priced once. Raises FactsError."""
        check_facts(facts)
        return cls(Calendars(facts, needed, document))


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
        if self._known is None or facts is not self._facts or measured != self._measure:
            check_facts(facts)
            self._known = Known(Calendars(facts, needed, document), Measures())
            self._facts, self._measure = facts, measured
        return self._known
