"""Tests wait for what must come, not for a time: whatever the machine is busy with, it comes."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 900
"""After so long what should have come is taken for lost; no test that passes waits for that."""
PATIENCE_MS = 1000 * PATIENCE_SECONDS


def wait_until(condition: Callable[[], T]) -> T:
    """What a condition answers, once that is true."""
    give_up = monotonic() + PATIENCE_SECONDS
    while not (answer := condition()):
        assert monotonic() < give_up, "It never came."
        sleep(0.02)
    return answer
