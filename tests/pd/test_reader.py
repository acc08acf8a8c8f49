from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

import pytest

from tests.pd.conftest import usual_rules
from webapp.pd import reader
from webapp.pd.client import Client
from webapp.pd.errors import Forbidden, Incomplete, NotFound, PagerDutyError, RateLimited, Unavailable
from webapp.pd.evidence import find_evidence
from webapp.pd.pace import Pace
from webapp.pd.reader import Reading, Records
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Scope, Team
from webapp.pd.timing import Timing

JULY = datetime(2026, 7, 1, tzinfo=UTC)
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)
Json = dict[str, Any]


class Fake(Protocol):
    lists: dict[str, list[Json]]
    objects: dict[str, Json]
    failures: dict[str, list[PagerDutyError]]
    calls: list[tuple[str, dict[str, list[str]]]]
    client: Client
    timing: Timing
    pace: Pace

    def asked(self, path: str) -> list[dict[str, list[str]]]: ...


def z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def user(key: str) -> Json:
    return {"id": key, "name": f"{key} Example", "email": f"{key}@example.com"}


def person(key: str) -> Json:
    return {"id": key, "type": "user_reference", "summary": f"{key} Example"}


def row(key: str, start: datetime, end: datetime, policy: str = "PE1") -> Json:
    return {
        "user": person(key),
        "escalation_policy": {"id": policy},
        "escalation_level": 1,
        "schedule": {"id": "PS1"},
        "start": z(start),
        "end": z(end),
    }


def incident(key: str, created: datetime, resolved: datetime | None = None, **more: Any) -> Json:
    return {
        "id": key,
        "incident_number": 1,
        "created_at": z(created),
        "status": "resolved" if resolved else "triggered",
        "resolved_at": z(resolved) if resolved else None,
    } | more


def entry(key: str, of: str, kind: str, moment: datetime, agent: Json | None = None) -> Json:
    return {
        "id": key,
        "type": f"{kind}_log_entry",
        "created_at": z(moment),
        "agent": agent,
        "incident": {"id": of},
    }


def request(scope: Scope | None = None, mode: Mode = Mode.ACKNOWLEDGED, until: datetime = AUGUST) -> ReadRequest:
    return ReadRequest(JULY, until, scope or Organisation(), mode)


def read(fake: Fake, asked: ReadRequest | None = None, now: datetime = NOW) -> Records:
    reading = Reading(asked or request(), fake.client, now)
    while not reading.complete:
        reading.advance(lambda: False)
    return reading.result


def test_it_makes_one_request_a_step_and_stops_when_told(fake: Fake) -> None:
    reading = Reading(request(), fake.client, NOW)
    for calls in (1, 2, 3):
        reading.advance(lambda: True)
        assert len(fake.calls) == calls
    assert not reading.complete
    with pytest.raises(Incomplete):
        _ = reading.result


def test_progress_tells_what_is_being_read_and_of_how_many_requests_how_many_are_made(fake: Fake) -> None:
    fake.lists["/users"] = [user(f"P{number}") for number in range(250)]
    reading = Reading(request(), fake.client, NOW)
    known_at_first = reading.progress.expected
    reading.advance(lambda: True)
    assert reading.progress.text == "Reading engineers: 100 so far"
    assert reading.progress.calls == 1
    assert reading.progress.expected == known_at_first + 2
    reading.advance(lambda: False)
    assert reading.progress.text == "Everything is read"
    assert reading.progress.calls == reading.progress.expected == len(fake.calls)


def test_a_rate_limit_that_stays_used_up_is_given_up_after_five_waits_and_can_be_asked_again(fake: Fake) -> None:
    fake.failures["/incidents"] = [RateLimited(20)] * 5
    reading = Reading(request(), fake.client, NOW)
    for _ in range(4):
        with pytest.raises(RateLimited):
            reading.advance(lambda: False)
    with pytest.raises(Unavailable, match="another program asks with the same key"):
        reading.advance(lambda: False)
    while not reading.complete:
        reading.advance(lambda: False)
    assert len(fake.asked("/incidents")) == 6


