"""Random policies and facts: every variant of every stage is a row of a table here, and may be drawn."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Table: TypeAlias = dict[str, Any]
Rows: TypeAlias = tuple[tuple[str, str, Table], ...]

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")
FIRST_DAYS = ("2026-03-06", "2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23", "2026-10-30", "2026-06-26")
"""Ten days from each hold a clock change of one of the zones, or the end of a month."""

BOTH = "both"
ON_CALL = "on call"
WORK = "callouts"

# Each row: what it is for, its name in the count of variants, the fields that it writes.
WHEN: Rows = (
    (BOTH, "always", {}),
    (BOTH, "level", {"level": 1}),
    (BOTH, "attested", {"attested": {"woken": False}}),
    (BOTH, "grade", {"grade": ["A", "B"]}),
    (BOTH, "grade_not", {"grade_not": "B"}),
    (BOTH, "person", {"person": {"contract": "casual"}}),
    (BOTH, "day_type", {"day_type": ["weekend", "holiday"]}),
    (BOTH, "band", {"band": "night"}),
    (BOTH, "from", {"from": "2026-04-01"}),
    (BOTH, "until", {"until": "2026-11-01"}),
    (BOTH, "extra_hour true", {"extra_hour": True}),
    (BOTH, "extra_hour false", {"extra_hour": False}),
    (ON_CALL, "kind", {"kind": "tight"}),
    (ON_CALL, "called_out", {"called_out": True}),
    (ON_CALL, "duty_at_least", {"duty_at_least": "12 h"}),
    (ON_CALL, "duty_under", {"duty_under": "12 h"}),
    (WORK, "mode", {"mode": "remote"}),
    (WORK, "urgency", {"urgency": "high"}),
    (WORK, "on_call", {"on_call": True}),
    (WORK, "spell", {"spell": "work"}),
    (WORK, "lasts_at_least", {"lasts_at_least": "30 min"}),
    (WORK, "lasts_under", {"lasts_under": "2 h"}),
    (WORK, "before_ordinary_at_least", {"before_ordinary_at_least": "2 h"}),
    (WORK, "before_ordinary_under", {"before_ordinary_under": "20 h"}),
)
SET: Rows = (
    (BOTH, "nothing", {}),
    (BOTH, "remove ordinary hours", {"remove": ["ordinary hours"]}),
    (ON_CALL, "remove worked", {"remove": ["worked"]}),
    (ON_CALL, "remove_cuts", {"remove": ["ordinary hours"], "remove_cuts": True}),
    (ON_CALL, "rotas separately", {"rotas": "separately"}),
    (ON_CALL, "join_gap", {"join_gap": "2 h"}),
    (ON_CALL, "longest_duty", {"longest_duty": "24 h"}),
    (ON_CALL, "free_first duty", {"free_first": "1 h", "free_first_each": "duty"}),
    (WORK, "stop_at_ordinary", {"stop_at_ordinary": True}),
    (WORK, "free_first callout", {"free_first": "15 min"}),
    (WORK, "free_first session", {"free_first": "15 min", "free_first_each": "session"}),
    (WORK, "free_first day", {"free_first": "15 min", "free_first_each": "day"}),
)
GRID: Rows = (
    (BOTH, "by default", {}),
    (BOTH, "day_start 07:00", {"day_start": "07:00"}),
    (BOTH, "day_start shift", {"day_start": "shift"}),
    (BOTH, "split", {"owner": "split"}),
    (BOTH, "any touch", {"owner": "any touch"}),
    (BOTH, "start", {"owner": "start"}),
    (BOTH, "end", {"owner": "end"}),
    (BOTH, "majority", {"owner": "majority"}),
    (ON_CALL, "end of day", {"owner": "end of day"}),
    (WORK, "end of duty", {"owner": "end of duty"}),
)
GROUP: Rows = (
    (WORK, "overlapping", {"join": "overlapping"}),
    (WORK, "each", {"join": "each"}),
    (WORK, "duty", {"join": "duty"}),
    (WORK, "day", {"join": "day"}),
    (WORK, "week", {"join": "week"}),
    (WORK, "block", {"join": "block", "block": "8 h"}),
    (WORK, "first start", {"join": "window", "window": "2 h"}),
    (WORK, "last start", {"join": "window", "window": "2 h", "from": "last start"}),
    (WORK, "last end", {"join": "window", "window": "1 h", "from": "last end"}),
    (WORK, "window minimum", {"join": "window", "window": "minimum"}),
    (WORK, "ends_inside", {"join": "window", "window": "3 h", "ends_inside": True}),
    (WORK, "only_if_under", {"join": "window", "window": "3 h", "only_if_under": "2 h"}),
    (WORK, "start to end", {"join": "window", "window": "3 h", "measure": "start to end"}),
    (
        WORK,
        "to last minimum",
        {"join": "window", "window": "minimum", "from": "last start", "measure": "to last minimum"},
    ),
)
COUNT: Rows = (
    (BOTH, "hours", {"unit": "hours"}),
    (BOTH, "at_least", {"unit": "hours", "at_least": "30 min"}),
    (BOTH, "wall clock", {"unit": "hours", "clock": "wall clock"}),
    (BOTH, "nominal", {"unit": "hours", "clock": "nominal"}),
    (BOTH, "blocks", {"unit": "blocks", "block": "4 h"}),
    (BOTH, "first_block", {"unit": "blocks", "block": "2 h", "first_block": "8 h"}),
    (BOTH, "prorated", {"unit": "blocks", "block": "24 h", "part": "prorated"}),
    (BOTH, "part none", {"unit": "blocks", "block": "1 h", "part": "none"}),
    (ON_CALL, "days", {"unit": "days"}),
    (ON_CALL, "days, reach", {"unit": "days", "at_least": "6 h", "reach": "24:00"}),
    (ON_CALL, "weeks", {"unit": "weeks"}),
    (ON_CALL, "weeks prorated", {"unit": "weeks", "part": "prorated"}),
    (ON_CALL, "weeks from the shift", {"unit": "weeks", "week_from": "shift"}),
    (ON_CALL, "months", {"unit": "months", "part": "prorated"}),
    (ON_CALL, "duties", {"unit": "duties"}),
    (ON_CALL, "templates", {"unit": "templates"}),
    (WORK, "sessions", {"unit": "sessions"}),
    (WORK, "callouts", {"unit": "callouts"}),
)
SHAPE: Rows = (
    (BOTH, "minimum", {"minimum": "3 h"}),
    (BOTH, "minimum at last", {"minimum": "3 h", "at": "last"}),
    (BOTH, "minimum first_of", {"minimum": "3 h", "first_of": "day"}),
    (BOTH, "round up", {"round": "up", "to": "15 min"}),
    (BOTH, "round down", {"round": "down", "to": "15 min"}),
    (BOTH, "round nearest", {"round": "nearest", "to": "1 h"}),
    (BOTH, "round beyond", {"round": "up", "to": "1 h", "beyond": "1 h"}),
    (BOTH, "cap", {"cap": "8 h", "each": "8 h"}),
    (BOTH, "minimum_pay", {"minimum_pay": "20.00"}),
    (BOTH, "cap_pay", {"cap_pay": "100.00", "each": "month"}),
    (BOTH, "cap_pay percent", {"cap_pay": {"percent": "10", "of": "salary"}, "each": "year"}),
    (BOTH, "each duty", {"round": "up", "to": "1 h", "each": "duty"}),
    (BOTH, "each day", {"cap": "4 h", "each": "day"}),
    (BOTH, "each week", {"cap": "20 h", "each": "week"}),
    (BOTH, "each block of duty", {"minimum": "1 h", "each": "8 h of duty"}),
    (BOTH, "each window", {"cap": "30 h", "each": "28 days from 2026-01-05"}),
    (WORK, "each callout", {"minimum": "1 h", "each": "callout"}),
    (WORK, "each session", {"minimum": "1 h", "each": "session"}),
)
TIER: Rows = (
    (BOTH, "ordinal", {"by": "ordinal", "limits": ["1"]}),
    (BOTH, "position", {"by": "position", "limits": ["2 h"]}),
    (BOTH, "cumulative", {"by": "cumulative", "limits": ["10 h"]}),
    (BOTH, "length", {"by": "length", "limits": ["8 h"]}),
)
PRICE: Rows = (
    (BOTH, "amount", {"amount": "12.34"}),
    (BOTH, "day type table", {"amount": {"by": "day type", "weekday": "1", "weekend": "2", "other": "3.33"}}),
    (BOTH, "band table", {"amount": {"by": "band", "night": "2", "other": "1"}}),
    (BOTH, "none", {"amount": {"by": "level", "1": "5", "other": "none"}}),
    (BOTH, "of hourly rate", {"of": "hourly rate"}),
    (BOTH, "percent", {"of": "hourly rate", "percent": "12.5"}),
    (BOTH, "times", {"of": "hourly rate", "times": ["1/7", "2"]}),
    (BOTH, "divided_by", {"of": "salary", "divided_by": "2080"}),
    (BOTH, "base bounds", {"of": "salary", "base_at_least": "30000", "base_at_most": "40000", "times": "1/2000"}),
    (BOTH, "bounds", {"of": "hourly rate", "at_least": "20", "at_most": "25"}),
    (BOTH, "round", {"of": "hourly rate", "times": "1/3", "round": {"how": "half up", "to": "0.01"}}),
    (BOTH, "supplement", {"of": "hourly rate", "supplement": "0.50"}),
)
BOOK: Rows = (
    (BOTH, "money", {"as": "money"}),
    (BOTH, "time off", {"as": "time off"}),
    (BOTH, "lieu", {"as": {"by": "lieu", "true": "time off", "false": "money"}}),
    (BOTH, "unit", {"on": "unit"}),
    (BOTH, "on start", {"on": "start"}),
    (BOTH, "on end", {"on": "end"}),
)
SMOOTH = frozenset(
    {"set: nothing", "grid: split", "group: each", "count: hours", "book: money", "choose: add", "when: always"}
    | {"when: level", "when: grade", "when: day_type", "when: band", "when: extra_hour true", "when: extra_hour false"}
    | {"price: amount", "price: day type table", "price: band table", "price: of hourly rate", "price: percent"}
    | {"price: supplement"}
)
"""Variants without a cliff: nothing joins, qualifies, is raised, rounded, capped, replaced or paid as time off."""
BETWEEN = ("add", "remove_paid_by", "only_paid_by", "first match", "greatest")
STAGES: Mapping[str, Rows] = {
    "when": WHEN,
    "set": SET,
    "grid": GRID,
    "group": GROUP,
    "count": COUNT,
    "price": PRICE,
    "book": BOOK,
}
VARIANTS = frozenset(
    {f"{stage}: {name}" for stage, rows in STAGES.items() for _, name, _ in rows}
    | {f"shape: {name}" for _, name, _ in SHAPE}
    | {f"tier: {name}" for _, name, _ in TIER}
    | {f"choose: {name}" for name in BETWEEN}
)


@st.composite
def rules(draw: st.DrawFn, name: str, only: frozenset[str]) -> tuple[Table, set[str]]:
    """One rule of these variants, and those that were drawn."""
    pays = draw(st.sampled_from(["on call", "callouts", "hours in callouts"]))
    rule: Table = {"name": name, "pays": pays}
    side, drawn = (ON_CALL if pays == "on call" else WORK), set()
    for stage, rows in STAGES.items():
        if stage == "group" and side == ON_CALL:
            continue
        label, fields = draw(st.sampled_from([row[1:] for row in _open(stage, rows, only) if row[0] in {BOTH, side}]))
        rule[stage] = dict(fields)
        drawn.add(f"{stage}: {label}")
    shapes = [row for row in _open("shape", SHAPE, only) if row[0] in {BOTH, side}]
    steps = draw(st.lists(st.sampled_from(shapes), max_size=2)) if shapes else []
    rule["shape"] = [dict(fields) for _, _, fields in steps]
    drawn |= {f"shape: {label}" for _, label, _ in steps}
    tiers = _open("tier", TIER, only)
    if tiers and draw(st.booleans()):
        _, label, fields = draw(st.sampled_from(tiers))
        rule["tier"] = dict(fields)
        rule["price"] = {"amount": {"by": "tier", "1": "10", "2": "15.15"}}
        drawn = {one for one in drawn if not one.startswith("price:")} | {f"tier: {label}"}
    return rule, drawn


def _open(stage: str, rows: Rows, only: frozenset[str]) -> list[tuple[str, str, Table]]:
    return [row for row in rows if f"{stage}: {row[1]}" in only]


@st.composite
def policies(draw: st.DrawFn, only: frozenset[str] = VARIANTS) -> tuple[Table, set[str]]:
    """A policy of two rules as the table that TOML would give, and the variants drawn for it."""
    (one, drawn_one), (two, drawn_two) = draw(rules("One", only)), draw(rules("Two", only))
    between = draw(st.sampled_from([name for name in BETWEEN if f"choose: {name}" in only]))
    if between in {"remove_paid_by", "only_paid_by"}:
        two["set"] = {**two["set"], between: ["One"]}
    elif between != "add":
        for priority, rule in enumerate((one, two), start=1):
            each = {"each": "duty"} if between == "greatest" else {}
            rule["choose"] = {"among": "pay", "how": between, "priority": priority, **each}
    policy = {
        "name": "Drawn",
        "currency": "GBP",
        "pay_zone": draw(st.sampled_from(["engineer", *ZONES])),
        "rounding": draw(st.sampled_from(["half up", "half even", "half down", "up", "down"])),
        "business_hours": "09:00-17:00",
        "bands": {"night": "22:00-06:00"},
        "attested": {"woken": False, "lieu": False},
        "day_types": [
            {"name": "holiday", "holidays": True},
            {"name": "weekend", "weekdays": ["Sat", "Sun"]},
            {"name": "weekday"},
        ],
        "templates": [
            {"name": "weekend", "from": "Fri 18:00", "to": "Mon 08:00"},
            {"name": "night", "from": "18:00", "to": "08:00", "of": "6 h"},
        ],
        "rules": [one, two],
    }
    return policy, drawn_one | drawn_two | {f"choose: {between}"}


@st.composite
def facts(draw: st.DrawFn, people: int = 1) -> Table:
    """Ten days of duties and callouts of equal engineers; times are whole minutes."""
    zone, first = draw(st.sampled_from(ZONES)), draw(st.sampled_from(FIRST_DAYS))
    start = datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone))

    def at(minute: int) -> str:
        return datetime.fromtimestamp(start.timestamp() + 60 * minute, ZoneInfo("UTC")).isoformat()

    table: Table = {"people": [], "on_call": [], "callouts": []}
    table["holidays"] = {"XX": {(start + timedelta(days=draw(st.integers(0, 9)))).date().isoformat(): "Holiday"}}
    for number in range(people):
        person = {"id": f"p{number}", "zone": zone, "holiday_region": "XX", "hourly_rate": "31.35", "salary": "52000"}
        table["people"].append({**person, "grade": "A", "attributes": {"contract": "casual"}})
        for begin, length in draw(
            st.lists(st.tuples(st.integers(0, 13_000), st.integers(1, 6_000)), min_size=1, max_size=4)
        ):
            row = {"person": f"p{number}", "rota": "Primary", "start": at(begin), "end": at(begin + length)}
            row |= {"level": draw(st.integers(1, 2)), "kind": draw(st.sampled_from(["", "tight"]))}
            table["on_call"].append({**row, "attested": {"lieu": draw(st.booleans())}})
        for begin, length in draw(
            st.lists(st.tuples(st.integers(0, 14_000), st.integers(1, 400)), min_size=1, max_size=4)
        ):
            call = {"person": f"p{number}", "start": at(begin), "end": at(begin + length)}
            call |= {"mode": draw(st.sampled_from(["remote", "on site"])), "id": f"c{len(table['callouts'])}"}
            table["callouts"].append({**call, "attested": {"woken": draw(st.booleans())}})
    return table
