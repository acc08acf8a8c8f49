"""What a file says besides the report: whose, of when, by which policy, read with whose access."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from webapp.exports.amendments import TIME_OFF, Adjustment, Amendment, Payee, Review
from webapp.pd.crosscheck import DutyDifference
from webapp.pd.result import Tally
from webapp.pricing.facts import Person
from webapp.pricing.report.lines import Gravity, Place, Report, Topic, Warning_
from webapp.pricing.text import listed


class ScopeKind(StrEnum):
    """Whom a report is about."""

    ENGINEER = "engineer"
    TEAM = "team"
    ORGANISATION = "organisation"


class Part(StrEnum):
    """Where a warning leads that is about no engineer."""

    CONNECTION = "connection"
    DIFFERENCES = "differences"
    """The table of what PagerDuty's two answers about on-call time say."""
    SCHEDULE = "schedule"
    """In PagerDuty."""
    ACT = "act"
    """Of somebody whom PagerDuty does not name: the page that asks who it was; without an id, all that are asked."""
    SHADOWS = "shadows"
    """Through which rotations who holds the shift-based schedules."""
    FIELD = "field"
    """An engineer's own value: by the engineer's id, and its name."""


@dataclass(frozen=True, slots=True)
class Target:
    """A part of the page, or beyond it, by its id and name where there are several."""

    part: Part
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """What to look at before paying, in one sentence, and where."""

    gravity: Gravity
    topic: Topic
    sentence: str
    targets: tuple[Place | Target, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingChange:
    """Something that was saved since the report was priced, and touches it, but is not in it."""

    words: str
    """What, by whom and when."""
    person_id: str | None = None
    """The engineer whom it touches; None: everybody."""
    at: datetime | None = None
    """None where nobody knows any more."""
    by_update: bool = True
    """Whether an update takes it in; otherwise somebody must choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """A report with everything that page and file print around it; made by the services."""

    report: Report
    title: str
    scope_name: str
    """Such as "Ada Example", "Platform team", "Organisation"."""
    scope_kind: ScopeKind
    scope_notes: tuple[str, ...]
    """Who is in the scope, where that is not plain: sentences."""
    left_out: tuple[str, ...]
    """Parts of PagerDuty that could not be read, and that the report was made without by choice; () for a whole one."""
    period_label: str
    pay_zone_label: str
    policy_label: str
    """Such as "Standard policy version 3" or "unsaved settings"."""
    policy_words: tuple[str, ...]
    authority: str
    """Whose PagerDuty access read the facts."""
    read_at: datetime
    """UTC; the only clock a file knows."""
    warnings: tuple[ReportWarning, ...]
    """Of the reading; those of the pricing are in the report."""
    other_teams: Mapping[str, tuple[str, ...]]
    """By person id: other teams whose workbook would carry the same statement."""
    tallies: tuple[Tally, ...]
    read_window: str
    """The time asked for, in words."""
    differences: tuple[DutyDifference, ...]
    data_versions: Mapping[str, str]
    """Such as {"holidays": "0.108", "tzdata": "2026.2"}."""
    instance_name: str
    scope_id: str = ""
    """PagerDuty's id of the engineer or team; "" for the organisation."""
    also: tuple[tuple[str, str], ...] = ()
    """Who is in a team's report by choice: id and name."""
    region: str = ""
    """Of PagerDuty: "us" or "eu"."""
    subdomain: str = ""
    """Of the PagerDuty account."""
    adjustments: tuple[Adjustment, ...] = ()
    """Of earlier reports, paid with this one; never part of the report's own totals."""
    amends: tuple[Amendment, ...] = ()
    """Each report that the adjustments amend, once."""
    incidents_read: bool = True
    """False: no rule pays what anybody did about an incident, so none was read."""
    reviews: tuple[Review, ...] = ()
    """Of exactly this report, oldest first."""
    is_draft: bool = False
    """Priced by settings that are not saved, so that nobody can make it again: not to be paid by."""
    missing: tuple[MissingChange, ...] = ()
    """What was saved since, and is not in it."""
    taken_numbers: Mapping[str, str] = field(default_factory=dict)
    """By person id: who else has the payroll number by now under which the report would pay them."""
    edition: str = ""
    """Which state of the draft it was made of; "" where there is no page of it."""
    is_copy: bool = False
    """One engineer's statement out of a larger report: for the engineer to read, and no link of any chain."""
    inputs_digest: str = ""
    """Stands for all facts and settings that were priced; "" on a page, which names none."""
    report_id: str = ""
    """Of this one reading, as adjustments cite it; "" where no file is made."""
    digest: str = ""
    """Of what is paid and why; "" where no file is made."""

    def window_of(self, tally: Tally) -> str:
        """The time for which one part of PagerDuty was read, in words; "" where the part knows none."""
        return self.read_window if tally.windows else ""

    @property
    def adjusted(self) -> Decimal:
        """All adjustments of money together."""
        return sum((one.amount for one in self.adjustments if one.component != TIME_OFF), Decimal(0))

    @property
    def adjusted_time_off(self) -> Decimal:
        """All adjustments of hours off in lieu together."""
        return sum((one.amount for one in self.adjustments if one.component == TIME_OFF), Decimal(0))

    @property
    def to_pay(self) -> Decimal:
        """The report's own total with the adjustments of earlier ones."""
        return self.report.total + self.adjusted

    def adjusted_of(self, payee_id: str) -> Decimal:
        """The adjustments of money of one engineer."""
        own = (one for one in self.adjustments if one.payee.id == payee_id and one.component != TIME_OFF)
        return sum((one.amount for one in own), Decimal(0))

    def only_adjusted(self) -> tuple[Payee, ...]:
        """Who has adjustments and no statement in this report, by name."""
        own = {statement.person.id for statement in self.report.statements}
        payees = {one.payee.id: one.payee for one in self.adjustments if one.payee.id not in own}
        return tuple(sorted(payees.values(), key=lambda payee: (payee.name.casefold(), payee.id)))

    @property
    def partial_words(self) -> str:
        """What a partial report says of itself first; "" for a whole one."""
        if not self.left_out:
            return ""
        return (
            f"PARTIAL: made without the {listed(self.left_out)}, which PagerDuty did not let this connection read. "
            "Pay may be missing."
        )

    @property
    def incidents_words(self) -> str:
        """Why there are no callouts and no incidents; "" where incidents were read."""
        return "" if self.incidents_read else "Incidents were not read: no rule pays them."

    @property
    def draft_words(self) -> str:
        """What a draft says of itself first; "" for any other report."""
        if not self.is_draft:
            return ""
        return "DRAFT: priced by settings that are not saved. Nobody is to be paid by it."

    @property
    def missing_words(self) -> str:
        """How much was saved since and is not in it; "" for nothing."""
        if not self.missing:
            return ""
        count = len(self.missing)
        return f"Without {count} change{'s' if count > 1 else ''} saved since this report was priced."

    @property
    def nobody_words(self) -> str:
        """Why nobody is priced; "" where somebody is, or is paid an adjustment. A total of nothing is no total."""
        if self.report.statements or self.adjustments:
            return ""
        reasons = Counter(reason for _, reason in self.report.not_priced)
        if not reasons:
            called_out = " or called out" if self.incidents_read else ""
            return f"Nobody is priced: nobody was on call{called_out} in this period."
        told = (f"{reason} ({count} engineer{'s' if count > 1 else ''})" for reason, count in reasons.items())
        return f"Nobody is priced: {', '.join(told)}."

    @property
    def last_date(self) -> date:
        """The last date of the period, as people say it."""
        return self.report.period.after - timedelta(days=1)

    def people(self) -> dict[str, Person]:
        """Everybody the report names, by id."""
        priced = {statement.person.id: statement.person for statement in self.report.statements}
        return {person.id: person for person, _ in self.report.not_priced} | priced

    def all_warnings(self) -> tuple[ReportWarning, ...]:
        """Those of the reading and of the pricing, the gravest first, then by what they are about."""
        names = {person.id: person.name for person in self.people().values()}
        priced = (
            ReportWarning(warning.gravity, warning.topic, _sentence(warning, names), _targets(warning))
            for warning in self.report.warnings
        )
        topics = list(Topic)
        return tuple(sorted((*self.warnings, *priced), key=lambda one: (one.gravity, topics.index(one.topic))))

    def warning_words(self) -> tuple[str, ...]:
        """Every warning in one sentence, in the same order."""
        return tuple(warning.sentence for warning in self.all_warnings())


def _targets(warning: Warning_) -> tuple[Place | Target, ...]:
    """Its places; an engineer without a time zone is mended at that field."""
    if warning.topic is not Topic.ENGINEERS:
        return warning.places
    return (*warning.places, *(Target(Part.FIELD, place.person_id, "time zone") for place in warning.places))


def _sentence(warning: Warning_, names: Mapping[str, str]) -> str:
    """With the name and the date, where the text does not say them."""
    name = names.get(warning.person_id or "", "")
    who = "" if name in warning.text else name
    parts = (who, warning.date.isoformat() if warning.date else "")
    place = ", ".join(part for part in parts if part)
    return f"{place}: {warning.text}" if place else warning.text
