"""The policy document as values: what `parse` makes of the text, and all that the stages read.

Lengths of time are whole seconds, numbers are fractions, weekdays are ISO numbers. docs/policies/fields.md says what
each field means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeAlias

from webapp.pricing.facts import Clock, ClockRange
from webapp.pricing.policy import choices
from webapp.pricing.policy.reader import clock as time_of_day
from webapp.pricing.policy.reader import flag, length, listed, number, one_of, text
from webapp.pricing.policy.units import UNITS

Leaf: TypeAlias = Fraction | str
"""A number, or a word; "none" means that the rule does not pay it."""

NOT_PAID = "none"


class Component(StrEnum):
    """The three purses of pay."""

    STIPEND = "stipend"
    CALLOUT_FEE = "callout fee"
    HOURLY_PAY = "hourly pay"


@dataclass(frozen=True, slots=True)
class Table:
    """A value that is looked up: by one word of the unit, the fact or the engineer."""

    by: str
    cases: Mapping[str, Lookup]
    other: Lookup | None = None


Lookup: TypeAlias = Leaf | Table


@dataclass(frozen=True, slots=True)
class Rounding:
    """How each pay line is rounded: money and time off apart; a step of None: not at all."""

    money: str
    to: Fraction | None
    time: str
    time_to: Fraction | None


@dataclass(frozen=True, slots=True)
class DayTypeRule:
    """One way to recognise a day type; all conditions that are written must hold."""

    name: str
    weekdays: frozenset[int] | None = None
    holidays: bool | frozenset[str] = False
    eves: bool | frozenset[str] = False
    company_days: bool | frozenset[str] = False
    rest_days: bool = False
    dates: frozenset[str] | None = None
    after: frozenset[str] | None = None
    between: tuple[ClockRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A named stretch that a duty may hold; each weekday that it starts on, and where it ends."""

    name: str
    starts: frozenset[int]
    start_clock: Clock
    end_clock: Clock
    days_later: int
    day_types: frozenset[str] | None = None
    of: int | None = None
    """So many seconds of it must be held; None: all of it."""


@dataclass(frozen=True, slots=True)
class WhenStage:
    """Conditions on facts and time; None: not asked."""

    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of the fact: level, rota, kind, mode, urgency, on call, called out, spell, attested names."""
    person: Mapping[str, frozenset[str]] = field(default_factory=dict)
    person_not: Mapping[str, frozenset[str]] = field(default_factory=dict)
    day_type: frozenset[str] | None = None
    band: frozenset[str] | None = None
    from_date: date | None = None
    until: date | None = None
    lengths: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    """Of "duty", "lasts" and "before ordinary": at least, and under."""
    extra_hour: bool | None = None
    rota_not: frozenset[str] = frozenset()
    any_level: frozenset[str] | None = None
    starts_in_ordinary: bool | None = None
    in_full: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Attested words of callouts that are paid whatever the other conditions and `remove` say."""


def _by(read: Callable[[Any], Any]) -> Mapping[str, Any]:
    """How a field of a stage is read from what somebody wrote."""
    return {"read": read}


def _removed(value: Any) -> frozenset[str]:
    return frozenset(listed(one_of(choices.REMOVED))(value))


@dataclass(frozen=True, slots=True)
class SetStage:
    """Interval algebra on the facts."""

    rotas: str = field(default="together", metadata=_by(one_of(choices.ROTAS)))
    join_gap: int = field(default=0, metadata=_by(length))
    remove: frozenset[str] = field(default=frozenset(), metadata=_by(_removed))
    remove_paid_by: tuple[str, ...] = field(default=(), metadata=_by(listed(text)))
    only_paid_by: tuple[str, ...] = field(default=(), metadata=_by(listed(text)))
    remove_cuts: bool = field(default=False, metadata=_by(flag))
    free_first: int = field(default=0, metadata=_by(length))
    free_first_each: str = field(default="callout", metadata=_by(one_of(choices.FREE_EACH)))
    stop_at_ordinary: bool = field(default=False, metadata=_by(flag))
    longest_duty: int | None = field(default=None, metadata=_by(length))
    gaps_cut: bool = field(default=False, metadata=_by(flag))
    spells: str = field(default="together", metadata=_by(one_of(choices.SPELLS)))
    shortest: int = field(default=0, metadata=_by(length))


@dataclass(frozen=True, slots=True)
class GridStage:
    """Days of the rule and who owns what."""

    day_start: Clock | None
    """None: 24 h days from the duty's own start."""
    owner: str
    takes: str = "first"


