"""Responders who joined: of incidents and of their log, each once, and never those whose work is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.pd.test_evidence import agent, at, incident, records
from webapp.pd.errors import Incomplete
from webapp.pd.records import IncidentRecord, LogEntry
from webapp.pd.responders import Joined, joined_responders

JSON: dict[str, Any] = {
    "id": "Q1",
    "incident_number": 1,
    "created_at": "2026-07-04T01:00:00Z",
    "status": "resolved",
    "resolved_at": "2026-07-04T02:00:00Z",
}


def responder(state: str, user_id: str | None = "ADA", **more: Any) -> dict[str, Any]:
    user = {"id": user_id, "type": "user_reference", "summary": "Ada"} if user_id else None
    return {"state": state, "user": user, "requested_at": "2026-07-03T18:05:00-07:00", **more}


@pytest.mark.parametrize(
    ("responders", "expected"),
    [
        (None, ()),
        ([], ()),
        ([None], ()),
        ([responder("pending"), responder("declined"), responder("user_cancelled")], ()),
        ([responder("joined", None)], ()),
        ([responder("joined")], (("ADA", "2026-07-04T01:05:00+00:00"),)),
        ([responder("joined", updated_at="2026-07-04T01:09:00Z")], (("ADA", "2026-07-04T01:09:00+00:00"),)),
        ([responder("joined", requested_at=None)], (("ADA", None),)),
    ],
)
def test_an_incident_names_who_joined(responders: Any, expected: tuple[tuple[str, str | None], ...]) -> None:
    found = IncidentRecord.read(JSON | {"incidents_responders": responders})
    assert expected == tuple((user, when and when.isoformat()) for user, when in found.joined)
    assert IncidentRecord.read(JSON).joined == ()


def test_a_time_that_cannot_be_read_is_no_guess() -> None:
    with pytest.raises(Incomplete):
        IncidentRecord.read(JSON | {"incidents_responders": [responder("joined", updated_at="noon")]})


def test_each_is_listed_once_by_the_earliest_that_is_known() -> None:
    one = replace(incident(resolved=60), joined=(("ADA", at(9)), ("BO", None), ("ZOE", at(3))))
    read = records((one, []))
    log = (
        LogEntry("R1", "responder_accept", "Q1", at(7), agent("ADA"), "mobile", ()),
        LogEntry("R2", "responder_joined", "Q1", at(8), agent("CY"), "mobile", ()),
        LogEntry("R3", "responder_request", "Q1", at(5), agent("CY"), "website", ()),
        LogEntry("R4", "responder_accept", "Q1", at(5), None, "mobile", ()),
        LogEntry("R5", "responder_accept", "Q404", at(5), agent("BO"), "mobile", ()),
    )
    found = joined_responders(replace(read, log_entries=log), {("Q1", "CY")})
    # Zoe is not of the scope; Cy's work is known; nobody says when Bo joined.
    assert found == (Joined("Q1", "BO", at(0)), Joined("Q1", "ADA", at(7)))


def test_who_joins_later_than_the_reading_has_not_joined() -> None:
    one = replace(incident(resolved=60), joined=(("ADA", at(1441)),))
    assert joined_responders(records((one, [])), ()) == ()


def test_who_joined_a_merged_incident_joined_its_target() -> None:
    target = incident("Q1", resolved=60)
    merged = replace(incident("Q2", resolved=10), merged_into="Q1", joined=(("ADA", at(5)), ("BO", at(6))))
    read = records((target, []), (merged, []))
    assert joined_responders(read, {("Q1", "BO")}) == (Joined("Q1", "ADA", at(5)),)
