"""What a reading gives: the records of one report, with the proof that they are all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from webapp.pd.crosscheck import DutyDifference
from webapp.pd.records import (
    Agent,
    FinalShift,
    IncidentRecord,
    LogEntry,
    OnCallRow,
    PolicyRecord,
    ScheduleRecord,
    UserRecord,
)
from webapp.pd.request import ReadRequest


@dataclass(slots=True)
class Tally:
    """What was read of one part: the proof that goes on the workbook's Checks sheet."""

    part: str
    calls: int = 0
    """Requests sent, repeated ones and failed ones included."""
    records: int = 0
    windows: int = 0
    """Stretches of time, each read whole; 0 where the part is no matter of time."""
    pages: int = 0
    duplicates: int = 0
    """Records that came again and were dropped: of neighbouring windows, or the same through another question."""
    rereads: int = 0
    """Lists read again because they changed while they were being read."""
    retries: int = 0
    """Requests that failed and were sent again."""
    waits: int = 0
    """How often the rate limit had to be waited for."""


@dataclass(frozen=True, slots=True)
class Records:
    """All that was read for a request; complete, or it would not exist."""

    request: ReadRequest
    read_at: datetime
    """The instant that the reading stands for; what happened later is not in the facts."""
    users: dict[str, UserRecord]
    """The engineers of the scope by id. In an organisation also the deleted ones that the facts name."""
    on_call: tuple[OnCallRow, ...]
    """Rows of these engineers; of a team also those of everybody else on its schedules and policies."""
    incidents: dict[str, IncidentRecord]
    log_entries: tuple[LogEntry, ...]
    """By time; without notifications."""
    schedules: dict[str, ScheduleRecord]
    policies: dict[str, PolicyRecord]
    unseen_incident_ids: frozenset[str]
    """Incidents that somebody worked on, but that this connection cannot see any more (404)."""
    tallies: tuple[Tally, ...]
    differences: tuple[DutyDifference, ...] = ()
    """Where /oncalls and the final schedule disagree about an engineer of the scope, by schedule and time."""
    others: dict[str, str] = field(default_factory=dict)
    """Of a team: engineers of its schedules and policies who are not among `users`, names by id, in order of name."""
    vacant_rows: tuple[OnCallRow, ...] = ()
    """Rows of /oncalls that name nobody, who were left out of `on_call`."""
    also_on_call: tuple[OnCallRow, ...] = ()
    """Time on the schedules of `ReadRequest.also_pay`, at level 1 of no policy, of everybody whom their final schedules
    name: whole shifts, less what `on_call` tells of the same schedule."""
    also_read: frozenset[str] = frozenset()
    """The schedules of which that was read, and those of them whose time is in `on_call` anyhow."""
    assignments: dict[str, tuple[FinalShift, ...]] = field(default_factory=dict)
    """Of each shift-based schedule whose final schedule was read, through which rotation who holds it when, in order of
    time; cut at the window."""
    left_out_parts: tuple[str, ...] = ()
    """Parts that PagerDuty did not show and that were left out by choice (`ReadRequest.partial`); what could only be
    known from one of them is missing, too."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading is, for the page."""

    text: str
    calls: int
    expected: int = 0
    """Requests made and still to be made as far as is known; grows as lists tell how long they are."""
    wait_seconds: int = 0
    """How long PagerDuty's rate limit makes it wait; 0: it does not."""


def is_human(agent: Agent, users: dict[str, UserRecord]) -> bool:
    """Whether an agent is a person: by its type, or, as PagerDuty may leave that out, by being a known user."""
    return agent.type in {"user", "user_reference"} or agent.id in users
