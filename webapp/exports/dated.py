"""What is known of an engineer on the dates of a period: their values may change from one date to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from webapp.pricing.facts import HOLIDAY_REGION, HOURLY_RATE, TIME_ZONE, Person, WorkingHours
from webapp.pricing.money import decimal_of
from webapp.pricing.policy.brief import PolicyBrief, VersionBrief
from webapp.pricing.report.lines import Period

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
    own_hours: WorkingHours | None
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
    dated = [*person.numbers.values(), *person.words.values(), person.working_hours]
    changes = {since for one in dated if one for since in one.since}
    changes |= {date.fromisoformat(since) for since in policy.versions if since}
    firsts = sorted({period.first, *(since for since in changes if since in period)})
    afters = [*firsts[1:], period.after]
    return [_on(person, first, after, policy.on(first)) for first, after in zip(firsts, afters, strict=True)]


def _on(person: Person, first: date, after: date, policy: VersionBrief) -> Stretch:
    words = {name: dated.on(first) for name, dated in person.words.items()}
    numbers = {name: _decimal(dated.on(first)) for name, dated in person.numbers.items()}
    own_zone = TIME_ZONE in words and not policy.pay_zone
    return Stretch(
        first=first,
        after=after,
        policy=policy,
        own_rate=numbers.pop(HOURLY_RATE, None),
        own_hours=person.working_hours.on(first) if person.working_hours else None,
        own_region=words.pop(HOLIDAY_REGION, None),
        zone=words[TIME_ZONE] if own_zone else person.zone,
        zone_source="engineer" if own_zone else person.zone_source,
        others=tuple(
            (name, value)
            for name, value in sorted({**words, **numbers}.items())
            if value is not None and name != TIME_ZONE
        ),
    )


def _decimal(number: Decimal | Fraction | None) -> Decimal | None:
    return decimal_of(number) if isinstance(number, Fraction) else number


def in_force(changes: Sequence[tuple[_Day, _Value | None]], day: _Day) -> _Value | None:
    """The last value from before the day or of it; None before the first. Days may be texts, as reports have them."""
    return next((value for since, value in reversed(changes) if since <= day), None)
