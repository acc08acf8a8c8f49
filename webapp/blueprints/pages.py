"""The way in, and the pages for what went wrong."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from webapp.pd.errors import PagerDutyError

blueprint = Blueprint("pages", __name__)

SENTENCES = {
    400: ("This request cannot be answered", ""),
    403: ("You may not see this", "Ask an admin of this instance if you should."),
    404: ("There is no such page", "The address may be mistyped, or what it showed was forgotten meanwhile."),
    405: ("This address does not work that way", "Go back, reload the page, and try again."),
    413: ("That was too much at once", "A form may hold at most 2 MB, a workbook 32 MB. Go back and send less."),
    500: (
        "Something went wrong here",
        "It is our fault, not yours. Try again; if it stays so, ask whoever runs this instance to look at its log.",
    ),
}
"""Heading and what to do, by status; the request's own description stands in where the latter is empty."""


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The report generator is home."""
    return redirect(url_for("reports.generator"), 303)


def init_app(app: Flask) -> None:
    """Make every failure a page of its own."""
    app.register_error_handler(CSRFError, _csrf_page)
    app.register_error_handler(HTTPException, _http_page)
    app.register_error_handler(PagerDutyError, _pagerduty_page)


def _csrf_page(_error: CSRFError) -> Response:
    return _page(
        400, "This page was open too long", "Nothing was changed. Go back, reload the page, and send the form again."
    )


def _http_page(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    heading, sentence = SENTENCES.get(status, (error.name, ""))
    response = _page(status, heading, sentence or error.description or "")
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _pagerduty_page(error: PagerDutyError) -> Response:
    return _page(502, "PagerDuty could not be read", error.sentence)


def _page(status: int, heading: str, sentence: str) -> Response:
    """The page; htmx is told to show it in place of the whole content, so that no failure is silent."""
    # After a failure of ours nothing is asked of the database again, not even who is logged in.
    text = render_template(
        "pages/error.html", heading=heading, sentence=sentence, bare=status == HTTPStatus.INTERNAL_SERVER_ERROR
    )
    response = make_response(text, status)
    response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "#main"
    response.headers["HX-Reswap"] = "outerHTML"
    return response
