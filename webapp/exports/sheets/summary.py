"""The first sheet: what is paid to whom, by which policy, read when and with whose access."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from webapp.exports.amendments import Payee
from webapp.exports.cells import Value
from webapp.exports.columns import Column, Role, columns_for, gives_time_off
from webapp.exports.document import ReportDocument, ScopeKind
from webapp.exports.grid import BLANK, Row, Sheet, Table, rows, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.pricing.report.lines import Statement

NAME = "Summary"
_HEADER_ROW = 10
"""Where nothing is to be said of the scope; each sentence about it is a row above the table."""
_DATES = {"weekday": "Weekdays", "weekend": "Weekend days", "bank holiday": "Bank holidays"}
"""How dates of everyday day types are headed; others by the policy's own word."""
MISSING = "Saved since this report was priced, and not in it"
BELOW = "They are listed below the table."
_SECOND_LABEL, _SECOND_VALUE = 7, 10  # columns of the block above the table, where text has room to the right


class PayeeEntry(NamedTuple):
    """Whom a row is about: an engineer with a statement, or with adjustments alone."""

    document: ReportDocument
    payee: Payee
    statement: Statement | None

    @property
    def adjusted(self) -> Decimal:
        """Their adjustments of money."""
        return self.document.adjusted_of(self.payee.id)

    @property
    def other_teams(self) -> tuple[str, ...]:
        """Whose workbooks have the same statement."""
        return self.document.other_teams.get(self.payee.id, ())


def _paid(amount: Callable[[Statement], Decimal]) -> Callable[[PayeeEntry], Decimal]:
    """Money of a statement; 0 where there are adjustments alone."""
    return lambda row: amount(row.statement) if row.statement else Decimal(0)


def _counted(figure: Callable[[Statement], Value]) -> Callable[[PayeeEntry], Value]:
    """Any other figure of a statement; nothing where there are adjustments alone."""
    return lambda row: figure(row.statement) if row.statement else None


def _dates(day_type: str) -> Column[PayeeEntry]:
    """The number of dates of a day type."""
    heading = _DATES.get(day_type, f"Dates, {day_type}")
    return Column(heading, Look.WHOLE, _counted(lambda of: of.stipend_days[day_type]), 10, added=True)


def _carries_adjustments(document: ReportDocument) -> bool:
    return bool(document.adjustments)


_PERSON: tuple[Column[PayeeEntry], ...] = (
    Column("Engineer", Look.TEXT, lambda row: row.payee.name, 24),
    Column("Payroll number", Look.IDENTIFIER, lambda row: row.payee.payroll_number, 19),
    Column("E-mail", Look.TEXT, lambda row: row.payee.email, 28),
    Column("PagerDuty id", Look.IDENTIFIER, lambda row: row.payee.id, 12, Role.KEY),
)
_FIGURES: tuple[Column[PayeeEntry], ...] = (
    Column("Payable callouts", Look.WHOLE, _counted(lambda of: of.payable_callouts), 10, added=True),
    Column("Sessions", Look.WHOLE, _counted(lambda of: of.sessions), 10, added=True),
    Column("Hours worked", Look.DURATION, _counted(lambda of: timedelta(seconds=of.worked_seconds)), 11, added=True),
    Column(
        "Hours billed", Look.DURATION, _counted(lambda of: timedelta(seconds=of.billed_seconds)), 11,
        Role.HOURS_BILLED, added=True,
    ),
    Column("Stipends", Look.MONEY, _paid(lambda of: of.stipends), 15, Role.STIPENDS, added=True),
    Column("Callout fees", Look.MONEY, _paid(lambda of: of.fees), 15, Role.FEES, added=True),
    Column("Hourly pay", Look.MONEY, _paid(lambda of: of.hourly_pay), 15, Role.HOURLY_PAY, added=True),
    Column("Total", Look.MONEY, _paid(lambda of: of.total), 16, Role.TOTAL, added=True),
    Column(
        "Hours off in lieu", Look.HOURS, _counted(lambda of: of.time_off), 10, Role.TIME_OFF, added=True,
        when=gives_time_off,
    ),
    Column(
        "Adjustments", Look.MONEY, lambda row: row.adjusted, 15, Role.ADJUSTMENTS, added=True,
        when=_carries_adjustments,
    ),
    Column(
        "To pay", Look.MONEY, lambda row: row.adjusted + (row.statement.total if row.statement else 0), 16,
        Role.TO_PAY, added=True, when=_carries_adjustments,
    ),
    Column(
        "Also in the workbook of", Look.WRAPPED, lambda row: ", ".join(row.other_teams), 24,
        when=lambda document: document.scope_kind is ScopeKind.TEAM,
    ),
)  # fmt: skip
COLUMNS = (*_PERSON, *_FIGURES)
"""Between them stand the numbers of dates, by the policy's day types."""


def entries(document: ReportDocument) -> list[PayeeEntry]:
    """Everybody with a statement, then those with adjustments alone."""
    return [
        *(PayeeEntry(document, Payee.of(one.person), one) for one in document.report.statements),
        *(PayeeEntry(document, payee, None) for payee in document.only_adjusted()),
    ]


def table(document: ReportDocument) -> Table[PayeeEntry]:
    """A row an engineer."""
    columns = (*_PERSON, *map(_dates, document.report.policy.day_types), *_FIGURES)
    header_row = _HEADER_ROW + len(_about_the_scope(document))
    return Table(NAME, columns_for(document, columns), header_row, len(entries(document)))


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    return Sheet.of(where, _rows(document, where))


