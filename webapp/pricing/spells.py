"""Spells made ready for billing: joined, capped, judged payable or not, business hours removed (steps 1 to 3)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from webapp.pricing.calendar import Calendar
from webapp.pricing.errors import FactsError
from webapp.pricing.facts import Callout
from webapp.pricing.money import SECONDS_AN_HOUR
from webapp.pricing.policy import Policy
from webapp.pricing.spans import Intervals, interval_of, second_of, subtract

INSIDE_BUSINESS_HOURS = "inside business hours"
RAN_PAST = "ran past business hours"
STILL_OPEN = "still open"

_OPEN = second_of(datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Judged:
    """One spell of one callout, with what is to become of it."""

    callout: Callout
    start: int
    end: int
    """After the longest length; of an open spell, the reading instant."""
    evidence: str
    reason: str = ""
    """"" for a payable spell; RAN_PAST for one that is billed only outside business hours; else why not payable."""
    billable: Intervals = field(default_factory=list)
    """The time that may be billed; may be empty, also of a payable spell of no length."""
    length: int = 0
    """Seconds before the longest length was applied."""

    @property
    def payable(self) -> bool:
        """Whether it earns a fee, the minimum and the step."""
        return not self.reason

    @property
    def time(self) -> Intervals:
        """The spell's own time."""
        return [(self.start, self.end)] if self.end > self.start else []


def judge(callout: Callout, calendar: Calendar, policy: Policy, read_at: int) -> list[Judged]:
    """The spells of a callout in order, each judged at its own start.

    A spell still open, or corrected to end after the reading instant, is pending: nobody knows its length.
    """
    corrected = _corrected(callout)
    if corrected is None:
        longest = policy.longest_spell_hours * SECONDS_AN_HOUR
        spells = [(start, end, min(end, start + longest), evidence) for start, end, evidence in _joined(callout)]
    else:
        spells = [corrected]
    always = _reason_of_callout(callout, policy)
    in_full = callout.decision is not None and callout.decision.pay
    judged: list[Judged] = []
    for start, end, capped, evidence in spells:
        if end > read_at:
            judged.append(Judged(callout, start, max(start, read_at), evidence, STILL_OPEN))
            continue
        time = [(start, capped)] if capped > start else []
        reason, billable = always, time
        if always:
            billable = []
        elif not in_full:
            billable = subtract(time, calendar.business)
            if calendar.is_business(start):
                reason = RAN_PAST if billable else INSIDE_BUSINESS_HOURS
        judged.append(Judged(callout, start, capped, evidence, reason, billable, length=end - start))
    return judged


def _corrected(callout: Callout) -> tuple[int, int, int, str] | None:
    """A manager's times. They are what was worked: neither joined with others nor cut at the longest length."""
    decision = callout.decision
    if decision is None or decision.start is None or decision.end is None:
        return None
    evidence = "; ".join(spell.evidence for spell in callout.spells)
    start, end = interval_of(decision.start, decision.end, f"The decision on incident {callout.incident.id}")
    return start, end, end, evidence


def _joined(callout: Callout) -> list[tuple[int, int, str]]:
    """Spells of one callout that touch or overlap are one: the same work may be told in pieces.

    One that is open ends after every other instant.
    """
    if not callout.spells:
        raise FactsError(f"The callout of {callout.person_id} for incident {callout.incident.id} has no spell.")
    joined: list[tuple[int, int, str]] = []
    for start, end, evidence in sorted(
        (second_of(spell.start), _OPEN if spell.end is None else second_of(spell.end), spell.evidence)
        for spell in callout.spells
    ):
        if end < start:
            raise FactsError(f"A spell of incident {callout.incident.id} ends before it starts.")
        if joined and start <= joined[-1][1]:
            began, ended, told = joined[-1]
            joined[-1] = (began, max(ended, end), told if evidence == told else f"{told}; {evidence}")
        else:
            joined.append((start, end, evidence))
    return joined


def _reason_of_callout(callout: Callout, policy: Policy) -> str:
    """Why none of a callout's spells is payable, or ""."""
    decision = callout.decision
    if decision is not None:
        return "" if decision.pay else f"manager decided not to pay: {decision.reason}"
    if not callout.on_call and not policy.pay_not_on_call:
        return "not on call"
    if callout.schedule_ids and callout.schedule_ids <= policy.schedules_left_out:
        return "schedule left out"
    if policy.callouts_at_paid_levels_only and callout.levels and not callout.levels & policy.levels.keys():
        return "level not paid"
    if policy.high_urgency_only and callout.incident.urgency != "high":
        return "low urgency"
    return ""
