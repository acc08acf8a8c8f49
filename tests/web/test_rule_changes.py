"""An upgrade changes pay by rule, and says so: on the first reports, in the changelog, in files, and in Compare."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from webapp.exports.reasons import Cause
from webapp.models import RuleNotice
from webapp.rule_changes import CHANGES, NEWEST, OLDEST
from webapp.sandbox import Running
from webapp.sandbox.faults import Change
from webapp.sandbox.small import ID_BY_NAME, PLATFORM_PRIMARY
from webapp.services import comparisons, files
from webapp.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]

MAY = Path(__file__).parent / "of_version_0_1_0" / "2026-05_organisation.xlsx"
"""Of the sandbox `small`, by the policy that `saved` saves; written and signed by version 0.1.0 on 20 November 2026."""
SECRET = "the secret of the tests of version 0.1.0, long enough\n"
TOTAL = Decimal("9075.80")
REASON = "rule of evidence changed in version 0.2.0"


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    """An instance that has the secret by which the workbook was signed."""
    sandbox_settings.instance_dir.mkdir(mode=0o700)
    sandbox_settings.secret_key_file.write_text(SECRET, encoding="utf-8")
    sandbox_settings.secret_key_file.chmod(0o600)
    return sandbox_settings


@pytest.fixture
def upgraded(app: Flask) -> Flask:
    """The database as an upgrade from version 0.1.0 leaves it."""
    with app.extensions["calloutpay"].database.session() as session:
        session.execute(update(RuleNotice).values(version=OLDEST))
        session.commit()
    return app


def compare(client: FlaskClient, content: bytes) -> TestResponse:
    client.get("/compare")
    sent = {"csrf_token": client.token, "earlier": (BytesIO(content), "may.xlsx")}
    answer = client.post("/compare", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"])
    while 'id="reading"' in page.text or page.status_code == 303:
        page = client.get(page.headers.get("Location", page.request.path))
    return page


def rows(page: TestResponse) -> list[list[str]]:
    """Every line that differs: its cells."""
    found = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", page.text.partition('id="differences')[2], re.DOTALL)
    return [[" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in re.split(r"</t[hd]>", row)] for row in found]


def test_every_difference_from_a_file_of_version_0_1_0_has_its_changed_rule(connected: FlaskClient) -> None:
    page = compare(connected, MAY.read_bytes())
    assert page.status_code == 200, page.text
    differences = rows(page)
    assert {row[0] for row in differences} == {
        "Wed 6 May 2026",
        "Mon 11 May 2026",
        "Tue 12 May 2026",
        "Thu 28 May 2026",
    }
    assert [row for row in differences if REASON not in row[6]] == []
    night = "Work on #3289: 7:35 h then, 0:35 h in 2 spells now, because a rule of evidence changed in version 0.2.0."
    assert {row[6] for row in differences if row[0] == "Thu 28 May 2026"} == {night}
    (amount,) = re.findall(r"<dt>Difference</dt><dd>-£([\d,.]+)</dd>", page.text)
    today = connected.get(re.findall(r'href="([^"]+)">See the whole report of today', page.text)[0])
    (total,) = re.findall(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", today.text)
    assert Decimal(total.replace(",", "")) - TOTAL == -Decimal(amount)


def test_what_pagerduty_changed_since_keeps_its_own_reason(connected: FlaskClient, pagerduty: Running) -> None:
    """An override that is entered after the file was made, beside all that the rules change."""
    before = rows(compare(connected, MAY.read_bytes()))
    swap = ("2026-05-20T08:00:00Z", "2026-05-21T08:00:00Z", ID_BY_NAME["Ada Lindqvist"], PLATFORM_PRIMARY)
    pagerduty.state.change(Change("shift swapped", *swap))
    after = rows(compare(connected, MAY.read_bytes()))
    new = [row for row in after if row not in before]
    assert new
    assert [row for row in new if REASON in row[6] or row[6].startswith("Both files")] == []
    assert [row for row in before if row not in after] == []


def test_a_file_by_the_same_rules_is_never_explained_by_them(
    connected: FlaskClient, app: Flask, preview: Callable[..., TestResponse], present: Any
) -> None:
    page = preview(connected, scope="organisation", month="2026-05")
    answer = connected.send(f"{page.request.path}/workbook", page=page.request.path, without="yes")
    assert answer.status_code == 200
    record = files.verify(answer.data, app.extensions["calloutpay"].vault).record()
    assert record
    assert record["read"]["rules"] == NEWEST
    assert "Nothing has changed" in compare(connected, answer.data).text
    assert present() == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_the_file_of_version_0_1_0_is_what_it_seems(app: Flask) -> None:
    vault = app.extensions["calloutpay"].vault
    record = comparisons.read_workbook("may.xlsx", MAY.read_bytes(), vault)
    assert "rules" not in record["read"]
    assert Decimal(record["totals"]["total"]) == TOTAL
    assert datetime.fromisoformat(record["read"]["at"]) < datetime(2026, 11, 21, tzinfo=UTC) - timedelta(hours=1)


# The first reports after the upgrade


def shown(page: TestResponse) -> list[str]:
    notice = page.text.partition('id="rule-changes"')[2].partition("</ul>")[0]
    return [" ".join(re.sub(r"<[^>]+>", "", item).split()) for item in re.findall(r"<li>(.*?)</li>", notice, re.DOTALL)]


EVERY = [f"{change.rule} {change.sentences}" for change in CHANGES]


def plain(text: str) -> str:
    return text.replace("&#39;", "'").replace("&quot;", '"')


@pytest.mark.usefixtures("upgraded")
def test_the_first_reports_name_every_changed_rule_until_a_manager_has_read_them(
    app: Flask, connected: FlaskClient, preview: Callable[..., TestResponse], add_account: Callable[..., FlaskClient]
) -> None:
    page = preview(connected)
    assert [plain(words) for words in shown(page)] == EVERY
    path = page.request.path
    assert connected.send(f"{path}/rules", page=path, version="9.9.9").status_code == 303
    assert [plain(words) for words in shown(connected.get(path))] == EVERY, "read by a page that named something else"
    connected.send("/connection/share", page="/connection")

    viewer = add_account(app, "vera@example.com", "viewer")
    theirs = preview(viewer)
    assert [plain(words) for words in shown(theirs)] == EVERY
    assert "I have read this" not in theirs.text
    assert viewer.send(f"{theirs.request.path}/rules", page=theirs.request.path, version=NEWEST).status_code == 403

    answer = connected.send(f"{path}/rules", page=path, version=NEWEST)
    assert answer.headers["Location"] == path
    assert shown(connected.get(path)) == []
    assert shown(viewer.get(theirs.request.path)) == []
    with app.extensions["calloutpay"].database.session() as session:
        notice = session.get(RuleNotice, 1)
        assert notice
        assert (notice.version, notice.read_by) == (NEWEST, "ada@example.com")
        assert notice.read_at


def test_a_new_instance_has_nothing_to_read(connected: FlaskClient, preview: Callable[..., TestResponse]) -> None:
    assert shown(preview(connected)) == []


def test_without_the_row_nothing_is_shown(
    app: Flask, connected: FlaskClient, preview: Callable[..., TestResponse]
) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        session.execute(delete(RuleNotice))
        session.commit()
    assert shown(preview(connected)) == []


@pytest.mark.usefixtures("upgraded", "connected")
def test_the_command_names_them_too_and_the_file_always_does(app: Flask, tmp_path: Path) -> None:
    order = ["report", "--account", "ada@example.com", "--scope", "team", "--team", "Payments", "--month", "2026-10"]
    file = tmp_path / "october.xlsx"
    answer = app.test_cli_runner().invoke(args=[*order, "--without-not-priced", "--out", str(file)])
    assert answer.exit_code == 0, answer.output
    for change in CHANGES:
        assert f"Changed in version {change.version}: {change.rule} {change.sentences}\n" in answer.stderr
    cells = [str(cell.value) for row in load_workbook(file)["Policy"].iter_rows() for cell in row]
    assert [one.rule for one in CHANGES if one.version == NEWEST and f"{one.rule} {one.sentences}" not in cells] == []
    with app.extensions["calloutpay"].database.session() as session:
        session.execute(update(RuleNotice).values(version=NEWEST))
        session.commit()
    again = app.test_cli_runner().invoke(args=[*order, "--without-not-priced", "--out", str(tmp_path / "b.xlsx")])
    assert "Changed in version" not in again.output
    assert (tmp_path / "b.xlsx").read_bytes() == file.read_bytes()


def test_the_reason_is_worded_as_documented() -> None:
    assert REASON.startswith(Cause.RULE.value)
    assert json.dumps(REASON) == '"rule of evidence changed in version 0.2.0"'
