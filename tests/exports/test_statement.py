"""One engineer's statement alone."""

from dataclasses import replace
from functools import partial
from io import BytesIO
from zipfile import ZipFile

from tests.exports.conftest import BERLIN, LONDON, RATELESS, VAULT, workbook_of
from webapp.exports import (
    Outcome,
    Part,
    ReportDocument,
    ReportWarning,
    ScopeKind,
    Target,
    filename,
    verify_package,
)
from webapp.exports.package import Package
from webapp.exports.statement import alone
from webapp.pricing.report.lines import Gravity, Topic, Warning_
from webapp.services.files import PURPOSE


def of_ada(document: ReportDocument) -> ReportDocument:
    theirs = alone(document, LONDON.id)
    assert theirs is not None
    return theirs


def test_it_is_the_same_whole_pay(document: ReportDocument) -> None:
    theirs = of_ada(document)

    assert theirs.report.statements == document.report.statements[:1]
    assert theirs.report.total == document.report.statements[0].total
    assert (theirs.scope_name, theirs.scope_kind) == ("Ada Example", ScopeKind.ENGINEER)
    assert filename(theirs) == "2026-10_ada-example_oncall-pay.xlsx"


def test_it_is_a_workbook_that_adds_up_and_can_be_verified(document: ReportDocument) -> None:
    package = Package(workbook_of(of_ada(document)))

    found = verify_package(package, partial(VAULT.verify, PURPOSE))

    assert found.outcome is Outcome.UNALTERED
    assert found.fingerprint is not None
    assert found.fingerprint.totals["total"] == document.report.statements[0].total


def test_nobody_else_is_named_in_any_part_of_it(document: ReportDocument) -> None:
    told = (Warning_(None, None, "two engineers of one schedule: Ben Beispiel, Ada Example"),)
    document = replace(
        document,
        report=replace(document.report, warnings=(*document.report.warnings, *told)),
        warnings=(
            *document.warnings,
            ReportWarning(
                Gravity.UNUSUAL,
                Topic.ENGINEERS,
                "PagerDuty names a time zone that is not known for: Cat Ohne-Rate (Nowhere).",
            ),
        ),
    )
    everybody = workbook_of(document)

    with ZipFile(BytesIO(everybody)) as whole, ZipFile(BytesIO(workbook_of(of_ada(document)))) as one:
        for person in (BERLIN, RATELESS):
            for secret in filter(None, (person.name, person.id, person.email)):
                assert [name for name in whole.namelist() if secret.encode() in whole.read(name)]
                assert [name for name in one.namelist() if secret.encode() in one.read(name)] == []


def test_incidents_of_nobody_are_no_matter_of_one_engineer(document: ReportDocument) -> None:
    assert document.report.silent
    assert of_ada(document).report.silent == ()


def test_whoever_is_not_priced_has_no_statement(document: ReportDocument) -> None:
    assert alone(document, RATELESS.id) is None
    assert alone(document, "PNOBODY") is None


def test_what_managers_are_asked_is_no_matter_of_one_engineer(document: ReportDocument) -> None:
    asked = [
        ReportWarning(Gravity.PAY, Topic.CALLOUTS, "#9 A title of somebody's.", (Target(Part.ACT, key),))
        for key in ("", "R1")
    ]
    assert of_ada(replace(document, warnings=(*document.warnings, *asked))).warnings == of_ada(document).warnings
