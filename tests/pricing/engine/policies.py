"""Random policies of the variants, and random facts; every field of the facts' JSON is drawn."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.pricing.engine.variants import (
    BOTH,
    CHOOSE,
    ON_CALL,
    POLICY,
    SHAPE,
    STAGES,
    TIER,
    VARIANTS,
    WORK,
    Rows,
    Table,
)

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")
FIRST_DAYS = ("2026-03-06", "2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23", "2026-10-30", "2026-06-26")
"""Ten days from each hold a clock change of one of the zones, or the end of a month."""
MINUTES = 14_400
_DAY_TYPES = [
    {"name": "holiday", "holidays": True},
    {"name": "weekend", "weekdays": ["Sat", "Sun"]},
    {"name": "weekday"},
]
_QUANTITIES = {"3 h": "3", "15 min": "1/4", "1 h": "1", "8 h": "8", "4 h": "4", "2 h": "2", "20 h": "20"}
_QUANTITIES |= {"30 h": "30", "10 h": "10"}


@st.composite
def rules(draw: st.DrawFn, name: str, only: frozenset[str]) -> tuple[Table, set[str]]:
    """One rule of these variants, and those that were drawn."""
    pays = draw(st.sampled_from(["on call", "callouts", "hours in callouts"]))
    side = ON_CALL if pays == "on call" else WORK
    rows = {stage: _open(stage, STAGES[stage], only, side) for stage in STAGES}
    if side == ON_CALL:
        del rows["group"]
    chosen = {stage: draw(st.sampled_from(rows[stage])) for stage in rows}
    shapes = _open("shape", SHAPE, only, side)
    steps = draw(st.lists(st.sampled_from(shapes), max_size=2)) if shapes else []
    tiers = _open("tier", TIER, only, side)
    tier = draw(st.sampled_from(tiers)) if tiers and draw(st.booleans()) else None
    return compose({"name": name, "pays": pays}, chosen, steps, tier)


Row = tuple[str, Table]


def compose(rule: Table, chosen: dict[str, Row], steps: list[Row], tier: Row | None) -> tuple[Table, set[str]]:
    """A rule of these choices: what would change nothing beside another is not written."""
    drawn = {f"{stage}: {label}" for stage, (label, _) in chosen.items()}
    rule |= {stage: dict(fields) for stage, (_, fields) in chosen.items()}
    unit = rule["count"]["unit"]
    if "takes" in rule["grid"] and unit != "days":
        drawn.remove("grid: best last")
        del rule["grid"]["takes"]
    rule["shape"] = [_in_units(fields, unit) for _, fields in steps]
    drawn |= {f"shape: {label}" for label, _ in steps}
    if tier is not None:
        label, fields = tier
        rule["tier"] = fields if label in {"ordinal", "length"} else _in_units(fields, unit)
        rule["price"] = {"amount": {"by": "tier", "1": "10", "2": "15.15"}}
        drawn = {one for one in drawn if not one.startswith("price:")} | {f"tier: {label}"}
    return rule, drawn


def _open(stage: str, rows: Rows, only: frozenset[str], side: str) -> list[Row]:
    return [row[1:] for row in rows if f"{stage}: {row[1]}" in only and row[0] in {BOTH, side}]


def _in_units(fields: Table, unit: str) -> Table:
    """The same step where not hours are counted: 3 h become 3 of them."""
    if unit == "hours":
        return dict(fields)

    def units(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: units(inner) for key, inner in value.items()}
        return [units(one) for one in value] if isinstance(value, list) else _QUANTITIES.get(value, value)

    return {key: value if key in {"each", "first_of"} else units(value) for key, value in fields.items()}


@st.composite
def policies(draw: st.DrawFn, only: frozenset[str] = VARIANTS) -> tuple[Table, set[str]]:
    """A policy of two rules as the table that TOML would give, and the variants drawn for it."""
    (one, drawn_one), (two, drawn_two) = draw(rules("One", only)), draw(rules("Two", only))
    between = draw(st.sampled_from([name for name in CHOOSE if f"choose: {name}" in only]))
    whole = draw(st.sampled_from(_open("policy", POLICY, only, BOTH)))
    zone, rounding = draw(st.sampled_from(["engineer", *ZONES])), draw(st.sampled_from(_ROUNDINGS))
    policy, drawn = written(one, two, between, whole)
    return {"pay_zone": zone, "rounding": rounding, **policy}, drawn_one | drawn_two | drawn


_ROUNDINGS = ("half up", "half even", "half down", "up", "down")


def written(one: Table, two: Table, between: str, whole: Row) -> tuple[Table, set[str]]:
    """A policy of two rules."""
    if between == "billed_first" and (two["pays"] == "on call" or one["pays"] == "on call"):
        between = "add"
    if between in {"remove_paid_by", "only_paid_by"}:
        two["set"] = {**two["set"], between: ["One"]}
    elif between == "billed_first":
        two["group"] = {**two["group"], between: ["One"]}
    elif between != "add":
        for priority, rule in enumerate((one, two), start=1):
            each = {"each": "duty"} if between == "greatest" else {}
            rule["choose"] = {"among": "pay", "how": between, "priority": priority, **each}
    label, fields = whole
    policy = {
        "name": "Drawn",
        "currency": "GBP",
        "business_hours": "09:00-17:00",
        "bands": {"night": "22:00-06:00"},
        "attested": {"woken": False, "lieu": False, "decision": "none"},
        "templates": [
            {"name": "weekend", "from": "Fri 18:00", "to": "Mon 08:00"},
            {"name": "night", "from": "18:00", "to": "08:00", "of": "6 h"},
        ],
        "rules": [one, two],
        **fields,
        "day_types": [*fields.get("day_types", []), *_DAY_TYPES],
    }
    return policy, {f"choose: {between}", f"policy: {label}"}


@st.composite
def facts(draw: st.DrawFn, people: int = 1, *, late: bool = True) -> Table:
    """Ten days of duties and callouts of equal engineers; times are whole minutes. `late`: perhaps read halfway."""
    zone, first = draw(st.sampled_from(ZONES)), date.fromisoformat(draw(st.sampled_from(FIRST_DAYS)))
    start = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone))

    def at(minute: int) -> str:
        return datetime.fromtimestamp(start.timestamp() + 60 * minute, ZoneInfo("UTC")).isoformat()

    def day() -> str:
        return (first + timedelta(days=draw(st.integers(0, 9)))).isoformat()

    read = draw(st.integers(MINUTES // 3, MINUTES)) if late and draw(st.booleans()) else 2 * MINUTES
    table: Table = {"people": [], "on_call": [], "callouts": [], "read_at": at(read)}
    holiday, replaced = day(), day()
    table |= {
        "holidays": {"XX": {holiday: "Holiday", replaced: "Other"}},
        "substitutes": {"XX": {replaced: "replaced"}},
    }
    table["company_days"] = {day(): "ours"}
    person = _person(draw, zone, day())
    for number in range(people):
        who = f"p{number}"
        table["people"].append({**person, "id": who})
        spans = st.tuples(st.integers(0, MINUTES - 1), st.integers(1, 6_000))
        for begin, length in draw(st.lists(spans, min_size=1, max_size=4)):
            table["on_call"].append(_duty(draw, who, at(begin), at(begin + length)))
        for begin, length in draw(st.lists(st.tuples(st.integers(0, read - 1), st.integers(0, 400)), max_size=4)):
            call = _callout(draw, who, [at(begin), at(begin + length), at(begin + length + 30)])
            if begin + length + 30 > read:  # what is not over when read is still open
                before = [{"start": at(begin - 60), "end": at(begin - 30)}] if draw(st.booleans()) else []
                call["spells"] = [*before, {"start": at(begin)}]
            table["callouts"].append({"id": f"c{len(table['callouts'])}", **call})
    return table


def _person(draw: st.DrawFn, zone: str, rise: str) -> Table:
    """What everybody has: so that two of them are equal."""
    hours = [{"days": ["Mon", "Tue", "Wed", "Thu"], "hours": ["08:00-12:00", "13:00-17:00"]}, "none"]
    rates = ["31.35", [{"value": "31.35"}, {"from": rise, "value": "33.00"}]]
    person = {"zone": zone, "holiday_region": "XX", "hourly_rate": draw(st.sampled_from(rates)), "salary": "52000"}
    if draw(st.booleans()):
        person["working_hours"] = draw(st.sampled_from(hours))
    return {**person, "grade": draw(st.sampled_from(["A", [{"value": "A"}, {"from": rise, "value": "C"}]])),
            "daily_rate": "240", "attributes": {"contract": "casual"}}  # fmt: skip


def _duty(draw: st.DrawFn, who: str, start: str, end: str) -> Table:
    row: Table = {"person": who, "start": start, "end": end, "level": draw(st.integers(1, 3))}
    row |= {"rota": draw(st.sampled_from(["Primary", "Secondary"])), "kind": draw(st.sampled_from(["", "tight"]))}
    if draw(st.integers(0, 3)) == 0:
        row["nominal"] = draw(st.sampled_from(["8 h", "14 h"]))
    return {**row, "attested": {"lieu": draw(st.booleans())}}


def _callout(draw: st.DrawFn, who: str, times: list[str]) -> Table:
    start, middle, end = times
    kinds = [
        [{"start": start, "end": middle}],
        [{"start": start, "end": middle, "kind": "travel"}, {"start": middle, "end": end}],
        [{"start": start, "end": middle, "checked": True}],
    ]
    call: Table = {"person": who, "spells": draw(st.sampled_from(kinds))}
    call |= {"mode": draw(st.sampled_from(["remote", "on site"])), "urgency": draw(st.sampled_from(["high", "low"]))}
    if draw(st.integers(0, 3)) == 0:
        call |= {"on_call": draw(st.booleans()), "level": draw(st.integers(1, 2)), "rota": "Primary", "kind": "tight"}
        call |= {"levels": [1, 2], "rotas": ["Primary", "Secondary"]}
    attested = {"woken": draw(st.booleans()), "decision": draw(st.sampled_from(["none", "none", "pay"]))}
    return {**call, "attested": attested}
