from dataclasses import replace
from datetime import date

import pytest

from webapp.exports import ReportDocument, ScopeKind, filename
from webapp.pricing.report.lines import Period


@pytest.mark.parametrize(
    ("first", "after", "scope", "expected"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), "Platform", "2026-10_platform_oncall-pay.xlsx"),
        (date(2026, 12, 1), date(2027, 1, 1), "Organisation", "2026-12_organisation_oncall-pay.xlsx"),
        (date(2026, 10, 5), date(2026, 10, 19), "Ada Example", "2026-10-05_2026-10-18_ada-example_oncall-pay.xlsx"),
        (date(2026, 10, 1), date(2026, 12, 1), "A", "2026-10-01_2026-11-30_a_oncall-pay.xlsx"),
        (date(2025, 10, 1), date(2026, 11, 1), "A", "2025-10-01_2026-10-31_a_oncall-pay.xlsx"),
        (date(2026, 10, 1), date(2026, 11, 1), "Müller & Söhne/../x", "2026-10_muller-sohne-x_oncall-pay.xlsx"),
        (date(2026, 10, 1), date(2026, 11, 1), "開発", "2026-10_team_oncall-pay.xlsx"),
        (date(2026, 10, 1), date(2026, 11, 1), "x" * 200, f"2026-10_{'x' * 60}_oncall-pay.xlsx"),
    ],
)
def test_the_name_says_when_and_who(
    document: ReportDocument, first: date, after: date, scope: str, expected: str
) -> None:
    report = replace(document.report, period=Period(first, after))

    assert expected == filename(replace(document, report=report, scope_name=scope, scope_kind=ScopeKind.TEAM))
