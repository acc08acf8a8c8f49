"""What a version of a policy changes against another, sentence by sentence, for a manager to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_ALIKE = 0.7
"""From this ratio on, two sentences are one that was changed; below, one went and another came."""
_WORDS = re.compile(r"\s*\S+\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a sentence: in both versions, only before, or only after."""

    text: str
    kind: str = "same"
    """same, gone, new."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the newer version, or one that it no longer has."""

    pieces: tuple[Piece, ...]
    kind: str
    """same, changed, gone, new."""


def changes(before: Sequence[str], after: Sequence[str]) -> list[Sentence]:
    """Every sentence of both, in the newer one's order, with what came, went and changed."""
    found: list[Sentence] = []
    for how, start, end, first, last in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if how == "equal":
            found += [_whole(sentence, "same") for sentence in after[first:last]]
        else:
            found += _replaced(list(before[start:end]), after[first:last])
    return found


def _replaced(old: list[str], new: Sequence[str]) -> Iterator[Sentence]:
    """Each new sentence beside the old one that it is most alike; the others came or went."""
    for sentence in new:
        ratios = [(SequenceMatcher(a=words(one), b=words(sentence)).ratio(), -at) for at, one in enumerate(old)]
        ratio, at = max(ratios, default=(0.0, 0))
        if ratio < _ALIKE:
            yield _whole(sentence, "new")
            continue
        for gone in old[:-at]:
            yield _whole(gone, "gone")
        yield Sentence(tuple(_pieces(old[-at], sentence)), "changed")
        old = old[1 - at :]
    for gone in old:
        yield _whole(gone, "gone")


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = words(old), words(new)
    for how, start, end, first, last in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if how == "equal":
            yield Piece("".join(after[first:last]))
            continue
        if start < end:
            yield Piece("".join(before[start:end]), "gone")
        if first < last:
            yield Piece("".join(after[first:last]), "new")


def words(sentence: str) -> list[str]:
    """Words, each with the space after it."""
    return _WORDS.findall(sentence)


def _whole(sentence: str, kind: str) -> Sentence:
    return Sentence((Piece(sentence, kind if kind in {"gone", "new"} else "same"),), kind)
