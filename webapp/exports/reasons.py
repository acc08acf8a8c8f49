"""Why a line differs between two reports of the same period: read off what both records say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from webapp.exports.amendments import TIME_OFF
from webapp.exports.calendar_reasons import EngineerCalendars
from webapp.exports.dated import in_force
from webapp.exports.times import local_words
from webapp.pricing.text import hours
from webapp.rule_changes import OLDEST, Subject, changes_since

Json = Mapping[str, Any]

STIPEND, CALLOUT_FEE, HOURLY_PAY = "stipend", "callout fee", "hourly pay"
_ON_CALL, _STILL_OPEN = "on call", "still open"
_SHADOW = "shadow rotation"
_ALSO_PAID = "Also paid, though nobody is paged through them: "
"""How the words of a policy begin to name those schedules."""


class Cause(StrEnum):
    """What kind of change it was."""

    ON_CALL = "time on call changed"
    SHADOW = "shadow rotation changed"
    NOT_OVER = "not over then"
    NEW = "callout added"
    GONE = "callout gone"
    REOPENED = "incident reopened"
    TIMES = "times of a callout changed"
    DECISION = "decision changed"
    JUDGED = "callout paid otherwise"
    DAY = "day type changed"
    CALENDAR = "calendar corrected"
    RATE = "rate corrected"
    SETTINGS = "engineer's settings changed"
    POLICY = "policy changed"
    PRICED = "priced since"
    ADDED = "engineer added"
    REMOVED = "engineer removed"
    ADJUSTED = "adjusted before"
    DATA = "holiday or time zone data changed"
    RULE = "rule of evidence changed"
    POLICY_RULE = "rule of policies changed"
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
    if unread := _unread(change):
        yield unread
        return
    membership = list(_membership(change))
    if membership:
        yield from membership
        return
    facts = [*_day(change), *_calendar(change, [change.day])]
    if change.component != STIPEND:
        facts += _callouts(change)
    if change.component in {STIPEND, TIME_OFF}:
        facts += _shadows(change)
    time_by_policy = list(_time_by_policy(change)) if not facts else []
    if change.component in {STIPEND, TIME_OFF} and not (facts or time_by_policy):
        facts += _on_call(change)
    rates = list(_rate(change))
    settings = [*rates, *_settings(change, has_day=any(one.cause is Cause.DAY for one in facts))]
    if not (facts or settings):
        facts = list(_calendar(change, _dates_near(change)))
    policy = time_by_policy or list(_policy(change, explained=bool(facts or settings), by_rate=bool(rates)))
    found = [*facts, *settings, *policy]
    yield from found or _rules(change) or _lies_otherwise(change) or _neither(change)


def _unread(change: Change) -> Reason | None:
    """Why one of the files knows no callouts: not one of them came or went, their pay did."""
    was, is_now = (record["read"].get("incidents", True) for record in (change.earlier, change.today))
    if was is is_now or change.component not in {CALLOUT_FEE, HOURLY_PAY}:
        return None
    words = "are not read now: no rule pays them" if was else "were not read for the earlier file: no rule paid them"
    return Reason(Cause.POLICY, f"Incidents {words}.")


def _membership(change: Change) -> Iterator[Reason]:
    """Whether the engineer was in the other report at all; if not by a changed rule, that is the reason."""
    if "engineer" not in change.old:
        key = change.new["engineer"]["id"] if "engineer" in change.new else ""
        reason = next((one["reason"] for one in change.earlier["not_priced"] if one["engineer"]["id"] == key), "")
        if reason:
            yield Reason(Cause.PRICED, f"Not priced in the earlier file: {reason}.")
        elif by_rule := _rule_alone(change):
            yield from by_rule
        elif change.earlier["scope"]["kind"] == "organisation":
            yield Reason(Cause.ADDED, "Had neither time on call nor pay in the earlier file.")
        else:
            yield Reason(Cause.ADDED, "Not in the earlier file: perhaps in another team's.")
    elif "engineer" not in change.new:
        gone = Reason(Cause.REMOVED, "Has neither time on call nor pay in this period any more.")
        yield from _rule_alone(change) or [gone]


def _rule_alone(change: Change) -> list[Reason]:
    """The callouts by which somebody came into a report of everybody, or left it, where only rules have changed."""
    if change.earlier["scope"]["kind"] != "organisation" or change.component == STIPEND:
        return []
    return [reason for reason in _callouts(change) if reason.cause is Cause.RULE]


# Facts


def _day(change: Change) -> Iterator[Reason]:
    then, now = (_row(statement["days"], change.day) for statement in (change.old, change.new))
    if then and now and (then["day_type"] != now["day_type"] or bool(then["holiday"]) != bool(now["holiday"])):
        yield Reason(Cause.DAY, f"The date was {_day_words(then, 'then')} and is {_day_words(now, 'now')}.")


def _calendar(change: Change, days: Iterable[str]) -> Iterator[Reason]:
    """What was corrected in the calendar of these dates; else what its data says otherwise of those beside the day."""
    calendars = EngineerCalendars(change.earlier, change.today, change.old["engineer"], change.new["engineer"])
    for day in days:
        corrections = list(calendars.corrections(day))
        yield from (Reason(Cause.CALENDAR, text) for text in corrections)
        if not (corrections or day == change.day or _has_other_policy(change)):
            yield from (Reason(Cause.DATA, text) for text in calendars.other_data(day))


def _dates_near(change: Change) -> list[str]:
    """The dates that the lines of the change lie on, and those beside them: work goes on over midnight."""
    here = {date.fromisoformat(change.day)}
    for statement in (change.old, change.new):
        for line in statement["lines"]:
            if (line["date"], line["component"]) == (change.day, change.component):
                here |= {_instant(instant).date() for span in line["spans"] for instant in span}
    first, last = min(here) - timedelta(days=1), max(here) + timedelta(days=1)
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def _day_words(row: Json, when: str) -> str:
    """Such as "a weekday now", "a bank holiday (Founders' Day) then" or "a holiday from 15:00 now (Summer party)"."""
    if part := _PART_HOLIDAY.fullmatch(row["holiday"]):
        return f"a holiday {part['hours']} {when} ({part['name']})"
    named = f" ({row['holiday']})" if row["holiday"] else ""
    return f"a {row['day_type']}{named} {when}"


_PART_HOLIDAY = re.compile(r"(?P<name>.+) (?P<hours>(?:from|until) [\d:]{5,8}|[\d:]{5,8} to [\d:]{5,8})")
"""A holiday of some hours of its date, as a report writes it."""


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
            yield Reason(Cause.ON_CALL, f"Time on call{on}: {hours(then)} h then, {hours(now)} h now.")
            return


def _shadows(change: Change) -> Iterator[Reason]:
    """Rotations that became unpaid shadows, or are none any more: of the date, else of those beside it."""
    here = date.fromisoformat(change.day)
    for day in (here, here - timedelta(days=1), here + timedelta(days=1)):
        was, is_now = (_unpaid_shadows(statement, day.isoformat()) for statement in (change.old, change.new))
        if was == is_now:
            continue
        on = "" if day == here else f" on {day.isoformat()}"
        for reason in sorted(was.keys() | is_now.keys()):
            then, now = (f"{hours(found[reason])} h unpaid" if reason in found else "none" for found in (was, is_now))
            if then != now:
                yield Reason(Cause.SHADOW, f"S{reason.rstrip('.')[1:]}{on}: {then} then, {now} now.")
        return


def _unpaid_shadows(statement: Json, day: str) -> dict[str, int]:
    """Seconds by the words of each shadow: who set it down, and why."""
    found: dict[str, int] = {}
    for line in statement["unpaid"]:
        if line["date"] == day and line["of"] == _ON_CALL and line["reason"].startswith(_SHADOW):
            found[line["reason"]] = found.get(line["reason"], 0) + line["seconds"]
    return found


def _time_by_policy(change: Change) -> Iterator[Reason]:
    """Where other rules move time on call to other dates, or bring in other schedules."""
    if not _has_other_policy(change):
        return
    zones = [record["period"]["pay_zone"] for record in (change.earlier, change.today)]
    if zones[0] != zones[1]:
        yield Reason(Cause.POLICY, f"Dates were those of {zones[0]} then, and are those of {zones[1]} now.")
    then, now = (_also_paid(record) for record in (change.earlier, change.today))
    days = [*_days_around(change.day)]
    if then != now and any(_seconds_on_call(change.old, day) != _seconds_on_call(change.new, day) for day in days):
        words = f"{' '.join(then) or 'none'} then, {' '.join(now) or 'none'} now"
        yield Reason(Cause.POLICY, f"The policy also pays other schedules: {words}.")


def _also_paid(record: Json) -> list[str]:
    """The sentences that name schedules on no escalation policy."""
    found = (sentence.partition(_ALSO_PAID)[2] for sentence in record["policy"]["words"])
    return [words.strip().rstrip(".") for words in found if words]


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
        name = f"#{(then or now)[0]['incident']['number']}"
        if key in pending or (then and all(row["reason"] == _STILL_OPEN for row in then)):
            yield Reason(Cause.NOT_OVER, f"Incident {name} was still open when the earlier file was made.")
        elif _lies_in_rules(change, then, now):
            words = f"{_work(then)} then, {_work(now)} now, because a {_rule_words(change)}"
            yield Reason(Cause.RULE, f"Work on {name}: {words}.")
        else:
            yield from _one_callout(then, now, name)


def _one_callout(then: list[Json], now: list[Json], name: str) -> Iterator[Reason]:
    if not then:
        yield Reason(Cause.NEW, f"Incident {name} is a callout now, and was none then.")
    elif not now:
        yield Reason(Cause.GONE, f"Incident {name} is no callout any more.")
    else:
        yield from _times(then, now, name)
    decided, decides = map(_decided, (then, now))
    if decided != decides:
        yield Reason(Cause.DECISION, f"Decision on {name}: {decided} then, {decides} now.")
    elif then and now and _judged(then) != _judged(now):
        yield Reason(Cause.JUDGED, f"Incident {name}: {_judged(then)} then, {_judged(now)} now.")
    elif then and now and _held(then) != _held(now):
        yield Reason(Cause.ON_CALL, f"Whether and where the engineer was on call when {name} came has changed.")


def _times(then: list[Json], now: list[Json], name: str) -> Iterator[Reason]:
    was, is_now = _spans(then), _spans(now)
    if was == is_now:
        return
    if len(is_now) > len(was) and all(span in is_now for span in was):
        yield Reason(
            Cause.REOPENED, f"Incident {name} was reopened: {len(was)} then, {len(is_now)} stretches of work now."
        )
    else:
        yield Reason(Cause.TIMES, f"Work on {name}: {_lengths(then)} then, {_lengths(now)} now.")


# Rules of evidence


def _lies_in_rules(change: Change, then: list[Json], now: list[Json]) -> bool:
    """Whether an incident is worked otherwise by changed rules alone: all that evidence is made of is as it was."""
    if not _rule_versions(change) or not _is_same_policy(change) or _spans(then) == _spans(now):
        return False
    if change.earlier["read"]["left_out"] or _decided(then) != _decided(now):
        return False
    incident = (now or then)[0]["incident"]
    if not incident["resolved"] or _instant(incident["resolved"]) > _instant(change.earlier["read"]["at"]):
        return False  # something has happened since
    if then and now and _held(then) != _held(now):
        return False
    records = (record for record, rows in ((change.earlier, then), (change.today, now)) if not rows)
    return all(_says_the_same(record, incident) for record in records) and not any(
        _seconds_on_call(change.old, day) != _seconds_on_call(change.new, day) for day in _days_around(change.day)
    )


def _says_the_same(record: Json, incident: Json) -> bool:
    """Whether a record in which it is not this engineer's knows an incident just so.

    The record of one engineer or of a team need not know it at all.
    """
    callouts = (row["incident"] for statement in record["statements"] for row in statement["callouts"])
    known = [
        one for one in (*(silent["incident"] for silent in record["silent"]), *callouts) if one["id"] == incident["id"]
    ]
    return incident in known if known else record["scope"]["kind"] != "organisation"


def _is_same_policy(change: Change) -> bool:
    """By its name and version, which never change, or by its words, which another program may choose otherwise."""
    then, now = change.earlier["policy"], change.today["policy"]
    return bool(then["label"] == now["label"] or then["words"] == now["words"])


def _rules(change: Change) -> list[Reason]:
    """Where facts, settings and policy are the same: what the program makes of them has changed."""
    if not _is_same_policy(change):
        return []
    if change.component != STIPEND and _rule_versions(change, Subject.EVIDENCE):
        return [Reason(Cause.RULE, f"The same work is paid otherwise, because a {_rule_words(change)}.")]
    if _rule_versions(change, Subject.POLICY):
        words = f"The same time is paid otherwise, because a {_rule_words(change, Subject.POLICY)}."
        return [Reason(Cause.POLICY_RULE, words)]
    return []


def _rule_versions(change: Change, subject: Subject = Subject.EVIDENCE) -> list[str]:
    """The versions that changed rules about something between the earlier file and today."""
    then, now = (record["read"].get("rules", OLDEST) for record in (change.earlier, change.today))
    later = set(changes_since(now))
    changes = (one for one in changes_since(then) if one not in later and one.subject is subject)
    return list(dict.fromkeys(one.version for one in changes))


def _rule_words(change: Change, subject: Subject = Subject.EVIDENCE) -> str:
    versions = _rule_versions(change, subject)
    cause = Cause.RULE if subject is Subject.EVIDENCE else Cause.POLICY_RULE
    return f"{cause} in version{'' if len(versions) == 1 else 's'} {' and '.join(versions)}"


def _work(rows: list[Json]) -> str:
    """Such as "7:30 h in 2 spells"."""
    spells = len({tuple(span) for row in rows for span in row["spans"]})
    return "none" if not rows else _lengths(rows) + (f" in {spells} spells" if spells > 1 else "")


def _spans(rows: list[Json]) -> list[list[str]]:
    return sorted(span for row in rows for span in row["spans"])


def _days_around(day: str) -> Iterator[str]:
    here = date.fromisoformat(day)
    return ((here + timedelta(days=number)).isoformat() for number in (-1, 0, 1))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _by_incident(statement: Json) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for row in statement["callouts"]:
        found.setdefault(row["incident"]["id"], []).append(row)
    return found


def _judged(rows: list[Json]) -> str:
    return ", ".join(dict.fromkeys(row["reason"] or ("paid" if row["paid"] else "not paid") for row in rows))


def _held(rows: list[Json]) -> set[tuple[bool, tuple[int, ...]]]:
    return {(row["on_call"], tuple(row["levels"])) for row in rows}


def _decided(rows: list[Json]) -> str:
    """What a manager decided of a callout, and of its evidence."""
    decisions = [_decision_words(row["decision"]) for row in rows if row["decision"]]
    said = [one for row in rows for one in row.get("evidence_decisions", ())]
    found = decisions[:1] + [f"{_plain(one['what'])} ({one['reason']})" for one in said]
    return "; ".join(dict.fromkeys(found)) or "none"


def _decision_words(one: Json) -> str:
    told = [{True: "pay", False: "do not pay", None: "as the policy says"}[one["pay"]]]
    told += [f"with corrected times {_times_words(one)}"] if one["start"] else []
    told += [f"{name} {value}" for name, value in one["attested"].items()]
    return f"{', '.join(told)} ({one['reason']})"


def _times_words(decision: Json) -> str:
    """The times of a decision; files of before say one from and to."""
    times = decision.get("times") or [[decision["start"], decision["end"]]]
    return " and ".join(f"{_minute(start)} to {_minute(end)} UTC" for start, end in times)


def _plain(words: str) -> str:
    """Words with their instants as a reader of UTC knows them."""
    return local_words(words, "UTC")


def _minute(instant: str) -> str:
    """Such as 2026-10-03 01:15."""
    return instant[:16].replace("T", " ")


def _lengths(rows: list[Json]) -> str:
    return f"{hours(sum(row['worked_seconds'] for row in rows))} h"


# Settings and rules


def _rate(change: Change) -> Iterator[Reason]:
    """Numbers of the engineer's own, such as the hourly rate, where a rule pays at another rate than then.

    Where the policy has changed, too, only those by which a rule pays: a fee is not explained by an hourly rate.
    """
    if _has_other_rate(change) and (not _has_other_policy(change) or _pays_by_own(change)):
        yield from _changed(change, Cause.RATE, _numbers)


def _settings(change: Change, *, has_day: bool) -> Iterator[Reason]:
    """Everything else of the engineer's own; a holiday region only where the type of the date has changed."""
    for reason in _changed(change, Cause.SETTINGS, _words):
        if has_day or not reason.text.startswith(_REGION):
            yield reason


