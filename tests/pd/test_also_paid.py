"""Schedules on no escalation policy that a policy also pays, and schedules that no list of PagerDuty knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

import pytest

from webapp.pd.client import Client
from webapp.pd.reader import Reading, Records
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Scope

JULY = datetime(2026, 7, 1, tzinfo=UTC)
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Json = dict[str, Any]


class Fake(Protocol):
    lists: dict[str, list[Json]]
    objects: dict[str, Json]
    client: Client

    def asked(self, path: str) -> list[dict[str, list[str]]]: ...


def z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def person(key: str) -> Json:
    return {"id": key, "type": "user_reference", "summary": f"{key} Example"}


def layered(key: str, *entries: tuple[str, datetime, datetime], name: str = "Office moves") -> Json:
    rendered = [{"start": z(start), "end": z(end), "user": person(who) if who else None} for who, start, end in entries]
    final = {"rendered_schedule_entries": rendered}
    return {"schedule": {"id": key, "type": "schedule", "name": name, "final_schedule": final}}


def row(key: str, schedule: str, start: datetime, end: datetime, level: int = 1) -> Json:
    return {
        "user": person(key),
        "escalation_policy": {"id": "PE1"},
        "escalation_level": level,
        "schedule": {"id": schedule, "type": "schedule_reference", "summary": f"{schedule} name"},
        "start": z(start),
        "end": z(end),
    }


def read(fake: Fake, scope: Scope | None = None, *, also: str = "", named: str = "") -> Records:
    words = frozenset(filter(None, [also])), frozenset(filter(None, [also, named]))
    asked = ReadRequest(JULY, AUGUST, scope or Organisation(), Mode.RESOLVED, also_pay=words[0], named=words[1])
    reading = Reading(asked, fake.client, NOW)
    while not reading.complete:
        reading.advance(lambda: False)
    return reading.result


def held(records: Records) -> list[tuple[str, datetime, datetime, int]]:
    return [(one.user_id, one.start or JULY, one.end or AUGUST, one.level) for one in records.also_on_call]


@pytest.fixture
def office(fake: Fake) -> Fake:
    fake.lists["/users"] = [{"id": "PU1", "name": "Ada"}]
    fake.lists["/schedules"] = [{"id": "PS1", "type": "schedule", "name": "Office moves"}]
    return fake


@pytest.mark.parametrize("word", ["PS1", "Office moves", " Office moves "])
def test_the_final_schedule_tells_the_time_as_level_1_in_whole_shifts(office: Fake, word: str) -> None:
    long_ago, later = JULY - 40 * DAY, AUGUST + 3 * DAY
    office.objects["/schedules/PS1"] = layered("PS1", ("PU1", long_ago, JULY + DAY), ("PU1", JULY + 9 * DAY, later))
    records = read(office, also=word)
    assert [("PU1", long_ago, JULY + DAY, 1), ("PU1", JULY + 9 * DAY, later, 1)] == held(records)
    assert {"PS1"} == records.also_read
    assert office.asked("/schedules/PS1")[0]["overflow"] == ["true"]
    assert records.on_call == ()


def test_nothing_is_read_of_it_unless_it_is_asked_for(office: Fake) -> None:
    records = read(office)
    assert [] == held(records) == office.asked("/schedules/PS1")
    assert frozenset() == records.also_read


def test_who_is_deleted_is_named_and_who_is_missing_is_a_row_without_a_user(office: Fake) -> None:
    entries = (("PU9", JULY, JULY + DAY), ("", JULY + DAY, JULY + 2 * DAY))
    office.objects["/schedules/PS1"] = layered("PS1", *entries)
    records = read(office, also="PS1")
    assert held(records) == [("PU9", JULY, JULY + DAY, 1)]
    assert (records.users["PU9"].name, records.users["PU9"].deleted) == ("PU9 Example", True)
    assert [(one.user_id, one.start) for one in records.vacant_rows] == [("", JULY + DAY)]


def test_what_a_policy_tells_of_the_schedule_is_not_told_twice(office: Fake) -> None:
    office.lists["/oncalls"] = [row("PU1", "PS1", JULY + DAY, JULY + 2 * DAY, level=2)]
    office.objects["/schedules/PS1"] = layered("PS1", ("PU1", JULY, JULY + 3 * DAY))
    assert held(read(office, also="PS1")) == [
        ("PU1", JULY, JULY + DAY, 1),
        ("PU1", JULY + 2 * DAY, JULY + 3 * DAY, 1),
    ]


def test_a_schedule_on_a_policy_for_part_of_the_time_is_paid_by_its_rows_and_for_the_rest_by_itself(
    office: Fake,
) -> None:
    target = {"id": "PS1", "type": "schedule_reference", "summary": "Office moves"}
    office.lists["/escalation_policies"] = [{"id": "PE1", "name": "P", "escalation_rules": [{"targets": [target]}]}]
    office.lists["/oncalls"] = [row("PU1", "PS1", JULY, JULY + DAY)]
    office.objects["/schedules/PS1"] = layered("PS1", ("PU1", JULY, JULY + DAY), ("", JULY + DAY, AUGUST))
    records = read(office, also="Office moves")
    assert held(records) == []
    assert records.vacant_rows == ()
    assert {"PS1"} == records.also_read
    office.objects["/schedules/PS1"] = layered("PS1", ("PU1", JULY, JULY + 3 * DAY))
    assert held(read(office, also="Office moves")) == [("PU1", JULY + DAY, JULY + 3 * DAY, 1)]


def test_a_shift_that_a_shift_based_schedule_cuts_is_read_whole(office: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    office.lists["/schedules"] = []
    office.lists["/v3/schedules"] = [{"id": "PS1", "type": "schedule_v3", "summary": "Office moves"}]
    whole = JULY - 50 * DAY, AUGUST + 10 * DAY
    answer = office.client.transport.get

    def get(path: str, params: Any = ()) -> Any:
        if path == "/v3/schedules/PS1":
            query = dict(params)
            since, until = (datetime.fromisoformat(query[name]) for name in ("since", "until"))
            start, end = max(whole[0], since), min(whole[1], until)
            shift = {"start_time": z(start), "end_time": z(end), "member": {"type": "user_member", "user_id": "PU1"}}
            final = {"computed_shift_assignments": [shift] if start < end else []}
            found = {"id": "PS1", "type": "schedule_v3", "name": "Office moves", "final_schedule": final}
            office.objects[path] = {"schedule": found}
        return answer(path, params)

    monkeypatch.setattr(office, "get", get)
    records = read(office, also="Office moves")
    spans = sorted((start, end) for _, start, end, _ in held(records))
    assert whole == (spans[0][0], spans[-1][1])
    assert all(one[1] >= other[0] for one, other in pairwise(spans))


def test_a_narrow_reading_looks_for_a_schedule_that_no_list_knows_among_everybody(office: Fake) -> None:
    office.objects["/users/PU1"] = {"user": {"id": "PU1", "name": "Ada"}}
    office.lists["/oncalls"] = [row("PU2", "PS7", JULY, AUGUST)]
    records = read(office, Individual("PU1"), named="PS7 name")
    assert {one.id: one.name for one in records.schedules.values()} == {"PS1": "Office moves", "PS7": "PS7 name"}
    asked = len(office.asked("/oncalls"))
    assert "PS7" not in read(office, Individual("PU1"), named="PS1").schedules
    assert len(office.asked("/oncalls")) - asked < asked
