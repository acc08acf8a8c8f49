"""The report as JSON: what its schema describes, deterministic, and the same figures as the report's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.exports.conftest import BERLIN, LONDON, document_of, facts
from webapp.exports import ReportDocument
from webapp.exports.amendments import Adjustment, Payee, Review
from webapp.exports.report_json import canonical, engineer_digests, report_json, report_json_bytes

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
EARLIER = "3F2A-91C0-77DE-0B14"
ADJUSTMENT = Adjustment(
    Payee.of(LONDON), EARLIER, date(2026, 9, 12), "stipend", Decimal("35.00"), Decimal("0.00"),
    "weekend stipend, level 1", "Time on call changed.",
)  # fmt: skip


def check(made: Any) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(made)] == []


def test_it_is_as_its_schema_says(
    document: ReportDocument, amended: ReportDocument, nothing_happened: ReportDocument
) -> None:
    for one in (document, amended, nothing_happened, replace(document, incidents_read=False)):
        check(json.loads(report_json_bytes(one)))


def test_the_schema_allows_nothing_else(document: ReportDocument) -> None:
    made = report_json(document)
    made["statements"][0]["lines"][0]["colour"] = "red"
    with pytest.raises(AssertionError, match="colour"):
        check(made)


def test_it_says_every_figure_of_the_report(document: ReportDocument) -> None:
    made, report = report_json(document), document.report
    assert made["totals"]["total"] == made["totals"]["to_pay"] == str(report.total)
    assert [one["engineer"]["id"] for one in made["statements"]] == [one.person.id for one in report.statements]
    for told, statement in zip(made["statements"], report.statements, strict=True):
        assert Decimal(told["totals"]["total"]) == statement.total
        assert sum(Decimal(line["amount"]) for line in told["lines"]) == statement.total
        assert sum(Decimal(day["total"]) for day in told["days"]) == statement.total
        assert [row["evidence"] for row in told["callouts"]] == [row.evidence for row in statement.callouts]
        assert [line["seconds"] for line in told["lines"]] == [line.paid_seconds for line in statement.lines]
    assert [one["reason"] for one in made["not_priced"]] == [reason for _, reason in report.not_priced]


def test_the_same_report_gives_the_same_bytes(document: ReportDocument) -> None:
    again = document_of(facts())
    assert report_json_bytes(again) == report_json_bytes(document)


def test_adjustments_are_paid_beside_the_reports_own_total(document: ReportDocument, amended: ReportDocument) -> None:
    totals = report_json(amended)["totals"]
    assert totals["total"] == str(document.report.total)
    assert (totals["adjustments"], totals["time_off_adjustments"]) == ("49.19", "1.50")
    assert Decimal(totals["to_pay"]) == document.report.total + Decimal("49.19")


# The two fingerprints


def fingerprints(document: ReportDocument) -> tuple[str, str]:
    made = report_json(document)
    return made["id"], made["digest"]


def test_another_reading_of_the_same_facts_is_the_same_report_in_another_file(document: ReportDocument) -> None:
    later = replace(document, read_at=document.read_at + timedelta(days=1), authority="Somebody else")
    assert fingerprints(later)[1] == fingerprints(document)[1]
    assert fingerprints(later)[0] != fingerprints(document)[0]


def test_a_review_changes_neither(document: ReportDocument) -> None:
    reviewed = replace(document, reviews=(Review("mo@example.com", datetime(2026, 11, 2, 9, tzinfo=UTC)),))
    assert fingerprints(reviewed) == fingerprints(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: {"policy_label": "unsaved settings"},
        lambda _: {"scope_id": "PTEAM01"},
        lambda _: {"subdomain": "elsewhere"},
        lambda _: {"adjustments": (ADJUSTMENT,)},
        lambda one: {"report": replace(one.report, not_priced=())},
        lambda one: {"report": replace(one.report, statements=one.report.statements[1:])},
    ],
)
def test_whatever_is_paid_or_why_changes_both(
    document: ReportDocument, change: Callable[[ReportDocument], dict[str, Any]]
) -> None:
    other = replace(document, **change(document))
    assert fingerprints(other)[1] != fingerprints(document)[1]
    assert fingerprints(other)[0] != fingerprints(document)[0]


def test_the_engineers_who_differ_are_told_apart(document: ReportDocument) -> None:
    ben = replace(BERLIN, payroll_number="0815")
    told = facts()
    people = tuple(ben if person.id == ben.id else person for person in told.people)
    other = document_of(replace(told, people=people))
    here, there = engineer_digests(report_json(document)), engineer_digests(report_json(other))
    assert {key for key in here if here[key] != there[key]} == {BERLIN.id}


def test_the_digest_can_be_made_anew_by_anybody(document: ReportDocument) -> None:
    """As the schema describes it, from the file alone."""
    made = json.loads(report_json_bytes(document))
    parts = ("scope", "period", "policy", "account", "not_priced", "adjustments", "amends", "totals")
    body = {part: made[part] for part in parts} | {"statements": engineer_digests(made)}
    assert sha256(canonical(body)).hexdigest() == made["digest"]
