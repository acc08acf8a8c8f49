"""One rule of the document: every stage with its choices and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any, TypeVar

from webapp.pricing.policy import choices
from webapp.pricing.policy.document import (
    BookStage,
    ChooseStage,
    Component,
    CountStage,
    GridStage,
    GroupStage,
    Leaf,
    Lookup,
    PriceStage,
    Rule,
    Scope,
    SetStage,
    ShapeStep,
    TierStage,
    WhenStage,
)
from webapp.pricing.policy.idle import idle_fields
from webapp.pricing.policy.lookup import read_lookup
from webapp.pricing.policy.reader import (
    Reader,
    Wrong,
    clock,
    day,
    flag,
    is_length,
    length,
    listed,
    nearest,
    number,
    one_of,
    text,
    whole,
    word,
)
from webapp.pricing.policy.units import UNITS

_S = TypeVar("_S", SetStage, GroupStage, CountStage)
_STAGE_OF = {
    field: stage
    for stage, fields in {
        "when": ("level", "mode", "urgency", "day_type", "band", "attested", "called_out"),
        "set": ("remove", "join_gap", "free_first"),
        "grid": ("owner",),
        "group": ("join", "window", "gap"),
        "count": ("unit", "block", "at_least", "part"),
        "shape": ("minimum", "round", "cap", "minimum_pay", "cap_pay"),
        "tier": ("limits",),
        "price": ("amount", "of", "percent", "times", "supplement"),
        "choose": ("among", "priority"),
        "book": ("as",),
    }.items()
    for field in fields
}
"""Where a field belongs that somebody wrote beside the stages."""
COMPONENTS = {
    "on call": Component.STIPEND,
    "callouts": Component.CALLOUT_FEE,
    "hours in callouts": Component.HOURLY_PAY,
}
_WORDS = {"on_call": "on call", "level": "level", "rota": "rota", "kind": "kind", "mode": "mode", "urgency": "urgency"}
_WORDS |= {"called_out": "called out", "spell": "spell"}
_LENGTHS = ("duty", "lasts", "before_ordinary")
_SCOPES = ("callout", "session", "duty", "day", "week", "month", "year")


def read_rule(table: Reader, names: Mapping[str, tuple[str, ...]], day_start: int | None) -> Rule:
    """Reads a rule; `names` are the day types, bands and attested fields that the document declares."""
    pays = table.need("pays", one_of(choices.PAYS), "on call")
    count = _count(_stage(table, "count", "unit"), pays)
    session = "duty" if pays == "on call" else "session"
    book = _book(table.child("book"), count.unit, pays)
    rule = Rule(
        name=table.need("name", text, ""),
        pays=pays,
        component=Component(table.choice("component", COMPONENTS.values(), COMPONENTS[pays])),
        when=_when(table.child("when"), names),
        set=_set(table.child("set")),
        grid=_grid(table.child("grid"), count.unit, day_start),
        group=_group(_stage(table, "group", "join")),
        count=count,
        shape=tuple(_step(one, Scope(session), count.unit) for one in table.children("shape")),
        tier=_tier(table.child("tier"), session, count.unit) if table.has("tier") else None,
        price=_price(_price_table(table), book),
        choose=_choose(table.child("choose")) if table.has("choose") else None,
        book=book,
        source=table.get("source", listed(text), ()),
        says=table.get("says", text, ""),
    )
    table.done(_STAGE_OF)
    if not any(mistake.path.startswith(table.path) for mistake in table.mistakes):  # what is idle follows from the rest
        for place, why in idle_fields(table.table, rule):
            table.wrong(place, why)
    return rule


def _stage(table: Reader, key: str, main: str) -> Reader:
    """A stage that may be written as one word."""
    value = table.table.get(key, {})
    if isinstance(value, str):
        table.has(key)
        return Reader({main: value}, table.at(key), table.mistakes)
    return table.child(key)


def _words(value: Any) -> frozenset[str]:
    return frozenset(listed(word)(value))


def _known(known: tuple[str, ...]) -> Callable[[Any], frozenset[str]]:
    def read(value: Any) -> frozenset[str]:
        asked = _words(value)
        for one in sorted(asked - set(known)):
            raise Wrong(f'"{one}" is not declared.{nearest(one, known)}')
        return asked

    return read


def _when(table: Reader, names: Mapping[str, tuple[str, ...]]) -> WhenStage:
    words: dict[str, frozenset[str]] = {}  # in the order in which they are asked: what somebody attested outranks
    attested, person = table.child("attested"), table.child("person")
    for key in attested.table:
        if key not in names["attested"]:
            attested.wrong(key, f"is not in the policy's [attested].{nearest(key, names['attested'])}")
        words[key] = attested.get(key, _words, frozenset())
    words |= {name: table.get(key, _words, frozenset()) for key, name in _WORDS.items() if table.has(key)}
    exempt = table.child("in_full")
    in_full = {key: exempt.get(key, _words, frozenset()) for key in exempt.table}
    attributes = {key: person.get(key, _words, frozenset()) for key in person.table}
    if table.has("grade"):
        attributes["grade"] = table.get("grade", _words, frozenset())
    not_grades = {"grade": table.get("grade_not", _words, frozenset())} if table.has("grade_not") else {}
    lengths = {}
    for key in _LENGTHS:
        bounds = (table.get(f"{key}_at_least", length, None), table.get(f"{key}_under", length, None))
        if bounds != (None, None):
            lengths[key.replace("_", " ")] = bounds
    made = WhenStage(
        words=words,
        person=attributes,
        person_not=not_grades,
        day_type=table.get("day_type", _known(names["day_type"]), None),
        band=table.get("band", _known((*names["band"], "other")), None),
        from_date=table.get("from", day, None),
        until=table.get("until", day, None),
        lengths=lengths,
        extra_hour=table.get("extra_hour", flag, None),
        rota_not=table.get("rota_not", _words, frozenset()),
        any_level=table.get("any_level", _words, None),
        starts_in_ordinary=table.get("starts_in_ordinary", flag, None),
        in_full=in_full,
    )
    table.done()
    return made


def _read(table: Reader, stage: type[_S], **defaults: Any) -> _S:
    """A stage of which every field says how it is read; `defaults`: where they follow from the rest of the rule."""
    return stage(
        **{
            one.name: table.get(one.name.rstrip("_"), one.metadata["read"], defaults.get(one.name, one.default))
            for one in fields(stage)
        }
    )


def _set(table: Reader) -> SetStage:
    made = _read(table, SetStage)
    table.done()
    return made


def _grid(table: Reader, unit: str, day_start: int | None) -> GridStage:
    if table.has("day_start"):
        day_start = table.get("day_start", lambda value: None if value == "shift" else clock(value), day_start)
    owner = UNITS[unit].owner
    if owner == "end of day" and day_start is None:
        owner = "start"
    takes = table.choice("takes", choices.TAKES, "first")
    made = GridStage(day_start, table.choice("owner", choices.OWNERS, owner), takes)
    table.done()
    return made


def _group(table: Reader) -> GroupStage:
    made = _read(table, GroupStage)
    if made.join == "window" and not table.has("window"):
        table.wrong("window", "is required where callouts join by a window.")
    if made.join == "block" and not made.block:
        table.wrong("block", "is required where callouts join by blocks.")
    table.done()
    return made


def _count(table: Reader, pays: str) -> CountStage:
    unit = "sessions" if pays == "callouts" else "hours"
    made = _read(table, CountStage, unit=unit, part=None, first_block=None)
    if made.unit == "blocks" and not made.block:
        table.wrong("block", "is required where blocks are counted.")
    table.done()
    first_block: int | None = made.first_block
    return replace(
        made,
        part=made.part or UNITS[made.unit].part,
        first_block=made.block if first_block is None else first_block,
    )


def read_scope(value: Any) -> Scope:
    """A scope as written: "session", "8 h", "8 h of duty", "28 days from 2026-01-05"."""
    written = text(value)
    if written in _SCOPES:
        return Scope(written)
    if not is_length(written):
        hint = nearest(written, _SCOPES)
        raise Wrong(f'"{written}" is not a scope such as "day", "8 h" or "28 days from 2026-01-05".{hint}')
    size, _, since = written.partition(" from ")
    if since:
        seconds = length(size)
        if seconds % 86_400 or not seconds:
            raise Wrong("a window from a date is whole days")
        return Scope("window", days=seconds // 86_400, since=day(since))
    if written.endswith(" of duty"):
        return Scope("of duty", seconds=length(written.removesuffix(" of duty")))
    return Scope("rolling", seconds=length(written))


def _or_none(read: Callable[[Any], Fraction]) -> Callable[[Any], Leaf]:
    """The same, or "none"."""
    return lambda value: "none" if value == "none" else read(value)


def _plain_quantity(value: Any) -> Fraction:
    return Fraction(length(value), 3600) if is_length(value) else number(value)


def _units(unit: str) -> Callable[[Any], Fraction]:
    """Reads how many: of anything but hours, a length of time would be taken for so many days or sessions."""

    def read(value: Any) -> Fraction:
        if unit != "hours" and is_length(value):
            raise Wrong(f'"{value}" is a length of time, but here {unit} are counted: write how many, such as "2"')
        return _plain_quantity(value)

    return read


def _money(value: Any) -> Leaf:
    if is_length(value):
        raise Wrong(f'"{value}" is a length of time, but the rule pays money: write book = {{ as = "time off" }}')
    return _or_none(number)(value)


_QUANTITY = read_lookup(_or_none(_plain_quantity))
_NUMBER = read_lookup(_or_none(number))
_MONEY = read_lookup(_money)


def _step(table: Reader, each: Scope, unit: str) -> ShapeStep:
    units = _units(unit)
    quantity = read_lookup(_or_none(units))
    kinds = [kind for kind in ("minimum", "round", "cap", "minimum_pay", "cap_pay") if table.has(kind)]
    if len(kinds) != 1:
        table.wrong("", "a step is one of minimum, round, cap, minimum_pay, cap_pay.")
        kinds = kinds or ["cap"]
    kind, of = kinds[0], ""
    value: Lookup = Fraction(0)
    if kind == "round":
        value = table.need("to", quantity, Fraction(1))
    elif kind.endswith("_pay") and isinstance(table.table[kind], Mapping) and "of" in table.table[kind]:
        inner = table.child(kind)
        value, of = inner.need("percent", _NUMBER, Fraction(100)), inner.need("of", text, "")
        inner.done()
    elif kind in table.table:
        value = table.get(kind, _MONEY if kind.endswith("_pay") else quantity, value)
    made = ShapeStep(
        kind=kind,
        value=value,
        each=table.get("each", read_scope, each),
        how=table.choice("round", choices.ROUND_STEPS, "up") if kind == "round" else "",
        beyond=table.get("beyond", units, Fraction(0)),
        first_of=table.get("first_of", read_scope, None),
        at=table.choice("at", choices.ENDS, "first"),
        of=of,
    )
    table.done()
    return made


def _tier(table: Reader, session: str, unit: str) -> TierStage:
    by = table.need("by", one_of(choices.TIERS), "ordinal")
    default = {"ordinal": "day", "cumulative": "month"}.get(by, session)
    written = table.table.get("limits", [])
    in_time = by == "length" and all(map(is_length, written if isinstance(written, list) else [written]))
    read = _plain_quantity if in_time else _units("ordinals" if by == "ordinal" else unit)
    limits = table.need("limits", listed(read), (Fraction(1),))
    made = TierStage(by, table.get("each", read_scope, Scope(default)), limits, in_time=in_time)
    if list(limits) != sorted(set(limits)):
        table.wrong("limits", "must rise.")
    table.done()
    return made


def _price_table(table: Reader) -> Reader:
    """A price written as one amount, or as a table that is looked up, is its `amount`."""
    if not table.has("price"):
        table.wrong("price", "is required.")
        return Reader({"amount": "none"}, table.at("price"), table.mistakes)
    value = table.table["price"]
    if isinstance(value, Mapping) and "by" not in value:
        return table.child("price")
    return Reader({"amount": value}, table.at("price"), table.mistakes)


def _price(table: Reader, book: BookStage) -> PriceStage:
    worth = _MONEY if book.as_ == "money" else _QUANTITY
    rounding = table.child("round") if table.has("round") else None
    written = table.table.get("times", [])
    times: tuple[Lookup, ...] = ()
    if table.has("times"):
        times = table.get("times", listed(_NUMBER) if isinstance(written, list) else lambda one: (_NUMBER(one),), ())
    made = PriceStage(
        amount=table.get("amount", worth, None),
        of=table.get("of", text, ""),
        default=table.get("default", _NUMBER, None),
        base_at_least=table.get("base_at_least", _NUMBER, None),
        base_at_most=table.get("base_at_most", _NUMBER, None),
        percent=table.get("percent", _NUMBER, None),
        times=times,
        divided_by=table.get("divided_by", _NUMBER, None),
        at_least=table.get("at_least", _NUMBER, None),
        at_most=table.get("at_most", _NUMBER, None),
        round_how=rounding.choice("how", choices.ROUNDINGS, "half up") if rounding else "",
        round_to=rounding.need("to", number, None) if rounding else None,
        supplement=table.get("supplement", worth, None),
    )
    if rounding:
        rounding.done()
    if table.has("amount") == table.has("of"):
        table.wrong("", 'needs `amount` or `of`, one of them; a table to look up needs `by`, such as by = "day type".')
    table.done()
    return made


def _choose(table: Reader) -> ChooseStage:
    made = ChooseStage(
        among=table.need("among", text, ""),
        how=table.need("how", one_of(choices.CHOOSES), "first match"),
        priority=table.need("priority", whole, 1),
        each=table.get("each", read_scope, Scope("session")),
    )
    table.done()
    return made


def _book(table: Reader, unit: str, pays: str) -> BookStage:
    by_session = pays != "on call" and UNITS[unit].by_session
    made = BookStage(
        table.get("as", read_lookup(one_of(choices.BOOKED_AS)), "money"),
        table.choice("on", choices.BOOKED_ON, "start" if by_session else "unit"),
    )
    table.done()
    return made
