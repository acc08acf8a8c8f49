"""What accounts typed in about engineers: payroll numbers, and rates, regions and hours from a date on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.payroll_numbers import number_key
from webapp.models import EngineerFact, EngineerSettings, PayrollNumberChange
from webapp.services.calendars.regions import refused_country, standard_region
from webapp.services.calendars.store import forget_name
from webapp.services.engineer_facts import (
    FIRST_DAY,
    HOLIDAY_REGION,
    HOURLY_RATE,
    Change,
    Changes,
    value_on,
    with_change,
)

LONGEST_NAME = 200
LONGEST_KEY = 120
"""Of a number as it is compared: a longer one is guarded by the program alone, not by the database, too."""


class NumberTaken(ValueError):
    """A payroll number that is somebody else's; the message says whose."""

    def __init__(self, user_id: str, message: str) -> None:
        super().__init__(message)
        self.user_id = user_id
        """Who was to get it."""


@dataclass(frozen=True, slots=True)
class NumberChange:
    """A payroll number that was saved; "": it was removed."""

    value: str
    saved_at: datetime | None = None
    saved_by: str = ""
    """"": not known any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaySettings:
    """One engineer's own settings; what is not there is the policy's."""

    user_id: str
    name: str
    email: str | None
    payroll_number: str = ""
    facts: Mapping[str, Changes] = field(default_factory=dict)
    """Values by name, each from a date on."""
    number_changes: tuple[NumberChange, ...] = field(default=(), compare=False)
    """Every payroll number that was saved, oldest first."""

    @property
    def number_is_typed(self) -> bool:
        """Whether the payroll number is another one than the one saved last."""
        return self.payroll_number != (self.number_changes[-1].value if self.number_changes else "")

    @property
    def is_empty(self) -> bool:
        """Nothing of one's own is set."""
        return not self.payroll_number and not any(change.value for one in self.facts.values() for change in one)

    def on(self, what: str, day: date) -> str | None:
        """The value of a name that is in force on a day."""
        return value_on(self.facts.get(what, ()), day)

    def rate_on(self, day: date) -> Decimal | None:
        """The hourly rate in force on a day."""
        found = self.on(HOURLY_RATE, day)
        return None if found is None else Decimal(found)

    def region_on(self, day: date) -> str | None:
        """The holiday region in force on a day."""
        return self.on(HOLIDAY_REGION, day)

    def changed(self, what: str, value: str, since: date = FIRST_DAY) -> PaySettings:
        """The same with one value from a date on."""
        return replace(self, facts={**self.facts, what: with_change(self.facts.get(what, ()), Change(since, value))})


def pay_settings(session: Session, subdomain: str) -> Mapping[str, PaySettings]:
    """Everybody's own settings of one PagerDuty account, by user id."""
    return {user_id: _read(row) for user_id, row in _stored(session, subdomain).items()}


def save_pay_settings(session: Session, subdomain: str, people: Iterable[PaySettings], saved_by: str) -> None:
    """Keep what is not saved yet of these engineers; what others saved meanwhile stays.

    Nobody is kept who never had a value. Whoever had one stays known: a leaver, too, may be owed something.

    Raises:
        NumberTaken: a payroll number is somebody else's; nothing is saved then.
    """
    wanted = list(people)
    try:
        _save(session, subdomain, wanted, saved_by)
    except IntegrityError:  # somebody else saved the same engineer or number in the same moment: now it can be seen
        session.rollback()
        _save(session, subdomain, wanted, saved_by)


def forget_engineer(session: Session, subdomain: str, user_id: str) -> bool:
    """Delete name, e-mail and history of somebody who has no value left; False where there is anything to lose."""
    row = _stored(session, subdomain).get(user_id)
    if row is None or not _read(row).is_empty:
        return False
    session.delete(row)
    forget_name(session, subdomain, user_id)
    session.commit()
    return True


def taken_numbers(
    people: Collection[PaySettings], changed: Collection[str]
) -> Iterator[tuple[PaySettings, PaySettings]]:
    """Of the engineers whose payroll number changes, those whose new one is another one's, and who that is.

    Nor may it be the PagerDuty id or the e-mail of another one: a line of an import could mean either.
    """
    held: dict[str, list[PaySettings]] = defaultdict(list)
    for person in people:
        for name in {number_key(person.payroll_number), number_key(person.user_id), number_key(person.email or "")}:
            held[name].append(person)
    for person in people:
        key = number_key(person.payroll_number)
        if key and person.user_id in changed:
            others = [other for other in held[key] if other.user_id != person.user_id]
            yield from ((person, other) for other in others[:1])


def refuse_taken(people: Collection[PaySettings], changed: Collection[str]) -> None:
    """Of these engineers, nobody whose payroll number changes gets another one's.

    Raises:
        NumberTaken: somebody would.
    """
    for person, holder in taken_numbers(people, changed):
        raise NumberTaken(person.user_id, taken_words(person.payroll_number, holder))


def taken_words(number: str, holder: PaySettings) -> str:
    """Why a number is refused."""
    for what, name in (("PagerDuty id", holder.user_id), ("e-mail", holder.email or "")):
        if number_key(name) == number_key(number):
            return f"Payroll number {number} is {holder.name}'s {what}. Write another one."
    return f"Payroll number {number} is {holder.name}'s. Write another one, or change {holder.name}'s first."


