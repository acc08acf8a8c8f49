"""What may be kept of a text that somebody typed: every database takes it, and a file can print it."""

from __future__ import annotations

import unicodedata

_NOT_KEPT = {"Cc", "Cs"}


def text_problem(text: str, longest: int) -> str:
    """Why a text cannot be kept, and what to do; "" where it can. Lines and tabs may be in it."""
    if len(text) > longest:
        return f"At most {longest} characters."
    if without_controls(text) != text:
        return "There is a character in it that nobody can see. Type it again without it."
    return ""


def without_controls(text: str) -> str:
    """The text as a page can show it."""
    return "".join(one for one in text if one in "\t\n\r" or unicodedata.category(one) not in _NOT_KEPT)
