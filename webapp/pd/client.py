"""PagerDuty's lists and objects: paging, and the few questions that the pages ask directly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from webapp.pd.errors import BadRequest, Incomplete, NotFound
from webapp.pd.pace import Pace
from webapp.pd.records import Json, TeamRecord, UserRecord, member_id
from webapp.pd.timing import Timing
from webapp.pd.transport import Answer, Params, Transport

PAGE_SIZE = 100  # PagerDuty: the largest it allows
LIST_CAP = 10_000  # PagerDuty: offset + limit may not exceed it
_ID = re.compile(r"[A-Z0-9]{6,20}")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next_offset` is None on the last one, `total` only where it was asked for."""

    records: list[dict[str, Any]]
    next_offset: int | None
    total: int | None
    retries: int


class Client:
    """What one credential can read of one PagerDuty account."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.answers = 0
        """Answers so far, refusals included."""
        self.retries = 0
        """How many requests those who answered were sent again."""

    @property
    def pace(self) -> Pace:
        """How fast it may ask."""
        return self.transport.pace

    @property
    def timing(self) -> Timing:
        """By which clock it waits."""
        return self.transport.timing

    def get(self, path: str, params: Params = ()) -> Answer:
        """One object or unpaged list as PagerDuty gives it."""
        self.answers += 1
        answer = self.transport.get(path, params)
        self.retries += answer.retries
        return answer

    def thing(self, path: str, name: str, params: Params = ()) -> Json:
        """The object `name` at `path`; an empty one where PagerDuty gives none."""
        found = self.get(path, params).body.get(name) or {}
        if not isinstance(found, dict):
            raise Incomplete(f"PagerDuty's {name} cannot be read")
        return found

    def page(
        self,
        path: str,
        name: str,
        params: Params = (),
        offset: int = 0,
        *,
        limit: int = PAGE_SIZE,
        total: bool = False,
    ) -> Page:
        """One page of the list `name` at `path`.

        The next offset is counted from what was received: PagerDuty may give less than was asked for.
        """
        limit = min(limit, LIST_CAP - offset)
        if limit <= 0:
            raise Incomplete(
                f"PagerDuty lists at most {LIST_CAP:,} {name.replace('_', ' ')} at once, and there are more"
            )
        paging = [("limit", str(limit)), ("offset", str(offset))] + ([("total", "true")] if total else [])
        answer = self.get(path, [*params, *paging])
        records, more, count = (answer.body.get(key) for key in (name, "more", "total"))
        if (
            not isinstance(records, list)
            or not all(isinstance(record, dict) for record in records)
            or not isinstance(more, bool)
            or (total and not isinstance(count, int))
        ):
            raise Incomplete(f"PagerDuty's list of {name.replace('_', ' ')} cannot be read")
        # An empty page ends the list even where PagerDuty says "more".
        next_offset = offset + len(records) if more and records else None
        return Page(records, next_offset, count if total else None, answer.retries)

    def pages(self, path: str, name: str, params: Params = ()) -> Iterator[Page]:
        """All pages of a list, one request each."""
        query = list(params)
        offset: int | None = 0
        while offset is not None:
            page = self.page(path, name, query, offset)
            yield page
            offset = page.next_offset

    def me(self) -> UserRecord | None:
        """The user of the credential; None for an account key, which PagerDuty answers with 400."""
        try:
            return UserRecord.read(self.thing("/users/me", "user"))
        except BadRequest:
            return None

    def users(self, query: str = "") -> list[UserRecord]:
        """Users whose name or e-mail holds `query`; all without one."""
        params = [("query", query)] if query else []
        return [UserRecord.read(json) for page in self.pages("/users", "users", params) for json in page.records]

    def user(self, user_id: str) -> UserRecord:
        """One user. Raises NotFound for a deleted one."""
        return UserRecord.read(self.thing(f"/users/{quote(user_id, safe='')}", "user"))

    def find_users(self, text: str) -> list[UserRecord]:
        """Users by id, or by a part of name or e-mail, as a person types it; nothing finds nobody."""
        text = text.strip()
        if not text:
            return []
        if _ID.fullmatch(text):
            try:
                return [self.user(text)]
            except NotFound:
                pass  # a name in capitals, then
        return self.users(text)

    def teams(self, query: str = "") -> list[TeamRecord]:
        """Teams whose name holds `query`; all without one. Raises Forbidden where the plan has no teams."""
        params = [("query", query)] if query else []
        return [TeamRecord.read(json) for page in self.pages("/teams", "teams", params) for json in page.records]

    def team(self, team_id: str) -> TeamRecord:
        """One team."""
        return TeamRecord.read(self.thing(f"/teams/{quote(team_id, safe='')}", "team"))

    def member_ids(self, team_id: str) -> list[str]:
        """User ids of a team's members. PagerDuty: as of today, there is no history."""
        pages = self.pages(f"/teams/{quote(team_id, safe='')}/members", "members")
        return [user_id for page in pages for user_id in map(member_id, page.records) if user_id]
