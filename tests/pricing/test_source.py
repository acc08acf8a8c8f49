"""The source of the engine holds no float and no long function: read from the syntax tree, not from memory."""

import ast
from pathlib import Path

import pytest

import webapp.pricing

SOURCES = sorted(Path(webapp.pricing.__file__).parent.glob("*.py"))
FLOATING = {"total_seconds", "timestamp", "now", "today", "utcnow"}
"""Methods that answer a float, or that ask what time it is."""

LONGEST = 42
"""Lines of a function, its docstring counted."""


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_float_and_no_clock(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        assert not (isinstance(node, ast.Name) and node.id in {"float", "round"})
        assert not isinstance(getattr(node, "op", None), ast.Div)
        assert not (isinstance(node, ast.Attribute) and node.attr in FLOATING)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_long_function(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    long = {one.name: (one.end_lineno or 0) - one.lineno + 1 for one in functions}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}


def test_the_engine_is_found() -> None:
    assert {"sessions.py", "money.py", "statements.py", "report.py"} <= {source.name for source in SOURCES}
