"""Saved policies with a country that is nobody's calendar: which they are, and each with a part in its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from webapp.services import policies
from webapp.services.calendars.regions import parts, refused_country
from webapp.services.policies import PolicyText, Rules, SavedPolicy


class RepairError(ValueError):
    """A version cannot be mended so; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A version of the timetable that names countries which are nobody's calendar."""

    saved: SavedPolicy
    regions: tuple[str, ...]
    """As the policy writes them."""

    @property
    def parts(self) -> Mapping[str, Mapping[str, str]]:
        """What to choose from in place of each, with the parts' names."""
        return {region: parts(refused_country(region)) for region in self.regions}


def unusable_policies(versions: Iterable[SavedPolicy]) -> list[Unusable]:
    """Those that are in force at some time, in the order of their dates."""
    found = [Unusable(saved, refused_regions(saved)) for saved in policies.timetable(versions)]
    return [one for one in found if one.regions]


def refused_regions(saved: SavedPolicy) -> tuple[str, ...]:
    """The countries that a version names though they are nobody's calendar, later versions in its text included."""
    if saved.is_refused:
        return ()
    named = dict.fromkeys(one.holiday_region for one in (saved.document, *saved.document.later))
    return tuple(region for region in named if region and refused_country(region))


def mend(session: Session, number: int, chosen: Mapping[str, str], saved_by: str) -> SavedPolicy:
    """Save a version anew with a part in place of each country, in force from the same day.

    Raises:
        RepairError: a part is not chosen, or the version needs no repair, or its text must be edited by hand.
    """
    found = next(
        (one for one in unusable_policies(policies.saved_policies(session)) if one.saved.version == number), None
    )
    if found is None:
        raise RepairError(
            f"Version {number} needs no other holiday region: it has none to replace, or is not in force."
        )
    for region in found.regions:
        if chosen.get(region) not in found.parts[region]:
            raise RepairError(f"Choose the part of {region} whose public holidays the policy means.")
    told = " and ".join(f"{chosen[region]} in place of {region}" for region in found.regions)
    try:
        return policies.save_policy(
            session,
            _mended(found.saved.rules, {region: chosen[region] for region in found.regions}),
            saved_by,
            effective=found.saved.effective,
            note=f"holiday region {told}",
        )
    except policies.TextError as error:
        raise RepairError(f"Edit the policy as text, it has other mistakes, too: {error}") from error


def _mended(rules: Rules, chosen: Mapping[str, str]) -> Rules:
    if isinstance(rules, PolicyText):
        return replace(rules, text=_mended_text(rules.text, chosen))
    return replace(rules, holiday_region=chosen.get(rules.holiday_region or "", rules.holiday_region))


def _mended_text(text: str, chosen: Mapping[str, str]) -> str:
    """The text with nothing else changed: comments, order and every other character stay."""
    mended = "\n".join(_mended_line(line, chosen) for line in text.split("\n"))
    if tomllib.loads(mended) != _replaced(tomllib.loads(text), chosen):
        raise RepairError(
            "Edit the policy as text: its holiday region is written in a way that only a person can change."
        )
    return mended


_VALUE = re.compile(r"""(holiday_region["']?\s*=\s*)(["'])(?P<region>[^"']*)\2""")
_COMMENT = re.compile(r"""^(?:[^"'#]|"(?:\\.|[^"\\])*"|'[^']*')*""")
"""A line up to its comment."""


def _mended_line(line: str, chosen: Mapping[str, str]) -> str:
    code = _COMMENT.match(line)
    end = code.end() if code else 0

    def put(found: re.Match[str]) -> str:
        region = chosen.get(found["region"], found["region"])
        return f"{found[1]}{found[2]}{region}{found[2]}"

    return _VALUE.sub(put, line[:end]) + line[end:]


def _replaced(table: Mapping[str, Any], chosen: Mapping[str, str]) -> dict[str, Any]:
    """What the text must say afterwards."""
    made = dict(table)
    for version in _versions(made):
        if version.get("holiday_region") in chosen:
            version["holiday_region"] = chosen[version["holiday_region"]]
    return made


def _versions(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield table
    yield from table.get("versions", [])
