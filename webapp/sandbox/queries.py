"""How PagerDuty reads a query: paging, flags, instants, zones and windows."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import g, request

from webapp.sandbox.errors import invalid, missing_ability
from webapp.sandbox.faults import PAGED, Fault
from webapp.sandbox.state import state
from webapp.sandbox.zones import zone

T = TypeVar("T")

ACCOUNT_ZONE = "Europe/London"  # PagerDuty shows it nowhere, yet many defaults refer to it
_TWO_WEEKS = timedelta(days=14)
_NEEDED = {"team_ids": "teams", "urgencies": "urgencies"}
_DEFAULT_LIMIT, _MOST, _LAST = 25, 100, 10_000


def page(
    name: str,
    records: Sequence[T],
    show: Callable[[T], dict[str, Any]],
    *,
    default_limit: int = _DEFAULT_LIMIT,
    most: int = _MOST,
) -> dict[str, Any]:
    """One page of a classic list; only its own records are printed.

    PagerDuty: a limit above 100 becomes 100, and offset + limit above 10,000 is an error.
    """
    limit = min(_whole("limit", default_limit, least=1), most)
    fault: Fault | None = g.get("fault")
    if fault and fault.kind in PAGED:
        return _faulty_page(name, records, show, limit, fault)
    offset = _whole("offset", 0, least=0)
    if offset + limit > _LAST:
        raise invalid("Offset+limit exceeds maximum allowed value of 10000. Please narrow the range.")
    return {
        name: [show(record) for record in records[offset : offset + limit]],
        "limit": limit,
        "offset": offset,
        "more": offset + limit < len(records),
        "total": len(records) if flag("total") else None,
    }


def _faulty_page(
    name: str, records: Sequence[T], show: Callable[[T], dict[str, Any]], limit: int, fault: Fault
) -> dict[str, Any]:
    """A page that is smaller than asked, shifted against the one before, or promises more than there is."""
    offset, count, first = _whole("offset", 0, least=0), len(records), 0
    if fault.kind == "smaller":
        limit = min(limit, fault.records)
    if fault.kind == "repeated":
        first = -min(fault.records, offset)
    if fault.kind == "skipped":
        first = fault.records
    shown = records[offset + first : offset + first + limit]
    return {
        name: [show(record) for record in shown],
        "limit": limit,
        "offset": offset,
        "more": offset + first + limit < count or fault.kind == "endless",
        "total": count if flag("total") else None,
    }


def flag(name: str) -> bool:
    """A boolean argument. PagerDuty knows true, false, 1 and 0, in lower case."""
    text = request.args.get(name, "false")
    if text not in {"true", "false", "1", "0"}:
        raise invalid(f"{name} must be true or false.")
    return text in {"true", "1"}


def several(name: str) -> set[str]:
    """An argument that may repeat: `name[]=A&name[]=B`. PagerDuty: some need an ability of the plan."""
    found = set(request.args.getlist(f"{name}[]"))
    if found and name in _NEEDED:
        require(_NEEDED[name])
    return found


def require(ability: str) -> None:
    """Refuse where the plan does not include this."""
    if ability not in state().abilities:
        raise missing_ability()


def shown_zone(default: str | None) -> ZoneInfo | None:
    """The zone to print in; None prints UTC."""
    name = request.args.get("time_zone") or default
    if name is None:
        return None
    try:
        return zone(name)
    except LookupError:
        raise invalid("Time zone is not a recognised time zone.") from None


def instant(name: str) -> datetime | None:
    """An instant in UTC; PagerDuty reads one without an offset in the account's zone."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            read = read.replace(tzinfo=shown_zone(ACCOUNT_ZONE))
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid(f"{name} is not a valid date.", code=2004) from None


def window(now: datetime, *, most_months: int) -> tuple[datetime, datetime]:
    """The bounds of incidents and log entries.

    PagerDuty: without bounds it is the last month, one bound puts the other a month away, and a window that is too
    long is refused with a vague message.
    """
    since, until = instant("since"), instant("until")
    if since is None:
        until = until or now
        since = months_later(until, -1)
    elif until is None:
        until = months_later(since, 1)
    in_order(since, until)
    if months_later(since, most_months) < until:
        raise invalid(" is invalid.")
    return since, until


def entries_window() -> tuple[datetime, datetime] | None:
    """The bounds of a schedule's entries. PagerDuty: one puts the other two weeks away, none means no entries."""
    since, until = instant("since"), instant("until")
    if since is None:
        if until is None:
            return None
        since = until - _TWO_WEEKS
    elif until is None:
        until = since + _TWO_WEEKS
    in_order(since, until)
    return since, until


def in_order(since: datetime, until: datetime) -> None:
    """Refuse a window that ends before it begins."""
    if until < since:
        raise invalid("until must be after since.", code=2005)


def months_later(at: datetime, months: int) -> datetime:
    """The same day and time some calendar months later, or the last day of a shorter month."""
    index = at.year * 12 + at.month - 1 + months
    year, month = divmod(index, 12)
    first = at.replace(year=year, month=month + 1, day=1)
    next_year, next_month = divmod(index + 1, 12)
    last = (first.replace(year=next_year, month=next_month + 1) - timedelta(days=1)).day
    return first.replace(day=min(at.day, last))


def _whole(name: str, default: int, *, least: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise invalid(f"{name} must be a whole number of at least {least}.")
    return int(text)
