"""An account of PagerDuty in memory, for the reading alone: lists, paging, time windows and the cap of 10,000."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from webapp.pd.client import LIST_CAP, Client
from webapp.pd.errors import BadRequest, NotFound, PagerDutyError
from webapp.pd.evidence import EvidenceRules
from webapp.pd.pace import Pace
from webapp.pd.request import Mode
from webapp.pd.timing import Timing
from webapp.pd.transport import Answer, Params


def usual_rules(mode: Mode, lead: timedelta = timedelta(minutes=15)) -> EvidenceRules:
    """What a policy says of evidence that says nothing else."""
    return EvidenceRules(mode, lead, timedelta(minutes=15))


FAR_OFF = "2030-01-01T00:00:00Z"
TIMES = {"incidents": "created_at", "log_entries": "created_at"}


@dataclass
class FakePagerDuty:
    """Stands for a Transport; `failures` are raised, in order, instead of the next answers of a path."""

    lists: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, list[PagerDutyError]] = field(default_factory=lambda: defaultdict(list))
    calls: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    pace: Pace = field(default_factory=lambda: Pace(1))
    timing: Timing = field(default_factory=Timing)

    @property
    def client(self) -> Client:
        return Client(self)  # type: ignore[arg-type]  # all that a Client asks of a Transport

    def asked(self, path: str) -> list[dict[str, list[str]]]:
        return [query for called, query in self.calls if called == path]

    def get(self, path: str, params: Params = ()) -> Answer:
        query: dict[str, list[str]] = defaultdict(list)
        for name, value in params:
            query[name].append(value)
        self.calls.append((path, dict(query)))
        if self.failures[path]:
            raise self.failures[path].pop(0)
        if path in self.objects:
            return Answer(self.objects[path])
        if path.startswith("/schedules/"):
            return Answer({"schedule": self.rendered(path.rsplit("/", 1)[-1])})
        if path not in self.lists and path.count("/") > 1:
            raise NotFound
        name = path.rsplit("/", 1)[-1]
        records = [record for record in self.lists[path] if _within(record, TIMES.get(name), query)]
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        if offset + limit > LIST_CAP:
            raise BadRequest("Offset+limit exceeds maximum allowed value of 10000.")
        page = records[offset : offset + limit]
        total = len(records) if query.get("total") == ["true"] else None
        return Answer({name: page, "more": offset + len(page) < len(records), "total": total})

    def rendered(self, schedule_id: str) -> dict[str, Any]:
        """A layer-based schedule whose final entries say what the rows do."""
        rows = [row for row in self.lists["/oncalls"] if (row["schedule"] or {}).get("id") == schedule_id]
        if not rows:
            raise NotFound
        entries = [{"start": row["start"], "end": row["end"] or FAR_OFF, "user": row["user"]} for row in rows]
        return {"id": schedule_id, "type": "schedule", "final_schedule": {"rendered_schedule_entries": entries}}


def _within(record: dict[str, Any], key: str | None, query: dict[str, list[str]]) -> bool:
    if key is None or "since" not in query:
        return True
    since, until = (datetime.fromisoformat(query[bound][0]) for bound in ("since", "until"))
    return since <= datetime.fromisoformat(record[key]) < until


@pytest.fixture
def fake() -> FakePagerDuty:
    return FakePagerDuty()
