"""Refuses policies and facts that contradict themselves, in words that say what to change."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import chain

from webapp.pricing.errors import FactsError, PolicyError
from webapp.pricing.facts import HOURLY_RATE, Facts, Holiday
from webapp.pricing.policy.form import FIELDS, LEVELS, BusinessHours, Policy, field_values, level_fields
from webapp.pricing.spans import instant_of


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
        rates = person.numbers.get(HOURLY_RATE)
        for rate in rates.values if rates else ():
            is_number = rate is None or not isinstance(rate, Decimal) or rate.is_finite()
            if not is_number or (rate is not None and rate < 0):
                raise FactsError(f"The hourly rate of {person.name} must be 0 or more, not {rate}.")
    _check_holidays([*(days.items() for days in facts.holidays.values()), *(one.holidays for one in facts.people)])
    strangers = sorted(({row.person for row in facts.on_call} | {one.person for one in facts.callouts}) - ids)
    if strangers:
        raise FactsError(f"Time of unknown engineers: {', '.join(strangers)}.")
    _check_times(facts)


def _check_times(facts: Facts) -> None:
    for row in facts.on_call:
        if row.time[1] < row.time[0]:
            name, (start, end) = facts.schedules.get(row.rota, row.rota), map(instant_of, row.time)
            raise FactsError(f"Time on call through {name} ends ({end}) before it starts ({start}).")
    seen: set[tuple[str, str]] = set()
    for callout in facts.callouts:
        key = (callout.person, callout.id)
        if key in seen:
            raise FactsError(f"Two callouts of {key[0]} for incident {key[1]}: give one with all its spells.")
        seen.add(key)
        if not callout.spells:
            raise FactsError(f"The callout of {key[0]} for incident {key[1]} has no spell.")
        if any(spell.end is not None and spell.end < spell.start for spell in callout.spells):
            raise FactsError(f"A spell of incident {key[1]} ends before it starts.")


def _check_holidays(calendars: Iterable[Iterable[tuple[date, Holiday | None]]]) -> None:
    for day, holiday in chain.from_iterable(calendars):
        if holiday and holiday.end <= holiday.start:
            raise FactsError(f"The holiday {holiday.name} on {day} must start before it ends.")


def _is_forward(hours: BusinessHours) -> bool:
    return not hours.days or hours.start < hours.end
