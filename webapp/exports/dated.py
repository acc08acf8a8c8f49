"""What is known of an engineer on the dates of a period: their values may change from one date to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from webapp.pricing.facts import BusinessHours, Person
from webapp.pricing.policy.brief import PolicyBrief, VersionBrief
from webapp.pricing.report.lines import Period

_RATE, _REGION, _ZONE = "hourly rate", "holiday region", "time zone"
_Day = TypeVar("_Day", date, str)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Dates on which all values of an engineer stay the same, and the policy, too."""

    first: date
    after: date
    policy: VersionBrief
    own_rate: Decimal | None
    """None, here and below: the policy's."""
    own_hours: BusinessHours | None
    own_region: str | None
    zone: str | None
    zone_source: str
    others: tuple[tuple[str, Decimal | str], ...]
    """What else the policy may ask for, such as a salary or a grade, by name."""

    @property
    def last(self) -> date:
        """The last of its dates, as people say it."""
        return self.after - timedelta(days=1)


def stretches(person: Person, period: Period, policy: PolicyBrief) -> list[Stretch]:
    """The stretches of the period, one where nothing changes within it."""
    dated = [*person.numbers.values(), *person.words.values(), person.hours]
    changes = {since for one in dated for since, _ in one}
    changes |= {date.fromisoformat(since) for since in policy.versions if since}
    firsts = sorted({period.first, *(since for since in changes if since in period)})
    afters = [*firsts[1:], period.after]
    return [_on(person, first, after, policy.on(first)) for first, after in zip(firsts, afters, strict=True)]


def _on(person: Person, first: date, after: date, policy: VersionBrief) -> Stretch:
    words = {name: in_force(changes, first) for name, changes in person.words.items()}
    numbers = {name: in_force(changes, first) for name, changes in person.numbers.items()}
    own_zone = _ZONE in words and not policy.pay_zone
    return Stretch(
        first=first,
        after=after,
        policy=policy,
        own_rate=numbers.pop(_RATE, person.hourly_rate),
        own_hours=in_force(person.hours, first) if person.hours else person.business_hours,
        own_region=words.pop(_REGION, person.holiday_region),
        zone=words[_ZONE] if own_zone else person.zone,
        zone_source="engineer" if own_zone else person.zone_source,
        others=tuple(
            (name, value) for name, value in sorted({**words, **numbers}.items()) if value is not None and name != _ZONE
        ),
    )


def in_force(changes: Sequence[tuple[_Day, _Value | None]], day: _Day) -> _Value | None:
    """The last value from before the day or of it; None before the first. Days may be texts, as reports have them."""
    return next((value for since, value in reversed(changes) if since <= day), None)
