"""`flask --app wsgi rotate-key`: a new master secret for everything that is stored."""

from __future__ import annotations

import click

from webapp.blueprints.current import current_instance
from webapp.commands.refusals import with_database
from webapp.services import rotation


@click.command("rotate-key")
@click.option("--forget-old", is_flag=True, help="Make no new secret; drop the older ones, once nothing needs them.")
@with_database
def rotate_key_command(*, forget_old: bool) -> None:
    """Lock all stored PagerDuty secrets with a new master secret. The server may run meanwhile.

    It can be interrupted anywhere: run again, it finishes what was begun.
    """
    instance = current_instance()
    settings = instance.settings
    done = rotation.rotate(
        instance.database.session,
        instance.vault,
        settings.secret_key_file,
        may_write=settings.keeps_own_secret,
        forget_old=forget_old,
    )
    file = settings.secret_key_file
    if not settings.keeps_own_secret and done.secrets_kept == 1 and not done.locked_anew:
        raise click.ClickException(
            f"{file} is yours, so CalloutPay does not write it. Put a new secret into a line above the old one (at "
            "least 32 random characters, for example by: openssl rand -base64 48 | tr -d '\\n'), then run this again."
        )
    click.echo(f"Locked anew: {done.locked_anew}. The newest master secret is {instance.vault.key_ids[0]}.")
    if done.unopened:
        click.echo(rotation.wrong_secret_sentence(instance.database.session, instance.vault, file), err=True)
    older = done.secrets_kept - 1
    if older and settings.keeps_own_secret:
        click.echo(
            f"{file} still holds {older} older: it opens older backups and verifies older files. Once nobody needs "
            "that, or at once if the old secret leaked: flask --app wsgi rotate-key --forget-old"
        )
    elif older:
        click.echo(f"Nothing stored needs the {older} older in {file} any more; you may remove them.")
    click.echo("Restart the server to end every login that was made under an older secret.")
