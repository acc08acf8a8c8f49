"""Every line that an upgrade changes is known, by which rule: six months of `small`, as 0.1.0 wrote them and as now.

`before.txt` was written by version 0.1.0 from the same sandbox; nothing here can write it again. `changes.toml` is the
table: whatever else differs, in either direction, is a difference that nobody has explained.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.changed_lines.lines import lines_of
from webapp.settings import Settings

FOLDER = Path(__file__).parent / "changed_lines"
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
CHANGES = tomllib.loads((FOLDER / "changes.toml").read_text(encoding="utf-8"))["changes"]
MONTHS = [f"2026-{number:02}" for number in range(5, 11)]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def lines_before(month: str) -> list[str]:
    text = (FOLDER / "before.txt").read_text(encoding="utf-8")
    return next(part.splitlines()[1:] for part in text.split("# ") if part.startswith(month))


def table(month: str, side: str) -> Counter[str]:
    return Counter(line for change in CHANGES if change["month"] == month for line in change[side])


def test_every_rule_of_the_table_stands_in_the_changelog() -> None:
    changelog = " ".join(CHANGELOG.read_text(encoding="utf-8").split())
    assert [rule for rule in {change["rule"] for change in CHANGES} if f"**{rule}.**" not in changelog] == []


@pytest.mark.parametrize("month", MONTHS)
def test_no_line_differs_without_an_explanation(
    connected: FlaskClient, preview: Callable[..., TestResponse], app: Flask, tmp_path: Path, month: str
) -> None:
    path = tmp_path / "report.xlsx"
    order = ["report", "--account", "ada@example.com", "--scope", "organisation", "--month", month, "--out", str(path)]
    answer = app.test_cli_runner().invoke(args=order)
    assert answer.exit_code == 0, answer.output
    before, after = Counter(lines_before(month)), Counter(lines_of(path.read_bytes()))
    assert before - after == table(month, "before")
    assert after - before == table(month, "after")

    page = preview(connected, scope="organisation", month=month)
    (total,) = re.findall(r"report\.xlsx: ([\d.]+) GBP", answer.output)
    assert f"£{float(total):,.2f}" in page.text
    callouts = [line.split(" | ") for line in table(month, "after") if not line.startswith("warning")]
    for name in {line[2] for line in callouts} - {"nobody"}:
        shown = html.unescape(connected.get(f"{page.request.path}?open={id_of(app, name)}").text)
        for line in table(month, "after"):
            assert f" | {name} | " not in line or line.split(" | ")[-1] in " ".join(shown.split())


def id_of(app: Flask, name: str) -> str:
    """The PagerDuty id of an engineer of the report that is open."""
    sets: dict[str, Any] = app.extensions["calloutpay"].working_sets._sets
    (kept,) = sets.values()
    return next(key for key, user in kept.draft.records.users.items() if user.name == name)