def test_what_was_not_sent_is_no_request_and_no_try(fake: Fake) -> None:
    fake.failures["/incidents"] = [RateLimited(1, was_sent=False)] * 6
    reading = Reading(request(), fake.client, NOW)
    for _ in range(6):
        with pytest.raises(RateLimited):
            reading.advance(lambda: False)
    reading.advance(lambda: False)
    (tally,) = (tally for tally in reading.result.tallies if tally.part == "incidents")
    assert (tally.calls, tally.pages) == (1, 1)


def test_progress_tells_how_long_the_rate_limit_makes_it_wait(fake: Fake) -> None:
    fake.timing = Timing(clock=lambda: 1000.0)
    fake.failures["/incidents"] = [RateLimited(20)]
    reading = Reading(request(), fake.client, NOW)
    with pytest.raises(RateLimited):
        reading.advance(lambda: False)
    assert reading.progress.wait_seconds == 20
    reading.advance(lambda: False)
    assert reading.progress.wait_seconds == 0
    assert sum(tally.waits for tally in reading.result.tallies) == 1


@pytest.mark.parametrize("failure", [RateLimited(20), Unavailable()])
def test_a_failed_step_is_asked_again_and_nothing_is_lost(fake: Fake, failure: PagerDutyError) -> None:
    fake.lists["/incidents"] = [incident("Q1", JULY, JULY)]
    fake.failures["/incidents"] = [failure]
    reading = Reading(request(), fake.client, NOW)
    with pytest.raises(type(failure)):
        reading.advance(lambda: False)
    while not reading.complete:
        reading.advance(lambda: False)
    first, again = fake.asked("/incidents")
    assert first == again
    assert set(reading.result.incidents) == {"Q1"}


@pytest.mark.parametrize(
    ("path", "part", "failure"),
    [
        ("/oncalls", "shifts", Forbidden("No.", "oncalls.read")),
        ("/log_entries", "log entries", Forbidden("Not in this plan.")),
        ("/escalation_policies", "escalation policies", NotFound()),
        ("/users", "engineers", Forbidden("No.")),
    ],
)
def test_a_part_that_may_not_be_seen_is_named_and_no_report_made(
    fake: Fake, path: str, part: str, failure: PagerDutyError
) -> None:
    fake.failures[path] = [failure]
    with pytest.raises(Forbidden, match=f"Reading the {part} failed") as caught:
        read(fake)
    assert caught.value.part == part
    assert caught.value.missing_scope == getattr(failure, "missing_scope", None)


def test_a_part_that_may_not_be_seen_is_left_out_only_where_somebody_chose_that(fake: Fake) -> None:
    fake.lists["/users"] = [user("ADA")]
    fake.lists["/oncalls"] = [row("ADA", JULY, AUGUST)]
    fake.failures["/schedules/PS1"] = [Forbidden("No.")]
    records = read(fake, replace(request(), partial=True))
    assert records.left_out_parts == ("final schedules",)
    assert len(records.on_call) == 1
    fake.failures["/users"] = [Forbidden("No.")]
    with pytest.raises(Forbidden):
        read(fake, replace(request(), partial=True))


@pytest.mark.parametrize("path", ["/incidents", "/log_entries"])
def test_what_could_only_be_known_from_a_part_that_is_left_out_is_not_asked(fake: Fake, path: str) -> None:
    fake.lists["/incidents"] = [incident("Q1", JULY, JULY)]
    fake.lists["/log_entries"] = [entry("R1", "Q2", "acknowledge", JULY, person("ADA"))]
    fake.failures[path] = [Forbidden("No.")]
    records = read(fake, replace(request(), partial=True))
    assert records.left_out_parts == (path.strip("/").replace("_", " "),)
    assert not [called for called, _ in fake.calls if called.startswith("/incidents/")]


def test_without_the_escalation_policies_nothing_is_compared_with_the_final_schedules(fake: Fake) -> None:
    fake.lists["/oncalls"] = [row("ADA", JULY, AUGUST)]
    fake.failures["/escalation_policies"] = [Forbidden("No.")]
    records = read(fake, replace(request(), partial=True))
    assert records.left_out_parts == ("escalation policies",)
    assert fake.asked("/schedules/PS1") == []


def test_an_account_without_shift_based_schedules_is_read_all_the_same(fake: Fake) -> None:
    fake.failures["/v3/schedules"] = [NotFound()]
    fake.lists["/schedules"] = [{"id": "PS1", "type": "schedule", "name": "Primary"}]
    assert set(read(fake).schedules) == {"PS1"}


