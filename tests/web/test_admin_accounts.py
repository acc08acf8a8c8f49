"""Who belongs to the instance: inviting, roles, links, disabling, removing; and what each role may do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.web.test_security import routes
from webapp import security
from webapp.models import Account
from webapp.roles import ADMINS, EVERYBODY, ROLES, may_use
from webapp.settings import Settings

NEW = "a new and long password"
EVA = "eva@example.com"
Join = Callable[..., FlaskClient]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def account_of(app: Flask, email: str) -> Account | None:
    with app.extensions["calloutpay"].database.session() as session:
        return session.scalars(select(Account).where(Account.email == email)).first()


def link_on(page: Any) -> str:
    """The path of the one-time link that a page shows."""
    found = re.search(r'<code id="join-link">http://127.0.0.1:8000(/join\?token=[\w-]{43})</code>', page.text)
    assert found
    return found[1]


@pytest.fixture
def invited(logged_in: FlaskClient) -> str:
    """Eva's link; Ada has invited her as a manager."""
    return link_on(logged_in.send("/admin/accounts", email=EVA, role="manager"))


@pytest.fixture
def eva(app: Flask, invited: str) -> FlaskClient:
    """Eva's client, after she chose a password."""
    client = app.test_client()
    assert client.send(invited, password=NEW).status_code == 303
    return client


def path_to(app: Flask, email: str, action: str = "") -> str:
    found = account_of(app, email)
    assert found
    return f"/admin/accounts/{found.id}{action}"


# Joining


def test_a_link_lets_its_owner_choose_a_password_once(app: Flask, invited: str) -> None:
    eva = app.test_client()
    page = eva.get(invited)
    assert f"For the account {EVA}." in page.text
    assert eva.send(invited, password=NEW).headers["Location"] == "/"
    assert EVA in eva.get("/account").text
    again = app.test_client().get(invited)
    assert again.status_code == 404
    assert "This link does not work" in again.text
    assert app.test_client().log_in(EVA, NEW).status_code == 303


