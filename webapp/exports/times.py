"""Instants on paper: the wall clock of a pay zone."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

_INSTANT = re.compile(r"\{(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00))\}")


def wall_clock(instant: datetime, zone: str) -> datetime:
    """The date and time that a clock in the zone shows, to the second, without the zone: what a cell can hold."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)


def local_words(text: str, zone: str) -> str:
    """The text with its instants, written {2026-07-04T01:15:30Z}, shown in the zone: 2026-07-04 02:15:30 BST.

    The abbreviation stays, because the hour that a clock change repeats is told apart by nothing else.
    """

    def show(match: re.Match[str]) -> str:
        local = datetime.fromisoformat(match[1]).astimezone(ZoneInfo(zone))
        return f"{local:%Y-%m-%d %H:%M:%S %Z}"

    return _INSTANT.sub(show, text)
