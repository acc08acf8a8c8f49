"""Callouts as a report shows them: rows that add up to the lines, and the reason of everything that earns nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from webapp.pricing.engine.ledger import NO_RULE, STILL_OPEN
from webapp.pricing.engine.lines import Left, PayLine
from webapp.pricing.engine.stages.shape import OVER_THE_CAP
from webapp.pricing.facts import Callout
from webapp.pricing.money import amount_of, total
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.policy.document import Component
from webapp.pricing.report.amounts import printed_amount
from webapp.pricing.report.engineer import Engineer
from webapp.pricing.report.lines import (
    CalloutRow,
    Gravity,
    Subject,
    Topic,
    UnpaidLine,
    Warning_,
)
from webapp.pricing.report.sessions import Run, WorkSession
from webapp.pricing.rounding import round_to
from webapp.pricing.spans import Interval, Intervals, intersect, second_of, seconds, subtract, union
from webapp.pricing.text import short_length


@dataclass(slots=True)
class _Part:
    """What one callout earns of one session on one date."""

    billed_seconds: int = 0
    fee: Decimal = Decimal(0)
    hourly_pay: Decimal = Decimal(0)
    time_off: Decimal = Decimal(0)


def _is_to_be_paid(run: Run) -> bool:
    return run.callout.decision is not None and run.callout.decision.pay is True


@dataclass(slots=True)
class CalloutBook:
    """One engineer's callouts, in the order of their work."""

    engineer: Engineer
    brief: PolicyBrief
    rows: list[CalloutRow] = field(default_factory=list)
    unpaid: list[UnpaidLine] = field(default_factory=list)
    pending: list[UnpaidLine] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    left: dict[str, list[Left]] = field(default_factory=dict)
    """Why rules did not pay time, by callout."""

    def write_session(self, session: WorkSession) -> None:
        """A row for each callout of a session and each date that any of its pay is booked on."""
        runs_of: dict[str, list[Run]] = {}
        for run in session.runs:
            runs_of.setdefault(run.callout.id, []).append(run)
        parts = self._parts(session, list(runs_of))
        day = self.engineer.day(session.runs[0].start, session.runs[0].callout.zone)
        dates = sorted({line.booked for line in session.lines}) or [day.date]
        for booked in dates:
            continued = booked != dates[0]
            for incident_id, runs in runs_of.items():
                part = parts.get((booked, incident_id))
                if part or not continued:
                    self._paid_row(session, runs, booked, part or _Part(), continued=continued)

    def write_run(self, run: Run, paid: Intervals) -> None:
        """What of a run earns nothing, whatever its callout earns; the row of a run that earns nothing at all."""
        who, incident_id = self.engineer.id, run.callout.id
        booked = self.engineer.day(run.start, run.callout.zone).date
        if run.is_open:
            spans, length = tuple(run.time), seconds(run.time)
            self.pending.append(UnpaidLine(who, booked, Subject.CALLOUT, STILL_OPEN, spans, length, incident_id))
            self._unpaid_row(run, STILL_OPEN)
            return
        lost = subtract(run.time, intersect(union(run.kept), paid)) if run.session is not None else run.time
        found = list(self._reasons(run, lost))
        if run.session is None:
            self._unpaid_row(run, found[0][0] if found else self._reason_at(run))
        if not lost and run.session is None:
            found = [(self._reason_at(run), [])]
        for reason, time in found:
            self.unpaid.append(
                UnpaidLine(who, booked, Subject.CALLOUT, reason, tuple(time), seconds(time), incident_id)
            )
        if run.cut:
            self._warn_of_cut(run, booked)
        if run.session is None and not self.engineer.missing and _is_to_be_paid(run):
            self._warn_of_decision(run, booked)

    def moved(self, callout: Callout) -> Iterator[CalloutRow]:
        """A row on each date of the evidence, where corrected times have taken its place."""
        if callout.decision is None or not callout.decision.times:
            return
        booked = self.engineer.day(second_of(callout.decision.times[0].start), callout.zone).date
        found = (self.engineer.day(spell.start, callout.zone) for spell in callout.evidence)
        zero = total((), self.brief.minor_digits)
        for day in {one.date: one for one in found}.values():
            yield CalloutRow(
                person_id=self.engineer.id,
                callout=callout,
                incident=self.engineer.incidents[callout.id],
                date=day.date,
                day_type=day.day_type,
                session=None,
                payable=False,
                reason=f"corrected times put it on {booked:%-d %B %Y}, outside this report",
                spans=(),
                worked_seconds=0,
                billed_seconds=0,
                fee=zero,
                hourly_pay=zero,
                evidence="; ".join(dict.fromkeys(spell.evidence for spell in callout.evidence)),
                moved=True,
            )

    def _parts(self, session: WorkSession, incident_ids: list[str]) -> dict[tuple[date, str], _Part]:
        """The pay of a session by date and callout; running differences of rounded sums, so that they add up."""
        parts: dict[tuple[date, str], _Part] = defaultdict(_Part)
        for line in session.lines:
            for incident_id, amount, billed in self._split(line, incident_ids):
                part = parts[line.booked, incident_id]
                part.billed_seconds += billed
                if line.as_ != "money":
                    part.time_off += amount
                elif line.component is Component.HOURLY_PAY:
                    part.hourly_pay += amount
                else:
                    part.fee += amount
        return parts

    def _split(self, line: PayLine, incident_ids: list[str]) -> Iterator[tuple[str, Decimal, int]]:
        """A line by callout."""
        whole = printed_amount(line, self.brief)
        members = self.engineer.outcome.sessions[line.session or 0].members
        if len(members) == 1:
            yield members[0].callout, whole, line.billed_seconds
            return
        shares: dict[str, Fraction] = defaultdict(Fraction)
        for member, share in zip(members, line.shares, strict=True):
            shares[member.callout] += share
        rounded = self._rounding(line)
        before, told, billed = Fraction(0), Decimal(0), 0
        for incident_id in incident_ids:
            before += shares[incident_id]
            of_whole = Fraction(before, line.quantity)
            amount = rounded(line.exact * of_whole)
            billed_now = int(line.billed_seconds * of_whole)
            yield incident_id, amount - told, billed_now - billed
            told, billed = amount, billed_now

    def _rounding(self, line: PayLine) -> Callable[[Fraction], Decimal]:
        versions = (self.engineer.document, *self.engineer.document.later)
        rounding = next(one.rounding for one in versions if one.version == line.version)
        money = line.as_ == "money"
        how, to = (rounding.money, rounding.to) if money else (rounding.time, rounding.time_to)
        digits = self.brief.minor_digits if money else self.brief.time_off_digits or 0
        return lambda exact: amount_of(exact if to is None else round_to(exact, to, how), digits)

    def _paid_row(self, session: WorkSession, runs: list[Run], booked: date, part: _Part, *, continued: bool) -> None:
        reason = OVER_THE_CAP if self._is_over_the_cap(runs) else ""
        if reason and not continued:
            incident_id = runs[0].callout.id
            self.unpaid.append(UnpaidLine(self.engineer.id, booked, Subject.CALLOUT, reason, (), 0, incident_id))
        if session.gives_way:
            reason = session.lines[0].rule if session.lines else self._giving_way(runs[0])
        self._row(runs, booked, reason, part, session=session, continued=continued)

    def _giving_way(self, run: Run) -> str:
        return self.engineer.outcome.sessions[run.session or 0].rule

    def _unpaid_row(self, run: Run, reason: str) -> None:
        self._row([run], self.engineer.day(run.start, run.callout.zone).date, reason, _Part())

    def _row(
        self,
        runs: list[Run],
        booked: date,
        reason: str,
        part: _Part,
        *,
        session: WorkSession | None = None,
        continued: bool = False,
    ) -> None:
        # How long an open run is, nobody knows yet: no time is printed for it.
        shown = [] if continued else [run for run in runs if not run.is_open]
        time = [interval for run in shown for interval in run.time]
        zero = total((), self.brief.minor_digits)
        self.rows.append(
            CalloutRow(
                person_id=self.engineer.id,
                callout=runs[0].callout,
                incident=runs[0].incident,
                date=booked,
                day_type=self.engineer.calendar(runs[0].start, runs[0].callout.zone).on(booked).day_type,
                session=session.number if session else None,
                payable=session is not None,
                reason=reason,
                spans=tuple(time),
                worked_seconds=seconds(time),
                billed_seconds=part.billed_seconds,
                fee=zero + part.fee,
                hourly_pay=zero + part.hourly_pay,
                evidence="; ".join(dict.fromkeys([run.evidence for run in runs])),
                time_off=part.time_off,
                gives_way=session is not None and session.gives_way,
                continued=continued,
            )
        )

    def _is_over_the_cap(self, runs: list[Run]) -> bool:
        return any(
            left.reason == OVER_THE_CAP and run.start <= left.start <= run.end
            for run in runs
            for left in self._left(run)
        )

    def _reasons(self, run: Run, lost: Intervals) -> Iterator[tuple[str, Intervals]]:
        """Lost time by the first reason that a rule gave for it."""
        if self.engineer.missing:
            yield self.engineer.missing, lost
            return
        if not lost:
            return
        found: dict[str, list[Interval]] = {}
        for left in self._left(run):
            taken = intersect(lost, [(left.start, left.end)])
            if taken:
                found.setdefault(self._told(run, left.reason), []).extend(taken)
                lost = subtract(lost, taken)
        if lost:
            found.setdefault(self._told(run, NO_RULE), []).extend(lost)
        for reason, time in found.items():
            yield reason, union(time)

    def _reason_at(self, run: Run) -> str:
        """Why a run is not paid, one of no length included."""
        if self.engineer.missing:
            return self.engineer.missing
        found = (left for left in self._left(run) if left.start <= run.start <= left.end)
        left = next(found, None)
        return self._told(run, left.reason if left else NO_RULE)

    def _left(self, run: Run) -> list[Left]:
        if not self.left:
            for left in self.engineer.outcome.left:
                for cause in left.causes:
                    self.left.setdefault(cause, []).append(left)
        return self.left.get(run.callout.id, [])

    def _told(self, run: Run, reason: str) -> str:
        decision = run.callout.decision
        if decision is not None and decision.pay is False:
            return f"manager decided not to pay: {decision.reason}"
        return reason

    def _warn_of_decision(self, run: Run, booked: date) -> None:
        """A decision that the policy cannot follow must not pass unseen."""
        text = (
            f"{self.engineer.person.name}: a manager decided to pay the callout of incident "
            f"#{run.incident.number}, but the policy pays nothing for it."
        )
        self._warn(run, booked, text)

    def _warn(self, run: Run, booked: date, text: str) -> None:
        incident_id = run.callout.id
        self.warnings.append(Warning_(self.engineer.id, booked, text, Gravity.PAY, Topic.CALLOUTS, incident_id))

    def _warn_of_cut(self, run: Run, booked: date) -> None:
        length = run.end - run.start + run.cut
        longest = self.engineer.version_at(run.start, run.callout.zone).longest_spell or 0
        text = (
            f"{self.engineer.person.name}: the callout of incident #{run.incident.number} ran for "
            f"{length // 3600} h {length // 60 % 60} min; only the first {short_length(longest)} count."
        )
        self._warn(run, booked, text)
