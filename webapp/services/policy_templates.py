"""The policies that ship with the product, as a manager chooses among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from webapp.pricing.policy.templates import template_names, template_text, template_titles


@dataclass(frozen=True, slots=True)
class Offered:
    """One template in the list."""

    name: str
    title: str
    about: str
    """The remark at its head."""


@cache
def offered() -> tuple[Offered, ...]:
    """All templates, by title."""
    titles = template_titles()
    found = [Offered(name, titles[name], _remark(template_text(name))) for name in template_names()]
    return tuple(sorted(found, key=lambda one: one.title.casefold()))


def text(name: str) -> str:
    """A template's text, remarks included. Raises LookupError where there is none of this name."""
    return template_text(name)


def title(name: str) -> str:
    """What it is called."""
    return template_titles()[name]


def _remark(source: str) -> str:
    """The lines before the first field, without their marks."""
    lines = []
    for line in source.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines)
