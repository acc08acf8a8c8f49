"""Who did what is written in a log: a person by name, a machine, or a person whom PagerDuty does not name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from webapp.pd.records import Agent, LogEntry, OnCallRow
from webapp.pd.result import Records, is_human
from webapp.pd.shifts import Duty

MACHINES = frozenset({"", "api", "auto", "email", "nagios", "note", "timeout", "web_trigger"})
"""Channels through which a program acts unless PagerDuty names a person."""
DEVICES = frozenset({"mobile", "phone", "sms", "web", "website"})
"""A person's own; PagerDuty names them, but for a reference that it lost."""
CHATS = {"slack": "Slack"} | dict.fromkeys(("teams", "msteams", "microsoft_teams"), "Microsoft Teams")
"""As people call them."""
OTHER_CHATS = ("slack", "teams", "chat", "discord", "mattermost", "telegram", "webex", "whatsapp")
"""Words in the names of others: the set is open."""
BY_ANSWER = 1_000
"""Outranks any likeness of names."""
WORD = re.compile(r"[^\W_]+")


def may_be_response(entry: LogEntry) -> bool:
    """Whether a person acknowledged or resolved, though the agent is no user."""
    return entry.kind in {"acknowledge", "resolve"} and may_be_person(entry)


def may_be_person(entry: LogEntry) -> bool:
    """Whether a person acted, though the agent is no user: in a chat, or as one that a channel carries.

    Where nobody at all is named, anything but a program's channel is a person's.
    """
    if entry.chat_user is not None or any(word in entry.channel for word in OTHER_CHATS):
        return True
    return entry.agent is None and entry.channel not in MACHINES


def channel_words(channel: str) -> str:
    """Such as "in Slack" or "through mobile"."""
    return f"through {channel}" if channel in DEVICES else f"in {CHATS.get(channel, 'a chat')}"


class Actors:
    """Whose act an entry of one reading is, with what managers have answered."""

    def __init__(self, records: Records, answers: Mapping[str, str | None]) -> None:
        self._records = records
        self._names: dict[str, str] | None = None
        asked = [entry for entry in records.log_entries if entry.id in answers] if answers else []
        named = {entry.id: user_id for entry in asked if (user_id := self._by_pagerduty(entry))}
        self.needless_answers = {key: self.names.get(user_id, user_id) for key, user_id in named.items()}
        """Names of those whom PagerDuty names meanwhile, by entry id: these answers do not count."""
        self.answers = {key: user_id for key, user_id in answers.items() if key not in self.needless_answers}

    def is_human(self, agent: Agent) -> bool:
        """Whether an agent is a person."""
        return is_human(agent, self._records.users)

    def person(self, entry: LogEntry | None) -> str | None:
        """User id of the person who acted, where one is named."""
        return entry.agent.id if entry and entry.agent and self.is_human(entry.agent) else None

    def name(self, agent: Agent) -> str:
        """As PagerDuty calls a person today."""
        user = self._records.users.get(agent.id)
        return user.name if user else agent.name

    def named(self, entry: LogEntry) -> LogEntry:
        """The entry with the person as its agent whom its channel, or a manager, names."""
        if not (entry.chat_user or entry.id in self.answers) or self.person(entry):
            return entry
        user_id = self._by_pagerduty(entry) or self.answers.get(entry.id)
        if user_id is None:
            return entry
        return replace(entry, agent=Agent(user_id, "user_reference", self.names.get(user_id, user_id)))

    def is_somebody(self, entry: LogEntry) -> bool:
        """Whether a person acted whom nobody has named."""
        return not self.person(entry) and may_be_person(entry) and entry.id not in self.answers

    def is_unnamed(self, entry: LogEntry) -> bool:
        """Whether a person acknowledged or resolved whom nobody has named."""
        return may_be_response(entry) and self.is_somebody(entry)

    def is_answered(self, entry: LogEntry) -> bool:
        """Whether it was a manager who named the person."""
        return self.answers.get(entry.id) is not None

    def _by_pagerduty(self, entry: LogEntry) -> str | None:
        """User id of the person whom the entry, or its channel, names."""
        user = entry.chat_user
        in_channel = user.id if user and (entry.channel_user or user.id in self.names) else None
        return self.person(entry) or in_channel

    @property
    def names(self) -> dict[str, str]:
        """Every PagerDuty user of the reading by id."""
        if self._names is None:
            self._names = dict(self._references()) | {user.id: user.name for user in self._records.users.values()}
        return self._names

    def _references(self) -> Iterator[tuple[str, str]]:
        yield from self._records.others.items()
        for row in self._records.on_call:
            yield row.user_id, row.user_name
        for entry in self._records.log_entries:
            for agent in (entry.agent, entry.channel_user, *entry.assignees):
                if agent and self.is_human(agent):
                    yield agent.id, agent.name


class Candidates:
    """Who may be behind an act of somebody unnamed: whoever was on call, the likeliest first."""

    def __init__(self, records: Records, duty: Duty, answers: Mapping[str, str | None]) -> None:
        self._records = records
        self._duty = duty
        entries = {entry.id: entry for entry in records.log_entries} if answers else {}
        self._by_chat_id = {
            entry.chat_user.id: user_id
            for entry_id, user_id in answers.items()
            if user_id and (entry := entries.get(entry_id)) and entry.chat_user
        }
        """Whom a manager has named before."""

    def of(self, entry: LogEntry, triggered_at: datetime) -> tuple[str, ...]:
        """User ids of those on call at some moment between the trigger and the act.

        Names and ids of a chat prove nothing; they only rank, before the incident's policy and level.
        """
        incident = self._records.incidents.get(entry.incident_id)
        policy_id = incident.policy_id if incident else None
        ranks: dict[str, tuple[int, bool, int, str]] = {}
        for row in self._duty.rows(min(triggered_at, entry.created_at), entry.created_at):
            likeness = self._likeness(row, entry.chat_user)
            rank = (-likeness, row.policy_id != policy_id, row.level, row.user_name.casefold())
            ranks[row.user_id] = min(rank, ranks.get(row.user_id, rank))
        return tuple(sorted(ranks, key=lambda user_id: (ranks[user_id], user_id)))

    def _likeness(self, row: OnCallRow, chat_user: Agent | None) -> int:
        """How many words of a chat's name are the engineer's."""
        if chat_user is None:
            return 0
        if chat_user.id in self._by_chat_id:
            return BY_ANSWER if self._by_chat_id[chat_user.id] == row.user_id else 0
        user = self._records.users.get(row.user_id)
        address = (user.email or "").partition("@")[0] if user else ""
        return len(_words(chat_user.name) & _words(f"{user.name if user else row.user_name} {address}"))


def _words(name: str) -> set[str]:
    return set(WORD.findall(name.casefold()))
