"""What a reading does when PagerDuty is slow, shows a list that changes, or contradicts itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, Protocol

import pytest

from tests.patience import PATIENCE_SECONDS
from webapp.pd.client import Client
from webapp.pd.errors import BadRequest, Incomplete, NotFound, PagerDutyError, TooSlow, Unavailable
from webapp.pd.pace import Pace
from webapp.pd.reader import Reading, Records, Tally
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Scope, Team
from webapp.pd.timing import Timing
from webapp.pd.transport import Answer

JULY = datetime(2026, 7, 1, tzinfo=UTC)
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Json = dict[str, Any]


class Fake(Protocol):
    lists: dict[str, list[Json]]
    objects: dict[str, Json]
    failures: dict[str, list[PagerDutyError]]
    calls: list[tuple[str, dict[str, list[str]]]]
    client: Client
    timing: Timing
    pace: Pace
    get: Callable[..., Answer]

    def asked(self, path: str) -> list[dict[str, list[str]]]: ...


def z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def person(key: str) -> Json:
    return {"id": key, "type": "user_reference", "summary": f"{key} Example"}


def user(key: str) -> Json:
    return {"id": key, "name": f"{key} Example", "email": f"{key}@example.com"}


def row(key: str, schedule: str | None = "PS1", policy: str = "PE1", kind: str = "schedule_reference") -> Json:
    return {
        "user": person(key),
        "escalation_policy": {"id": policy},
        "escalation_level": 1,
        "schedule": {"id": schedule, "type": kind, "summary": schedule} if schedule else None,
        "start": z(JULY) if schedule else None,
        "end": z(AUGUST) if schedule else None,
    }


def incident(key: str, created: datetime = JULY, resolved: datetime | None = None) -> Json:
    return {
        "id": key,
        "incident_number": 1,
        "created_at": z(created),
        "status": "resolved" if resolved else "triggered",
        "resolved_at": z(resolved) if resolved else None,
    }


def entry(key: str, of: str, kind: str, moment: datetime, agent: Json | None = None) -> Json:
    return {"id": key, "type": f"{kind}_log_entry", "created_at": z(moment), "agent": agent, "incident": {"id": of}}


def many(count: int) -> list[Json]:
    return [incident(f"Q{number:04}", JULY + number * HOUR, JULY + (number + 1) * HOUR) for number in range(count)]


def request(scope: Scope | None = None, mode: Mode = Mode.RESOLVED, *, partial: bool = False) -> ReadRequest:
    return ReadRequest(JULY, AUGUST, scope or Organisation(), mode, partial)


def read(fake: Fake, asked: ReadRequest | None = None, now: datetime = NOW) -> Records:
    reading = Reading(asked or request(), fake.client, now)
    reading.advance(lambda: False)
    return reading.result


def tally(records: Records, part: str) -> Tally:
    return next(tally for tally in records.tallies if tally.part == part)


def when(fake: Fake, path: str, place: int, happens: Callable[[], None]) -> None:
    """Let something happen just before a path is asked for the nth time."""
    answer, count = fake.get, 0

    def get(asked: str, params: Any = ()) -> Answer:
        nonlocal count
        if asked == path:
            count += 1
            if count == place:
                happens()
        return answer(asked, params)

    fake.get = get


# Some at once


def test_several_requests_run_at_once_and_the_result_is_the_same(fake: Fake) -> None:
    fake.lists["/incidents"] = many(500)
    expected = read(fake)
    fake.pace, together, answer = Pace(4), Barrier(4), fake.get
    first = iter(range(4))

    def get(path: str, params: Any = ()) -> Answer:
        if next(first, None) is not None:
            together.wait(timeout=PATIENCE_SECONDS)  # breaks unless four are asked at once
        return answer(path, params)

    fake.get = get
    assert read(fake) == expected


def test_what_runs_beside_a_failure_is_kept(fake: Fake) -> None:
    fake.lists["/incidents"] = many(500)
    fake.pace = Pace(4)
    fake.failures["/incidents"] = [Unavailable()]
    reading = Reading(request(), fake.client, NOW)
    with pytest.raises(Unavailable):
        reading.advance(lambda: False)
    reading.advance(lambda: False)
    assert len(reading.result.incidents) == 500
    paths = [path for path, _ in fake.calls]
    assert paths.count("/users") == 1
    assert paths.count("/incidents") == 1 + 6


def test_an_error_of_our_own_loses_no_question(fake: Fake) -> None:
    fake.lists["/incidents"] = many(3)

    def fail() -> None:
        raise ZeroDivisionError

    when(fake, "/incidents", 1, fail)
    reading = Reading(request(), fake.client, NOW)
    with pytest.raises(ZeroDivisionError):
        reading.advance(lambda: False)
    reading.advance(lambda: False)
    assert len(reading.result.incidents) == 3


def test_a_reading_that_takes_too_long_is_given_up(fake: Fake) -> None:
    now = 100.0
    fake.timing = Timing(clock=lambda: now)
    reading = Reading(request(), fake.client, NOW)
    reading.advance(lambda: True)
    now += 1800
    reading.advance(lambda: True)
    now += 1
    with pytest.raises(Unavailable, match="more than 30 minutes"):
        reading.advance(lambda: True)


# Lists that change


def test_a_list_that_shifts_between_two_pages_is_read_again(fake: Fake) -> None:
    fake.lists["/incidents"] = many(250)
    late = incident("QLATE", JULY, JULY + HOUR)
    when(fake, "/incidents", 3, lambda: fake.lists["/incidents"].insert(0, late))
    records = read(fake)
    assert len(records.incidents) == 251
    assert tally(records, "incidents").rereads == 1
    assert tally(records, "incidents").records == 251


def test_a_list_that_never_stands_still_is_refused(fake: Fake) -> None:
    fake.lists["/incidents"] = many(250)
    for place in range(2, 60, 2):
        late = incident(f"QLATE{place}", JULY, JULY + HOUR)
        when(fake, "/incidents", place, lambda late=late: fake.lists["/incidents"].insert(0, late))
    with pytest.raises(Incomplete, match="4 times in a row"):
        read(fake)


def test_after_a_refusal_the_list_can_be_read_anew(fake: Fake) -> None:
    fake.lists["/incidents"] = [incident("Q1"), incident("Q1")]
    reading = Reading(request(), fake.client, NOW)
    with pytest.raises(Incomplete, match="twice"):
        reading.advance(lambda: False)
    del fake.lists["/incidents"][1]
    reading.advance(lambda: False)
    assert set(reading.result.incidents) == {"Q1"}


def test_an_incident_that_its_log_does_not_know_yet_is_read_by_itself(fake: Fake) -> None:
    fake.lists["/incidents"] = [incident("Q1", JULY, JULY + HOUR)]
    fake.objects["/incidents/Q1"] = {"incident": incident("Q1", JULY, JULY + HOUR)}
    fake.lists["/incidents/Q1/log_entries"] = [entry("R1", "Q1", "acknowledge", JULY, person("ADA"))]
    assert [one.id for one in read(fake, request(mode=Mode.ACKNOWLEDGED)).log_entries] == ["R1"]


def test_an_incident_that_was_resolved_while_it_was_read_is_read_again(fake: Fake) -> None:
    fake.lists["/incidents"] = [incident("Q1")]
    fake.lists["/log_entries"] = [entry("R1", "Q1", "trigger", JULY), entry("R2", "Q1", "resolve", JULY + HOUR)]
    fake.objects["/incidents/Q1"] = {"incident": incident("Q1", JULY, JULY + HOUR)}
    fake.lists["/incidents/Q1/log_entries"] = []
    assert read(fake, request(mode=Mode.ACKNOWLEDGED)).incidents["Q1"].resolved_at == JULY + HOUR


# Slow answers


def test_a_window_that_is_too_slow_is_asked_in_halves(fake: Fake) -> None:
    fake.lists["/incidents"] = many(30)
    fake.failures["/incidents"] = [TooSlow()]
    records = read(fake)
    assert len(records.incidents) == 30
    asked = [(query["since"][0][:10], query["until"][0][:10]) for query in fake.asked("/incidents")]
    assert asked == [("2026-06-30", "2026-08-01"), ("2026-06-30", "2026-07-16"), ("2026-07-16", "2026-08-01")]
    assert tally(records, "incidents").retries == 1


@pytest.mark.parametrize("path", ["/incidents", "/log_entries"])
def test_a_window_that_is_refused_for_its_length_is_asked_in_halves(fake: Fake, path: str) -> None:
    fake.lists["/incidents"] = [incident("Q1"), incident("Q2", JULY + 50 * DAY)]
    fake.lists["/log_entries"] = [
        entry("R1", "Q1", "trigger", JULY), entry("R2", "Q2", "trigger", JULY + 50 * DAY)
    ]  # fmt: skip
    fake.failures[path] = [BadRequest("The range is too long.")] * 2
    long = ReadRequest(JULY - DAY, JULY + 79 * DAY, Organisation(), Mode.ACKNOWLEDGED)
    records = read(fake, long, JULY + 99 * DAY)
    assert set(records.incidents) == {"Q1", "Q2"}
    assert [one.id for one in records.log_entries] == ["R1", "R2"]
    lengths = [
        (datetime.fromisoformat(query["until"][0]) - datetime.fromisoformat(query["since"][0])).days
        for query in fake.asked(path)
    ]
    assert sorted(lengths) == [20, 20, 40, 40, 80]


@pytest.mark.parametrize("path", ["/incidents", "/log_entries", "/oncalls", "/users"])
def test_a_question_of_a_month_that_is_refused_is_not_asked_again(fake: Fake, path: str) -> None:
    fake.failures[path] = [BadRequest("No.")]
    with pytest.raises(BadRequest):
        read(fake, request(mode=Mode.ACKNOWLEDGED))
    assert len(fake.asked(path)) == 1


def test_a_page_in_the_midst_of_a_list_is_asked_again_before_its_window_is_divided(fake: Fake) -> None:
    fake.lists["/incidents"] = many(250)
    when(fake, "/incidents", 2, lambda: fake.failures["/incidents"].append(TooSlow()))
    read(fake)
    assert sorted(int(query["offset"][0]) for query in fake.asked("/incidents")) == [0, 99, 99, 198]


def test_what_never_answers_is_given_up_after_five_tries_and_can_be_asked_again(fake: Fake) -> None:
    fake.lists["/users"] = [user("ADA")]
    fake.failures["/users"] = [TooSlow()] * 5
    reading = Reading(request(), fake.client, NOW)
    with pytest.raises(TooSlow):
        reading.advance(lambda: False)
    assert len(fake.asked("/users")) == 5
    reading.advance(lambda: False)
    assert set(reading.result.users) == {"ADA"}


# Both kinds of schedule, and the cross-check


def shift_based(*assignments: tuple[str | None, datetime, datetime]) -> Json:
    return {
        "schedule": {
            "id": "PSV3",
            "type": "schedule_v3",
            "name": "Follow the sun",
            "time_zone": "Europe/Berlin",
            "final_schedule": {
                "computed_shift_assignments": [
                    {
                        "start_time": z(start),
                        "end_time": z(end),
                        "member": {"type": "user_member", "user_id": key} if key else {"type": "empty_member"},
                    }
                    for key, start, end in assignments
                ]
            },
        }
    }


def v3_row(key: str) -> Json:
    return row(key, "PSV3", kind="schedule_v3_reference")


@pytest.fixture
def two_kinds(fake: Fake) -> Fake:
    fake.lists["/schedules"] = [
        {"id": "PS1", "type": "schedule", "name": "Primary", "escalation_policies": [{"id": "PE1"}]},
        {"id": "PS2", "type": "schedule", "name": "Lonely", "escalation_policies": []},
    ]
    fake.lists["/v3/schedules"] = [{"id": "PSV3", "type": "schedule_v3_reference", "summary": "Follow the sun"}]
    targets = [{"id": "PS1", "type": "schedule_reference"}, {"id": "PSV3", "type": "schedule_v3_reference"}]
    fake.lists["/escalation_policies"] = [{"id": "PE1", "escalation_rules": [{"targets": targets}]}]
    fake.lists["/oncalls"] = [row("ADA"), v3_row("BO"), v3_row("CY")]
    fake.objects["/v3/schedules/PSV3"] = shift_based(("BO", JULY, AUGUST), ("CY", JULY, AUGUST), (None, JULY, AUGUST))
    return fake


def test_both_lists_of_schedules_are_read_and_several_people_at_once_kept(two_kinds: Fake) -> None:
    records = read(two_kinds)
    assert {key: one.shift_based for key, one in records.schedules.items()} == {
        "PS1": False,
        "PS2": False,
        "PSV3": True,
    }
    assert records.schedules["PSV3"].time_zone == "Europe/Berlin"
    assert records.schedules["PSV3"].policy_ids == {"PE1"}
    assert {one.user_id for one in records.on_call if one.schedule_id == "PSV3"} == {"BO", "CY"}
    assert records.differences == ()
    assert two_kinds.asked("/v3/schedules")[0]["limit"] == ["1000"]
    assert two_kinds.asked("/v3/schedules/PSV3")[0]["include[]"] == ["final_schedule"]
    assert two_kinds.asked("/schedules/PS2") == []


def test_final_schedules_are_asked_with_both_bounds_in_utc_and_no_zone(two_kinds: Fake) -> None:
    read(two_kinds)
    assert two_kinds.asked("/schedules/PS1") == [{"since": [z(JULY)], "until": [z(AUGUST)]}]


def test_where_on_calls_and_the_final_schedule_disagree_is_told(two_kinds: Fake) -> None:
    noon = JULY + 12 * HOUR
    two_kinds.objects["/v3/schedules/PSV3"] = shift_based(("BO", JULY, AUGUST), ("CY", noon, AUGUST))
    (found,) = read(two_kinds).differences
    assert (found.schedule_name, found.start, found.end) == ("Follow the sun", JULY, noon)
    assert (found.by_on_calls, found.by_schedule) == (("BO Example", "CY Example"), ("BO Example",))


@pytest.mark.parametrize("refusal", [BadRequest("This is a shift-based schedule."), NotFound()])
def test_a_schedule_of_the_other_kind_is_asked_there(two_kinds: Fake, refusal: PagerDutyError) -> None:
    two_kinds.lists["/schedules"].append(
        {"id": "PSV3", "type": "schedule", "name": "Upgraded", "escalation_policies": [{"id": "PE1"}]}
    )
    two_kinds.lists["/v3/schedules"] = []
    two_kinds.failures["/schedules/PSV3"] = [refusal]
    records = read(two_kinds)
    assert records.differences == ()
    assert records.schedules["PSV3"].shift_based


def test_a_schedule_that_refuses_a_long_stretch_is_asked_for_shorter_ones(fake: Fake) -> None:
    fake.lists["/schedules"] = [{"id": "PS1", "name": "Primary", "escalation_policies": [{"id": "PE1"}]}]
    fake.lists["/oncalls"] = [row("ADA")]
    fake.failures["/schedules/PS1"] = [BadRequest("Too long.")]
    fake.failures["/v3/schedules/PS1"] = [NotFound()]
    long = ReadRequest(JULY, JULY + 62 * DAY, Organisation(), Mode.RESOLVED)
    assert read(fake, long, JULY + 99 * DAY).differences == ()
    assert [query["since"] for query in fake.asked("/schedules/PS1")] == [[z(JULY)], [z(JULY)], [z(JULY + 31 * DAY)]]


def test_one_engineer_checks_the_own_schedules_alone(two_kinds: Fake) -> None:
    two_kinds.objects["/users/ADA"] = {"user": user("ADA")}
    two_kinds.lists["/oncalls"] = [row("ADA")]  # as user_ids[] would leave it
    read(two_kinds, request(Individual("ADA")))
    assert two_kinds.asked("/v3/schedules/PSV3") == []
    assert len(two_kinds.asked("/schedules/PS1")) == 1


# Scope


@pytest.fixture
def team(fake: Fake) -> Fake:
    fake.objects["/teams/PT1"] = {"team": {"id": "PT1", "name": "Payments"}}
    fake.lists["/users"] = [user("ADA")]
    fake.objects["/users/BO"] = {"user": user("BO")}
    fake.lists["/schedules"] = [
        {
            "id": "PS1",
            "name": "Primary",
            "escalation_policies": [{"id": "PE1"}],
            "teams": [{"id": "PT1"}],
            "users": [person("ADA"), person("DI")],
        }
    ]
    direct = [{"id": "CY", "type": "user_reference", "summary": "CY Example"}, {"id": "PS1"}]
    fake.lists["/escalation_policies"] = [
        {"id": "PE1", "teams": [{"id": "PT1"}], "escalation_rules": [{"targets": direct}]},
        {"id": "PE2", "teams": [{"id": "PT2"}], "escalation_rules": [{"targets": [{"id": "EVE", "type": "user"}]}]},
    ]
    fake.lists["/oncalls"] = [row("ADA"), row("BO")]
    return fake


def whose(fake: Fake) -> list[tuple[str, list[str]]]:
    """By what on-call rows were asked for."""
    return [(name, ids) for query in fake.asked("/oncalls") for name, ids in query.items() if name.endswith("_ids[]")]


def test_engineers_of_a_teams_schedules_and_policies_who_are_no_members_are_offered(team: Fake) -> None:
    records = read(team, request(Team("PT1")))
    assert set(records.users) == {"ADA"}
    assert records.others == {"BO": "BO Example", "CY": "CY Example", "DI": "DI Example"}
    assert sorted(whose(team)) == [("escalation_policy_ids[]", ["PE1"]), ("user_ids[]", ["ADA"])]


def test_who_was_chosen_beside_the_members_is_read_as_one(team: Fake) -> None:
    records = read(team, request(Team("PT1", also=("BO",))))
    assert set(records.users) == {"ADA", "BO"}
    assert records.others == {"CY": "CY Example", "DI": "DI Example"}
    assert ("user_ids[]", ["ADA", "BO"]) in whose(team)


def test_incidents_that_went_on_after_the_window_are_read_one_by_one_or_from_the_accounts_log(fake: Fake) -> None:
    later = NOW + 40 * DAY

    def after(count: int) -> list[str]:
        fake.calls.clear()
        created = [AUGUST - HOUR - timedelta(seconds=number) for number in range(count)]
        fake.lists["/incidents"] = [incident(f"Q{n}", moment, NOW) for n, moment in enumerate(created)]
        fake.lists["/log_entries"] = [entry(f"R{n}", f"Q{n}", "trigger", moment) for n, moment in enumerate(created)]
        fake.lists["/log_entries"].append(entry("RX", "Q0", "acknowledge", NOW, person("ADA")))
        for n in range(count):
            fake.lists[f"/incidents/Q{n}/log_entries"] = [fake.lists["/log_entries"][-1]] if n == 0 else []
        records = read(fake, request(mode=Mode.ACKNOWLEDGED), later)
        assert [one.id for one in records.log_entries if one.kind == "acknowledge"] == ["RX"]
        return [path for path, _ in fake.calls if path.endswith("/log_entries")]

    assert after(2) == ["/log_entries", "/incidents/Q0/log_entries", "/incidents/Q1/log_entries"]
    assert after(20) == ["/log_entries"] * 2


def test_more_than_a_list_can_tell_is_refused_at_once(fake: Fake) -> None:
    fake.lists["/users"] = [user(f"P{number}") for number in range(10_001)]
    with pytest.raises(Incomplete, match="at most 10,000 engineers"):
        read(fake)
    assert len(fake.asked("/users")) == 1


def test_no_window_is_shorter_than_a_second(fake: Fake) -> None:
    fake.lists["/incidents"] = many(2)
    fake.failures["/incidents"] = [TooSlow()] * 4
    read(fake)
    for query in fake.asked("/incidents"):
        since, until = (datetime.fromisoformat(query[bound][0]) for bound in ("since", "until"))
        assert until - since > timedelta(seconds=1)
