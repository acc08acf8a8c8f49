"""Comparing an earlier workbook with PagerDuty of today: the file is checked, its question asked again, both compared.

What is uploaded lives in the working set, and nowhere else; of its chain only ids are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.exports import ReportDocument, ScopeKind
from webapp.exports.comparing import Comparison, compare
from webapp.exports.read_back import AS_MADE
from webapp.exports.report_json import FORMAT, report_json
from webapp.pricing.report.lines import Period
from webapp.services import amendments, documents, files, periods, policies, reporting
from webapp.services.amendments import AmendmentError
from webapp.services.carried import Earlier
from webapp.services.connections import Connections
from webapp.services.reporting import Draft, Scope
from webapp.vault import Vault

Json = Mapping[str, Any]


def read_workbook(name: str, content: bytes, vault: Vault) -> Json:
    """What a workbook of ours says of its report.

    Raises:
        Refused: it is no workbook at all, or too large.
        AmendmentError: it was not made here, or altered since.
    """
    found = files.verify(content, vault)
    if found.outcome not in AS_MADE:
        raise AmendmentError(f"{name}: {found.outcome.value}. {found.sentence}")
    record = found.record()
    if record is None or record.get("format") != FORMAT:
        raise AmendmentError(f"{name}: it was made by another version of CalloutPay, which this one cannot compare.")
    if record.get("draft"):
        raise AmendmentError(
            f"{name}: this is a draft, by settings that were not saved, so nobody was paid by it. Choose the workbook "
            "that was paid."
        )
    if record["copy"]:
        raise AmendmentError(
            f"{name}: this is one engineer's statement, taken out of a larger report. Compare the workbook of that "
            "report: what was adjusted is counted there."
        )
    return record


def begin(connections: Connections, account_id: int, session: Session, earlier: Json, later: Sequence[Json]) -> Draft:
    """Ask the earlier report's question again, by the policy in force then; nothing is read yet.

    Raises:
        NotConnected: there is no connection that works.
        NotInForce: no policy prices the whole period.
        AmendmentError: the file is of another PagerDuty account, or its chain has a gap.
    """
    amendments.check_chain(session, earlier["id"], later)
    period = periods.between(*(date.fromisoformat(earlier["period"][end]) for end in ("first", "last")))
    saved = policies.current_policy(session, period.after - timedelta(days=1))
    if saved is None:
        when = periods.label(period)
        raise policies.NotInForce(f"No pay policy is in force in {when}. Save one below a report first.")
    draft = reporting.begin(connections, account_id, session, _scope(earlier), period, saved.rules)
    here = {"region": draft.region, "subdomain": draft.subdomain}
    for record in (earlier, *later):
        if record["account"] != here:
            account = record["account"]
            raise AmendmentError(
                f"The file {record['id']} is of the PagerDuty account {account['subdomain']} "
                f"({account['region'].upper()}); you are connected to {here['subdomain']} ({here['region'].upper()})."
            )
    draft.carried.earlier = Earlier.of(earlier, later)
    return draft


def compared(draft: Draft, document: ReportDocument) -> Comparison:
    """What differs between the earlier report and today's.

    Raises:
        ComparisonError: they cannot be compared.
    """
    earlier = _earlier(draft)
    return compare(earlier.record(), earlier.later, report_json(document))


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report of this login session that may carry adjustments."""

    set_id: str
    title: str
    account: tuple[str, str]
    """PagerDuty's region and the subdomain."""
    currency: str
    period: Period


def open_report(set_id: str, draft: Draft) -> OpenReport | None:
    """What must be known of a report to carry something; None where it is not read, or compared itself."""
    if draft.carried.earlier is not None or draft.records is None or draft.undecided_parts:
        return None
    currency = draft.inputs.basis.document.currency
    return OpenReport(set_id, draft.title, (draft.region, draft.subdomain), currency, draft.period)


def targets(draft: Draft, others: Sequence[OpenReport]) -> list[OpenReport]:
    """The reports that can carry the differences: of the same account, in the same currency, of a later period."""
    currency = draft.inputs.basis.document.currency
    return [
        other
        for other in others
        if (other.account, other.currency) == ((draft.region, draft.subdomain), currency)
        and other.period.first >= draft.period.after
    ]


def add(draft: Draft, target: Draft, engineers: Sequence[str], session: Session) -> int:
    """Let another report carry the differences of these engineers as adjustment lines; how many there are.

    Raises:
        ComparisonError: the reports cannot be compared.
        AmendmentError: the settings tried out are not saved, or the chain has grown meanwhile.
    """
    document = documents.document(draft, session)
    if document.is_draft:
        raise AmendmentError(
            "Adjustments are made by what is saved: the policy in force and the engineers' saved settings. Save what "
            "you tried out, or compare the file again."
        )
    if document.missing:
        raise AmendmentError(
            "Not added: somebody saved changes since this report was priced. Update it first, then look at the "
            "differences again."
        )
    earlier = _earlier(draft)
    amendments.check_chain(session, earlier.id, earlier.later)
    lines = compared(draft, document).adjustments(earlier.id, engineers)
    link = amendments.next_link(session, earlier.id, earlier.later, earlier.title)
    target.carried.amend(link, lines)
    return len(lines)


def _earlier(draft: Draft) -> Earlier:
    if draft.carried.earlier is None:
        raise ValueError("This report is compared with nothing.")
    return draft.carried.earlier


def _scope(earlier: Json) -> Scope:
    """The same scope; everybody whom the file has is in it, be they members of the team today or not."""
    asked = earlier["scope"]
    scope = Scope(ScopeKind(asked["kind"]), asked["id"], asked["name"])
    if scope.kind is not ScopeKind.TEAM:
        return scope
    also = {one["id"]: one["name"] for one in asked["also"]}
    for part in ("statements", "not_priced"):
        also |= {one["engineer"]["id"]: one["engineer"]["name"] for one in earlier[part]}
    return replace(scope, also=tuple(also.items()))
