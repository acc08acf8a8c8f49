"""What a report's evidence leaves open, as warnings: each with the amount that the answer is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from webapp.exports.cells import short
from webapp.exports.document import Part, ReportWarning, Target
from webapp.exports.money_words import money
from webapp.exports.times import local_words
from webapp.pd.acts import channel_words
from webapp.pd.evidence import UnnamedAct, quoted
from webapp.pricing.report.lines import Gravity, Place, Report, Topic
from webapp.pricing.text import hours, listed
from webapp.services.doubts import Alternative, Doubts, LateEnd, PayChange, Question
from webapp.services.facts import braced

ALL_ACTS = Target(Part.ACT, "", "Who was it?")
MOST_SENTENCES = 8
"""Of questions; the rest is a number."""


def doubt_warnings(doubts: Doubts, report: Report) -> Iterator[ReportWarning]:
    """The number of open questions, then each of them; then work long after the shift."""
    currency = report.policy.currency
    zone = report.policy.on(report.period.first).pay_zone or "UTC"
    number = len(doubts.questions)
    if number:
        acts = "1 acknowledgement or resolution" if number == 1 else f"{number} acknowledgements or resolutions"
        yield _warning(
            f"PagerDuty does not name who was behind {acts}. Say who it was: until then nobody is paid for "
            f"{'it' if number == 1 else 'them'}, or somebody else is.",
            ALL_ACTS,
        )
    for question in doubts.questions[:MOST_SENTENCES]:
        target = Target(Part.ACT, question.act.entry_id, f"Who was it? #{question.incident.number}")
        yield _warning(_question_words(question, currency, zone), target)
    if number > MOST_SENTENCES:
        yield _warning(f"And {number - MOST_SENTENCES} more like these; Callouts gives their reason in full.", ALL_ACTS)
    for late in doubts.late_ends:
        yield _warning(_late_words(late, currency, zone), Place(late.change.person_id, None, late.incident.id))
    if doubts.unpriced_late_ends:
        yield _warning(f"{doubts.unpriced_late_ends} more callouts end more than 2 h after the engineer's own shift.")


def change_words(changes: Iterable[PayChange], currency: str, only: str = "") -> str:
    """Such as "£76.35 more, £45.00 less for Bo Example"; `only` is whose name goes without saying."""
    found, unpriced = [], []
    for change in sorted(changes, key=lambda one: one.person_id != only):
        whom = "" if change.person_id == only else f" for {change.name}"
        if change.amount is None:
            unpriced.append(change.name)
        else:
            more = "more" if change.amount > 0 else "less"
            found.append(f"{money(abs(change.amount), currency)} {more}{whom}")
    if unpriced:
        found.append(f"an unknown amount ({listed(unpriced)} {'are' if unpriced[1:] else 'is'} not priced)")
    return ", ".join(found) or "the same pay"


def alternative_words(one: Alternative, currency: str) -> str:
    """What one answer is worth."""
    return one.reason if one.changes is None else change_words(one.changes, currency, one.user_id)


def act_words(act: UnnamedAct) -> str:
    """Such as "acknowledged {2026-10-06T22:04:00Z} in Slack as “ada.e”"."""
    name = f" as “{quoted(short(act.chat_name))}”" if act.chat_name else ""
    return f"{act.kind}d {braced(act.at)} {channel_words(act.channel)}{name}"


def _question_words(question: Question, currency: str, zone: str) -> str:
    words = local_words(act_words(question.act), zone)
    priced = [one for one in question.alternatives if one.changes is not None]
    worth = "; ".join(f"if it was {one.name}, {alternative_words(one, currency)}" for one in priced)
    worth += f"; {question.others} more were on call" if question.others and priced else ""
    return f"#{question.incident.number} {short(question.incident.title)}: {words}{': ' + worth if worth else ''}."


def _late_words(late: LateEnd, currency: str, zone: str) -> str:
    worth = change_words([late.change], currency, late.change.person_id)
    minutes = (late.ended_at - late.shift_ended_at) // timedelta(minutes=1)
    text = (
        f"work on #{late.incident.number} is paid until a last act {braced(late.ended_at)}, "
        f"{hours(minutes * 60)} h after their own shift ended {braced(late.shift_ended_at)}"
    )
    return f"{late.change.name}: {local_words(text, zone)}. Up to the shift's end: {worth}."


def _warning(sentence: str, *targets: Place | Target) -> ReportWarning:
    return ReportWarning(Gravity.PAY, Topic.CALLOUTS, sentence, targets)
