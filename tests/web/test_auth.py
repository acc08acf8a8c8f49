"""The first account, logging in, logging out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.instance import Instance
from webapp.models import Account
from webapp.services import accounts

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"


def instance_of(app: Flask) -> Instance:
    return app.extensions["calloutpay"]


def test_an_empty_instance_leads_to_its_setup_page(client: FlaskClient) -> None:
    answer = client.get("/", follow_redirects=True)
    assert answer.request.path == "/setup"
    assert "One-time code" in answer.text


def test_the_code_makes_the_first_account_and_logs_it_in(app: Flask, client: FlaskClient) -> None:
    code = instance_of(app).first_account.code()
    answer = client.send("/setup", code=code.lower(), email="  Ada@Example.com ", password=PASSWORD)
    assert answer.status_code == 303
    assert EMAIL in client.get("/account").text


def test_the_code_works_once(app: Flask, client: FlaskClient) -> None:
    code = instance_of(app).first_account.code()
    client.send("/setup", code=code, email=EMAIL, password=PASSWORD)
    stranger = app.test_client()
    assert stranger.get("/setup").headers["Location"] == "/login"
    assert not instance_of(app).first_account.matches(code)


def test_a_wrong_code_makes_no_account_and_keeps_what_was_typed(client: FlaskClient) -> None:
    answer = client.send("/setup", code="AAAA-AAAA-AAAA", email=EMAIL, password=PASSWORD)
    assert answer.status_code == 422
    assert "This is not the code" in answer.text
    assert f'value="{EMAIL}"' in answer.text
    assert PASSWORD not in answer.text


def test_guessing_the_code_is_throttled(app: Flask, client: FlaskClient) -> None:
    for number in range(20):
        client.send("/setup", code="AAAA-AAAA-AAAA", email=f"{number}@example.com", password=PASSWORD)
    code = instance_of(app).first_account.code()
    answer = client.send("/setup", code=code, email=EMAIL, password=PASSWORD)
    assert "Too many failed attempts" in answer.text


def test_a_weak_password_costs_no_code(app: Flask, client: FlaskClient) -> None:
    code = instance_of(app).first_account.code()
    assert client.send("/setup", code=code, email=EMAIL, password="short").status_code == 422
    assert client.send("/setup", code=code, email=EMAIL, password=PASSWORD).status_code == 303


def test_a_code_that_nobody_was_told_is_printed(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    client.get("/setup")
    client.get("/setup")
    printed = capsys.readouterr().out
    assert re.fullmatch(
        r"Make the first account at http://127\.0\.0\.1:8000/setup with the code (\w{4}-){2}\w{4}\n", printed
    )


def test_logging_in_leads_to_the_page_that_was_wanted(client: FlaskClient, account: Account) -> None:
    assert account.role == "admin"
    wanted = client.get("/account").headers["Location"]
    assert wanted == "/login?next=/account"
    assert client.send(wanted, email=EMAIL, password=PASSWORD).headers["Location"] == "/account"


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("bob@example.com", PASSWORD), ("", ""), ("x", "")])
def test_wrong_credentials_are_refused_without_saying_which(client: FlaskClient, email: str, password: str) -> None:
    answer = client.send("/login", email=email, password=password)
    assert answer.status_code == 422
    assert client.get("/account").status_code == 303
    if email and password:
        assert "E-mail or password is wrong." in answer.text


@pytest.mark.usefixtures("account")
def test_a_stranger_cannot_tell_which_accounts_exist(client: FlaskClient) -> None:
    pages = {
        re.sub(r'csrf_token" value="[^"]+"|value="[^"]+@example.com"', "", client.log_in(email, "wrong wrong").text)
        for email in (EMAIL, "eva@example.com")
    }
    assert len(pages) == 1


@pytest.mark.usefixtures("account")
def test_the_sixth_try_is_refused_even_with_the_right_password(client: FlaskClient) -> None:
    for _ in range(5):
        assert "E-mail or password is wrong." in client.log_in(password="wrong").text
    answer = client.log_in()
    assert answer.status_code == 422
    assert "Too many failed attempts. Wait 15 minutes, then try again." in answer.text


@pytest.mark.usefixtures("account")
def test_success_clears_the_failures(app: Flask) -> None:
    for _ in range(3):
        client = app.test_client()
        for _ in range(4):
            client.log_in(password="wrong")
        assert client.log_in().status_code == 303


@pytest.mark.usefixtures("account")
def test_an_address_is_throttled_whatever_the_e_mail(client: FlaskClient) -> None:
    for number in range(20):
        client.log_in(f"{number}@example.com", "wrong")
    assert "Too many failed attempts" in client.log_in().text


def test_logging_out_ends_the_session(logged_in: FlaskClient) -> None:
    answer = logged_in.send("/logout", page="/account")
    assert answer.headers["Location"] == "/login"
    assert "You are logged out." in logged_in.get("/login").text
    assert logged_in.get("/account").status_code == 303


def test_logging_out_is_a_post(logged_in: FlaskClient) -> None:
    assert logged_in.get("/logout").status_code == 405


def test_a_copy_of_the_cookie_does_not_outlive_the_logout(app: Flask, logged_in: FlaskClient) -> None:
    cookie = logged_in.get_cookie("calloutpay")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("calloutpay", cookie.value)
    assert thief.get("/account").status_code == 200
    logged_in.send("/logout", page="/account")
    assert thief.get("/account").status_code == 303


def test_logging_out_forgets_the_reports_in_memory(
    app: Flask, logged_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with logged_in.session_transaction() as session:
        session_id = session["sid"]
    forgotten: list[str] = []
    monkeypatch.setattr(instance_of(app).working_sets, "forget_session", forgotten.append)
    logged_in.send("/logout", page="/account")
    assert forgotten == [session_id]


def test_nothing_of_an_earlier_session_survives_logging_in(client: FlaskClient, account: Account) -> None:
    assert account.id
    client.get("/login")
    with client.session_transaction() as session:
        session["planted"] = session["sid"] = "by an attacker"
    client.log_in()
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["sid"] != "by an attacker"


def test_there_is_no_remember_me_cookie(logged_in: FlaskClient) -> None:
    assert logged_in.get_cookie("remember_token") is None
    cookie = logged_in.get_cookie("calloutpay")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.max_age, cookie.expires) == (True, "Lax", None, None)


def test_the_session_cookie_is_secure_behind_https(make_app: Callable[..., Flask]) -> None:
    app = make_app(base_url="https://oncall.example.com")
    with instance_of(app).database.session() as session:
        accounts.add_account(session, EMAIL, PASSWORD)
    client = app.test_client()
    answer = client.get("/login", base_url="https://oncall.example.com")
    assert "; Secure;" in answer.headers["Set-Cookie"]


def test_the_login_page_leads_on_who_is_logged_in_already(logged_in: FlaskClient) -> None:
    assert logged_in.get("/login?next=/account").headers["Location"] == "/account"
