"""The hidden sheet: what the file says, for programs: the report as JSON, digests of everything, and a signature.

Each row has a kind, a name and a text, which goes on in the next cells where it is longer than one may hold.

kind         name                  text
record       a part of the report  JSON; a list has a row for each element and a name ending in []; none: an empty row
part         a part of the archive SHA-256 of its bytes; this sheet is not among them
rows         a sheet               short digests of its rows, one behind the other, from row 1 on
columns      a sheet               JSON: short digests of its columns by letter
fingerprint                        JSON: whose pay, of when, how much; the SHA-256 of what each sheet holds, and of all
                                   rows above (`seal`)
signature                          of the text of the fingerprint
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from webapp.exports.archive import Traces
from webapp.exports.digests import Seal
from webapp.exports.document import ReportDocument
from webapp.exports.grid import Row, Sheet
from webapp.exports.looks import Look, Tone
from webapp.exports.report_json import Statements

NAME = "Fingerprint"
FORMAT = 1
"""Of this sheet; a reader refuses one that it does not know."""
LOOKS = (Look.TEXT, Tone.ENTRY)

_LONGEST_TEXT = 30_000
"""Of a cell here, in characters, all of them ASCII."""
_TEXTS = 400
"""Cells for a text: the digests of a million rows take fewer."""

Sign = Callable[[bytes], str]
"""Gives the instance's signature of some bytes."""
Entry = tuple[str, str, str]
"""A row: kind, name, text."""


def sheet(document: ReportDocument, record: Mapping[str, Any], traces: Traces, sign: Sign) -> Sheet:
    """The sheet; its rows are made when the traces of all else are complete."""
    rows = (_row(entry) for entry in _entries(document, record, traces, sign))
    return Sheet(NAME, (12, 24, 120), rows, hidden=True, columns=2 + _TEXTS)


def _entries(document: ReportDocument, record: Mapping[str, Any], traces: Traces, sign: Sign) -> Iterator[Entry]:
    seal = Seal()
    for entry in _told(record, traces):
        seal.add(entry)
        yield entry
    text = _json(_fingerprint(document, record, traces, seal))
    yield ("fingerprint", "", text)
    yield ("signature", "", sign(text.encode()))


def _told(record: Mapping[str, Any], traces: Traces) -> Iterator[Entry]:
    for name, value in record.items():
        if isinstance(value, list | Statements):
            texts = map(_json, value)
            yield ("record", f"{name}[]", next(texts, ""))
            yield from (("record", f"{name}[]", text) for text in texts)
        else:
            yield ("record", name, _json(value))
    for name, digest in traces.parts.items():
        yield ("part", name, digest)
    for name, found in traces.sheets.items():
        if name != NAME:
            yield ("rows", name, "".join(found.rows))
            yield ("columns", name, _json(found.columns))


def _fingerprint(document: ReportDocument, record: Mapping[str, Any], traces: Traces, seal: Seal) -> dict[str, Any]:
    """What is signed: few facts that a person can check by eye, and digests of everything else."""
    report = document.report
    return {
        "format": FORMAT,
        "report": record["id"],
        "digest": record["digest"],
        "inputs": document.inputs_digest,
        "scope": f"{document.scope_name} ({document.scope_kind})",
        "first": report.period.first.isoformat(),
        "last": document.last_date.isoformat(),
        "policy": document.policy_label,
        "draft": document.is_draft,
        "read_at": document.read_at.isoformat(),
        "currency": report.policy.currency,
        "engineers": len(report.statements),
        "not_priced": len(report.not_priced),
        "totals": record["totals"],
        "sheets": {name: found.whole for name, found in traces.sheets.items() if name != NAME},
        "seal": seal.hexdigest(),
    }


def _row(entry: Entry) -> Row:
    kind, name, text = entry
    texts = [text[place : place + _LONGEST_TEXT] for place in range(0, len(text), _LONGEST_TEXT)]
    cells = (kind, name, *texts)
    return Row(cells, [LOOKS[0]] * len(cells), LOOKS[1])


def entry_of(texts: dict[str, str]) -> Entry:
    """What `_row` wrote, from the texts of its cells by letter; of any other row no more than texts."""
    others = [text for letter, text in texts.items() if letter not in {"A", "B"}]
    return texts.get("A", ""), texts.get("B", ""), "".join(others)


def _json(value: object) -> str:
    """As JSON in ASCII, in which no text looks like the escapes that spreadsheet programs know (_x0041_)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).replace("_x", "\\u005fx")
