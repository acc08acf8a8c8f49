"""Which report amends which: kept by their ids, so that the later files of a chain can be asked for by name.

A report that is amended and the reports that amend it, in order, are its chain. What was paid so far is known by the
whole chain only, so a gap is refused. A file that was never paid can be dropped, in one's own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.amendments import Amendment
from webapp.exports.document import ReportDocument
from webapp.exports.report_json import report_id
from webapp.models import ReportAmendment

Json = Mapping[str, Any]


class AmendmentError(Exception):
    """Something would be adjusted twice, or of a file that does not belong here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A later file of a chain that was not uploaded."""

    report_id: str
    is_known: bool = False
    """Whether this instance has delivered it: then it can be dropped, and the rest is known."""
    first: date | None = None
    last: date | None = None
    made_by: str = ""
    made_at: datetime | None = None


class ChainGapError(AmendmentError):
    """Later files of the chain are missing."""

    def __init__(self, missing: Sequence[MissingFile]) -> None:
        super().__init__(
            "Later workbooks amend this one, too. Upload them with it: what they have adjusted is paid already."
        )
        self.missing = tuple(missing)


def check_chain(session: Session, key: str, later: Sequence[Json]) -> None:
    """Refuse later files that do not belong to the chain of an earlier report, and a chain with a gap.

    Raises:
        ChainGapError: files are missing, named by their ids.
        AmendmentError: a file is not of this chain, or was never paid.
    """
    rows = _rows(session, key)
    dropped = {row.amended_by: row for row in rows if row.dropped_at is not None}
    uploaded: set[str] = set()
    previous: set[str] = set()
    for record in later:
        link = next((link for link in record["amends"] if link["report"] == key), None)
        if link is None:
            raise AmendmentError(f"The file {record['id']} carries no adjustments of {key}. Leave it out.")
        if record["id"] in dropped:
            raise AmendmentError(f"The file {record['id']} was marked as never paid. Leave it out.")
        uploaded.add(record["id"])
        previous |= {link["previous"]} - {""}
    known = {row.amended_by: row for row in rows if row.dropped_at is None}
    missing = sorted((known.keys() | previous) - uploaded - dropped.keys())
    if missing:
        raise ChainGapError([_missing(name, known.get(name)) for name in missing])


def next_link(session: Session, key: str, later: Sequence[Json], title: str) -> Amendment:
    """The place in the chain that a report gets which amends the earlier one next."""
    links = [link for record in later for link in record["amends"] if link["report"] == key]
    numbers = {record["id"]: link["number"] for record in later for link in record["amends"] if link in links}
    for row in _rows(session, key):
        if row.dropped_at is None:
            numbers.setdefault(row.amended_by, row.number)
    last = max(numbers, key=lambda name: (numbers[name], name), default="")
    return Amendment(key, title, numbers.get(last, 0) + 1, last)


def deliver(session: Session, document: ReportDocument, made_by: str) -> None:
    """Keep that a file which is about to be handed out amends these reports.

    Raises:
        AmendmentError: another file amends one of them since its differences were worked out.
    """
    if not document.amends or document.is_draft or document.is_copy:  # nobody is paid by a draft or a copy
        return
    own_id = report_id(document)
    for amendment in document.amends:
        rows = {row.amended_by: row for row in _rows(session, amendment.report_id)}
        for row in rows.values():
            if row.dropped_at is None and row.number >= amendment.number and row.amended_by != own_id:
                raise AmendmentError(
                    f"{amendment.title} (report {amendment.report_id}) was amended meanwhile by the file "
                    f"{row.amended_by}, which {row.made_by} downloaded. Compare it again with that file; or mark that "
                    "file as never paid, if it was thrown away."
                )
        if own_id in rows:
            rows[own_id].dropped_at = rows[own_id].dropped_by = None
            continue
        session.add(
            ReportAmendment(
                report_id=amendment.report_id,
                amended_by=own_id,
                number=amendment.number,
                previous=amendment.previous,
                first=document.report.period.first,
                last=document.last_date,
                made_by=made_by,
                made_at=clock.now(),
            )
        )
    session.commit()


def drop(session: Session, amended_by: str, dropped_by: str) -> bool:
    """Keep that a file was never paid: its adjustments do not count. False where nothing is known of it."""
    rows = session.scalars(select(ReportAmendment).where(ReportAmendment.amended_by == amended_by)).all()
    for row in rows:
        row.dropped_by, row.dropped_at = dropped_by, clock.now()
    session.commit()
    return bool(rows)


def _rows(session: Session, report_id: str) -> Sequence[ReportAmendment]:
    return session.scalars(
        select(ReportAmendment)
        .where(ReportAmendment.report_id == report_id)
        .order_by(ReportAmendment.number, ReportAmendment.amended_by)
    ).all()


def _missing(name: str, row: ReportAmendment | None) -> MissingFile:
    if row is None:
        return MissingFile(name)
    return MissingFile(name, True, row.first, row.last, row.made_by, row.made_at)  # noqa: FBT003  by the field's order
