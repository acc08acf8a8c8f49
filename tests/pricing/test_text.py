"""Lists, lengths and times of day in words: each wording at its edges."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from webapp.pricing.text import clock, length, listed, short_length


@pytest.mark.parametrize(
    ("words", "expected"), [((), "none"), (("a",), "a"), (("a", "b"), "a and b"), (("a, b", "c", "d"), "a, b, c and d")]
)
def test_words_as_a_list(words: tuple[str, ...], expected: str) -> None:
    assert listed(words) == expected


def test_another_word_may_stand_before_the_last() -> None:
    assert listed(["a", "b", "c"], "or") == "a, b or c"


@pytest.mark.parametrize(
    ("in_words", "seconds", "expected"),
    [
        (length, 0, "0 min"),
        (length, 90, "1 min 30 s"),
        (length, 5400, "1 h 30 min"),
        (length, 172800, "48 h"),
        (short_length, 0, "0 h"),
        (short_length, 90, "90 s"),
        (short_length, 1800, "30 min"),
        (short_length, 5400, "1.5 h"),
        (short_length, 3600 + 20 * 60, "1 h 20 min"),
        (short_length, 7230, "7230 s"),
        (clock, 0, "00:00"),
        (clock, 9 * 3600 + 30, "09:00:30"),
        (clock, 86400, "24:00"),
    ],
)
def test_each_wording_at_its_edges(in_words: Callable[[int], str], seconds: int, expected: str) -> None:
    assert in_words(seconds) == expected
