"""A date to run the end-to-end tests at a second time: an instant of the next five years, drawn by a seed.

`bin/test` calls it and prints what it drew: `make test CLOCK=` that instant runs everything there.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom

FIVE_YEARS = timedelta(days=5 * 365 + 1)


def draw(seed: str, today: datetime) -> datetime:
    """Any minute; as often as not of the first days of a month, at whose edge most of what depends on dates happens."""
    chance = Random(f"any date:{seed}")  # noqa: S311  no secret comes from it
    instant = today.replace(second=0, microsecond=0) + timedelta(
        minutes=chance.randrange(FIVE_YEARS // timedelta(minutes=1))
    )
    return instant.replace(day=chance.randint(1, 7)) if chance.random() < 0.5 else instant


if __name__ == "__main__":
    seed = sys.argv[1] if len(sys.argv) > 1 else str(SystemRandom().randrange(1_000_000))
    sys.stdout.write(f"{draw(seed, datetime.now(UTC)):%Y-%m-%dT%H:%MZ}\n")
