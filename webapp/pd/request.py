"""What is asked of PagerDuty for one report, and what an answer is good for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """Who is the payee of an incident."""

    ACKNOWLEDGED = "acknowledged"
    FIRST_ACKNOWLEDGED = "first acknowledged"
    RESOLVED = "resolved"
    ON_CALL = "on call"

    @property
    def needs_log_entries(self) -> bool:
        """PagerDuty: a resolved incident no longer names who acknowledged it; only its log entries do."""
        return self in {Mode.ACKNOWLEDGED, Mode.FIRST_ACKNOWLEDGED}


@dataclass(frozen=True, slots=True)
class Individual:
    """One engineer."""

    user_id: str


@dataclass(frozen=True, slots=True)
class Team:
    """The engineers who are members of a team today; PagerDuty keeps no history of membership.

    `also`: user ids of others to be treated as members, such as somebody who has left the team.
    """

    team_id: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everybody."""


Scope = Individual | Team | Organisation


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What to read: facts between two instants (UTC, whole seconds), already widened by what the policy looks back."""

    since: datetime
    until: datetime
    scope: Scope
    mode: Mode = Mode.ACKNOWLEDGED
    partial: bool = False
    """Go on without a part that PagerDuty does not show: somebody chose that. Otherwise such a part is an error."""
    also_pay: frozenset[str] = frozenset()
    """Schedules, by id or name, whose final schedule tells time on call where no escalation policy does."""
    named: frozenset[str] = frozenset()
    """Every word by which somebody names a schedule: one that no list knows is looked for among everybody's rows."""
    incidents: bool = True
    """False: no rule asks what anybody did about an incident, so no incident and no log is read."""

    @property
    def everybody_on_call(self) -> bool:
        """Whether on-call rows of all users are read: mode "on call" must know who held the levels below."""
        return (self.incidents and self.mode is Mode.ON_CALL) or isinstance(self.scope, Organisation)

    def supports(self, mode: Mode) -> bool:
        """Whether what is read for this request is enough for another mode too; without incidents, for every one."""
        if not self.incidents:
            return True
        if mode is Mode.ON_CALL:
            return self.everybody_on_call
        return self.mode.needs_log_entries or not mode.needs_log_entries
