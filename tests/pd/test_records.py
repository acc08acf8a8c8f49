from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from webapp.pd.errors import Incomplete
from webapp.pd.records import (
    Agent,
    IncidentRecord,
    LogEntry,
    OnCallRow,
    PolicyRecord,
    ScheduleRecord,
    UserRecord,
    final_shifts,
    instant,
)
from webapp.pd.zones import RAILS_ZONES, zone_of

INCIDENT: dict[str, Any] = {
    "id": "Q1",
    "incident_number": 12,
    "title": "Checkout 5xx",
    "status": "resolved",
    "urgency": "high",
    "created_at": "2026-07-04T01:12:09Z",
    "resolved_at": "2026-07-04T02:03:41Z",
    "service": {"id": "PS1", "summary": "Checkout"},
    "escalation_policy": {"id": "PE1"},
    "teams": [{"id": "PT1"}],
    "last_status_change_by": {"id": "P1", "type": "user_reference", "summary": "Ada Example"},
    "resolve_reason": None,
}
ROW: dict[str, Any] = {
    "user": {"id": "P1", "summary": "Ada Example"},
    "escalation_policy": {"id": "PE1", "summary": "Payments"},
    "escalation_level": 1,
    "schedule": {"id": "PS1", "type": "schedule_v3_reference", "summary": "Primary"},
    "start": "2026-07-31T09:00:00+01:00",
    "end": "2026-08-07T09:00:00+01:00",
}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-07-04T01:12:09Z", datetime(2026, 7, 4, 1, 12, 9, tzinfo=UTC)),
        ("2026-07-04T02:12:09+01:00", datetime(2026, 7, 4, 1, 12, 9, tzinfo=UTC)),
        ("2026-07-04T01:12:09.123456Z", datetime(2026, 7, 4, 1, 12, 9, tzinfo=UTC)),
        (None, None),
    ],
)
def test_times_are_instants_in_utc_of_whole_seconds(said: str | None, expected: datetime | None) -> None:
    assert instant(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "2026-07-04T01:12:09",
        "2026-07-04",
        "yesterday",
        "",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_time_that_is_no_instant_is_refused(said: str) -> None:
    with pytest.raises(Incomplete):
        instant(said)


def test_every_rails_zone_exists() -> None:
    assert {name: zone for name, zone in RAILS_ZONES.items() if ZoneInfo(zone).key != zone} == {}


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("London", "Europe/London"),
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("Hong Kong", "Asia/Hong_Kong"),
        ("Europe/Kiev", "Europe/Kiev"),
        ("America/New_York", "America/New_York"),
        ("UTC", "Etc/UTC"),
        ("Atlantis/Capital", None),
        ("Europe", None),
        ("../etc/passwd", None),
        ("", None),
        (None, None),
    ],
)
def test_zones_are_iana_names_or_nothing(said: str | None, zone: str | None) -> None:
    assert zone_of(said) == zone


def test_an_unknown_zone_is_noted() -> None:
    user = UserRecord.read({"id": "P1", "name": "Ada", "time_zone": "Atlantis"})
    assert (user.time_zone, user.zone_note, user.email) == (None, "Atlantis", None)


def test_a_user_needs_an_id_only() -> None:
    assert UserRecord.read({"id": "P1", "time_zone": None, "new_key": 1}) == UserRecord("P1", "P1")


def test_three_kinds_of_row() -> None:
    shift = OnCallRow.read(ROW)
    assert shift.start == datetime(2026, 7, 31, 8, tzinfo=UTC)
    open_ended = OnCallRow.read(ROW | {"end": None})
    assert (open_ended.schedule_id, open_ended.end) == ("PS1", None)
    direct = OnCallRow.read(ROW | {"schedule": None, "start": None, "end": None})
    assert (direct.schedule_id, direct.start, direct.end) == (None, None, None)


def test_an_incident_is_read() -> None:
    incident = IncidentRecord.read(INCIDENT)
    assert (incident.number, incident.service, incident.policy_id) == (12, "Checkout", "PE1")
    assert incident.changed_by is not None
    assert incident.changed_by.name == "Ada Example"
    assert incident.merged_into is None


def test_an_open_incident_has_no_end_whatever_it_remembers() -> None:
    assert IncidentRecord.read(INCIDENT | {"status": "triggered"}).resolved_at is None


def test_a_merged_incident_names_its_target() -> None:
    reason = {"type": "merge_resolve_reason", "incident": {"id": "Q2"}}
    assert IncidentRecord.read(INCIDENT | {"resolve_reason": reason}).merged_into == "Q2"


def test_optional_parts_of_an_incident_may_be_null() -> None:
    nothing = dict.fromkeys(("service", "escalation_policy", "teams", "last_status_change_by", "title", "urgency"))
    assert IncidentRecord.read(INCIDENT | nothing).title == ""


@pytest.mark.parametrize("missing", ["id", "created_at", "incident_number"])
def test_an_incident_without_what_pay_needs_is_refused(missing: str) -> None:
    with pytest.raises(Incomplete):
        IncidentRecord.read(INCIDENT | {missing: None})


@pytest.mark.parametrize("missing", ["escalation_policy", "escalation_level"])
def test_a_row_without_what_pay_needs_is_refused(missing: str) -> None:
    with pytest.raises(Incomplete):
        OnCallRow.read(ROW | {missing: None})


