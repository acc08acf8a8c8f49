"""Every variant of every stage as a row: what it is for, its name in the count of variants, the fields it writes."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Table: TypeAlias = dict[str, Any]
Rows: TypeAlias = tuple[tuple[str, str, Table], ...]

BOTH = "both"
ON_CALL = "on call"
WORK = "callouts"

WHEN: Rows = (
    (BOTH, "always", {}),
    (BOTH, "level", {"level": 1}),
    (BOTH, "rota", {"rota": "Primary"}),
    (BOTH, "rota_not", {"rota_not": "Secondary"}),
    (BOTH, "kind", {"kind": "tight"}),
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
    (BOTH, "duty_at_least", {"duty_at_least": "12 h"}),
    (BOTH, "duty_under", {"duty_under": "12 h"}),
    (ON_CALL, "called_out true", {"called_out": True}),
    (ON_CALL, "called_out false", {"called_out": False}),
    (WORK, "mode", {"mode": "remote"}),
    (WORK, "urgency", {"urgency": "high"}),
    (WORK, "on_call true", {"on_call": True}),
    (WORK, "on_call false", {"on_call": False}),
    (WORK, "spell", {"spell": "work"}),
    (WORK, "any_level", {"any_level": [1]}),
    (WORK, "starts_in_ordinary true", {"starts_in_ordinary": True}),
    (WORK, "starts_in_ordinary false", {"starts_in_ordinary": False}),
    (WORK, "in_full", {"starts_in_ordinary": False, "in_full": {"decision": "pay"}}),
    (WORK, "lasts_at_least", {"lasts_at_least": "30 min"}),
    (WORK, "lasts_under", {"lasts_under": "2 h"}),
    (WORK, "before_ordinary_at_least", {"before_ordinary_at_least": "2 h"}),
    (WORK, "before_ordinary_under", {"before_ordinary_under": "20 h"}),
)
SET: Rows = (
    (BOTH, "nothing", {}),
    (BOTH, "remove ordinary hours", {"remove": ["ordinary hours"]}),
    (BOTH, "shortest", {"shortest": "2 h"}),
    (ON_CALL, "remove worked", {"remove": ["worked"]}),
    (ON_CALL, "remove_cuts", {"remove": ["ordinary hours"], "remove_cuts": True}),
    (ON_CALL, "gaps_cut", {"join_gap": "2 h", "gaps_cut": True}),
    (ON_CALL, "rotas separately", {"rotas": "separately"}),
    (ON_CALL, "join_gap", {"join_gap": "2 h"}),
    (ON_CALL, "longest_duty", {"longest_duty": "24 h"}),
    (ON_CALL, "free_first duty", {"free_first": "1 h", "free_first_each": "duty"}),
    (WORK, "spells apart", {"spells": "apart"}),
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
    (BOTH, "end of duty", {"owner": "end of duty"}),
    (ON_CALL, "end of day", {"owner": "end of day"}),
    (ON_CALL, "best last", {"owner": "any touch", "takes": "best last"}),
    (WORK, "start of session", {"owner": "start of session"}),
)
GROUP: Rows = (
    (WORK, "overlapping", {"join": "overlapping"}),
    (WORK, "gap", {"join": "overlapping", "gap": "1 h"}),
    (WORK, "longest", {"join": "overlapping", "gap": "6 h", "longest": "12 h"}),
    (WORK, "each", {"join": "each"}),
    (WORK, "duty", {"join": "duty"}),
    (WORK, "day", {"join": "day"}),
    (WORK, "week", {"join": "week"}),
    (WORK, "block", {"join": "block", "block": "8 h"}),
    (WORK, "first start", {"join": "window", "window": "2 h"}),
    (WORK, "last start", {"join": "window", "window": "2 h", "from": "last start"}),
    (WORK, "last end", {"join": "window", "window": "1 h", "from": "last end"}),
    (WORK, "window minimum", {"join": "window", "window": "minimum"}),
    (WORK, "window and gap", {"join": "window", "window": "1 h", "gap": "30 min"}),
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
    (ON_CALL, "days prorated", {"unit": "days", "part": "prorated"}),
    (ON_CALL, "days, reach", {"unit": "days", "at_least": "6 h", "reach": "24:00"}),
    (ON_CALL, "more_than", {"unit": "days", "more_than": "1/2"}),
    (ON_CALL, "once", {"unit": "days", "once": True}),
    (ON_CALL, "weeks", {"unit": "weeks"}),
    (ON_CALL, "weeks prorated", {"unit": "weeks", "part": "prorated"}),
    (ON_CALL, "weeks from the shift", {"unit": "weeks", "week_from": "shift"}),
    (ON_CALL, "months", {"unit": "months", "part": "prorated"}),
    (ON_CALL, "duties", {"unit": "duties"}),
    (ON_CALL, "templates", {"unit": "templates"}),
    (ON_CALL, "templates named", {"unit": "templates", "templates": ["night"]}),
    (WORK, "sessions", {"unit": "sessions"}),
    (WORK, "callouts", {"unit": "callouts"}),
)
SHAPE: Rows = (
    (BOTH, "minimum", {"minimum": "3 h"}),
    (BOTH, "minimum at last", {"minimum": "3 h", "at": "last"}),
    (BOTH, "minimum first_of", {"minimum": "3 h", "first_of": "day"}),
    (BOTH, "minimum by table", {"minimum": {"by": "day type", "weekend": "4 h", "other": "2 h"}}),
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
    (BOTH, "level table", {"amount": {"by": "level", "1": "5", "2": "3", "other": "1"}}),
    (BOTH, "rota table", {"amount": {"by": "rota", "Primary": "5", "other": "3"}}),
    (BOTH, "kind table", {"amount": {"by": "kind", "tight": "5", "other": "3"}}),
    (BOTH, "date table", {"amount": {"by": "date", "2026-01-01": "5", "2026-04-01": "5.50"}}),
    (BOTH, "template table", {"amount": {"by": "template", "night": "5", "other": "3"}}),
    (BOTH, "attested table", {"amount": {"by": "woken", "true": "5", "false": "3"}}),
    (BOTH, "engineer's table", {"amount": {"by": ["contract", "grade"], "casual": {"A": "5", "other": "3"}}}),
    (BOTH, "zone table", {"amount": {"by": "zone", "Europe/London": "5", "other": "3"}}),
    (BOTH, "region table", {"amount": {"by": "holiday region", "XX": "5", "other": "3"}}),
    (ON_CALL, "called out table", {"amount": {"by": "called out", "true": "5", "false": "3"}}),
    (WORK, "mode table", {"amount": {"by": "mode", "remote": "5", "other": "none"}}),
    (WORK, "urgency table", {"amount": {"by": "urgency", "high": "5", "low": "3"}}),
    (WORK, "on call table", {"amount": {"by": "on call", "true": "5", "false": "3"}}),
    (WORK, "spell table", {"amount": {"by": "spell", "travel": "5", "other": "3"}}),
    (BOTH, "none", {"amount": {"by": "level", "1": "5", "other": "none"}}),
    (BOTH, "of hourly rate", {"of": "hourly rate"}),
    (BOTH, "default", {"of": "standby rate", "default": "7.50"}),
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
CHOOSE = ("add", "remove_paid_by", "only_paid_by", "first match", "greatest", "billed_first")
"""How the two rules of a drawn policy stand to each other."""
_LATER_RULE = {"name": "One", "pays": "on call", "count": "days", "price": "9.99"}
POLICY: Rows = (
    (BOTH, "plain", {}),
    (BOTH, "day_start", {"day_start": "08:30"}),
    (BOTH, "day_start shift", {"day_start": "shift"}),
    (BOTH, "week_start", {"week_start": "Wed 09:00"}),
    (BOTH, "business_on_holidays", {"business_on_holidays": True}),
    (BOTH, "no_business_on", {"no_business_on": ["weekend", "holiday"]}),
    (BOTH, "substitute_days", {"substitute_days": "replace"}),
    (BOTH, "longest_spell", {"longest_spell": "2 h"}),
    (BOTH, "exact", {"rounding": {"money": "half up", "to": "none"}}),
    (BOTH, "time rounded", {"rounding": {"money": "half even", "to": "0.05", "time": "up", "time_to": "15 min"}}),
    (BOTH, "effective", {"effective": "2026-03-10"}),
    (BOTH, "version replaces", {"versions": [{"effective": "2026-03-31", "rules": [_LATER_RULE]}]}),
    (BOTH, "version adds", {"versions": [{"effective": "2026-10-27", "rules": [{**_LATER_RULE, "name": "Later"}]}]}),
    (BOTH, "version without", {"versions": [{"effective": "2026-10-27", "without": ["Two"]}]}),
    (BOTH, "eves", {"day_types": [{"name": "weekend", "eves": True}]}),
    (BOTH, "dates", {"day_types": [{"name": "holiday", "dates": ["03-30", "2026-10-27"]}]}),
    (BOTH, "company_days", {"day_types": [{"name": "holiday", "company_days": True}]}),
    (BOTH, "rest_days", {"day_types": [{"name": "weekend", "rest_days": True}]}),
    (BOTH, "between", {"day_types": [{"name": "weekend", "weekdays": ["Fri"], "between": "17:30-24:00"}]}),
    (BOTH, "after", {"day_types": [{"name": "weekend", "after": ["holiday"], "between": "00:00-07:00"}]}),
)
"""Of the whole policy; day types stand before the usual ones."""
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
    | {f"policy: {name}" for _, name, _ in POLICY}
    | {f"choose: {name}" for name in CHOOSE}
)
SMOOTH = frozenset(
    {"set: nothing", "grid: split", "group: each", "count: hours", "book: money", "choose: add", "when: always"}
    | {"when: level", "when: grade", "when: day_type", "when: band", "when: extra_hour true", "when: extra_hour false"}
    | {"price: amount", "price: day type table", "price: band table", "price: of hourly rate", "price: percent"}
    | {"price: supplement", "policy: plain"}
)
"""Variants without a cliff: nothing joins, qualifies, is raised, rounded, capped, replaced or paid as time off."""