def _changed(change: Change, cause: Cause, told: Callable[[Json, str], dict[str, str]]) -> Iterator[Reason]:
    then, now = (told(statement["engineer"], change.day) for statement in (change.old, change.new))
    for name in dict.fromkeys([*then, *now]):
        was, is_now = then.get(name, _POLICYS), now.get(name, _POLICYS)
        if was != is_now:
            yield Reason(cause, f"Own {name}: {was} then, {is_now} now.")


_POLICYS = "the policy's"
_REGION = "Own holiday region"


def _numbers(engineer: Json, day: str) -> dict[str, str]:
    """The engineer's own numbers on a day, by name."""
    rate = engineer["hourly_rate"]
    undated = {} if rate is None else {"hourly rate": rate}
    return undated | _in_force(engineer["dated"]["numbers"], day)


def _words(engineer: Json, day: str) -> dict[str, str]:
    """Whatever else the engineer has of their own on a day, by name."""
    undated = {"holiday region": engineer["holiday_region"], "time zone": engineer["zone"]}
    found = {name: value for name, value in undated.items() if value is not None}
    found |= _in_force(engineer["dated"]["words"], day)
    hours = _in_force({"working hours": engineer["dated"]["hours"]}, day).get("working hours")
    hours = hours or engineer["business_hours"]
    if hours:
        found["working hours"] = f"{hours['start']} to {hours['end']} on {len(hours['days'])} days"
    return found


