"""No part of what a report is made of can be forgotten: not in its digest, and not in what was saved since."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.services.test_calendar_corrections import BEFORE, entry, records, report, with_calendars
from tests.services.test_inputs import ADA, SAVED_AT, version
from webapp.pd.records import FinalShift, IncidentRecord, OnCallRow, ScheduleRecord
from webapp.pd.result import Records
from webapp.services.callout_decisions import ActDecision, Decisions
from webapp.services.engineer_facts import HOURLY_RATE
from webapp.services.input_parts import READ_PARTS, SAVED_PARTS, inputs_digest, saved_changes
from webapp.services.inputs import SavedSettings
from webapp.services.policies import Policy
from webapp.services.shadow_rotations import ShadowRotation

EVENING = datetime(2026, 10, 6, 18, tzinfo=UTC)
NO_FACTS = {
    "request": "what was asked for, not what came",
    "read_at": "facts that have not changed are the same facts whenever they are read",
    "tallies": "how the reading went",
    "differences": "a comparison of what is digested",
    "others": "names to be offered",
    "vacant_rows": "nobody's time",
    "also_read": "which schedules were asked for",
}
"""Fields of `Records` that no digest has."""


def read() -> Records:
    """An incident and a shift, for decisions to be about."""
    incident = IncidentRecord(
        "Q1", 1, "Down", "resolved", "high", EVENING, EVENING, "Service", None, frozenset(), "", None, None
    )
    schedule = ScheduleRecord("PS1", "Primary", "Europe/London", frozenset(), frozenset())
    shift = FinalShift(ADA.user_id, ADA.name, EVENING, EVENING, "R1")
    return replace(records(), incidents={"Q1": incident}, schedules={"PS1": schedule}, assignments={"PS1": (shift,)})


ROW = OnCallRow(ADA.user_id, ADA.name, "PE1", "Policy", 1, "PS1", "Primary", EVENING, EVENING)
SAMPLES: dict[str, Any] = {"on_call": ROW, "also_on_call": ROW, "schedules": read().schedules["PS1"]}
"""Elements of fields of `Records` that are looked into."""


def other_versions() -> tuple[Any, ...]:
    rules = BEFORE.versions[0].rules
    assert isinstance(rules, Policy)
    return (*BEFORE.versions, version(2, replace(rules, callout_fee=Decimal(50))))


OTHERS: dict[str, Any] = {
    "versions": other_versions(),
    "own": {ADA.user_id: ADA.changed(HOURLY_RATE, "40")},
    "decisions": Decisions(
        acts={"R1": ActDecision("R1", "Q1", EVENING, ADA.user_id, "seen", "bo@example.com", SAVED_AT)}
    ),
    "calendars": with_calendars(entry(date(2026, 10, 9))).calendars,
    "shadows": {("PS1", "R1"): ShadowRotation("PS1", "R1", "Ada", None, "learns", "bo@example.com", SAVED_AT)},
}
"""Of each part that is saved, something that touches the report."""


def test_every_part_that_is_saved_has_its_row() -> None:
    assert [part.field for part in SAVED_PARTS] == [one.name for one in fields(SavedSettings)]
    assert set(OTHERS) == {part.field for part in SAVED_PARTS}


@pytest.mark.parametrize("part", SAVED_PARTS, ids=lambda part: part.field)
def test_what_was_saved_since_is_told_and_gives_another_digest(part: Any) -> None:
    inputs = replace(report(), records=read())
    now = replace(BEFORE, **{part.field: OTHERS[part.field]})
    assert len(saved_changes(inputs, now)) == 1
    assert saved_changes(inputs, BEFORE) == ()
    assert inputs_digest(inputs.taking_in(now)) != inputs_digest(inputs)


@pytest.mark.parametrize("part", [part for part in SAVED_PARTS if part.is_newer], ids=lambda part: part.field)
def test_a_newer_part_is_digested_only_where_there_is_any(part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = inputs_digest(report())
    monkeypatch.setattr("webapp.services.input_parts.SAVED_PARTS", tuple(one for one in SAVED_PARTS if one != part))
    assert inputs_digest(report()) == digest


def test_the_digest_of_the_same_inputs_is_the_same_in_every_version() -> None:
    """Else files of the version before seem to rest on other facts; a new field of the pay settings does that, too."""
    inputs = replace(report(), records=read())
    now = SavedSettings(**{**OTHERS, "versions": BEFORE.versions})
    assert inputs_digest(inputs) == "bd3b71a910f2ee6cc0b95897f631401a4c762c5f3ea0e124c360b88c42cc2c64"
    assert inputs_digest(inputs.taking_in(now)) == "aeb40781f7118e442c317a4e61e0b85f0c7eafc8ced29fb80dc559cfad10a04d"


@pytest.mark.parametrize("name", [one.name for one in fields(Records)])
def test_every_fact_of_pagerduty_is_digested(name: str) -> None:
    if name in NO_FACTS:
        assert name not in READ_PARTS
        return
    before = replace(report(), records=read())
    value = getattr(read(), name)
    more = {**value, "X": SAMPLES.get(name, "x")} if isinstance(value, dict) else type(value)([SAMPLES.get(name, "x")])
    changed = replace(before, records=replace(read(), **{name: more}))
    assert inputs_digest(changed) != inputs_digest(before)
