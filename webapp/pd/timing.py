"""Clock, sleep and every length of time of a reading, as one value."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All lengths are seconds.

    `scale` shrinks what is waited (0.001: a minute in 60 ms), so that a campaign can meet a thousand rate limits. What
    is timed by real work stays as it is: the timeouts of a connection, and the deadline of a report.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    """A number from 0 to 1, for the jitter of waits."""
    scale: float = 1.0
    connect_seconds: float = 10
    read_seconds: float = 60
    """PagerDuty: pages with many includes fail at 5 to 10 seconds."""
    backoff_seconds: tuple[float, ...] = (0.5, 1, 2, 4)
    """Before the second, third, ... try of a request: one try more than there are pauses."""
    report_seconds: float = 1800
    """How long the reading of one report may take, waits and all."""

    def wait(self, seconds: float) -> None:
        """Sleep so long, at this scale."""
        self.sleep(seconds * self.scale)

    def after(self, seconds: float) -> float:
        """What the clock will say so many seconds from now, at this scale."""
        return self.clock() + seconds * self.scale

    def until(self, moment: float) -> float:
        """Seconds from now until the clock says `moment`, at this scale."""
        return max(0.0, moment - self.clock()) / self.scale
