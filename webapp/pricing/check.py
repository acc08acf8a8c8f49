"""Refuses policies and facts that contradict themselves, in words that say what to change."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from itertools import chain

from webapp.pricing.errors import FactsError, PolicyError
from webapp.pricing.facts import BusinessHours, Facts, Holiday
from webapp.pricing.policy.form import FIELDS, LEVELS, Policy, field_values, level_fields


def check_policy(policy: Policy) -> None:
    """Raises PolicyError for the first contradiction."""
    if not policy.levels:
        raise PolicyError("No level earns a stipend: give at least level 1 its amounts (0 is an amount).")
    values = field_values(policy)
    for level in policy.levels:
        if level < 1:
            raise PolicyError(f"Level {level} does not exist: levels count from 1.")
    further = (one for level in sorted(policy.levels.keys() - {*LEVELS}) for one in level_fields(level))
    for one in (*FIELDS, *further):
        value = values.get(one.name)
        if value is not None and (problem := one.problem(value)):
            raise PolicyError(f"{one.label}: {problem}")
    if policy.fees_a_day is not None and not policy.fee_for_each_callout:
        raise PolicyError(
            "Fees a day limit the fee for each callout: choose a fee for each callout, or leave fees a day empty."
        )
    if not _is_forward(policy.business_hours):
        raise PolicyError("Business hours must start before they end; for none, choose no business days.")


def check_facts(facts: Facts) -> None:
    """Raises FactsError for what would be paid twice or to nobody."""
    ids = {person.id for person in facts.people}
    if len(ids) != len(facts.people):
        raise FactsError("An engineer is listed twice.")
    for person in facts.people:
        if person.business_hours is not None and not _is_forward(person.business_hours):
            raise FactsError(f"The business hours of {person.name} must start before they end.")
        if person.hourly_rate is not None and not (person.hourly_rate.is_finite() and person.hourly_rate >= 0):
            raise FactsError(f"The hourly rate of {person.name} must be 0 or more, not {person.hourly_rate}.")
    _check_holidays([*facts.holidays.values(), *(person.holidays for person in facts.people)])
    strangers = sorted(({row.person_id for row in facts.on_call} | {one.person_id for one in facts.callouts}) - ids)
    if strangers:
        raise FactsError(f"Time of unknown engineers: {', '.join(strangers)}.")
    seen: set[tuple[str, str]] = set()
    for callout in facts.callouts:
        key = (callout.person_id, callout.incident.id)
        if key in seen:
            raise FactsError(f"Two callouts of {key[0]} for incident {key[1]}: give one with all its spells.")
        seen.add(key)
        if not callout.spells:
            raise FactsError(f"The callout of {key[0]} for incident {key[1]} has no spell.")
        if any(spell.end is not None and spell.end < spell.start for spell in callout.spells):
            raise FactsError(f"A spell of incident {key[1]} ends before it starts.")


def _check_holidays(calendars: Iterable[Mapping[date, Holiday | None]]) -> None:
    for day, holiday in chain.from_iterable(calendar.items() for calendar in calendars):
        if holiday and holiday.end and holiday.end <= (holiday.start or time.min):
            raise FactsError(f"The holiday {holiday.name} on {day} must start before it ends.")


def _is_forward(hours: BusinessHours) -> bool:
    return not hours.days or hours.start < hours.end
