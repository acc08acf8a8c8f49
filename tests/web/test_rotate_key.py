"""The command that rotates, the server that runs on meanwhile, and a database beside the wrong master secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.factory import create_app
from webapp.models import Connection
from webapp.sandbox import Running
from webapp.settings import Settings


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def by_consent(logged_in: FlaskClient, consent: Callable[..., str]) -> FlaskClient:
    logged_in.get(consent(logged_in))
    return logged_in


def secret_file(app: Flask) -> Path:
    found: Path = app.extensions["calloutpay"].settings.secret_key_file
    return found


def stored(app: Flask) -> list[str]:
    with app.extensions["calloutpay"].database.session() as session:
        return list(session.scalars(select(Connection.secret)))


def rotate(app: Flask, *words: str) -> Any:
    return app.test_cli_runner().invoke(args=["rotate-key", *words])


def test_the_command_locks_anew_and_the_running_server_goes_on(
    app: Flask, by_consent: FlaskClient, pagerduty: Running
) -> None:
    before = stored(app)
    done = rotate(app)
    assert done.exit_code == 0, done.output
    assert "Locked anew: 1." in done.output
    assert "still holds 1 older" in done.output
    assert stored(app) != before
    pagerduty.state.tokens.expire_access()
    assert ">Payments</option>" in by_consent.get("/reports").text  # renewed, and locked with the new secret
    assert app.extensions["calloutpay"].vault.is_current(stored(app)[0])
    assert "still holds" not in rotate(app, "--forget-old").output
    assert len(secret_file(app).read_text().split()) == 1
    assert "connected</span>" in by_consent.get("/connection").text


def test_after_a_restart_logins_of_the_old_secret_are_over(
    app: Flask, by_consent: FlaskClient, settings: Settings
) -> None:
    cookie = by_consent.get_cookie("calloutpay")
    assert cookie
    rotate(app)
    restarted = create_app(settings)
    client = restarted.test_client()
    client.set_cookie("calloutpay", cookie.value)
    assert client.get("/account").headers["Location"].startswith("/login")
    restarted.extensions["calloutpay"].database.close()


def test_a_secret_that_was_given_must_be_added_to_by_its_owner(
    make_app: Callable[..., Flask], tmp_path: Path, add_account: Callable[..., Any], pagerduty: Running
) -> None:
    given = tmp_path / "given"
    given.write_text("o" * 40)
    app = make_app(secret_key_file=given)
    add_account(app).send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.read_only)
    refused = rotate(app)
    assert refused.exit_code == 1
    assert "Put a new secret into a line above the old one" in refused.output
    given.write_text("n" * 40 + "\n" + "o" * 40)
    done = rotate(app)
    assert done.exit_code == 0
    assert "you may remove them" in done.output
    assert given.read_text() == "n" * 40 + "\n" + "o" * 40


def test_without_a_migrated_database_the_command_says_what_to_do(settings: Settings) -> None:
    app = create_app(settings)
    done = rotate(app)
    assert done.exit_code == 1
    assert "flask --app wsgi migrate" in done.output
    app.extensions["calloutpay"].database.close()


def test_a_database_beside_the_wrong_secret_says_so_and_works_on(
    app: Flask, by_consent: FlaskClient, pagerduty: Running
) -> None:
    right = secret_file(app).read_text()
    secret_file(app).write_text("the secret of another instance, long enough\n")
    page = by_consent.get("/reports")
    assert page.status_code == 200
    assert "cannot be opened</span>" in page.text
    assert "the database belongs to another one" in page.text
    assert "Reconnect PagerDuty</button>" in page.text
    assert "cannot be opened</span>" in by_consent.get("/admin/accounts").text
    assert by_consent.send("/connection/test", page="/connection").status_code == 422
    done = rotate(app)
    assert "does not open 1 stored PagerDuty secret" in done.output
    secret_file(app).write_text(right)  # restored: nothing was lost
    assert "connected</span>" in by_consent.get("/reports").text
    secret_file(app).write_text("the secret of another instance, long enough\n")
    by_consent.send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.read_only)
    assert "connected</span>" in by_consent.get("/connection").text
    assert "does not open" not in rotate(app).output


def test_a_locked_connection_can_be_disconnected(app: Flask, by_consent: FlaskClient) -> None:
    secret_file(app).write_text("the secret of another instance, long enough\n")
    by_consent.send("/connection/disconnect", page="/connection/disconnect")
    assert stored(app) == []
