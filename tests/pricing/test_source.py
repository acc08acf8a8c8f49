"""The source of the engine holds no float: read from the syntax tree, so that nobody has to remember it."""

import ast
from pathlib import Path

import pytest

import webapp.pricing

SOURCES = sorted(Path(webapp.pricing.__file__).parent.glob("*.py"))
FLOATING = {"total_seconds", "timestamp", "now", "today", "utcnow"}
"""Methods that answer a float, or that ask what time it is."""


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_float_and_no_clock(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        assert not (isinstance(node, ast.Name) and node.id in {"float", "round"})
        assert not isinstance(getattr(node, "op", None), ast.Div)
        assert not (isinstance(node, ast.Attribute) and node.attr in FLOATING)


def test_the_engine_is_found() -> None:
    assert {"engine.py", "money.py", "stipends.py", "sessions.py"} <= {source.name for source in SOURCES}
