"""What an engineer lacks outside a period is no reason against them; and what is paid then is what is right."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.pricing.random_months import random_month
from tests.pricing.test_any_document import CORPUS, TEMPLATES
from tests.pricing.test_shortcuts import documents, months_of
from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.pricing import select
from webapp.pricing.engine.lines import PayLine
from webapp.pricing.facts import Holiday, Incident
from webapp.pricing.policy import Document
from webapp.pricing.policy.form import Policy, Stipend
from webapp.pricing.policy.form_document import document_of
from webapp.pricing.report.lines import Period, Report, Statement
from webapp.services.policy_windows import window_of

EVER = date.min
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
POLICY = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
    callout_fee=Decimal(45),
)
MONTHS = 10
SLOW_MONTHS = 84
ADA = Person("Ada", "Ada", None, "Europe/London")


def on_call(start: datetime, hours: int) -> OnCall:
    return OnCall("Ada", start, start + timedelta(hours=hours), 1, "S1", "Primary")


def callout(number: int, start: datetime, minutes: int) -> Callout:
    incident = Incident(f"Q{number}", number, "Disk full", "Shop", "high", start, start + timedelta(minutes=minutes))
    spell = Spell(start, start + timedelta(minutes=minutes), "acknowledged")
    return Callout(
        "Ada", incident, start, (spell,), on_call=True, levels=frozenset({1}), schedule_ids=frozenset({"S1"})
    )


def told(person: Person, *facts: OnCall | Callout) -> Facts:
    return Facts(
        people=(person,),
        on_call=tuple(one for one in facts if isinstance(one, OnCall)),
        callouts=tuple(one for one in facts if isinstance(one, Callout)),
        read_at=datetime(2027, 6, 1, tzinfo=UTC),
        holidays={"GB-ENG": {date(2026, 11, 2): Holiday("Ours")}},
    )


def since(day: date, *, region: date = EVER) -> Person:
    """Ada, with an hourly rate from a day on."""
    numbers = {"hourly rate": ((day, Decimal(30)),)}
    return replace(ADA, numbers=numbers, words={"holiday region": ((region, "GB-ENG"),)})


def report(facts: Facts, policy: Policy | Document, period: Period) -> Report:
    needed = Period(*window_of(document_of(policy), period.first, period.after))
    return select(price(facts, policy, since=period.first, needed=needed), period)


OLD_CALLOUT = callout(1, datetime(2026, 10, 20, 22, tzinfo=UTC), 60)
NEW_CALLOUT = callout(2, datetime(2026, 11, 3, 22, tzinfo=UTC), 60)
CROSSING_CALLOUT = callout(3, datetime(2026, 10, 31, 23, 30, tzinfo=UTC), 60)
CROSSING_WEEK = on_call(datetime(2026, 10, 29, 9, tzinfo=UTC), 5 * 24)
FROM_NOVEMBER = since(NOVEMBER.first, region=NOVEMBER.first)


def reasons(of: Report) -> list[str]:
    return [reason for _, reason in of.not_priced]


def test_values_from_the_first_day_of_the_period_on_are_enough() -> None:
    facts = told(FROM_NOVEMBER, CROSSING_WEEK, OLD_CALLOUT, NEW_CALLOUT)
    found = report(facts, POLICY, NOVEMBER)
    assert (reasons(found), found.stipends) == ([], Decimal(35 + 50))  # Sunday, and Monday, a holiday there
    assert found.total == found.stipends + 45 + 30


def test_what_is_missing_in_the_period_is_a_reason_with_its_day() -> None:
    late = told(since(date(2026, 11, 4)), OLD_CALLOUT, NEW_CALLOUT)
    assert reasons(report(late, POLICY, NOVEMBER)) == ["no hourly rate on 3 November 2026"]
    assert reasons(report(told(since(NOVEMBER.first), OLD_CALLOUT), POLICY, OCTOBER)) == [
        "no hourly rate on 20 October 2026"
    ]


def test_work_that_crosses_into_the_period_is_refused() -> None:
    facts = told(since(NOVEMBER.first), CROSSING_CALLOUT, NEW_CALLOUT)
    assert reasons(report(facts, POLICY, NOVEMBER)) == ["no hourly rate on 31 October 2026"]


def test_what_is_missing_after_the_period_is_none_either() -> None:
    ends = replace(ADA, numbers={"hourly rate": ((EVER, Decimal(30)), (NOVEMBER.first, None))})
    facts = told(replace(ends, holiday_region="none"), OLD_CALLOUT, NEW_CALLOUT)
    found = report(facts, POLICY, OCTOBER)
    assert (reasons(found), found.total) == ([], Decimal(75))


# Priced right, or refused: of any months and any policies


def periods(facts: Facts) -> Iterator[Period]:
    first = min(row.start for row in facts.on_call).date()
    for days in range(1, 40, 3):
        yield Period(first + timedelta(days=days), first + timedelta(days=days + 1 + days % 8 * 4))


def with_values(facts: Facts, day: date, names: Iterable[str]) -> Facts:
    """Everybody with these values from a day on, the others as they are."""

    def dated(values: Mapping[str, tuple[tuple[date, object], ...]]) -> dict[str, tuple[tuple[date, object], ...]]:
        return {name: ((day, one[0][1]),) if name in names else one for name, one in values.items()}

    people = []
    for one in facts.people:
        words = {"time zone": ((EVER, one.zone),), "holiday region": ((EVER, one.holiday_region),), **one.words}
        rate = {} if one.hourly_rate is None else {"hourly rate": ((EVER, one.hourly_rate),)}
        own = replace(one, words=dated(words), numbers=dated({**rate, **one.numbers}))  # type: ignore[arg-type]
        people.append(own)
    return replace(facts, people=tuple(people))


def paid(statement: Statement) -> list[PayLine]:
    """Its lines, but for the number of a session among all that were measured."""
    return [replace(line, session=None) for line in statement.lines]


def wrong(facts: Facts, policy: Policy | Document, names: Iterable[str], tally: Counter[str]) -> list[str]:
    """Engineers who are paid otherwise than if their values had always been there."""
    found = []
    always = with_values(facts, EVER, names)
    for period in periods(facts):
        right = report(always, policy, period)
        now = report(with_values(facts, period.first, names), policy, period)
        shown = {one.person.id: one for one in now.statements}
        refused = {one.id for one, _ in now.not_priced}
        for one in right.statements:
            key = one.person.id
            tally["refused" if key in refused else "priced"] += 1
            if key not in refused and (key not in shown or paid(shown[key]) != paid(one)):
                found.append(f"{period.first} to {period.after}: {key}")
        found += [f"{period.first}: {one.name} is not to be priced" for one, _ in right.not_priced if one.id in shown]
    return found


def month(number: int) -> tuple[Facts, Policy]:
    """A random month; the policy has no values of its own, so each engineer needs theirs."""
    facts, policy = random_month(number)
    people = tuple(
        replace(one, hourly_rate=one.hourly_rate or Decimal(30), holiday_region=one.holiday_region or "GB-ENG")
        for one in facts.people
    )
    return replace(facts, people=people), replace(policy, hourly_rate=None, holiday_region=None)


NAMES = ("hourly rate", "holiday region"), ("hourly rate",), ("time zone", "holiday region"), ("time zone",)


def test_a_month_is_priced_right_or_refused() -> None:
    tally: Counter[str] = Counter()
    assert [wrong(*month(number), NAMES[number % 4], tally) for number in range(MONTHS)] == [[]] * MONTHS
    assert tally["priced"] > 5 * tally["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("first", range(MONTHS, SLOW_MONTHS, 37))
def test_many_months_are_priced_right_or_refused(first: int) -> None:
    tally: Counter[str] = Counter()
    assert [wrong(*month(number), NAMES[number % 4], tally) for number in range(first, first + 37)] == [[]] * 37


def of_policies(paths: list[Path]) -> dict[str, list[str]]:
    tally: Counter[str] = Counter()
    names = {"hourly rate", "salary", "daily rate", "holiday region", "grade"}
    found = {}
    for one in documents(paths):
        found[one.name] = wrong(months_of(one), one, names, tally)
    assert tally["priced"] > tally["refused"]
    return found


@pytest.mark.slow
def test_by_a_template_too() -> None:
    assert not any(of_policies(TEMPLATES).values())


@pytest.mark.slow
def test_by_every_published_policy() -> None:
    found = {name: wrong for name, wrong in of_policies(CORPUS).items() if wrong}
    assert not found, found
