"""Why a line differs between two reports of the same period: read off what both records say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from webapp.exports.amendments import TIME_OFF

Json = Mapping[str, Any]

STIPEND, CALLOUT_FEE, HOURLY_PAY = "stipend", "callout fee", "hourly pay"
_ON_CALL, _STILL_OPEN = "on call", "still open"


class Cause(StrEnum):
    """What kind of change it was."""

    ON_CALL = "time on call changed"
    NOT_OVER = "not over then"
    NEW = "callout added"
    GONE = "callout gone"
    REOPENED = "incident reopened"
    TIMES = "times of a callout changed"
    DECISION = "decision changed"
    JUDGED = "callout paid otherwise"
    DAY = "day type changed"
    RATE = "rate corrected"
    SETTINGS = "engineer's settings changed"
    POLICY = "policy changed"
    PRICED = "priced since"
    ADDED = "engineer added"
    REMOVED = "engineer removed"
    ADJUSTED = "adjusted before"
    DATA = "holiday or time zone data changed"
    UNKNOWN = "reason not found"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, as a sentence."""

    cause: Cause
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One engineer's pay for one date and component, and everything that both records say of the engineer."""

    day: str
    component: str
    old: Json
    """The engineer's statement then; without lines where there was none."""
    new: Json
    earlier: Json
    """The whole record."""
    today: Json
    was_paid: Decimal
    was_adjusted: Decimal
    is_due: Decimal


def reasons_of(change: Change) -> Iterator[Reason]:
    """Every reason that the records show; never none."""
    if change.was_adjusted:
        yield Reason(Cause.ADJUSTED, f"{change.was_adjusted:f} was adjusted before.")
        if change.is_due == change.was_paid:
            yield Reason(Cause.ADJUSTED, "Today's facts are those of the earlier file again.")
            return
    membership = list(_membership(change))
    if membership:
        yield from membership
        return
    facts = list(_day(change))
    if change.component != STIPEND:
        facts += _callouts(change)
    if change.component in {STIPEND, TIME_OFF} and not facts:
        facts += _on_call(change)
    settings = [*_rate(change), *_settings(change, has_day=any(one.cause is Cause.DAY for one in facts))]
    policy = list(_policy(change, explained=bool(facts or settings)))
    found = [*facts, *settings, *policy]
    yield from found or _lies_otherwise(change) or _neither(change)


def _membership(change: Change) -> Iterator[Reason]:
    """Whether the engineer was in the other report at all."""
    if "engineer" not in change.old:
        key = change.new["engineer"]["id"] if "engineer" in change.new else ""
        reason = next((one["reason"] for one in change.earlier["not_priced"] if one["engineer"]["id"] == key), "")
        if reason:
            yield Reason(Cause.PRICED, f"Not priced in the earlier file: {reason}.")
        elif change.earlier["scope"]["kind"] == "organisation":
            yield Reason(Cause.ADDED, "Had neither time on call nor pay in the earlier file.")
        else:
            yield Reason(Cause.ADDED, "Not in the earlier file: perhaps in another team's.")
    elif "engineer" not in change.new:
        yield Reason(Cause.REMOVED, "Has neither time on call nor pay in this period any more.")


# Facts


def _day(change: Change) -> Iterator[Reason]:
    then, now = (_row(statement["days"], change.day) for statement in (change.old, change.new))
    if then and now and then["day_type"] != now["day_type"]:
        yield Reason(Cause.DAY, f"The date was a {_day_words(then)} then and is a {_day_words(now)} now.")


def _day_words(row: Json) -> str:
    return f"{row['day_type']} ({row['holiday']})" if row["holiday"] else str(row["day_type"])


def _on_call(change: Change) -> Iterator[Reason]:
    """Overrides entered late, swapped shifts: on the date itself, else on the dates beside it."""
    pending = {line["date"] for line in change.old["pending"] if line["of"] == _ON_CALL}
    if change.day in pending:
        yield Reason(Cause.NOT_OVER, "Not yet worked when the earlier file was made.")
        return
    here = date.fromisoformat(change.day)
    for day in (here, here - timedelta(days=1), here + timedelta(days=1)):
        then, now = (_seconds_on_call(statement, day.isoformat()) for statement in (change.old, change.new))
        if then != now:
            on = "" if day == here else f" on {day.isoformat()}"
            yield Reason(Cause.ON_CALL, f"Time on call{on}: {_hours(then)} then, {_hours(now)} now.")
            return


def _seconds_on_call(statement: Json, day: str) -> int:
    row = _row(statement["days"], day)
    return row["on_call_seconds"] if row else 0


def _lies_otherwise(change: Change) -> list[Reason]:
    """Where neither day nor settings nor rules explain a stipend: as long on call, but at other times or levels."""
    then, now = (
        [line["spans"] for line in statement["lines"] if (line["date"], line["component"]) == (change.day, STIPEND)]
        for statement in (change.old, change.new)
    )
    return [] if then == now else [Reason(Cause.ON_CALL, "On call as long as then, but at other times or levels.")]


def _callouts(change: Change) -> Iterator[Reason]:
    """What became of each callout of the date."""
    old, new = _by_incident(change.old), _by_incident(change.new)
    pending = {line["incident"] for line in change.old["pending"]}
    for key in dict.fromkeys([*old, *new]):
        then, now = old.get(key, []), new.get(key, [])
        if change.day not in {row["date"] for row in (*then, *now)}:
            continue
        number = (then or now)[0]["incident"]["number"]
        yield from _one_callout(then, now, f"#{number}", was_pending=key in pending)


