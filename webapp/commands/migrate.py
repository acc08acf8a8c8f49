"""`flask --app wsgi migrate`: bring the database to this version."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from webapp.blueprints.current import current_instance
from webapp.commands.refusals import in_words


@click.command("migrate")
@click.option("--yes", "has_dump", is_flag=True, help="There is a dump of the PostgreSQL database: change it.")
@with_appcontext
def migrate_command(*, has_dump: bool) -> None:
    """Bring the database schema to this version. Running it again changes nothing.

    A SQLite database is copied beside itself before it is changed. Of a PostgreSQL database make a dump first, and say
    so by --yes.
    """
    set_up(has_dump=has_dump)
    click.echo("The database is at this version.")


def set_up(*, has_dump: bool = False) -> None:
    """Make what the instance lacks, and migrate; name its copy, and a new one, because its place may be mistyped."""
    instance = current_instance()
    with in_words():
        migration = instance.set_up(has_dump=has_dump)
    if migration.is_new:
        click.echo(f"Made a new, empty database: {instance.database.name}", err=True)
    if migration.copy:
        click.echo(f"Copied the database before changing it: {migration.copy}", err=True)
