"""What a policy asks of people: judgements on a callout, and attributes of engineers. Read off the document's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.exports.amendments import TIME_OFF
from webapp.pricing.policy import Document, Rule
from webapp.pricing.policy.callouts_needed import asks_callouts
from webapp.pricing.policy.document import lookups
from webapp.pricing.policy.lookup import LOOKED_UP
from webapp.services.engineer_facts import GRADE, HOLIDAY_REGION, HOURLY_RATE, KNOWN, known_first
from webapp.services.people import PaySettings

DECISION = "decision"
"""Attested by deciding about a callout; it has fields of its own."""
MODE = "mode"
TRUTH = ("true", "false")


@dataclass(frozen=True, slots=True)
class Judgement:
    """One thing that somebody must judge of a callout."""

    name: str
    default: str
    choices: tuple[str, ...]
    """The default first."""


def judgements(document: Document) -> tuple[Judgement, ...]:
    """What the policy lets people attest of a callout, in every version of it, in the document's order."""
    asked: dict[str, dict[str, None]] = {}
    for version in (document, *document.later):
        for name, default in version.attested.items():
            asked.setdefault(name, {default: None})
        for rule in version.rules:
            for word, choices in _words_of(rule).items():
                if word == MODE:
                    asked.setdefault(MODE, dict.fromkeys(("remote", "on site")))
                if word in asked:
                    asked[word] |= choices
    return tuple(_judgement(name, tuple(choices)) for name, choices in asked.items() if name != DECISION)


def attributes(document: Document) -> tuple[str, ...]:
    """The values of engineers that its rules ask for, beyond those that every policy knows; in order."""
    found: set[str] = set()
    for version in (document, *document.later):
        for rule in version.rules:
            known = {*LOOKED_UP, *version.attested, *KNOWN, "zone"}
            named = {*_words_of(rule), *rule.when.person, *rule.when.person_not, rule.price.of}
            named |= {step.of for step in rule.shape}
            found |= {name for name in named if name and name not in known}
    return tuple(sorted(found))


def needs(document: Document) -> tuple[str, ...]:
    """The values without which its rules cannot price an engineer, and which it does not give itself; in order."""
    found: set[str] = set()
    for version in (document, *document.later):
        if version.holiday_region is None and any(one.holidays or one.eves for one in version.day_types):
            found.add(HOLIDAY_REGION)
        for rule in version.rules:
            named = {*_words_of(rule), *rule.when.person, *rule.when.person_not, *(step.of for step in rule.shape)}
            found |= named & {GRADE, HOLIDAY_REGION} | named - {*LOOKED_UP, *version.attested, ""}
            is_hour_off = rule.book.as_ == TIME_OFF and rule.price.of == HOURLY_RATE
            if rule.price.of and rule.price.default is None and not is_hour_off:
                found.add(rule.price.of)
    return tuple(known_first(found))


def forgotten(documents: Iterable[Document], people: Iterable[PaySettings], after: date) -> tuple[str, ...]:
    """What these policies need and none of the people has before a day: nobody whom it concerns could be priced."""
    known = {
        what
        for person in people
        for what, changes in person.facts.items()
        if any(one.value and one.since < after for one in changes)
    }
    needed = {what for document in documents for what in needs(document)}
    return tuple(known_first(needed - known))


def asks_incidents(document: Document, people: Iterable[PaySettings]) -> bool:
    """Whether anybody's pay can depend on incidents: if not, none are read. Any rate of an engineer's own counts."""
    rates = (one.value for person in people for one in person.facts.get(HOURLY_RATE, ()))
    return asks_callouts(document, own_rates=any(value and Decimal(value) for value in rates))


def _judgement(name: str, choices: tuple[str, ...]) -> Judgement:
    if set(choices) <= set(TRUTH):
        choices = (choices[0], *(word for word in TRUTH if word != choices[0]))
    return Judgement(name, choices[0], choices)


def _words_of(rule: Rule) -> Mapping[str, dict[str, None]]:
    """Every word that the rule asks for by a condition or a table, with the values that it names."""
    found: dict[str, dict[str, None]] = {}
    for asked in (rule.when.words, rule.when.in_full):
        for name, values in asked.items():
            found.setdefault(name, {}).update(dict.fromkeys(sorted(values)))
    for _, table in lookups(rule):
        found.setdefault(table.by, {}).update(dict.fromkeys(table.cases))
    return found
