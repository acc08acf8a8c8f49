"""Whatever a person, a service or a title is called: it stays text."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tests.exports.conftest import place, workbook_of
from webapp.exports import ReportDocument, ReportWarning
from webapp.exports.amendments import Review
from webapp.exports.cells import CUT_MARK
from webapp.exports.sheets import callouts
from webapp.pd.crosscheck import DutyDifference
from webapp.pd.result import Tally
from webapp.pricing.facts import HOLIDAY_REGION, AlwaysOnCall, Dated
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.report.lines import CalloutRow, Gravity, Statement, Topic, Warning_

NASTY = [
    "=1+1",
    '=HYPERLINK("http://127.0.0.1/","click")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "#REF!",
    "#N/A",
    "\t=1+1",
    "\r\n=cmd|' /C calc'!A0",
    "http://127.0.0.1/",
    "mailto:a@example.com",
    "[1]Sheet1!A1",
    "{=A1}",
    "'=1+1",
    "<b>&amp;</b>",
    "]]>",
    "null\x00bell\x07",
    "\ud800",
    "\u202egpj",
    "_x003D_1+1",
    "x" * 40_000,
    "+44 20 7946 0000",
    "=1+1\udfff",
    "\u2066=1+1\u2069",
    "＝1+1",  # noqa: RUF001  the wide sign is meant
    "'; DROP TABLE",
    "PagerDuty id",
    "Total",
    "TRUE",
    "2026-10-01",
    "1E5",
]

SOME = {NASTY[1], "\ud800", "_x003D_1+1"}
"""Those that are tried before every commit, too."""


def spoiled(document: ReportDocument, text: str) -> ReportDocument:
    """The document with the text in every place where text is read or typed in."""
    report = document.report
    silent = tuple(
        replace(each, reason=text, incident=replace(each.incident, title=text, service=text, urgency=text))
        for each in report.silent
    )
    spoiled_report = replace(
        report,
        statements=(
            _spoiled_statement(report.statements[0], text, number=text),
            *(_spoiled_statement(statement, text) for statement in report.statements[1:]),
        ),
        not_priced=tuple((replace(person, name=text, email=text), text) for person, _ in report.not_priced),
        silent=silent,
        warnings=(Warning_(None, None, text),),
        always_on_call=(AlwaysOnCall(text, 1, text),),
        late=tuple(_spoiled_callout(row, text) for row in report.statements[0].callouts[:1]),
        policy=_spoiled_brief(report.policy, text),
        versions=(text,),
    )
    return replace(
        document,
        report=spoiled_report,
        title=text,
        scope_name=text,
        period_label=text,
        pay_zone_label=text,
        policy_label=text,
        policy_words=(text,),
        authority=text,
        warnings=(ReportWarning(Gravity.PAY, Topic.READING, text),),
        other_teams={statement.person.id: (text,) for statement in report.statements},
        tallies=(Tally(text, 1, 1, windows=1),),
        read_window=text,
        scope_notes=(text,),
        left_out=(text,),
        differences=(DutyDifference(text, text, document.read_at, document.read_at, (text,), (text,)),),
        data_versions={text: text},
        instance_name=text,
        scope_id=text,
        also=((text, text),),
        region=text,
        subdomain=text,
        inputs_digest=text,
        reviews=(Review(text, document.read_at),),
    )


def _spoiled_brief(policy: PolicyBrief, text: str) -> PolicyBrief:
    return replace(
        policy,
        name=text,
        day_types=(text, *policy.day_types),
        words=(text,),
        by_version=tuple(
            replace(
                version,
                holiday_region=text,
                amounts=tuple(replace(one, rule=text, of=text) for one in version.amounts),
            )
            for version in policy.by_version
        ),
    )


def _spoiled_statement(statement: Statement, text: str, number: str = "") -> Statement:
    person = replace(
        statement.person,
        name=text,
        email=text,
        payroll_number=number,
        words={HOLIDAY_REGION: Dated.always(text)},
        zone_source=text,
    )
    return replace(
        statement,
        person=person,
        stipend_days={text: 0, **statement.stipend_days},
        days=tuple(replace(day, day_name=text) for day in statement.days),
        callouts=tuple(_spoiled_callout(row, text) for row in statement.callouts),
        lines=tuple(replace(line, label=text, day_type=text) for line in statement.lines),
        unpaid=tuple(replace(line, reason=text) for line in statement.unpaid),
    )


def _spoiled_callout(row: CalloutRow, text: str) -> CalloutRow:
    incident = replace(row.incident, title=text, service=text, urgency=text)
    decision = row.callout.decision and replace(row.callout.decision, reason=text, decided_by=text)
    callout = replace(row.callout, decision=decision)
    return replace(row, callout=callout, incident=incident, evidence=text, reason=text)


def assert_only_text(made: bytes) -> None:
    """No formula but in Checks, no error cell, no link; text in a style that stays text when it is edited."""
    book = load_workbook(BytesIO(made))
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.hyperlink is None
            assert cell.data_type != "e"
            assert cell.data_type != "f" or sheet.title == "Checks"
    book.close()
    with ZipFile(BytesIO(made)) as archive:
        names = archive.namelist()
        assert not [name for name in names if name.endswith(".rels") and b"TargetMode" in archive.read(name)]
        assert not [name for name in names if "external" in name or "vba" in name or "sheet1.xml.rels" in name]
        for name in names:
            if name.startswith("xl/worksheets/"):
                assert b"<hyperlink" not in archive.read(name)


def formulas(book: Workbook) -> list[object]:
    return [cell.value for row in book["Checks"].iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize(
    "text", [pytest.param(text, marks=[pytest.mark.slow] * (text not in SOME), id=repr(text[:20])) for text in NASTY]
)
def test_no_text_becomes_anything_else(document: ReportDocument, text: str) -> None:
    assert_only_text(workbook_of(spoiled(document, text)))


def test_texts_change_no_formula(document: ReportDocument, opened: Callable[[bytes], Workbook]) -> None:
    plain = opened(workbook_of(spoiled(document, "plain")))
    nasty = opened(workbook_of(spoiled(document, '=A1,"')))

    assert formulas(plain) == formulas(nasty)


def test_editing_a_text_does_not_evaluate_it(document: ReportDocument, opened: Callable[[bytes], Workbook]) -> None:
    sheet = opened(workbook_of(spoiled(document, "=1+1")))["Callouts"]

    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]

    assert len(cells) > 20
    assert all(cell.quotePrefix for cell in cells)


@pytest.mark.slow
def test_a_cut_is_visible(document: ReportDocument, opened: Callable[[bytes], Workbook]) -> None:
    long = spoiled(document, "x" * 40_000)

    assert opened(workbook_of(long))["Callouts"][place(callouts, long, "Title")].value.endswith(CUT_MARK)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), min_size=1))
def test_no_fuzzed_text_becomes_anything_else(document: ReportDocument, text: str) -> None:
    assert_only_text(workbook_of(spoiled(document, text)))
