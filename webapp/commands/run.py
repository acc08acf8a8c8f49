"""`flask --app wsgi serve`: everything that is needed to serve the instance, in one command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from webapp.blueprints.current import current_instance
from webapp.commands.migrate import set_up

ROOT = Path(__file__).parent.parent.parent


@click.command("serve")
@with_appcontext
def serve_command() -> None:
    """Bring the database to this version, then serve with gunicorn in place of this process."""
    set_up()
    current_instance().database.close()
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "--config", "python:webapp.server", "wsgi:app"])  # noqa: S606  fixed words
