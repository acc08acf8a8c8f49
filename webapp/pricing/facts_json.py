"""Facts from their JSON form, so that the engine can be used without PagerDuty; tests/corpus/FORMAT.md describes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from webapp.pricing.facts import (
    DAY_SECONDS,
    HOLIDAY_REGION,
    TIME_ZONE,
    Callout,
    CompanyDay,
    Dated,
    Facts,
    Holiday,
    Incident,
    OnCall,
    OwnHolidays,
    Person,
    Spell,
    WorkingHours,
)
from webapp.pricing.policy.errors import InputError, Mistake
from webapp.pricing.policy.reader import (
    Reader,
    Wrong,
    clock,
    clock_ranges,
    day,
    flag,
    length,
    listed,
    nearest,
    number,
    text,
    weekday,
    whole,
    word,
)
from webapp.pricing.spans import Interval, instant_of, second_of

_T = TypeVar("_T")
_NUMBERS = {"hourly_rate": "hourly rate", "salary": "salary", "daily_rate": "daily rate"}
_EVER = date.min


def read_facts(table: Mapping[str, Any]) -> Facts:
    """Reads facts from JSON that `json.loads` has read. Raises InputError with every mistake."""
    mistakes: list[Mistake] = []
    top = Reader(table, "", mistakes)
    zone = top.get("zone", _zone, None)
    instant = _instant_reader(ZoneInfo(zone) if zone else None)
    people = tuple(_person(one, zone) for one in top.children("people"))
    if not people:
        top.wrong("people", "needs at least one.")
    known = {person.id for person in people}
    on_call = tuple(_on_call(one, number, instant, known) for number, one in enumerate(top.children("on_call")))
    callouts = tuple(_callout(one, number, instant, known) for number, one in enumerate(top.children("callouts")))
    last = max(
        [row.time[1] for row in on_call] + [spell.end or spell.start for one in callouts for spell in one.spells],
        default=0,
    )
    read_at = top.get("read_at", instant, last + 1)
    holidays = _by_region(top.child("holidays"), _holidays)
    company_days = _days(top.child("company_days"))
    kinds = _by_region(top.child("substitutes"), _days)
    facts = Facts(
        people=people,
        on_call=on_call,
        callouts=callouts,
        read_at=read_at,
        holidays={region: _of_kinds(days, kinds.get(region, {})) for region, days in holidays.items()},
        company_days={on: CompanyDay(name, name) for on, name in company_days.items()},
        incidents={one.id: _incident(one) for one in callouts},
        schedules={row.rota: row.rota for row in on_call},
    )
    top.done()
    if mistakes:
        raise InputError(dict.fromkeys(mistakes))
    return facts


def _of_kinds(holidays: dict[date, Holiday], kinds: Mapping[date, str]) -> dict[date, Holiday]:
    """With what the table of substitutes says of them."""
    return {
        on: replace(one, substitute=kinds.get(on) == "substitute", replaced=kinds.get(on) == "replaced")
        for on, one in holidays.items()
    }


def _incident(callout: Callout) -> Incident:
    """Nothing is known of it but what the callout says."""
    triggered = instant_of(callout.spells[0].start)
    return Incident(callout.id, 0, callout.id, "", callout.urgency, triggered, None)


def _zone(value: Any) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise Wrong(f'"{value}" is not a time zone.{nearest(str(value), available_timezones())}')
    return str(value)


def _instant_reader(zone: ZoneInfo | None) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        written = text(value)
        next_day = "T24:00" in written
        try:
            moment = datetime.fromisoformat(written.replace("T24:00", "T00:00") if next_day else written)
        except ValueError as error:
            raise Wrong(f'"{written}" is not a time such as "2026-07-04T01:12"') from error
        if next_day:
            moment += timedelta(days=1)
        if moment.tzinfo is None:
            if zone is None:
                raise Wrong(f'"{written}" has no offset, and the facts have no `zone`')
            moment = moment.replace(tzinfo=zone)
        return second_of(moment.astimezone(UTC))

    return read


def _dated(read: Callable[[Any], _T]) -> Callable[[Any], Dated[_T]]:
    def make(value: Any) -> Dated[_T]:
        if not (isinstance(value, list) and value and isinstance(value[0], Mapping) and "value" in value[0]):
            return Dated((_EVER,), (read(value),))
        pairs = sorted((day(one.get("from", _EVER)), index) for index, one in enumerate(value))
        if repeated := next((since for (since, _), (again, _) in pairwise(pairs) if since == again), None):
            raise Wrong(f"has two values from {'the first day' if repeated == _EVER else repeated} on")
        return Dated(tuple(since for since, _ in pairs), tuple(read(value[index]["value"]) for _, index in pairs))

    return make


def _person(table: Reader, zone: str | None) -> Person:
    words: dict[str, Dated[str]] = {}
    numbers: dict[str, Dated[Fraction]] = {}
    for key, name in _NUMBERS.items():
        if table.has(key):
            numbers[name] = table.get(key, _dated(number), Dated((), ()))
    if table.has("grade"):
        words["grade"] = table.get("grade", _dated(word), Dated((), ()))
    attributes = table.child("attributes")
    for key in attributes.table:
        words[key] = attributes.get(key, _dated(word), Dated((), ()))
        if _is_number(attributes.table[key]):
            numbers[key] = attributes.get(key, _dated(number), Dated((), ()))
    for key, (name, read) in _PLACES.items():
        if table.has(key):
            words[name] = table.get(key, _dated(read), Dated((), ()))
    key = table.need("id", text, "")
    own_zone = words.get(TIME_ZONE)
    person = Person(
        id=key,
        name=table.get("name", text, key),
        zone=next((value for value in reversed(own_zone.values) if value), None) if own_zone else zone,
        working_hours=table.get("working_hours", _dated(_working_hours), None),
        words=words,
        numbers=numbers,
        holidays=_own_holidays(table.child("holidays")),
    )
    table.done()
    return person


_PLACES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "zone": (TIME_ZONE, _zone),
    "holiday_region": (HOLIDAY_REGION, text),
}
"""Words of a person that have a field of their own."""


def _is_number(value: Any) -> bool:
    try:
        _dated(number)(value)
    except Wrong:
        return False
    return True


def _working_hours(value: Any) -> WorkingHours:
    if value == "none":
        return WorkingHours(frozenset(), ())
    if not isinstance(value, Mapping) or set(value) - {"days", "hours"} or "hours" not in value:
        raise Wrong('must be "none" or {"days": ["Mon"], "hours": "09:00-17:30"}')
    days = listed(weekday)(value.get("days", ["Mon", "Tue", "Wed", "Thu", "Fri"]))
    return WorkingHours(frozenset(days), clock_ranges(value["hours"]))


def _attested(table: Reader) -> dict[str, str]:
    child = table.child("attested")
    return {key: child.get(key, word, "") for key in child.table}


def _of_person(table: Reader, known: set[str]) -> str:
    key = table.need("person", text, "")
    if key and key not in known:
        table.wrong("person", f'there is nobody "{key}" in people.{nearest(key, known)}')
    return key


def _interval(table: Reader, instant: Callable[[Any], int]) -> Interval:
    start = table.need("start", instant, 0)
    end = table.need("end", instant, start)
    if end < start:
        table.wrong("end", "is before the start.")
    return start, max(start, end)


def _on_call(table: Reader, number_: int, instant: Callable[[Any], int], known: set[str]) -> OnCall:
    row = OnCall(
        id=table.get("id", text, f"on call {number_ + 1}"),
        person=_of_person(table, known),
        time=_interval(table, instant),
        rota=table.get("rota", _any_text, ""),
        level=table.get("level", whole, 1),
        kind=table.get("kind", _any_text, ""),
        nominal=table.get("nominal", length, None),
        attested=_attested(table),
        zone=table.get("zone", _zone, ""),
        unpaid=table.get("unpaid", text, ""),
    )
    table.done()
    return row


def _any_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong("must be text")
    return value


def _callout(table: Reader, number_: int, instant: Callable[[Any], int], known: set[str]) -> Callout:
    spells = tuple(_spell(one, instant) for one in table.children("spells"))
    if not spells:
        spells = (_spell_of(table, instant),)
    callout = Callout(
        id=table.get("id", text, f"callout {number_ + 1}"),
        person=_of_person(table, known),
        spells=tuple(sorted(spells, key=lambda spell: spell.start)),
        mode=table.get("mode", word, "remote"),
        urgency=table.get("urgency", word, "high"),
        on_call=table.get("on_call", flag, None),
        level=table.get("level", whole, None),
        rota=table.get("rota", _any_text, None),
        kind=table.get("kind", _any_text, None),
        attested=_attested(table),
        levels=table.get("levels", lambda value: frozenset(listed(whole)(value)), None),
        rotas=table.get("rotas", lambda value: frozenset(listed(_any_text)(value)), None),
        zone=table.get("zone", _zone, None),
    )
    table.done()
    return callout


def _spell(table: Reader, instant: Callable[[Any], int]) -> Spell:
    spell = _spell_of(table, instant, table.get("kind", text, "work"))
    spell = replace(spell, checked=table.get("checked", flag, default=False))
    table.done()
    return spell


def _spell_of(table: Reader, instant: Callable[[Any], int], kind: str = "work") -> Spell:
    start = table.need("start", instant, 0)
    end = table.get("end", instant, start) if table.has("end") and table.table["end"] is not None else None
    if end is not None and end < start:
        table.wrong("end", "is before the start.")
    return Spell(start, end, kind)


def _by_region(table: Reader, read: Callable[[Reader], dict[date, _T]]) -> dict[str, dict[date, _T]]:
    return {region: read(table.child(region)) for region in table.table}


def _days(table: Reader) -> dict[date, str]:
    return {on: name for on, key in _dates(table) if (name := table.get(key, text, ""))}


def _holidays(table: Reader) -> dict[date, Holiday]:
    return {on: holiday for on, key in _dates(table) if (holiday := _holiday(table, key))}


def _own_holidays(table: Reader) -> OwnHolidays:
    """An engineer's own days; null takes out a day of the region."""
    days: dict[date, Holiday | None] = {}
    for on, key in _dates(table):
        taken_out = table.table[key] is None
        holiday = None if taken_out else _holiday(table, key)
        if taken_out or holiday:
            days[on] = holiday
    return tuple(sorted(days.items()))


def _holiday(table: Reader, key: str) -> Holiday | None:
    """A name, or a table of it with its hours by the wall clock; None for a mistake."""
    if not isinstance(table.table[key], Mapping):
        name = table.get(key, _name_of_holiday, "")
        return Holiday(name) if name else None
    one = table.child(key)
    start, end = one.get("from", clock, 0), one.get("until", clock, DAY_SECONDS)
    if start >= end:
        key, why = ("until", "is not after `from`.") if one.has("until") else ("from", "is the end of the date.")
        one.wrong(key, why)
    holiday = Holiday(one.need("name", text, ""), start, end, one.get("source", text, ""))
    one.done()
    return holiday


def _name_of_holiday(value: Any) -> str:
    if value is None:
        raise Wrong("is null, which takes out a day for one engineer only: write it into `people`")
    if not isinstance(value, str) or not value.strip():
        raise Wrong('must be a name, or a table such as {"name": "Christmas Eve", "from": "14:00"}')
    return value


def _dates(table: Reader) -> Iterator[tuple[date, str]]:
    """The keys that are dates, with the date; others are mistakes."""
    for key in table.table:
        try:
            yield day(key), key
        except Wrong as error:
            table.wrong(key, f"{error}.")
