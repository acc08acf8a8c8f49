"""A document in words: every choice that it makes, in plain sentences, in the order of the work."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.pricing.policy.document import DayTypeRule, Document, Template
from webapp.pricing.policy.phrases import (
    WEEKDAYS,
    clock_ranges,
    hours,
    length,
    number,
    weekdays,
)
from webapp.pricing.policy.words_rule import rule_in_words
from webapp.pricing.text import clock, listed


def in_words(document: Document) -> list[str]:
    """What a policy does, one item for each of its settings and rules; the caller numbers them."""
    items = [*_settings(document), *(rule_in_words(rule, document.currency) for rule in document.rules)]
    items += [f"Left out, {one.sentence.removeprefix('rules.')}: {one.why}" for one in document.left_out]
    for version in document.later:
        items.append(f"From {version.effective} on this version is in force:")
        items += [item for item in in_words(version) if item not in items]
    return items


def _settings(document: Document) -> Iterator[str]:
    if document.effective:
        yield f"In force from {document.effective}."
    zone = f"the time zone {document.pay_zone}" if document.pay_zone else "each engineer's own time zone"
    if document.zone_of_schedule:
        zone = "each schedule's own time zone, of work outside any schedule the engineer's"
    yield f"Dates and times are those of {zone}; lengths are hours that really passed, unless a rule says otherwise."
    begins = "at the start of each duty" if document.day_start is None else f"at {clock(document.day_start)}"
    yield f"A day begins {begins}, a week on {WEEKDAYS[document.week_day - 1]} at {clock(document.week_clock)}."
    yield "A day takes the first type that fits: " + "; ".join(_day_type(one) for one in document.day_types) + "."
    if document.holiday_region is not None:
        yield f"Engineers without a holiday region have the public holidays of {document.holiday_region}."
    if document.substitute_days != "both":
        yield f"Of a public holiday and its substitute day, what counts is: {document.substitute_days}."
    for name, ranges in document.bands.items():
        yield f"The band {name} is {clock_ranges(ranges)}."
    for template in document.templates:
        yield _template(template)
    yield _ordinary_hours(document)
    if document.also_pay:
        yield f"Also paid, though nobody is paged through them: the schedules {listed(sorted(document.also_pay))}."
    for name, default in document.attested.items():
        yield f"Whether {name} holds is attested for each fact; unless said otherwise it is {default}."
    if document.longest_spell is not None:
        yield f"A spell of work counts for at most {length(document.longest_spell)}."
    yield _rounding(document)
    yield "Nothing after the moment that the facts were read at is paid."


def _day_type(one: DayTypeRule) -> str:
    named = (
        ("public holidays", one.holidays),
        ("days before public holidays", one.eves),
        ("company days", one.company_days),
    )
    parts = [
        text if known is True else f"{text}: {listed(sorted(known))}"
        for text, known in named
        if not isinstance(known, bool) or known
    ]
    if one.weekdays is not None:
        parts.append(weekdays(one.weekdays))
    if one.rest_days:
        parts.append("no working day of the engineer")
    if one.dates is not None:
        parts.append(listed(sorted(one.dates)))
    if one.after is not None:
        parts.append(f"the day after {listed(sorted(one.after), 'or')}")
    if one.between:
        parts.append(clock_ranges(one.between))
    return f"{one.name} ({', '.join(parts)})" if parts else f"{one.name} (anything else)"


def _template(one: Template) -> str:
    days = weekdays(one.starts) if len(one.starts) < len(WEEKDAYS) else "any day"
    later = {0: "", 1: " of the next day"}.get(one.days_later, f" {one.days_later} days later")
    held = "all of it must be held" if one.of is None else f"at least {length(one.of)} of it must be held"
    kinds = f", where that day is {listed(sorted(one.day_types), 'or')}" if one.day_types else ""
    return f"{one.name}: from {clock(one.start_clock)} on {days} to {clock(one.end_clock)}{later}{kinds}; {held}."


def _ordinary_hours(document: Document) -> str:
    if document.business_hours is None:
        return "Ordinary hours are an engineer's own working hours."
    holidays = "" if document.business_on_holidays else ", not on public holidays"
    if document.no_business_on is not None:
        holidays = f", not on {listed(sorted(document.no_business_on), 'or')}" if document.no_business_on else ""
    return (
        f"Ordinary hours are {clock_ranges([document.business_hours])} on {weekdays(document.business_days)}"
        f"{holidays}; an engineer's own working hours replace them."
    )


def _rounding(document: Document) -> str:
    rounding = document.rounding
    money = "not rounded" if rounding.to is None else f"rounded {rounding.money} to {number(rounding.to)}"
    time = "not rounded" if rounding.time_to is None else f"rounded {rounding.time} to {hours(rounding.time_to)}"
    return f"Each line of money is {money} {document.currency}, each line of time off {time}; nothing before is."
