"""The date of the second run: of the next five years, the same for the same seed, often at the edge of a month."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.any_date import FIVE_YEARS, draw
from webapp import clock

ROOT = Path(__file__).parents[2]
TODAY = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def test_a_seed_draws_the_same_minute_of_the_next_five_years_again() -> None:
    drawn = [draw(str(seed), TODAY) for seed in range(300)]
    assert drawn == [draw(str(seed), TODAY) for seed in range(300)]
    assert TODAY.replace(day=1, hour=0) <= min(drawn)
    assert max(drawn) <= TODAY + FIVE_YEARS
    assert {one.year for one in drawn} >= {2027, 2028, 2029, 2030, 2031}
    assert sum(one.day < 8 for one in drawn) > 100


def test_a_clock_can_be_set_to_it() -> None:
    text = f"{draw('7', TODAY):%Y-%m-%dT%H:%MZ}"
    shown = clock.read_setting(text) + datetime.now(UTC)
    assert timedelta() <= shown - datetime.fromisoformat(text) < timedelta(hours=1)


def test_nothing_but_the_clock_asks_the_machine_what_date_it_is() -> None:
    asks = re.compile(r"datetime\.now\(|\.utcnow\(|date\.today\(|\btime\.time\(|\btime\.(gm|local)time\(")
    sources = [path for path in (ROOT / "webapp").rglob("*.py") if path != ROOT / "webapp" / "clock.py"]
    assert len(sources) > 200
    assert [path.name for path in sources if asks.search(path.read_text(encoding="utf-8"))] == []
