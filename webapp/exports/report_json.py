"""A report as JSON: all that it says, for programs, and for the day on which it is compared with PagerDuty again.

`docs/report.schema.json` describes every field. Figures are text, instants are UTC, keys are in order: the same report
gives the same bytes. Two fingerprints come with it. The **digest** stands for what is paid and why, and for nothing
that another reading of the same facts would say otherwise: it tells "the same" from "not the same". The **id** stands
for this one reading; adjustments cite it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any

from webapp.exports.amendments import Adjustment
from webapp.exports.calendars import CalendarDay, calendar_changes, calendar_days
from webapp.exports.document import ReportDocument
from webapp.exports.reckoning import own_difference, own_total_differences
from webapp.pd.result import Tally
from webapp.pricing.engine.lines import PayLine
from webapp.pricing.facts import (
    DAY_SECONDS,
    HOURLY_RATE,
    CalendarChange,
    Callout,
    Decision,
    Incident,
    Person,
    SilentIncident,
    WorkingHours,
)
from webapp.pricing.money import decimal_of
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.policy.units import UNITS
from webapp.pricing.report.amounts import money_of, time_off_of
from webapp.pricing.report.lines import CalloutRow, DayRow, Report, Statement, UnpaidLine
from webapp.pricing.spans import Interval, instant_of
from webapp.pricing.text import clock
from webapp.rule_changes import NEWEST

FORMAT = "calloutpay-report/1"

Json = dict[str, Any]

_NOT_DIGESTED = {"pending", "session"}
"""Time to come, and the numbers of sessions: both depend on when the facts were read, and neither is pay."""


class Statements(Iterable[Json]):
    """The statements of a report, said anew each time they are asked for: all at once they would fill the memory."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __iter__(self) -> Iterator[Json]:
        return (_statement(one, self._report) for one in self._report.statements)


def report_json(document: ReportDocument) -> Json:
    """The whole report; `canonical` makes it text."""
    return _record(document, [*Statements(document.report)])


def report_record(document: ReportDocument) -> Json:
    """The same, with `Statements` in place of a list of them."""
    return _record(document, Statements(document.report))


def _record(document: ReportDocument, statements: Iterable[Json]) -> Json:
    report = document.report
    body = {
        "scope": {
            "kind": document.scope_kind.value,
            "id": document.scope_id,
            "name": document.scope_name,
            "also": [{"id": user_id, "name": name} for user_id, name in document.also],
        },
        "period": {
            "first": report.period.first.isoformat(),
            "last": document.last_date.isoformat(),
            "pay_zone": document.pay_zone_label,
        },
        "policy": {
            "label": document.policy_label,
            "currency": report.policy.currency,
            "minor_digits": report.policy.minor_digits,
            "versions": list(report.versions),
            "words": list(document.policy_words),
        },
        "account": {"region": document.region, "subdomain": document.subdomain},
        "statements": statements,
        "not_priced": [
            {"engineer": _person(person, document.last_date), "reason": reason} for person, reason in report.not_priced
        ],
        "adjustments": [_adjustment(one) for one in document.adjustments],
        "amends": [
            {"report": one.report_id, "title": one.title, "number": one.number, "previous": one.previous}
            for one in document.amends
        ],
        "totals": {
            **_totals(report),
            "adjustments": _figure(document.adjusted),
            "to_pay": _figure(document.to_pay),
            "time_off_adjustments": _figure(document.adjusted_time_off),
        },
    }
    read = {
        "at": _instant(document.read_at),
        "authority": document.authority,
        "left_out": list(document.left_out),
        "sources": [_source(document, tally) for tally in document.tallies],
        "data_versions": dict(document.data_versions),
        "rules": NEWEST,
        **({} if document.incidents_read else {"incidents": False}),
    }
    digest = _digest_of(body)
    return {
        "format": FORMAT,
        "id": _report_id(digest, read),
        "digest": digest,
        **body,
        "read": read,
        "title": document.title,
        "copy": document.is_copy,
        "draft": document.is_draft,
        "missing": [{"engineer": one.person_id, "words": one.words} for one in document.missing],
        "silent": [
            {"incident": _incident(one.incident), "reason": one.reason} | _evidence_decisions(one)
            for one in report.silent
        ],
        "joined": [
            {
                "engineer": {"id": one.person_id, "name": one.name},
                "incident": _incident(one.incident),
                "at": _instant(one.at),
            }
            for one in report.joined
        ],
        "holidays": [_holiday(one) for one in calendar_days(report)],
        "calendar_changes": [_calendar_change(one) for one in calendar_changes(report)],
        "policy_regions": [
            {"since": version.since, "region": version.holiday_region} for version in report.policy.by_version
        ],
        "warnings": list(document.warning_words()),
        "checks": _checks(document),
        "reviews": [{"by": review.by, "at": _instant(review.at)} for review in document.reviews],
    }


def report_json_bytes(document: ReportDocument) -> bytes:
    """The file: canonical JSON, one line."""
    return canonical(report_json(document)) + b"\n"


