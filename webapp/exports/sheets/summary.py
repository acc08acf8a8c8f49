"""The first sheet: what is paid to whom, by which policy, read when and with whose access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from webapp.exports.cells import Value
from webapp.exports.document import ReportDocument, ScopeKind
from webapp.exports.grid import BLANK, Column, Row, Sheet, Table, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.pricing.report.lines import Report, Statement

NAME = "Summary"
_HEADER_ROW = 10
"""Where nothing is to be said of the scope; each sentence about it is a row above the table."""
_PERSON = (
    Column("Engineer", Look.TEXT, 24),
    Column("Payroll number", Look.IDENTIFIER, 19),
    Column("E-mail", Look.TEXT, 28),
    Column("PagerDuty id", Look.IDENTIFIER, 12),
)
_DATES = {"weekday": "Weekdays", "weekend": "Weekend days", "bank holiday": "Bank holidays"}
"""How dates of everyday day types are headed; others by the policy's own word."""
_FIGURES = (
    Column("Payable callouts", Look.WHOLE, 10),
    Column("Sessions", Look.WHOLE, 10),
    Column("Hours worked", Look.DURATION, 11),
    Column("Hours billed", Look.DURATION, 11),
    Column("Stipends", Look.MONEY, 15),
    Column("Callout fees", Look.MONEY, 15),
    Column("Hourly pay", Look.MONEY, 15),
    Column("Total", Look.MONEY, 16),
)
MISSING = "Saved since this report was priced, and not in it"
BELOW = "They are listed below the table."
HOURS_OFF = "Hours off in lieu"
_TIME_OFF = Column(HOURS_OFF, Look.HOURS, 10)
_ADJUSTED = (Column("Adjustments", Look.MONEY, 15), Column("To pay", Look.MONEY, 16))
"""Only where earlier reports are amended."""
_OTHER_TEAMS = Column("Also in the workbook of", Look.WRAPPED, 24)
_SECOND_LABEL, _SECOND_VALUE = 7, 10  # columns of the block above the table, where text has room to the right


def table(document: ReportDocument) -> Table:
    """A row an engineer."""
    policy = document.report.policy
    columns = [*_PERSON, *(Column(_dates(day_type), Look.WHOLE, 10) for day_type in policy.day_types), *_FIGURES]
    columns += [_TIME_OFF] * gives_time_off(document.report)
    columns += [*_ADJUSTED] * bool(document.adjustments)
    columns += [_OTHER_TEAMS] * (document.scope_kind is ScopeKind.TEAM)
    count = len(document.report.statements) + len(document.only_adjusted())
    return Table(NAME, tuple(columns), _HEADER_ROW + len(_about_the_scope(document)), count)


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    widths = tuple(column.width for column in where.columns)
    return Sheet(NAME, widths, _rows(document, where), f"B{where.first}", where, where.header_row)


def _dates(day_type: str) -> str:
    """The heading of the number of dates of a day type."""
    return _DATES.get(day_type, f"Dates, {day_type}")


def gives_time_off(report: Report) -> bool:
    """Whether the sheets have a column of time off in lieu."""
    return report.policy.time_off_digits is not None


def totals(document: ReportDocument) -> dict[str, Value]:
    """The row of totals, by heading; amounts are the report's own, everything else is added up here."""
    report = document.report
    statements = report.statements
    days = {
        _dates(day_type): sum(statement.stipend_days[day_type] for statement in statements)
        for day_type in report.policy.day_types
    }
    time_off: dict[str, Value] = {_TIME_OFF.heading: report.time_off} if gives_time_off(report) else {}
    adjusted: dict[str, Value] = {"Adjustments": document.adjusted, "To pay": document.to_pay}
    return {
        **days,
        "Payable callouts": sum(statement.payable_callouts for statement in statements),
        "Sessions": sum(statement.sessions for statement in statements),
        "Hours worked": timedelta(seconds=sum(statement.worked_seconds for statement in statements)),
        "Hours billed": timedelta(seconds=sum(statement.billed_seconds for statement in statements)),
        "Stipends": report.stipends,
        "Callout fees": report.fees,
        "Hourly pay": report.hourly_pay,
        "Total": report.total,
        **time_off,
        **(adjusted if document.adjustments else {}),
    }


def title_row(document: ReportDocument, what: str) -> Row:
    """The first row of the other sheets: each printed page tells whose and when."""
    draft = "DRAFT. " if document.is_draft else ""
    partial = " (PARTIAL)" if document.left_out else ""
    text = f"{draft}{what}: {document.scope_name}, {document.period_label}{partial}"
    return Row([text], [Look.TEXT], Tone.SECTION, height=24)


def _rows(document: ReportDocument, where: Table) -> Iterator[Row]:
    report = document.report
    yield from _block(document)
    yield where.header()
    for statement in report.statements:
        others = document.other_teams.get(statement.person.id, ())
        off = [statement.time_off] * gives_time_off(report)
        adjusted = _adjusted(document, statement.person.id, statement.total)
        values = (*_entry(statement), *off, *adjusted, ", ".join(others))
        yield Row(values[: len(where.columns)], where.looks)
    for payee in document.only_adjusted():
        zero = Decimal(0)
        cells: dict[str, Value] = dict.fromkeys(("Stipends", "Callout fees", "Hourly pay", "Total"), zero)
        told = (payee.name, payee.payroll_number, payee.email, payee.id)
        cells |= dict(zip((column.heading for column in _PERSON), told, strict=True))
        cells |= dict(zip(("Adjustments", "To pay"), _adjusted(document, payee.id, zero), strict=True))
        yield Row([cells.get(column.heading) for column in where.columns], where.looks)
    if not where.count:
        nobody = "Nobody in this scope has time on call or pay in this period."
        yield sentence("Nobody is priced: see below." if report.not_priced else nobody, Tone.NOTE)
    without = f", {_without(document)}" if report.not_priced else ""
    yield where.total(f"Total in {report.policy.currency}{without}", totals(document))
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


def _adjusted(document: ReportDocument, payee_id: str, total: Decimal) -> list[Value]:
    """The adjustments of an engineer, and what is to pay with them; nothing where nobody has any."""
    if not document.adjustments:
        return []
    adjusted = document.adjusted_of(payee_id)
    return [adjusted, total + adjusted]


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


def _entry(statement: Statement) -> tuple[Value, ...]:
    person = statement.person
    return (
        person.name,
        person.payroll_number,
        person.email,
        person.id,
        *statement.stipend_days.values(),
        statement.payable_callouts,
        statement.sessions,
        timedelta(seconds=statement.worked_seconds),
        timedelta(seconds=statement.billed_seconds),
        statement.stipends,
        statement.fees,
        statement.hourly_pay,
        statement.total,
    )


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
    for person, reason in document.report.not_priced:
        yield Row(
            [person.name, person.payroll_number, person.email, person.id, f"not priced: {reason}"],
            [Look.TEXT, Look.IDENTIFIER, Look.TEXT, Look.IDENTIFIER, Look.TEXT],
        )
