"""The files of a report: signed, the same each time, and one engineer's alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from webapp.exports import Outcome, verify_package
from webapp.exports.package import Package
from webapp.services.input_parts import inputs_digest
from webapp.settings import Settings

Client = Any
Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def page(connected: Client, preview: Ask) -> TestResponse:
    return preview(connected)


@pytest.fixture
def path(app: Flask, page: TestResponse) -> str:
    assert page.status_code == 200
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    return f"/reports/{kept.id}"


def drafts(app: Flask) -> list[Any]:
    return [kept.draft for kept in app.extensions["calloutpay"].working_sets._sets.values()]


def workbook(client: Client, path: str, fill_in: FillIn) -> bytes:
    answer = client.post(f"{path}/workbook", data=fill_in(client.get(path), "/workbook"))
    assert answer.status_code == 200
    return answer.data


def test_the_file_is_ours_and_the_same_each_time(connected: Client, path: str, app: Flask, fill_in: FillIn) -> None:
    first, second = workbook(connected, path, fill_in), workbook(connected, path, fill_in)

    assert first == second
    found = verify_package(Package(first), partial(app.extensions["calloutpay"].vault.verify, "workbook"))
    assert found.outcome is Outcome.UNALTERED
    assert found.fingerprint is not None
    assert found.fingerprint.inputs_digest == inputs_digest(drafts(app)[0].inputs)


def test_the_same_facts_read_again_have_the_same_digest_and_other_settings_another(
    connected: Client, preview: Ask, path: str, app: Flask
) -> None:
    preview(connected)
    first, again = drafts(app)

    assert path.endswith(str(next(iter(app.extensions["calloutpay"].working_sets._sets))))
    assert inputs_digest(first.inputs) == inputs_digest(again.inputs)
    again.change(policy=replace(again.policy, callout_fee=again.policy.callout_fee + 1))
    assert inputs_digest(first.inputs) != inputs_digest(again.inputs)


def test_a_record_more_or_less_is_another_digest(path: str, app: Flask) -> None:
    (draft,) = drafts(app)
    before = inputs_digest(draft.inputs)
    assert path

    for part in ("users", "incidents", "log_entries", "on_call", "schedules", "policies"):
        whole = getattr(draft.records, part)
        fewer = dict(list(whole.items())[1:]) if isinstance(whole, dict) else whole[1:]
        draft.end_reading(replace(draft.records, **{part: fewer}))
        assert inputs_digest(draft.inputs) != before
        draft.end_reading(replace(draft.records, **{part: whole}))
    assert inputs_digest(draft.inputs) == before


def test_one_engineers_statement_is_sent_alone(connected: Client, path: str, app: Flask) -> None:
    statement, *others = drafts(app)[0].report.statements
    opened = connected.get(f"{path}?open={statement.person.id}")
    action = f"{path}/statement/{statement.person.id}"
    assert f'action="{action}"' in opened.text

    answer = connected.post(action, data={"csrf_token": connected.token})

    assert (answer.status_code, int(answer.headers["Content-Length"])) == (200, len(answer.data))
    assert re.search(r"filename=2026-10_[a-z-]+_oncall-pay.xlsx", answer.headers["Content-Disposition"])
    sheet = load_workbook(BytesIO(answer.data))["Summary"]
    texts = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert statement.person.name in texts
    assert others
    assert [other.person.name for other in others if other.person.name in " ".join(texts)] == []
    assert connected.get(path).status_code == 200, "the report stays for the statements of the others"


def test_there_is_no_statement_of_somebody_else(connected: Client, path: str) -> None:
    connected.get(path)

    assert connected.post(f"{path}/statement/PNOBODY", data={"csrf_token": connected.token}).status_code == 404
    assert connected.get(f"{path}/statement/PNOBODY").status_code == 405
