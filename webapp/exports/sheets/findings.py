"""The part of the Checks sheet without formulas: what was not paid and why, what to look at, what was read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Generic, NamedTuple, TypeVar

from webapp.exports.columns import Column, Entry
from webapp.exports.document import ReportDocument
from webapp.exports.grid import BLANK, Row, header, rows, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.callouts import silent_incidents
from webapp.exports.sheets.summary import missing_rows
from webapp.exports.times import wall_clock
from webapp.pd.crosscheck import DutyDifference
from webapp.pd.result import Tally
from webapp.pricing.facts import AlwaysOnCall
from webapp.pricing.report.lines import CalloutRow, UnpaidLine

Item = TypeVar("Item")


class ReasonCount(NamedTuple):
    """Lines that earned nothing for one reason."""

    reason: str
    state: str
    subject: str
    lines: int
    hours: timedelta | None


class ReadPart(NamedTuple):
    """How a part of PagerDuty was read, and of which time."""

    tally: Tally
    window: str


class EngineerItem(NamedTuple, Generic[Item]):
    """Something of an engineer, with the name."""

    name: str
    item: Item


REASONS: tuple[Column[ReasonCount], ...] = (
    Column("Reason", Look.TEXT, lambda row: row.reason),
    Column("State", Look.TEXT, lambda row: row.state),
    Column("Of", Look.TEXT, lambda row: row.subject),
    Column("Lines", Look.WHOLE, lambda row: row.lines),
    Column("Hours", Look.DURATION, lambda row: row.hours),
)
LATE: tuple[Column[EngineerItem[CalloutRow]], ...] = (
    Column("Engineer", Look.TEXT, lambda row: row.name),
    Column("PagerDuty id", Look.IDENTIFIER, lambda row: row.item.person_id),
    Column("Booked on", Look.DATE, lambda row: row.item.date),
    Column("Incident", Look.ORDINAL, lambda row: row.item.incident.number),
    Column("Hours worked", Look.DURATION, lambda row: timedelta(seconds=row.item.worked_seconds)),
    Column("Title", Look.TEXT, lambda row: row.item.incident.title),
)
ALWAYS_ON_CALL: tuple[Column[EngineerItem[AlwaysOnCall]], ...] = (
    Column("Engineer", Look.TEXT, lambda row: row.name),
    Column("PagerDuty id", Look.IDENTIFIER, lambda row: row.item.person_id),
    Column("Level", Look.WHOLE, lambda row: row.item.level),
    Column("Escalation policy", Look.TEXT, lambda row: row.item.policy_name),
)
DIFFERENCES: tuple[Column[DutyDifference], ...] = (
    Column("Schedule", Look.TEXT, lambda difference: difference.schedule_name),
    Column("From (UTC)", Look.INSTANT, lambda difference: wall_clock(difference.start, "UTC")),
    Column("To (UTC)", Look.INSTANT, lambda difference: wall_clock(difference.end, "UTC")),
    Column("Hours", Look.DURATION, lambda difference: difference.end - difference.start),
    Column("By the list of on-calls", Look.TEXT, lambda difference: _names(difference.by_on_calls)),
    Column("By the schedule", Look.TEXT, lambda difference: _names(difference.by_schedule)),
)
SOURCES: tuple[Column[ReadPart], ...] = (
    Column("What", Look.TEXT, lambda read: read.tally.part),
    Column("Calls", Look.WHOLE, lambda read: read.tally.calls),
    Column("Windows", Look.WHOLE, lambda read: read.tally.windows),
    Column("Pages", Look.WHOLE, lambda read: read.tally.pages),
    Column("Records", Look.WHOLE, lambda read: read.tally.records),
    Column("Duplicates dropped", Look.WHOLE, lambda read: read.tally.duplicates),
    Column("Re-reads", Look.WHOLE, lambda read: read.tally.rereads),
    Column("Retries", Look.WHOLE, lambda read: read.tally.retries),
    Column("Waits", Look.WHOLE, lambda read: read.tally.waits),
    Column("Window", Look.TEXT, lambda read: read.window),
)


def finding_rows(document: ReportDocument) -> Iterator[Row]:
    """All findings, each under its title; an empty one says so."""
    report = document.report
    unpaid = [line for statement in report.statements for line in statement.unpaid]
    pending = [line for statement in report.statements for line in statement.pending]
    people = document.people()

    def named(item: Item, person_id: str) -> EngineerItem[Item]:
        return EngineerItem(people[person_id].name if person_id in people else person_id, item)

    yield from _part(
        "Not paid, and pending, by reason",
        REASONS,
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
        LATE,
        [named(row, row.person_id) for row in report.late],
    )
    yield from _part(
        "Always on call as a direct target of an escalation policy: listed, never paid",
        ALWAYS_ON_CALL,
        [named(row, row.person_id) for row in report.always_on_call],
    )
    yield from _part(
        "On call by PagerDuty's list of on-calls (paid) and by the schedule itself: where they differ",
        DIFFERENCES,
        document.differences,
    )
    unread = ((document.partial_words, Tone.ALERT), (document.incidents_words, Tone.NOTE))
    if any(words for words, _ in unread):
        yield BLANK
        yield section("Not read from PagerDuty")
        yield from (sentence(words, tone) for words, tone in unread if words)
    parts = [ReadPart(tally, document.window_of(tally)) for tally in document.tallies]
    yield from _part("Read from PagerDuty", SOURCES, parts)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def _part(title: str, columns: Sequence[Column[Entry]], entries: Sequence[Entry]) -> Iterator[Row]:
    yield BLANK
    yield section(title)
    if not entries:
        yield sentence("None.", Tone.NOTE)
        return
    yield header(columns)
    yield from rows(columns, entries)


def _by_reason(state: str, lines: list[UnpaidLine]) -> list[ReasonCount]:
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for line in lines:
        found[line.reason, line.subject].append(line.seconds)
    return [
        ReasonCount(reason, state, subject, len(seconds), timedelta(seconds=sum(seconds)))
        for (reason, subject), seconds in sorted(found.items())
    ]


def _silent_by_reason(document: ReportDocument) -> list[ReasonCount]:
    counts = Counter(silent.reason for silent in silent_incidents(document))
    return [ReasonCount(reason, "not paid", "incident", count, None) for reason, count in sorted(counts.items())]