def _one_callout(then: list[Json], now: list[Json], name: str, *, was_pending: bool) -> Iterator[Reason]:
    if was_pending or (then and all(row["reason"] == _STILL_OPEN for row in then)):
        yield Reason(Cause.NOT_OVER, f"Incident {name} was still open when the earlier file was made.")
        return
    if not then:
        yield Reason(Cause.NEW, f"Incident {name} is a callout now, and was none then.")
    elif not now:
        yield Reason(Cause.GONE, f"Incident {name} is no callout any more.")
    else:
        yield from _times(then, now, name)
    decided, decides = ([row["decision"] for row in rows if row["decision"]] for rows in (then, now))
    if _decision_words(decided) != _decision_words(decides):
        yield Reason(
            Cause.DECISION, f"Decision on {name}: {_decision_words(decided)} then, {_decision_words(decides)} now."
        )
    elif then and now and _judged(then) != _judged(now):
        yield Reason(Cause.JUDGED, f"Incident {name}: {_judged(then)} then, {_judged(now)} now.")
    elif then and now and _held(then) != _held(now):
        yield Reason(Cause.ON_CALL, f"Whether and where the engineer was on call when {name} came has changed.")


def _times(then: list[Json], now: list[Json], name: str) -> Iterator[Reason]:
    was = sorted(span for row in then for span in row["spans"])
    is_now = sorted(span for row in now for span in row["spans"])
    if was == is_now:
        return
    if len(is_now) > len(was) and all(span in is_now for span in was):
        yield Reason(
            Cause.REOPENED, f"Incident {name} was reopened: {len(was)} then, {len(is_now)} stretches of work now."
        )
    else:
        yield Reason(Cause.TIMES, f"Work on {name}: {_lengths(then)} then, {_lengths(now)} now.")


def _by_incident(statement: Json) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for row in statement["callouts"]:
        found.setdefault(row["incident"]["id"], []).append(row)
    return found


def _judged(rows: list[Json]) -> str:
    return ", ".join(dict.fromkeys(row["reason"] or ("paid" if row["paid"] else "not paid") for row in rows))


def _held(rows: list[Json]) -> list[tuple[bool, tuple[int, ...]]]:
    return [(row["on_call"], tuple(row["levels"])) for row in rows]


def _decision_words(decisions: list[Json]) -> str:
    if not decisions:
        return "none"
    one = decisions[0]
    corrected = ", with corrected times" if one["start"] else ""
    return f"{'pay' if one['pay'] else 'do not pay'}{corrected} ({one['reason']})"


def _lengths(rows: list[Json]) -> str:
    return _hours(sum(row["worked_seconds"] for row in rows))


# Settings and rules


def _rate(change: Change) -> Iterator[Reason]:
    if change.component != HOURLY_PAY:
        return
    was, is_now = (statement["engineer"]["hourly_rate"] for statement in (change.old, change.new))
    if was != is_now and _rates(change.old, change) != _rates(change.new, change):
        yield Reason(Cause.RATE, f"Own hourly rate: {was or 'none'} then, {is_now or 'none'} now.")


def _rates(statement: Json, change: Change) -> set[tuple[str, str]]:
    return {
        (line["rule"], line["rate"])
        for line in statement["lines"]
        if (line["date"], line["component"]) == (change.day, change.component)
    }


def _settings(change: Change, *, has_day: bool) -> Iterator[Reason]:
    then, now = change.old["engineer"], change.new["engineer"]
    told = [("zone", "Pay zone"), ("business_hours", "Working hours")]
    if has_day:
        told.append(("holiday_region", "Holiday region"))
    for key, words in told:
        if then[key] != now[key]:
            yield Reason(Cause.SETTINGS, f"{words}: {_setting(then[key])} then, {_setting(now[key])} now.")


def _setting(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['start']} to {value['end']}"
    return "the policy's" if value is None else str(value)


def _policy(change: Change, *, explained: bool) -> Iterator[Reason]:
    """A change of the rules is told where the same rule has another rate, or nothing else explains the line."""
    then, now = change.earlier["policy"], change.today["policy"]
    if then["words"] == now["words"]:
        return
    was, is_now = dict(_rates(change.old, change)), dict(_rates(change.new, change))
    own = change.old["engineer"]["hourly_rate"], change.new["engineer"]["hourly_rate"]
    other_rate = any(was[rule] != is_now[rule] for rule in was.keys() & is_now.keys()) and own[0] == own[1]
    if other_rate or not explained:
        named = f" ({then['label']} then, {now['label']} now)" if then["label"] != now["label"] else ""
        yield Reason(Cause.POLICY, f"The rules have changed{named}.")


def _neither(change: Change) -> Iterator[Reason]:
    """Where both records say the same of everything but the amount."""
    then, now = change.earlier["read"]["data_versions"], change.today["read"]["data_versions"]
    if then != now:
        names = ", ".join(sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name)))
        yield Reason(Cause.DATA, f"The data that decides about dates has changed since: {names}.")
    else:
        yield Reason(Cause.UNKNOWN, "Both files say the same of the facts. Look at the lines of both before paying.")


def _row(days: list[Json], day: str) -> Json | None:
    return next((row for row in days if row["date"] == day), None)


def _hours(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "") + " h"
