"""The REST API: credentials, paging, windows, filters, and what it refuses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.patience import PATIENCE_SECONDS
from webapp.sandbox import Running, running

Get = Callable[..., requests.Response]
OCTOBER = {"since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"}


def every(get: Get, path: str, name: str, limit: int = 100, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        body = get(path, limit=str(limit), offset=str(len(found)), **query).json()
        found += body[name]
        if not body["more"]:
            return found


# Credentials


@pytest.mark.parametrize("header", ["", "Token wrong", "Token token=wrong", "Bearer wrong", "Basic abc"])
def test_anything_but_a_known_credential_is_401(get: Get, header: str) -> None:
    answer = get("/users", authorization=header or "none")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == 2006


def test_a_key_of_the_other_region_is_401(get: Get, sandbox: Running) -> None:
    assert get("/users", authorization=f"Token token={sandbox.credentials.eu.read_only}").status_code == 401


def test_users_me_tells_account_keys_from_user_keys(get: Get, sandbox: Running) -> None:
    account, user = get("/users/me"), get("/users/me", authorization=f"Token token={sandbox.credentials.us.user}")
    assert account.status_code == 400
    assert isinstance(account.json()["error"], str)
    assert user.json()["user"]["name"] == "Ada Lindqvist"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/users", "/incidents/Q1", "/schedules", "/anything"])
def test_nothing_can_be_written(sandbox: Running, http: requests.Session, method: str, path: str) -> None:
    keys = sandbox.credentials.us
    codes = {}
    for name, key in (("read-only", keys.read_only), ("user", keys.user), ("full", keys.full)):
        headers = {"Authorization": f"Token token={key}"}
        codes[name] = http.request(
            method, sandbox.us_url + path, headers=headers, json={}, timeout=PATIENCE_SECONDS
        ).status_code
    assert codes == {"read-only": 403, "user": 403, "full": 405}


# Paging


def test_pages_put_together_are_the_whole_list(get: Get) -> None:
    whole = every(get, "/incidents", "incidents", **OCTOBER)
    assert every(get, "/incidents", "incidents", 7, **OCTOBER) == whole
    assert len({incident["id"] for incident in whole}) == len(whole) > 60


def test_defaults_and_bounds_of_a_page(get: Get) -> None:
    assert (get("/users").json()["limit"], get("/users", limit="500").json()["limit"]) == (25, 100)
    assert (get("/users").json()["total"], get("/users", total="true").json()["total"]) == (None, 11)


def test_nothing_lies_beyond_ten_thousand(get: Get) -> None:
    assert get("/incidents", limit="100", offset="9900", **OCTOBER).status_code == 200
    assert get("/incidents", limit="100", offset="9901", **OCTOBER).status_code == 400


# Windows


def test_without_bounds_incidents_are_of_the_last_month(get: Get) -> None:
    created = [i["created_at"] for i in every(get, "/incidents", "incidents")]
    assert min(created) >= "2026-10-21T10:00:00Z"
    assert max(created) <= "2026-11-21T10:00:00Z"


def test_one_bound_puts_the_other_a_month_away(get: Get) -> None:
    both = every(get, "/incidents", "incidents", since="2026-06-10T00:00:00Z", until="2026-07-10T00:00:00Z")
    assert every(get, "/incidents", "incidents", since="2026-06-10T00:00:00Z") == both
    assert every(get, "/incidents", "incidents", until="2026-07-10T00:00:00Z") == both


def test_a_bound_without_offset_is_read_in_the_account_zone(get: Get) -> None:
    london = get("/incidents", total="true", since="2026-07-01T00:00", until="2026-07-10").json()
    assert get("/incidents", total="true", since="2026-06-30T23:00:00Z", until="2026-07-09T23:00Z").json() == london


def test_incidents_refuse_more_than_six_months_as_pagerduty_does(get: Get) -> None:
    answer = get("/incidents", since="2026-01-01T00:00:00Z", until="2026-07-01T00:00:01Z")
    assert answer.status_code == 400
    assert answer.json()["error"] == {"message": "Invalid Input Provided", "code": 2001, "errors": [" is invalid."]}
    assert get("/incidents", since="2026-01-01T00:00:00Z", until="2026-07-01T00:00:00Z").status_code == 200


def test_oncalls_refuse_more_than_three_months_and_a_day(get: Get) -> None:
    assert get("/oncalls", since="2026-07-01T00:00:00Z", until="2026-10-02T00:00:00Z").status_code == 200
    assert get("/oncalls", since="2026-07-01T00:00:00Z", until="2026-10-02T00:00:01Z").status_code == 400


def test_oncalls_without_bounds_are_of_now(get: Get) -> None:
    now = "2026-11-21T10:00:00Z"
    rows = get("/oncalls", time_zone="UTC").json()["oncalls"]
    assert [row for row in rows if not (row["start"] or "") <= now < (row["end"] or "9")] == []
    assert {row["escalation_level"] for row in rows} == {1, 2, 3}


def test_nothing_has_happened_after_now(get: Get) -> None:
    later = {"since": "2026-11-21T10:00:01Z", "until": "2026-12-01T00:00:00Z"}
    assert get("/incidents", **later).json()["incidents"] == []
    assert get("/log_entries", **later).json()["log_entries"] == []


def test_an_incident_is_open_until_its_end(get: Get, clock: Any) -> None:
    long = next(
        i for i in every(get, "/incidents", "incidents", **OCTOBER)
        if i["resolved_at"] and seconds(i) > 3600 and i["last_status_change_by"]["type"] == "user_reference"
    )  # fmt: skip
    clock.at = datetime.fromisoformat(long["resolved_at"]) - timedelta(seconds=1)
    before = get(f"/incidents/{long['id']}").json()["incident"]
    assert (before["status"], before["resolved_at"]) == ("acknowledged", None)
    assert [a["acknowledger"]["id"] for a in before["acknowledgements"]]
    clock.at = datetime.fromisoformat(long["created_at"]) - timedelta(seconds=1)
    assert get(f"/incidents/{long['id']}").status_code == 404


def seconds(incident: dict[str, Any]) -> float:
    ends = (datetime.fromisoformat(incident[name]) for name in ("created_at", "resolved_at"))
    return -(next(ends) - next(ends)).total_seconds()


# Shapes that decide pay


def test_oncalls_are_neither_cut_nor_once_only(get: Get) -> None:
    rows = every(get, "/oncalls", "oncalls", time_zone="UTC", **OCTOBER)
    assert min(row["start"] for row in rows if row["start"] and row["end"]) < OCTOBER["since"]
    assert max(row["end"] for row in rows if row["end"]) > OCTOBER["until"]
    primary = [r for r in rows if (r["schedule"] or {}).get("summary") == "Payments primary"]
    assert {(r["escalation_policy"]["summary"], r["escalation_level"]) for r in primary} == {
        ("Payments", 1),
        ("Data", 2),
    }


def test_oncalls_filter_and_expand(get: Get) -> None:
    ada = get("/users", query="ADA.lind").json()["users"][0]["id"]
    rows = every(get, "/oncalls", "oncalls", user_ids__=ada, include__="users", **OCTOBER)
    assert {row["user"]["email"] for row in rows} == {"ada.lindqvist@example.com"}
    direct = every(get, "/oncalls", "oncalls", schedule_ids__="null", **OCTOBER)
    assert {(row["user"]["summary"], row["schedule"]) for row in direct} == {("Jonas Reuter", None)}
    earliest = every(get, "/oncalls", "oncalls", user_ids__=ada, earliest="true", **OCTOBER)
    assert len(earliest) == len({(r["escalation_policy"]["id"], r["escalation_level"]) for r in rows})


def test_offsets_follow_the_zone_at_each_instant(get: Get) -> None:
    rows = every(get, "/oncalls", "oncalls", time_zone="Europe/London", **OCTOBER)
    assert {row["start"][-6:] for row in rows if row["start"]} >= {"+01:00", "+00:00"}


def test_schedule_entries_are_cut_unless_they_may_flow_over(get: Get) -> None:
    schedule = next(s for s in get("/schedules").json()["schedules"] if s["name"] == "Payments primary")["id"]

    def entries(**query: str) -> list[dict[str, Any]]:
        shown = get(f"/schedules/{schedule}", time_zone="UTC", **query).json()["schedule"]["final_schedule"]
        return shown["rendered_schedule_entries"]  # type: ignore[no-any-return]  # JSON

    assert entries() == []
    assert entries(**OCTOBER)[0]["start"] == OCTOBER["since"]
    assert entries(overflow="true", **OCTOBER)[0]["start"] < OCTOBER["since"]
    assert entries(since=OCTOBER["since"])[-1]["end"] == "2026-10-15T00:00:00Z"


def test_schedules_and_oncalls_agree(get: Get) -> None:
    rows = every(get, "/oncalls", "oncalls", time_zone="UTC", **OCTOBER)
    for schedule in get("/schedules").json()["schedules"]:
        if not schedule["escalation_policies"]:
            continue
        shown = get(f"/schedules/{schedule['id']}", time_zone="UTC", **OCTOBER).json()["schedule"]["final_schedule"]
        entries = {(e["start"], e["end"], e["user"]["id"]) for e in shown["rendered_schedule_entries"]}
        on_call = {
            (max(r["start"], OCTOBER["since"]), min(r["end"] or "9", OCTOBER["until"]), r["user"]["id"])
            for r in rows
            if r["schedule"] and r["schedule"]["id"] == schedule["id"]
        }
        assert on_call == entries
        assert shown["rendered_coverage_percentage"] == 100


def test_a_deleted_engineer_leaves_a_reference_only(get: Get) -> None:
    users = {user["id"] for user in every(get, "/users", "users")}
    rows = every(get, "/oncalls", "oncalls", include__="users", **OCTOBER)
    gone = next(row["user"] for row in rows if row["user"]["id"] not in users)
    assert (gone["type"], gone["self"], gone["html_url"]) == ("user_reference", None, None)
    assert get(f"/users/{gone['id']}").status_code == 404


def test_a_future_override_is_not_known_yet(get: Get, clock: Any) -> None:
    december = {"since": "2026-12-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}

    def names() -> set[str]:
        return {row["user"]["summary"] for row in every(get, "/oncalls", "oncalls", **december)}

    before = names()
    clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    assert names() - before == {"Oskar Novak"}


def test_user_ids_find_only_what_is_open(get: Get) -> None:
    people = [user["id"] for user in every(get, "/users", "users")]
    found = [i for p in people for i in every(get, "/incidents", "incidents", user_ids__=p, **OCTOBER)]
    assert {i["status"] for i in found} == {"acknowledged"}


def test_an_incident_answers_to_its_number(get: Get) -> None:
    incident = get("/incidents", **OCTOBER).json()["incidents"][3]
    assert get(f"/incidents/{incident['incident_number']}").json()["incident"] == incident


def test_sorting_takes_at_most_two(get: Get) -> None:
    by_urgency = every(get, "/incidents", "incidents", sort_by="urgency:desc,created_at:desc", **OCTOBER)
    keys = [(incident["urgency"], incident["created_at"]) for incident in by_urgency]
    assert keys == sorted(keys, reverse=True)
    assert get("/incidents", sort_by="urgency,created_at,resolved_at", **OCTOBER).status_code == 400


def test_log_entries_of_an_incident_are_among_those_of_the_account(get: Get) -> None:
    entries = every(get, "/log_entries", "log_entries", **OCTOBER)
    assert [e["created_at"] for e in entries] == sorted((e["created_at"] for e in entries), reverse=True)
    one = entries[40]["incident"]["id"]
    own = every(get, f"/incidents/{one}/log_entries", "log_entries", **OCTOBER)
    assert [e for e in entries if e["incident"]["id"] == one] == own


def test_the_overview_leaves_out_notifications(get: Get) -> None:
    entries = every(get, "/log_entries", "log_entries", **OCTOBER)
    overview = every(get, "/log_entries", "log_entries", is_overview="true", **OCTOBER)
    assert [e for e in entries if e["type"] != "notify_log_entry"] == overview


def test_filters_by_team_agree_with_each_other(get: Get) -> None:
    team = get("/teams", query="platform").json()["teams"][0]["id"]
    incidents = {i["id"] for i in every(get, "/incidents", "incidents", team_ids__=team, **OCTOBER)}
    services = {s["id"] for s in every(get, "/services", "services", team_ids__=team)}
    everything = every(get, "/incidents", "incidents", **OCTOBER)
    assert incidents == {i["id"] for i in everything if i["service"]["id"] in services}
    entries = every(get, "/log_entries", "log_entries", team_ids__=team, **OCTOBER)
    assert {e["teams"][0]["id"] for e in entries} == {team}
    members = {m["user"]["id"] for m in every(get, f"/teams/{team}/members", "members")}
    assert members == {u["id"] for u in every(get, "/users", "users", team_ids__=team)}


# Limits


def test_the_bucket_of_a_credential_runs_dry() -> None:
    with running(rate_limit=3) as sandbox, requests.Session() as http:
        keys = sandbox.credentials.us
        ask = {"headers": {"Authorization": f"Token token={keys.read_only}"}, "timeout": PATIENCE_SECONDS}
        answers = [http.get(f"{sandbox.us_url}/abilities", **ask) for _ in range(4)]  # type: ignore[arg-type]  # ** of a dict
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert [a.headers["ratelimit-remaining"] for a in answers] == ["2", "1", "0", "0"]
        assert 1 <= int(answers[3].headers["ratelimit-reset"]) <= 60
        assert answers[3].json() == {"error": {"message": "Rate Limit Exceeded", "code": 2020}}
        other = {"Authorization": f"Token token={keys.user}"}
        assert http.get(f"{sandbox.us_url}/abilities", headers=other, timeout=PATIENCE_SECONDS).status_code == 200


def test_an_answer_takes_at_least_the_latency() -> None:
    with running(latency_ms=120) as sandbox:
        answer = requests.get(f"{sandbox.us_url}/abilities", timeout=PATIENCE_SECONDS)
    assert answer.elapsed >= timedelta(milliseconds=120)
