"""Why time is not paid, in words; a word of the time itself stands apart from them, for readers who know its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Self

ROTA = "rota"
"""The word of a fact that says through which rota time is held."""


class WordReason(str):
    """A word of the time is the reason: "level 2", "rota PABC123". It is compared and merged as these words."""

    __slots__ = ("by", "word")
    by: str
    word: str

    def __new__(cls, by: str, word: str) -> Self:
        """`by`: which word it is."""
        reason = super().__new__(cls, f"{by} {word}")
        reason.by, reason.word = by, word
        return reason


@lru_cache(maxsize=4096)  # much time has one of a few reasons
def word_reason(by: str, word: str) -> WordReason:
    """The reason of time whose word is not paid."""
    return WordReason(by, word)


def reason_in_words(reason: str, names: Mapping[str, str]) -> str:
    """A reason with the name of its rota, where `names` has one by its id: "rota Payments primary"."""
    if isinstance(reason, WordReason) and reason.by == ROTA:
        return f"{ROTA} {names.get(reason.word, reason.word)}"
    return str(reason)
