"""Two people change one policy: what one of them tries out stays, and every other field follows what is saved now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.pricing.policy.form import LEVELS, Policy, evidence_refusal, field_values, level_fields, policy_of
from webapp.services.policies import Rules


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that was typed otherwise than it is saved now; what was typed stays."""

    field: str
    tried: Any
    saved: Any


def merged(tried: Rules, before: Rules | None, now: Rules | None) -> Rules | None:
    """What was tried out on the rules saved before, on those saved now; None: a text or a currency keeps them apart."""
    if now is None or now in (before, tried):
        return tried
    if tried == before:
        return now
    if isinstance(tried, Policy) and isinstance(before, Policy) and isinstance(now, Policy):
        return _merged(tried, before, now) if tried.currency == before.currency == now.currency else None
    return None


def conflicts(tried: Rules, before: Rules | None, now: Rules | None) -> tuple[Conflict, ...]:
    """Where a merge does not follow what is saved now."""
    made = merged(tried, before, now)
    if not (isinstance(made, Policy) and isinstance(before, Policy) and isinstance(now, Policy)):
        return ()
    ours, base, theirs = map(field_values, (made, before, now))
    return tuple(
        Conflict(name, ours.get(name), theirs.get(name))
        for name in {**theirs, **ours}
        if base.get(name) != theirs.get(name) != ours.get(name) and not isinstance(theirs.get(name), frozenset)
    )


def _merged(tried: Policy, before: Policy, now: Policy) -> Policy:
    ours, base, theirs = map(field_values, (tried, before, now))
    made = {name: _merged_field(ours.get(name), base.get(name), theirs.get(name)) for name in {**theirs, **ours}}
    for names, fit in _TOGETHER.items():
        if not fit(*(made.get(name) for name in names)):
            made |= {name: ours.get(name) for name in names}
    return policy_of(made)


def _merged_field(tried: Any, before: Any, now: Any) -> Any:
    if isinstance(tried, frozenset):  # a box each
        return (now | (tried - before)) - (before - tried)
    return now if tried == before else tried


def _fill_a_level(*amounts: Any) -> bool:
    return None not in amounts or not any(amount is not None for amount in amounts)


_TOGETHER: Mapping[tuple[str, ...], Callable[..., bool]] = {
    **{tuple(one.name for one in level_fields(level)): _fill_a_level for level in LEVELS},
    ("business_start", "business_end"): lambda start, end: start < end,
    ("fee_for_each_callout", "fees_a_day"): lambda each, most: each or most is None,
    ("evidence", "longest_lead_minutes", "pause_grace_minutes"): lambda *settings: not evidence_refusal(*settings),
}
"""Fields that fit together or not: where a merge would part them, they stay as they are tried out."""
