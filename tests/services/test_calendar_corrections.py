"""Corrections of calendars: which of them decides on a date, what becomes of it, and what a report is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.services.test_inputs import ADA, RULES, SAVED_AT, inputs_of, saved
from tests.spoken_facts import Facts
from webapp.models import CalendarDay
from webapp.pd.evidence import Evidence
from webapp.pd.records import UserRecord
from webapp.pd.request import Mode, Organisation, ReadRequest
from webapp.pd.result import Records
from webapp.pd.shifts import Duty
from webapp.pricing.facts import Holiday
from webapp.pricing.policy.form_document import as_document
from webapp.pricing.text import clock
from webapp.services import accounts
from webapp.services.calendars import store
from webapp.services.calendars.checks import Surroundings, refusals
from webapp.services.calendars.concerned import calendar_changes, outcomes
from webapp.services.calendars.corrections import (
    CalendarChanges,
    CalendarScope,
    CategorySwitch,
    Correction,
    Deciding,
)
from webapp.services.calendars.effective import own_days, region_days
from webapp.services.calendars.horizon import KNOWN_BY, KNOWN_UNTIL, calendar_warnings, year_notes
from webapp.services.calendars.page import regions_in_use
from webapp.services.calendars.store import CalendarConflict
from webapp.services.callout_decisions import Decisions
from webapp.services.facts import Places, to_facts
from webapp.services.input_parts import inputs_digest, saved_changes
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.policies import NotInForce, PolicyText

EVERYBODY, REGION, ENGINEER = CalendarScope.ORGANISATION, CalendarScope.REGION, CalendarScope.ENGINEER
ASSUMPTION = date(2026, 8, 15)
TWO, NOON = time(14), time(12)


def entry(since: date, **given: Any) -> Correction:
    """An addition for Bavaria, unless given otherwise."""
    usual = {"scope": REGION, "whom": "DE-BY", "name": "Our day", "reason": "because", "saved_by": "bo@example.com"}
    return Correction(**{"since": since, "saved_at": SAVED_AT, **usual, **given})


def everybodys(since: date, **given: Any) -> Correction:
    return entry(since, **{"scope": EVERYBODY, "whom": "", **given})


def adas(since: date, **given: Any) -> Correction:
    return entry(since, **{"scope": ENGINEER, "whom": "PADA", "whom_name": "Ada", **given})


def on(day: date, *days: Correction, region: str = "DE-BY") -> Holiday | None:
    return region_days(region, day.year, day.year, CalendarChanges(days)).get(day)


def ada_on(day: date, *days: Correction) -> Holiday | None:
    changes = CalendarChanges(days)
    calendars = {"DE-BY": region_days("DE-BY", day.year, day.year, changes)}
    own = own_days("PADA", lambda _: "DE-BY", calendars, changes, day.year, day.year)
    return dict(own).get(day, calendars["DE-BY"].get(day))


def named(holiday: Holiday | None) -> str | None:
    return holiday.name if holiday else None


# Which entry decides


def test_without_corrections_the_calendar_is_the_packages() -> None:
    calendar = region_days("DE-BY", 2026, 2026, CalendarChanges())
    assert calendar[date(2026, 1, 6)].name == "Epiphany"
    assert ASSUMPTION not in calendar


def test_bavaria_gets_its_15_august_by_hand() -> None:
    found = on(ASSUMPTION, entry(ASSUMPTION, name="Assumption Day", reason="our town is catholic"))
    source = "added by bo@example.com on 1 November 2026: our town is catholic"
    assert found == Holiday("Assumption Day", source=source)
    assert on(ASSUMPTION.replace(year=2027), entry(ASSUMPTION)) is None
    assert on(ASSUMPTION, entry(ASSUMPTION), region="DE-BE") is None


def test_bavaria_gets_its_15_august_by_category_from_a_day_on_and_until_another() -> None:
    switches = (
        CategorySwitch(region="DE-BY", category="catholic", since=date(2026, 1, 1), reason="x"),
        CategorySwitch(region="DE-BY", category="catholic", since=date(2028, 1, 1), reason="y", counts=False),
    )
    calendar = region_days("DE-BY", 2025, 2029, CalendarChanges(categories=switches))
    assert [year for year in range(2025, 2030) if ASSUMPTION.replace(year=year) in calendar] == [2026, 2027]
    assert ASSUMPTION not in region_days("DE-BE", 2026, 2026, CalendarChanges(categories=switches))


@pytest.mark.parametrize(
    ("year", "name"),
    [
        (2025, None),
        (2026, "Founders"),
        (2027, "Founders"),
        (2028, None),
        (2029, "Founders"),
        (2030, None),
        (2031, None),
    ],
)
def test_every_year_holds_until_another_entry_of_the_same_day(year: int, name: str | None) -> None:
    yearly = entry(ASSUMPTION, every_year=True, name="Founders")
    once = entry(ASSUMPTION.replace(year=2028), adds=False)
    ends = entry(ASSUMPTION.replace(year=2030), adds=False, every_year=True)
    for days in ((yearly, once, ends), (ends, once, yearly)):
        found = on(ASSUMPTION.replace(year=year), *days)
        assert named(found) == name


def test_29_february_comes_in_leap_years_only() -> None:
    leap = entry(date(2024, 2, 29), every_year=True)
    calendar = region_days("DE-BY", 2024, 2029, CalendarChanges((leap,)))
    assert [day for day in calendar if calendar[day].name == "Our day"] == [date(2024, 2, 29), date(2028, 2, 29)]


def test_the_most_specific_decides() -> None:
    out = {"adds": False, "name": "Epiphany"}
    epiphany = date(2026, 1, 6)
    assert on(epiphany, everybodys(epiphany, **out)) is None
    assert (
        on(epiphany, everybodys(epiphany, **out), entry(epiphany, name="Bavaria keeps it")).name == "Bavaria keeps it"
    )  # type: ignore[union-attr]
    assert ada_on(epiphany, everybodys(epiphany, **out), adas(epiphany, name="Ada keeps it")).name == "Ada keeps it"  # type: ignore[union-attr]
    assert ada_on(epiphany, entry(epiphany, name="Bavaria"), adas(epiphany, **out)) is None
    assert named(on(epiphany, adas(epiphany, **out))) == "Epiphany"


def test_a_day_for_everybody_is_one_for_those_without_a_region_too() -> None:
    assert on(ASSUMPTION, everybodys(ASSUMPTION), region="none") is not None
    assert on(ASSUMPTION, entry(ASSUMPTION), region="none") is None


# Hours


def test_a_day_for_everybody_reaches_those_without_a_region_whoever_else_is_in_the_report() -> None:
    read, day = records(), date(2026, 10, 7)
    no_region = Places(None, ((date.min, None, "by country"),))

    def facts(*days: Correction) -> Facts:
        duty, evidence = Duty([], read.request.until), Evidence((), ())
        given = {"places": no_region, "day": day, "own": {}, "decisions": Decisions()}
        return to_facts(read, duty, evidence, calendars=CalendarChanges(days), **given)  # type: ignore[arg-type]

    assert named(facts(everybodys(day)).holidays["none"].get(day)) == "Our day"
    afternoon = facts(everybodys(day), adas(day, whom=ADA.user_id, start=TWO))
    assert ADA.user_id not in {one.id for one in afternoon.people if one.holidays}  # the whole day is theirs already


def hours(holiday: Holiday | None) -> str:
    return "none" if holiday is None else f"{clock(holiday.start)} to {clock(holiday.end)}"


@pytest.mark.parametrize(
    ("below", "above", "left"),
    [
        ([], {"start": TWO}, "14:00 to 24:00"),
        ([], {"adds": False}, "none"),
        ([{}], {"start": TWO}, "00:00 to 24:00"),
        ([{}], {"adds": False, "start": TWO}, "00:00 to 14:00"),
        ([{}], {"adds": False}, "none"),
        ([{"start": TWO}], {"start": NOON}, "12:00 to 24:00"),
        ([{"start": NOON}], {"start": TWO}, "12:00 to 24:00"),
        ([{"start": NOON}], {"adds": False, "start": TWO}, "12:00 to 14:00"),
        ([{"start": TWO}], {"adds": False, "start": NOON}, "none"),
        ([{"start": NOON}], {}, "00:00 to 24:00"),
    ],
)
def test_adding_takes_nothing_away_and_taking_out_adds_nothing(
    below: list[dict[str, Any]], above: dict[str, Any], left: str
) -> None:
    assert hours(on(ASSUMPTION, *(everybodys(ASSUMPTION, **one) for one in below), entry(ASSUMPTION, **above))) == left


BOXING_DAY, BEFORE_NEW_YEAR = date(2026, 12, 26), date(2027, 12, 31)
"""A Saturday, for which a Monday stands in Britain; and the Friday that stands in the US for Saturday, 1 January."""


@pytest.mark.parametrize(
    ("region", "day", "rule", "left"),
    [
        ("GB-ENG", BOXING_DAY, "by country", "14:00 to 24:00"),
        ("GB-ENG", BOXING_DAY, "both", "00:00 to 24:00"),
        ("US", BEFORE_NEW_YEAR, "by country", "00:00 to 24:00"),
        ("US", BEFORE_NEW_YEAR, "actual only", "14:00 to 24:00"),
    ],
)
def test_hours_that_are_added_count_where_the_day_itself_does_not(region: str, day: date, rule: str, left: str) -> None:
    changes = CalendarChanges((everybodys(day, start=TWO), adas(day, start=TWO)))
    calendar = region_days(region, day.year, day.year, changes, lambda _: rule)
    assert hours(calendar[day]) == left
    own = own_days("PADA", lambda _: region, {region: calendar}, changes, day.year, day.year, lambda _: rule)
    assert hours(dict(own).get(day, calendar[day])) == left


def minutes(holiday: Holiday | None) -> set[int]:
    if holiday is None:
        return set()
    return set(range(holiday.start // 3600, holiday.end // 3600))


HOURS = st.none() | st.integers(1, 23).map(time)


@given(st.lists(st.tuples(st.booleans(), HOURS), min_size=1, max_size=3))
def test_hours_are_those_of_sets(steps: list[tuple[bool, time | None]]) -> None:
    holiday, expected = None, set[int]()
    for adds, start in steps:
        own = set(range(start.hour if start else 0, 24))
        between = set(range(max(expected) + 1, min(own))) if adds and expected else set()
        expected = expected | between | own if adds else expected - own
        holiday = entry(ASSUMPTION, adds=adds, start=start).applied(holiday)
    assert expected == minutes(holiday)


# What is printed


def printed(changes: CalendarChanges, region: str = "DE-BY", **engineers: str) -> list[tuple[int, str, str]]:
    """What a report of August 2026 prints for engineers of a region: day, what and whose."""
    window = date(2026, 8, 1), date(2026, 9, 1)
    found = outcomes(changes, {key: lambda _: region for key in engineers}, *window)
    return [(one.day.day, one.what, one.where) for one in calendar_changes(changes, found, engineers, *window)]


def test_what_was_corrected_is_named_with_whom_and_why() -> None:
    bo = adas(ASSUMPTION, whom="PBO", whom_name="Bo", adds=False, name="Assumption")
    catholic = CategorySwitch(region="DE-BY", category="catholic", since=date(2026, 1, 1), reason="x", saved_by="bo")
    changes = CalendarChanges((bo, everybodys(date(2026, 8, 1), start=TWO)), (catholic,))
    window, names = (date(2026, 8, 1), date(2026, 9, 1)), {"PADA": "Ada L.", "PBO": "Bo"}
    found = calendar_changes(
        changes, outcomes(changes, {key: lambda _: "DE-BY" for key in names}, *window), names, *window
    )
    assert [(one.day.day, one.what, one.where, one.person_ids) for one in found] == [
        (1, "added from 14:00", "everybody", ()),
        (15, "taken out", "Bo", ("PBO",)),
        (15, "added", "DE-BY", ()),
    ]
    assert found[0].source == "added by bo@example.com on 1 November 2026: because"


def test_those_with_the_same_entry_are_named_together() -> None:
    bo = adas(ASSUMPTION, whom="PBO", whom_name="Bo")
    both = CalendarChanges((bo, replace(bo, whom="PADA", whom_name="Ada")))
    assert printed(both, PADA="Ada L.", PBO="Bo") == [(15, "added", "Ada L., Bo")]
    assert printed(both, PCY="Cy") == []


@pytest.mark.parametrize(
    ("days", "region"),
    [
        ([everybodys(date(2026, 8, 15), start=TWO)], "DE-SL"),  # Assumption Day is a holiday as a whole there
        ([entry(date(2026, 8, 12), whom="DE-BE")], "DE-BY"),
    ],
)
def test_what_changes_nobodys_day_is_not_printed(days: list[Correction], region: str) -> None:
    assert printed(CalendarChanges(tuple(days)), region, PADA="Ada") == []


def test_where_one_entry_undoes_another_only_that_one_is_printed() -> None:
    changes = CalendarChanges((entry(date(2026, 8, 12)), adas(date(2026, 8, 12), adds=False)))
    assert printed(changes, PADA="Ada") == [(12, "taken out", "Ada")]
    assert printed(changes, PADA="Ada", PBO="Bo") == [(12, "taken out", "Ada"), (12, "added", "DE-BY")]


def test_a_category_whose_day_is_public_already_is_not_printed() -> None:
    switch = CategorySwitch(region="CA-ON", category="government", since=date(2026, 1, 1), reason="x", saved_by="bo")
    changes, july = CalendarChanges(categories=(switch,)), (date(2026, 7, 1), date(2026, 8, 1))
    found = outcomes(changes, {"PADA": lambda _: "CA-ON"}, *july)
    assert calendar_changes(changes, found, {"PADA": "Ada"}, *july) == ()


# A report


def records() -> Records:
    window = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    return Records(
        request=ReadRequest(*window, Organisation(), Mode.ON_CALL), read_at=SAVED_AT,
        users={ADA.user_id: UserRecord(ADA.user_id, ADA.name)}, on_call=(), incidents={}, log_entries=(), schedules={},
        policies={}, unseen_incident_ids=frozenset(), tallies=(),
    )  # fmt: skip


BEFORE = saved(replace(RULES, holiday_region="DE-BY"))


def report(before: SavedSettings = BEFORE) -> ReportInputs:
    return replace(inputs_of(before.versions[0].rules, before), records=records())


def with_calendars(*days: Correction, **more: Any) -> SavedSettings:
    return replace(BEFORE, calendars=CalendarChanges(days, **more))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            entry(date(2026, 10, 9)),
            ["Calendar of DE-BY: 9 October 2026 Our day added (because), saved by bo@example.com on 1 November 2026"],
        ),
        (everybodys(date(2020, 10, 9), every_year=True), ["Calendar of everybody: 9 October 2026 Our day added"]),
        (adas(date(2026, 10, 9), start=TWO), ["Calendar of Ada: 9 October 2026 Our day added from 14:00"]),
        (entry(date(2026, 11, 1)), ["Calendar of DE-BY: 1 November 2026"]),  # the last day's work may end on it
        (entry(date(2026, 11, 2)), []),
        (entry(date(2025, 10, 9)), []),
        (entry(date(2026, 10, 9), whom="DE-BE"), []),
        (adas(date(2026, 10, 9), whom="PBO"), []),
        (everybodys(date(2026, 10, 3), start=TWO), []),  # a holiday as a whole
    ],
)
def test_a_report_tells_what_touches_it_and_nothing_else(changed: Correction, told: list[str]) -> None:
    changes = saved_changes(report(), with_calendars(changed))
    assert len(changes) == len(told)
    for one, words in zip(changes, told, strict=True):
        assert one.words.startswith(words)
        assert one.by_update


def test_another_reason_is_not_told_and_voids_no_review() -> None:
    before, now = (with_calendars(entry(date(2026, 10, 9), reason=reason)) for reason in ("typo", "typing error"))
    assert saved_changes(report(before), now) == ()
    assert inputs_digest(report(before)) == inputs_digest(report(now))


def test_a_region_that_somebody_left_long_ago_is_not_told() -> None:
    moved = ADA.changed("holiday region", "US").changed("holiday region", "DE-BY", date(2019, 1, 1))
    before = replace(BEFORE, own={ADA.user_id: moved})
    now = replace(before, calendars=CalendarChanges((entry(date(2026, 10, 9), whom="US"),)))
    assert saved_changes(report(before), now) == ()


def test_a_removed_entry_is_told_with_who_removed_it() -> None:
    one = replace(entry(date(2026, 10, 9)), id=7)
    gone = replace(one, removed_by="cy@example.com", removed_at=SAVED_AT)
    (change,) = saved_changes(report(with_calendars(one)), with_calendars(removed=(gone,)))
    words = "Calendar of DE-BY: 9 October 2026 Our day added: this no longer counts, removed by cy@example.com"
    assert change.words.startswith(words)


def test_a_category_is_told_where_one_of_its_days_is_touched() -> None:
    august = replace(report(), period=replace(report().period, first=date(2026, 8, 1), after=date(2026, 9, 1)))
    switch = CategorySwitch(region="DE-BY", category="catholic", since=date(2026, 1, 1), reason="x", saved_by="bo")
    now = with_calendars(categories=(switch,))
    (change,) = saved_changes(august, now)
    words = "Calendar of DE-BY: 15 August 2026 Assumption Day, category “catholic” counts from 1 January 2026 on (x)"
    assert change.words.startswith(words)
    assert saved_changes(report(), now) == ()


@pytest.mark.parametrize(
    ("written", "standard"), [("UK-ENG", "GB-ENG"), ("DE-Bayern", "DE-BY"), ("USA", "US"), ("GB-England", "GB-ENG")]
)
def test_a_correction_reaches_a_policy_that_spells_its_region_otherwise(written: str, standard: str) -> None:
    text = as_document(replace(RULES, holiday_region=written))
    before = saved(PolicyText(text))
    day = entry(date(2026, 10, 9), whom=standard)
    [told] = saved_changes(report(before), replace(before, calendars=CalendarChanges((day,))))
    assert told.words.startswith(f"Calendar of {standard}: 9 October 2026 Our day added")
    assert regions_in_use(before.versions, {}) == [standard]


def test_a_rule_that_spells_a_region_otherwise_prices_nothing() -> None:
    rules = (
        as_document(RULES)
        + """
