"""Identifiers that look like PagerDuty's (`Q` and thirteen more) and can be read back to a number."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HIGH_WIDTH, _LOW_WIDTH = 7, 6
_HIGH, _LOW = 36**_HIGH_WIDTH, 36**_LOW_WIDTH
_SPREAD_HIGH, _SPREAD_LOW = (
    41_358_762_455,
    1_597_463_009,
)  # without a common factor with 36: multiplication can be undone


def _base36(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits


def spell(prefix: str, number: int) -> str:
    """The identifier of a number below 36**7."""
    return (
        prefix + _base36(number * _SPREAD_HIGH % _HIGH, _HIGH_WIDTH) + _base36(number * _SPREAD_LOW % _LOW, _LOW_WIDTH)
    )


def read(prefix: str, identifier: str) -> int | None:
    """The number that an identifier was made of, or None if it is not one of ours."""
    body = identifier.removeprefix(prefix)
    if len(body) != _HIGH_WIDTH + _LOW_WIDTH or not all(digit in _DIGITS for digit in body):
        return None
    number = int(body[:_HIGH_WIDTH], 36) * pow(_SPREAD_HIGH, -1, _HIGH) % _HIGH
    return number if spell(prefix, number) == identifier else None


def short(prefix: str, number: int) -> str:
    """An older, seven-letter identifier, as people, teams and schedules have."""
    return prefix + _base36(number * _SPREAD_HIGH % 36**5, 5)
