"""What must hold for every policy and all facts (hypothesis)."""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.pricing import select
from webapp.pricing.facts import Holiday, Incident
from webapp.pricing.policy.document import Component
from webapp.pricing.policy.form import Policy, Stipend, StipendDate
from webapp.pricing.report.lines import Period, Priced, Subject
from webapp.pricing.spans import Interval, second_of

BASE = datetime(2026, 10, 22, tzinfo=UTC)
MINUTES = 12 * 24 * 60
"""The facts lie in twelve days that hold a clock change, a bank holiday and a month end."""
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
BOTH = Period(date(2026, 10, 1), date(2026, 12, 1))
HOLIDAYS = {"GB-ENG": {date(2026, 10, 28): Holiday("Test day")}}

quick = settings(suppress_health_check=[HealthCheck.too_slow])


def at(minute: int) -> datetime:
    return BASE + timedelta(minutes=minute)


def person(name: str) -> Person:
    return Person(name, name, None, "Europe/London", holiday_region="GB-ENG", hourly_rate=Decimal("31.35"))


@st.composite
def on_call(draw: st.DrawFn, who: str = "AB") -> OnCall:
    start = draw(st.integers(0, MINUTES - 1))
    length = draw(st.sampled_from([30, 120, 420, 900, 1440, 4000, 10080]))
    schedule = draw(st.sampled_from(["S1", "S2"]))
    level = draw(st.integers(1, 3))
    return OnCall(draw(st.sampled_from(who)), at(start), at(min(start + length, MINUTES)), level, schedule, schedule)