def canonical(value: object) -> bytes:
    """The one way to write a value as JSON: keys in order, no spaces, every character as itself, in UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")  # half a character, which PagerDuty should never send, is none


def engineer_digests(record: Json) -> dict[str, str]:
    """A fingerprint of each engineer's statement by PagerDuty id: tells who differs between two reports."""
    return {statement["engineer"]["id"]: _sha256(_digested(statement)) for statement in record["statements"]}


def report_id(document: ReportDocument) -> str:
    """How adjustments, workbooks and pages name this one reading, such as "3F2A-91C0-77DE-0B14"."""
    return str(report_record(document)["id"])


def _digest_of(body: Json) -> str:
    """SHA-256 over what is paid and why: each engineer by a fingerprint, so that those who differ can be named."""
    return _sha256({**body, "statements": engineer_digests(body)})


def _report_id(digest: str, read: Json) -> str:
    short = _sha256({"digest": digest, "read": read})[:16].upper()
    return "-".join(short[place : place + 4] for place in range(0, len(short), 4))


def _digested(statement: Json) -> Json:
    kept = {key: value for key, value in statement.items() if key not in _NOT_DIGESTED}
    for part in ("lines", "callouts"):
        kept[part] = [{key: one[key] for key in one.keys() - _NOT_DIGESTED} for one in statement[part]]
    return kept


def _sha256(value: object) -> str:
    return sha256(canonical(value)).hexdigest()


def _statement(statement: Statement, report: Report) -> Json:
    return {
        "engineer": _person(statement.person, report.period.after - timedelta(days=1)),
        "lines": [_line(line, report.policy) for line in statement.lines],
        "days": [_day(day) for day in statement.days],
        "callouts": [_callout(row) for row in statement.callouts],
        "unpaid": [_other(line) for line in statement.unpaid],
        "pending": [_other(line) for line in statement.pending],
        "stipend_days": {str(day_type): count for day_type, count in statement.stipend_days.items()},
        "payable_callouts": statement.payable_callouts,
        "sessions": statement.sessions,
        "worked_seconds": statement.worked_seconds,
        "billed_seconds": statement.billed_seconds,
        "totals": _totals(statement),
    }


def _totals(of: Statement | Report) -> Json:
    return {
        "stipends": _figure(of.stipends),
        "callout_fees": _figure(of.fees),
        "hourly_pay": _figure(of.hourly_pay),
        "total": _figure(of.total),
        "time_off": _figure(of.time_off),
    }


def _person(person: Person, day: date) -> Json:
    """With the values of a day, and all by their dates."""
    region, hours = person.holiday_region, person.working_hours
    rate = person.numbers.get(HOURLY_RATE)
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "payroll_number": person.payroll_number,
        "zone": person.zone,
        "zone_source": person.zone_source,
        "holiday_region": region.on(day) if region else None,
        "hourly_rate": _number(rate.on(day)) if rate else None,
        "business_hours": _hours(hours.on(day)) if hours else None,
        "dated": {
            "numbers": {
                name: [[since.isoformat(), _number(value)] for since, value in dated.steps()]
                for name, dated in person.numbers.items()
            },
            "words": {
                name: [[since.isoformat(), value] for since, value in dated.steps()]
                for name, dated in person.words.items()
            },
            "hours": [[since.isoformat(), _hours(value)] for since, value in hours.steps()] if hours else [],
        },
    }


def _number(number: Decimal | Fraction | None) -> str | None:
    if number is None:
        return None
    return _figure(decimal_of(number) if isinstance(number, Fraction) else number)


def _hours(hours: WorkingHours | None) -> Json | None:
    """From the first of them to the last."""
    if hours is None:
        return None
    start, end = (hours.hours[0][0], hours.hours[-1][1]) if hours.hours else (0, 0)
    return {"start": clock(start), "end": clock(end % DAY_SECONDS), "days": sorted(hours.days)}


def _holiday(one: CalendarDay) -> Json:
    holiday = one.holiday
    return {
        "date": one.day.isoformat(),
        "name": holiday.name,
        "start": clock(holiday.start) if holiday.start else None,
        "end": clock(holiday.end) if holiday.end < DAY_SECONDS else None,
        "regions": one.regions,
        "engineers": [person.id for person in one.people],
        "source": holiday.source,
    }


def _calendar_change(one: CalendarChange) -> Json:
    return {
        "date": one.day.isoformat(),
        "name": one.name,
        "what": one.what,
        "where": one.where,
        "engineers": list(one.person_ids),
        "source": one.source,
    }


