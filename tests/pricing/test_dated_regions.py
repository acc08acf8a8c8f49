"""A holiday region from a date on: each local date has the one in force on it, whenever time on call began."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.pricing import select
from webapp.pricing.facts import Holiday, Incident
from webapp.pricing.policy import parse
from webapp.pricing.report.lines import Period, Report

EVER = date.min
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
UNITY_DAY = date(2026, 10, 3)
HOURS = """
name = "Hours"
currency = "EUR"
rounding = "half up"

[[day_types]]
name = "holiday"
holidays = true
[[day_types]]
name = "eve"
eves = true
[[day_types]]
name = "other"

[[rules]]
name = "On call"
pays = "on call"
price = { by = "day type", holiday = "3", eve = "2", other = "1" }
"""
BUSINESS = """
name = "Callouts"
currency = "EUR"
rounding = "half up"
business_hours = "09:00-17:30"

[[rules]]
name = "Callouts"
pays = "hours in callouts"
price = "10"
set = { remove = ["ordinary hours"] }
"""
REFUSED = "holiday region GB has no calendar of its own"


def paid(policy: str, regions: list[tuple[date, str | None]], *, zone: str = "UTC", shift: int = 18 * 24) -> Report:
    """October of an engineer on call from 20 September to 8 October, and called out on 2 October, 11:00 UTC."""
    person = Person("Ada", "Ada", None, zone, words={"holiday region": tuple(regions)})
    first, after = datetime(2026, 9, 20, tzinfo=UTC), datetime(2026, 10, 8, tzinfo=UTC)
    starts = [first + timedelta(hours=hours) for hours in range(0, 18 * 24, shift)]
    called = datetime(2026, 10, 2, 11, tzinfo=UTC)
    incident = Incident("Q1", 1, "Disk full", "Shop", "high", called, called + timedelta(hours=2))
    spell = Spell(called, called + timedelta(hours=2), "seen")
    facts = Facts(
        people=(person,),
        on_call=tuple(OnCall("Ada", one, min(one + timedelta(hours=shift), after), 1, "S", "S") for one in starts),
        callouts=(Callout("Ada", incident, called, (spell,), on_call=True, levels=frozenset({1})),),
        read_at=datetime(2027, 6, 1, tzinfo=UTC),
        holidays={
            "DE-BY": {UNITY_DAY: Holiday("Unity Day")},
            "FR": {date(2026, 10, 2): Holiday("Ours")},
            "none": {},
        },
        without_calendar={"GB": REFUSED},
    )
    return select(price(facts, parse(policy), since=OCTOBER.first, needed=OCTOBER), OCTOBER)


def by_date(report: Report) -> dict[int, Decimal]:
    """Pay for each day of October."""
    found: dict[int, Decimal] = {}
    for line in report.statements[0].lines if report.statements else ():
        found[line.booked.day] = found.get(line.booked.day, 0) + line.amount
    return found


@pytest.mark.parametrize("shift", [18 * 24, 24, 7])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_each_local_date_has_its_own_region_however_long_one_is_on_call(shift: int, zone: str) -> None:
    leaves = by_date(paid(HOURS, [(EVER, "DE-BY"), (UNITY_DAY, "none")], zone=zone, shift=shift))
    comes = by_date(paid(HOURS, [(EVER, "none"), (UNITY_DAY, "DE-BY")], zone=zone, shift=shift))
    assert (leaves[2], leaves[3]) == (48, 24)  # still the eve of a holiday there, then no holiday
    assert (comes[2], comes[3]) == (24, 72)


@pytest.mark.parametrize("shift", [18 * 24, 24])
def test_a_refused_region_on_a_date_of_the_period_is_not_priced(shift: int) -> None:
    for policy in (HOURS, BUSINESS):
        report = paid(policy, [(EVER, "DE-BY"), (date(2026, 10, 2), "GB")], shift=shift)
        assert [reason for _, reason in report.not_priced] == [REFUSED]
    missing = paid(HOURS, [(EVER, "DE-BY"), (date(2026, 10, 5), None)], shift=shift)
    assert [reason for _, reason in missing.not_priced] == ["no holiday region on 5 October 2026"]


@pytest.mark.parametrize("shift", [18 * 24, 24])
def test_a_refused_region_outside_of_the_period_is_no_reason(shift: int) -> None:
    before = paid(HOURS, [(EVER, "GB"), (OCTOBER.first, "DE-BY")], shift=shift)
    assert by_date(before)[3] == 72
    after = paid(HOURS, [(EVER, "DE-BY"), (OCTOBER.after, "GB")], shift=shift)
    assert by_date(after)[3] == 72


def test_business_hours_rest_on_the_region_of_the_date() -> None:
    assert by_date(paid(BUSINESS, [(EVER, "DE-BY")])) == {}
    assert by_date(paid(BUSINESS, [(EVER, "DE-BY"), (date(2026, 10, 2), "FR")])) == {2: 20}
    assert by_date(paid(BUSINESS, [(EVER, "FR"), (date(2026, 10, 2), "DE-BY")])) == {}


@pytest.mark.parametrize("region", ["GB", "DE-XX"])
def test_business_hours_alone_ask_for_a_region_that_has_a_calendar(region: str) -> None:
    report = paid(BUSINESS, [(EVER, region)])
    assert [reason for _, reason in report.not_priced] == [
        REFUSED if region == "GB" else "no public holidays known for DE-XX"
    ]
    on_holidays = BUSINESS.replace("[[rules]]", "business_on_holidays = true\n[[rules]]")
    assert not paid(on_holidays, [(EVER, region)]).not_priced
    assert not paid(BUSINESS, [(EVER, None)]).not_priced  # nobody's region: no holidays, as ever
