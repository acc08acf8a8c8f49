"""What differs between the calendars of two records of one report, for one engineer and date, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.exports.calendars import EVERYBODY
from webapp.exports.dated import in_force

Json = Mapping[str, Any]
_REGION = "holiday region"
_VERBS = ("added ", "taken out ")


@dataclass(frozen=True, slots=True)
class EngineerCalendars:
    """One engineer in both records; a file of before 0.3.0 says nothing of calendars."""

    then: Json
    now: Json
    engineer_then: Json
    engineer_now: Json

    def corrections(self, day: str) -> Iterator[str]:
        """What was corrected on a date in one of the records alone."""
        was, is_now = self._changes(self.then, day), self._changes(self.now, day)
        for key, one in is_now.items():
            if key not in was:
                yield f"Calendar: {_change_words(one)}."
        for key, one in was.items():
            if key not in is_now:
                yield f"Calendar: no longer {_change_words(one)}."

    def other_data(self, day: str) -> Iterator[str]:
        """Where nobody corrected anything, and the data of the same region has another holiday on a date."""
        both_say = "holidays" in self.then and "holidays" in self.now
        if not both_say or self._changes(self.now, day) or self._regions(day) is None:
            return
        was, is_now = self._holiday(self.then, day), self._holiday(self.now, day)
        if _is(was) != _is(is_now):
            yield f"Calendar: {_long(day)} was {_holiday_words(was)} then and is {_holiday_words(is_now)} now."

    def _changes(self, record: Json, day: str) -> dict[tuple[str, ...], Json]:
        key, region = self.engineer_now["id"], self._regions(day)
        return {
            (one["name"], one["what"], "" if one["engineers"] else one["where"]): one
            for one in record.get("calendar_changes", ())
            if one["date"] == day
            and (key in one["engineers"] if one["engineers"] else one["where"] in {region, EVERYBODY})
        }

    def _regions(self, day: str) -> str | None:
        """The engineer's region; None where it is not the same in both: then that is what has changed."""
        versions = self.now.get("policy_regions") or self.then.get("policy_regions") or ()
        policys = in_force([(one["since"], one["region"]) for one in versions], day)
        own = (_own_region(engineer, day) or policys for engineer in (self.engineer_then, self.engineer_now))
        then, now = own
        return then if then == now else None

    def _holiday(self, record: Json, day: str) -> Json | None:
        key, region = self.engineer_now["id"], self._regions(day)
        of_day = [one for one in record["holidays"] if one["date"] == day]
        own = [one for one in of_day if key in one["engineers"]]
        return next(iter(own or [one for one in of_day if region in one["regions"]]), None)


def _own_region(engineer: Json, day: str) -> str | None:
    dated = engineer["dated"]["words"].get(_REGION)
    found: str | None = in_force(dated, day) if dated else engineer["holiday_region"]
    return found


def _change_words(one: Json) -> str:
    """Such as "15 August 2026 Assumption Day added for DE-BY by ada@example.com on 3 June 2026: works council"."""
    source = str(one["source"]).rstrip(".")
    by = next((source.removeprefix(verb) for verb in _VERBS if source.startswith(verb)), source and f"({source})")
    return f"{_long(one['date'])} {one['name']} {one['what']} for {one['where']} {by}".rstrip()


def _holiday_words(one: Json | None) -> str:
    if one is None:
        return "no holiday"
    hours = [f"{word} {one[side]}" for word, side in (("from", "start"), ("until", "end")) if one[side]]
    return " ".join([one["name"], *hours]) + (f" ({one['source']})" if one["source"] else "")


def _is(one: Json | None) -> tuple[Any, ...] | None:
    return None if one is None else (one["name"], one["start"], one["end"])


def _long(day: str) -> str:
    return f"{date.fromisoformat(day):%-d %B %Y}"
