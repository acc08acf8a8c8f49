"""What a document says against itself; found when it is read, so that pricing never has to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

from webapp.pricing.facts import DAY_SECONDS, ClockRange
from webapp.pricing.policy.document import Document, Rule, ShapeStep, lookups
from webapp.pricing.policy.errors import Mistake
from webapp.pricing.policy.lookup import LOOKED_UP
from webapp.pricing.policy.reader import nearest, slip_of
from webapp.pricing.policy.units import UNITS

NUMBERS = ("hourly rate", "salary", "daily rate")


def contradictions(document: Document) -> Iterator[Mistake]:
    """Every contradiction of one version, by path."""
    yield from _bands(document)
    yield from _day_types(document)
    yield from _choices(document.rules)
    names = [rule.name for rule in document.rules]
    for index, rule in enumerate(document.rules):
        yield from _rule(document, rule, names, f"rules[{index}]")
    yield from _circles(document.rules)


def _pieces(spans: Iterable[ClockRange]) -> Iterator[ClockRange]:
    for start, end in spans:
        if start < end:
            yield start, end
        else:
            yield start, DAY_SECONDS
            if end:
                yield 0, end


def _bands(document: Document) -> Iterator[Mistake]:
    taken = sorted((start, end, name) for name, spans in document.bands.items() for start, end in _pieces(spans))
    for one, after in pairwise(taken):
        if after[0] < one[1]:
            yield Mistake(f"bands.{after[2]}", f'overlaps the band "{one[2]}".')


def _day_types(document: Document) -> Iterator[Mistake]:
    names = [one.name for one in document.day_types]
    for index, one in enumerate(document.day_types):
        for before in sorted((one.after or frozenset()) - set(names)):
            yield Mistake(f"day_types[{index}].after", f'"{before}" is not a day type.{nearest(before, names)}')
    open_days = {1, 2, 3, 4, 5, 6, 7}
    for one in document.day_types:
        asks = (one.holidays, one.eves, one.company_days, one.rest_days, one.dates, one.after, one.between)
        if not any(asks):
            open_days -= one.weekdays if one.weekdays is not None else open_days
    if open_days:
        yield Mistake("day_types", "do not cover every day: let the last one say nothing but its name.")


def _choices(rules: tuple[Rule, ...]) -> Iterator[Mistake]:
    among: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
    for index, rule in enumerate(rules):
        if rule.choose:
            among[rule.choose.among].append((index, rule))
    for members in among.values():
        seen: dict[int, str] = {}
        first = members[0][1].choose
        for index, rule in members:
            choose = rule.choose
            if choose is None or first is None:
                continue
            if choose.priority in seen:
                other = seen[choose.priority]
                yield Mistake(f"rules[{index}].choose.priority", f'is also the priority of "{other}".')
            seen[choose.priority] = rule.name
            if (choose.how, choose.each) != (first.how, first.each):
                text = f'rules of the choice "{choose.among}" differ in how they choose.'
                yield Mistake(f"rules[{index}].choose", text)


def _purse(rule: Rule, path: str) -> Iterator[Mistake]:
    """Time on call and callouts are added up apart, so that callouts and their pay always agree."""
    if rule.on_call is not (rule.component == "stipend"):
        allowed = '"stipend"' if rule.on_call else '"callout fee" or "hourly pay"'
        yield Mistake(f"{path}.component", f"of a rule that pays {rule.pays} is {allowed}.")


def _base(rule: Rule, path: str) -> Iterator[Mistake]:
    """Other numbers than these may be attributes of the engineer; one that is nearly one of them is a slip."""
    of_steps = [(f"shape[{index}].{step.kind}.of", step.of) for index, step in enumerate(rule.shape)]
    for key, of in [("price.of", rule.price.of), *of_steps]:
        if of not in NUMBERS and (meant := slip_of(of, NUMBERS)):
            yield Mistake(f"{path}.{key}", f'"{of}" is not a number of the engineer. Did you mean "{meant}"?')


def _rule(document: Document, rule: Rule, names: list[str], path: str) -> Iterator[Mistake]:
    yield from _needs(document, rule, names, path)
    yield from _base(rule, path)
    yield from _purse(rule, path)
    yield from _shape(rule.shape, path)
    price = rule.price
    for key, low, high in (
        ("at_least", price.at_least, price.at_most),
        ("base_at_least", price.base_at_least, price.base_at_most),
    ):
        if isinstance(low, Fraction) and isinstance(high, Fraction) and low > high:
            yield Mistake(f"{path}.price.{key}", "is above its upper bound.")
    yield from _tables(document, rule, path)
    for name, (low_bound, under) in rule.when.lengths.items():
        if low_bound is not None and under is not None and low_bound >= under:
            yield Mistake(f"{path}.when", f"no length of {name} is both at least and under these bounds.")


def _needs(document: Document, rule: Rule, names: list[str], path: str) -> Iterator[Mistake]:
    templates = {one.name for one in document.templates}
    for one in sorted(set(rule.count.templates) - templates):
        yield Mistake(f"{path}.count.templates", f'"{one}" is not a template.{nearest(one, templates)}')
    if rule.count.unit == "templates" and not templates:
        yield Mistake(f"{path}.count.unit", "the policy declares no templates.")
    for key, asked in (("remove_paid_by", rule.set.remove_paid_by), ("only_paid_by", rule.set.only_paid_by)):
        for one in asked:
            if one not in names:
                yield Mistake(f"{path}.set.{key}", f'there is no rule "{one}".{nearest(one, names)}')
    for one in rule.group.billed_first:
        if one not in names:
            yield Mistake(f"{path}.group.billed_first", f'there is no rule "{one}".{nearest(one, names)}')
    if rule.on_call and not UNITS[rule.count.unit].of_time:
        yield Mistake(f"{path}.count.unit", f'time on call has no {rule.count.unit}: pay "callouts" instead.')


def _shape(steps: tuple[ShapeStep, ...], path: str) -> Iterator[Mistake]:
    for kind in ("", "_pay"):
        minimums = [step for step in steps if step.kind == f"minimum{kind}"]
        caps = [step for step in steps if step.kind == f"cap{kind}"]
        for low in minimums:
            for high in caps:
                same = low.each == high.each and low.of == high.of
                numbers = isinstance(low.value, Fraction) and isinstance(high.value, Fraction)
                if same and numbers and low.value > high.value:  # type: ignore[operator]  # both are fractions
                    yield Mistake(f"{path}.shape", "a minimum is above its cap.")


def _tables(document: Document, rule: Rule, path: str) -> Iterator[Mistake]:
    known = {
        "day type": [one.name for one in document.day_types],
        "band": [*document.bands, "other"],
        "template": [one.name for one in document.templates],
        "tier": [str(number + 1) for number in range(len(rule.tier.limits) + 1)] if rule.tier else [],
    }
    words = {*LOOKED_UP, *document.attested}
    for place, table in lookups(rule):
        if table.by not in words and (meant := slip_of(table.by, words)):
            yield Mistake(f"{path}.{place}.by", f'"{table.by}" is not a word to look up. Did you mean "{meant}"?')
        if table.by in known:
            for key in table.cases:
                if key not in known[table.by]:
                    yield Mistake(f"{path}.{place}.{key}", f"is not a {table.by}.{nearest(key, known[table.by])}")
        if table.by == "day type" and table.other is None:
            asked = rule.when.day_type or frozenset(known["day type"])
            for missing in dict.fromkeys(one for one in known["day type"] if one in asked and one not in table.cases):
                text = f'says nothing of the day type "{missing}": give it a value, or "none", or `other`.'
                yield Mistake(f"{path}.{place}", text)


def _circles(rules: tuple[Rule, ...]) -> Iterator[Mistake]:
    """Rules that wait for each other."""
    waits = {rule.name: set(waits_for(rule, rules)) for rule in rules}
    while free := [name for name, others in waits.items() if not others & set(waits)]:
        for name in free:
            del waits[name]
    for index, rule in enumerate(rules):
        if rule.name in waits:
            yield Mistake(f"rules[{index}]", "needs the pay of rules that need its own.")


def waits_for(rule: Rule, rules: tuple[Rule, ...]) -> Iterator[str]:
    """The rules that must be priced before this one."""
    names = {other.name for other in rules}
    yield from (name for name in (*rule.set.remove_paid_by, *rule.set.only_paid_by) if name in names)
    yield from (name for name in rule.group.billed_first if name in names)
    if rule.choose and rule.choose.how == "first match":
        own = rule.choose
        for other in rules:
            theirs = other.choose
            if theirs and theirs.among == own.among and theirs.priority < own.priority:
                yield other.name