@st.composite
def callouts(draw: st.DrawFn, who: str = "AB") -> tuple[Callout, ...]:
    made = []
    for number in range(draw(st.integers(0, 8))):
        spells = []
        for _ in range(draw(st.integers(1, 2))):
            start = draw(st.integers(0, MINUTES - 1))
            length = draw(st.integers(0, 90) | st.integers(0, 2000))
            spells.append(Spell(at(start), at(min(start + length, MINUTES)), "seen"))
        spells.sort(key=lambda spell: spell.start)
        incident = Incident(
            f"Q{number}", number, "t", "s", draw(st.sampled_from(["high", "low"])), spells[0].start, None
        )
        made.append(
            Callout(
                draw(st.sampled_from(who)),
                incident,
                None,
                tuple(spells),
                on_call=draw(st.booleans()),
                levels=frozenset({1}),
            )
        )
    return tuple(made)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    return Facts(
        people=(person("A"), person("B")),
        on_call=tuple(draw(st.lists(on_call(), max_size=6))),
        callouts=draw(callouts()),
        read_at=at(draw(st.sampled_from([MINUTES, MINUTES // 2, MINUTES * 2 // 3]))),
        holidays=HOLIDAYS,
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    each = draw(st.booleans())
    return Policy(
        currency="GBP",
        levels=draw(
            st.sampled_from(
                [
                    {1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
                    {
                        1: Stipend(Decimal(20), Decimal(35), Decimal(50)),
                        2: Stipend(Decimal("10.5"), Decimal(15), Decimal("20.25")),
                    },
                ]
            )
        ),
        schedules_left_out=draw(st.sampled_from([frozenset(), frozenset({"S2"})])),
        callout_fee=draw(st.sampled_from([Decimal(0), Decimal(45)])),
        fee_for_each_callout=each,
        fees_a_day=draw(st.sampled_from([None, 1, 2])) if each else None,
        minimum_minutes=draw(st.sampled_from([0, 60, 180])),
        step_minutes=draw(st.sampled_from([1, 15, 60])),
        merge_minutes=draw(st.sampled_from([0, 30])),
        longest_spell_hours=draw(st.sampled_from([1, 12, 30])),
        stipend_in_business_hours=draw(st.booleans()),
        stipend_date=draw(st.sampled_from(StipendDate)),
        shortest_piece_hours=draw(st.sampled_from([Decimal(0), Decimal(6)])),
        high_urgency_only=draw(st.booleans()),
        pay_not_on_call=draw(st.booleans()),
    )


def total(priced: Priced, person_id: str, period: Period = BOTH) -> Decimal:
    return select(priced, period, frozenset({person_id})).total


def seconds(spans: Iterable[Interval]) -> int:
    return sum(end - start for start, end in spans)


def merged(spans: Iterable[Interval]) -> list[Interval]:
    result: list[Interval] = []
    for start, end in sorted(spans):
        if start == end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


@quick
@given(facts(), policies())
def test_every_second_on_call_is_on_exactly_one_line(given_facts: Facts, policy: Policy) -> None:
    priced = price(given_facts, policy)
    for who in ("A", "B"):
        held = merged((second_of(row.start), second_of(row.end)) for row in given_facts.on_call if row.person_id == who)
        told = [
            *(line for line in priced.pay if line.component is Component.STIPEND and line.person == who),
            *(
                line
                for line in (*priced.unpaid, *priced.pending)
                if line.subject is Subject.ON_CALL and line.person_id == who
            ),
        ]
        assert all(line.seconds == seconds(line.spans) for line in told)
        spans = [span for line in told for span in line.spans]
        assert held == merged(spans)
        assert seconds(held) == seconds(spans)
        assert seconds(held) == sum(day.on_call_seconds for day in priced.days if day.person_id == who)


@quick
@given(facts(), policies())
def test_every_second_worked_is_billed_once_or_has_a_reason(given_facts: Facts, policy: Policy) -> None:
    priced = price(given_facts, policy)
    step, minimum = policy.step_minutes * 60, policy.minimum_minutes * 60
    for who in ("A", "B"):
        hourly = [line for line in priced.pay if line.component is Component.HOURLY_PAY and line.person == who]
        paid = [span for line in hourly for span in line.spans]
        assert seconds(merged(paid)) == seconds(paid)
        for line in hourly:
            worked = seconds(line.spans)
            raised = worked if line.label == "ran past business hours" else -(-max(worked, minimum) // step) * step
            assert raised == line.paid_seconds
        for row in priced.callouts:
            if row.person_id == who:
                unpaid = [
                    span
                    for line in priced.unpaid
                    if line.person_id == who and line.incident_id == row.incident.id
                    for span in line.spans
                ]
                told = merged([*paid, *unpaid])
                assert all(any(first <= start and end <= last for first, last in told) for start, end in row.spans)


@quick
@given(facts(), policies())
def test_printed_rows_and_lines_add_up(given_facts: Facts, policy: Policy) -> None:
    priced = price(given_facts, policy)
    report = select(priced, BOTH)
    for line in priced.pay:
        rows = [row for row in priced.callouts if row.person_id == line.person and row.session == line.session_number]
        if line.component is Component.HOURLY_PAY:
            assert (line.amount, line.paid_seconds) == (
                sum(r.hourly_pay for r in rows),
                sum(r.billed_seconds for r in rows),
            )
        if line.component is Component.CALLOUT_FEE:
            assert line.amount == sum(row.fee for row in rows)
    for one in report.statements:
        assert one.total == one.stipends + one.fees + one.hourly_pay == sum(day.total for day in one.days)
        assert one.total == sum(line.amount for line in one.lines)
        assert one.hourly_pay == sum(row.hourly_pay for row in one.callouts)
        assert one.worked_seconds == sum(row.worked_seconds for row in one.callouts)
        assert one.billed_seconds == sum(row.billed_seconds for row in one.callouts)
        assert all(day.total == day.stipend + day.fees + day.hourly_pay for day in one.days)
    assert report.total == sum(line.amount for line in priced.pay)
    assert report.total == report.stipends + report.fees + report.hourly_pay
    assert all((line.amount * 100).denominator == 1 for line in priced.pay)


@quick
@given(facts(), policies())
def test_months_add_up_to_both_months(given_facts: Facts, policy: Policy) -> None:
    priced = price(given_facts, policy)
    for who in ("A", "B"):
        parts = [select(priced, month, frozenset({who})).statements[0] for month in (OCTOBER, NOVEMBER)]
        whole = select(priced, BOTH, frozenset({who})).statements[0]
        assert whole.lines == parts[0].lines + parts[1].lines
        assert whole.unpaid == parts[0].unpaid + parts[1].unpaid
        assert whole.total == parts[0].total + parts[1].total


@quick
@given(facts(), policies(), st.randoms(use_true_random=False))
def test_cut_repeated_and_shuffled_time_changes_nothing(given_facts: Facts, policy: Policy, random: object) -> None:
    rows = [*given_facts.on_call]
    for row in given_facts.on_call:
        middle = row.start + (row.end - row.start) // 2
        rows += [replace(row, end=middle), replace(row, start=middle)]
    random.shuffle(rows)  # type: ignore[attr-defined]  # hypothesis types its Random as object
    cut = []
    for callout in given_facts.callouts:
        spells = []
        for spell in callout.spells:
            assert spell.end is not None
            middle = spell.start + (spell.end - spell.start) // 2
            spells += [replace(spell, end=middle), replace(spell, start=middle), spell]
        cut.append(replace(callout, spells=tuple(spells)))
    random.shuffle(cut)  # type: ignore[attr-defined]  # same
    expected = price(given_facts, policy)
    got = price(replace(given_facts, on_call=tuple(rows), callouts=tuple(cut)), policy)
    # Which rows a line is made of is another matter: they are others.
    pays = [[replace(line, causes=()) for line in priced.pay] for priced in (expected, got)]
    assert pays[0] == pays[1]
    assert (expected.unpaid, expected.pending) == (got.unpaid, got.pending)


@quick
@given(facts(), policies(), st.integers(0, 2))
def test_an_identical_second_rota_changes_nothing(given_facts: Facts, policy: Policy, higher: int) -> None:
    second = tuple(replace(row, level=row.level + higher, schedule_id="S9") for row in given_facts.on_call)
    doubled = replace(given_facts, on_call=given_facts.on_call + second)
    # A second rota is one that the policy pays too: one not left out would revive time that is.
    policy = replace(policy, schedules_left_out=frozenset())
    expected, got = price(given_facts, policy), price(doubled, policy)
    assert [total(expected, who) for who in "AB"] == [total(got, who) for who in "AB"]


@quick
@given(facts(), policies())
def test_swapping_two_equal_engineers_swaps_their_pay(given_facts: Facts, policy: Policy) -> None:
    other = {"A": "B", "B": "A"}
    swapped = replace(
        given_facts,
        on_call=tuple(replace(row, person_id=other[row.person_id]) for row in given_facts.on_call),
        callouts=tuple(replace(callout, person_id=other[callout.person_id]) for callout in given_facts.callouts),
    )
    expected, got = price(given_facts, policy), price(swapped, policy)
    assert [total(expected, "A"), total(expected, "B")] == [total(got, "B"), total(got, "A")]


@quick
@given(facts(), on_call())
def test_more_duty_never_lowers_pay_without_a_cliff(given_facts: Facts, more: OnCall) -> None:
    policy = Policy(
        currency="GBP",
        levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
        shortest_piece_hours=Decimal(0),
        stipend_date=StipendDate.ANY_TOUCH,
    )
    rows = tuple(replace(row, level=1) for row in given_facts.on_call)
    before = replace(given_facts, on_call=rows, callouts=(), read_at=at(MINUTES))
    after = replace(before, on_call=(*rows, replace(more, level=1)))
    assert all(total(price(before, policy), who) <= total(price(after, policy), who) for who in "AB")


@quick
@given(facts(), callouts())
def test_more_work_never_lowers_pay_without_a_cliff(given_facts: Facts, more: tuple[Callout, ...]) -> None:
    policy = Policy(
        currency="GBP",
        levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
        minimum_minutes=0,
        step_minutes=1,
        longest_spell_hours=48,
        pay_not_on_call=True,
    )
    added = tuple(replace(one, incident=replace(one.incident, id=f"N{one.incident.number}")) for one in more)
    # Pay is by the hour at a rate whose minutes are whole pennies, so that where sessions are cut cannot matter.
    people = tuple(replace(one, hourly_rate=Decimal(30)) for one in given_facts.people)
    before = replace(given_facts, people=people, read_at=at(MINUTES))
    after = replace(before, callouts=before.callouts + added)
    assert all(total(price(before, policy), who) <= total(price(after, policy), who) for who in "AB")


@quick
@given(facts(), policies())
def test_nothing_after_the_reading_instant_is_paid(given_facts: Facts, policy: Policy) -> None:
    priced = price(given_facts, policy)
    assert all(end <= second_of(given_facts.read_at) for line in priced.pay for _, end in line.spans)
    assert all(end <= second_of(given_facts.read_at) for line in priced.unpaid for _, end in line.spans)


@quick
@given(facts(), policies())
def test_an_engineer_earns_a_date_once(given_facts: Facts, policy: Policy) -> None:
    stipends = [line for line in price(given_facts, policy).pay if line.component is Component.STIPEND]
    booked = sorted((line.person, line.booked) for line in stipends)
    assert all(one != following for one, following in pairwise(booked))


SCRIPT = """
import locale
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from webapp.pricing import in_words, select
from tests.spoken_facts import price
from webapp.pricing.facts import Incident
from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell
from webapp.pricing.policy.form import Policy, Stipend
base = datetime(2026, 10, 24, 18, tzinfo=UTC)
people = tuple(Person(n, n, None, z, holiday_region="none") for n, z in (("A", "Europe/London"), ("B", "Asia/Tokyo")))
end = base + timedelta(days=3)
rows = tuple(OnCall(n, base, end, level, f"S{level}", f"S{level}") for n in "AB" for level in (1, 2))
def called(n, k):
    start = base + timedelta(hours=7 * k)
    incident = Incident(f"Q{k}", k, "t", "s", "high", start, None)
    spells = (Spell(start, start + timedelta(minutes=50), "seen"),)
    return Callout(n, incident, None, spells, True, frozenset({1, 2}), frozenset({"S1", "S2"}))
stipend = Stipend(Decimal(20), Decimal(35), Decimal(50))
policy = Policy(currency="GBP", levels={2: stipend, 1: stipend}, hourly_rate=Decimal("31.35"),
                schedules_left_out=frozenset({"S7", "S8", "S9"}))
facts = Facts(people, rows, tuple(called(n, k) for n in "AB" for k in range(9)), base + timedelta(days=9))
priced = price(facts, policy)
print([(str(l.booked), l.label, str(l.amount), l.cited, l.spans) for l in priced.pay])
print([(str(l.date), l.reason, l.spans) for l in priced.unpaid], priced.warnings, in_words(policy, {}))
"""


def test_the_machine_does_not_matter() -> None:
    answers = {
        subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for zone, seed in (("UTC", "0"), ("Pacific/Auckland", "1"), ("America/New_York", "2"))
    }
    assert len(answers) == 1
    assert "35.00" in answers.pop()