def test_the_link_is_in_no_log_and_only_its_digest_is_kept(
    app: Flask, logged_in: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        token = link_on(logged_in.send("/admin/accounts", email=EVA, role="viewer")).partition("token=")[2]
        app.test_client().send(f"/join?token={token}", password=NEW)
    assert token not in caplog.text
    database = app.extensions["calloutpay"].settings.instance_dir / "calloutpay.db"
    assert token.encode() not in database.read_bytes()


@pytest.mark.parametrize("link", ["/join", "/join?token=", "/join?token=nobodys", "/join?token=%00"])
def test_what_is_no_link_lets_nobody_in(client: FlaskClient, link: str) -> None:
    assert client.get(link).status_code == 404
    client.get("/setup")
    assert client.post(link, data={"csrf_token": client.token, "password": NEW}).status_code == 404


def test_a_bad_password_leaves_the_link(app: Flask, invited: str) -> None:
    eva = app.test_client()
    answer = eva.send(invited, password="short")
    assert answer.status_code == 422
    assert "Use at least 12 characters" in answer.text
    assert eva.send(invited, password=NEW).status_code == 303


def test_a_link_ends_after_a_week(app: Flask, invited: str, present: Any) -> None:
    present.pass_by(timedelta(days=7, seconds=1))
    assert app.test_client().get(invited).status_code == 404


def test_nobody_logs_in_with_an_account_that_has_no_password_yet(app: Flask, invited: str) -> None:
    assert invited
    for password in ("", NEW):
        assert app.test_client().log_in(EVA, password).status_code == 422


def test_a_new_link_takes_the_place_of_the_old_one_and_of_a_forgotten_password(
    app: Flask, logged_in: FlaskClient, eva: FlaskClient
) -> None:
    first = link_on(logged_in.send(path_to(app, EVA, "/link"), page=path_to(app, EVA)))
    second = link_on(logged_in.send(path_to(app, EVA, "/link"), page=path_to(app, EVA)))
    assert app.test_client().get(first).status_code == 404
    assert eva.get("/account").status_code == 200  # nothing has changed yet
    app.test_client().send(second, password="another long password")
    assert eva.get("/account").status_code == 303
    assert app.test_client().log_in(EVA, NEW).status_code == 422
    assert app.test_client().log_in(EVA, "another long password").status_code == 303


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "", "role": "viewer"}, "Type the e-mail address."),
        ({"email": "eva", "role": "viewer"}, "This is not an e-mail address."),
        ({"email": "ADA@example.com", "role": "viewer"}, "There is an account with this e-mail address already."),
        ({"email": EVA, "role": "owner"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_invited_is_refused(
    app: Flask, logged_in: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    answer = logged_in.send("/admin/accounts", **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert account_of(app, EVA) is None


# Roles


@pytest.mark.parametrize("role", ROLES)
def test_every_route_is_open_to_the_roles_it_is_for_and_to_no_other(
    app: Flask, add_account: Callable[..., Any], role: str
) -> None:
    client = add_account(app, "somebody@example.com", role)
    client.get("/account")
    token = client.token
    refused = set()
    for method, path, endpoint in routes(app):
        if endpoint in {"account.close", "auth.logout"}:  # they end the visit
            continue
        answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
        assert answer.status_code < 500, (method, path)
        if answer.status_code == 403:
            assert "Ask an admin of this instance" in answer.text
            refused.add(endpoint)
    known = {endpoint for _, _, endpoint in routes(app)}
    may = {"admin": known, "manager": {one for one in known if one not in ADMINS and not one.startswith("admin.")},
           "viewer": known & EVERYBODY}[role]  # fmt: skip
    assert refused == known - may


def test_the_lists_of_roles_name_only_what_exists(app: Flask) -> None:
    known = {endpoint for _, _, endpoint in routes(app)}
    assert (EVERYBODY | ADMINS) - known == set()
    assert set() == security.OPEN - EVERYBODY


def test_what_nobody_has_listed_is_closed_to_viewers_and_the_admin_pages_to_managers() -> None:
    assert not may_use(Account(role="viewer"), "reports.something_new")
    assert may_use(Account(role="manager"), "reports.something_new")
    assert not may_use(Account(role="manager"), "admin.something_new")
    assert not may_use(Account(role="unknown"), "reports.something_new")


@pytest.mark.parametrize(("role", "times"), [("admin", 1), ("manager", 0), ("viewer", 0)])
def test_the_admin_pages_are_shown_to_admins_only(
    app: Flask, add_account: Callable[..., Any], role: str, times: int
) -> None:
    client = add_account(app, "somebody@example.com", role)
    assert client.get("/account").text.count('href="/admin/accounts"') == times


def test_a_new_role_holds_from_the_next_request_on(app: Flask, logged_in: FlaskClient, eva: FlaskClient) -> None:
    assert eva.get("/admin/accounts").status_code == 403
    logged_in.send(path_to(app, EVA, "/role"), page=path_to(app, EVA), role="admin")
    assert eva.get("/admin/accounts").status_code == 200
    logged_in.send(path_to(app, EVA, "/role"), page=path_to(app, EVA), role="viewer")
    assert eva.get("/admin/accounts").status_code == 403


def test_a_role_that_is_none_is_refused(app: Flask, logged_in: FlaskClient, eva: FlaskClient) -> None:
    assert eva.get("/account").status_code == 200
    assert logged_in.send(path_to(app, EVA, "/role"), page=path_to(app, EVA), role="owner").status_code == 422


# Leaving


@pytest.mark.parametrize(("action", "typed"), [("/role", {"role": "viewer"}), ("/disable", {})])
def test_somebody_stays_admin(
    app: Flask, logged_in: FlaskClient, eva: FlaskClient, action: str, typed: dict[str, str]
) -> None:
    assert eva.get("/account").status_code == 200
    ada = path_to(app, "ada@example.com")
    answer = logged_in.send(ada + action, page=ada, **typed)
    assert answer.status_code == 422
    assert "This is the only admin of this instance." in answer.text
    found = account_of(app, "ada@example.com")
    assert found
    assert (found.role, found.disabled_at) == ("admin", None)


def test_the_only_admin_cannot_leave_others_alone(app: Flask, logged_in: FlaskClient, eva: FlaskClient) -> None:
    assert eva.get("/account").status_code == 200
    answer = logged_in.send("/account/close", page="/account", email="ada@example.com")
    assert answer.status_code == 422
    assert "Make somebody else an admin first" in answer.text
    logged_in.send(path_to(app, EVA, "/role"), page=path_to(app, EVA), role="admin")
    assert logged_in.send("/account/close", page="/account", email="ada@example.com").status_code == 303


def test_disabling_logs_out_at_once_and_lets_nobody_in(app: Flask, logged_in: FlaskClient, eva: FlaskClient) -> None:
    answer = logged_in.send(path_to(app, EVA, "/disable"), page=path_to(app, EVA))
    assert answer.headers["Location"] == "/admin/accounts"
    assert eva.get("/account").status_code == 303
    refused = app.test_client().log_in(EVA, NEW)
    assert refused.status_code == 422
    assert "This account is disabled." in refused.text
    assert "This account is disabled." not in app.test_client().log_in(EVA, "wrong password").text
    assert "disabled</span>" in logged_in.get("/admin/accounts").text
    assert logged_in.send(path_to(app, EVA, "/link"), page=path_to(app, EVA)).status_code == 422
    logged_in.send(path_to(app, EVA, "/enable"), page=path_to(app, EVA))
    assert app.test_client().log_in(EVA, NEW).status_code == 303


def test_only_what_nobody_uses_is_removed(app: Flask, logged_in: FlaskClient, eva: FlaskClient) -> None:
    assert eva.get("/account").status_code == 200
    page = path_to(app, EVA)
    assert logged_in.send(f"{page}/remove", page=page).status_code == 422
    assert account_of(app, EVA)
    logged_in.send(f"{page}/disable", page=page)
    assert logged_in.send(f"{page}/remove", page=page).status_code == 303
    assert account_of(app, EVA) is None
    assert logged_in.get(page).status_code == 404


def test_an_invitation_can_be_taken_back(app: Flask, logged_in: FlaskClient, invited: str) -> None:
    page = path_to(app, EVA)
    assert logged_in.send(f"{page}/remove", page=page).status_code == 303
    assert app.test_client().get(invited).status_code == 404


def test_the_list_says_who_is_in_which_state(logged_in: FlaskClient, invited: str) -> None:
    assert invited
    page = logged_in.get("/admin/accounts").text
    for words in (EVA, "invited</span>", "active</span>", "none of their own", "(you)"):
        assert words in page


def test_an_account_that_no_database_can_hold_is_no_page(logged_in: FlaskClient) -> None:
    for number in (0, 999, 2**31, 2**63, 10**40):
        assert logged_in.get(f"/admin/accounts/{number}").status_code == 404


def test_who_became_a_viewer_can_still_end_their_connection(
    app: Flask, logged_in: FlaskClient, eva: FlaskClient, consent: Callable[..., str]
) -> None:
    eva.get(consent(eva))
    logged_in.send(path_to(app, EVA, "/role"), page=path_to(app, EVA), role="viewer")
    page = eva.get("/connection").text
    assert "Refresh connection" not in page
    assert "Edit API key" not in page
    eva.send("/connection/disconnect", page="/connection/disconnect")
    assert "not connected</span>" in eva.get("/connection").text
