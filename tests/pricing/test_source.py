"""The source of pricing: no float, no clock, no long function; read from the syntax tree, not from memory."""

import ast
from pathlib import Path

import pytest

import webapp.pricing

HOME = Path(webapp.pricing.__file__).parent
SOURCES = sorted(HOME.rglob("*.py"))
FLOATING = {"total_seconds", "timestamp", "now", "today", "utcnow"}
"""Methods that answer a float, or that ask what time it is."""
OF_DECIMALS = [
    source for source in SOURCES if source.parent.name == "report" or source.name in {"money.py", "spans.py"}
]
"""Where a division would not be one of exact fractions."""
LONGEST = 42
"""Lines of a function, its docstring counted."""


def named(source: Path) -> str:
    return str(source.relative_to(HOME))


@pytest.mark.parametrize("source", SOURCES, ids=named)
def test_no_float_no_clock_no_long_function(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        assert not (isinstance(node, ast.Name) and node.id in {"float", "round"})
        assert not (isinstance(node, ast.Attribute) and node.attr in FLOATING)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    long = {one.name: (one.end_lineno or 0) - one.lineno + 1 for one in functions}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}


@pytest.mark.parametrize("source", OF_DECIMALS, ids=named)
def test_no_division_of_decimals(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    assert not any(isinstance(getattr(node, "op", None), ast.Div) for node in ast.walk(tree))


def test_each_stage_is_one_module() -> None:
    stages = {path.stem for path in (HOME / "engine" / "stages").glob("*.py")} - {"__init__"}
    assert stages == {"when", "set", "grid", "group", "count", "shape", "tier", "price", "choose", "book"}


def test_the_rooms_are_found() -> None:
    assert {source.parent.name for source in SOURCES} == {
        "pricing",
        "policy",
        "engine",
        "stages",
        "report",
        "templates",
    }
