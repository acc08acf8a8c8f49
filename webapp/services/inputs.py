"""Everything that a report is priced by, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from webapp.pd.result import Records
from webapp.pricing.report.lines import Period
from webapp.services import policy_merge
from webapp.services.calendars.concerned import Outcomes, outcomes
from webapp.services.calendars.corrections import CalendarChanges
from webapp.services.callout_decisions import Decisions
from webapp.services.engineer_facts import HOLIDAY_REGION, day_words
from webapp.services.facts import Places, region_of
from webapp.services.people import PaySettings
from webapp.services.policies import UNSAVED, Basis, Rules, SavedPolicy, basis_of, in_force
from webapp.services.policy_merge import Conflict
from webapp.services.policy_windows import window_of
from webapp.services.schedule_names import ScheduleNames, basis_by_ids
from webapp.services.shadow_rotations import Shadows

Own = Mapping[str, PaySettings]
"""Engineers' own values, by PagerDuty user id. Their holiday regions are all that a calendar is chosen by."""


@dataclass(frozen=True, slots=True)
class SavedSettings:
    """What is saved for everybody and decides about pay, as it was at one moment; a row of `input_parts` for each."""

    versions: tuple[SavedPolicy, ...] = ()
    own: Own = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)
    calendars: CalendarChanges = field(default_factory=CalendarChanges)
    shadows: Shadows = field(default_factory=dict)
    """Rotations whose engineers only shadow."""


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


def corrected_days(
    inputs: ReportInputs, records: Records, changes: CalendarChanges, first: date, after: date
) -> Outcomes:
    """What corrections make of dates, from `first` up to `after`, for the engineers of a report."""
    places = Places.of(inputs.basis.document)
    regions = {user_id: region_of(inputs.own.get(user_id), places) for user_id in records.users}
    return outcomes(changes, regions, first, after, places.rule_on)
