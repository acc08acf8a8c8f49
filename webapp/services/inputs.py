"""Everything that a report is priced by, as one frozen value; and one digest for all of it.

Two workbooks with the same digest rest on the same facts, whenever they were read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property
from hashlib import sha256
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from webapp.pd.result import Records
from webapp.pricing.report.lines import Period
from webapp.services import callout_decisions, people, policy_merge
from webapp.services.calendars.concerned import Outcomes, outcomes, shape
from webapp.services.calendars.corrections import CalendarChanges
from webapp.services.calendars.store import calendar_changes
from webapp.services.callout_decisions import Decisions
from webapp.services.engineer_facts import HOLIDAY_REGION, day_words
from webapp.services.facts import Places, dates_read, region_of
from webapp.services.people import PaySettings
from webapp.services.policies import UNSAVED, Basis, Rules, SavedPolicy, basis_of, in_force, saved_policies
from webapp.services.policy_merge import Conflict
from webapp.services.policy_windows import window_of
from webapp.services.schedule_names import ScheduleNames, basis_by_ids
from webapp.services.shadow_rotations import Shadows, shadow_rotations

Own = Mapping[str, PaySettings]
"""Engineers' own values, by PagerDuty user id. Their holiday regions are all that a calendar is chosen by."""


@dataclass(frozen=True, slots=True)
class SavedSettings:
    """What is saved for everybody and decides about pay, as it was at one moment."""

    versions: tuple[SavedPolicy, ...] = ()
    own: Own = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)
    calendars: CalendarChanges = field(default_factory=CalendarChanges)
    shadows: Shadows = field(default_factory=dict)
    """Rotations whose engineers only shadow."""


def saved_settings(session: Session, subdomain: str) -> SavedSettings:
    """As it is now, for one PagerDuty account."""
    return SavedSettings(
        versions=tuple(saved_policies(session)),
        own=people.pay_settings(session, subdomain),
        decisions=callout_decisions.decisions(session, subdomain),
        calendars=calendar_changes(session, subdomain),
        shadows=shadow_rotations(session, subdomain),
    )


@dataclass(frozen=True, eq=False)
class ReportInputs:
    """What one pricing sees, and nothing else. Whatever changes is another value, and has another result."""

    period: Period
    policy: Rules
    """In force on the last day, or tried out in its place."""
    saved: SavedSettings
    """As it was when this report last took it in."""
    own: Own
    """What is saved, with what is tried out."""
    records: Records | None = None
    """None: PagerDuty is still being read."""

    @property
    def decisions(self) -> Decisions:
        """What managers decided; nobody tries a decision out."""
        return self.saved.decisions

    @property
    def calendars(self) -> CalendarChanges:
        """What is corrected in calendars; nobody tries that out either."""
        return self.saved.calendars

    @property
    def regions(self) -> frozenset[str]:
        """The holiday regions that its policy, or somebody in it, has at any time."""
        users = self.records.users if self.records else {}
        own = [one for user_id, one in self.own.items() if user_id in users]
        named = {change.value for one in own for change in one.facts.get(HOLIDAY_REGION, ())}
        named |= {one.holiday_region or "" for one in (self.written.document, *self.written.document.later)}
        return frozenset(named - {""})

    @cached_property
    def written(self) -> Basis:
        """What prices the period, with schedules as the policy names them.

        Raises:
            NotInForce: no policy does, or not one currency.
        """
        return basis_of(self.saved.versions, self.policy, self.period.first, self.period.after)

    @cached_property
    def basis(self) -> Basis:
        """The same with the ids of schedules, once PagerDuty is read: names are for people.

        Raises:
            NotInForce: no policy prices the period, or not one currency.
            ScheduleNameError: the policy names a schedule that is not one schedule of PagerDuty.
        """
        return self.written if self.records is None else basis_by_ids(self.written, self.schedules, self.reach)

    @cached_property
    def schedules(self) -> ScheduleNames:
        """The schedules that were read; none while PagerDuty is being read."""
        return ScheduleNames.of(self.records) if self.records else ScheduleNames({}, are_all=False)

    @cached_property
    def reach(self) -> Period:
        """The dates that decide about its pay: the period, and the whole of each window that a rule counts in."""
        return Period(*window_of(self.written.document, self.period.first, self.period.after))

    @property
    def last_day(self) -> date:
        """Of the period."""
        return self.period.after - timedelta(days=1)

    @property
    def is_saved(self) -> bool:
        """Whether nothing is tried out: then anybody can make this report again."""
        return self.basis.is_saved and dict(self.own) == dict(self.saved.own)

    @property
    def label(self) -> str:
        """The policy's name and version where exactly what is saved was used, else "unsaved settings"."""
        return self.basis.label if self.is_saved else UNSAVED

    def taking_in(self, now: SavedSettings) -> ReportInputs:
        """The same with what is saved now; what is tried out stays, and versions that do not go with it wait."""
        own = _with_tried(self.own, self.saved.own, now.own)
        policy = policy_merge.merged(*self._three(now))
        if policy is None:
            return replace(self, saved=replace(now, versions=self.saved.versions), own=own)
        return replace(self, policy=policy, saved=now, own=own)

    def is_apart_from(self, now: SavedSettings) -> bool:
        """Whether no update takes in the versions saved now: somebody must choose between them and what is tried."""
        return policy_merge.merged(*self._three(now)) is None

    def conflicts(self, now: SavedSettings) -> tuple[Conflict, ...]:
        """The policy's fields that stay as they are tried out though somebody saved them otherwise."""
        return policy_merge.conflicts(*self._three(now))

    def own_conflicts(self, now: SavedSettings) -> Iterator[Conflict]:
        """The same of engineers' own values, by the engineer's name, what it is and from when."""
        for user_id, tried in self.own.items():
            nothing = replace(tried, payroll_number="", facts={})
            before, after = (own.get(user_id, nothing) for own in (self.saved.own, now.own))
            ours, base, theirs = map(_steps, (tried, before, after))
            for step, value in ours.items():
                if base.get(step, "") not in {value, theirs.get(step, "")} and value != theirs.get(step, ""):
                    yield Conflict(f"{tried.name}, {step}", value, theirs.get(step, ""))

    def _three(self, now: SavedSettings) -> tuple[Rules, Rules | None, Rules | None]:
        """The policy as it is tried out, as it was saved before and as it is saved now."""
        before, after = (in_force(saved.versions, self.last_day) for saved in (self.saved, now))
        return self.policy, before.rules if before else None, after.rules if after else None


