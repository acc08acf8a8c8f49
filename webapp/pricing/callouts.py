"""Callouts of one engineer as lines and rows (step 8, and what each callout is shown with)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from webapp.pricing.calendar import Calendar, Day
from webapp.pricing.facts import Callout, Person
from webapp.pricing.lines import CalloutRow, Component, PayLine, PendingLine, Subject, UnpaidLine, Warning_
from webapp.pricing.money import hourly, hours, rounded, times
from webapp.pricing.outcome import Outcome
from webapp.pricing.policy import Policy
from webapp.pricing.sessions import Session, make_sessions
from webapp.pricing.spans import as_spans, seconds, subtract
from webapp.pricing.spells import INSIDE_BUSINESS_HOURS, RAN_PAST, STILL_OPEN, Judged, judge

OVER_THE_CAP = "over the cap"


def price_callouts(
    person: Person, callouts: Iterable[Callout], calendar: Calendar, policy: Policy, read_at: int, outcome: Outcome
) -> None:
    """Adds an engineer's callouts to the outcome: fees, hourly pay, and the reason of every callout that earns none."""
    spells = sorted(
        (spell for callout in callouts for spell in judge(callout, calendar, policy, read_at)),
        key=lambda spell: (spell.start, spell.end, spell.callout.incident.id),
    )
    sessions = make_sessions(spells, policy)
    rate = person.hourly_rate if person.hourly_rate is not None else policy.hourly_rate
    if rate is None and any(session.billed for session in sessions):
        outcome.missing = "no hourly rate"
    writer = _Writer(person, policy, rate or Decimal(0), outcome, rounded(Decimal(0), policy.minor_digits))
    for number, session in enumerate(sessions, start=1):
        writer.write_session(number, session, calendar.at(session.start))
    for spell in spells:
        writer.write_spell(spell, calendar.at(spell.start))


