"""What makes pricing quick changes no figure: lines before the period that are left out, measures that are kept."""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.pricing.random_months import random_month
from tests.pricing.test_any_document import CORPUS, TEMPLATES, facts
from tests.spoken_facts import Facts, price
from tests.spoken_facts import told as told_of
from webapp.pricing import PolicyError, select
from webapp.pricing.engine import engine
from webapp.pricing.engine.memory import MOST_SEGMENTS, Memory, Room
from webapp.pricing.engine.stages.count import count
from webapp.pricing.engine.work import Group, Unit
from webapp.pricing.policy import Document, parse
from webapp.pricing.policy.document import Lookup, Rule, Table
from webapp.pricing.policy.form import Policy, Stipend, StipendDate
from webapp.pricing.report.lines import Period, Priced

MONTHS = 20
SLOW_MONTHS = 120
SEVERAL = 40


def periods(told: Facts) -> Iterator[Period]:
    """Periods that begin on any date of the facts, some of them with nothing before or after."""
    first = min(row.start for row in told.on_call).date()
    for days in range(-1, 60, 4):
        yield Period(first + timedelta(days=days), first + timedelta(days=days + 1 + days % 8 * 4))


def told_otherwise(told: Facts, policy: Policy | Document) -> list[Period]:
    """The periods whose report differs when what lies before it is not written."""
    whole = price(told, policy)
    return [
        period
        for period in periods(told)
        if select(price(told, policy, since=period.first), period) != select(whole, period)
    ]


def told_otherwise_where_needed(told: Facts, policy: Policy | Document) -> list[Period]:
    """The same where only what is missing in the period itself is a reason to pay nothing, as in the application."""
    return [
        period
        for period in [*periods(told)][::3]
        if select(price(told, policy, since=period.first, needed=period), period)
        != select(price(told, policy, needed=period), period)
    ]


def month(number: int) -> tuple[Facts, Policy]:
    """A random month; some incidents were resolved long before the work on them ended."""
    told, policy = random_month(number)
    callouts = [
        replace(one, incident=replace(one.incident, resolved=one.incident.triggered)) if place % 3 == 0 else one
        for place, one in enumerate(told.callouts)
    ]
    return replace(told, callouts=tuple(callouts)), policy


@pytest.mark.parametrize("number", range(MONTHS))
def test_what_lies_before_a_period_is_not_missed(number: int) -> None:
    assert told_otherwise(*month(number)) == []


@pytest.mark.parametrize("number", range(1, MONTHS, 3))
def test_nor_is_it_where_only_the_period_is_needed(number: int) -> None:
    assert told_otherwise_where_needed(*month(number)) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(MONTHS, SLOW_MONTHS, 20))
def test_what_lies_before_a_period_is_not_missed_in_many_months(number: int) -> None:
    assert [told_otherwise(*month(number + add)) for add in range(20)] == [[]] * 20


def months_of(document: Document) -> Facts:
    """Facts for any policy; every second incident was resolved when its work ended, the others are still open."""
    told = facts(document, 2)
    ended = (
        replace(one.incident, resolved=max(spell.end for spell in one.spells if spell.end)) for one in told.callouts
    )
    callouts = [
        replace(one, incident=incident) if number % 2 else one
        for number, (one, incident) in enumerate(zip(told.callouts, ended, strict=True))
    ]
    return replace(told, callouts=tuple(callouts))


def documents(paths: list[Path]) -> Iterator[Document]:
    """Those that a report can be made by."""
    for path in paths:
        document = parse(path.read_text(encoding="utf-8"))
        try:
            price(months_of(document), document)
        except PolicyError as error:  # amounts that are not rounded cannot be paid
            assert "does not round" in str(error)  # noqa: PT017  what else it raises is a failure
            continue
        yield document