@pytest.mark.parametrize("user", [None, {}, {"id": None, "summary": "Nobody"}])
def test_a_row_may_name_nobody(user: object) -> None:
    assert OnCallRow.read(ROW | {"user": user}).user_id == ""


@pytest.mark.parametrize(
    ("places", "seconds"),
    [
        ({"duration": 25_200, "channel": {"type": "mobile"}}, 25_200),
        ({"channel": {"type": "website", "duration": 25_200}}, 25_200),
        ({"duration": None, "channel": {"type": "website", "duration": 60}}, 60),
        ({"duration": "7 hours", "channel": None}, None),
        ({}, None),
    ],
)
def test_a_snooze_tells_its_length_in_one_place_or_the_other(places: dict[str, object], seconds: int | None) -> None:
    json = {"id": "R1", "type": "snooze_log_entry", "created_at": "2026-07-04T01:15:30Z", "incident": {"id": "Q1"}}
    assert LogEntry.read(json | places).duration_seconds == seconds


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"id": "U012ABC", "name": "ada"}, Agent("U012ABC", "", "ada")),
        ({"id": "PADA", "type": "user_reference", "summary": "Ada"}, Agent("PADA", "user_reference", "Ada")),
        ({"id": "U012ABC"}, Agent("U012ABC", "", "U012ABC")),
        ({"name": "ada"}, Agent("ada", "", "ada")),
        ({}, None),
        (None, None),
    ],
)
def test_a_channel_may_carry_a_user(user: object, expected: Agent | None) -> None:
    json = {"id": "R1", "type": "acknowledge_log_entry", "created_at": "2026-07-04T01:15:30Z", "incident": {"id": "Q1"}}
    assert LogEntry.read(json | {"channel": {"type": "slack", "user": user}}).chat_user == expected


@pytest.mark.parametrize(
    "kind", ["acknowledge_log_entry", "acknowledgement_log_entry", "acknowledge_log_entry_reference"]
)
def test_log_entries_have_one_name_for_acknowledging(kind: str) -> None:
    json = {"id": "R1", "type": kind, "created_at": "2026-07-04T01:15:30+00:00", "incident": {"id": "Q1"}}
    entry = LogEntry.read(json)
    assert (entry.kind, entry.agent, entry.channel, entry.assignees) == ("acknowledge", None, "", ())


def test_a_log_entry_of_nothing_is_refused() -> None:
    with pytest.raises(Incomplete):
        LogEntry.read({"id": "R1", "type": "resolve_log_entry", "created_at": "2026-07-04T01:15:30Z"})


def test_schedules_and_policies_are_read() -> None:
    schedule = ScheduleRecord.read(
        {"id": "PS1", "name": "Primary", "time_zone": "Berlin", "users": [{"id": "P1"}, None]}
    )
    assert (schedule.time_zone, schedule.policy_ids, schedule.user_ids) == ("Europe/Berlin", frozenset(), {"P1"})
    rules = [{"targets": [{"id": "PS1"}, {"id": "P1"}]}, {"targets": None}]
    policy = PolicyRecord.read(
        {"id": "PE1", "summary": "Payments", "escalation_rules": rules, "teams": [{"id": "PT1"}]}
    )
    assert (policy.name, policy.target_ids, policy.team_ids) == ("Payments", {"PS1", "P1"}, {"PT1"})


def test_both_kinds_of_schedule_are_told_apart_by_their_type() -> None:
    assert not ScheduleRecord.read({"id": "PS1", "type": "schedule"}).shift_based
    assert ScheduleRecord.read({"id": "PS1", "type": "schedule_v3_reference", "summary": "Sun"}).shift_based
    assert OnCallRow.read(ROW).shift_based
    assert not OnCallRow.read(ROW | {"schedule": {"id": "PS1", "type": "schedule_reference"}}).shift_based


def test_final_entries_of_a_layer_based_schedule_may_lack_their_user() -> None:
    span = {"start": "2026-07-31T09:00:00+01:00", "end": "2026-08-07T09:00:00+01:00"}
    entries = [span | {"user": {"id": "P1", "summary": "Ada"}}, span | {"user": None}, span]
    found = final_shifts({"type": "schedule", "final_schedule": {"rendered_schedule_entries": entries}})
    assert [(one.user_id, one.name, one.start) for one in found] == [
        ("P1", "Ada", datetime(2026, 7, 31, 8, tzinfo=UTC))
    ]


def test_final_entries_of_a_shift_based_schedule_may_be_several_at_once_or_a_gap() -> None:
    span = {"start_time": "2026-07-31T07:00:00Z", "end_time": "2026-08-07T07:00:00Z"}
    members = [{"type": "user_member", "user_id": "P1"}, {"type": "user_member", "user_id": "P2"}]
    entries = [span | {"member": member} for member in [*members, {"type": "empty_member"}]]
    found = final_shifts({"type": "schedule_v3", "final_schedule": {"computed_shift_assignments": entries}})
    assert [one.user_id for one in found] == ["P1", "P2"]


@pytest.mark.parametrize("schedule", [{}, {"final_schedule": None}, {"final_schedule": {}}])
def test_a_schedule_without_its_final_entries_is_refused(schedule: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        final_shifts(schedule)
