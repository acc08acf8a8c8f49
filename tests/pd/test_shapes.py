"""Answers of another shape than PagerDuty promises are refused by name; they raise nothing else and lose nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.pd.errors import Incomplete, PagerDutyError
from webapp.pd.records import (
    IncidentRecord,
    LogEntry,
    OnCallRow,
    PolicyRecord,
    ScheduleRecord,
    TeamRecord,
    UserRecord,
    final_shifts,
    member_id,
)

Json = dict[str, Any]
Read = Callable[[Json], object]

AT = "2026-07-04T01:15:30Z"
ADA: Json = {"id": "PADA", "type": "user_reference", "summary": "Ada Example"}
INCIDENT: Json = {
    "id": "Q1", "incident_number": 12, "title": "Checkout", "status": "resolved", "urgency": "high", "created_at": AT,
    "resolved_at": AT, "last_status_change_at": AT, "service": {"id": "PS1", "summary": "Checkout"},
    "escalation_policy": {"id": "PE1"}, "teams": [{"id": "PT1"}], "last_status_change_by": ADA,
    "resolve_reason": {"type": "merge_resolve_reason", "incident": {"id": "Q2"}}, "html_url": "https://acme.example",
    "incidents_responders": [{"state": "joined", "user": ADA, "updated_at": AT}],
}  # fmt: skip
ENTRY: Json = {
    "id": "R1", "type": "snooze_log_entry", "created_at": AT, "agent": ADA, "incident": {"id": "Q1"}, "duration": 60,
    "channel": {"type": "slack", "user": {"id": "U1", "name": "ada"}, "duration": 60}, "assignees": [ADA, None],
}  # fmt: skip
ROW: Json = {
    "user": ADA, "escalation_policy": {"id": "PE1", "summary": "Payments"}, "escalation_level": 1, "start": AT,
    "schedule": {"id": "PS1", "type": "schedule_reference", "summary": "Primary"}, "end": AT,
}  # fmt: skip
USER: Json = {
    "id": "PADA", "name": "Ada", "email": "ada@example.com", "time_zone": "Etc/UTC", "role": "user",
    "html_url": "https://acme.example", "teams": [{"id": "PT1", "summary": "Payments"}],
}  # fmt: skip
SCHEDULE: Json = {
    "id": "PS1", "type": "schedule", "name": "Primary", "time_zone": "Etc/UTC", "escalation_policies": [{"id": "PE1"}],
    "users": [ADA], "teams": [{"id": "PT1"}],
    "final_schedule": {"rendered_schedule_entries": [{"start": AT, "end": AT, "user": ADA}]},
}  # fmt: skip
SHIFT_BASED: Json = {
    "id": "PS2", "type": "schedule_v3", "name": "Sun",
    "final_schedule": {
        "computed_shift_assignments": [
            {"start_time": AT, "end_time": AT, "member": {"type": "user_member", "user_id": "PADA"}}
        ]
    },
}  # fmt: skip
POLICY: Json = {"id": "PE1", "name": "Payments", "teams": [{"id": "PT1"}], "escalation_rules": [{"targets": [ADA]}]}
ANSWERS: list[tuple[Read, Json]] = [
    (IncidentRecord.read, INCIDENT),
    (LogEntry.read, ENTRY),
    (OnCallRow.read, ROW),
    (UserRecord.read, USER),
    (TeamRecord.read, {"id": "PT1", "name": "Payments"}),
    (ScheduleRecord.read, SCHEDULE),
    (final_shifts, SCHEDULE),
    (final_shifts, SHIFT_BASED),
    (PolicyRecord.read, POLICY),
    (member_id, {"user": ADA}),
]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from([10**18, AT, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "PADA", "2026-07-04"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["id", "type", "user", "name"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def places(json: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to everything within an answer."""
    if path:
        yield path
    for key, value in json.items() if isinstance(json, dict) else enumerate(json) if isinstance(json, list) else ():
        yield from places(value, (*path, key))


def spoiled(json: Json, path: tuple[Any, ...], value: object) -> Json:
    found = deepcopy(json)
    inner: Any = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found


def has_type(value: object, hint: Any) -> bool:
    """Whether a value, and all that it holds, is of the type that its field says."""
    if is_dataclass(value):
        hints = get_type_hints(type(value))
        return isinstance(value, hint) and all(
            has_type(getattr(value, one.name), hints[one.name]) for one in fields(value)
        )
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return any(has_type(value, one) for one in inner)
    if origin is tuple and inner[-1] is not ...:
        return type(value) is tuple and all(map(has_type, value, inner))
    if origin in {tuple, frozenset}:
        return isinstance(value, origin) and all(has_type(one, inner[0]) for one in value)
    return type(value) is (NoneType if hint is None else hint)


@given(st.data())
def test_whatever_is_spoiled_is_a_record_of_right_types_or_refused(data: st.DataObject) -> None:
    read, answer = data.draw(st.sampled_from(ANSWERS))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(answer))))
        answer = spoiled(answer, path, data.draw(ODD))
    try:
        found = read(answer)
    except PagerDutyError:
        return
    for one in found if isinstance(found, tuple) else [found]:
        assert has_type(one, type(one))


@pytest.mark.parametrize(("read", "answer"), [(IncidentRecord.read, INCIDENT), (LogEntry.read, ENTRY)])
def test_what_promises_a_text_or_object_is_refused_as_anything_else(read: Read, answer: Json) -> None:
    """So that no act is lost in silence. Only what is not needed may be anything."""
    unread = {("resolved_at",), ("last_status_change_at",), ("service", "id"), ("channel", "duration"), ("duration",)}
    for path in places(answer):
        if path in unread:
            continue
        with pytest.raises(Incomplete):
            read(spoiled(answer, path, 5.5))


@pytest.mark.parametrize(
    "spoil",
    [{"agent": {"id": 5}}, {"agent": "PADA"}, {"channel": "slack"}, {"channel": {"type": ["slack"]}},
     {"channel": {"type": "slack", "user": "bob"}}, {"channel": {"type": "slack", "user": ["bob"]}},
     {"assignees": ["PADA"]}, {"assignees": {"id": "PADA"}}, {"type": 5}],
)  # fmt: skip
def test_a_log_entry_of_another_shape_is_named(spoil: Json) -> None:
    with pytest.raises(Incomplete, match="PagerDuty gave log entry R1 in a shape that CalloutPay does not know"):
        LogEntry.read(ENTRY | spoil)


@pytest.mark.parametrize("duration", [10**18, -5, "25200", True, 1.5, [], {}])
def test_a_length_that_is_none_is_no_length(duration: object) -> None:
    assert LogEntry.read(ENTRY | {"duration": duration}).duration_seconds is None


def test_nulls_are_left_out_of_lists() -> None:
    assert UserRecord.read(USER | {"teams": [None, {"id": "PT1"}]}).team_names == ("PT1",)
    assert IncidentRecord.read(INCIDENT | {"incidents_responders": [None]}).joined == ()
    assert [one.id for one in LogEntry.read(ENTRY).assignees] == ["PADA"]
