"""Gunicorn's configuration: one process, because the reports in memory are its own, with threads.

Used as `gunicorn --config python:webapp.server wsgi:app`; `flask --app wsgi serve` does that after migrating.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path
from typing import Any

import click

from webapp import clock
from webapp.blueprints.auth.routes import first_account_sentence
from webapp.instance import Instance, open_instance
from webapp.models import UnusableDatabase
from webapp.services import accounts, rotation
from webapp.settings import SettingsError, load_settings
from webapp.vault import VaultError

try:
    settings = load_settings(os.environ, Path(__file__).parent.parent)
except SettingsError as error:
    sys.exit(f"CalloutPay cannot start. {error}")

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")

bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
workers = 1
worker_class = "gthread"
threads = settings.threads
timeout = 120
graceful_timeout = 30
keepalive = 5
control_socket_disable = True
# Our own log has no query strings in it.
accesslog = None
loglevel = "warning"
# Forwarded headers are believed as TRUSTED_PROXIES says, and nowhere else.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}


def on_starting(_server: Any) -> None:
    """Say clearly what is not set up, or that the port is taken, before gunicorn tries it five times."""
    try:
        instance = open_instance(settings)
        instance.check()
        instance.database.close()
    except (UnusableDatabase, VaultError) as error:
        sys.exit(f"CalloutPay cannot start. {error}")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            sys.exit(
                f"CalloutPay cannot serve on {bind}: {error.strerror}. Stop what uses that port, or choose "
                f"another, for example PORT={settings.port + 1}."
            )


def post_worker_init(worker: Any) -> None:
    """Say where to go, and how to make the first account while there is none."""
    instance: Instance = worker.wsgi.extensions["calloutpay"]
    with instance.database.session() as session:
        empty = not accounts.any_account(session)
    wrong = rotation.wrong_secret_sentence(instance.database.session, instance.vault, settings.secret_key_file)
    if wrong:
        click.echo(wrong, err=True)
    click.echo(f"CalloutPay serves {settings.base_url}")
    if settings.clock:
        click.echo(f"Its clock is set to {clock.now():%-d %B %Y %H:%M} UTC, for tests and the demo only.")
    if empty:
        click.echo(first_account_sentence(settings.base_url, instance.first_account.code()))