def _line(line: PayLine, policy: PolicyBrief) -> Json:
    return {
        "date": line.booked.isoformat(),
        "component": line.component.value,
        "rule": line.label,
        "day_type": str(line.day_type),
        "quantity": _figure(decimal_of(line.quantity)),
        "unit": UNITS[line.unit].printed,
        "rate": _figure(decimal_of(line.rate)),
        "amount": _figure(money_of(line, policy.minor_digits)),
        "added": _figure(decimal_of(line.more)),
        "time_off": _figure(time_off_of(line, policy)),
        "by_the_hour": line.by_the_hour,
        "version": line.version,
        "seconds": line.paid_seconds,
        "billed_seconds": line.billed_seconds,
        "spans": _spans(line.spans),
        "causes": list(line.cited),
        "session": line.session_number,
    }


def _day(day: DayRow) -> Json:
    return {
        "date": day.date.isoformat(),
        "day_type": str(day.day_type),
        "holiday": day.day_name,
        "on_call_seconds": day.on_call_seconds,
        "stipend": _figure(day.stipend),
        "sessions": day.sessions,
        "callout_fees": _figure(day.fees),
        "worked_seconds": day.worked_seconds,
        "billed_seconds": day.billed_seconds,
        "hourly_pay": _figure(day.hourly_pay),
        "total": _figure(day.total),
        "time_off": _figure(day.time_off),
    }


def _callout(row: CalloutRow) -> Json:
    callout = row.callout
    return {
        "incident": _incident(row.incident),
        "date": row.date.isoformat(),
        "day_type": str(row.day_type),
        "session": row.session,
        "paid": row.payable,
        "reason": row.reason,
        "acknowledged": None if callout.acknowledged is None else _instant(callout.acknowledged),
        "on_call": callout.on_call,
        "levels": sorted(callout.levels or ()),
        "spans": _spans(row.spans),
        "worked_seconds": row.worked_seconds,
        "billed_seconds": row.billed_seconds,
        "callout_fee": _figure(row.fee),
        "hourly_pay": _figure(row.hourly_pay),
        "time_off": _figure(row.time_off),
        "evidence": row.evidence,
        "decision": _decision(callout.decision),
    } | _evidence_decisions(callout)


def _incident(incident: Incident) -> Json:
    return {
        "id": incident.id,
        "number": incident.number,
        "title": incident.title,
        "service": incident.service,
        "urgency": incident.urgency,
        "triggered": _instant(incident.triggered),
        "resolved": None if incident.resolved is None else _instant(incident.resolved),
    }


def _decision(decision: Decision | None) -> Json | None:
    """Corrected times as `start` and `end`, as every file has said them; several are listed in `times`, too."""
    if decision is None:
        return None
    times = decision.times
    return {
        "pay": decision.pay,
        "attested": dict(decision.attested),
        "reason": decision.reason,
        "by": decision.decided_by,
        "at": _instant(decision.decided_at),
        "start": _instant(times[0].start) if times else None,
        "end": _instant(times[-1].end) if times else None,
    } | ({"times": [[_instant(span.start), _instant(span.end)] for span in times]} if len(times) > 1 else {})


def _evidence_decisions(one: Callout | SilentIncident) -> Json:
    """Only where there are any: without them a callout is written, and so signed, as it always was."""
    found = [
        {"what": said.what, "reason": said.reason, "by": said.decided_by, "at": _instant(said.decided_at)}
        for said in one.evidence_decisions
    ]
    return {"evidence_decisions": found} if found else {}


def _other(line: UnpaidLine) -> Json:
    return {
        "date": line.date.isoformat(),
        "of": line.subject.value,
        "reason": line.reason,
        "spans": _spans(line.spans),
        "seconds": line.seconds,
        "incident": line.incident_id,
    }


def _adjustment(one: Adjustment) -> Json:
    return {
        "engineer": {
            "id": one.payee.id,
            "name": one.payee.name,
            "email": one.payee.email,
            "payroll_number": one.payee.payroll_number,
        },
        "report": one.report_id,
        "date": one.date.isoformat(),
        "component": one.component,
        "rule": one.rule,
        "paid": _figure(one.paid),
        "due": _figure(one.due),
        "amount": _figure(one.amount),
        "reason": one.reason,
    }


def _source(document: ReportDocument, tally: Tally) -> Json:
    counts = asdict(tally)
    return {"name": counts.pop("part"), "window": document.window_of(tally), **counts}


def _checks(document: ReportDocument) -> list[Json]:
    """Every total, added again; all differences are 0, or the file is not handed out."""
    report, digits = document.report, document.report.policy.minor_digits
    found = [(f"{sheet}, {heading}", miss) for (sheet, heading), miss in own_total_differences(document).items()]
    found += [(statement.person.id, own_difference(statement, digits)) for statement in report.statements]
    return [{"check": name, "difference": _figure(miss)} for name, miss in found]


def _spans(spans: Iterable[Interval]) -> list[list[str]]:
    return [[_instant(instant_of(second)) for second in span] for span in spans]


def _instant(instant: datetime) -> str:
    """Such as 2026-10-03T01:15:30Z."""
    return instant.isoformat().replace("+00:00", "Z")


def _figure(figure: Decimal) -> str:
    """A figure with all its decimals, never as a power of ten."""
    return f"{figure:f}"
