"""`flask --app wsgi verify`: whether a workbook is ours and unaltered."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from webapp.blueprints.current import current_instance
from webapp.commands.refusals import in_words
from webapp.exports.package import Refused
from webapp.services import files


@click.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def verify_command(*, file: Path) -> None:
    """Say whether the workbook FILE was made by this instance, and whether anything in it was altered.

    Exit status 0 where nothing speaks against paying by it, else 1.
    """
    try:
        with in_words():
            found = files.verify(file.read_bytes(), current_instance().vault)
    except Refused as error:
        raise click.ClickException(f"{file}: {error}") from error
    click.echo(f"{file}: {found.headline}")
    click.echo(found.sentence)
    for words in found.missing:
        click.echo(f"  Not in it: {words}")
    for alteration in found.alterations:
        click.echo(f"  {alteration}")
    if told := found.fingerprint:
        period = f"{told.first.isoformat()} to {told.last.isoformat()}"
        click.echo(f"As it was made: {told.scope}, {period}, {told.policy_label}, report {told.report_id}")
        click.echo(f"Total to pay: {told.totals['to_pay']} {told.currency}")
    if not found.is_to_pay_by:
        raise SystemExit(1)
