"""Instants on paper: the wall clock of a pay zone."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

_BRACES = re.compile(
    r"(?P<brace>[{}])(?P=brace)|\{(?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00))\}"
)


def wall_clock(instant: datetime, zone: str) -> datetime:
    """The date and time that a clock in the zone shows, to the second, without the zone: what a cell can hold."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)


def local_words(text: str, zone: str) -> str:
    """The text with its instants, written {2026-07-04T01:15:30Z}, shown in the zone: 2026-07-04 02:15:30 BST.

    The abbreviation stays, because the hour that a clock change repeats is told apart by nothing else. A brace that
    stands twice is one brace of somebody's text (`quoted`); what is no instant after all stays as it is.
    """

    def show(match: re.Match[str]) -> str:
        if match["brace"]:
            return match["brace"]
        try:
            local = datetime.fromisoformat(match["instant"]).astimezone(ZoneInfo(zone))
        except (ValueError, OverflowError):
            return match[0]
        return f"{local:%Y-%m-%d %H:%M:%S %Z}"

    return _BRACES.sub(show, text)
