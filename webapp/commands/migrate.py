"""`flask --app wsgi migrate`: bring the database to this version."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from webapp.blueprints.current import current_instance
from webapp.commands.refusals import in_words


@click.command("migrate")
@with_appcontext
def migrate_command() -> None:
    """Bring the database schema to this version. Running it again changes nothing."""
    set_up()
    click.echo("The database is at this version.")


def set_up() -> None:
    """Make what the instance lacks, and migrate; name a new database, because its place may be mistyped."""
    instance = current_instance()
    with in_words():
        if instance.set_up():
            click.echo(f"Made a new, empty database: {instance.database.name}", err=True)
