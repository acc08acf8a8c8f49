"""Sessions: which payable spells of one engineer are paid as one piece of work, and how long it is (steps 4 to 7)."""

from dataclasses import dataclass, field

from webapp.pricing.money import SECONDS_AN_HOUR
from webapp.pricing.policy import Policy
from webapp.pricing.spans import Interval, Intervals, seconds, subtract, union
from webapp.pricing.spells import RAN_PAST, Judged

LONGEST_SECONDS = 24 * SECONDS_AN_HOUR
"""A session closes so long after its start, so that a report never needs to look back without end."""


@dataclass(slots=True)
class Session:
    """Spells billed together, in order of their starts."""

    spells: list[Judged] = field(default_factory=list)
    own_seconds: list[int] = field(default_factory=list)
    """For each spell, the time billed at it: time shared with an earlier spell is billed there."""
    worked: Intervals = field(default_factory=list)
    """The time that is billed, before raising and rounding."""
    billed: int = 0
    """Seconds, raised to the minimum and rounded up to the step."""
    ran_past: bool = False
    """Only what ran past business hours: no fee, no minimum, no step."""

    @property
    def start(self) -> int:
        """Where its first spell starts."""
        return self.spells[0].start


def make_sessions(spells: list[Judged], policy: Policy) -> list[Session]:
    """All sessions of one engineer in order; no second is billed in two.

    What ran past business hours gives way to sessions, where the same second may be raised and rounded.
    """
    sessions = _group([spell for spell in spells if spell.payable], policy)
    minimum, step = policy.minimum_minutes * 60, policy.step_minutes * 60
    taken = _bill(sessions, [])
    for session in sessions:
        session.billed = -(-max(minimum, seconds(session.worked)) // step) * step
    past = [Session([spell], ran_past=True) for spell in spells if spell.reason == RAN_PAST]
    _bill(past, taken)
    for session in past:
        session.billed = seconds(session.worked)
    return sorted([*sessions, *past], key=lambda session: session.start)


def _group(payable: list[Judged], policy: Policy) -> list[Session]:
    """Step 4: a spell joins a session that it overlaps or touches, or in whose merge window or minimum it starts.

    `payable` is in order of starts.
    """
    minimum, merge = policy.minimum_minutes * 60, policy.merge_minutes * 60
    sessions: list[Session] = []
    last_end = 0
    for spell in payable:
        if sessions:
            start = sessions[-1].start
            joins = spell.start <= last_end + merge or spell.start < start + minimum
            if joins and spell.start < start + LONGEST_SECONDS:
                sessions[-1].spells.append(spell)
                last_end = max(last_end, spell.end)
                continue
        sessions.append(Session([spell]))
        last_end = spell.end
    return sessions


def _bill(sessions: list[Session], taken: Intervals) -> Intervals:
    """Step 5 for sessions in order: gives each spell the time that is neither taken nor an earlier spell's.

    A spell may outlast its session's 24 hours; what it covers is not billed again in the next session. Answers all
    time given.
    """
    given: list[Interval] = []
    recent: Intervals = []
    for session in sessions:
        worked: list[Interval] = []
        for spell in session.spells:
            own = subtract(subtract(spell.billable, taken), recent)
            session.own_seconds.append(seconds(own))
            worked += own
            # Later spells start later: only what reaches past this start can be shared with them.
            recent = union([*(interval for interval in recent if interval[1] > spell.start), *own])
        session.worked = union(worked)
        given += worked
    return union(given)
