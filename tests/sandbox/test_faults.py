"""Faults to order: each does what it says, to the requests it is meant for, and to no other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.patience import PATIENCE_SECONDS
from webapp.sandbox import Running
from webapp.sandbox.faults import KINDS, Fault, Faults
from webapp.sandbox.tokens import Delegation

Get = Callable[..., requests.Response]
Control = Callable[..., requests.Response]
OCTOBER = {"since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"}
ADA = "PUZKPGH"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 429, 500, 502, 503])
def test_a_status_comes_as_often_as_ordered(get: Get, control: Control, status: int) -> None:
    assert control("/faults", status=status, times=2).status_code == 201
    assert [get("/abilities").status_code for _ in range(3)] == [status, status, 200]


@pytest.mark.parametrize(
    ("body", "begins"), [("json", '{"error":'), ("html", "<html>"), ("text", "503 "), ("empty", "")]
)
def test_an_error_comes_in_every_shape_that_clients_have_met(
    get: Get, control: Control, body: str, begins: str
) -> None:
    control("/faults", status=503, body=body)
    answer = get("/users")
    assert (answer.status_code, answer.text[: len(begins)]) == (503, begins)
    assert answer.text or body == "empty"


def test_a_rate_limit_comes_with_or_without_headers_and_body(get: Get, control: Control) -> None:
    control("/faults", status=429, reset_seconds=7)
    control("/faults", status=429, body="empty")
    told, silent = get("/users"), get("/users")
    assert (told.headers["ratelimit-reset"], told.headers["ratelimit-remaining"]) == ("7", "0")
    assert told.json()["error"]["code"] == 2020
    assert (silent.text, "ratelimit-reset" in silent.headers) == ("", False)


def test_a_connection_is_dropped_before_the_answer(get: Get, control: Control) -> None:
    control("/faults", kind="dropped")
    with pytest.raises(requests.ConnectionError):
        get("/users")
    assert get("/users").status_code == 200


def test_a_connection_is_cut_in_the_middle_of_the_body(get: Get, control: Control) -> None:
    control("/faults", kind="cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get("/users")
    assert get("/users").status_code == 200


def test_a_body_may_stop_coming(sandbox: Running, control: Control) -> None:
    control("/faults", kind="stalled")
    key = {"Authorization": f"Token token={sandbox.credentials.us.read_only}"}
    connection = HTTPConnection(sandbox.host, sandbox.port, timeout=PATIENCE_SECONDS)
    with closing(connection):
        connection.request("GET", "/us/users", headers=key)
        answer = connection.getresponse()
        half = int(answer.headers["Content-Length"]) // 2
        assert answer.read(half).startswith(b'{"users":[')
        assert connection.sock
        connection.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            answer.read(1)


def test_a_complete_answer_may_hold_half_of_its_json(get: Get, control: Control) -> None:
    control("/faults", kind="truncated")
    answer = get("/users")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_a_success_may_be_a_page_of_html(get: Get, control: Control) -> None:
    control("/faults", kind="html")
    assert get("/users").text.startswith("<html>")


def test_a_request_may_never_be_answered(sandbox: Running, control: Control) -> None:
    control("/faults", kind="silent")
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.us_url}/users", timeout=0.2)


def test_an_answer_may_be_slow(get: Get, control: Control) -> None:
    control("/faults", kind="slow", seconds=0.2)
    answer = get("/users")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.2


def test_a_page_may_be_smaller_than_asked(get: Get, control: Control) -> None:
    control("/faults", kind="smaller", records=4)
    page = get("/users", limit="100", total="true").json()
    assert (page["limit"], len(page["users"]), page["more"], page["total"]) == (4, 4, True, 11)


def pages(get: Get) -> list[str]:
    """Ids of the users of two pages of five."""
    answers = [get("/users", limit="5", offset=offset).json() for offset in ("0", "5")]
    return [user["id"] for answer in answers for user in answer["users"]]


def test_records_inserted_between_pages_come_twice(get: Get, control: Control) -> None:
    right = pages(get)
    control("/faults", kind="repeated", query="offset=5", records=2)
    assert pages(get) == right[:5] + right[3:8]


def test_records_removed_between_pages_hide_others(get: Get, control: Control) -> None:
    right = pages(get)
    control("/faults", kind="skipped", query="offset=5", records=1)
    assert pages(get)[:9] == right[:5] + right[6:]


def test_a_list_may_promise_more_than_there_is(get: Get, control: Control) -> None:
    control("/faults", kind="endless", query="offset=100")
    page = get("/users", offset="100").json()
    assert (page["users"], page["more"]) == ([], True)


def test_a_credential_ends_in_the_middle_of_a_reading(get: Get, control: Control) -> None:
    control("/faults", kind="revoked", after=2)
    assert [get("/users").status_code for _ in range(4)] == [200, 200, 401, 401]


def test_access_tokens_end_in_the_middle_of_a_reading(get: Get, sandbox: Running, control: Control) -> None:
    pair = sandbox.state.tokens.issue(Delegation("d", "us", ADA, "openid read"))
    control("/faults", kind="expired", after=1)
    header = f"Bearer {pair.access}"
    assert [get("/users", authorization=header).status_code for _ in range(3)] == [200, 401, 401]
    assert sandbox.state.tokens.take_refresh(pair.refresh) is not None


def test_an_incident_is_added_between_two_requests(get: Get, control: Control) -> None:
    change = {"what": "incident added", "at": "2026-10-20T02:00:00Z", "until": "2026-10-20T03:00:00Z", "person_id": ADA}
    control("/faults", kind="change", change=change, path="/log_entries")

    def count() -> int:
        total: int = get("/incidents", total="true", **OCTOBER).json()["total"]
        return total

    before = count()
    entries = get("/log_entries", since="2026-10-20T02:00:00Z", until="2026-10-20T03:00:00Z", time_zone="UTC").json()
    assert count() == before + 1
    told = [(entry["type"], entry["created_at"]) for entry in entries["log_entries"]][::-1]
    assert [kind for kind, _ in told] == [
        f"{kind}_log_entry" for kind in ("trigger", "assign", "acknowledge", "resolve")
    ]
    assert told[-1][1] == "2026-10-20T03:00:00Z"
    control("/reset")
    assert count() == before


def test_an_incident_is_resolved_between_two_requests(get: Get, control: Control) -> None:
    found = get("/incidents", statuses__="acknowledged", **OCTOBER).json()["incidents"][0]["id"]
    change = {"what": "incident resolved", "at": "2026-10-31T02:00:00Z", "until": "2026-10-31T02:00:00Z", "id": found}
    control("/faults", kind="change", change=change | {"person_id": ADA})
    after = get(f"/incidents/{found}").json()["incident"]
    assert (after["status"], after["resolved_at"], after["last_status_change_by"]["id"]) == (
        "resolved", "2026-10-31T02:00:00Z", ADA,
    )  # fmt: skip
    control("/reset")
    assert get(f"/incidents/{found}").json()["incident"]["status"] == "acknowledged"


def test_a_shift_is_swapped_between_two_requests(get: Get, control: Control) -> None:
    schedule = get("/schedules", query="payments primary").json()["schedules"][0]["id"]
    change = {"what": "shift swapped", "at": "2026-10-20T00:00:00Z", "until": "2026-10-21T00:00:00Z", "id": schedule}
    control("/faults", kind="change", change=change | {"person_id": ADA}, after=1)

    def holders() -> set[str]:
        day = {"since": "2026-10-20T00:00:00Z", "until": "2026-10-21T00:00:00Z"}
        return {row["user"]["id"] for row in get("/oncalls", schedule_ids__=schedule, **day).json()["oncalls"]}

    assert ADA not in holders()
    assert holders() == {ADA}


def test_a_fault_meets_its_path_and_query_only(get: Get, control: Control) -> None:
    control("/faults", status=503, path="/schedules/*")
    control("/faults", status=500, path="/users", query="offset=5")
    schedule = get("/schedules").json()["schedules"][0]["id"]
    assert [get(path).status_code for path in ("/schedules", f"/schedules/{schedule}", f"/schedules/{schedule}")] == [
        200, 503, 200,
    ]  # fmt: skip
    assert [get("/users", offset=offset).status_code for offset in ("0", "5")] == [200, 500]


def test_one_question_may_fail_forever(get: Get, control: Control) -> None:
    control("/faults", status=502, path="/oncalls", times=None)
    assert [get(path).status_code for path in ("/oncalls", "/users", "/oncalls", "/oncalls")] == [502, 200, 502, 502]


def test_the_same_seed_gives_the_same_faults_in_any_order() -> None:
    questions = [("/users", f"offset={n}") for n in range(200)]

    def met(order: list[tuple[str, str]]) -> set[tuple[str, str]]:
        faults = Faults()
        faults.add(Fault(status=500, times=None, probability=0.2, seed=7))
        with ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda question: (question, faults.take(*question)), order)
            return {question for question, fault in found if fault}

    first = met(questions)
    assert 20 < len(first) < 60
    assert met(questions[::-1]) == first


def test_what_has_happened_can_be_asked(get: Get, sandbox: Running, control: Control) -> None:
    control("/faults", kind="html", path="/users")
    get("/teams")
    get("/users")
    assert requests.get(f"{sandbox.url}/control/faults", timeout=PATIENCE_SECONDS).json() == {
        "met": [{"kind": "html", "path": "/users"}]
    }


@pytest.mark.parametrize(
    "body",
    [{}, {"status": 418}, {"status": "500"}, {"kind": "gremlin"}, {"kind": "change"}, {"kind": "html", "colour": "red"},
     {"kind": "change", "change": {"what": "coffee"}}, {"status": 500, "body": "pdf"}],
)  # fmt: skip
def test_an_unknown_fault_is_refused(control: Control, body: dict[str, Any]) -> None:
    assert control("/faults", **body).status_code == 400


def test_every_kind_of_fault_is_explained_and_ordered_here() -> None:
    assert all(KINDS.values())
    ordered = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'kind="{kind}"' not in ordered] == ["status"]  # which is what none is


def test_rows_of_on_calls_may_name_nobody(get: Get, control: Control) -> None:
    control("/faults", kind="vacant", path="*/oncalls", records=2)
    users = [[row["user"] for row in get("/oncalls", **OCTOBER).json()["oncalls"]] for _ in range(2)]
    assert users[0] == [None, None, *users[1][2:]]
    assert None not in users[1]