@dataclass(frozen=True, slots=True)
class GroupStage:
    """Callouts into sessions."""

    join: str = field(default="overlapping", metadata=_by(one_of(choices.JOINS)))
    window: int = field(default=0, metadata=_by(lambda value: 0 if value == "minimum" else length(value)))
    gap: int | None = field(default=None, metadata=_by(length))
    longest: int | None = field(default=None, metadata=_by(length))
    from_: str = field(default="first start", metadata=_by(one_of(choices.SINCE)))
    ends_inside: bool = field(default=False, metadata=_by(flag))
    only_if_under: int | None = field(default=None, metadata=_by(length))
    block: int = field(default=0, metadata=_by(length))
    measure: str = field(default="worked", metadata=_by(one_of(choices.MEASURES)))
    billed_first: tuple[str, ...] = field(default=(), metadata=_by(listed(text)))

    @property
    def asks_minimum(self) -> bool:
        """Whether the sessions depend on the minimum that the rule's shape raises them to."""
        return (self.join == "window" and not self.window) or self.measure == "to last minimum"


@dataclass(frozen=True, slots=True)
class CountStage:
    """Into units."""

    unit: str = field(metadata=_by(one_of(UNITS)))
    block: int = field(default=0, metadata=_by(length))
    at_least: int = field(default=0, metadata=_by(length))
    reach: Clock | None = field(default=None, metadata=_by(time_of_day))
    part: str = field(default="whole", metadata=_by(one_of(choices.PARTS)))
    first_block: int = field(default=0, metadata=_by(length))
    week_from: str = field(default="week start", metadata=_by(one_of(choices.WEEKS_FROM)))
    templates: tuple[str, ...] = field(default=(), metadata=_by(listed(text)))
    clock: str = field(default="elapsed", metadata=_by(one_of(choices.CLOCKS)))
    more_than: Fraction | None = field(default=None, metadata=_by(number))
    once: bool = field(default=False, metadata=_by(flag))


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a step or a tier starts anew."""

    kind: str
    """callout, session, duty, day, week, month, year, rolling, of duty, window."""
    seconds: int = 0
    days: int = 0
    since: date | None = None


@dataclass(frozen=True, slots=True)
class ShapeStep:
    """One step; `value` is hours or units, an amount for the pay steps."""

    kind: str
    """minimum, round, cap, minimum_pay, cap_pay."""
    value: Lookup
    each: Scope
    how: str = ""
    beyond: Fraction = Fraction(0)
    first_of: Scope | None = None
    at: str = "first"
    of: str = ""
    """For pay steps: `value` percent of this number of the engineer."""

    @property
    def written(self) -> str:
        """The field that holds `value` in the text: "cap", "to", "cap_pay.percent"."""
        return "to" if self.kind == "round" else f"{self.kind}.percent" if self.of else self.kind


@dataclass(frozen=True, slots=True)
class TierStage:
    """A price that moves: where each tier ends."""

    by: str
    each: Scope
    limits: tuple[Fraction, ...]
    in_time: bool = False
    """By length: the limits are hours held, whatever units the rule counts."""


@dataclass(frozen=True, slots=True)
class PriceStage:
    """What one unit is worth."""

    amount: Lookup | None = None
    of: str = ""
    default: Lookup | None = None
    base_at_least: Lookup | None = None
    base_at_most: Lookup | None = None
    percent: Lookup | None = None
    times: tuple[Lookup, ...] = ()
    divided_by: Lookup | None = None
    at_least: Lookup | None = None
    at_most: Lookup | None = None
    round_how: str = ""
    round_to: Fraction | None = None
    supplement: Lookup | None = None
    is_plain: bool = field(init=False, repr=False, compare=False)
    """Whether nothing is done to the amount or number."""

    def __post_init__(self) -> None:
        bounds = (self.base_at_least, self.base_at_most, self.at_least, self.at_most, self.round_to)
        factors = (self.percent, self.divided_by, self.supplement)
        object.__setattr__(self, "is_plain", not self.times and all(one is None for one in (*bounds, *factors)))


@dataclass(frozen=True, slots=True)
class ChooseStage:
    """One rule or the other."""

    among: str
    how: str
    priority: int
    each: Scope


@dataclass(frozen=True, slots=True)
class BookStage:
    """Money or time, and the date."""

    as_: Lookup = "money"
    on: str = "unit"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the fact that it pays and a choice for each stage."""

    name: str
    pays: str
    """on call, callouts, hours in callouts."""
    component: Component
    when: WhenStage
    set: SetStage
    grid: GridStage
    group: GroupStage
    count: CountStage
    shape: tuple[ShapeStep, ...]
    tier: TierStage | None
    price: PriceStage
    choose: ChooseStage | None
    book: BookStage
    source: tuple[str, ...] = ()
    says: str = ""
    on_call: bool = field(init=False, repr=False, compare=False)
    """Whether it pays time on call."""
    looks_up: frozenset[str] = field(init=False, repr=False, compare=False)
    """Every word that its tables look up."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "on_call", self.pays == "on call")
        object.__setattr__(self, "looks_up", frozenset(table.by for _, table in lookups(self)))

    @property
    def asks_duty(self) -> bool:
        """Whether a rule for callouts asks for the duty that a callout lies in."""
        scopes = [step.each.kind for step in self.shape] + [step.first_of.kind for step in self.shape if step.first_of]
        scopes += [stage.each.kind for stage in (self.tier, self.choose) if stage is not None]
        asked = {self.group.join, self.set.free_first_each, self.grid.owner, *scopes}
        return not asked.isdisjoint(choices.OF_DUTY) or "duty" in self.when.lengths


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sentence of the policy that the document does not compute."""

    sentence: str
    why: str


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a policy; `later` holds the versions that follow it."""

    name: str
    currency: str
    rounding: Rounding
    pay_zone: str | None
    """None: the engineer's own, or by `zone_of_schedule` that of the rota."""
    day_types: tuple[DayTypeRule, ...]
    rules: tuple[Rule, ...]
    bands: Mapping[str, tuple[ClockRange, ...]] = field(default_factory=dict)
    templates: tuple[Template, ...] = ()
    attested: Mapping[str, str] = field(default_factory=dict)
    business_hours: ClockRange | None = None
    business_days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    business_on_holidays: bool = False
    no_business_on: frozenset[str] | None = None
    """Day types, and "company NAME" for company days; None: public holidays, unless `business_on_holidays`."""
    holiday_region: str | None = None
    """For engineers without one of their own."""
    substitute_days: str = "both"
    week_day: int = 1
    week_clock: Clock = 0
    day_start: Clock | None = 0
    longest_spell: int | None = None
    zone_of_schedule: bool = False
    """Whether time is dated in the zone of the rota through which it is held, as far as it has one."""
    also_pay: frozenset[str] = frozenset()
    """Rotas whose time is a fact of on call, though nobody is paged through them."""
    left_out: tuple[LeftOut, ...] = ()
    effective: date | None = None
    later: tuple[Document, ...] = ()

    @property
    def version(self) -> str:
        """The date from which it is in force, or ""."""
        return self.effective.isoformat() if self.effective else ""

    def same_zone(self, other: Document) -> bool:
        """Whether another version dates by the same zone."""
        return (self.pay_zone, self.zone_of_schedule) == (other.pay_zone, other.zone_of_schedule)

    def without(self, name: str) -> Document:
        """The same policy with one rule less, in every version; mentions of it lead nowhere then."""
        kept = tuple(rule for rule in self.rules if rule.name != name)
        return replace(self, rules=kept, later=tuple(version.without(name) for version in self.later))