def correct_value(
    session: Session, subdomain: str, user_id: str, what: str, since: date, *, change: Change | None, saved_by: str
) -> bool:
    """Put a value in place of the one that began on a date, or remove it; False where there is none."""
    row = _stored(session, subdomain).get(user_id)
    old = next((fact for fact in row.facts if (fact.what, fact.since) == (what, since)), None) if row else None
    if row is None or old is None:
        return False
    if change is None or change.since != since:
        row.facts.remove(old)
        session.flush()
    if change is not None:
        _put(row, what, change, saved_by)
    _drop_policys(row)
    session.commit()
    return True


def refused_regions(own: Mapping[str, PaySettings]) -> dict[str, list[PaySettings]]:
    """Who has, at any time, a country for a holiday region that is nobody's calendar; by the country."""
    found: dict[str, list[PaySettings]] = {}
    for person in own.values():
        for country in {refused_country(change.value) for change in person.facts.get(HOLIDAY_REGION, ())} - {""}:
            found.setdefault(country, []).append(person)
    return dict(sorted(found.items()))


def mend_region(
    session: Session, subdomain: str, user_ids: Iterable[str], country: str, part: str, saved_by: str
) -> list[PaySettings]:
    """Put a part in place of its country wherever these engineers have it, from the same dates; whom it changed."""
    stored, changed = _stored(session, subdomain), []
    for user_id in user_ids:
        row = stored.get(user_id)
        wrong = (
            [fact for fact in row.facts if fact.what == HOLIDAY_REGION and refused_country(fact.value) == country]
            if row
            else []
        )
        if row and wrong:
            changed.append(_read(row))
        for fact in wrong:
            fact.value, fact.saved_at, fact.saved_by = part, clock.now(), saved_by
    session.commit()
    return changed


def _save(session: Session, subdomain: str, people: Collection[PaySettings], saved_by: str) -> None:
    stored = _stored(session, subdomain)
    has = {key: row.payroll_number for key, row in stored.items()}
    numbered = {
        one.user_id: one for one in people if one.number_is_typed and one.payroll_number != has.get(one.user_id, "")
    }
    others = {key: _read(row) for key, row in stored.items() if key not in numbered}
    refuse_taken([*others.values(), *numbered.values()], numbered)
    for person in people:
        row = stored.get(person.user_id)
        if row is None and person.is_empty:
            continue
        if row is None:
            row = stored[person.user_id] = EngineerSettings(
                subdomain=subdomain, user_id=person.user_id, payroll_number=""
            )
            session.add(row)
        row.name, row.email = person.name[:LONGEST_NAME], person.email
        if person.user_id in numbered:
            row.payroll_number = person.payroll_number
            row.number_changes.append(
                PayrollNumberChange(value=person.payroll_number, saved_at=clock.now(), saved_by=saved_by)
            )
        for what, changes in person.facts.items():
            for change in changes:
                if change.saved_by is None:
                    _put(row, what, change, saved_by)
        _drop_policys(row)
    _key_numbers(session, stored.values())
    session.commit()


def _key_numbers(session: Session, rows: Collection[EngineerSettings]) -> None:
    """Let the database guard every number that one engineer has alone."""
    keys = {row: number_key(row.payroll_number) for row in rows}
    held = Counter(keys.values())
    for row, key in keys.items():
        if row.payroll_key not in {key, None}:
            row.payroll_key = None
    session.flush()  # where two swap, both must let go before either takes
    for row, key in keys.items():
        row.payroll_key = key if key and held[key] == 1 and len(key) <= LONGEST_KEY else None


def _stored(session: Session, subdomain: str) -> dict[str, EngineerSettings]:
    rows = session.scalars(
        select(EngineerSettings).where(EngineerSettings.subdomain == subdomain).order_by(EngineerSettings.name)
    )
    return {row.user_id: row for row in rows}


def _read(row: EngineerSettings) -> PaySettings:
    facts: dict[str, Changes] = {}
    for fact in sorted(row.facts, key=lambda fact: fact.since):
        value = standard_region(fact.value) if fact.what == HOLIDAY_REGION and fact.value else fact.value
        facts[fact.what] = (*facts.get(fact.what, ()), Change(fact.since, value, fact.saved_at, fact.saved_by))
    return PaySettings(
        user_id=row.user_id,
        name=row.name,
        email=row.email,
        payroll_number=row.payroll_number,
        facts=facts,
        number_changes=tuple(NumberChange(one.value, one.saved_at, one.saved_by) for one in row.number_changes),
    )


def _put(row: EngineerSettings, what: str, change: Change, saved_by: str) -> None:
    """A value that does not change keeps who typed it in, and when."""
    fact = next((fact for fact in row.facts if (fact.what, fact.since) == (what, change.since)), None)
    if fact is None:
        fact = EngineerFact(what=what, since=change.since)
        row.facts.append(fact)
    elif fact.value == change.value:
        return
    fact.value, fact.saved_at, fact.saved_by = change.value, clock.now(), saved_by


def _drop_policys(row: EngineerSettings) -> None:
    """A name whose every value is the policy's needs no rows."""
    own = {fact.what for fact in row.facts if fact.value}
    row.facts = [fact for fact in row.facts if fact.what in own]