def title_row(document: ReportDocument, what: str) -> Row:
    """The first row of the other sheets: each printed page tells whose and when."""
    draft = "DRAFT. " if document.is_draft else ""
    partial = " (PARTIAL)" if document.left_out else ""
    text = f"{draft}{what}: {document.scope_name}, {document.period_label}{partial}"
    return Row([text], [Look.TEXT], Tone.SECTION, height=24)


def _rows(document: ReportDocument, where: Table[PayeeEntry]) -> Iterator[Row]:
    report, payees = document.report, entries(document)
    yield from _block(document)
    yield where.header()
    yield from where.rows(payees)
    if not payees:
        nobody = "Nobody in this scope has time on call or pay in this period."
        yield sentence("Nobody is priced: see below." if report.not_priced else nobody, Tone.NOTE)
    without = f", {_without(document)}" if report.not_priced else ""
    yield where.total(f"Total in {report.policy.currency}{without}", document, payees)
    yield from _not_priced(document)
    yield from missing_rows(document)
    if warnings := document.warning_words():
        yield BLANK
        yield section("Look at these before paying")
        yield from (sentence(warning, Tone.ALERT) for warning in warnings)


def missing_rows(document: ReportDocument) -> Iterator[Row]:
    """What was saved since and is not in this file."""
    if document.missing:
        yield BLANK
        yield section(MISSING)
        yield from (sentence(change.words, Tone.ALERT) for change in document.missing)


def _block(document: ReportDocument) -> Iterator[Row]:
    report = document.report
    period = f"{report.period.first.isoformat()} to {document.last_date.isoformat()}, both included"
    read_at = f"{document.read_at:%Y-%m-%d %H:%M:%S} UTC"
    yield Row([document.title], [Look.TEXT], Tone.TITLE, height=28)
    yield Row([f"{document.scope_name}, {document.period_label}"], [Look.TEXT], Tone.SUBTITLE, height=20)
    yield from _about_the_scope(document)
    yield _pair("Scope", f"{document.scope_name} ({document.scope_kind})", "Policy", document.policy_label)
    yield _pair("Period", period, "PagerDuty read at", read_at)
    yield _pair("Pay zone", document.pay_zone_label, "Read with access of", document.authority)
    yield _pair("PagerDuty account", _account(document), "Report", document.report_id)
    if document.nobody_words:
        yield sentence(document.nobody_words, Tone.ALERT)
    else:
        yield Row(
            ["Total to pay", document.to_pay, _without(document)],
            [Look.TEXT, Look.MONEY, Look.TEXT],
            [Tone.LABEL, Tone.KEY_FIGURE, Tone.ALERT if report.not_priced else Tone.VALUE],
            height=20,
        )
    count = len(document.warning_words())
    none = "No other warnings." if report.not_priced else "No warnings."
    found = f"{count} warning{'s' if count > 1 else ''}: see below the table." if count else none
    yield sentence(f"{found} Made by {document.instance_name}.", Tone.ALERT if count else Tone.NOTE)
    yield BLANK


def _account(document: ReportDocument) -> str:
    return f"{document.subdomain}, {document.region.upper()}" if document.subdomain else document.region.upper()


def _about_the_scope(document: ReportDocument) -> list[Row]:
    """First that it is a draft, partial or out of date; then who is in it, what it amends, and who reviewed it."""
    stamps = (
        document.draft_words,
        document.partial_words,
        document.missing_words and f"{document.missing_words} {BELOW}",
    )
    stamp = [sentence(words, Tone.ALERT) for words in stamps if words]
    notes = [sentence(note, Tone.NOTE) for note in (document.incidents_words, *document.scope_notes) if note]
    if document.amends:
        amended = ", ".join(f"{link.title} (report {link.report_id})" for link in document.amends)
        notes.append(sentence(f"With adjustments of earlier reports, on the sheet Adjustments: {amended}."))
    if document.reviews:
        by = "; ".join(f"{review.by}, {review.at:%Y-%m-%d %H:%M:%S} UTC" for review in document.reviews)
        notes.append(sentence(f"Reviewed by {by}."))
    return [*stamp, *notes]


def _pair(label: str, value: str, second_label: str, second_value: str) -> Row:
    """Two facts side by side, above the table."""
    values: list[Value] = [label, value, *[None] * (_SECOND_VALUE - 1)]
    tones = [Tone.VALUE] * len(values)
    values[_SECOND_LABEL], values[_SECOND_VALUE] = second_label, second_value
    tones[0] = tones[_SECOND_LABEL] = Tone.LABEL
    return Row(values, [Look.TEXT] * len(values), tones)


def _without(document: ReportDocument) -> str:
    """What the total leaves out, such as "without 2 engineers: Ada Example, Grace Example"."""
    names = [person.name for person, _ in document.report.not_priced]
    if not names:
        return ""
    return f"without {len(names)} engineer{'s' if len(names) > 1 else ''}: {', '.join(names)}"


def _not_priced(document: ReportDocument) -> Iterator[Row]:
    if not document.report.not_priced:
        return
    yield BLANK
    yield section("Not priced: no amounts, and not in the total")
    reasons = [f"not priced: {reason}" for _, reason in document.report.not_priced]
    people = [PayeeEntry(document, Payee.of(person), None) for person, _ in document.report.not_priced]
    for row, reason in zip(rows(_PERSON, people), reasons, strict=True):
        yield replace(row, values=[*row.values, reason], looks=[*row.looks, Look.TEXT])
