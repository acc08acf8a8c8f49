"""The rate limit's headers, by a clock of our own."""

import pytest

from webapp.sandbox import limits


@pytest.mark.parametrize("began", [0.0, 18.954, 985.398, 4092.315])
def test_a_minute_is_never_61_seconds_long_and_never_none(began: float, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = limits.Buckets(2)
    told = []
    for passed in (0.0, 0.0, 0.25, 59.5, 59.99):
        monkeypatch.setattr(limits, "monotonic", lambda passed=passed: began + passed)
        told.append(buckets.take("key"))
    found = [(one.remaining, one.is_exceeded, one.reset_seconds) for one in told if one]
    assert found == [(1, False, 60), (0, False, 60), (0, True, 60), (0, True, 1), (0, True, 1)]
