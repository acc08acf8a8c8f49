"""The table of changed rules, the program's version and the changelog say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import text

from webapp.models import Database, RuleNotice
from webapp.rule_changes import CHANGES, NEWEST, OLDEST, changes_since

ROOT = Path(__file__).parents[2]
VERSIONS = list(dict.fromkeys(change.version for change in CHANGES))


def changelog(version: str) -> str:
    """What the changelog says of a version, without its markup."""
    whole = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(version)}\n(.*?)(?=^## |\Z)", whole, re.MULTILINE | re.DOTALL)
    assert found, f"The changelog does not name version {version}."
    return found[1]


def plain(markdown: str) -> str:
    return " ".join(re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", markdown).replace("*", "").replace("`", "").split())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_changelog_names_every_changed_rule_and_no_other(version: str) -> None:
    part = changelog(version).partition("Everything else:")[0]
    told = [plain(item) for item in re.findall(r"^- (\*\*.+?)(?=^- |^\S|\n\n)", part, re.MULTILINE | re.DOTALL)]
    assert told == [f"{change.rule} {change.sentences}" for change in CHANGES if change.version == version]


def test_the_version_of_the_program_is_the_newest_of_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    headings = re.findall(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == project["version"]
    assert headings[-1] == OLDEST
    assert set(VERSIONS) <= set(headings)


def test_changes_are_in_the_order_of_their_versions_and_counted_from_any() -> None:
    assert changes_since(NEWEST) == ()
    assert changes_since("0.0.9") == changes_since(OLDEST) == CHANGES
    assert changes_since("0.10.0") == ()  # by number, not by letter
    assert sorted(VERSIONS, key=lambda version: tuple(map(int, version.split(".")))) == VERSIONS


@pytest.mark.parametrize(("is_used", "version"), [(True, OLDEST), (False, NEWEST)])
def test_only_who_worked_with_earlier_rules_has_something_to_read(
    database: Database, *, is_used: bool, version: str
) -> None:
    database.migrate("0006")
    if is_used:
        with database.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO accounts (email, password_hash, role, created_at, session_key) "
                    "VALUES ('a@b.c', 'x', 'admin', '2026-11-01 00:00:00+00:00', 'y')"
                )
            )
    database.migrate()
    with database.session() as session:
        notice = session.get(RuleNotice, 1)
        assert notice
        assert (notice.version, notice.read_by, notice.read_at) == (version, "", None)