def _in_force(dated: Mapping[str, Any], day: str) -> dict[str, Any]:
    """What holds on the day, by name; nothing where it is the policy's."""
    found = {name: in_force(steps, day) for name, steps in dated.items()}
    return {name: value for name, value in found.items() if value is not None}


def _has_other_rate(change: Change) -> bool:
    """Whether a rule that pays in both reports does so at another rate."""
    was, is_now = (_rates(statement, change) for statement in (change.old, change.new))
    return any(was[rule] != is_now[rule] for rule in was.keys() & is_now.keys())


def _rates(statement: Json, change: Change) -> dict[str, set[str]]:
    """The rates of the change's lines, by rule."""
    found: dict[str, set[str]] = {}
    for line in statement["lines"]:
        if (line["date"], line["component"]) == (change.day, change.component):
            found.setdefault(line["rule"], set()).add(line["rate"])
    return found


def _pays_by_own(change: Change) -> bool:
    """Whether a rate that has changed is a number of the engineer's own, then or now."""
    was, is_now = (_rates(statement, change) for statement in (change.old, change.new))
    own = (_numbers(statement["engineer"], change.day) for statement in (change.old, change.new))
    then, now = ({Decimal(value) for value in numbers.values()} for numbers in own)
    return any(
        then & set(map(Decimal, was[rule] - is_now[rule])) or now & set(map(Decimal, is_now[rule] - was[rule]))
        for rule in was.keys() & is_now.keys()
    )


def _has_other_policy(change: Change) -> bool:
    """Whether the rules are others, and not the same in the words of another program."""
    same_words = change.earlier["policy"]["words"] == change.today["policy"]["words"]
    by_rules = any(_rule_versions(change, subject) for subject in Subject)
    return not (same_words or (by_rules and _is_same_policy(change)))


def _policy(change: Change, *, explained: bool, by_rate: bool) -> Iterator[Reason]:
    """A change of the rules is told where the same rule has another rate, or nothing else explains the line."""
    if not _has_other_policy(change):
        return
    then, now = change.earlier["policy"], change.today["policy"]
    if not explained or (not by_rate and _has_other_rate(change)):
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
