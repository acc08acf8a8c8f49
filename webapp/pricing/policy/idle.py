"""Fields that say nothing where they stand: refused, because whoever wrote one expects it to change the pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from webapp.pricing.policy.document import CountStage, Rule
from webapp.pricing.policy.units import units_with
from webapp.pricing.text import listed

_Says = Callable[[Rule], bool]


def _on_call(rule: Rule) -> bool:
    return rule.on_call


def _callouts(rule: Rule) -> bool:
    return not rule.on_call


def _counts(*units: str) -> _Says:
    return lambda rule: rule.count.unit in units


def _joins(*ways: str) -> _Says:
    return lambda rule: rule.group.join in ways


_OF_CALLOUTS = "is asked of callouts, and this rule pays time on call"
_OF_DUTY = "is asked of time on call, and this rule pays callouts"
_FIELDS: Mapping[str, tuple[_Says, str]] = {
    **{f"when.{one}": (_callouts, _OF_CALLOUTS) for one in ("mode", "urgency", "on_call", "spell", "in_full")},
    **{f"when.{one}": (_callouts, _OF_CALLOUTS) for one in ("any_level", "starts_in_ordinary")},
    **{f"when.before_ordinary_{one}": (_callouts, _OF_CALLOUTS) for one in ("at_least", "under")},
    "when.called_out": (_on_call, _OF_DUTY),
    **{f"set.{one}": (_on_call, _OF_DUTY) for one in ("rotas", "join_gap", "gaps_cut", "remove_cuts")},
    "set.spells": (_callouts, _OF_CALLOUTS),
    "set.free_first_each": (lambda rule: rule.set.free_first > 0, "needs `free_first`: how much is free"),
    "grid.takes": (_counts("days"), "is for rules that count days"),
    "group": (_callouts, "joins callouts, and this rule pays time on call"),
    **{
        f"group.{one}": (_joins("window"), 'is for join = "window"')
        for one in ("window", "from", "ends_inside", "only_if_under")
    },
    **{
        f"group.{one}": (_joins("window", "overlapping"), 'is for join = "overlapping" or "window"')
        for one in ("gap", "longest")
    },
    "group.block": (_joins("block"), 'is for join = "block"'),
    **{
        f"count.{one.name}": (_counts(*units_with(one.name)), f"is for {listed(units_with(one.name))}")
        for one in fields(CountStage)
        if one.name != "unit"
    },
    "tier": (lambda rule: "tier" in rule.looks_up, 'moves nothing: no table of this rule has by = "tier"'),
    "price.default": (lambda rule: bool(rule.price.of), "is for a price `of` a number of the engineer"),
    "choose.each": (
        lambda rule: rule.choose is not None and rule.choose.how == "greatest",
        'is for how = "greatest"',
    ),
}
"""By place: where the field says something, and else why not."""
_STEPS: Mapping[str, tuple[str, ...]] = {
    "beyond": ("round",),
    "to": ("round",),
    "first_of": ("minimum",),
    "at": ("minimum", "minimum_pay"),
}
"""The steps of `shape` that each field beside them belongs to."""


def idle_fields(table: Mapping[str, Any], rule: Rule) -> Iterator[tuple[str, str]]:
    """Each field of the rule as written that would change nothing, with the reason."""
    for place, (says, why) in _FIELDS.items():
        stage, _, field = place.partition(".")
        written = table.get(stage)
        is_there = written is not None if not field else isinstance(written, Mapping) and field in written
        if is_there and not says(rule):
            yield place, f"{why}: it would change nothing here."
    if not rule.on_call and "worked" in rule.set.remove:
        yield "set.remove", f'"worked" {_OF_DUTY}: it would change nothing here.'
    for index, step in enumerate(rule.shape):
        for field, kinds in _STEPS.items():
            if step.kind not in kinds and field in table["shape"][index]:
                yield f"shape[{index}].{field}", f"is for {' and '.join(kinds)}: it would change nothing here."
