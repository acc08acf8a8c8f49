"""Who may come in, and what a browser may do with our pages: login wall, CSRF, hosts, headers, access log.

Everything is closed by default; `OPEN` is the whole list of what a stranger may fetch.
"""

from __future__ import annotations

import logging
import secrets
import time
from threading import Lock
from urllib.parse import SplitResult, quote, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf import CSRFProtect

from webapp.blueprints.current import current_account, current_instance, database
from webapp.blueprints.rendering import is_htmx
from webapp.models import Account
from webapp.roles import may_use
from webapp.settings import Settings

OPEN = frozenset({"auth.join", "auth.login", "auth.setup", "static", "health.live"})
"""Endpoints that need no login."""

SECRET_QUERIES = frozenset({"connection.callback"})
"""Endpoints whose query may hold a code that is nobody else's: it is not carried through the login page."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

access_log = logging.getLogger("webapp.access")


class Login:
    """An account that is logged in, as flask-login wants it."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        """What the session remembers; a new session key makes it worthless."""
        return f"{self.account.id}:{self.account.session_key}"


class EndedSessions:
    """Login sessions that were logged out: they live in a cookie, and a copy of it must not outlive the logout."""

    def __init__(self, hours: int) -> None:
        self._seconds = hours * 3600
        self._ended: dict[str, float] = {}
        self._lock = Lock()

    def add(self, session_id: str) -> None:
        """End a session; ids older than any cookie can be are dropped."""
        now = time.monotonic()
        with self._lock:
            self._ended = {kept: at for kept, at in self._ended.items() if at > now - self._seconds}
            self._ended[session_id] = now

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._ended


def init_app(app: Flask) -> None:
    """Close the house: nothing of the application is reached without passing these checks, in this order."""
    settings: Settings = app.extensions["calloutpay"].settings
    ended = app.extensions["calloutpay_ended"] = EndedSessions(settings.session_hours)
    hosts = _hosts(settings)
    headers = {leads_there: _headers(settings, leads_to_pagerduty=leads_there) for leads_there in (False, True)}

    @app.before_request
    def check_host() -> None:
        g.started = time.perf_counter()
        # A health check inside a container asks for an address that is not ours; it learns nothing.
        here = _split(f"//{request.host}")
        if request.endpoint != "health.live" and (here is None or here.hostname not in hosts):
            abort(400, "This address is not the one that BASE_URL names.")

    CSRFProtect(app)

    logins = LoginManager()
    # Known to templates without being loaded first: the page that says the database is gone asks nobody who is there.
    logins.init_app(app, add_context_processor=False)
    app.jinja_env.globals.update(current_user=current_user, may=may)
    # It would mark sessions, not end them; a session is ended by its age, at logout and by a new session key.
    logins.session_protection = None

    def load(login_id: str) -> Login | None:
        if session.get("sid") in ended:
            return None
        account = database().get(Account, int(login_id.partition(":")[0]))
        login = Login(account) if account and not account.disabled_at else None
        return login if login and secrets.compare_digest(login.get_id(), login_id) else None

    logins.user_loader(load)

    @app.before_request
    def wall() -> ResponseReturnValue | None:
        # Without an endpoint there is nothing to protect: the answer is 404 or 405.
        if request.endpoint is None or request.endpoint in OPEN:
            return None
        if not current_user.is_authenticated:
            return _to_login()
        return None if may(request.endpoint) else abort(403)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers.extend(headers[bool(g.get("leads_to_pagerduty"))])
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
            response.vary.add("HX-Request")
        elapsed_ms = round(1000 * (time.perf_counter() - g.started)) if "started" in g else 0
        # Never the query, which may hold an OAuth code; quoted, so that a path cannot forge a line.
        access_log.info("%s %s %s %s ms", request.method, quote(request.path), response.status_code, elapsed_ms)
        return response


def may(endpoint: str) -> bool:
    """Whether whoever is logged in may use an endpoint; templates ask, too, and leave out what leads nowhere."""
    return may_use(current_account(), endpoint)


def log_in(account: Account) -> None:
    """Start a login session; nothing of the session before it survives, so that nobody can have planted it."""
    session.clear()
    session["sid"] = secrets.token_urlsafe(16)
    login_user(Login(account))


def stay_logged_in(account: Account) -> None:
    """Go on with this login session after the account's session key changed."""
    login_user(Login(account))


def log_out() -> None:
    """End the login session, any copy of its cookie, and the reports it holds in memory."""
    session_id = session.get("sid", "")
    current_app.extensions["calloutpay_ended"].add(session_id)
    current_instance().working_sets.forget_session(session_id)
    logout_user()
    session.clear()


def safe_next(text: str | None) -> str | None:
    """Where to go after logging in: a path of our own, or None. Never another site, however it is written."""
    if not text or not text.startswith("/") or not text.isprintable() or "\\" in text or " " in text:
        return None
    parts = _split(text)
    return None if parts is None or parts.scheme or parts.netloc or text.startswith("//") else text


def _split(url: str) -> SplitResult | None:
    """The parts of what somebody sent as an address; None for what is none, such as http://[."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _to_login() -> ResponseReturnValue:
    """Send a stranger to the login page; htmx is told by a header, because it would follow a redirect in place."""
    if is_htmx():
        here = _split(request.headers.get("HX-Current-URL", ""))
        wanted = here._replace(scheme="", netloc="", fragment="").geturl() if here else ""
    else:
        asked = request.path if request.endpoint in SECRET_QUERIES else request.full_path.rstrip("?")
        wanted = asked if request.method == "GET" else ""
    wanted = safe_next(wanted) or "/"
    target = url_for("auth.login", next=None if wanted == "/" else wanted)
    if is_htmx():
        return Response(status=200, headers={"HX-Redirect": target})
    return redirect(target, 303)


def _hosts(settings: Settings) -> frozenset[str]:
    host = urlsplit(settings.base_url).hostname or ""
    return LOOPBACK if host in LOOPBACK else frozenset({host})


def _headers(settings: Settings, *, leads_to_pagerduty: bool) -> dict[str, str]:
    """Headers of every answer. On pages with the button Connect PagerDuty, a form leads to PagerDuty's identity host.

    Browsers hold form-action against every redirect on the way, and PagerDuty may lead on to its other hosts.
    """
    identity = urlsplit(settings.pagerduty_identity_url)
    away = f" {identity.scheme}://{identity.netloc} https://*.pagerduty.com" if leads_to_pagerduty else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": f"'self'{away}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if settings.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
