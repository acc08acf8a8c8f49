"""The pages for what went wrong, the health page, and fragments."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from webapp.blueprints.rendering import render_block
from webapp.pd.errors import Unavailable


def fail_with(app: Flask, error: Exception) -> None:
    """Let the account page raise an error."""

    def failing() -> str:
        raise error

    app.view_functions["account.show"] = failing


def break_database(app: Flask) -> None:
    """Put folders where the database's files were."""
    app.extensions["calloutpay"].database.close()
    for file in app.extensions["calloutpay"].settings.instance_dir.glob("calloutpay.db*"):
        file.unlink()
        file.mkdir()


def test_an_unknown_page_says_so(client: FlaskClient) -> None:
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_a_wrong_method_names_the_right_ones(logged_in: FlaskClient) -> None:
    answer = logged_in.get("/logout")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "OPTIONS, POST"


def test_a_form_that_is_too_large_is_refused(logged_in: FlaskClient) -> None:
    answer = logged_in.post("/account/password", data={"current": "x" * 3_000_000})
    assert answer.status_code == 413


def test_pagerdutys_failure_is_told_in_its_own_sentence(app: Flask, logged_in: FlaskClient) -> None:
    fail_with(app, Unavailable("PagerDuty sleeps. Try again."))
    answer = logged_in.get("/account")
    assert answer.status_code == 502
    assert "PagerDuty sleeps. Try again." in answer.text


def test_our_own_failure_shows_nothing_of_its_cause(app: Flask, logged_in: FlaskClient) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    fail_with(app, RuntimeError("canary"))
    answer = logged_in.get("/account")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "canary" not in answer.text


def test_htmx_shows_a_failure_in_place_of_the_content(logged_in: FlaskClient) -> None:
    answer = logged_in.get("/no/such/page", headers={"HX-Request": "true"})
    assert answer.headers["HX-Retarget"] == answer.headers["HX-Reselect"] == "#main"
    assert answer.headers["HX-Reswap"] == "outerHTML"


def test_health_is_open_and_says_nothing_more_than_ok(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok", "text/plain")


def test_health_fails_with_the_database(app: Flask, client: FlaskClient) -> None:
    break_database(app)
    answer = client.get("/health")
    assert (answer.status_code, answer.text) == (503, "not ok")


def test_without_a_database_there_is_still_a_page(app: Flask, logged_in: FlaskClient) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    break_database(app)
    answer = logged_in.get("/account")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text


def test_a_fragment_is_a_block_of_its_page(app: Flask) -> None:
    with app.test_request_context():
        assert render_block("pages/error.html", "h1", heading="<Oh>") == "&lt;Oh&gt;"
