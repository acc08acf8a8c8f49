"""Holiday regions as policies and facts write them: refused by their path like any other mistake."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from webapp.pricing.policy import Document, Mistake
from webapp.pricing.policy.named import words_named
from webapp.services.calendars.regions import RegionError, check_region, refused_country

_KEY = "holiday_region"


def policy_mistakes(table: Mapping[str, Any], listed: Container[str] = ()) -> Iterator[Mistake]:
    """What is wrong with the regions of a policy that `tomllib` has read, those of its later versions included."""
    for path, version in (("", table), *_tables(table, "versions")):
        yield from _mistakes(path, version.get(_KEY), listed)


def rule_mistakes(document: Document, listed: Container[str] = ()) -> Iterator[Mistake]:
    """What is wrong with the regions by which rules ask or look up: no engineer has such a region any more."""
    versions = [("", document), *((f"versions[{number}].", one) for number, one in enumerate(document.later))]
    for path, version in versions:
        for number, rule in enumerate(version.rules):
            for region in sorted(set(words_named(rule, "holiday region"))):
                where = f"rules[{number}]" if not path else path.rstrip(".")
                for mistake in _mistakes("", region, listed):
                    yield Mistake(where, f'rule "{rule.name}" asks for a holiday region: {mistake.text}')


def facts_mistakes(table: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong with the regions of people; one whose days the facts list is taken as it is."""
    for path, person in _tables(table, "people"):
        region = person.get(_KEY)
        dated = [one.get("value") for one in region if isinstance(one, Mapping)] if isinstance(region, list) else []
        for value in dated or [region]:
            yield from _mistakes(path, value, listed_regions(table))


def listed_regions(table: Mapping[str, Any]) -> frozenset[str]:
    """The regions whose days facts list themselves; a country that is nobody's calendar needs one day at least."""
    listed = table.get("holidays")
    if not isinstance(listed, Mapping):
        return frozenset()
    return frozenset(region for region, days in listed.items() if days or not refused_country(region))


def _mistakes(path: str, region: Any, listed: Container[str]) -> Iterator[Mistake]:
    """None where there is no text: that is another mistake, told by whoever reads the table."""
    if not isinstance(region, str) or not region or region in listed:
        return
    try:
        standard = check_region(region)
    except RegionError as error:
        yield Mistake(f"{path}{_KEY}", str(error))
    else:
        if region != standard:
            yield Mistake(f"{path}{_KEY}", f"“{region}” is written “{standard}” here.")


def _tables(table: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tables of a list, each with the beginning of its fields' paths."""
    found = table.get(key)
    for index, one in enumerate(found if isinstance(found, list) else []):
        if isinstance(one, Mapping):
            yield f"{key}[{index}].", one
