"""Every odd case that a pay report must get right happens in each quarter of both organisations, most in each month.

What happened is read off the JSON that a client gets, never off the rules that wrote it. Of `large`, whose division of
these three teams has the odd cases, a few quarters are sampled.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from webapp.sandbox.months import HISTORY, Month, bank_holidays, clock_change
from webapp.sandbox.render_account import AccountRenderer
from webapp.sandbox.render_history import HistoryRenderer
from webapp.sandbox.server import ORGANISATIONS
from webapp.sandbox.world import Happening, World, incident_id
from webapp.sandbox.zones import zone

LONDON = "Europe/London"
TEAMS = {"Payments", "Platform", "Data"}
REGION_OF_TOWN = {"London": "ENG", "Bristol": "ENG", "Edinburgh": "SCT", "Glasgow": "SCT", "New York": "US"}
Json = dict[str, Any]


@dataclass
class Past:
    """A stretch of the history as a client reads it."""

    months: list[Month]
    users: dict[str, Json]
    schedules: list[Json]
    incidents: list[Json] = field(default_factory=list)
    entries: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    rows: list[Json] = field(default_factory=list)

    def of(self, incident: Json, kind: str) -> list[Json]:
        return [entry for entry in self.entries[incident["id"]] if entry["type"] == f"{kind}_log_entry"]

    def acknowledgements(self, incident: Json) -> list[Json]:
        """Those by somebody whom PagerDuty names."""
        return [entry for entry in self.of(incident, "acknowledge") if "agent" in entry]

    def answerers(self, incident: Json) -> set[str]:
        return {entry["agent"]["id"] for entry in self.acknowledgements(incident)}

    def resolved_by_a_person(self, incident: Json) -> bool:
        return [e.get("agent", {}).get("type") for e in self.of(incident, "resolve")][-1:] == ["user_reference"]

    def schedule_rows(self, name: str) -> list[Json]:
        rows = {str(r): r for r in self.rows if (r["schedule"] or {}).get("summary") == name}
        return sorted(rows.values(), key=lambda row: str(row["start"]))

    def was_on_call(self, person_id: str, instant: datetime) -> bool:
        return any(
            (row["start"] is None or at(row["start"]) <= instant) and (row["end"] is None or instant < at(row["end"]))
            for row in self.rows
            if row["user"]["id"] == person_id
        )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@cache
def world(organisation: str) -> tuple[World, HistoryRenderer]:
    made = World(ORGANISATIONS[organisation](), lambda: datetime(2029, 1, 31, tzinfo=UTC))
    return made, HistoryRenderer(AccountRenderer(made, "us", "http://127.0.0.1:1/us", is_odd=True))


@cache
def past(organisation: str, first: int, count: int) -> Past:
    there, shown = world(organisation)
    months = list(HISTORY[first : first + count])
    since, until = months[0].start, months[-1].start + timedelta(days=months[-1].days)
    found = Past(
        months,
        users={person.id: shown.account.person(person) for person in there.people()},
        schedules=[shown.account.schedule(schedule) for schedule in there.organisation.schedules],
    )
    for incident in there.incidents(since, until - timedelta(seconds=1)):
        team = there.organisation.team[there.organisation.service[incident.service_id].team_id]
        if team.name in TEAMS:
            happenings = [Happening(e.at, incident.number, n, e, incident) for n, e in enumerate(incident.entries)]
            found.incidents.append(shown.incident(incident))
            found.entries[incident_id(incident.number)] = [shown.entry(h, None, set()) for h in happenings]
    found.rows = [shown.on_call(row, None, set()) for row in there.on_call(since, until)]
    return found


CASES: dict[str, Callable[[Past], object]] = {}


def case(name: str) -> Callable[[Callable[[Past], object]], Callable[[Past], object]]:
    def keep(holds: Callable[[Past], object]) -> Callable[[Past], object]:
        CASES[name] = holds
        return holds

    return keep


def an_incident(name: str) -> Callable[[Callable[[Past, Json], object]], object]:
    """A case that holds where any incident fits."""

    def keep(fits: Callable[[Past, Json], object]) -> object:
        CASES[name] = lambda past: any(fits(past, incident) for incident in past.incidents)
        return fits

    return keep


# People and schedules

CASES |= {
    "a deleted engineer was on call": lambda p: any(r["user"]["id"] not in p.users for r in p.rows),
    "an engineer without a zone was on call": lambda p: any(
        p.users.get(r["user"]["id"], {"time_zone": ""})["time_zone"] is None for r in p.rows
    ),
    "an engineer is always on call": lambda p: any(r["start"] is None and r["end"] is None for r in p.rows),
    "a shift has no end": lambda p: any(r["start"] and r["end"] is None for r in p.rows),
    "a schedule is on no policy": lambda p: any(s["escalation_policies"] == [] for s in p.schedules),
}


@case("a shift stands in two policies and at two levels")
def _repeated(past: Past) -> bool:
    uses = defaultdict(set)
    for row in past.rows:
        if row["schedule"]:
            uses[row["schedule"]["id"]].add((row["escalation_policy"]["id"], row["escalation_level"]))
    return any(len({p for p, _ in seen}) > 1 and len({level for _, level in seen}) > 1 for seen in uses.values())


@case("three levels were on call")
def _levels(past: Past) -> bool:
    return {row["escalation_level"] for row in past.rows} >= {1, 2, 3}


@case("an override of two hours")
def _two_hours(past: Past) -> bool:
    return any(_length(row) == timedelta(hours=2) for row in past.schedule_rows("Payments primary"))


@case("an override of a day")
def _a_day(past: Past) -> bool:
    return any(_length(row) >= timedelta(hours=24) for row in past.schedule_rows("Data follow the sun"))


def _length(row: Json) -> timedelta:
    return at(row["end"]) - at(row["start"])


@case("a follow-the-sun rota changes hands three times a day")
def _sun(past: Past) -> bool:
    rows = past.schedule_rows("Data follow the sun")
    return any(
        len({r["user"]["id"] for r in three}) == 3
        and sorted(map(_length, three)) == [timedelta(hours=8), timedelta(hours=8), timedelta(hours=9)]
        for three in zip(rows, rows[1:], rows[2:], strict=False)
    )


@case("two people were on call at once in one schedule")
def _at_once(past: Past) -> bool:
    rows = past.schedule_rows("Data follow the sun")
    return any(at(one["end"]) > at(two["start"]) and one["user"] != two["user"] for one, two in pairwise(rows))


@case("nobody was on call in a schedule for two hours")
def _gap(past: Past) -> bool:
    rows = past.schedule_rows("Data follow the sun")
    return any(at(two["start"]) - at(one["end"]) == timedelta(hours=2) for one, two in pairwise(rows))


def _hands_over_on_the_first(past: Past, schedule: str, zone_name: str, hour: int) -> bool:
    starts = {at(row["start"]) for row in past.schedule_rows(schedule)}
    return all(datetime(m.year, m.number, 1, hour, tzinfo=zone(zone_name)) in starts for m in past.months)


CASES |= {
    "a hand-over on the first of the month at midnight": lambda p: _hands_over_on_the_first(
        p, "Platform primary", LONDON, 0
    ),
    "a hand-over on the first of the month at 08:00": lambda p: _hands_over_on_the_first(
        p, "Platform secondary", "Europe/Berlin", 8
    ),
    "a hand-over on the first of the month at 09:00": lambda p: _hands_over_on_the_first(
        p, "Payments secondary", LONDON, 9
    ),
}


# Incidents


@an_incident("acknowledged by two people")
def _two(past: Past, incident: Json) -> bool:
    return len(past.answerers(incident)) == 2 and not past.of(incident, "delegate")


@an_incident("acknowledged, then closed by the monitor")
def _monitor(past: Past, incident: Json) -> object:
    return past.answerers(incident) and incident["last_status_change_by"]["type"] == "integration_reference"


@an_incident("auto-resolved unseen")
def _unseen(past: Past, incident: Json) -> bool:
    return incident["status"] == "resolved" and not past.answerers(incident) and not past.resolved_by_a_person(incident)


@an_incident("resolved by a person who never acknowledged")
def _unacknowledged(past: Past, incident: Json) -> bool:
    return not past.answerers(incident) and past.resolved_by_a_person(incident)


@an_incident("merged away after an acknowledgement of its own, into one with another")
def _merged(past: Past, incident: Json) -> object:
    target = (incident["resolve_reason"] or {"incident": {"id": ""}})["incident"]["id"]
    targets = past.answerers({"id": target})
    return targets and past.answerers(incident) - targets


@an_incident("acknowledged in a chat by somebody whom PagerDuty does not name")
def _in_a_chat(past: Past, incident: Json) -> bool:
    entries = past.of(incident, "acknowledge")
    return bool(entries) and all("agent" not in one and one["channel"]["user"]["name"] for one in entries)


@an_incident("snoozed until the morning, and taken up again")
def _snoozed_until_the_morning(past: Past, incident: Json) -> bool:
    snoozes, lapses, resolves = (past.of(incident, kind) for kind in ("snooze", "unacknowledge", "resolve"))
    return len(snoozes) == len(lapses) == 1 and at(lapses[0]["created_at"]) < at(resolves[0]["created_at"])


@an_incident("handed over and back")
def _handed_over_and_back(past: Past, incident: Json) -> bool:
    heirs = [entry["assignees"][0]["id"] for entry in past.of(incident, "delegate")]
    return len(heirs) == 2 and heirs[1] in past.answerers(incident)


@an_incident("noted by the first engineer long after a hand-over")
def _noted_long_after(past: Past, incident: Json) -> bool:
    handed, notes = past.of(incident, "delegate"), past.of(incident, "annotate")
    return bool(handed and notes) and at(notes[0]["created_at"]) - at(handed[0]["created_at"]) > timedelta(hours=8)


@an_incident("reopened")
def _reopened(past: Past, incident: Json) -> bool:
    return len(past.of(incident, "trigger")) == 2 and len(past.of(incident, "resolve")) == 2


@an_incident("low urgency")
def _low(past: Past, incident: Json) -> bool:
    return incident["urgency"] == "low" and bool(past.answerers(incident))


@an_incident("still open")
def _open(past: Past, incident: Json) -> bool:
    return incident["status"] == "acknowledged" and bool(past.answerers(incident))


@an_incident("over a month's end, by London and by UTC")
def _month_end(_: Past, incident: Json) -> bool:
    if not incident["resolved_at"]:
        return False
    ends = at(incident["created_at"]), at(incident["resolved_at"])
    return all(len({(e.astimezone(z).month) for e in ends}) == 2 for z in (UTC, zone(LONDON))) and (
        ends[1] - ends[0] < timedelta(hours=3)
    )


@an_incident("stale, closed by a clean-up days later")
def _stale(past: Past, incident: Json) -> bool:
    acks = past.of(incident, "acknowledge")
    closed = [e for e in past.of(incident, "resolve") if e.get("agent", {}).get("type") == "service_reference"]
    return bool(acks and closed) and at(closed[0]["created_at"]) - at(acks[0]["created_at"]) > timedelta(days=2)


@an_incident("over a clock change")
def _clocks(past: Past, incident: Json) -> bool:
    changes = [clock_change(month, name) for month in past.months for name in (LONDON, "Pacific/Auckland")]
    begin, end = at(incident["created_at"]), at(incident["resolved_at"] or incident["created_at"])
    return any(change and begin < change < end < change + timedelta(hours=2) for change in changes)


@an_incident("escalated to level three")
def _escalated(past: Past, incident: Json) -> bool:
    return len(past.of(incident, "escalate")) == 2


@an_incident("handed on")
def _handed_on(past: Past, incident: Json) -> bool:
    return bool(past.of(incident, "delegate")) and len(past.answerers(incident)) == 2


@an_incident("snoozed")
def _snoozed(past: Past, incident: Json) -> object:
    return past.of(incident, "snooze")


@an_incident("an acknowledgement that lapsed")
def _lapsed(past: Past, incident: Json) -> object:
    return past.of(incident, "unacknowledge")


@an_incident("opened by a person")
def _by_hand(past: Past, incident: Json) -> bool:
    return past.of(incident, "trigger")[0]["agent"]["type"] == "user_reference"


@an_incident("answered by somebody on no schedule at that time")
def _off_call(past: Past, incident: Json) -> bool:
    return any(
        not past.was_on_call(entry["agent"]["id"], at(entry["created_at"])) for entry in past.acknowledgements(incident)
    )


@an_incident("answered by a deleted engineer while on call")
def _deleted(past: Past, incident: Json) -> bool:
    gone = past.answerers(incident) - past.users.keys()
    return any(past.was_on_call(person, at(incident["created_at"])) for person in gone)


@an_incident("acknowledged through the API in a person's name")
def _api(past: Past, incident: Json) -> bool:
    acks = past.acknowledgements(incident)
    return any(e["channel"]["type"] == "api" and e["agent"]["type"] == "user_reference" for e in acks)


@an_incident("resolved by nobody whom PagerDuty names")
def _nobody(past: Past, incident: Json) -> bool:
    return any("agent" not in entry for entry in past.of(incident, "resolve"))


@an_incident("with an agent without a type")
def _typeless(past: Past, incident: Json) -> bool:
    return any("type" not in entry["agent"] for entry in past.acknowledgements(incident))


@an_incident("with an entry of a kind that nobody knows")
def _unknown(past: Past, incident: Json) -> object:
    return past.of(incident, "stakeholder_update")


@an_incident("in business hours")
def _business(_: Past, incident: Json) -> bool:
    local = at(incident["created_at"]).astimezone(zone(LONDON))
    return local.weekday() < 5 and 10 <= local.hour < 16


@an_incident("at night")
def _night(_: Past, incident: Json) -> bool:
    return at(incident["created_at"]).astimezone(zone(LONDON)).hour < 6


@an_incident("on a weekend")
def _weekend(_: Past, incident: Json) -> bool:
    return at(incident["created_at"]).astimezone(zone(LONDON)).weekday() >= 5


@an_incident("forty hours long")
def _long(_: Past, incident: Json) -> bool:
    end = at(incident["resolved_at"] or incident["created_at"])
    return end - at(incident["created_at"]) == timedelta(hours=40)


@case("three answered by one person in one hour")
def _several(past: Past) -> bool:
    hours = Counter(
        (who, incident["created_at"][:13])
        for incident in past.incidents
        for who in past.answerers(incident)
        if len(past.answerers(incident)) == 1
    )
    return max(hours.values()) >= 3


for mark in "=+-@":
    CASES[f"a title that starts with {mark}"] = lambda p, mark=mark: any(  # type: ignore[misc]  # mypy on defaults
        i["title"].startswith(mark) for i in p.incidents
    )
CASES["a title with control characters"] = lambda p: any(not i["title"].isprintable() for i in p.incidents)


def _worked_holidays(past: Past) -> Iterator[str]:
    """Regions of which an engineer, on call, answered something on their own bank holiday."""
    holidays: set[tuple[str, date]] = {day for month in past.months for day in bank_holidays(month)}
    for incident in past.incidents:
        for person_id in past.answerers(incident) & past.users.keys():
            user = past.users[person_id]
            town = user["job_title"].partition("(")[2].rstrip(")")
            begin = at(incident["created_at"])
            day = begin.astimezone(zone(user["time_zone"] or LONDON)).date()
            if (REGION_OF_TOWN.get(town), day) in holidays and past.was_on_call(person_id, begin):
                yield REGION_OF_TOWN[town]


CASES["bank holidays of three regions"] = lambda p: set(_worked_holidays(p)) == {"ENG", "SCT", "US"}

ONCE_A_QUARTER = {
    "bank holidays of three regions", "over a clock change", "handed over and back",
    "acknowledged in a chat by somebody whom PagerDuty does not name",
    "snoozed until the morning, and taken up again", "noted by the first engineer long after a hand-over",
}  # fmt: skip


# In a hurry and of `large`, one of each quarter of the year, and a month of each.
QUARTERS = [
    pytest.param("small", (0, 15, 21, 42), id="small, sampled"),
    pytest.param("small", range(0, 48, 3), id="small", marks=pytest.mark.slow),
    pytest.param("large", (0, 15, 21, 42), id="large", marks=pytest.mark.slow),
]
MONTHS = [pytest.param("small", range(48), id="small"), pytest.param("large", (1, 16, 22, 43), id="large")]


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize(("organisation", "quarters"), QUARTERS)
def test_each_quarter_has(organisation: str, quarters: Iterable[int], name: str) -> None:
    missing = [HISTORY[first] for first in quarters if not CASES[name](past(organisation, first, 3))]
    assert missing == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CASES.keys() - ONCE_A_QUARTER))
@pytest.mark.parametrize(("organisation", "months"), MONTHS)
def test_each_month_has(organisation: str, months: Iterable[int], name: str) -> None:
    missing = [HISTORY[first] for first in months if not CASES[name](past(organisation, first, 1))]
    assert missing == []


@pytest.mark.slow
def test_a_month_of_small_has_sixty_to_a_hundred_incidents() -> None:
    counts = [len(past("small", first, 1).incidents) for first in range(48)]
    assert min(counts) >= 60
    assert max(counts) <= 100


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_one_person_at_a_time_holds_a_layer_based_schedule(organisation: str) -> None:
    there, _ = world(organisation)
    for schedule in there.organisation.schedules:
        if schedule.is_shift_based:
            continue
        shifts = there.rota().final(schedule.id)
        assert [pair for pair in pairwise(shifts) if pair[0].end is None or pair[0].end > pair[1].start] == []


def test_large_names_nothing_twice() -> None:
    whole = world("large")[0].organisation
    for things in (whole.people, whole.teams, whole.policies, whole.services, whole.schedules):
        assert len({thing.id for thing in things}) == len(things)
