"""Each variant of each stage on the same five days: `variants.txt` holds what it pays, checked line by line.

After a change on purpose: `python -m tests.pricing.engine.test_variants` writes it anew, to be read line by line.
"""

import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.exactly import price, read_facts
from tests.pricing.engine.policies import compose, written
from tests.pricing.engine.variants import BOTH, CHOOSE, ON_CALL, POLICY, SHAPE, STAGES, TIER, VARIANTS, WORK, Table
from webapp.pricing.engine.lines import PayLine
from webapp.pricing.policy import parse_table

FILE = Path(__file__).with_name("variants.txt")
HEAD = """\
# Ada (20.00 an hour, salary 52,000, contract casual) is on call
#   from Friday 4 September 2026, 18:00, to Sunday, 10:00, and Sunday 11:30-12:30: level 1, rota Primary, kind "tight";
#   on Saturday 12:00-14:00: level 2, rota Secondary;
#   from Monday 7, a holiday, 16:00, to Tuesday, 08:00: level 2, rota Secondary; 14 h on the roster; lieu attested.
# She is called out
#   on Saturday 01:00-01:30; on Saturday 02:00-04:30, on site, the first half hour of it travel;
#   on Monday 21:45-22:15, low urgency;
#   and, not on call, on Tuesday 08:30-09:15 and 09:30-10:30, of which a manager has decided that the latter is paid.
# Business hours are 09:00-17:00; Friday is a company day. A unit is worth 1.00 unless the variant says otherwise. The
# rules of GROUP raise each session to 1 h; those of "policy" pay time outside business hours, and hours in callouts.
# variant | what the rule pays | booked day, day type, band, template, tier, quantity = amount
"""
FACTS: Table = {
    "zone": "Europe/London",
    "people": [
        {
            "id": "ada",
            "hourly_rate": "20.00",
            "salary": "52000",
            "grade": "A",
            "holiday_region": "XX",
            "attributes": {"contract": "casual"},
        }
    ],
    "on_call": [
        {"person": "ada", "rota": "Primary", "kind": "tight", "start": "2026-09-04T18:00", "end": "2026-09-06T10:00"},
        {"person": "ada", "rota": "Primary", "kind": "tight", "start": "2026-09-06T11:30", "end": "2026-09-06T12:30"},
        {"person": "ada", "rota": "Secondary", "level": 2, "start": "2026-09-05T12:00", "end": "2026-09-05T14:00"},
        {
            "person": "ada",
            "rota": "Secondary",
            "level": 2,
            "start": "2026-09-07T16:00",
            "end": "2026-09-08T08:00",
            "nominal": "14 h",
            "attested": {"lieu": True},
        },
    ],
    "callouts": [
        {"person": "ada", "start": "2026-09-05T01:00", "end": "2026-09-05T01:30"},
        {
            "person": "ada",
            "mode": "on site",
            "spells": [
                {"start": "2026-09-05T02:00", "end": "2026-09-05T02:30", "kind": "travel"},
                {"start": "2026-09-05T02:30", "end": "2026-09-05T04:30"},
            ],
        },
        {"person": "ada", "start": "2026-09-07T21:45", "end": "2026-09-07T22:15", "urgency": "low"},
        {"person": "ada", "start": "2026-09-08T08:30", "end": "2026-09-08T09:15"},
        {
            "person": "ada",
            "start": "2026-09-08T09:30",
            "end": "2026-09-08T10:30",
            "attested": {"decision": "pay", "woken": True},
        },
    ],
    "holidays": {"XX": {"2026-09-07": "Labour Day"}},
    "company_days": {"2026-09-04": "ours"},
}
DAYS = {
    "split",
    "any touch",
    "start",
    "end",
    "majority",
    "day_start 07:00",
    "day_start shift",
    "end of day",
    "best last",
}
"""Variants of GRID that say which days a duty earns."""