def test_windows_are_short_have_both_bounds_and_leave_no_gap(fake: Fake) -> None:
    read(fake, request(until=JULY + timedelta(days=90)), now=JULY + timedelta(days=200))
    for path, days in {"/oncalls": 31, "/incidents": 150, "/log_entries": 92}.items():
        windows = [
            tuple(datetime.fromisoformat(query[key][0]) for key in ("since", "until")) for query in fake.asked(path)
        ]
        assert windows[0][0] < JULY
        assert windows[-1][1] > JULY + timedelta(days=90)
        assert all(until - since <= timedelta(days=days, seconds=2) for since, until in windows)
        assert all(later[0] < earlier[1] for earlier, later in pairwise(windows))
        assert all(query[key][0].endswith("Z") for query in fake.asked(path) for key in ("since", "until"))


def test_incidents_of_every_status_are_asked_in_order_of_their_trigger(fake: Fake) -> None:
    read(fake)
    query = fake.asked("/incidents")[0]
    assert query["statuses[]"] == ["triggered", "acknowledged", "resolved"]
    assert query["sort_by"] == ["created_at:asc"]
    assert fake.asked("/oncalls")[0]["time_zone"] == ["UTC"]


def test_what_lies_outside_the_window_is_filtered_here(fake: Fake) -> None:
    second = timedelta(seconds=1)
    moments = {"Q1": JULY - second, "Q2": JULY, "Q3": AUGUST - second, "Q4": AUGUST}
    fake.lists["/incidents"] = [incident(key, moment, moment) for key, moment in moments.items()]
    assert set(read(fake).incidents) == {"Q2", "Q3"}


