"""The simple form as a policy document: TOML text that a manager can read, copy and change."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from webapp.pricing.check import check_policy
from webapp.pricing.money import SECONDS_AN_HOUR
from webapp.pricing.policy.document import Document
from webapp.pricing.policy.form import (
    GAP_HOURS,
    SESSION_HOURS,
    USUAL_MINUTES,
    EvidenceMode,
    Policy,
    Stipend,
    StipendDate,
)
from webapp.pricing.policy.parse import parse
from webapp.pricing.policy.reader import WEEKDAYS

NAME = "Pay settings"
_DAY_TYPES = """\
[[day_types]]
name = "bank holiday"
company_days = ["bank holiday"]

[[day_types]]
name = "weekend"
company_days = ["weekend"]

[[day_types]]
name = "weekday"
company_days = ["weekday"]

[[day_types]]
name = "bank holiday"
holidays = true

[[day_types]]
name = "weekend"
weekdays = ["Sat", "Sun"]

[[day_types]]
name = "weekday"
"""
_COUNTS = {
    StipendDate.END_OF_DATE: ('owner = "end of day"', ""),
    StipendDate.ANY_TOUCH: ('owner = "any touch", takes = "best last"', ""),
    StipendDate.AT_LEAST: ('owner = "any touch", takes = "best last"', ', at_least = "{hours}"'),
    StipendDate.MAJORITY: ('owner = "any touch", takes = "best last"', ', more_than = "1/2"'),
    StipendDate.START_OF_SHIFT: ('day_start = "shift", owner = "start", takes = "best last"', ", once = true"),
}
_EVIDENCE = {
    EvidenceMode.ACKNOWLEDGED: "A callout belongs to every engineer who acknowledged the incident.",
    EvidenceMode.FIRST_ACKNOWLEDGED: "A callout belongs to the engineer who acknowledged the incident first.",
    EvidenceMode.RESOLVED: "A callout belongs to the engineer who resolved the incident.",
    EvidenceMode.ON_CALL: "A callout belongs to everybody who was on call at the lowest level.",
}


def form_document(policy: Policy) -> Document:
    """The document that the form is a view of. Raises PolicyError for a form that contradicts itself."""
    check_policy(policy)
    return parse(as_document(policy))


def document_of(policy: Document | Policy) -> Document:
    """A document itself, or the one that a form is a view of."""
    return form_document(policy) if isinstance(policy, Policy) else policy


def as_document(policy: Policy, name: str = NAME) -> str:
    """The form as the TOML text of one policy document."""
    rules = [_stipend(policy), *_fee(policy), _hourly(policy), _ran_past(policy)]
    return "\n".join([_head(policy, name), _DAY_TYPES, '[attested]\ndecision = "none"\n', *rules])


def _head(policy: Policy, name: str) -> str:
    lines = [
        f"name = {_text(name)}",
        f"currency = {_text(policy.currency)}",
        f"pay_zone = {_text(policy.pay_zone or 'engineer')}",
        f'rounding = {{ money = "half up", to = "{Decimal(1).scaleb(-policy.minor_digits):f}" }}',
        f'longest_spell = "{policy.longest_spell_hours} h"',
        f'substitute_days = "{policy.substitute_days.value}"',
        'no_business_on = ["bank holiday", "company weekend"]',
    ]
    if policy.holiday_region is not None:
        lines.append(f"holiday_region = {_text(policy.holiday_region)}")
    if policy.also_pay:
        lines.append(f"also_pay = {_list(sorted(policy.also_pay))}")
    hours = policy.business_hours
    lines.append(f'business_hours = "{hours.start:%H:%M}-{hours.end:%H:%M}"')
    lines.append(f"business_days = {_list([day for day, number in WEEKDAYS.items() if number in hours.days])}")
    why = f"Who worked from when is read from PagerDuty: at most {policy.longest_lead_minutes} min before their act."
    if policy.pause_grace_minutes != USUAL_MINUTES:
        why += f" What they do within {policy.pause_grace_minutes} min of a pause belongs to the spell before it."
    lines.append(f"left_out = [{{ sentence = {_text(_EVIDENCE[policy.evidence])}, why = {_text(why)} }}]")
    return "\n".join(lines) + "\n"


def _stipend(policy: Policy) -> str:
    grid, counted = _COUNTS[policy.stipend_date]
    cuts = "gaps_cut = true" if policy.stipend_date is StipendDate.START_OF_SHIFT else "remove_cuts = true"
    removed = "" if policy.stipend_in_business_hours else 'remove = ["ordinary hours"], '
    gap = f'join_gap = "{GAP_HOURS * SECONDS_AN_HOUR - 1} s"'
    levels = [f"{level} = {_amounts(stipend)}" for level, stipend in sorted(policy.levels.items())]
    return _rule(
        "stipend",
        "on call",
        f"when = {{ level = {sorted(policy.levels)}{_rota_not(policy)} }}",
        f'set = {{ {removed}{cuts}, {gap}, shortest = "{_hours(policy.shortest_piece_hours)}" }}',
        f"grid = {{ {grid} }}",
        f'count = {{ unit = "days"{counted.format(hours=_hours(policy.stipend_hours))} }}',
        f'price = {{ by = ["level", "day type"], {", ".join(levels)} }}',
    )


def _fee(policy: Policy) -> Iterator[str]:
    if not policy.callout_fee:
        return
    each, cap = policy.fee_for_each_callout, policy.fees_a_day
    capped = [f'shape = [{{ cap = "{cap}", each = "day" }}]'] if each and cap is not None else []
    yield _rule(
        "callout fee",
        "callouts",
        f"when = {_when(policy, in_business=False)}",
        _SET,
        _group(policy),
        'grid = { owner = "start of session" }',
        f'count = "{"callouts" if each else "sessions"}"',
        *capped,
        f'price = "{policy.callout_fee:f}"',
    )


def _hourly(policy: Policy) -> str:
    least = f'{{ minimum = "{policy.minimum_minutes} min" }}'
    step = f'{{ round = "up", to = "{policy.step_minutes} min" }}'
    return _rule(
        "hourly pay",
        "hours in callouts",
        f"when = {_when(policy, in_business=False)}",
        _SET,
        _group(policy),
        'grid = { owner = "start" }',
        f"shape = [{least}, {step}]",
        _rate(policy),
    )


def _ran_past(policy: Policy) -> str:
    return _rule(
        "ran past business hours",
        "hours in callouts",
        f"when = {_when(policy, in_business=True)}",
        _SET,
        'group = { join = "each", billed_first = ["hourly pay"] }',
        'grid = { owner = "start" }',
        _rate(policy),
    )


_SET = 'set = { remove = ["ordinary hours"], spells = "apart" }'


def _when(policy: Policy, *, in_business: bool) -> str:
    """Which callouts are paid; a manager's decision to pay outranks the rest, and then business hours, too."""
    asked = [f"starts_in_ordinary = {str(in_business).lower()}"]
    if not policy.pay_not_on_call:
        asked.append("on_call = true")
    if policy.high_urgency_only:
        asked.append('urgency = "high"')
    if policy.callouts_at_paid_levels_only:
        asked.append(f"any_level = {sorted(policy.levels)}")
    decided = 'attested = { decision = "none" }'
    if not in_business:
        decided += ', in_full = { decision = "pay" }'
    return f"{{ {', '.join(asked)}{_rota_not(policy)}, {decided} }}"


