"""One engineer's way through one cycle of an incident: at work, paused, at work again.

A *stint* is what becomes a spell. It begins with an own act and ends with a pause, the resolution, or not yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.pd.cycles import HANDING_OVER
from webapp.pd.records import LogEntry


@dataclass(slots=True)
class Stint:
    """An uninterrupted stretch of work; `end` is None while nothing in the log has ended it."""

    start: datetime
    acts: list[LogEntry]
    """Own acts in it; the first is the one by which it is known."""
    shift_end: datetime | None
    """When the own shift ended, the last one held before it was known; None: it has not, or there was none."""
    end: datetime | None = None
    pause: LogEntry | None = None
    """What ended it, unless the resolution did."""
    undone: list[tuple[LogEntry, LogEntry]] = field(default_factory=list)
    """Pauses within it, each with the own act that undid it."""

    @property
    def worked_until(self) -> datetime | None:
        """Its end, or that of the own shift, unless one acted later; None while it goes on."""
        if self.shift_end is None or (self.end is not None and self.end <= self.shift_end):
            return self.end
        return max([self.shift_end, *(entry.created_at for entry in self.acts)])


class Walk:
    """What one engineer did in a cycle after the act that began their work.

    `lead` is how long before an act work may begin anew; `grace` how long after a pause an own act still belongs to
    the work before it; `shift_end` tells when the own shift ended that was held last before an act.
    """

    def __init__(
        self,
        user_id: str,
        stint: Stint,
        lead: timedelta,
        grace: timedelta,
        shift_end: Callable[[datetime], datetime | None],
    ) -> None:
        self.user_id = user_id
        self.stints = [stint]
        self.pause: LogEntry | None = None
        """What paused the engineer; None: at work."""
        self._lead = lead
        self._grace = grace
        self._shift_end = shift_end
        self._in_grace_until: datetime | None = None
        """None where the own shift had ended the work before the pause."""
        self._returns: list[datetime] = []
        """When the incident came back, since the pause."""
        self._wakes_at: datetime | None = None
        """When the last snooze runs out by its duration."""

    def through(self, entries: Iterable[LogEntry]) -> Walk:
        """Walk these entries, in order."""
        for entry in entries:
            self._meet(entry)
        return self

    def _meet(self, entry: LogEntry) -> None:
        is_own = entry.agent is not None and entry.agent.id == self.user_id
        if self.pause is None:
            self._at_work(entry, is_own=is_own)
        elif is_own and self._in_grace_until and entry.created_at <= self._in_grace_until:
            self._just_paused(entry, self.pause)
        elif is_own and (entry.kind in {"acknowledge", "resolve", "snooze"} or self._takes_back(entry)):
            self._begin_anew(entry, self.pause)
        if self.pause is not None:
            self._note_return(entry)

    def _at_work(self, entry: LogEntry, *, is_own: bool) -> None:
        stint = self.stints[-1]
        if is_own:
            stint.acts.append(entry)
        if entry.kind == "resolve":
            stint.end = entry.created_at
        elif self._leaves_out(entry):
            self._put_down(entry)

    def _just_paused(self, entry: LogEntry, pause: LogEntry) -> None:
        """An own act within the grace: it undoes the pause, or shows that work went on until then."""
        stint = self.stints[-1]
        stint.acts.append(entry)
        if entry.kind == "acknowledge" or self._takes_back(entry):
            stint.undone.append((pause, entry))
            stint.end = stint.pause = self.pause = None
        else:
            stint.end = entry.created_at

    def _begin_anew(self, entry: LogEntry, pause: LogEntry) -> None:
        """A later own act: a stint of its own."""
        at = entry.created_at
        floors = (at - self._lead, pause.created_at, self.stints[-1].worked_until, self._returned_before(at))
        self.stints.append(Stint(max(filter(None, floors)), [entry], self._shift_end(at)))
        self.pause = None
        if entry.kind == "resolve":
            self.stints[-1].end = at
        elif entry.kind == "snooze":
            self._put_down(entry)

    def _put_down(self, entry: LogEntry) -> None:
        stint = self.stints[-1]
        stint.end = entry.created_at
        stint.pause = self.pause = entry
        self._in_grace_until = entry.created_at + self._grace if stint.worked_until == stint.end else None
        self._returns, self._wakes_at = [], None

    # When the incident came back

    def _note_return(self, entry: LogEntry) -> None:
        if entry.kind == "snooze":
            if self._wakes_at is not None and self._wakes_at <= entry.created_at:
                self._returns.append(self._wakes_at)
            seconds = entry.duration_seconds
            self._wakes_at = None if seconds is None else entry.created_at + timedelta(seconds=seconds)
        elif entry.kind == "unacknowledge" or (entry.kind in HANDING_OVER and self._names(entry)):
            self._returns.append(entry.created_at)

    def _returned_before(self, moment: datetime) -> datetime | None:
        known = [*self._returns, self._wakes_at] if self._wakes_at else self._returns
        return max((at for at in known if at < moment), default=None)

    # What an entry means to the engineer

    def _names(self, entry: LogEntry) -> bool:
        return any(agent.id == self.user_id for agent in entry.assignees)

    def _takes_back(self, entry: LogEntry) -> bool:
        return entry.kind in HANDING_OVER and self._names(entry)

    def _leaves_out(self, entry: LogEntry) -> bool:
        """Whether an entry takes the incident from the engineer: a snooze, or an assignment to others alone."""
        if entry.kind == "snooze":
            return True
        return entry.kind in HANDING_OVER and bool(entry.assignees) and not self._names(entry)
