"""The account page: password, closing."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp import clock
from webapp.models import Account, Connection, PolicyVersion

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"
NEW = "a new and long password"


def test_the_page_shows_the_account_and_its_connection(logged_in: FlaskClient) -> None:
    page = logged_in.get("/account")
    assert page.status_code == 200
    assert EMAIL in page.text
    assert "Connect PagerDuty" in page.text


def test_changing_the_password(app: Flask, logged_in: FlaskClient) -> None:
    answer = logged_in.send("/account/password", page="/account", current=PASSWORD, password=NEW)
    assert answer.headers["Location"] == "/account"
    assert "Your password is changed." in logged_in.get("/account").text
    assert app.test_client().log_in(password=PASSWORD).status_code == 422
    assert app.test_client().log_in(password=NEW).status_code == 303


def test_changing_the_password_ends_all_other_sessions(app: Flask, logged_in: FlaskClient) -> None:
    elsewhere = app.test_client()
    elsewhere.log_in()
    assert elsewhere.get("/account").status_code == 200
    logged_in.send("/account/password", page="/account", current=PASSWORD, password=NEW)
    assert elsewhere.get("/account").status_code == 303
    assert logged_in.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "sentence"),
    [
        ("wrong", NEW, "This is not your current password."),
        (PASSWORD, "short", "Use at least 12 characters"),
        (PASSWORD, "x" * 201, "Use at most 200 characters."),
        (PASSWORD, EMAIL.upper(), "not your e-mail address"),
        ("", "", "Type your current password."),
    ],
)
def test_a_password_that_cannot_be_accepted_changes_nothing(
    app: Flask, logged_in: FlaskClient, current: str, new: str, sentence: str
) -> None:
    answer = logged_in.send("/account/password", page="/account", current=current, password=new)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert app.test_client().log_in().status_code == 303


def test_a_stolen_session_cannot_guess_the_password(logged_in: FlaskClient) -> None:
    for _ in range(5):
        logged_in.send("/account/password", page="/account", current="wrong", password=NEW)
    answer = logged_in.send("/account/password", page="/account", current=PASSWORD, password=NEW)
    assert "Too many failed attempts" in answer.text


def test_closing_needs_the_e_mail_typed(app: Flask, logged_in: FlaskClient) -> None:
    answer = logged_in.send("/account/close", page="/account", email="eva@example.com")
    assert answer.status_code == 422
    assert f"Type {EMAIL} to confirm." in answer.text
    with app.extensions["calloutpay"].database.session() as session:
        assert session.scalars(select(Account.email)).all() == [EMAIL]


def test_closing_deletes_everything_stored_for_the_account(
    app: Flask, logged_in: FlaskClient, account: Account
) -> None:
    database = app.extensions["calloutpay"].database
    with database.session() as session:
        session.add(PolicyVersion(version=1, settings={}, saved_at=clock.now(), saved_by=EMAIL))
        session.add(
            Connection(
                account_id=account.id,
                kind="api_key",
                region="us",
                subdomain="acme",
                secret=app.extensions["calloutpay"].vault.encrypt('{"api_key": "made up"}'),
                last_four="e up",
                connected_at=clock.now(),
            )
        )
        session.commit()
    answer = logged_in.send("/account/close", page="/account", email=f" {EMAIL.upper()} ")
    assert answer.headers["Location"] == "/login"
    assert logged_in.get("/account").status_code == 303
    with database.session() as session:
        assert session.scalars(select(Account)).all() == []
        assert session.scalars(select(Connection)).all() == []
        assert session.scalars(select(PolicyVersion.saved_by)).all() == ["closed account"]


def test_after_the_last_account_closed_the_instance_can_be_set_up_again(
    logged_in: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    logged_in.send("/account/close", page="/account", email=EMAIL)
    answer = logged_in.get("/", follow_redirects=True)
    assert answer.request.path == "/setup"
    assert "with the code" in capsys.readouterr().out