@dataclass(slots=True)
class _Writer:
    """Writes one engineer's lines and rows, in order of time."""

    person: Person
    policy: Policy
    rate: Decimal
    outcome: Outcome
    zero: Decimal
    fees_on: Counter[date] = field(default_factory=Counter)
    """How many fees for single callouts each date has had."""

    def write_session(self, number: int, session: Session, day: Day) -> None:
        """The lines of a session, and a row for each of its callouts; the rows add up to the lines."""
        by_incident: dict[str, list[int]] = {}
        for index, spell in enumerate(session.spells):
            by_incident.setdefault(spell.callout.incident.id, []).append(index)
        fees, over = self._fees(session, list(by_incident), day)
        extra = session.billed - sum(session.own_seconds)
        billed = paid = 0
        for incident_id, indexes in by_incident.items():
            share = extra + sum(session.own_seconds[index] for index in indexes)
            extra = 0  # the raise and the step are printed at the first callout
            # Running differences of the rounded sum: the rows add up to the line, to the penny.
            pay = self._hourly(billed + share) - self._hourly(billed)
            billed += share
            reason = RAN_PAST if session.ran_past else OVER_THE_CAP if incident_id in over else ""
            spells = [session.spells[index] for index in indexes]
            count = int(incident_id in fees)
            fee = self._fee(paid + count) - self._fee(paid)
            paid += count
            self._row(spells, day, reason, session=number, billed=share, fee=fee, pay=pay)
            if incident_id in over:
                self.outcome.unpaid.append(
                    UnpaidLine(self.person.id, day.date, Subject.CALLOUT, OVER_THE_CAP, (), 0, incident_id)
                )
        if fees:
            self._fee_line(number, day, fees)
        if billed:
            self._hourly_line(number, session, day, tuple(by_incident))

    def write_spell(self, spell: Judged, day: Day) -> None:
        """What of a spell earns nothing, whatever its callout earns; the row of a spell that earns nothing at all."""
        who, incident_id = self.person.id, spell.callout.incident.id
        if spell.reason == STILL_OPEN:
            spans, length = as_spans(spell.time), seconds(spell.time)
            line = PendingLine(who, day.date, Subject.CALLOUT, STILL_OPEN, spans, length, incident_id)
            self.outcome.pending.append(line)
            self._row([spell], day, STILL_OPEN)
            return
        if spell.reason not in {"", RAN_PAST}:
            self._row([spell], day, spell.reason)
        lost = subtract(spell.time, spell.billable)
        if lost or not (spell.billable or spell.payable):
            reason = INSIDE_BUSINESS_HOURS if spell.payable or spell.reason == RAN_PAST else spell.reason
            self.outcome.unpaid.append(
                UnpaidLine(who, day.date, Subject.CALLOUT, reason, as_spans(lost), seconds(lost), incident_id)
            )
        if spell.length > spell.end - spell.start:
            text = (
                f"{self.person.name}: the callout of incident #{spell.callout.incident.number} ran for "
                f"{spell.length // 3600} h {spell.length // 60 % 60} min; "
                f"only the first {self.policy.longest_spell_hours} h count."
            )
            self.outcome.warnings.append(Warning_(who, day.date, text))

    def _fees(self, session: Session, incident_ids: list[str], day: Day) -> tuple[list[str], list[str]]:
        """The incidents whose callouts earn a fee, and those over the day's cap."""
        if session.ran_past or not self.policy.callout_fee:
            return [], []
        if not self.policy.fee_for_each_callout:
            return incident_ids[:1], []
        left = len(incident_ids)
        if self.policy.fees_a_day is not None:
            left = min(left, self.policy.fees_a_day - self.fees_on[day.date])
        self.fees_on[day.date] += left
        return incident_ids[:left], incident_ids[left:]

    def _fee(self, count: int) -> Decimal:
        return times(count, self.policy.callout_fee, self.policy.minor_digits)

    def _hourly(self, billed: int) -> Decimal:
        return hourly(billed, self.rate, self.policy.minor_digits)

    def _fee_line(self, number: int, day: Day, incident_ids: list[str]) -> None:
        self.outcome.pay.append(
            PayLine(
                person_id=self.person.id,
                date=day.date,
                component=Component.CALLOUT_FEE,
                rule="callout fee",
                day_type=day.day_type,
                quantity=Decimal(len(incident_ids)),
                unit="callout" if self.policy.fee_for_each_callout else "session",
                rate=self.policy.callout_fee,
                amount=self._fee(len(incident_ids)),
                seconds=0,
                spans=(),
                causes=tuple(incident_ids),
                session=number,
            )
        )

    def _hourly_line(self, number: int, session: Session, day: Day, incident_ids: tuple[str, ...]) -> None:
        self.outcome.pay.append(
            PayLine(
                person_id=self.person.id,
                date=day.date,
                component=Component.HOURLY_PAY,
                rule=RAN_PAST if session.ran_past else "hourly pay",
                day_type=day.day_type,
                quantity=hours(session.billed),
                unit="hour",
                rate=self.rate,
                amount=self._hourly(session.billed),
                seconds=session.billed,
                spans=as_spans(session.worked),
                causes=incident_ids,
                session=number,
            )
        )

    def _row(
        self,
        spells: list[Judged],
        day: Day,
        reason: str,
        *,
        session: int | None = None,
        billed: int = 0,
        fee: Decimal | None = None,
        pay: Decimal | None = None,
    ) -> None:
        # How long an open spell is, nobody knows yet: no time is printed for it.
        time = [] if reason == STILL_OPEN else [interval for spell in spells for interval in spell.time]
        callout: Callout = spells[0].callout
        self.outcome.rows.append(
            CalloutRow(
                person_id=self.person.id,
                callout=callout,
                date=day.date,
                day_type=day.day_type,
                session=session,
                payable=session is not None,
                reason=reason,
                spans=as_spans(time),
                worked_seconds=seconds(time),
                billed_seconds=billed,
                fee=self.zero if fee is None else fee,
                hourly_pay=self.zero if pay is None else pay,
                evidence="; ".join(dict.fromkeys(spell.evidence for spell in spells)),
            )
        )