def cases() -> Iterator[tuple[str, str, Table]]:
    """Every variant, for each kind of fact that it is for, in a policy of its own."""
    rows = {**STAGES, "shape": SHAPE, "tier": TIER}
    for stage, variants in rows.items():
        for of, label, fields in variants:
            for side in (ON_CALL, WORK) if of == BOTH else (of,):
                rule = _rule("One", side, stage, label, _in_september(deepcopy(fields)))
                yield (
                    f"{stage}: {label}",
                    side,
                    written(rule, _plain("Two"), "add", ("plain", {}))[0] | {"rules": [rule]},
                )
    for between in CHOOSE:
        side = WORK if between == "billed_first" else ON_CALL
        one, two = _rule("One", side, "count", "", {"unit": "hours"}), _plain("Two", side)
        one["when"] = {"band": "night"}
        yield f"choose: {between}", side, written(one, two, between, ("plain", {}))[0]
    for _, label, fields in POLICY:
        one, two = _rule("One", ON_CALL, "set", "", {"remove": ["ordinary hours"]}), _rule("Two", WORK, "book", "", {})
        table = written(one, two, "add", (label, _in_september(deepcopy(fields))))[0]
        yield f"policy: {label}", BOTH, table


def _in_september(fields: Table) -> Table:
    """The dates of a variant moved into the five days."""
    fields |= {key: "2026-09-06" for key in ("from", "until") if str(fields.get(key)).startswith("2026")}
    if "effective" in fields:
        fields["effective"] = "2026-09-05"
    for version in fields.get("versions", []):
        version["effective"] = "2026-09-07"
    for day_type in fields.get("day_types", []):
        if "dates" in day_type:
            day_type["dates"] = ["09-04"]
    return fields


def _plain(name: str, side: str = ON_CALL) -> Table:
    return _rule(name, side, "count", "", {"unit": "hours"})


def _rule(name: str, side: str, stage: str, label: str, fields: Table) -> Table:
    """A rule of one variant; all else is as plain as it can be."""
    chosen: dict[str, tuple[str, Table]] = {name: ("", {}) for name in STAGES if name != "group" or side == WORK}
    chosen["price"], chosen["count"] = ("", {"amount": "1.00"}), ("", {"unit": "hours"})
    if stage == "grid":
        unit = "hours" if label in {"by default", "end of duty"} else "days" if label in DAYS else "callouts"
        chosen["count"] = ("", {"unit": unit if side == ON_CALL or unit != "days" else "sessions"})
    if side == ON_CALL and label in {"join_gap", "gaps_cut", "remove_cuts"}:
        chosen["count"] = ("", {"unit": "duties"})
    if label == "template table":
        chosen["count"] = ("", {"unit": "templates"})
    steps = [(label, fields)] if stage == "shape" else [("", {"minimum": "1 h"})] if stage == "group" else []
    if stage in chosen:
        chosen[stage] = (label, fields)
    pays = "on call" if side == ON_CALL else "hours in callouts"
    return compose({"name": name, "pays": pays}, chosen, steps, (label, fields) if stage == "tier" else None)[0]


def paid(policy: Table) -> str:
    """The pay lines on one line of text."""
    table = {"pay_zone": "Europe/London", "rounding": "half up", **policy}
    return "; ".join(map(_line, price(parse_table(table), read_facts(FACTS)).pay)) or "nothing"


def _line(line: PayLine) -> str:
    words = [f"{line.booked:%a} {line.day_type}", line.band, line.template, line.tier and f"tier {line.tier}"]
    off = " off" if line.as_ == "time off" else ""
    return f"{' '.join(filter(None, words))} {float(line.quantity):g} = {float(line.amount):g}{off}"


def lines_now() -> Iterator[str]:
    """The file as the engine would write it."""
    yield from (f"{variant} | {side} | {paid(policy)}" for variant, side, policy in cases())


def known() -> dict[tuple[str, str], str]:
    """The file as it is."""
    rows = [line.split(" | ") for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {(variant, side): text for variant, side, text in rows}


KNOWN: dict[tuple[str, str], str] = known() if FILE.exists() else {}


@pytest.mark.parametrize(
    ("variant", "side", "policy"), [pytest.param(*one, id=f"{one[0]}, {one[1]}") for one in cases()]
)
def test_variant_pays_what_the_file_says(variant: str, side: str, policy: dict[str, Any]) -> None:
    assert paid(policy) == KNOWN[variant, side]


def test_every_variant_has_its_line() -> None:
    assert VARIANTS - {variant for variant, _ in KNOWN} == set()


if __name__ == "__main__":
    FILE.write_text(HEAD + "".join(f"{line}\n" for line in lines_now()), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
