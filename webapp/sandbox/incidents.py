"""Incidents as the list of what happened to them; everything else is read off that list."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.sandbox.months import Month
from webapp.sandbox.organisation import Service
from webapp.sandbox.rota import Rota


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: a log entry before it is printed.

    `agent` is a person, "service" or "integration", or None where PagerDuty names nobody (notify entries, and others
    now and then). `shows_type` is False where the reference to the agent comes without its type, as of old entries.
    `people` are those assigned or notified; `seconds` is the time a snooze lasts; `chat_name` is what a chat calls a
    person whom PagerDuty does not know.
    """

    at: datetime
    kind: str
    agent: str | None
    channel: str
    people: tuple[str, ...] = ()
    seconds: int = 0
    shows_type: bool = True
    chat_name: str = ""


@dataclass(frozen=True, slots=True)
class Responder:
    """Somebody who was asked to help; `joined` is None where they have not answered."""

    person: str
    by: str
    asked: datetime
    joined: datetime | None


@dataclass(slots=True)
class Draft:
    """An incident while its story is told; entries may come in any order, `publish` sorts them."""

    rota: Rota
    service: Service
    at: datetime
    title: str
    urgency: str = "high"
    priority: int | None = None
    entries: list[Entry] = field(default_factory=list)
    merged_into: "Draft | None" = None
    number: int = 0
    is_numbered_last: bool = False
    """Whether its number comes after all of the month, so that theirs stay as they were."""
    responders: list[Responder] = field(default_factory=list)

    def trigger(self, by: str = "integration", channel: str = "api") -> "Draft":
        """It breaks; level 1 is paged."""
        self.entries.append(Entry(self.at, "trigger", by, channel))
        self._page(1, self.at, "assign", "service")
        return self

    def escalate(self, at: datetime, level: int) -> "Draft":
        """Nobody answered: the next level is paged."""
        self._page(level, at, "escalate", "service")
        return self

    def acknowledge(self, at: datetime, person_id: str, channel: str = "mobile", *, shows_type: bool = True) -> "Draft":
        """Somebody answers."""
        self.entries.append(Entry(at, "acknowledge", person_id, channel, shows_type=shows_type))
        return self

    def acknowledge_in_chat(self, at: datetime, channel: str, chat_name: str) -> "Draft":
        """Somebody answers through an extension of a chat, which PagerDuty cannot match with a user."""
        self.entries.append(Entry(at, "acknowledge", None, channel, chat_name=chat_name))
        return self

    def note(self, at: datetime, kind: str, by: str | None = None, channel: str = "auto") -> "Draft":
        """Something of any kind, known or not, by somebody or nobody."""
        self.entries.append(Entry(at, kind, by, channel))
        return self

    def delegate(self, at: datetime, by: str, to: str) -> "Draft":
        """Somebody hands it to somebody else, who is notified."""
        self.entries.append(Entry(at, "delegate", by, "website", (to,)))
        self.entries.append(Entry(at + timedelta(seconds=2), "notify", None, "push_notification", (to,)))
        return self

    def snooze(self, at: datetime, by: str, seconds: int) -> "Draft":
        """Somebody puts it off; PagerDuty lets the acknowledgement lapse when the time is over."""
        self.entries.append(Entry(at, "snooze", by, "website", seconds=seconds))
        return self

    def lapse(self, at: datetime) -> "Draft":
        """An acknowledgement times out."""
        self.entries.append(Entry(at, "unacknowledge", "service", "timeout"))
        return self

    def annotate(self, at: datetime, by: str) -> "Draft":
        """Somebody writes a note."""
        self.entries.append(Entry(at, "annotate", by, "note"))
        return self

    def ask_for_help(self, at: datetime, by: str, person: str, joined: datetime | None = None) -> "Draft":
        """Somebody asks somebody else to help, who joins or does not answer. It leaves no trace in the log."""
        self.responders.append(Responder(person, by, at, joined))
        return self

    def resolve(self, at: datetime, by: str = "integration", channel: str | None = None) -> "Draft":
        """It is over."""
        self.entries.append(Entry(at, "resolve", by, channel or ("api" if by == "integration" else "website")))
        return self

    def reopen(self, at: datetime, by: str) -> "Draft":
        """Somebody opens it again.

        PagerDuty documents no log entry of its own for this; the sandbox writes a second trigger entry by the person.
        """
        self.entries.append(Entry(at, "trigger", by, "website"))
        self.entries.append(Entry(at, "assign", by, "website", (by,)))
        return self

    def _page(self, level: int, at: datetime, kind: str, by: str) -> None:
        policy = self.rota.organisation.policy[self.service.policy_id]
        people = self.rota.paged(policy, self.rota.reached(policy, level, at), at)
        if not people:
            return
        self.entries.append(Entry(at, kind, by, "auto", people))
        channel = "push_notification" if self.urgency == "high" else "email_notification"
        self.entries += [Entry(at + timedelta(seconds=3), "notify", None, channel, (person,)) for person in people]


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident with all that will ever happen to it, in order."""

    number: int
    title: str
    service_id: str
    urgency: str
    priority: int | None
    entries: tuple[Entry, ...]
    merged_into: int | None
    responders: tuple[Responder, ...] = ()

    @property
    def created(self) -> datetime:
        """The first trigger."""
        return self.entries[0].at


@dataclass(slots=True)
class State:
    """How an incident stands at an instant. PagerDuty: a resolved one names nobody but who changed it last."""

    status: str
    changed_at: datetime
    changed_by: str
    updated_at: datetime
    assignments: tuple[tuple[datetime, str], ...] = ()
    acknowledgements: tuple[tuple[datetime, str], ...] = ()
    resolved_at: datetime | None = None


def publish(month: Month, drafts: list[Draft], stride: int) -> list[Incident]:
    """The month's incidents in the order of their first triggers, and numbered so, but for those numbered last."""
    drafts.sort(key=lambda draft: (draft.is_numbered_last, draft.at, draft.title, draft.service.id))
    if len(drafts) >= stride:
        raise ValueError(f"{len(drafts)} incidents in a month whose numbers have room for {stride}")
    for sequence, draft in enumerate(drafts, start=1):
        draft.number = month.ordinal * stride + sequence
    return [
        Incident(
            number=draft.number,
            title=draft.title,
            service_id=draft.service.id,
            urgency=draft.urgency,
            priority=draft.priority,
            entries=tuple(sorted(draft.entries, key=lambda entry: entry.at)),
            merged_into=draft.merged_into.number if draft.merged_into else None,
            responders=tuple(draft.responders),
        )
        for draft in sorted(drafts, key=lambda draft: draft.at)
    ]


def state_at(incident: Incident, now: datetime) -> State:
    """Replay what happened up to an instant (which lies after the first trigger)."""
    first = incident.entries[0]
    state = State("triggered", first.at, first.agent or "service", first.at)
    for entry in incident.entries:
        if entry.at > now:
            break
        agent = entry.agent or "service"
        state.updated_at = entry.at
        match entry.kind:
            case "trigger" | "unacknowledge":
                state.status, state.acknowledgements, state.resolved_at = "triggered", (), None
            case "assign" | "escalate" | "delegate":
                state.assignments = tuple((entry.at, person_id) for person_id in entry.people)
                state.status, state.acknowledgements = "triggered", ()
                continue
            case "acknowledge":
                state.status = "acknowledged"
                state.acknowledgements += ((entry.at, agent),)
            case "resolve":
                state.status, state.resolved_at = "resolved", entry.at
                state.assignments = state.acknowledgements = ()
            case _:
                continue
        state.changed_at, state.changed_by = entry.at, agent
    return state
