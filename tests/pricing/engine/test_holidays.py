"""Public holidays of hours and of single engineers: what they are to day types, business hours and explanations."""

from typing import Any

import pytest

from tests.exactly import as_json, price, read_facts
from tests.pricing.test_cases import instant
from webapp.pricing.engine.explain import explain
from webapp.pricing.policy import Document, parse
from webapp.pricing.policy.errors import InputError
from webapp.pricing.spans import second_of

HEAD = """
name = "By the hour"
currency = "EUR"
rounding = "half up"
business_hours = "09:00-17:00"
holiday_region = "DE-BY"
"""
TYPES = """
[[day_types]]
name = "holiday"
holidays = true

[[day_types]]
name = "weekday"
"""
AMOUNTS = {"holiday": "10.00", "late": "5.00", "eve": "3.00", "morrow": "7.00"}
RULE = """
[[rules]]
name = "Hours"
pays = "on call"
"""
THE_DAY = {"start": "2026-12-24T00:00", "end": "2026-12-25T00:00"}
HALF = {"2026-12-24": {"name": "Heiligabend", "from": "14:00"}}
HALF_THEN_WHOLE = {**HALF, "2026-12-25": "Weihnachten"}


def facts(holidays: Any = None, own: Any = None, **on_call: str) -> dict[str, Any]:
    person = {"id": "ada"} if own is None else {"id": "ada", "holidays": own}
    return {
        "zone": "Europe/Berlin",
        "people": [person],
        "on_call": [{"person": "ada", **(on_call or THE_DAY)}],
        "holidays": {"DE-BY": holidays or {}},
    }


def total(table: dict[str, Any], *, types: str = TYPES, head: str = HEAD, rule: str = RULE) -> str:
    report = as_json(price(policy(types, head, rule), read_facts(table)))
    assert report["not_priced"] == []
    return str(report["total"])


def policy(types: str = TYPES, head: str = HEAD, rule: str = RULE) -> Document:
    amounts = "".join(f', {name} = "{amount}"' for name, amount in AMOUNTS.items() if f'name = "{name}"' in types)
    return parse(f'{head}{types}{rule}price = {{ by = "day type", other = "1.00"{amounts} }}\n')


def late_types(more: str) -> str:
    return f'[[day_types]]\nname = "late"\nholidays = true\n{more}\n' + TYPES.replace(
        "holidays = true", "company_days = true"
    )


@pytest.mark.parametrize(
    ("holiday", "expected"),
    [
        ({"name": "Heiligabend", "from": "14:00"}, "114.00"),  # 14 h of 1.00, 10 h of 10.00
        ({"name": "Heiligabend", "until": "06:00"}, "78.00"),
        ({"name": "Heiligabend", "from": "10:00", "until": "12:00"}, "42.00"),
        ({"name": "Heiligabend", "from": "00:00", "until": "24:00"}, "240.00"),
        ({"name": "Heiligabend", "source": "works council"}, "240.00"),
        ("Heiligabend", "240.00"),
    ],
)
def test_hours_of_a_holiday_are_its_day_types(holiday: Any, expected: str) -> None:
    assert total(facts({"2026-12-24": holiday})) == expected
    assert total(facts({}, own={"2026-12-24": holiday})) == expected


def test_own_days_are_taken_out_by_null_and_come_before_the_regions() -> None:
    assert total(facts({"2026-12-24": "Heiligabend"}, own={"2026-12-24": None})) == "24.00"
    assert total(facts({"2026-12-24": "Heiligabend"}, own=HALF)) == "114.00"


def test_a_type_with_hours_of_its_own_takes_those_within_the_holidays() -> None:
    types = late_types('between = ["08:00-15:00", "22:00-24:00"]')
    assert total(facts(HALF), types=types) == "36.00"  # 14:00 to 15:00 and 22:00 to 24:00 at 5.00


def test_a_type_asks_for_a_part_holiday_by_its_plain_name() -> None:
    assert total(facts(HALF), types=TYPES.replace("true", '["Heiligabend"]')) == "114.00"
    assert total(facts(HALF), types=TYPES.replace("true", '["Neujahr"]')) == "24.00"


def test_a_part_holiday_makes_no_eve_and_no_day_after() -> None:
    eves = '[[day_types]]\nname = "eve"\neves = true\n' + TYPES
    before = {"start": "2026-12-23T00:00", "end": "2026-12-24T00:00"}
    assert total(facts(HALF, **before), types=eves) == "24.00"
    assert total(facts({"2026-12-24": "Heiligabend"}, **before), types=eves) == "72.00"
    after = '[[day_types]]\nname = "morrow"\nafter = ["holiday"]\n' + TYPES
    morrow = {"start": "2026-12-25T00:00", "end": "2026-12-26T00:00"}
    assert total(facts(HALF, **morrow), types=after) == "24.00"
    assert total(facts({"2026-12-24": "Heiligabend"}, **morrow), types=after) == "168.00"