_Stage: TypeAlias = PriceStage | ShapeStep | BookStage
"""A stage that may look values up."""


def lookups(rule: Rule) -> Iterator[tuple[str, Table]]:
    """Every table of a rule with the path of its value, such as "price.times[1]"; those inside another after it."""
    for path, stage in _stages(rule):
        for one in fields(stage):
            value = getattr(stage, one.name)
            parts = value if isinstance(value, tuple) else (value,)
            for index, part in enumerate(parts):
                place = f"[{index}]" if len(parts) > 1 else ""
                name = stage.written if isinstance(stage, ShapeStep) else one.name.rstrip("_")
                yield from ((f"{path}.{name}{place}", table) for table in _tables_in(part))


def with_lookups(rule: Rule, change: Callable[[Table], Table]) -> Rule:
    """The same rule with each of its tables changed; those inside another before it."""

    def changed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(changed, value))
        if not isinstance(value, Table):
            return value
        cases = {key: changed(case) for key, case in value.cases.items()}
        return change(Table(value.by, cases, changed(value.other)))

    def stage_of(stage: _Stage) -> Any:
        return replace(stage, **{one.name: changed(getattr(stage, one.name)) for one in fields(stage) if one.init})

    return replace(rule, price=stage_of(rule.price), book=stage_of(rule.book), shape=tuple(map(stage_of, rule.shape)))


def _stages(rule: Rule) -> Iterator[tuple[str, _Stage]]:
    """Each of them, with its path."""
    yield "price", rule.price
    yield from ((f"shape[{index}]", step) for index, step in enumerate(rule.shape))
    yield "book", rule.book


def _tables_in(value: object) -> Iterator[Table]:
    if isinstance(value, Table):
        yield value
        for inner in (*value.cases.values(), value.other):
            yield from _tables_in(inner)
