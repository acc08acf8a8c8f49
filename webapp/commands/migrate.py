"""`flask --app wsgi migrate`: bring the database to this version."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from webapp.blueprints.current import current_instance


@click.command("migrate")
@with_appcontext
def migrate_command() -> None:
    """Bring the database schema to this version. Running it again changes nothing."""
    current_instance().database.migrate()
    click.echo("The database is at this version.")
