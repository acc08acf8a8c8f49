"""One engineer's statement alone, out of a larger report: the same whole pay, and nothing of anybody else."""

from __future__ import annotations

from dataclasses import replace

from webapp.exports.document import Part, ReportDocument, ReportWarning, ScopeKind, Target
from webapp.pricing.report.lines import Report


def alone(document: ReportDocument, person_id: str) -> ReportDocument | None:
    """The document of one engineer of it, to be sent to that engineer; None where there is no such statement.

    What is said of the reading is left out where it names somebody else.
    """
    statement = next((one for one in document.report.statements if one.person.id == person_id), None)
    if statement is None:
        return None
    person = statement.person
    others = {one.name for one in document.people().values() if one.id != person_id and one.name}
    report = document.report
    adjustments = tuple(one for one in document.adjustments if one.payee.id == person_id)
    amended = {one.report_id for one in adjustments}
    return replace(
        document,
        report=_only(report, person_id),
        scope_name=person.name,
        scope_kind=ScopeKind.ENGINEER,
        scope_id=person_id,
        scope_notes=(),
        also=(),
        warnings=tuple(
            one for one in document.warnings if not _asks(one) and not any(name in one.sentence for name in others)
        ),
        other_teams={},
        differences=tuple(one for one in document.differences if person.name in (*one.by_on_calls, *one.by_schedule)),
        adjustments=adjustments,
        amends=tuple(one for one in document.amends if one.report_id in amended),
        reviews=(),
        missing=tuple(one for one in document.missing if one.person_id in {None, person_id}),
        is_copy=True,
    )


def _asks(warning: ReportWarning) -> bool:
    """Whether it asks managers who was behind something, which may be anybody's work."""
    return any(isinstance(target, Target) and target.part is Part.ACT for target in warning.targets)


def _only(report: Report, person_id: str) -> Report:
    (statement,) = (one for one in report.statements if one.person.id == person_id)
    return replace(
        report,
        statements=(statement,),
        not_priced=(),
        warnings=tuple(warning for warning in report.warnings if warning.person_id == person_id),
        silent=(),
        joined=tuple(one for one in report.joined if one.person_id == person_id),
        always_on_call=tuple(one for one in report.always_on_call if one.person_id == person_id),
        late=tuple(row for row in report.late if row.person_id == person_id),
        stipends=statement.stipends,
        fees=statement.fees,
        hourly_pay=statement.hourly_pay,
        total=statement.total,
        time_off=statement.time_off,
    )
