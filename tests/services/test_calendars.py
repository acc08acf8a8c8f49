"""Public holidays: which days, which stand for others, and how a region is written."""

from __future__ import annotations

from datetime import date, time

import pytest

from webapp.pricing.facts import clock_of
from webapp.services.calendars.holidays import categories, needs_hour, public_holidays
from webapp.services.calendars.regions import RegionError, check_region, countries, parts


@pytest.mark.parametrize(
    ("typed", "region"),
    [("nl", "NL"), (" gb-sct ", "GB-SCT"), ("DE-be", "DE-BE"), ("None", "none"), ("us", "US"), ("us-ny", "US-NY")],
)
def test_a_region_is_brought_into_its_standard_spelling(typed: str, region: str) -> None:
    assert check_region(typed) == region


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("UK", "Did you mean GB-ENG England, GB-NIR Northern Ireland, GB-SCT Scotland or GB-WLS Wales?"),
        ("uk-sct", "Did you mean GB-SCT?"),
        ("USA", "Did you mean US?"),
        ("England", "Did you mean GB-ENG?"),
        ("Scotland", "Did you mean GB-SCT?"),
        ("germany", "DE-BE Berlin, DE-BW Baden-Württemberg, DE-BY Bayern, "),
        ("Frnce", "Did you mean FR?"),
        ("Bavaria", "Did you mean DE-BY?"),
        ("GB-EGN", "Did you mean GB-ENG? GB has: "),
        ("GB-LND", "GB has: GB-ENG, GB-NIR, GB-SCT, GB-WLS."),
        ("", "is not a country code"),
    ],
)
def test_an_unknown_region_gets_a_hint(typed: str, hint: str) -> None:
    with pytest.raises(RegionError, match=hint.replace("?", r"\?")):
        check_region(typed)


def test_the_same_date_is_a_holiday_in_one_part_of_a_country_only() -> None:
    assert date(2026, 11, 30) in public_holidays("GB-SCT", 2026, 2026)  # St Andrew's Day
    assert date(2026, 11, 30) not in public_holidays("GB-ENG", 2026, 2026)
    assert public_holidays("none", 2026, 2026) == {}


def test_a_substitute_day_and_the_day_it_stands_for_know_of_each_other() -> None:
    british = public_holidays("GB-ENG", 2026, 2026)  # 26 December 2026 is a Saturday
    assert british[date(2026, 12, 26)].replaced
    assert british[date(2026, 12, 28)].substitute
    assert british[date(2026, 12, 28)].name == "Boxing Day (substitute day)"
    assert not british[date(2026, 12, 25)].replaced


def test_an_american_holiday_on_a_saturday_is_observed_on_the_friday() -> None:
    american = public_holidays("US", 2026, 2026)  # 4 July 2026 is a Saturday
    assert american[date(2026, 7, 4)].replaced
    assert american[date(2026, 7, 3)].substitute


def test_a_substitute_in_the_next_year_is_seen_from_either_year() -> None:
    british = public_holidays("GB-ENG", 2027, 2028)  # 25 and 26 December 2027: Saturday and Sunday
    assert [day for day, found in british.items() if day.year == 2027 and day.month == 12 and found.substitute] == [
        date(2027, 12, 27),
        date(2027, 12, 28),
    ]
    american = public_holidays("US", 2027, 2027)  # 1 January 2028 is a Saturday, observed on 31 December 2027
    assert american[date(2027, 12, 31)].substitute


def test_a_category_beyond_public_adds_its_days_and_says_so() -> None:
    assumption = date(2026, 8, 15)
    assert "catholic" in categories("DE-BY")
    assert assumption not in public_holidays("DE-BY", 2026, 2026)
    both = public_holidays("DE-BY", 2026, 2026, ("public", "catholic"))
    assert both[assumption].name == "Assumption Day"
    assert both[assumption].source == f"{both[date(2026, 1, 1)].source}, catholic"
    assert both.keys() - {assumption} == public_holidays("DE-BY", 2026, 2026).keys()


def test_only_categories_with_days_of_their_own_in_the_region_are_offered() -> None:
    assert categories("GB-ENG") == categories("DE-BE") == ("public",)
    assert categories("AU-QLD") == ("public", "half day")
    assert categories("none") == ()


def test_a_date_of_two_categories_is_that_of_the_first_named() -> None:
    new_year = date(2026, 1, 1)
    assert public_holidays("CA-ON", 2026, 2026, ("public", "government"))[new_year].source.startswith("holidays ")
    assert "government" not in public_holidays("CA-ON", 2026, 2026, ("public", "government"))[new_year].source
    assert "government" in public_holidays("CA-ON", 2026, 2026, ("government", "public"))[new_year].source


@pytest.mark.parametrize(
    ("region", "category", "day", "name", "start"),
    [
        ("SE", "bank", date(2026, 1, 5), "Twelfth Night", time(14)),
        ("SE", "bank", date(2026, 6, 19), "Midsummer Eve", None),
        ("AU-NT", "half day", date(2026, 12, 24), "Christmas Eve", time(19)),
        ("AU-QLD", "half day", date(2026, 12, 24), "Christmas Eve", time(18)),
        ("PR", "half day", date(2026, 12, 24), "Christmas Eve", time(12)),
        ("AD", "government", date(2026, 12, 24), "Christmas Eve", time(13)),
    ],
)
def test_a_name_that_says_from_when_makes_a_half_day(
    region: str, category: str, day: date, name: str, start: time | None
) -> None:
    one = public_holidays(region, 2026, 2026, (category,)).get(day)
    if start is None:
        assert one is None or one.is_whole
        return
    assert one
    assert (one.name, one.start) == (name, clock_of(start))


def test_half_days_without_an_hour_are_known() -> None:
    asked = {("LU", "bank"), ("MO", "government"), ("EE", "half day")}
    for region, category in (*asked, ("SE", "bank"), ("DE-BY", "catholic")):
        days = public_holidays(region, 2026, 2026, (category,)).values()
        assert any(needs_hour(category, one) for one in days) == ((region, category) in asked)


@pytest.mark.slow
def test_no_public_holiday_of_any_region_has_hours_in_its_name() -> None:
    """If one has some day, upgrading the package changes pay: say so in the changelog."""
    for country in countries():
        for region in (country, *parts(country)):
            for day, one in public_holidays(region, 2025, 2027).items():
                assert one.is_whole, (region, day)
                assert not needs_hour("public", one), (region, day)
