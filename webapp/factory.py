"""`create_app(settings)`: the web application, put together."""

from __future__ import annotations

import gc
import logging
from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import blueprints, clock, commands, security
from webapp.blueprints import uploads
from webapp.instance import open_instance
from webapp.settings import Settings

LARGEST_FORM = 2 * 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """Make the application; opens the vault and the database, makes neither, and asks PagerDuty nothing.

    Raises:
        VaultError: the master secret cannot be read, or can be read by others.
        UnusableDatabase: the settings name no database that can be used.
    """
    if settings.clock:
        clock.ahead = settings.clock
    instance = open_instance(settings)
    app = Flask(__name__, instance_path=str(settings.instance_dir))
    app.extensions["calloutpay"] = instance
    app.config.update(
        SECRET_KEY=None if instance.vault.is_empty else instance.vault.key("session"),
        SESSION_COOKIE_NAME="calloutpay",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the login session
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=20_000,  # the table of a large organisation's engineers
    )
    logging.getLogger("webapp").setLevel(settings.log_level)
    logging.getLogger("urllib3").setLevel(logging.INFO)  # at DEBUG it prints queries, which may hold names
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    collect_rarely()
    uploads.init_app(app)
    security.init_app(app)
    blueprints.init_app(app)
    commands.init_app(app)
    return app


def collect_rarely() -> None:
    """Tell Python's garbage collector that a report is very many small values which live and die together.

    Looked through generation by generation, they cost pricing two fifths of its time.
    """
    gc.set_threshold(10_000, 50, 100)
