"""The name of a file: when, who, what."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from webapp.exports.document import ReportDocument, ScopeKind

_LONGEST_SLUG = 60


def filename(document: ReportDocument, kind: str = "xlsx") -> str:
    """Such as "2026-10_platform_oncall-pay.xlsx", or two dates where the period is no calendar month. ASCII only.

    A draft's name begins with DRAFT, and one that is not up to date says so at its end.
    """
    draft = "DRAFT_" * document.is_draft
    without = f"_without-{len(document.missing)}-saved-since" if document.missing else ""
    first, last = document.report.period.first, document.last_date
    return draft + report_filename(first, last, document.scope_name, document.scope_kind, kind, without)


def report_filename(
    first: date, last: date, scope_name: str, scope_kind: ScopeKind, kind: str = "xlsx", mark: str = ""
) -> str:
    """The same of a report that is not made yet; `mark` stands at its end."""
    return f"{_period(first, last)}_{_slug(scope_name) or scope_kind}_oncall-pay{mark}.{kind}"


def _period(first: date, last: date) -> str:
    is_month = (
        first.day == 1
        and (last + timedelta(days=1)).day == 1
        and (first.year, first.month)
        == (
            last.year,
            last.month,
        )
    )
    return f"{first:%Y-%m}" if is_month else f"{first.isoformat()}_{last.isoformat()}"


def _slug(scope_name: str) -> str:
    plain = unicodedata.normalize("NFKD", scope_name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")
