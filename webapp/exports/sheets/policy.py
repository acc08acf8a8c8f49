"""The rules in words, their version, and the versions of the data they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.exports.document import ReportDocument
from webapp.exports.grid import BLANK, Row, Sheet, section
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.summary import missing_rows, title_row
from webapp.rule_changes import CHANGES, NEWEST

NAME = "Policy"
_WIDTHS = (26, 110)


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    return Sheet(NAME, _WIDTHS, _rows(document))


def _rows(document: ReportDocument) -> Iterator[Row]:
    policy = document.report.policy
    yield title_row(document, "Policy")
    yield _fact("Policy", document.policy_label)
    yield _fact("Currency", f"{policy.currency}, amounts with {policy.minor_digits} decimals")
    yield _fact("Pay zone", document.pay_zone_label)
    yield _fact("Applied to", f"{document.report.period.first.isoformat()} to {document.last_date.isoformat()}")
    yield _fact("In force from", _since(document.report.versions))
    yield BLANK
    yield section("The rules in words")
    for number, words in enumerate(document.policy_words, 1):
        yield _fact(f"Rule {number}", words)
    yield from missing_rows(document)
    yield BLANK
    yield section(f"Rules that version {NEWEST} of CalloutPay has changed")
    for number, change in enumerate((change for change in CHANGES if change.version == NEWEST), 1):
        yield _fact(f"Change {number}", f"{change.rule} {change.sentences}")
    yield BLANK
    yield section("Data behind the rules")
    for name, version in sorted(document.data_versions.items()):
        yield _fact(name, f"version {version}")

    yield BLANK
    yield section("Fingerprint")
    yield _fact("Report", document.report_id)
    yield _fact("What is paid and why", document.digest)
    yield _fact("Facts and settings", document.inputs_digest)
    yield _fact("", "Two reports with the same fingerprints pay the same, from the same facts. “Verify” tells more.")


def _since(versions: tuple[str, ...]) -> str:
    """The dates on which the versions begin that apply to the period."""
    return ", ".join(since or "the first day" for since in versions) or "the first day"


def _fact(label: str, words: str) -> Row:
    return Row([label, words], [Look.TEXT, Look.WRAPPED], [Tone.LABEL, Tone.VALUE])
