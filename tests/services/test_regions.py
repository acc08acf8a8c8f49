"""Holiday regions: which may be written, what they are told, and how each is spelled."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from webapp.services.calendars.national import NAMED_AT_MOST, region_note
from webapp.services.calendars.regions import (
    REFUSED,
    RegionError,
    check_region,
    choices,
    countries,
    is_usable,
    parts,
    refused_country,
)

TABLE = tomllib.loads((Path(__file__).parent / "regions.toml").read_text(encoding="utf-8"))["country"]


@pytest.mark.parametrize("row", TABLE, ids=[row["code"] for row in TABLE])
def test_region_codes_of_forty_countries(row: dict[str, Any]) -> None:
    code = row["code"]
    assert (row["name"], row["alone"]) == (countries()[code], verdict(code))
    assert row.get("more", "") in region_note(code)
    assert ("more" in row) == (row["alone"] == "noted")
    if "part" not in row:
        assert parts(code) == {}
        return
    assert (row["part"], row["part"]) == (check_region(row["part"]), check_region(row["typed"]))
    assert region_note(row["part"]) == ""


def verdict(code: str) -> str:
    try:
        check_region(code)
    except RegionError as error:
        unnamed = [part for part, name in parts(code).items() if f"{part} {name}".strip() not in str(error)]
        return f"refused without {unnamed}" if unnamed else "refused"
    return "noted" if region_note(code) else "accepted"


def test_the_table_has_forty_countries_and_all_that_are_refused() -> None:
    assert len({row["code"] for row in TABLE}) == 40
    assert {row["code"] for row in TABLE if row["alone"] == "refused"} == REFUSED


def test_a_refusal_names_the_parts_as_people_call_them() -> None:
    with pytest.raises(RegionError) as refused:
        check_region("gb")
    assert str(refused.value) == (
        "GB alone is nobody's calendar: its parts have holidays of their own. "
        "Choose GB-ENG England, GB-NIR Northern Ireland, GB-SCT Scotland or GB-WLS Wales."
    )


def test_a_note_names_a_few_parts_and_the_number_of_the_others() -> None:
    note = region_note("US")
    assert note.startswith("US means the national days of United States. These parts have more: US-AK Alaska, ")
    assert note.count("US-") == NAMED_AT_MOST
    assert note.endswith(" more.")
    assert [region_note(region) for region in ("GB", "none", "XX", "", None)] == ["", "", "", "", ""]


def test_what_is_offered_is_accepted_and_every_part_has_one_spelling() -> None:
    assert [region for region in choices() if check_region(region) != region] == []
    assert choices().keys() & REFUSED == set()
    assert {"GB-ENG", "DE-BY", "US", "NZ"} <= choices().keys()
    assert choices()["GB-ENG"] == "England, United Kingdom"
    every = [part for country in countries() for part in parts(country)]
    assert [part for part in every if check_region(part.lower()) != part] == []


@pytest.mark.parametrize(
    ("stored", "country", "usable"),
    [
        ("GB", "GB", False),
        ("UK", "GB", False),
        ("DEU", "DE", False),
        ("GB-ENG", "", True),
        ("UK-ENG", "", True),
        ("US", "", True),
        ("none", "", True),
        ("XX", "", False),
        ("gb-eng", "", False),
    ],
)
def test_what_was_stored_before_is_known_for_what_it_is(stored: str, country: str, *, usable: bool) -> None:
    assert (refused_country(stored), is_usable(stored)) == (country, usable)
