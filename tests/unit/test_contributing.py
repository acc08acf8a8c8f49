"""CONTRIBUTING.md names files, tables and actions that exist: a recipe that leads nowhere is worse than none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (.+)\n((?:(?!^##).*\n)*)", TEXT, re.MULTILINE))
CHANGES = {
    "A choice of a stage": 2,
    "A unit of COUNT": 2,
    "A field of a stage": 3,
    "A column of a sheet": 3,
    "A field of the pay settings": 3,
    "An endpoint of PagerDuty": 4,
    "A role": 1,
    "A payroll format": 2,
    "A fault of the sandbox": 2,
    "A setting": 1,
}
"""How many source files each may touch."""


def paths(text: str) -> list[str]:
    """Every file and folder that it names."""
    return [name for name in re.findall(r"`([^`\s]+)`", text) if re.search(r"\.\w+$|\w/", name)]


def file_of(name: str) -> Path:
    return next((path for path in (ROOT / name, ROOT / "webapp" / name) if path.exists()), ROOT / name)


def test_there_are_the_ten_recipes_with_as_many_files_as_each_may_touch() -> None:
    steps = {title: re.findall(r"^\d\. (.+)$", recipe, re.MULTILINE) for title, recipe in RECIPES.items()}
    assert {title: len(files) for title, files in steps.items()} == CHANGES


@pytest.mark.parametrize("name", sorted(set(paths(TEXT))))
def test_every_file_exists(name: str) -> None:
    assert file_of(name).exists()


@pytest.mark.parametrize("title", RECIPES)
def test_every_table_stands_in_a_file_of_its_recipe(title: str) -> None:
    files = [file_of(name) for name in paths(RECIPES[title])]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files if path.suffix == ".py")
    names = set(re.findall(r"`(_?[A-Z]\w+)`", RECIPES[title]))
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", source)) == []


def test_every_action_exists() -> None:
    actions = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b(?= |`)", TEXT.replace("make alone", ""))) <= actions