def test_an_eve_that_is_half_a_holiday_is_an_eve_until_then() -> None:
    holiday, weekday = TYPES.split("\n\n")
    types = f'{holiday}\n\n[[day_types]]\nname = "eve"\neves = true\n\n{weekday}'
    assert total(facts(HALF_THEN_WHOLE), types=types) == "142.00"  # 14 h at 3.00, 10 h at 10.00


@pytest.mark.parametrize("owner", ["end of day", "any touch", "split"])
def test_a_date_that_is_counted_whole_is_what_it_is_without_hours(owner: str) -> None:
    rule = RULE + f'count = "days"\ngrid = {{ owner = "{owner}" }}\n'
    assert total(facts(HALF), rule=rule) == "1.00"
    assert total(facts({"2026-12-24": "Heiligabend"}), rule=rule) == "10.00"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", "109.00"),  # 09:00 to 14:00 are removed
        ('no_business_on = ["holiday"]', "109.00"),
        ("business_on_holidays = true", "79.00"),  # 09:00 to 17:00 are
        ('no_business_on = ["weekday"]', "114.00"),  # the date counts as a weekday: all its hours are off
    ],
)
def test_business_hours_stand_outside_of_the_holidays_hours_only(head: str, expected: str) -> None:
    rule = RULE + 'set = { remove = ["ordinary hours"] }\n'
    assert total(facts(HALF), head=HEAD + head + "\n", rule=rule) == expected


def test_the_clocks_first_sight_of_a_time_counts() -> None:
    back = {"start": "2026-10-25T00:00", "end": "2026-10-26T00:00"}  # 02:30 is shown twice: 25 h
    assert total(facts({"2026-10-25": {"name": "Nacht", "until": "02:30"}}, **back)) == "47.50"
    forward = {"start": "2026-03-29T00:00", "end": "2026-03-30T00:00"}  # 02:30 is skipped: 23 h
    assert total(facts({"2026-03-29": {"name": "Nacht", "from": "02:30"}}, **forward)) == "212.00"
    assert total(facts({"2026-03-29": {"name": "Nacht", "from": "02:10", "until": "02:50"}}, **forward)) == "23.00"


def test_an_explanation_names_the_holiday_its_hours_and_its_source() -> None:
    half = {"2026-12-24": {"name": "Heiligabend", "from": "14:00", "source": "works council"}}
    second = second_of(instant("2026-12-24 15:00", "Europe/Berlin"))
    found = explain(policy(), read_facts(facts(half)), "ada", second)
    [line] = [one for one in found.paid if "holiday" in one.sentence]
    assert line.sentence == (
        "Thu 24 Dec 14:00 to 24:00, 10 h, holiday (Heiligabend from 14:00, works council): 10 an hour: 100 EUR"
    )
    assert [note.text for note in line.stages["grid"]] == [
        "Thu 24 Dec 14:00 to 24:00: holiday (Heiligabend from 14:00, works council)"
    ]


@pytest.mark.parametrize(
    ("wrong", "mistake"),
    [
        ({"name": "Eve", "from": "14:00", "until": "12:00"}, ".until: is not after `from`."),
        ({"name": "Eve", "from": "14:00", "until": "14:00"}, ".until: is not after `from`."),
        ({"name": "Eve", "from": "24:00"}, ".from: is the end of the date."),
        ({"name": "Eve", "from": "25:00"}, '.from: must be a time of day in quotes, such as "17:30".'),
        ({"name": "Eve", "until": "9"}, '.until: must be a time of day in quotes, such as "17:30".'),
        ({"name": " "}, ".name: must be text."),
        ({"from": "14:00"}, ".name: is required."),
        ({"name": "Eve", "source": 3}, ".source: must be text."),
        ({"name": "Eve", "till": "14:00"}, '.till: is not a field. Did you mean "until"?'),
        ("", ': must be a name, or a table such as {"name": "Christmas Eve", "from": "14:00"}.'),
        (3, ': must be a name, or a table such as {"name": "Christmas Eve", "from": "14:00"}.'),
    ],
)
def test_odd_holidays_are_refused_by_their_path(wrong: Any, mistake: str) -> None:
    for path, table in (
        ("holidays.DE-BY.2026-12-24", facts({"2026-12-24": wrong})),
        ("people[0].holidays.2026-12-24", facts({}, own={"2026-12-24": wrong})),
    ):
        with pytest.raises(InputError) as refused:
            read_facts(table)
        assert str(refused.value) == f"{path}{mistake}"


def test_only_an_engineer_has_a_day_taken_out_by_null() -> None:
    with pytest.raises(
        InputError, match=r"holidays\.DE-BY\.2026-12-24: is null, which takes out a day for one engineer"
    ):
        read_facts(facts({"2026-12-24": None}))
    with pytest.raises(InputError, match=r'people\[0\]\.holidays\.2026-13-24: "2026-13-24" is not a date'):
        read_facts(facts({}, own={"2026-13-24": None}))
