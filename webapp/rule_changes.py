"""Which version of the program changed which rule of what is paid.

An upgrade changes pay by nothing else. CHANGELOG.md says the same below the same version, in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

OLDEST = "0.1.0"
"""The version of whatever does not say by which rules it was made: workbooks and databases of before version 0.2.0."""


class Subject(StrEnum):
    """What a rule is about."""

    EVIDENCE = "evidence"
    """Who worked when."""
    POLICY = "policy"
    """What a policy makes of it."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One changed rule."""

    version: str
    """The first version that follows it."""
    rule: str
    """The rule in a sentence."""
    sentences: str
    """What exactly it says, and what was done before."""
    subject: Subject = Subject.EVIDENCE


CHANGES = (
    RuleChange(
        "0.2.0",
        "A snooze or a hand-over ends a spell of work.",
        "Whatever follows within 15 minutes (Grace after a pause, a pay setting) still belongs to it; acknowledging, "
        "resolving, snoozing or taking back later starts another. So far one spell went on to the engineer's last act, "
        "though that was a note ten hours later.",
    ),
    RuleChange(
        "0.2.0",
        "Whoever resolves an incident that everybody had snoozed or handed over is paid.",
        "For at most 15 minutes, and never before the last snooze or hand-over.",
    ),
    RuleChange(
        "0.2.0",
        "The end of the engineer's shift ends a spell, unless the engineer acts before the next snooze or hand-over.",
        "A spell that begins after the shift ends with the engineer's last act. An act more than two hours after the "
        "shift is marked.",
    ),
    RuleChange(
        "0.2.0",
        "Somebody whom PagerDuty does not name is no machine.",
        "Whoever acknowledges or resolves in a chat without being a PagerDuty user is asked about, rather than listed "
        "as auto-resolved. A PagerDuty user whom the channel names is paid.",
    ),
    RuleChange(
        "0.2.0",
        "A fee for each callout is paid once.",
        "At the first spell that is paid, though an incident is opened again or taken up after a pause.",
    ),
    RuleChange(
        "0.2.0",
        "Time on call without an engineer is left out.",
        "The report warns of it. So far the whole report was refused.",
    ),
    RuleChange(
        "0.2.0",
        "Incidents merged in a ring count for the one that triggered first.",
        "So far nobody was paid for any of them.",
    ),
    RuleChange(
        "0.3.0",
        "A policy that names a schedule by its name is followed.",
        "So far a report compared the name with PagerDuty's ids: a rule for that schedule paid nothing, and one for "
        "all others paid it too. A name that PagerDuty does not have, or that two schedules bear, is refused when the "
        "report is made. So is a table that names one schedule twice, by name and by id.",
        Subject.POLICY,
    ),
    RuleChange(
        "0.3.0",
        "AU, CA, CH, DE, ES and GB alone are no holiday regions any more.",
        "Their parts have holidays of their own; so far Easter Monday in England was paid as a weekday under GB, "
        "without a warning. Policy, Engineers and Reports offer the parts and one button; until one is chosen, such a "
        "policy prices no report, and such an engineer is not priced.",
        Subject.POLICY,
    ),
    RuleChange(
        "0.3.0",
        "Each date has the holiday region in force on it.",
        "So far time on call without a break had the region of its start, so that a region from 2 October on did not "
        "count on 3 October for somebody on call since September.",
        Subject.POLICY,
    ),
    RuleChange(
        "0.3.0",
        "A region has one spelling.",
        "A policy text may have said UK-ENG, USA or DE-Bayern: that is read as GB-ENG, US or DE-BY. Where a holiday "
        "falls on a weekend, UK-ENG now follows the rule of Great Britain. Nothing that you saved is rewritten.",
        Subject.POLICY,
    ),
    RuleChange(
        "0.3.0",
        "A policy text that counts days by any touch pays a date's own type, not one of some hours (between).",
        "So far such a date took the type of the hours that were held. The fields have always said the first.",
        Subject.POLICY,
    ),
    RuleChange(
        "0.3.0",
        "Where a version of the policy changes the pay zone, each hour is paid once.",
        "So far the earlier version ended, and the later one began, at a midnight of its own: hours between them were "
        "paid twice or not at all. Both now meet at one instant: see the fields. Engineers keep their own zone where a "
        "later version asks for it.",
        Subject.POLICY,
    ),
    RuleChange(
        "0.3.0",
        "A policy text that books time on call on the end of a duty is paid whole by the report of that date.",
        "So far a report left out the hours and days of the duty that lay before the report's period.",
        Subject.POLICY,
    ),
)
"""Every changed rule, in the order of versions."""

NEWEST = CHANGES[-1].version
"""The version whose rules this program follows."""


def changes_since(version: str) -> tuple[RuleChange, ...]:
    """What has changed after a version."""
    return tuple(change for change in CHANGES if _key(change.version) > _key(version))


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