def _group(policy: Policy) -> str:
    windows = f'window = "{policy.minimum_minutes} min", gap = "{policy.merge_minutes} min"'
    return f'group = {{ join = "window", {windows}, longest = "{SESSION_HOURS} h" }}'


def _rate(policy: Policy) -> str:
    default = "" if policy.hourly_rate is None else f', default = "{policy.hourly_rate:f}"'
    return f'price = {{ of = "hourly rate"{default} }}'


def _rota_not(policy: Policy) -> str:
    return f", rota_not = {_list(sorted(policy.schedules_left_out))}" if policy.schedules_left_out else ""


def _amounts(stipend: Stipend) -> str:
    cases = {"weekday": stipend.weekday, "weekend": stipend.weekend, "bank holiday": stipend.bank_holiday}
    return "{ " + ", ".join(f'"{day_type}" = "{amount:f}"' for day_type, amount in cases.items()) + " }"


def _rule(name: str, pays: str, *lines: str) -> str:
    return "\n".join(["[[rules]]", f'name = "{name}"', f'pays = "{pays}"', *lines]) + "\n"


def _hours(hours: Decimal) -> str:
    """A length of so many hours; a threshold between two seconds is reached with the later."""
    return f"{-int(-hours * SECONDS_AN_HOUR // 1)} s" if hours % 1 else f"{int(hours)} h"


def _list(words: list[str]) -> str:
    return f"[{', '.join(_text(word) for word in words)}]"


def _text(words: str) -> str:
    """A TOML string."""
    escaped = "".join(
        f"\\u{ord(one):04x}" if ord(one) < ord(" ") or one == "\x7f" else f"\\{one}" if one in '"\\' else one
        for one in words
    )
    return f'"{escaped}"'
