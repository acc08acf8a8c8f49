"""The page that takes a workbook back, and the command that does the same."""

from __future__ import annotations

import html
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.exports.conftest import document_of, facts
from webapp.exports import workbook_bytes
from webapp.exports.document import MissingChange
from webapp.services.files import PURPOSE

Client = object


@pytest.fixture
def made(app: Flask) -> bytes:
    """A workbook of this instance."""
    vault = app.extensions["calloutpay"].vault
    return workbook_bytes(document_of(facts()), lambda data: vault.sign(PURPOSE, data))


def changed(content: bytes, part: str, old: str, new: str) -> bytes:
    target = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(target, "w") as copy:
        for name in source.namelist():
            text = source.read(name).decode()
            copy.writestr(name, text.replace(old, new, 1) if name == part else text)
    return target.getvalue()


def altered(content: bytes) -> bytes:
    """The first engineer's name on the sheet Rates."""
    return changed(content, "xl/worksheets/sheet4.xml", "Ada Example", "Eve Example")


def send(client: Client, content: bytes | None, name: str = "october.xlsx") -> TestResponse:
    """As a browser sends it; werkzeug's client would put a large file on the disk itself."""
    client.get("/verify")
    file = (
        b""
        if content is None
        else b"""--b\r
Content-Disposition: form-data; name="file"; filename="%s"\r
Content-Type: application/octet-stream\r
\r
%s\r
"""
        % (name.encode(), content)
    )
    token = b"""--b\r
Content-Disposition: form-data; name="csrf_token"\r
\r
%s\r
--b--\r
""" % client.token.encode()
    return client.post("/verify", data=file + token, content_type="multipart/form-data; boundary=b")


def words(answer: TestResponse) -> str:
    return " ".join(re.sub("<[^>]+>", " ", answer.text).split())


def test_an_unaltered_workbook_is_told_with_what_it_pays(logged_in: Client, made: bytes) -> None:
    answer = send(logged_in, made)

    assert answer.status_code == 200
    assert "Made here and unaltered" in words(answer)
    assert "Total to pay £1,141.82" in words(answer)


def test_an_altered_workbook_is_told_with_the_place(logged_in: Client, made: bytes) -> None:
    answer = send(logged_in, altered(made))

    assert answer.status_code == 200
    assert "Made here and altered" in words(answer)
    assert "Rates cell A4" in words(answer)
    assert "Total to pay £1,141.82" in words(answer)


def test_another_instance_did_not_make_it(logged_in: Client, make_app: Callable[..., Flask], tmp_path: Path) -> None:
    other = make_app(instance_dir=tmp_path / "other", secret_key_file=tmp_path / "other" / "secret.key",
                     database_url=f"sqlite:///{tmp_path}/other.db")  # fmt: skip
    vault = other.extensions["calloutpay"].vault
    foreign = workbook_bytes(document_of(facts()), lambda data: vault.sign(PURPOSE, data))

    answer = send(logged_in, foreign)

    assert answer.status_code == 200
    assert "Not made here" in words(answer)
    assert "£1,141.82" not in words(answer)


@pytest.mark.parametrize("content", [b"no workbook", b""])
def test_what_is_no_workbook_is_refused_at_its_field(logged_in: Client, content: bytes) -> None:
    answer = send(logged_in, content)

    assert answer.status_code == 422
    assert "october.xlsx: This is no workbook of CalloutPay" in words(answer)


def test_without_a_file_it_asks_for_one(logged_in: Client) -> None:
    answer = send(logged_in, None)

    assert answer.status_code == 422
    assert "Choose a file." in words(answer)


def test_a_name_is_only_a_name(logged_in: Client, made: bytes) -> None:
    assert "&lt;b&gt;=1.xlsx" in send(logged_in, made, "<b>=1.xlsx").text


@pytest.mark.usefixtures("account")
def test_a_stranger_is_sent_to_the_login(client: Client, made: bytes) -> None:
    assert client.get("/verify").headers["Location"].startswith("/login")
    client.get("/login")
    answer = send(client, made)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")


