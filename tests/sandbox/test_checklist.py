"""What a simulated PagerDuty must reproduce, area by area: one test for each, whatever else tests the parts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from tests.patience import PATIENCE_SECONDS
from webapp.sandbox import Running, running
from webapp.sandbox.tokens import Delegation

Get = Callable[..., requests.Response]
Control = Callable[..., requests.Response]
OCTOBER = {"since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"}


def rows(get: Get, **query: str) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        page = get("/oncalls", limit="100", offset=str(offset), **(OCTOBER | query)).json()
        yield from page["oncalls"]
        offset += len(page["oncalls"])
        if not page["more"]:
            return


def test_state_both_regions_and_both_kinds_of_schedule_a_direct_user_and_a_schedule_on_no_policy(
    get: Get, sandbox: Running
) -> None:
    users = get("/users", limit="100").json()["users"]
    assert None in {user["time_zone"] for user in users}
    assert {row["user"]["id"] for row in rows(get)} - {user["id"] for user in users}  # deleted ones
    layered, shift_based = get("/schedules").json()["schedules"], get("/v3/schedules").json()["schedules"]
    assert any(not schedule["escalation_policies"] for schedule in layered)
    assert {schedule["type"] for schedule in shift_based} == {"schedule_v3_reference"}
    policies = get("/escalation_policies").json()["escalation_policies"]
    targets = [target for policy in policies for rule in policy["escalation_rules"] for target in rule["targets"]]
    assert {target["type"] for target in targets} == {"schedule_reference", "schedule_v3_reference", "user_reference"}
    ids = [target["id"] for target in targets if target["type"] == "schedule_reference"]
    assert len(ids) > len(set(ids))
    key = {"Authorization": f"Token token={sandbox.credentials.eu.read_only}"}
    european = requests.get(f"{sandbox.eu_url}/users", headers=key, timeout=PATIENCE_SECONDS).json()["users"]
    assert ".eu.pagerduty.com" in european[0]["html_url"]


def test_auth_both_header_shapes_and_every_401(get: Get, sandbox: Running, control: Control, clock: Any) -> None:
    token = sandbox.state.tokens.issue(Delegation("d", "us", sandbox.state.key_owner_id, "openid read")).access
    assert get("/users", authorization=f"Bearer {token}").status_code == 200
    key = sandbox.credentials.us.read_only
    for header in ("Token token=unknown", "Bearer unknown", f"Token {key}", f"Bearer {key}", f"Basic {key}", "nothing"):
        assert get("/users", authorization=header).status_code == 401
    clock.pass_by(timedelta(days=31))
    assert get("/users", authorization=f"Bearer {token}").status_code == 401
    control("/faults", status=401, body="html")
    assert get("/users").text.startswith("<html>")


def test_region_strict_answers_401_and_transparent_forwards_to_where_the_key_belongs(
    get: Get, sandbox: Running, control: Control
) -> None:
    european = f"Token token={sandbox.credentials.eu.read_only}"
    assert get("/users", authorization=european).status_code == 401
    control("/settings", transparent=True)
    user = get("/users", authorization=european).json()["users"][0]
    assert user["self"].startswith(sandbox.eu_url)
    assert ".eu.pagerduty.com" in user["html_url"]
    assert get("/users", authorization="Token token=unknown").status_code == 401


def test_paging_defaults_caps_totals_races_and_truncated_limits(get: Get, control: Control) -> None:
    assert get("/incidents", **OCTOBER).json() | {"incidents": 0} == {
        "incidents": 0, "limit": 25, "offset": 0, "more": True, "total": None,
    }  # fmt: skip
    assert get("/incidents", limit="1000", **OCTOBER).json()["limit"] == 100
    assert get("/incidents", limit="100", offset="9901", **OCTOBER).status_code == 400
    control("/faults", kind="repeated", query="offset=10")
    control("/faults", kind="smaller", records=3)
    pages = [get("/incidents", limit="10", offset=str(n), **OCTOBER).json()["incidents"] for n in (0, 10)]
    assert len(pages[0]) == 3
    whole = get("/incidents", limit="100", **OCTOBER).json()["incidents"]
    assert pages[1][0]["id"] == whole[9]["id"]


def test_rate_headers_on_all_a_smaller_bucket_for_oncalls_and_resets_in_seconds() -> None:
    with running(rate_limit=10, oncalls_limit=2) as sandbox, requests.Session() as http:
        http.headers["Authorization"] = f"Token token={sandbox.credentials.us.read_only}"
        answers = [
            http.get(f"{sandbox.us_url}/{path}", timeout=PATIENCE_SECONDS)
            for path in ("users", *["oncalls"] * 3, "users")
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 200]
    told = [(answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) for answer in answers]
    assert told == [("10", "9"), ("2", "1"), ("2", "0"), ("2", "0"), ("10", "5")]
    assert all(1 <= int(answer.headers["ratelimit-reset"]) <= 60 for answer in answers)


def test_oncalls_three_kinds_of_row_repeats_overlaps_v3_references_and_clipping_by_choice(
    get: Get, control: Control
) -> None:
    found = list(rows(get, time_zone="UTC"))
    assert {(row["start"] is None, row["end"] is None) for row in found} == {
        (False, False),
        (False, True),
        (True, True),
    }
    assert {(row["schedule"] or {}).get("type") for row in found} == {
        "schedule_reference",
        "schedule_v3_reference",
        None,
    }
    held = [(row["user"]["id"], (row["schedule"] or {}).get("id"), row["start"]) for row in found]
    assert len(held) > len(set(held))
    assert min(row["start"] for row in found if row["start"]) < OCTOBER["since"]
    assert all(row["schedule"] is None for row in rows(get, schedule_ids__="null"))
    assert len(list(rows(get, earliest="true"))) < len(found)
    assert get("/oncalls", since="2026-01-01T00:00:00Z", until="2026-05-01T00:00:00Z").status_code == 400
    control("/settings", clipping=True)
    clipped = list(rows(get, time_zone="UTC"))
    assert {row["start"] for row in clipped if row["start"]} >= {OCTOBER["since"]}
    assert max(row["end"] for row in clipped if row["end"]) == OCTOBER["until"]


def test_incidents_windows_by_creation_and_what_a_resolved_one_no_longer_names(get: Get) -> None:
    assert get("/incidents", since="2026-01-01T00:00:00Z", until="2026-08-01T00:00:00Z").json()["error"]["code"] == 2001
    default = get("/incidents", total="true").json()["total"]
    assert default == get("/incidents", total="true", since="2026-10-21T10:00:00Z").json()["total"]
    found = get("/incidents", limit="100", **OCTOBER).json()["incidents"]
    resolved = [incident for incident in found if incident["status"] == "resolved"]
    assert all(incident["assignments"] == incident["acknowledgements"] == [] for incident in resolved)
    assert any(incident["resolve_reason"] for incident in resolved)  # merged
    assert {"user_reference", "integration_reference", "service_reference"} <= {
        incident["last_status_change_by"]["type"] for incident in resolved
    }
    someone = get("/users").json()["users"][0]["id"]
    mine = get("/incidents", user_ids__=someone, **OCTOBER).json()["incidents"]
    assert all(incident["status"] != "resolved" for incident in mine)


def test_log_entries_newest_first_with_unknown_types_missing_agents_and_numeric_offsets(
    get: Get, control: Control
) -> None:
    control("/settings", odd=True)
    entries: list[dict[str, Any]] = []
    while len(entries) % 100 == 0:
        query = OCTOBER | {"limit": "100", "offset": str(len(entries))}
        entries += get("/log_entries", **query).json()["log_entries"]
    times = [datetime.fromisoformat(entry["created_at"]) for entry in entries]
    assert times == sorted(times, reverse=True)
    assert {entry["created_at"][-6:] for entry in entries} == {"+01:00", "+00:00"}
    kinds = {entry["type"].removesuffix("_log_entry") for entry in entries}
    assert kinds >= {"trigger", "assign", "escalate", "delegate", "notify", "acknowledge", "unacknowledge", "resolve",
                     "snooze", "annotate", "reach_ack_limit", "stakeholder_update"}  # fmt: skip
    assert {entry["type"] for entry in entries if "agent" not in entry} >= {"notify_log_entry", "resolve_log_entry"}
    assert any("type" not in entry.get("agent", {"type": ""}) for entry in entries)
    assert any(e["channel"]["type"] in {"api", "auto"} for e in entries if e["type"] == "acknowledge_log_entry")
    overview = get("/log_entries", is_overview="true", total="true", **OCTOBER).json()["total"]
    assert 0 < overview < len(entries)


def test_schedules_empty_without_a_range_cut_at_it_unless_overflowing_and_two_weeks_from_one_bound(get: Get) -> None:
    one, other = get("/schedules").json()["schedules"][0]["id"], get("/v3/schedules").json()["schedules"][0]["id"]

    def part(name: str, **query: str) -> dict[str, Any]:
        found: dict[str, Any] = get(f"/schedules/{one}", time_zone="UTC", **query).json()["schedule"][name]
        return found

    empty = {"name": "Final Schedule", "rendered_schedule_entries": [], "rendered_coverage_percentage": None}
    assert part("final_schedule") == empty
    cut = part("final_schedule", **OCTOBER)["rendered_schedule_entries"]
    whole = part("final_schedule", overflow="true", **OCTOBER)["rendered_schedule_entries"]
    assert (cut[0]["start"], cut[-1]["end"]) == (OCTOBER["since"], OCTOBER["until"])
    assert whole[0]["start"] < OCTOBER["since"]
    assert whole[-1]["end"] > OCTOBER["until"]
    week = part("final_schedule", until=OCTOBER["until"])["rendered_schedule_entries"]
    assert week[0]["start"] == "2026-10-18T00:00:00Z"
    assert [get(path).status_code for path in (f"/schedules/{other}", f"/v3/schedules/{one}")] == [400, 400]
    shown = get(f"/v3/schedules/{other}", include__="final_schedule", **OCTOBER).json()["schedule"]["final_schedule"]
    found = shown["computed_shift_assignments"]
    assert {known["member"]["type"] for known in found} == {"user_member", "empty_member"}
    assert {known["source"]["type"] for known in found} == {"schedule_rotation", "schedule_rotation_override"}
    assert any(first["end_time"] > second["start_time"] for first, second in pairwise(found))


def test_errors_in_every_shape_402_per_ability_timeouts_and_bodies_cut_off(get: Get, control: Control) -> None:
    assert isinstance(get("/users/me").json()["error"], str)
    control("/settings", without=["teams", "priorities", "urgencies"])
    team = {"team_ids__": "PTZKPGH"}
    assert [get("/teams").status_code, get("/users", **team).status_code, get("/priorities").status_code] == [402] * 3
    assert get("/incidents", urgencies__="high", **OCTOBER).status_code == 402
    assert {"teams", "priorities"} & set(get("/abilities").json()["abilities"]) == set()
    for status in (408, 500, 503):
        control("/faults", status=status)
        assert get("/users").status_code == status
    control("/faults", kind="cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get("/users")


def test_dst_changes_within_a_window_give_one_list_different_offsets_and_odd_lengths(get: Get) -> None:
    for zone_name, window in (
        ("Europe/London", OCTOBER),
        ("America/New_York", {"since": "2026-10-20T00:00:00Z", "until": "2026-11-20T00:00:00Z"}),
    ):
        found = [row for row in rows(get, time_zone=zone_name, **window) if row["start"]]
        assert len({row["start"][-6:] for row in found}) >= 2
    weekly = [row for row in rows(get, time_zone="UTC") if (row["schedule"] or {}).get("summary") == "Payments primary"]
    lengths = {datetime.fromisoformat(row["end"]) - datetime.fromisoformat(row["start"]) for row in weekly}
    assert timedelta(hours=169) in lengths  # a week over the end of summer time
    assert all(at.tzinfo == UTC for at in (datetime.fromisoformat(row["start"]) for row in weekly))
