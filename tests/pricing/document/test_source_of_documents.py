"""The source of the engine of documents: no float, no clock, no long function; read from the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import webapp.pricing.document

HOME = Path(webapp.pricing.document.__file__).parent
SOURCES = sorted(HOME.rglob("*.py"))
FLOATING = {"total_seconds", "timestamp", "now", "today", "utcnow"}
LONGEST = 42
"""Lines of a function, its docstring counted."""


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(HOME)))
def test_no_float_no_clock_no_long_function(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        assert not (isinstance(node, ast.Name) and node.id in {"float", "round"})
        assert not (isinstance(node, ast.Attribute) and node.attr in FLOATING)
    long = {one.name: (one.end_lineno or 0) - one.lineno + 1 for one in functions(tree)}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}


def test_each_stage_is_one_module() -> None:
    stages = {path.stem for path in (HOME / "stages").glob("*.py")} - {"__init__"}
    assert stages == {"when", "set", "grid", "group", "count", "shape", "tier", "price", "choose", "book"}