[[rules]]
name = "More in England"
pays = "on call"
price = { by = "holiday region", UK-ENG = "50.00", other = "20.00" }
"""
    )
    with pytest.raises(NotInForce, match=r"holiday region UK-ENG\. Engineers have it as GB-ENG: write it so"):
        _ = report(saved(PolicyText(rules))).basis


def test_an_update_takes_corrections_in() -> None:
    now = with_calendars(entry(date(2026, 10, 9)))
    assert report().taking_in(now).calendars == now.calendars
    assert saved_changes(report().taking_in(now), now) == ()


def test_the_digest_covers_what_can_touch_the_report_alone() -> None:
    digest = inputs_digest(report())
    assert inputs_digest(report(with_calendars(entry(date(2026, 10, 9))))) != digest
    for other in (
        entry(date(2027, 10, 9)),
        entry(date(2026, 10, 9), whom="DE-BE"),
        adas(date(2026, 10, 9), whom="PBO"),
    ):
        assert inputs_digest(report(with_calendars(other))) == digest


# Checks


@pytest.mark.parametrize(
    ("known", "wanted", "said"),
    [
        ([], entry(ASSUMPTION), ""),
        (
            [entry(ASSUMPTION)],
            entry(ASSUMPTION, every_year=True),
            "DE-BY already has an entry that begins on 15 August",
        ),
        (
            [entry(ASSUMPTION, every_year=True)],
            entry(date(2027, 8, 15)),
            "15 August 2027 is a holiday of DE-BY already",
        ),
        ([entry(ASSUMPTION, every_year=True)], entry(date(2029, 8, 15), every_year=True, adds=False), ""),
        ([everybodys(ASSUMPTION)], adas(ASSUMPTION), "15 August 2026 is a holiday of Ada (DE-BY) already"),
        ([], adas(ASSUMPTION, adds=False), "15 August 2026 is no holiday of Ada (DE-BY)"),
        ([adas(ASSUMPTION)], entry(ASSUMPTION), ""),
        (
            [entry(ASSUMPTION, start=TWO)],
            adas(ASSUMPTION, start=TWO),
            "15 August 2026 is a holiday of Ada (DE-BY) already, from 14:00",
        ),
        ([entry(ASSUMPTION, start=TWO)], adas(ASSUMPTION, start=NOON), ""),
        ([], adas(date(2026, 12, 25), adds=False, start=TWO), ""),
        ([], everybodys(date(2026, 12, 25), adds=False), ""),
        ([], everybodys(date(2026, 12, 25)), ""),  # for whoever has no region
        ([], everybodys(date(2026, 12, 24), adds=False), "24 December 2026 is no holiday of DE-BY or GB-ENG"),
        ([], entry(date(2026, 12, 26), whom="GB-ENG"), ""),  # a substitute day stands for it
        (
            [entry(date(2026, 12, 25), adds=False, start=NOON)],
            adas(date(2026, 12, 25), start=TWO),
            "A date has one holiday, not two",
        ),
        ([entry(ASSUMPTION, start=TWO)], adas(ASSUMPTION, adds=False, start=time(13)), ""),
        (
            [entry(date(2026, 12, 25), adds=False, start=NOON)],
            adas(date(2026, 12, 25), adds=False, start=TWO),
            "until 12:00 only",
        ),
    ],
)
def test_refusals(known: list[Correction], wanted: Correction, said: str) -> None:
    around = Surroundings(CalendarChanges(tuple(known)), ("DE-BY", "GB-ENG"), {"PADA": "DE-BY"})
    problems = list(refusals([wanted], around))
    assert bool(problems) == bool(said), problems
    assert said in " ".join(problems)


# What is kept


def test_entries_are_kept_for_their_account_and_removed_ones_in_the_history(session: Session) -> None:
    days = [entry(ASSUMPTION, start=TWO), everybodys(ASSUMPTION, every_year=True), adas(ASSUMPTION, adds=False)]
    store.add_days(session, "acme", days, "bo@example.com")
    kept = store.calendar_changes(session, "acme")
    assert {replace(one, saved_at=SAVED_AT) for one in kept.days} == set(days)
    assert {one.scope for one in store.calendar_changes(session, "other").days} == {EVERYBODY, REGION}
    engineers = next(one for one in kept.days if one.scope is ENGINEER)
    with pytest.raises(CalendarConflict):  # by somebody who reads another account
        store.remove_day(session, "other", engineers.id, "cy@example.com")
    store.remove_day(session, "acme", engineers.id, "cy@example.com")
    kept = store.calendar_changes(session, "acme")
    assert len(kept.days) == 2
    assert [one.removed_by for one in kept.removed] == ["cy@example.com"]
    store.add_days(session, "acme", [adas(ASSUMPTION, adds=False)], "bo@example.com")  # its place is free again
    with pytest.raises(CalendarConflict, match="Somebody corrected or removed this entry meanwhile"):
        store.remove_day(session, "acme", engineers.id, "cy@example.com")


def test_of_several_all_are_kept_or_none(session: Session) -> None:
    store.add_days(session, "acme", [adas(ASSUMPTION)], "bo@example.com")
    with pytest.raises(CalendarConflict, match="Somebody saved an entry for the same day meanwhile"):
        store.add_days(session, "acme", [adas(ASSUMPTION, whom="PBO"), adas(ASSUMPTION)], "cy@example.com")
    assert [one.whom for one in store.calendar_changes(session, "acme").days] == ["PADA"]


def test_a_correction_that_meets_another_leaves_the_old_entry(session: Session) -> None:
    store.add_days(session, "acme", [entry(ASSUMPTION), entry(date(2026, 8, 16))], "bo@example.com")
    first, _ = store.calendar_changes(session, "acme").days
    with pytest.raises(CalendarConflict):
        store.add_days(session, "acme", [entry(date(2026, 8, 16))], "cy@example.com", first.id)
    assert [one.since.day for one in store.calendar_changes(session, "acme").days] == [15, 16]


def test_of_two_who_correct_one_entry_at_once_one_is_told(session: Session) -> None:
    store.add_days(session, "acme", [entry(ASSUMPTION)], "bo@example.com")
    (row,) = session.query(CalendarDay).all()  # as it is before somebody else is done
    with Session(session.get_bind()) as other:
        session.commit()
        assert row.live
        store.add_days(other, "acme", [entry(date(2026, 8, 16))], "cy@example.com", row.id)
    with pytest.raises(CalendarConflict, match="Somebody corrected or removed this entry meanwhile"):
        store.add_days(session, "acme", [entry(date(2026, 8, 17))], "bo@example.com", row.id)
    assert [one.since.day for one in store.calendar_changes(session, "acme").days] == [16]


def test_two_switches_of_one_day_meet(session: Session) -> None:
    switch = CategorySwitch(region="DE-BY", category="catholic", since=ASSUMPTION, reason="x")
    store.add_switch(session, switch, "bo@example.com")
    with pytest.raises(CalendarConflict):
        store.add_switch(session, switch, "cy@example.com")
    (kept,) = store.calendar_changes(session, "acme").categories
    store.remove_switch(session, kept.id, "cy@example.com")
    assert store.calendar_changes(session, "acme") == CalendarChanges()


def test_a_closed_account_leaves_no_e_mail_in_calendars(session: Session) -> None:
    accounts.add_account(session, "ada@example.com", "correct horse battery")
    bo = accounts.add_account(session, "bo@example.com", "correct horse battery")
    store.add_days(session, "acme", [entry(ASSUMPTION)], bo.email)
    accounts.close_account(session, bo, bo.email, disconnect=lambda _: None)
    assert [row.saved_by for row in session.query(CalendarDay)] == [accounts.CLOSED]


# What nobody can know


def test_the_year_that_the_package_can_know_is_looked_up_again_with_every_release() -> None:
    (source,) = {one.source for one in region_days("GB-ENG", 2026, 2026, CalendarChanges()).values()}
    assert source == f"holidays {KNOWN_BY}", "Say in KNOWN_UNTIL for which year this release knows what is announced."


def test_a_report_says_quietly_what_may_be_missing() -> None:
    assert list(calendar_warnings(report())) == []
    later = replace(report().period, first=date(KNOWN_UNTIL + 1, 3, 1), after=date(KNOWN_UNTIL + 1, 4, 1))
    (warning,) = calendar_warnings(replace(report(), period=later))
    assert warning.sentence.startswith(f"One-off and announced holidays of {KNOWN_UNTIL + 1} may be missing")
    assert "(DE-BY)" in warning.sentence
    nowhere = saved(replace(RULES, holiday_region="none"))
    assert list(calendar_warnings(replace(report(nowhere), period=later))) == []


def test_estimated_days_and_years_without_data_are_said() -> None:
    assert any("Eid al-Fitr on 9 March 2027" in note for note in year_notes("AE", 2027, CalendarChanges()))
    assert list(year_notes("none", 2099, CalendarChanges())) == []
    assert list(year_notes("DE-BY", 2026, CalendarChanges())) == []


def test_deciding_is_in_the_order_of_dates() -> None:
    later, first = entry(date(2026, 8, 16)), everybodys(ASSUMPTION)
    found: list[Deciding] = list(CalendarChanges((later, first)).deciding(date(2026, 1, 1), date(2027, 1, 1)))
    assert found == [(ASSUMPTION, EVERYBODY, ""), (date(2026, 8, 16), REGION, "DE-BY")]
