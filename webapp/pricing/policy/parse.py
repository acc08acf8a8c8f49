"""The text of a policy into a Document; refuses with every mistake at once, by path."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from webapp.pricing.policy import choices
from webapp.pricing.policy.contradictions import contradictions
from webapp.pricing.policy.document import DayTypeRule, Document, LeftOut, Rounding, Rule, Template
from webapp.pricing.policy.errors import DocumentError, Mistake
from webapp.pricing.policy.parse_rule import read_rule
from webapp.pricing.policy.reader import (
    Reader,
    Wrong,
    clock,
    clock_range,
    clock_ranges,
    day,
    flag,
    length,
    listed,
    nearest,
    number,
    one_of,
    text,
    week_moment,
    weekday,
    word,
    yearly,
)

OF_SCHEDULE = "schedule"
_NO_MINOR_UNIT = {"JPY", "KRW", "ISK", "CLP", "VND", "XAF", "XOF", "UGX", "PYG"}
_THREE_DIGITS = {"BHD", "JOD", "KWD", "OMR", "TND", "IQD", "LYD"}
_WEEKDAY = DayTypeRule("weekday")
_WEEKEND = DayTypeRule("weekend", weekdays=frozenset({6, 7}))


@lru_cache(maxsize=32)  # a report and each of its previews ask for the same few
def parse(source: str) -> Document:
    """Reads the TOML text of a policy. Raises DocumentError, or tomllib.TOMLDecodeError for its syntax."""
    return parse_table(tomllib.loads(source))


def parse_table(table: Mapping[str, Any]) -> Document:
    """Reads a policy that is a table already."""
    mistakes: list[Mistake] = []
    document = _read(Reader(table, "", mistakes), later=_versions(table, mistakes))
    if not mistakes:
        for version in (document, *document.later):
            mistakes += contradictions(version)
        mistakes += [
            Mistake(f"versions[{index}].currency", "amounts of two currencies are not added: write another policy.")
            for index, version in enumerate(document.later)
            if version.currency != document.currency
        ]
    if mistakes:
        raise DocumentError(dict.fromkeys(mistakes))
    return document


def _versions(table: Mapping[str, Any], mistakes: list[Mistake]) -> tuple[Document, ...]:
    """Later versions: each is the one before with what it writes in its place."""
    found = table.get("versions", [])
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        mistakes.append(Mistake("versions", "must be a list of tables."))
        return ()
    base = {key: value for key, value in table.items() if key != "versions"}
    versions = []
    for index, changes in enumerate(found):
        dropped = changes.get("without", [])
        names = {rule.get("name"): rule for rule in changes.get("rules", [])}
        known = [rule.get("name") for rule in base.get("rules", [])]
        mistakes += [
            Mistake(f"versions[{index}].without", f'there is no rule "{name}".{nearest(str(name), known)}')
            for name in dropped
            if name not in known
        ]
        rules = [names.pop(rule.get("name"), rule) for rule in base.get("rules", []) if rule.get("name") not in dropped]
        base = base | {key: value for key, value in changes.items() if key != "without"}
        base["rules"] = [*rules, *names.values()]
        inside: list[Mistake] = []
        version = _read(Reader(base, "", inside), later=())
        mistakes += [Mistake(f"versions[{index}].{one.path}", one.text) for one in inside]
        versions.append(version)
        if version.effective is None:
            mistakes.append(Mistake(f"versions[{index}].effective", "is required."))
    dates = [version.effective for version in versions if version.effective]
    if dates != sorted(set(dates)):
        mistakes.append(Mistake("versions", "must follow each other by date."))
    return tuple(versions)


def _read(top: Reader, later: tuple[Document, ...]) -> Document:
    top.has("versions")
    day_types = tuple(_day_type(one) for one in top.children("day_types")) or (_WEEKEND, _WEEKDAY)
    bands, attested = top.child("bands"), top.child("attested")
    week_day, week_clock = top.get("week_start", week_moment, (1, 0))
    day_start = top.get("day_start", day_start_of, 0)
    names = {
        "day_type": tuple(dict.fromkeys(one.name for one in day_types)),
        "band": tuple(bands.table),
        "attested": tuple(attested.table),
    }
    rules, left_out = _rules(top, names, day_start), tuple(map(_left_out, top.children("left_out")))
    if not rules and not left_out:
        top.wrong("rules", _NO_RULE)
    document = Document(
        name=top.need("name", text, ""),
        currency=(currency := top.need("currency", _currency, "XXX")),
        rounding=_rounding(top, currency),
        pay_zone=None if (zone := top.get("pay_zone", _zone, None)) == OF_SCHEDULE else zone,
        zone_of_schedule=zone == OF_SCHEDULE,
        day_types=day_types,
        rules=rules,
        bands={key: bands.get(key, clock_ranges, ()) for key in names["band"]},
        templates=tuple(_template(one) for one in top.children("templates")),
        attested={key: attested.get(key, word, "") for key in attested.table},
        business_hours=top.get("business_hours", clock_range, None),
        business_days=frozenset(top.get("business_days", listed(weekday), (1, 2, 3, 4, 5))),
        business_on_holidays=top.get("business_on_holidays", flag, default=False),
        no_business_on=top.get("no_business_on", _texts, None),
        holiday_region=top.get("holiday_region", text, None),
        substitute_days=top.choice("substitute_days", SUBSTITUTE_DAYS, "both"),
        week_day=week_day,
        week_clock=week_clock,
        day_start=day_start,
        longest_spell=top.get("longest_spell", length, None),
        also_pay=top.get("also_pay", _texts, frozenset()),
        left_out=left_out,
        effective=top.get("effective", day, None),
        later=later,
    )
    top.done()
    return document


_NO_RULE = "a policy needs a rule, or a sentence that it leaves out."
SUBSTITUTE_DAYS = ("both", "replace", "actual only", "by country")


def _rules(top: Reader, names: Mapping[str, tuple[str, ...]], day_start: int | None) -> tuple[Rule, ...]:
    rules = tuple(read_rule(one, names, day_start) for one in top.children("rules"))
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        if rule.name in seen:
            top.wrong(f"rules[{index}].name", f'"{rule.name}" is the name of an earlier rule.')
        seen.add(rule.name)
    return rules


def day_start_of(value: Any) -> int | None:
    """Where a day begins; None from the shift's own start."""
    return None if value == "shift" else clock(value)


