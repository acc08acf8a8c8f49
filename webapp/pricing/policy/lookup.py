"""Values that are looked up in tables by a word of the unit, its fact or its engineer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from webapp.pricing.facts import Dated
from webapp.pricing.policy.document import Leaf, Lookup, Table
from webapp.pricing.policy.reader import Wrong, text
from webapp.pricing.policy.reasons import word_reason

LOOKED_UP = {
    "day type": "unit", "band": "unit", "template": "unit", "tier": "unit", "date": "unit",
    "level": "duty", "rota": "duty", "kind": "duty",
    "mode": "callout", "urgency": "callout", "on call": "callout", "called out": "callout", "spell": "callout",
    "grade": "engineer", "zone": "engineer", "holiday region": "engineer",
}  # fmt: skip
"""The language's words that tables look up by, with what each is of: time on call has those of "duty" by itself.

Any other word is attested, or an attribute of the engineer.
"""


class Unpaid(Exception):
    """The unit is not paid by the rule."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Missing(Exception):
    """The engineer cannot be priced; the message is the reason."""

    @classmethod
    def on(cls, day: date, name: str, dated: Dated[Any] | None) -> Missing:
        """What an engineer lacks on a day, which is named where they have it on other days."""
        has_some = dated is not None and any(value is not None for value in dated.values)
        return cls(f"no {name} on {day:%-d %B %Y}" if has_some else f"no {name}")


def read_lookup(leaf: Callable[[Any], Leaf]) -> Callable[[Any], Lookup]:
    """Reads a value or a table of values; `leaf` reads one value."""

    def read(value: Any) -> Lookup:
        if not isinstance(value, Mapping):
            return leaf(value)
        if "by" not in value:
            raise Wrong('a table needs "by": the word that it looks up')
        by = value["by"] if isinstance(value["by"], list) else [value["by"]]
        if not by:
            raise Wrong('"by" is an empty list')
        return nested({key: case for key, case in value.items() if key != "by"}, [text(one) for one in by])

    def nested(cases: Any, by: list[str]) -> Lookup:
        if not by:
            return read(cases)
        if not isinstance(cases, Mapping):
            return leaf(cases)
        if not cases:
            raise Wrong("the table has no entry")
        made = {key: nested(case, by[1:]) for key, case in cases.items() if key != "other"}
        other = nested(cases["other"], by[1:]) if "other" in cases else None
        return Table(by[0], made, other)

    return read


def look_up(value: Lookup, word_of: Callable[[str], str]) -> Leaf:
    """The value for a unit; `word_of` tells its words and raises Missing for what an engineer lacks.

    Raises Unpaid where a table has no entry.
    """
    while isinstance(value, Table):
        word = word_of(value.by)
        found = _in_force(value, word) if value.by == "date" else value.cases.get(word, value.other)
        if found is None:
            is_early = value.by == "date"
            raise Unpaid(f"no value before {min(value.cases)}" if is_early else word_reason(value.by, word or "none"))
        value = found
    return value


def bound(value: Lookup, word_of: Callable[[str], str]) -> Fraction | None:
    """A looked-up number that may be left open: None for "none" and where a table has no entry."""
    try:
        found = look_up(value, word_of)
    except Unpaid:
        return None
    return found if isinstance(found, Fraction) else None


def _in_force(table: Table, on: str) -> Lookup | None:
    """The entry with the latest date that is not after a date; ISO dates compare as text."""
    dates = [key for key in table.cases if key <= on]
    return table.cases[max(dates)] if dates else table.other
