"""One rule in words, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from webapp.pricing.policy import choices
from webapp.pricing.policy.document import (
    GroupStage,
    Leaf,
    Lookup,
    PriceStage,
    Rule,
    ShapeStep,
    TierStage,
    WhenStage,
)
from webapp.pricing.policy.phrases import hours, length, money, number, percent, scope, table
from webapp.pricing.policy.units import UNITS
from webapp.pricing.text import clock, listed


def rule_in_words(rule: Rule, currency: str) -> str:
    """What a rule pays, in one item."""
    if rule.says:
        return f"{rule.name}: {rule.says}"
    conditions = list(_when(rule.when))
    asked = f", when {listed(conditions)}" if conditions else ""
    opening = f"{rule.name} pays {choices.PAYS[rule.pays]}{asked}."
    parts = [opening, *_set(rule), *_count(rule)]
    if not rule.on_call:
        parts += _group(rule.group)
    parts += [_step(step, currency, _quantity(rule.count.unit)) for step in rule.shape]
    if rule.tier is not None:
        counts_hours = rule.count.unit == "hours" and rule.tier.by != "ordinal"
        parts.append(_tier(rule.tier, in_hours=counts_hours or rule.tier.in_time))
    parts += [_price(rule, currency), *_choose(rule), *_book(rule)]
    return " ".join(parts)


def _when(when: WhenStage) -> Iterator[str]:
    for name, words in when.words.items():
        if words <= {"true", "false"}:
            yield " or ".join(name if word == "true" else f"not {name}" for word in sorted(words, reverse=True))
        else:
            yield f"{name} is {listed(sorted(words), 'or')}"
    for name, words in when.person.items():
        yield f"the engineer's {name} is {listed(sorted(words), 'or')}"
    for name, words in when.person_not.items():
        yield f"the engineer's {name} is not {listed(sorted(words), 'or')}"
    yield from _when_time(when)
    if when.starts_in_ordinary is not None:
        yield f"the callout starts {'in' if when.starts_in_ordinary else 'outside'} ordinary hours"
    yield from _when_callout(when)
    if when.extra_hour is not None:
        yield "the clock repeats the hour" if when.extra_hour else "it is not the hour that the clock repeats"


def _when_callout(when: WhenStage) -> Iterator[str]:
    if when.rota_not:
        yield f"the rota is not {listed(sorted(when.rota_not), 'or')}"
    if when.any_level is not None:
        yield f"a level held then is {listed(sorted(when.any_level), 'or')}"
    for name, words in when.in_full.items():
        yield f"all this does not matter if {name} is {listed(sorted(words), 'or')}, which is paid in full"


def _when_time(when: WhenStage) -> Iterator[str]:
    if when.day_type is not None:
        yield f"the day is {listed(sorted(when.day_type), 'or')}"
    if when.band is not None:
        yield f"the band is {listed(sorted(when.band), 'or')}"
    if when.from_date is not None:
        yield f"on or after {when.from_date}"
    if when.until is not None:
        yield f"before {when.until}"
    subjects = {"duty": "the duty lasts", "lasts": "the callout lasts", "before ordinary": "ordinary hours are away by"}
    for name, (least, under) in when.lengths.items():
        bounds = [f"at least {length(least)}"] if least is not None else []
        bounds += [f"under {length(under)}"] if under is not None else []
        yield f"{subjects[name]} {listed(bounds)}"


def _set(rule: Rule) -> Iterator[str]:
    asked = rule.set
    if rule.on_call:
        yield choices.ROTAS[asked.rotas]
    if asked.join_gap:
        yield f"Pieces with at most {length(asked.join_gap)} between them are one duty."
    removed = [choices.REMOVED[one] for one in sorted(asked.remove)]
    removed += [f"time that {one} pays" for one in asked.remove_paid_by]
    if removed:
        cuts = ", which ends the duty there" if asked.remove_cuts else ""
        yield f"Taken out: {listed(removed)}{cuts}."
    if asked.only_paid_by:
        yield f"Only time that {listed(asked.only_paid_by, 'or')} pays counts."
    if asked.free_first:
        yield f"The first {length(asked.free_first)} of each {asked.free_first_each} is not paid."
    if asked.stop_at_ordinary:
        yield "Work, and a raised minimum, end at the next ordinary start."
    yield from _set_duty(rule)


def _set_duty(rule: Rule) -> Iterator[str]:
    asked = rule.set
    if asked.gaps_cut:
        yield "A longer gap ends a duty before anything is taken out."
    if spells := choices.SPELLS[asked.spells]:
        yield spells
    if asked.shortest:
        yield f"What is shorter than {length(asked.shortest)} earns nothing."
    if asked.longest_duty is not None:
        yield f"A duty earns for at most {length(asked.longest_duty)}."


def _count(rule: Rule) -> Iterator[str]:
    count = rule.count
    yield from _unit(rule)
    if part := choices.PARTS[count.part]:
        yield part
    yield choices.OWNERS[rule.grid.owner]
    if count.at_least:
        yield f"A unit with less than {length(count.at_least)} earns nothing."
    if count.more_than is not None:
        yield f"More than {count.more_than} of the day's time must be held."
    if count.once:
        yield "A date is earned once."
    if takes := choices.TAKES[rule.grid.takes]:
        yield takes
    if count.reach is not None:
        yield f"The duty must run to {clock(count.reach)} of the day."
    if clocks := choices.CLOCKS[count.clock]:
        yield clocks


def _unit(rule: Rule) -> Iterator[str]:
    count = rule.count
    if count.unit == "blocks":
        first = f"one of {length(count.first_block)}, then " if count.first_block != count.block else ""
        yield f"It is counted in blocks: {first}each {length(count.block)}."
    elif count.unit == "weeks":
        yield choices.WEEKS_FROM[count.week_from]
    elif count.unit == "templates":
        tried = f" ({listed(count.templates)})" if count.templates else ""
        yield f"The named stretches{tried} are tried in order; the first that fits takes the time."
    if rule.grid.day_start is None:
        yield "Days are 24 h from the duty's own start."
    elif rule.grid.day_start:
        yield f"Days begin at {clock(rule.grid.day_start)}."


def _group(group: GroupStage) -> Iterator[str]:
    yield choices.JOINS[group.join].format(
        ends=" and end" if group.ends_inside else "",
        window=length(group.window) if group.window else "the minimum",
        since=group.from_,
        only=f", while the work stays under {length(group.only_if_under)}" if group.only_if_under else "",
        block=length(group.block),
    )
    if group.gap is not None:
        yield f"A callout that starts at most {length(group.gap)} after the last end joins, too."
    if group.billed_first:
        yield f"Minutes that {listed(group.billed_first)} bills are not billed again."
    if group.longest is not None:
        yield f"A session takes no more callouts {length(group.longest)} after its start."
    if measure := choices.MEASURES[group.measure]:
        yield measure


def _quantity(unit: str) -> Callable[[Leaf], str]:
    """Says how many: "1 h 30 min", "2 days", "1 duty"."""
    if unit == "hours":
        return hours
    singular = UNITS[unit].singular
    return lambda value: (
        number(value) if isinstance(value, str) else f"{number(value)} {singular if value == 1 else unit}"
    )


def _step(step: ShapeStep, currency: str, quantity: Callable[[Leaf], str]) -> str:
    each, pay = scope(step.each), money(currency)
    value = (
        f"{table(step.value, percent)} of the {step.of}"
        if step.of
        else table(step.value, pay if step.kind.endswith("_pay") else quantity)
    )
    if step.kind == "round":
        beyond = f" what is beyond {quantity(step.beyond)} of" if step.beyond else ""
        return f"Round{beyond} each {each} {choices.ROUND_STEPS[step.how]} {table(step.value, quantity)}."
    if step.kind.startswith("minimum"):
        first = f", for the first of each {scope(step.first_of)} only" if step.first_of else ""
        return f"Raise each {each} to at least {value}{first}."
    return f"Each {each} counts for at most {value}."


def _tier(tier: TierStage, *, in_hours: bool) -> str:
    limits = listed(hours(limit) if in_hours else number(limit) for limit in tier.limits)
    return f"The price moves {choices.TIERS[tier.by]} {scope(tier.each)}: a tier ends at {limits}."


def _price(rule: Rule, currency: str) -> str:
    price = rule.price
    time_off = rule.book.as_ == "time off"
    leaf = hours if time_off else money(currency)
    base = f"the {price.of}" if price.of else ""
    if price.default is not None:
        base += f" (without one, {table(price.default, money(currency))})"
    if price.of and time_off:
        base = "its own length as time off"
    if price.amount is not None:
        base = table(price.amount, leaf)
    if price.percent is not None:
        base = f"{table(price.percent, percent)} of {base}"
    bounds = _bounds(price.base_at_least, price.base_at_most, money(currency))
    parts = [f"{base}{f' ({bounds})' if bounds else ''}", *_factors(price)]
    bounds = _bounds(price.at_least, price.at_most, leaf)
    parts += [bounds] * bool(bounds)
    if price.round_to is not None:
        parts.append(f"rounded {price.round_how} to {number(price.round_to)}")
    if price.supplement is not None:
        parts.append(f"and {table(price.supplement, leaf)} on top")
    return f"Each {UNITS[rule.count.unit].worth} is worth {', '.join(parts)}."


def _factors(price: PriceStage) -> Iterator[str]:
    for factor in price.times:
        yield f"times {table(factor, number)}"
    if price.divided_by is not None:
        yield f"divided by {table(price.divided_by, number)}"


def _bounds(least: Lookup | None, most: Lookup | None, leaf: Callable[[Leaf], str]) -> str:

    parts = [f"at least {table(least, leaf)}"] if least is not None else []
    parts += [f"at most {table(most, leaf)}"] if most is not None else []
    return listed(parts) if parts else ""


def _choose(rule: Rule) -> Iterator[str]:
    if choose := rule.choose:
        words = choices.CHOOSES[choose.how]
        yield words.format(priority=choose.priority, among=choose.among, each=scope(choose.each))


def _book(rule: Rule) -> Iterator[str]:
    if rule.book.as_ != "money":
        yield f"It is given as {table(rule.book.as_, str)}."
    if booked := choices.BOOKED_ON[rule.book.on]:
        yield booked