def _currency(value: Any) -> str:
    written = text(value)
    if len(written) != len("GBP") or not written.isalpha() or not written.isupper():
        raise Wrong(f'"{written}" is not a currency code such as "GBP"')
    return written


def _zone(value: Any) -> str | None:
    if value == "engineer":
        return None
    if value == OF_SCHEDULE:
        return OF_SCHEDULE
    if value not in available_timezones():
        hint = nearest(str(value), available_timezones())
        raise Wrong(f'"{value}" is not a time zone such as "Europe/London".{hint}')
    return str(value)


def _rounding(top: Reader, currency: str) -> Rounding:
    digits = 0 if currency in _NO_MINOR_UNIT else 3 if currency in _THREE_DIGITS else 2
    minor, hundredth = Fraction(1, 10**digits), Fraction(1, 100)
    if not top.has("rounding"):
        top.wrong("rounding", 'is required, such as "half up": how an amount is rounded is never guessed.')
        return Rounding("half up", minor, "half up", hundredth)
    if not isinstance(top.table["rounding"], Mapping):
        how = top.choice("rounding", choices.ROUNDINGS, "half up")
        return Rounding(how, minor, how, hundredth)
    table = top.child("rounding")
    money = table.need("money", one_of(choices.ROUNDINGS), "half up")
    rounding = Rounding(
        money=money,
        to=table.get("to", _step, minor),
        time=table.choice("time", choices.ROUNDINGS, money),
        time_to=table.get("time_to", _hours, hundredth),
    )
    table.done()
    return rounding


def _step(value: Any) -> Fraction | None:
    if value == "none":
        return None
    step = number(value)
    if step <= 0:
        raise Wrong("must be more than nothing")
    return step


def _hours(value: Any) -> Fraction | None:
    return None if value == "none" else Fraction(length(value), 3600)


def _texts(value: Any) -> frozenset[str]:
    return frozenset(listed(text)(value))


def _names(value: Any) -> bool | frozenset[str]:
    return value if isinstance(value, bool) else _texts(value)


def _day_type(table: Reader) -> DayTypeRule:
    some = listed(text)
    made = DayTypeRule(
        name=table.need("name", text, ""),
        weekdays=table.get("weekdays", lambda value: frozenset(listed(weekday)(value)), None),
        holidays=table.get("holidays", _names, default=False),
        eves=table.get("eves", _names, default=False),
        company_days=table.get("company_days", _names, default=False),
        rest_days=table.get("rest_days", flag, default=False),
        dates=table.get("dates", lambda value: frozenset(listed(yearly)(value)), None),
        after=table.get("after", lambda value: frozenset(some(value)), None),
        between=table.get("between", clock_ranges, ()),
    )
    table.done()
    return made


def _template(table: Reader) -> Template:
    start_day, start_clock = table.need("from", _moment, (None, 0))
    end_day, end_clock = table.need("to", _moment, (None, 0))
    days = frozenset(table.get("days", listed(weekday), (1, 2, 3, 4, 5, 6, 7)))
    if start_day is not None:
        days = frozenset({start_day})
        later = ((end_day or start_day) - start_day) % 7
        if later == 0 and end_clock <= start_clock:
            later = 7
    else:
        later = 1 if end_clock <= start_clock else 0
        if end_day is not None:
            table.wrong("to", "names a weekday, and `from` does not.")
    made = Template(
        name=table.need("name", text, ""),
        starts=days,
        start_clock=start_clock,
        end_clock=end_clock,
        days_later=later,
        day_types=table.get("day_types", _texts, None),
        of=table.get("of", lambda value: None if value == "whole" else length(value), None),
    )
    table.done()
    return made


def _moment(value: Any) -> tuple[int | None, int]:
    return week_moment(value) if text(value)[0].isalpha() else (None, clock(value))


def _left_out(table: Reader) -> LeftOut:
    made = LeftOut(table.need("sentence", text, ""), table.need("why", text, ""))
    table.done()
    return made