def _steps(settings: PaySettings) -> dict[str, str]:
    """Every value by what it is and from when."""
    values = {
        f"{what} from {day_words(one.since)} on": one.value
        for what, changes in settings.facts.items()
        for one in changes
    }
    return {"payroll number": settings.payroll_number} | values


def _with_tried(own: Own, before: Own, now: Own) -> Own:
    """What is saved now, with every value that was tried out on what was saved before."""
    merged = dict(now)
    for user_id, tried in own.items():
        old = before.get(user_id, replace(tried, payroll_number="", facts={}))
        if tried == old:
            continue
        base = now.get(user_id, replace(tried, payroll_number="", facts={}))
        for what, changes in tried.facts.items():
            known = {*old.facts.get(what, ()), *base.facts.get(what, ())}
            for change in changes:
                if change not in known:
                    base = base.changed(what, change.value, change.since)
        if tried.payroll_number != old.payroll_number:
            base = replace(base, payroll_number=tried.payroll_number)
        if user_id in now or not base.is_empty:
            merged[user_id] = base
    return merged


def inputs_digest(inputs: ReportInputs) -> str:
    """SHA-256, 64 hexadecimal digits; the order in which PagerDuty gave its records does not matter."""
    records = inputs.records
    if records is None:
        raise ValueError("PagerDuty is still being read.")
    parts: dict[str, Iterable[Any]] = {
        "policy": [inputs.policy, *(saved.rules for saved in inputs.basis.stretches)],
        "settings": inputs.own.values(),
        "decisions": inputs.decisions.records(),
        "shadows": inputs.saved.shadows.values(),
        "assignments": records.assignments.items(),
        "users": records.users.values(),
        "on call": records.on_call,
        "incidents": records.incidents.values(),
        "log": records.log_entries,
        "schedules": records.schedules.values(),
        "escalation policies": records.policies.values(),
        "also on call": records.also_on_call,
        "hidden": records.unseen_incident_ids,
        "left out": records.left_out_parts,
    }
    if corrected := _corrected(inputs, records):  # without any, what older workbooks say of the same facts
        parts["calendars"] = corrected
    digest = sha256()
    for name, elements in parts.items():
        digest.update(_digest(name) + b"".join(sorted(map(_digest, elements))))
    return digest.hexdigest()


def corrected_days(
    inputs: ReportInputs, records: Records, changes: CalendarChanges, first: date, after: date
) -> Outcomes:
    """What corrections make of dates, from `first` up to `after`, for the engineers of a report."""
    places = Places.of(inputs.basis.document)
    regions = {user_id: region_of(inputs.own.get(user_id), places) for user_id in records.users}
    return outcomes(changes, regions, first, after, places.rule_on)


def _corrected(inputs: ReportInputs, records: Records) -> list[Any]:
    """The days that count otherwise than the package has them, each with the engineers for whom."""
    found: dict[tuple[Any, ...], list[str]] = {}
    for (day, user_id), one in corrected_days(inputs, records, inputs.calendars, *dates_read(records)).items():
        if one.differs:
            found.setdefault((day, shape(one.holiday)), []).append(user_id)
    return [(key, sorted(user_ids)) for key, user_ids in found.items()]


def short_digest(settings: Any) -> str:
    """Enough to tell the settings of one report apart."""
    return _digest(settings).hex()[:16]


def _digest(value: Any) -> bytes:
    return sha256(json.dumps(value, default=_plain, sort_keys=True).encode()).digest()


def _plain(value: Any) -> Any:
    """What JSON does not know, in terms of what it does."""
    if is_dataclass(value):
        kind: Any = type(value)
        return [kind.__name__, *_fields(kind)(value)]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Decimal):
        return str(value)
    return dict(value)  # of the mappings that are no dict; anything else is an error of ours


@cache
def _fields(kind: Any) -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*(field.name for field in fields(kind) if field.compare))
