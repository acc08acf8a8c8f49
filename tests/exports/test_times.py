"""Instants within words, and braces that somebody typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.exports import local_words
from webapp.pd.evidence import quoted

INSTANT = "{2026-07-04T01:15:30Z}"
LOCAL = "2026-07-04 02:15:30 BST"
HOSTILE = [
    "{2026-13-45T99:99:99Z}",
    "{0001-01-01T00:00:00Z}",
    "{9999-12-31T23:59:59Z}",
    "{2026-10-07T01:00:00Z}",
    "{{2026-10-07T01:00:00Z}}",
    "{{{",
    "}",
    "{} {a} %s {{7*7}}",
]


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("text", HOSTILE)
def test_showing_never_raises(text: str, zone: str) -> None:
    local_words(text, zone)


@given(st.text(st.sampled_from("{}Z a")) | st.sampled_from(HOSTILE) | st.text())
def test_a_quoted_text_is_shown_as_it_was_typed_and_the_instants_around_it_are_shown(text: str) -> None:
    shown = local_words(f"{INSTANT}{quoted(text)}{INSTANT} by {quoted(text)}", "Europe/London")
    assert shown == f"{LOCAL}{text}{LOCAL} by {text}"


def test_what_is_no_instant_after_all_stays() -> None:
    assert local_words("{2026-13-45T99:99:99Z}", "UTC") == "{2026-13-45T99:99:99Z}"