def test_a_window_with_too_many_records_is_split_and_nothing_is_read_twice(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_IN_A_WINDOW", 990)  # a tenth of PagerDuty's
    monkeypatch.setattr(reader, "WANTED_IN_A_WINDOW", 800)
    fake.lists["/incidents"] = [
        incident(f"Q{number}", JULY + timedelta(minutes=40 * number), JULY + timedelta(minutes=40 * number))
        for number in range(1_100)
    ]
    records = read(fake)
    assert len(records.incidents) == 1_100
    tally = next(tally for tally in records.tallies if tally.part == "incidents")
    assert tally.windows == 2
    assert tally.calls == len(fake.asked("/incidents"))


def test_more_than_the_cap_in_one_second_is_refused(fake: Fake) -> None:
    fake.lists["/incidents"] = [incident(f"Q{number}", JULY, JULY) for number in range(10_001)]
    with pytest.raises(Incomplete, match="in one second"):
        read(fake)


def test_rows_are_one_by_what_they_say_as_instants(fake: Fake) -> None:
    shift = row("ADA", JULY, JULY + timedelta(days=7))
    same = shift | {"start": "2026-07-01T01:00:00+01:00"}
    fake.lists["/oncalls"] = [shift, same, row("ADA", JULY, JULY + timedelta(days=7), policy="PE2")]
    records = read(fake)
    assert len(records.on_call) == 2
    assert next(tally for tally in records.tallies if tally.part == "shifts").duplicates == 1


def test_an_incident_triggered_before_the_window_is_read_whole(fake: Fake) -> None:
    june = JULY - timedelta(days=3)
    fake.lists["/log_entries"] = [entry("R2", "Q1", "resolve", JULY, person("ADA"))]
    fake.objects["/incidents/Q1"] = {"incident": incident("Q1", june, JULY)}
    fake.lists["/incidents/Q1/log_entries"] = [
        entry("R2", "Q1", "resolve", JULY, person("ADA")),
        entry("R1", "Q1", "acknowledge", june, person("ADA")),
    ]
    records = read(fake)
    assert set(records.incidents) == {"Q1"}
    assert [one.id for one in records.log_entries] == ["R1", "R2"]


def test_an_older_incident_that_somebody_unnamed_worked_on_is_read_whole(fake: Fake) -> None:
    june = JULY - timedelta(days=2)
    acknowledged = entry("R1", "Q1", "acknowledge", JULY, None) | {"channel": {"type": "slack"}}
    fake.lists["/log_entries"] = [acknowledged]
    fake.objects["/incidents/Q1"] = {"incident": incident("Q1", june, JULY)}
    fake.lists["/incidents/Q1/log_entries"] = [acknowledged]
    assert set(read(fake).incidents) == {"Q1"}


def test_a_deleted_engineer_whom_a_chat_names_is_known(fake: Fake) -> None:
    acknowledged = entry("R1", "Q1", "acknowledge", JULY, None)
    channel = {"type": "slack", "user": {"id": "GONE", "type": "user_reference", "summary": "Gone Example"}}
    known = incident("Q1", JULY, JULY + timedelta(hours=1))
    fake.lists["/incidents"], fake.objects["/incidents/Q1"] = [known], {"incident": known}
    fake.lists["/log_entries"] = [acknowledged | {"channel": channel}]
    records = read(fake)
    assert records.users["GONE"].deleted
    (response,) = find_evidence(records, usual_rules(Mode.ACKNOWLEDGED)).responses
    assert (response.user_id, response.acknowledged_at) == ("GONE", JULY)


def test_a_row_without_an_engineer_is_left_out_and_counted(fake: Fake) -> None:
    nobody = row("ADA", JULY, AUGUST) | {"user": None}
    fake.lists["/oncalls"] = [row("ADA", JULY, AUGUST), nobody, nobody | {"escalation_level": 2}]
    records = read(fake)
    assert [one.user_id for one in records.on_call] == ["ADA"]
    assert [(one.user_id, one.level) for one in records.vacant_rows] == [("", 1), ("", 2)]


def test_an_older_incident_that_no_human_worked_on_is_left_out(fake: Fake) -> None:
    fake.lists["/log_entries"] = [
        entry("R1", "Q1", "resolve", JULY, {"id": "PSERV", "type": "service_reference"}),
        entry("R2", "Q2", "annotate", JULY, person("ADA")),
    ]
    assert read(fake).incidents == {}


def test_an_older_incident_that_cannot_be_seen_is_noted(fake: Fake) -> None:
    fake.lists["/log_entries"] = [entry("R1", "QGONE", "acknowledge", JULY, person("ADA"))]
    assert read(fake).unseen_incident_ids == {"QGONE"}


def test_an_incident_open_at_the_windows_end_is_followed_past_it(fake: Fake) -> None:
    late = AUGUST + timedelta(hours=3)
    fake.lists["/incidents"] = [incident("Q1", AUGUST - timedelta(hours=1), late)]
    fake.lists["/incidents/Q1/log_entries"] = [entry("R1", "Q1", "resolve", late, person("ADA"))]
    assert [one.id for one in read(fake).log_entries] == ["R1"]


def test_the_target_of_a_merge_is_read_too_and_its_own_target(fake: Fake) -> None:
    def merged(into: str) -> Json:
        return {"resolve_reason": {"type": "merge_resolve_reason", "incident": {"id": into}}}

    june = JULY - timedelta(days=1)
    fake.lists["/incidents"] = [incident("Q3", JULY, JULY, **merged("Q2"))]
    fake.objects["/incidents/Q2"] = {"incident": incident("Q2", june, JULY, **merged("Q1"))}
    fake.objects["/incidents/Q1"] = {"incident": incident("Q1", june, JULY)}
    fake.lists["/incidents/Q2/log_entries"] = fake.lists["/incidents/Q1/log_entries"] = []
    assert set(read(fake).incidents) == {"Q1", "Q2", "Q3"}


def test_nothing_after_the_reading_instant_is_a_fact(fake: Fake) -> None:
    now = JULY + timedelta(days=10)
    second = timedelta(seconds=1)
    fake.lists["/incidents"] = [incident("Q1", now), incident("Q2", now + second)]
    fake.lists["/log_entries"] = [
        entry("R1", "Q1", "acknowledge", now, person("ADA")),
        entry("R2", "Q1", "resolve", now + second, person("ADA")),
    ]
    records = read(fake, now=now)
    assert set(records.incidents) == {"Q1"}
    assert [one.id for one in records.log_entries] == ["R1"]


def test_notifications_and_unknown_kinds_disturb_nothing(fake: Fake) -> None:
    fake.lists["/incidents"] = [incident("Q1", JULY, JULY)]
    fake.lists["/log_entries"] = [
        entry("R1", "Q1", "notify", JULY),
        entry("R2", "Q1", "something_new", JULY),
    ]
    assert [one.kind for one in read(fake).log_entries] == ["something_new"]


@pytest.mark.parametrize("mode", [Mode.RESOLVED, Mode.ON_CALL])
def test_modes_that_need_no_log_entries_read_none(fake: Fake, mode: Mode) -> None:
    read(fake, request(mode=mode))
    assert fake.asked("/log_entries") == []


def test_a_deleted_engineer_keeps_the_name_of_the_references(fake: Fake) -> None:
    fake.lists["/users"] = [user("ADA")]
    fake.lists["/oncalls"] = [row("GONE", JULY, AUGUST)]
    fake.lists["/incidents"] = [incident("Q1", JULY, JULY)]
    fake.lists["/log_entries"] = [entry("R1", "Q1", "acknowledge", JULY, person("LEFT"))]
    users = read(fake).users
    assert {key: (one.name, one.email, one.deleted) for key, one in users.items()} == {
        "ADA": ("ADA Example", "ADA@example.com", False),
        "GONE": ("GONE Example", None, True),
        "LEFT": ("LEFT Example", None, True),
    }


def test_one_engineer_reads_the_own_shifts_and_the_accounts_incidents(fake: Fake) -> None:
    fake.objects["/users/ADA"] = {"user": user("ADA")}
    fake.lists["/incidents"] = [incident("Q1", JULY, JULY)]
    fake.lists["/log_entries"] = [entry("R1", "Q1", "acknowledge", JULY, person("BO"))]
    records = read(fake, request(Individual("ADA")))
    assert fake.asked("/oncalls")[0]["user_ids[]"] == ["ADA"]
    assert (set(records.users), set(records.incidents)) == ({"ADA"}, {"Q1"})


def test_one_deleted_engineer_is_known_by_references(fake: Fake) -> None:
    fake.lists["/oncalls"] = [row("GONE", JULY, AUGUST)]
    records = read(fake, request(Individual("GONE")))
    assert [(one.name, one.deleted) for one in records.users.values()] == [("GONE Example", True)]


def test_an_engineer_of_whom_nothing_is_known_is_not_found(fake: Fake) -> None:
    with pytest.raises(NotFound, match="no engineer NOBODY"):
        read(fake, request(Individual("NOBODY")))


def test_a_team_reads_the_shifts_of_its_members_in_short_addresses(fake: Fake) -> None:
    fake.objects["/teams/PT1"] = {"team": {"id": "PT1", "name": "Payments"}}
    fake.lists["/users"] = [user(f"P{number:03}") for number in range(95)]
    records = read(fake, request(Team("PT1")))
    assert fake.asked("/users")[0]["team_ids[]"] == ["PT1"]
    sizes = {len(query["user_ids[]"]) for query in fake.asked("/oncalls")}
    assert sizes == {90, 5}
    assert len(records.users) == 95


def test_an_unknown_team_is_not_found_rather_than_empty(fake: Fake) -> None:
    with pytest.raises(NotFound):
        read(fake, request(Team("PT9")))


def test_mode_on_call_reads_everybodys_shifts_whatever_the_scope(fake: Fake) -> None:
    fake.objects["/users/ADA"] = {"user": user("ADA")}
    read(fake, request(Individual("ADA"), Mode.ON_CALL))
    assert all("user_ids[]" not in query for query in fake.asked("/oncalls"))


@pytest.mark.parametrize(
    ("scope", "mode", "supported"),
    [
        (Organisation(), Mode.ACKNOWLEDGED, set(Mode)),
        (Organisation(), Mode.RESOLVED, {Mode.RESOLVED, Mode.ON_CALL}),
        (Team("PT1"), Mode.ACKNOWLEDGED, set(Mode) - {Mode.ON_CALL}),
        (Team("PT1"), Mode.RESOLVED, {Mode.RESOLVED}),
        (Team("PT1"), Mode.ON_CALL, {Mode.RESOLVED, Mode.ON_CALL}),
    ],
)
def test_a_reading_serves_other_modes_where_it_holds_enough(scope: Scope, mode: Mode, supported: set[Mode]) -> None:
    asked = request(scope, mode)
    assert {other for other in Mode if asked.supports(other)} == supported
