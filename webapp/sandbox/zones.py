"""Time zones from the pinned tzdata package, so that a month renders the same on every machine."""

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, old link names included.

    Raises:
        LookupError: there is no such zone.
    """
    parts = name.split("/")
    if not all(part and part.replace("_", "").replace("-", "").replace("+", "").isalnum() for part in parts):
        raise LookupError(name)
    file = resources.files("tzdata").joinpath("zoneinfo", *parts)
    if not file.is_file():
        raise LookupError(name)
    with file.open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)
