"""The part of the Checks sheet without formulas: what was not paid and why, what to look at, what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from webapp.exports.cells import Value
from webapp.exports.document import ReportDocument
from webapp.exports.grid import BLANK, Row, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.callouts import silent_incidents
from webapp.exports.sheets.summary import missing_rows
from webapp.exports.times import wall_clock
from webapp.pricing.report.lines import UnpaidLine

DIFFERENCE_HEADINGS = ("Schedule", "From (UTC)", "To (UTC)", "Hours", "By the list of on-calls", "By the schedule")
TALLY_HEADINGS = {
    "Calls": "calls",
    "Windows": "windows",
    "Pages": "pages",
    "Records": "records",
    "Duplicates dropped": "duplicates",
    "Re-reads": "rereads",
    "Retries": "retries",
    "Waits": "waits",
}
"""Under which heading each count of a tally stands."""


def finding_rows(document: ReportDocument) -> Iterator[Row]:
    """All findings, each under its title; an empty one says so."""
    report = document.report
    unpaid = [line for statement in report.statements for line in statement.unpaid]
    pending = [line for statement in report.statements for line in statement.pending]
    people = document.people()

    def name(person_id: str) -> str:
        return people[person_id].name if person_id in people else person_id

    yield from _part(
        "Not paid, and pending, by reason",
        ("Reason", "State", "Of", "Lines", "Hours"),
        (Look.TEXT, Look.TEXT, Look.TEXT, Look.WHOLE, Look.DURATION),
        [*_by_reason("not paid", unpaid), *_by_reason("pending", pending), *_silent_by_reason(document)],
    )
    yield BLANK
    yield section("Warnings and gaps")
    warnings = document.warning_words()
    yield from (sentence(words, Tone.ALERT) for words in warnings or ())
    if not warnings:
        yield sentence("None.", Tone.NOTE)
    yield from missing_rows(document)
    yield from _part(
        "Callouts that were still open when their month closed: offered, not paid here",
        ("Engineer", "PagerDuty id", "Booked on", "Incident", "Hours worked", "Title"),
        (Look.TEXT, Look.IDENTIFIER, Look.DATE, Look.ORDINAL, Look.DURATION, Look.TEXT),
        [
            (
                name(row.person_id),
                row.person_id,
                row.date,
                row.incident.number,
                timedelta(seconds=row.worked_seconds),
                row.incident.title,
            )
            for row in report.late
        ],
    )
    yield from _part(
        "Always on call as a direct target of an escalation policy: listed, never paid",
        ("Engineer", "PagerDuty id", "Level", "Escalation policy"),
        (Look.TEXT, Look.IDENTIFIER, Look.WHOLE, Look.TEXT),
        [(name(row.person_id), row.person_id, row.level, row.policy_name) for row in report.always_on_call],
    )
    yield from _part(
        "On call by PagerDuty's list of on-calls (paid) and by the schedule itself: where they differ",
        DIFFERENCE_HEADINGS,
        (Look.TEXT, Look.INSTANT, Look.INSTANT, Look.DURATION, Look.TEXT, Look.TEXT),
        [
            (
                found.schedule_name,
                wall_clock(found.start, "UTC"),
                wall_clock(found.end, "UTC"),
                found.end - found.start,
                _names(found.by_on_calls),
                _names(found.by_schedule),
            )
            for found in document.differences
        ],
    )
    unread = ((document.partial_words, Tone.ALERT), (document.incidents_words, Tone.NOTE))
    if any(words for words, _ in unread):
        yield BLANK
        yield section("Not read from PagerDuty")
        yield from (sentence(words, tone) for words, tone in unread if words)
    yield from _part(
        "Read from PagerDuty",
        ("What", *TALLY_HEADINGS, "Window"),
        (Look.TEXT, *[Look.WHOLE] * len(TALLY_HEADINGS), Look.TEXT),
        [
            (tally.part, *(getattr(tally, count) for count in TALLY_HEADINGS.values()), document.window_of(tally))
            for tally in document.tallies
        ],
    )


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def _part(
    title: str, headings: tuple[str, ...], looks: tuple[Look, ...], entries: Sequence[Sequence[Value]]
) -> Iterator[Row]:
    yield BLANK
    yield section(title)
    if not entries:
        yield sentence("None.", Tone.NOTE)
        return
    yield Row(headings, looks, Tone.HEADING)
    yield from (Row(entry, looks) for entry in entries)


def _by_reason(state: str, lines: list[UnpaidLine]) -> list[tuple[str, str, str, int, timedelta]]:
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for line in lines:
        found[line.reason, line.subject].append(line.seconds)
    return [
        (reason, state, subject, len(seconds), timedelta(seconds=sum(seconds)))
        for (reason, subject), seconds in sorted(found.items())
    ]


def _silent_by_reason(document: ReportDocument) -> list[tuple[str, str, str, int, None]]:
    found: defaultdict[str, int] = defaultdict(int)
    for silent in silent_incidents(document):
        found[silent.reason] += 1
    return [(reason, "not paid", "incident", count, None) for reason, count in sorted(found.items())]
