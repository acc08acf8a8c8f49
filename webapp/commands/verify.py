"""`flask --app wsgi verify`: whether a workbook is ours and unaltered."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from webapp.blueprints.current import current_instance
from webapp.exports import Outcome
from webapp.exports.package import Refused
from webapp.services import files


@click.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def verify_command(*, file: Path) -> None:
    """Say whether the workbook FILE was made by this instance, and whether anything in it was altered."""
    try:
        found = files.verify(file.read_bytes(), current_instance().vault)
    except Refused as error:
        raise click.ClickException(f"{file}: {error}") from error
    click.echo(f"{file}: {found.outcome}")
    click.echo(found.sentence)
    for alteration in found.alterations:
        click.echo(f"  {alteration}")
    if told := found.fingerprint:
        period = f"{told.first.isoformat()} to {told.last.isoformat()}"
        click.echo(f"As it was made: {told.scope}, {period}, {told.policy_label}, report {told.report_id}")
        click.echo(f"Total to pay: {told.totals['to_pay']} {told.currency}")
    if found.is_draft or found.outcome in {Outcome.ALTERED, Outcome.FOREIGN}:
        raise SystemExit(1)
