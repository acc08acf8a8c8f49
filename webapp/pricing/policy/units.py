"""The units of COUNT, a row each: all that the language, the engine, words and reports say of one.

To add a unit: its row here, and its counter in `engine/stages/count.py`. docs/policies/fields.md lists its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CountUnit:
    """What a rule may count; the defaults are those of a unit without anything of its own."""

    name: str
    """In the language, and of several: "days"."""
    singular: str
    """In sentences: "at most 1 day"."""
    fields: tuple[str, ...] = ()
    """The fields of `count` that say something of it."""
    owner: str = "start"
    """The default of `grid.owner`; "end of day" only where days have an end of their own, else "start"."""
    part: str = "whole"
    """The default of `count.part`."""
    scope: Literal["day", "week", "month", "year"] = "day"
    """The scope that facts must be known of, before and after: one may be paid by all that lies in it."""
    within: str = "of it"
    """Where time is missing that `at_least` asks for: "less than 6 h on the date"."""
    printed: str = ""
    """On pay lines and in explanations: "period"; "": the singular."""
    worth: str = ""
    """What the price is said to be of: "each whole week"; "": the singular."""
    of_time: bool = True
    """Whether time on call can be counted in it; callouts always can."""
    by_session: bool = False
    """Whether it is booked where the session starts, unless `book.on` says otherwise."""
    bands_hide_time: bool = False
    """Whether `when.band` takes time of other bands out of a duty, rather than whole units that begin there."""
    adds_up: bool = False
    """Whether units of one duty or session that print alike are one pay line."""
    has_ordinal: bool = False
    """Whether each has a number of its own in a tier by ordinal, rather than its session's."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "printed", self.printed or self.singular)
        object.__setattr__(self, "worth", self.worth or self.singular)


_ROWS = (
    CountUnit(
        "hours", "hour", ("at_least", "clock"), "split", by_session=True, bands_hide_time=True, adds_up=True
    ),
    CountUnit(
        "days", "day", ("at_least", "reach", "more_than", "once", "part"), "end of day",
        within="on the date", bands_hide_time=True,
    ),
    CountUnit(
        "weeks", "week", ("at_least", "part", "week_from"), "any touch", "none", "week", "in the week",
        worth="whole week", bands_hide_time=True,
    ),
    CountUnit(
        "months", "month", ("at_least", "part"), "any touch", "none", "month", "in the month", bands_hide_time=True
    ),
    CountUnit("duties", "duty", ("at_least",)),
    CountUnit(
        "blocks", "block", ("part", "block", "first_block"), "any touch",
        bands_hide_time=True, adds_up=True, has_ordinal=True,
    ),
    CountUnit("templates", "template", ("templates",), "any touch", printed="period", worth="stretch"),
    CountUnit("sessions", "session", ("at_least",), of_time=False, by_session=True),
    CountUnit("callouts", "callout", of_time=False, by_session=True, adds_up=True, has_ordinal=True),
)  # fmt: skip
UNITS: Mapping[str, CountUnit] = {row.name: row for row in _ROWS}
"""By their names in the language, in the order in which a refusal lists them."""


def units_with(field: str) -> tuple[str, ...]:
    """The units of which a field of `count` says something."""
    return tuple(row.name for row in _ROWS if field in row.fields)
