"""The documentation cannot rot: what the program has is documented, what is quoted is true, what is linked exists."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from openpyxl import load_workbook

from tests.exports.conftest import amended_of, document_of, facts, workbook_of
from webapp.blueprints.begin_form import BeginForm
from webapp.blueprints.calendars.forms import CategoryForm, DayForm
from webapp.blueprints.payroll.forms import LayoutForm
from webapp.blueprints.people.forms import FactForm, NumberForm
from webapp.blueprints.reports.policy_form import PolicyForm, form_values
from webapp.blueprints.reports.rates_form import RateForm
from webapp.blueprints.save_form import SaveForm
from webapp.blueprints.text_form import PolicyTextForm
from webapp.commands.account import account_commands
from webapp.commands.migrate import migrate_command
from webapp.commands.price import price_command
from webapp.commands.report import report_command
from webapp.commands.rotate_key import rotate_key_command
from webapp.commands.run import serve_command
from webapp.commands.verify import verify_command
from webapp.exports.payroll import COMPONENTS
from webapp.exports.payroll_csv import COLUMNS, DATES, DELIMITERS
from webapp.exports.reasons import Cause
from webapp.exports.sheets import adjustments, callouts, checks, detail, findings, policy, rates, summary
from webapp.factory import create_app
from webapp.pricing.policy.form import FIELDS
from webapp.pricing.policy.form_fields import Choice, Clock, FormField, Names, Tick, Weekdays
from webapp.roles import ROLES
from webapp.sandbox.command import sandbox_command
from webapp.settings import load_settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")), *sorted(DOCS.rglob("*.md"))]
AMOUNTS_OF_THE_POLICY = {"20.00", "35.00", "50.00", "45.00", "31.35", "1:00"}


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    """What stands in the first column of every table."""
    rows = re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE)
    return [cell.replace("`", "") for cell in rows if not set(cell) <= {"-", ":"}]


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


# Fields


@pytest.mark.parametrize("form", [PolicyForm, RateForm])
def test_every_field_of_the_pay_settings_is_documented(form: Any) -> None:
    known = first_cells(text_of("pay-settings.md"))
    fields = [value for name, value in vars(form).items() if hasattr(value, "field_class") and not name.startswith("_")]
    labels = [field.args[0] for field in fields]
    assert len(labels) > 5
    assert [label for label in labels if label not in known] == []


@pytest.mark.parametrize("form", [PolicyTextForm, SaveForm, BeginForm, FactForm, NumberForm])
def test_every_field_of_the_policy_and_of_engineers_is_documented(form: Any) -> None:
    known = first_cells(text_of("policies/versions.md"))
    labels = [field.args[0] for field in vars(form).values() if hasattr(field, "field_class")]
    assert labels
    assert [label for label in labels if label not in {*known, "Started from"}] == []  # hidden: where a text came from


@pytest.mark.parametrize("form", [DayForm, CategoryForm])
def test_every_field_of_the_calendars_is_documented(form: Any) -> None:
    known = first_cells(text_of("calendars.md"))
    labels = [field.args[0] for field in vars(form).values() if hasattr(field, "field_class")]
    assert labels
    assert [label for label in labels if label not in known] == []


def test_every_choice_of_the_pay_settings_is_documented() -> None:
    text = text_of("pay-settings.md")
    choices = [label for row in FIELDS if isinstance(row, Choice) for label in row.labels.values()]
    assert [words for words in choices if words not in text] == []


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.name)
def test_what_is_usual_is_what_a_fresh_form_shows(row: FormField) -> None:
    told = re.search(rf"^\| {re.escape(row.label)} \| ([^|]+) \|", text_of("pay-settings.md"), re.MULTILINE)
    assert told
    assert told[1] == usual_words(row, form_values(None).get(row.name))


def usual_words(row: FormField, value: Any) -> str:
    match row:
        case Choice():
            return row.labels[value]
        case Tick():
            return "yes" if value else "no"
        case Weekdays():
            return {(1, 2, 3, 4, 5): "Mon to Fri"}[tuple(value)]
        case Names():
            return ", ".join(value) or "none"
        case Clock():
            return f"{value:%H:%M}"
    must_be_said = row.name == "callout_fee" or row.name.startswith("level1")
    return "none, must be said" if must_be_said else "empty" if value is None else str(value)


def test_no_field_is_documented_that_does_not_exist() -> None:
    fields = [*vars(PolicyForm).values(), *vars(RateForm).values()]
    known = {field.args[0] for field in fields if hasattr(field, "field_class")}
    choices = {
        label
        for row in FIELDS
        if row.name == "stipend_date" and isinstance(row, Choice)
        for label in row.labels.values()
    }
    assert set(first_cells(text_of("pay-settings.md"))) - known - choices == {"field", "choice"}


# Workbook


@pytest.mark.parametrize("sheet", [summary, detail, callouts, adjustments, rates, policy, checks])
def test_every_column_of_the_workbook_is_documented(sheet: Any) -> None:
    told = section(text_of("workbook.md"), sheet.NAME)
    assert told, f"The sheet {sheet.NAME} is not documented."
    known = {name for cell in first_cells(told) for name in cell.split(", ")}
    if sheet is checks:  # names that other sheets explain
        known |= {name for cell in first_cells(text_of("workbook.md")) for name in cell.split(", ")}
        sheet = SimpleNamespace(**vars(checks) | vars(findings))
    tables = [value for value in vars(sheet).values() if isinstance(value, tuple)]
    columns = [column.heading for table in tables for column in table if hasattr(column, "heading")]
    assert [heading for heading in columns if heading not in known] == []


def test_the_sheets_stand_in_their_order() -> None:
    titles = re.findall(r"^## (.+)$", text_of("workbook.md"), re.MULTILINE)
    assert titles == load_workbook(BytesIO(workbook_of(amended_of(document_of(facts()))))).sheetnames


# Payroll


def test_every_column_and_choice_of_the_payroll_file_is_documented() -> None:
    text = text_of("payroll.md")
    known = first_cells(text)
    labels = [field.args[0] for field in vars(LayoutForm).values() if hasattr(field, "field_class")]
    assert len(labels) > 5
    assert [name for name in (*COLUMNS, *labels, *COMPONENTS) if name not in known] == []
    assert set(known) - {*COLUMNS, *labels, *COMPONENTS} == {"column", "setting", "component"}
    assert [name for name in (*DELIMITERS, *DATES) if name not in text] == []


def test_every_cause_of_a_difference_is_documented() -> None:
    assert set(first_cells(text_of("compare.md"))) - {"what is said"} == {cause.value for cause in Cause}


# Commands


def test_every_command_of_ours_is_documented(tmp_path: Path) -> None:
    commands = create_app(load_settings({}, tmp_path)).cli.commands
    known = " ".join(first_cells(text_of("commands.md")))
    names = [
        f"{name} {below}" if below else name
        for name, command in commands.items()
        for below in (command.commands if isinstance(command, click.Group) else [""])
    ]
    assert len(names) >= 8
    assert [name for name in names if not re.search(rf"(^|\s){name}\b", known)] == []


@pytest.mark.parametrize(
    "command",
    [
        account_commands,
        migrate_command,
        price_command,
        report_command,
        rotate_key_command,
        sandbox_command,
        serve_command,
        verify_command,
    ],
)
def test_every_option_is_documented(command: click.Command) -> None:
    text = text_of("commands.md")
    below = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    options = [option for one in below for given in one.params for option in (*given.opts, *given.secondary_opts)]
    assert [option for option in options if option.startswith("--") and f"`{option}`" not in text] == []


def test_every_action_of_make_is_documented() -> None:
    actions = re.findall(r"^([a-z]+):\s+##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    known = {cell.removeprefix("make ") for cell in first_cells(text_of("commands.md")) if cell.startswith("make ")}
    assert len(actions) > 5
    assert set(actions) == known


def test_every_role_is_documented() -> None:
    known = first_cells(text_of("pagerduty.md"))
    assert [role for role in ROLES if role not in known or f"`{role}`" not in text_of("commands.md")] == []


# Dependencies


def test_every_dependency_is_documented_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=~!; ]", requirement)[0] for requirement in asked}
    told = {name for cell in first_cells(text_of("dependencies.md")) for name in cell.split(", ")} - {"package"}
    assert names == told


# Figures


def examples() -> Iterator[Any]:
    """Each example of the pay rules, with the name of the worked case that proves it."""
    for block in re.findall(r"^> \*Example\.\*.*?(?=\n\n|\Z)", text_of("pay-rules.md"), re.MULTILINE | re.DOTALL):
        words = re.sub(r"\n> ?", " ", block)
        case = re.search(r"`(\w+): ([^`]+)`$", words)
        assert case, f"This example names no worked case: {words}"
        yield pytest.param(words[: case.start()], case[1], case[2], id=case[0].strip("`"))


@pytest.mark.parametrize(("words", "file", "name"), list(examples()))
def test_examples_quote_figures_of_their_worked_case(words: str, file: str, name: str) -> None:
    cases = tomllib.loads((ROOT / "tests" / "cases" / f"{file}.toml").read_text(encoding="utf-8"))["case"]
    proofs = [case["expect"] for case in cases if case["name"] == name]
    assert len(proofs) == 1, f"There is no case {name!r} in {file}.toml."
    proven = set(re.findall(r"\d+\.\d\d|\b\d+:\d\d\b", str(proofs[0]))) | AMOUNTS_OF_THE_POLICY
    quoted = re.findall(r"£(\d+\.\d\d)|(\d+:\d\d)(?= hours|, because)", words)
    figures = [amount or hours for amount, hours in quoted]
    assert figures
    assert [figure for figure in figures if figure not in proven] == []


# Links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_pages_are_reachable_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            target = (page.parent / link).resolve()
            ahead += [target] if target.suffix == ".md" else sorted(target.glob("*.md"))
    assert [page for page in PAGES if page not in seen] == []