@pytest.mark.parametrize("otherwise_of", [told_otherwise, told_otherwise_where_needed])
def test_nor_by_a_template(otherwise_of: Callable[[Facts, Document], list[Period]]) -> None:
    found = {document.name: otherwise_of(months_of(document), document) for document in documents(TEMPLATES)}
    assert len(found) == len(TEMPLATES)
    assert not any(found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("otherwise_of", [told_otherwise, told_otherwise_where_needed])
def test_nor_by_any_published_policy(otherwise_of: Callable[[Facts, Document], list[Period]]) -> None:
    found = {document.name: otherwise_of(months_of(document), document) for document in documents(CORPUS)}
    assert len(found) > SEVERAL
    assert not any(found.values()), found


BY_THE_HOUR = """
name = "Standby"
currency = "GBP"
pay_zone = "Europe/London"
rounding = "half up"
[[rules]]
name = "standby"
pays = "on call"
count = "hours"
price = "1.00"
book = { on = "end" }
"""


def test_a_duty_that_is_booked_where_it_ends_is_paid_from_its_beginning() -> None:
    document = parse(BY_THE_HOUR)
    told = months_of(document)
    duty = replace(
        told.on_call[0], start=datetime(2026, 9, 28, 8, tzinfo=UTC), end=datetime(2026, 10, 2, 8, tzinfo=UTC)
    )
    told = replace(told, on_call=(duty,), callouts=(), read_at=datetime(2026, 11, 2, tzinfo=UTC))
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    assert select(price(told, document, since=october.first, needed=october), october).total == 96


STANDBY = """
name = "Standby"
currency = "GBP"
pay_zone = "Europe/London"
rounding = "half up"
[[rules]]
name = "standby"
pays = "on call"
{rules}
"""
OTHER_RULE = '[[rules]]\nname = "other"\npays = "on call"\n'
WEEKLY_CAP = 'shape = [{ cap = "20 h", each = "week" }]\n'
COUNTS_OVER_DUTIES = {
    "cap": ('count = "hours"\nprice = "1"\n' + WEEKLY_CAP, 4),
    "first of": (
        'count = "hours"\nprice = "1"\nshape = [{ minimum = "30 h", each = "duty", first_of = "week" }]',
        16,
    ),
    "tier": (
        (
            'count = "hours"\nprice = { by = "tier", 1 = "1", 2 = "5" }\n'
            'tier = { by = "cumulative", limits = ["20 h"], each = "week" }'
        ),
        4 + 12 * 5,
    ),
    "greatest": (
        'count = "hours"\nprice = "1"\nchoose = { among = "a", how = "greatest", priority = 1, each = "week" }\n'
        + OTHER_RULE
        + 'count = "days"\nprice = { by = "date", 2026-01-01 = "1", 2026-10-01 = "20" }\n'
        'choose = { among = "a", how = "greatest", priority = 2, each = "week" }',
        16,  # 32 hours of the week are more than 1 + 20
    ),
    "asked by another": (
        'when = { level = [1] }\ncount = "hours"\nprice = "1"\n'
        + OTHER_RULE
        + 'count = "hours"\nprice = "2"\nset = { remove_paid_by = ["standby"] }\n'
        + WEEKLY_CAP,
        16 * 2,
    ),
}
"""Rules for two duties of 16 h in one week, of levels 1 and 2; and what the second one is paid."""


@pytest.mark.parametrize("which", COUNTS_OVER_DUTIES)
def test_what_counts_over_several_duties_counts_those_before_the_period(which: str) -> None:
    rules, paid = COUNTS_OVER_DUTIES[which]
    document = parse(STANDBY.format(rules=rules))
    told = months_of(document)
    times = [(datetime(2026, month, day, tzinfo=UTC), level) for month, day, level in ((9, 28, 1), (10, 1, 2))]
    duties = [
        replace(told.on_call[0], start=start, end=start + timedelta(hours=16), level=level) for start, level in times
    ]
    told = replace(told, on_call=tuple(duties), callouts=(), read_at=datetime(2026, 11, 2, tzinfo=UTC))
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    assert select(price(told, document, since=october.first, needed=october), october).total == paid


# A memory


def dearer(policy: Policy) -> Policy:
    """Other amounts, and nothing else."""
    levels = {
        level: Stipend(*(getattr(stipend, name) * 2 + 1 for name in ("weekday", "weekend", "bank_holiday")))
        for level, stipend in policy.levels.items()
    }
    rate = None if policy.hourly_rate is None else policy.hourly_rate + 1
    return replace(policy, levels=levels, callout_fee=policy.callout_fee * 3 + 1, hourly_rate=rate)


def otherwise(policy: Policy) -> Iterator[Policy]:
    """The policy with one setting after the other changed, each beside the policy itself."""
    yield from (policy, dearer(policy), policy)
    yield replace(policy, minimum_minutes=policy.minimum_minutes + 30)
    yield dearer(replace(policy, minimum_minutes=policy.minimum_minutes + 30))
    yield replace(policy, callout_fee=Decimal(0))
    yield replace(policy, fee_for_each_callout=True, fees_a_day=1)
    yield replace(policy, pay_not_on_call=not policy.pay_not_on_call)
    yield replace(policy, stipend_date=next(one for one in StipendDate if one is not policy.stipend_date))
    yield replace(policy, pay_zone="Asia/Kolkata")
    yield dearer(policy)


def forgets(told: Facts, policies: Iterable[Policy | Document]) -> list[int]:
    """Which of these policies in a row are priced otherwise with a memory than without."""
    memory, known = Memory(), told_of(told)
    return [
        number
        for number, policy in enumerate(policies)
        if paid(price(known, policy, memory=memory)) != paid(price(known, policy))
    ]


def paid(priced: Priced) -> Priced:
    """All that was priced, but for the number of a session among all that were measured."""
    return replace(priced, pay=tuple(replace(line, session=None) for line in priced.pay))


@pytest.mark.parametrize("number", range(MONTHS))
def test_a_memory_changes_no_figure(number: int) -> None:
    told, policy = month(number)
    assert forgets(told, otherwise(policy)) == []


def test_a_memory_is_of_the_facts_that_were_priced_last() -> None:
    memory = Memory()
    for number in (1, 2, 1):
        told, policy = month(number)
        for facts_now in map(told_of, (told, replace(told, callouts=told.callouts[1:]), told)):
            assert price(facts_now, policy, memory=memory) == price(facts_now, policy)


def edited(policy: Policy, random: Random) -> Policy:
    """The policy with one edit: of an amount, of a rule's words, or of its times."""
    amount = Decimal(random.randrange(0, 200))
    level = random.choice([*policy.levels])
    stipend = replace(policy.levels[level], **{random.choice(["weekday", "weekend", "bank_holiday"]): amount})
    return random.choice(
        [
            replace(policy, callout_fee=amount),
            replace(policy, hourly_rate=amount),
            replace(policy, levels={**policy.levels, level: stipend}),
            replace(policy, minimum_minutes=random.randrange(90)),
            replace(policy, merge_minutes=random.randrange(90)),
            replace(policy, pay_not_on_call=not policy.pay_not_on_call),
            replace(policy, stipend_in_business_hours=not policy.stipend_in_business_hours),
            replace(policy, stipend_date=random.choice([*StipendDate])),
        ]
    )


@pytest.mark.parametrize("number", range(0, MONTHS, 2))
def test_nor_does_it_after_edits_in_any_order_with_any_room(number: int) -> None:
    random = Random(number)  # noqa: S311  the same months each time
    told, policy = month(number)
    known = told_of(told)
    period, memory = next(periods(told)), Memory(own=random.choice([0, 40, 10_000]), shared=Room(0))
    earlier: list[tuple[Priced, Priced]] = []
    for _ in range(8):
        policy = edited(policy, random)
        by_memory, from_cold = (price(known, policy, since=period.first, memory=one) for one in (memory, None))
        earlier.append((by_memory, deepcopy(from_cold)))
    assert [by_memory == from_cold for by_memory, from_cold in earlier] == [True] * len(earlier)


def test_a_memory_keeps_no_more_than_there_is_room_for_and_gives_it_back() -> None:
    room = Room()
    spoken, policy = month(0)
    known = told_of(spoken)
    first = Memory(own=0, shared=room)
    price(known, policy, memory=first)
    taken = MOST_SEGMENTS - room.free
    assert taken > 0
    small = Memory(own=0, shared=Room(taken // 2))
    assert price(known, dearer(policy), memory=small) == price(known, dearer(policy))
    assert 0 <= small.shared.free < taken // 2
    price(replace(known, callouts=known.callouts[1:]), policy, memory=first)
    assert MOST_SEGMENTS - room.free <= taken
    del first
    assert room.free == MOST_SEGMENTS


def test_other_amounts_are_not_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken, policy = month(0)
    known = told_of(spoken)
    counted: set[str] = set()

    def noting(groups: list[Group], rule: Rule, *rest: Any) -> list[Unit]:
        counted.add(rule.name)
        return count(groups, rule, *rest)

    monkeypatch.setattr(engine, "count", noting)
    memory = Memory()
    first = price(known, policy, memory=memory)
    assert counted == {"stipend", "callout fee", "hourly pay", "ran past business hours"}
    counted.clear()
    dear = price(known, dearer(policy), memory=memory)
    assert sum(line.amount for line in dear.pay) > sum(line.amount for line in first.pay) > 0
    assert counted == set()  # what one of them measures depends on what others pay: for the same time as before
    price(known, replace(policy, minimum_minutes=7), memory=memory)
    assert len(counted) > 1


def priced_otherwise(document: Document) -> Iterator[Document]:
    """A policy with other prices, in every version: amounts that are twice as much, and a case less in each table."""
    for change in (lambda value: value, _doubled, _without_a_case, lambda value: value):
        rules = tuple(
            replace(rule, price=replace(rule.price, amount=change(rule.price.amount))) for rule in document.rules
        )
        yield replace(document, rules=rules)


def _doubled(value: Lookup | None) -> Lookup | None:
    if isinstance(value, Table):
        return Table(value.by, {key: _doubled(case) for key, case in value.cases.items()}, _doubled(value.other))
    return value * 2 if isinstance(value, Fraction) else value


def _without_a_case(value: Lookup | None) -> Lookup | None:
    if isinstance(value, Table) and len(value.cases) > 1:
        return Table(value.by, dict([*value.cases.items()][1:]), value.other)
    return value


def test_nor_does_it_by_a_template() -> None:
    wrong = {one.name: forgets(months_of(one), priced_otherwise(one)) for one in documents(TEMPLATES)}
    assert not any(wrong.values()), wrong


BY_BAND = """
name = "By band"
currency = "GBP"
rounding = "half up"
bands = {{ night = ["22:00-06:00"] }}
[[rules]]
name = "hours"
pays = "hours in callouts"
price = {price}
"""


def test_a_price_that_asks_for_more_is_measured_anew() -> None:
    prices = (
        '"10"',
        '{ by = "band", night = "20", other = "10" }',
        '{ by = "day type", weekend = "30", other = "10" }',
        '"10"',
    )
    policies = [parse(BY_BAND.format(price=one)) for one in prices]
    assert len({sum(line.amount for line in price(months_of(policies[0]), one).pay) for one in policies}) == len(
        set(prices)
    )
    assert forgets(months_of(policies[0]), policies) == []


def test_a_reason_of_other_prices_is_not_remembered() -> None:
    prices = ('{ by = "urgency", high = "20" }', '{ by = "urgency", high = "20", low = "none" }')
    policies = [parse(BY_BAND.format(price=one)) for one in (*prices, prices[0])]
    reasons = [{line.reason for line in price(months_of(one), one).unpaid} for one in policies]
    assert reasons[0] != reasons[1]
    assert forgets(months_of(policies[0]), policies) == []


@pytest.mark.slow
def test_nor_does_it_by_any_published_policy() -> None:
    wrong = {one.name: forgets(months_of(one), priced_otherwise(one)) for one in documents(CORPUS)}
    assert len(wrong) > SEVERAL
    assert not any(wrong.values()), wrong
