"""What a report says of the policy that priced it: a few words and figures, read from the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from webapp.pricing.errors import PolicyError
from webapp.pricing.facts import WorkingHours
from webapp.pricing.money import decimal_of
from webapp.pricing.policy.document import Document, Lookup, Rule, Table
from webapp.pricing.rounding import PLACES


@dataclass(frozen=True, slots=True)
class PolicyAmount:
    """One amount that the policy names."""

    rule: str
    of: str
    """What it is for, such as "level 1, weekday"; "" for every unit of the rule."""
    amount: Decimal


@dataclass(frozen=True, slots=True)
class VersionBrief:
    """One version of it: what counts for engineers without values of their own, and its amounts."""

    since: str
    """The date from which it is in force; "" for one without a date."""
    pay_zone: str | None
    holiday_region: str | None
    substitute_days: str
    """Which of a holiday on a weekend and its substitute day counts, as the document says it."""
    business_hours: WorkingHours | None
    hourly_rate: Decimal | None
    amounts: tuple[PolicyAmount, ...]


@dataclass(frozen=True, slots=True)
class PolicyBrief:
    """The policy of a report, with all its versions."""

    name: str
    currency: str
    minor_digits: int
    """Decimals of every amount."""
    rounds_half_up: bool
    """Whether every amount is rounded half-up to whole minor units."""
    time_off_digits: int | None
    """Decimals of hours off in lieu; None: the policy gives none."""
    day_types: tuple[str, ...]
    """The policy's own, the plain day first."""
    versions: tuple[str, ...]
    """The dates from which its versions are in force; "" for one without a date."""
    words: tuple[str, ...]
    """The policy in words, a sentence or rule each."""
    pays_on_call: bool
    pays_by_the_date: bool
    """Whether all pay for time on call is by the date, so that a date that nobody earns is worth a warning."""
    by_version: tuple[VersionBrief, ...]
    """In the order of `versions`."""

    def on(self, day: date) -> VersionBrief:
        """The version in force on a day; the first one also before it begins."""
        begun = [one for one in self.by_version if one.since <= day.isoformat()]
        return begun[-1] if begun else self.by_version[0]

    def in_force(self, first: date, after: date) -> tuple[str, ...]:
        """The versions in force on any of these dates."""
        ends = [*self.versions[1:], ""]
        return tuple(
            since
            for since, until in zip(self.versions, ends, strict=True)
            if since < after.isoformat() and (not until or first.isoformat() < until)
        )


def brief_of(document: Document, words: Sequence[str], *, exact: bool = False) -> PolicyBrief:
    """The brief of a policy. Raises PolicyError where amounts are left without rounding: nobody can be paid those.

    `exact`: they are only looked at, with as many decimals as there are.
    """
    versions = (document, *document.later)
    rules = [rule for version in versions for rule in version.rules]
    on_call = [rule for rule in rules if rule.on_call]
    digits = max(_digits(version.rounding.to, "money", exact=exact) for version in versions)
    return PolicyBrief(
        name=document.name,
        currency=document.currency,
        minor_digits=digits,
        rounds_half_up=all(
            (one.rounding.money, one.rounding.to) == ("half up", Fraction(1, 10**digits)) for one in versions
        ),
        time_off_digits=(
            max(_digits(version.rounding.time_to, "time off", exact=exact) for version in versions)
            if any(_books_time_off(rule.book.as_) for rule in rules)
            else None
        ),
        day_types=tuple(dict.fromkeys(one.name for version in versions for one in reversed(version.day_types))),
        versions=tuple(version.version for version in versions),
        words=tuple(words),
        pays_on_call=bool(on_call),
        pays_by_the_date=bool(on_call) and all(rule.count.unit == "days" for rule in on_call),
        by_version=tuple(map(_version, versions)),
    )


def _version(version: Document) -> VersionBrief:
    return VersionBrief(
        since=version.version,
        pay_zone=version.pay_zone,
        holiday_region=version.holiday_region,
        substitute_days=version.substitute_days,
        business_hours=version.business_hours and WorkingHours(version.business_days, (version.business_hours,)),
        hourly_rate=_hourly_rate(version),
        amounts=tuple(amount for rule in version.rules for amount in _amounts(rule)),
    )


def _digits(step: Fraction | None, what: str, *, exact: bool) -> int:
    """The decimals of a rounding step: 2 of "0.01" and of "0.05"."""
    if step is None and exact:
        return PLACES
    if step is None:
        raise PolicyError(f"The policy does not round {what}: a report needs amounts that can be paid. Write a step.")
    digits = 0
    while (step * 10**digits).denominator != 1:
        digits += 1
        if digits > _MOST_DIGITS and exact:
            return PLACES
        if digits > _MOST_DIGITS:
            raise PolicyError(f"The policy rounds {what} to {step}, which has no end as a decimal number.")
    return digits


_MOST_DIGITS = 6


def _books_time_off(as_: Lookup) -> bool:
    if isinstance(as_, Table):
        return any(_books_time_off(one) for one in (*as_.cases.values(), as_.other) if one is not None)
    return as_ == "time off"


def _hourly_rate(document: Document) -> Decimal | None:
    for rule in document.rules:
        if rule.price.of == "hourly rate" and isinstance(rule.price.default, Fraction):
            return decimal_of(rule.price.default)
    return None


def _amounts(rule: Rule) -> Iterator[PolicyAmount]:
    if rule.price.amount is not None:
        for of, amount in _leaves(rule.price.amount):
            yield PolicyAmount(rule.name, of, decimal_of(amount))


def _leaves(value: Lookup, told: tuple[str, ...] = ()) -> Iterator[tuple[str, Fraction]]:
    if isinstance(value, Table):
        for key, case in value.cases.items():
            yield from _leaves(case, (*told, f"{value.by} {key}" if value.by in _NAMED else key))
        if value.other is not None:
            yield from _leaves(value.other, (*told, f"any other {value.by}"))
    elif isinstance(value, Fraction):
        yield ", ".join(told), value


_NAMED = {"level", "tier", "grade", "date", "rota"}