@pytest.mark.usefixtures("account")
def test_a_larger_file_than_a_form_is_taken_from_whoever_is_logged_in_only(client: Client) -> None:
    large = bytes(3 * 1024 * 1024)
    client.get("/login")
    assert send(client, large).status_code == 413

    client.log_in()

    assert send(client, large).status_code == 422
    assert send(client, bytes(34 * 1024 * 1024)).status_code == 413
    form = f"csrf_token={client.token}&current={'x' * 3 * 1024 * 1024}"
    answer = client.post("/account/password", data=form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413


def test_an_upload_is_never_on_a_disk(logged_in: Client, made: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    padded = changed(made, "xl/theme/theme1.xml", "</a:theme>", " " * 1_000_000 + "</a:theme>")
    assert len(padded) > 500_000
    first = words(send(logged_in, padded))  # the tests keep compiled templates in files

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a temporary file was asked for")

    for name in ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "mkstemp", "_mkstemp_inner"):
        monkeypatch.setattr(tempfile, name, refuse)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)

    assert "saved again by another program" in first
    assert words(send(logged_in, padded)) == first


# The command


def run(app: Flask, tmp_path: Path, content: bytes) -> tuple[int, str]:
    path = tmp_path / "october.xlsx"
    path.write_bytes(content)
    done = app.test_cli_runner().invoke(args=["verify", str(path)])
    return done.exit_code, done.output.replace(str(path), "FILE")


def test_the_command_says_the_same(app: Flask, made: bytes, tmp_path: Path) -> None:
    status, said = run(app, tmp_path, made)

    assert status == 0
    assert said.startswith("FILE: made here and unaltered\n")
    assert said.endswith("Total to pay: 1141.82 GBP\n")


def test_the_command_names_what_was_altered(app: Flask, made: bytes, tmp_path: Path) -> None:
    status, said = run(app, tmp_path, altered(made))

    assert status == 1
    assert "FILE: made here and altered\n" in said
    assert "\n  Rates: cell A4\n" in said


MISSING = (MissingChange("Ada Example: hourly rate 40.00 from 1 October 2026 on, saved by bo@example.com", "PADA"),)
WITHOUT = "made here and unaltered, but without 1 change saved since it was priced"


@pytest.mark.parametrize(
    ("changed", "headline"),
    [
        ({"missing": MISSING}, WITHOUT),
        ({"left_out": ("shifts",)}, "made here and unaltered, but without PagerDuty's shifts"),
        ({"missing": MISSING, "left_out": ("shifts",)}, f"{WITHOUT} and without PagerDuty's shifts"),
        ({"is_draft": True}, "a draft, made here: nobody is to be paid by it"),
        ({"is_draft": True, "missing": MISSING}, "a draft, made here: nobody is to be paid by it"),
    ],
)
def test_page_and_command_say_alike_what_speaks_against_paying_by_it(
    app: Flask, logged_in: Client, tmp_path: Path, changed: dict[str, Any], headline: str
) -> None:
    vault = app.extensions["calloutpay"].vault
    content = workbook_bytes(replace(document_of(facts()), **changed), lambda data: vault.sign(PURPOSE, data))

    status, said = run(app, tmp_path, content)
    page = html.unescape(words(send(logged_in, content)))

    assert status == 1
    assert said.startswith(f"FILE: {headline}\n")
    assert headline[:1].upper() + headline[1:] in page
    for change in changed.get("missing", ()):
        assert f"  Not in it: {change.words}\n" in said
        assert f"Saved since it was priced, and not in it {change.words}" in page


def test_a_draft_that_was_altered_is_both(app: Flask, logged_in: Client) -> None:
    vault = app.extensions["calloutpay"].vault
    draft = workbook_bytes(replace(document_of(facts()), is_draft=True), lambda data: vault.sign(PURPOSE, data))
    assert "A draft, made here and altered" in words(send(logged_in, altered(draft)))


def test_the_command_refuses_what_is_no_workbook(app: Flask, tmp_path: Path) -> None:
    status, said = run(app, tmp_path, b"no workbook")

    assert (status, said[:42]) == (1, "Error: FILE: This is no workbook of Callou")


def test_a_workbook_outlives_a_rotation_of_the_secret(
    app: Flask, make_app: Callable[..., Flask], made: bytes, tmp_path: Path
) -> None:
    file = app.extensions["calloutpay"].settings.secret_key_file
    file.write_text("a new master secret that is long enough\n" + file.read_text(encoding="utf-8"), encoding="utf-8")

    assert run(make_app(), tmp_path, made)[0] == 0


def test_everything_it_says_is_of_the_report(app: Flask, tmp_path: Path) -> None:
    vault = app.extensions["calloutpay"].vault
    document = replace(document_of(facts()), scope_name="Search", policy_label="unsaved settings")

    _, said = run(app, tmp_path, workbook_bytes(document, lambda data: vault.sign(PURPOSE, data)))

    assert "As it was made: Search (team), 2026-10-01 to 2026-10-31, unsaved settings, report " in said
