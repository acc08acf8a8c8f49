"""Holiday regions in the texts of policies and in facts: refused by line and path."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.services.calendars.written import facts_mistakes, listed_regions
from webapp.services.locate import read_policy

TEXT = """\
name = "Flat"
currency = "GBP"
rounding = "half up"
holiday_region = "GB-ENG"

[[rules]]
name = "Stipend"
pays = "on call"
count = "days"
price = "50.00"

[[versions]]
effective = 2026-07-01
holiday_region = "GB-SCT"
"""


def mistakes_of(text: str, *listed: str) -> list[str]:
    return [f"{one.line} {one.path}: {one.text}" for one in read_policy(text, listed)[1]]


def test_a_text_with_parts_is_taken() -> None:
    assert mistakes_of(TEXT) == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("GB", "GB alone is nobody's calendar: its parts have holidays of their own. Choose GB-ENG England, "),
        ("XX", "“XX” is not a country code with public holidays, such as US, GB-SCT or DE-BE."),
        ("GB-XYZ", "“GB-XYZ” is not known. GB has: GB-ENG, GB-NIR, GB-SCT, GB-WLS."),
        ("gb-eng", "“gb-eng” is written “GB-ENG” here."),
        ("DE-Bayern", "“DE-Bayern” is written “DE-BY” here."),
        ("UK", "Did you mean GB-ENG England, "),
    ],
)
def test_a_region_is_refused_on_its_line(written: str, said: str) -> None:
    (first,) = mistakes_of(TEXT.replace("GB-ENG", written))
    assert first.startswith("4 holiday_region: ")
    assert said in first
    (later,) = mistakes_of(TEXT.replace("GB-SCT", written))
    assert later.startswith("14 versions[0].holiday_region: ")
    assert said in later


def test_a_line_ends_where_toml_ends_it() -> None:
    found = mistakes_of(f"# one\x85line\u2028of a comment\n{TEXT}".replace("GB-ENG", "GB"))
    assert [one.partition(":")[0] for one in found] == ["5 holiday_region"]


def test_every_mistake_is_told_at_once() -> None:
    found = mistakes_of(TEXT.replace("GB-ENG", "GB").replace("GB-SCT", "DE").replace("half up", "half upp"))
    assert {"3 rounding", "4 holiday_region", "14 versions[0].holiday_region"} < {
        one.partition(":")[0] for one in found
    }


def test_a_region_whose_days_somebody_lists_may_be_called_anything() -> None:
    assert mistakes_of(TEXT.replace("GB-ENG", "GB").replace("GB-SCT", "site 7"), "GB", "site 7") == []


def people(*regions: Any) -> list[dict[str, Any]]:
    return [{"id": f"p{number}", "holiday_region": region} for number, region in enumerate(regions)]


def test_regions_of_people_are_refused_by_their_path_dated_ones_too() -> None:
    dated = [{"value": "US"}, {"from": "2026-07-01", "value": "DE"}]
    table = {"people": [*people("GB-ENG", "GB", dated, "none"), {"id": "nobody says"}, "odd"]}
    found = [f"{one.path}: {one.text}" for one in facts_mistakes(table)]
    assert [one.partition(" alone")[0] for one in found] == [
        "people[1].holiday_region: GB",
        "people[2].holiday_region: DE",
    ]


def test_facts_that_list_the_days_are_taken_as_they_are() -> None:
    table = {"people": people("GB", "GB-ENG"), "holidays": {"GB": {"2026-04-06": "Easter Monday"}}}
    assert list(facts_mistakes(table)) == []
    assert listed_regions(table) == {"GB"}
    assert listed_regions({"holidays": "odd"}) == frozenset()


@pytest.mark.parametrize("days", [{}, None])
def test_a_refused_country_without_a_single_day_is_not_listed(days: object) -> None:
    (found,) = facts_mistakes({"people": people("GB"), "holidays": {"GB": days, "head office": {}}})
    assert found.text.startswith("GB alone is nobody's calendar")


@pytest.mark.parametrize(
    "rule",
    [
        'price = { by = "holiday region", GB = "50.00", other = "20.00" }',
        'price = { by = ["day type", "holiday region"], weekday = { GB = "50.00" }, other = "20.00" }',
        'price = "50.00"\nwhen = { person = { "holiday region" = "GB" } }',
        'price = "50.00"\nshape = [{ cap = { by = "holiday region", GB = "3", other = "5" }, each = "month" }]',
    ],
)
def test_a_rule_that_asks_for_a_region_nobody_can_have_is_refused(rule: str) -> None:
    text = TEXT.replace('price = "50.00"', rule)
    assert mistakes_of(text)[0].startswith(
        '6 rules[0]: rule "Stipend" asks for a holiday region: GB alone is nobody\'s calendar'
    )
    assert mistakes_of(text, "GB") == mistakes_of(text.replace("GB =", "GB-ENG =").replace('"GB"', '"GB-ENG"')) == []
