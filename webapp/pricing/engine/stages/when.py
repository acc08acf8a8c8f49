"""WHEN: which facts, which time and which units a rule applies to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from webapp.pricing.engine.calendar import Calendar
from webapp.pricing.engine.work import Desk, Part, Stretch, Unit, word_of_person
from webapp.pricing.facts import DECISION, DO_NOT_PAY, Person
from webapp.pricing.policy.document import Rule
from webapp.pricing.policy.lookup import Missing
from webapp.pricing.policy.reasons import word_reason
from webapp.pricing.policy.units import UNITS
from webapp.pricing.spans import covers, intersect, subtract
from webapp.pricing.text import short_length

LATER = frozenset({"level", "spell", "called out"})
"""Words of an instant or of a whole duty: they hide time, and do not end a duty."""
LEFT_OUT = "schedule left out"
INSIDE_BUSINESS_HOURS = "inside business hours"


def when(stretches: Iterable[Stretch], rule: Rule, desk: Desk) -> list[Stretch]:
    """The stretches that the rule applies to, less the parts that it does not."""
    kept = []
    of_parts = rule.when.extra_hour is not None or not LATER.isdisjoint(rule.when.words)
    for told in stretches:
        refused = not rule.on_call and told.words.get(DECISION) == DO_NOT_PAY
        full = not refused and in_full(told, rule)
        reason = f"decided: {DO_NOT_PAY}" if refused else "" if full else _reason_against(told, rule)
        if reason:
            desk.leave(told.parts, reason)
            continue
        stretch = told if rule.on_call else told.copy()  # every rule takes time from callouts of its own
        if full or not of_parts:
            kept.append(stretch)
            continue
        parts = []
        for part in stretch.parts:
            wrong = _wrong_word(part.words, rule, later=True)
            if wrong:
                desk.leave([part], wrong)
            else:
                parts.append(part)
        stretch.parts = _of_clock_change(parts, stretch.calendar, rule.when.extra_hour)
        kept.append(stretch)
    return [stretch for stretch in kept if stretch.parts]


def wrong_fact(words: Mapping[str, str], rule: Rule) -> str:
    """Why a row of facts is none of this rule's, or ""; asked before rows are joined."""
    if words.get("rota") in rule.when.rota_not:
        return LEFT_OUT
    return _wrong_word(words, rule, later=False)


def in_full(stretch: Stretch, rule: Rule) -> bool:
    """Whether a judgement pays this callout whatever the other conditions say."""
    return (
        bool(rule.when.in_full)
        and not rule.on_call
        and any(stretch.words.get(by) in words for by, words in rule.when.in_full.items())
    )


def when_units(units: Iterable[Unit], rule: Rule, desk: Desk) -> list[Unit]:
    """The units of the day types, bands and dates that the rule asks for."""
    asked = rule.when
    conditions = (asked.day_type, asked.band, asked.from_date, asked.until)
    if not (asked.person or asked.person_not) and all(one is None for one in conditions):
        return list(units)
    kept = []
    for unit in units:
        reason = _unit_reason(unit, rule)
        if reason:
            desk.leave_unit(unit, reason)
        else:
            kept.append(unit)
    return kept


def bands_cut_time(rule: Rule) -> bool:
    """Whether `when.band` hides time, rather than units that begin in another band."""
    return rule.on_call and UNITS[rule.count.unit].bands_hide_time


def _unit_reason(unit: Unit, rule: Rule) -> str:
    asked = rule.when
    if asked.day_type is not None and unit.day_type not in asked.day_type:
        return unit.day_type
    if asked.band is not None and not bands_cut_time(rule) and unit.band not in asked.band:
        return f"band {unit.band}"
    if asked.from_date is not None and unit.booked < asked.from_date:
        return f"before {asked.from_date}"
    if asked.until is not None and unit.booked >= asked.until:
        return f"from {asked.until} on"
    return _person_reason(unit.group.stretches[0].person, rule, unit)


def _person_reason(person: Person, rule: Rule, unit: Unit) -> str:
    for conditions, wanted in ((rule.when.person, True), (rule.when.person_not, False)):
        for by, words in conditions.items():
            found = word_of_person(person, by, unit.booked)
            if (found in words) is not wanted:
                return word_reason(by, found)
    return ""


def _wrong_word(words: Mapping[str, str], rule: Rule, *, later: bool) -> str:
    """The first condition, in the order of the document, that a fact does not meet."""
    for by, asked in rule.when.words.items():
        if (by in LATER) is later and words.get(by, "") not in asked:
            return _reason(by, words.get(by) or "none")
    return ""


def _reason(by: str, word: str) -> str:
    """A word of a fact as a reason: "level 2", "not on call", "low urgency"."""
    if word in {"true", "false"}:
        return by if word == "true" else f"not {by}"
    return f"{word} {by}" if by == "urgency" else word_reason(by, word)


def _reason_against(stretch: Stretch, rule: Rule) -> str:
    if not rule.on_call:
        wrong = _wrong_word(stretch.words, rule, later=False) or _wrong_of_callout(stretch, rule)
        if wrong:
            return wrong
    asked = rule.when.starts_in_ordinary
    if asked is not None:
        if not stretch.calendar.knows_ordinary:
            raise Missing("no working hours")
        inside = covers(stretch.calendar.ordinary, stretch.start)
        if inside is not asked:
            return INSIDE_BUSINESS_HOURS if inside else "starts outside business hours"
    for name, (at_least, under) in rule.when.lengths.items():
        size = _size(stretch, name)
        if size is None:
            continue
        if at_least is not None and size < at_least:
            return f"{name} under {short_length(at_least)}"
        if under is not None and size >= under:
            return f"{name} of {short_length(under)} or more"
    return ""


def _wrong_of_callout(stretch: Stretch, rule: Rule) -> str:
    asked = rule.when
    if stretch.rotas and stretch.rotas <= asked.rota_not:
        return LEFT_OUT
    if asked.any_level is not None and stretch.levels and not stretch.levels & asked.any_level:
        return "level not paid"
    return ""


def _size(stretch: Stretch, name: str) -> int | None:
    if name == "duty":
        return (stretch.duty or stretch).end - (stretch.duty or stretch).start
    if name == "lasts":
        return sum(part.end - part.start for part in stretch.parts)
    if not stretch.calendar.knows_ordinary:
        raise Missing("no working hours")
    start = stretch.calendar.next_ordinary(stretch.start)
    return None if start is None else start - stretch.start


def _of_clock_change(parts: list[Part], calendar: Calendar, extra_hour: bool | None) -> list[Part]:  # noqa: FBT001
    if extra_hour is None:
        return parts
    cut = intersect if extra_hour else subtract
    return [
        Part(start, end, part.words, part.causes)
        for part in parts
        for start, end in cut([(part.start, part.end)], calendar.extra_hours)
    ]
