"""Where a mistake stands in the text of a policy: the line of a path such as `rules[2].when.day_type`.

`tomllib` keeps no lines, so the text is read once more: headers and the keys at the start of a line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from webapp.pricing.policy import Document, DocumentError, Mistake, parse
from webapp.services.calendars.written import policy_mistakes, rule_mistakes

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=\s*(.*)", re.DOTALL)
_TEXT = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*')
_AT_LINE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Located:
    """One mistake, with the line it stands on."""

    line: int
    path: str
    text: str

    def __str__(self) -> str:
        return f"Line {self.line}, {self.path}: {self.text}" if self.path else f"Line {self.line}: {self.text}"


def read_policy(source: str, listed: Container[str] = ()) -> tuple[Document | None, list[Located]]:
    """The policy, or every mistake in its text with its line, in the order of the lines.

    `listed` are holiday regions whose days somebody has listed, so that they may be called anything.
    """
    document, mistakes = None, list[Mistake]()
    try:
        document = parse(source)
    except tomllib.TOMLDecodeError as error:
        return None, [_syntax_error(source, error)]
    except DocumentError as error:
        mistakes += error.mistakes
    except (RecursionError, ValueError):  # brackets within brackets without end, a number of thousands of digits
        return None, [Located(1, "", "The text is nested too deep, or holds a number that is too long.")]
    mistakes += policy_mistakes(tomllib.loads(source), listed)
    if document:
        mistakes += rule_mistakes(document, listed)
    return (None, locate(source, mistakes)) if mistakes else (document, [])


def locate(source: str, mistakes: Iterable[Mistake]) -> list[Located]:
    """The mistakes with their lines; one about a missing field stands at the table that lacks it."""
    lines = dict(_lines_of(source))
    return sorted(
        (Located(_line_of(mistake.path, lines), mistake.path, mistake.text) for mistake in mistakes),
        key=lambda one: one.line,
    )


def _syntax_error(source: str, error: tomllib.TOMLDecodeError) -> Located:
    message = str(error)
    at = _AT_LINE.search(message)
    line = int(at[1]) if at and at[1] else len(source.removesuffix("\n").split("\n"))
    return Located(line, "", f"{_AT_LINE.sub('', message)}.")


def _line_of(path: str, lines: dict[str, int]) -> int:
    """The line of a path, or of the nearest table around it."""
    while path not in lines and path:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 1)


def _lines_of(source: str) -> Iterator[tuple[str, int]]:
    """Every header and key with its path and line."""
    table, tables, open_brackets, in_block = "", dict[str, int](), 0, ""
    for number, line in enumerate(source.split("\n"), start=1):
        if in_block:
            in_block = "" if in_block in line else in_block
            continue
        if not open_brackets:
            header, entry = _HEADER.match(line), _ENTRY.match(line)
            if header:
                table = _table(header[2], tables, repeated=header[1] == "[[")
                yield table, number
                continue
            if not entry:
                continue
            for path in _prefixes(table, entry[1]):
                yield path, number
            line = entry[2]  # noqa: PLW2901  what is left of the line is its value
        in_block = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
        bare = _TEXT.sub("", line)
        open_brackets = max(
            open_brackets + sum(bare.count(one) for one in "[{") - sum(bare.count(one) for one in "]}"), 0
        )


def _table(written: str, tables: dict[str, int], *, repeated: bool) -> str:
    """The path of a header: `rules.price` of the third rule is `rules[2].price`."""
    keys = _keys(written)
    path = ""
    for position, key in enumerate(keys):
        path = f"{path}.{key}" if path else key
        if repeated and position == len(keys) - 1:
            tables[path] = tables.get(path, -1) + 1
        if path in tables:
            path = f"{path}[{tables[path]}]"
    return path


def _prefixes(table: str, written: str) -> Iterator[str]:
    """The paths that a key, which may be dotted, stands for."""
    path = table
    for key in _keys(written):
        path = f"{path}.{key}" if path else key
        yield path


def _keys(written: str) -> list[str]:
    return [key.strip("\"'") for key in re.findall(_KEY, written)]
