"""`flask --app wsgi report`: the same job as the report generator, without a browser."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from webapp.blueprints.current import current_instance, database, today
from webapp.exports import ExportError, ScopeKind
from webapp.models import Account
from webapp.pd.client import Client
from webapp.pd.errors import Forbidden, PagerDutyError, RateLimited
from webapp.pd.plan import ENGINEERS
from webapp.pricing import PricingError
from webapp.pricing.lines import Period
from webapp.services import documents, files, periods, policies, reporting
from webapp.services.connections import Connections
from webapp.services.reporting import Draft, ReportError, Scope

SLICE_SECONDS = 10.0


@click.command("report")
@click.option("--account", "email", required=True, help="E-mail of the account whose PagerDuty connection is used.")
@click.option("--scope", type=click.Choice([kind.value for kind in ScopeKind]), required=True)
@click.option("--engineer", default="", help="With --scope engineer: name, e-mail or PagerDuty id.")
@click.option("--team", default="", help="With --scope team: name or PagerDuty id.")
@click.option("--also", multiple=True, help="With --scope team: an engineer who is no member; may be repeated.")
@click.option("--month", default="", help="Such as 2026-10; last month if nothing is said.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day, with --to, instead of a month.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; in a folder, under its usual name.")
@click.option("--partial", is_flag=True, help="Make it without the parts of PagerDuty that cannot be read.")
@click.option("--without-not-priced", is_flag=True, help="Write the workbook although some engineers are not priced.")
@with_appcontext
def report_command(
    *, email: str, scope: str, engineer: str, team: str, also: tuple[str, ...], month: str, first: date | None,
    last: date | None, out: Path | None, partial: bool, without_not_priced: bool,
) -> None:  # fmt: skip
    """Read PagerDuty, price by the saved policy and write the finance workbook."""
    instance, session = current_instance(), database()
    account = session.scalars(select(Account).where(Account.email == email.strip().lower())).first()
    if account is None:
        raise click.ClickException(f"There is no account {email}. See: flask --app wsgi account list")
    if account.disabled_at:
        raise click.ClickException(f"The account {email} is disabled. An admin can enable it.")
    versions = policies.saved_policies(session)
    if not versions:
        raise click.ClickException("No pay policy is saved yet. Save one on the report page first.")
    date_now = today()
    session.rollback()
    try:
        period = _period(month, first, last, date_now)
        chosen = _scope(instance.connections, account.id, ScopeKind(scope), engineer, team)
        saved = policies.in_force(versions, period.after - timedelta(days=1)) or versions[0]
        chosen = _with_others(instance.connections, account.id, chosen, also)
        draft = reporting.begin(instance.connections, account.id, session, chosen, period, saved.rules)
        _refuse_forgotten(draft, is_agreed=without_not_priced)
        draft.partial = partial
        _read(instance.connections, draft)
        document = documents.document(draft, session)
        if document.report.not_priced and not without_not_priced:
            missing = ", ".join(f"{person.name} ({reason})" for person, reason in document.report.not_priced)
            raise click.ClickException(f"Not priced: {missing}. Fill in what is missing, or add --without-not-priced.")
        file = files.workbook(draft, document, instance.vault)
    except PagerDutyError as error:
        may_go_without = isinstance(error, Forbidden) and error.part not in {"", ENGINEERS}
        hint = " Or add --partial to make it without that." if may_go_without else ""
        raise click.ClickException(f"{error.sentence}{hint}") from error
    except (periods.PeriodError, policies.NotInForce, ReportError, PricingError, ExportError) as error:
        raise click.ClickException(str(error)) from error
    path = _path(out, file.name)
    try:
        path.write_bytes(file.content)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
    for sentence in (document.partial_words, *document.scope_notes, *document.warning_words()):
        if sentence:
            click.echo(sentence, err=True)
    paid = (
        document.nobody_words or f"{document.report.total} {document.report.policy.currency}, {document.policy_label}"
    )
    click.echo(f"{path}: {paid}")


def _refuse_forgotten(draft: Draft, *, is_agreed: bool) -> None:
    """Before minutes of reading: what the policy needs, and nobody has."""
    missing = reporting.forgotten_values(draft.scope, draft.basis, draft.own, draft.period)
    if missing and not is_agreed:
        needed = f"The policy needs each engineer's {' and '.join(missing)}, and no engineer in question has one."
        raise click.ClickException(f"{needed} Fill it in, or add --without-not-priced.")


def _period(month: str, first: date | None, last: date | None, date_now: date) -> Period:
    if first and last and not month:
        return periods.between(date(first.year, first.month, first.day), date(last.year, last.month, last.day))
    if first or last:
        raise click.UsageError("Give --from and --to together, without --month.")
    return periods.named_month(month) if month else periods.last_month(date_now)


def _scope(connections: Connections, account_id: int, kind: ScopeKind, engineer: str, team: str) -> Scope:
    """Whose pay, found by what was typed; exactly one must fit."""
    if kind is ScopeKind.ORGANISATION:
        return Scope(kind, "", "Organisation")
    typed = (engineer if kind is ScopeKind.ENGINEER else team).strip()
    if not typed:
        raise click.UsageError(f"--scope {kind.value} needs --{kind.value}.")

    def find(client: Client) -> list[Scope]:
        if kind is ScopeKind.ENGINEER:
            return [Scope(kind, user.id, user.name) for user in client.find_users(typed)]
        wanted = typed.casefold()
        return [
            Scope(kind, found.id, found.name)
            for found in client.teams()
            if wanted in {found.id.casefold(), found.name.casefold()}
        ]

    found = connections.ask(account_id, find)
    if len(found) != 1:
        names = ", ".join(f"{one.name} ({one.id})" for one in found[:20])
        raise click.ClickException(f"{len(found)} fit {typed!r}{': ' + names if names else ''}. Give the PagerDuty id.")
    return found[0]


def _with_others(connections: Connections, account_id: int, scope: Scope, also: tuple[str, ...]) -> Scope:
    """The scope, a team's with engineers who are no members."""
    if not also:
        return scope
    if scope.kind is not ScopeKind.TEAM:
        raise click.UsageError("--also goes with --scope team.")
    others = [_scope(connections, account_id, ScopeKind.ENGINEER, typed, "") for typed in also]
    return replace(scope, also=tuple((other.id, other.name) for other in others))


def _read(connections: Connections, draft: Draft) -> None:
    """Read until everything is there, waiting where PagerDuty asks for it."""
    while True:
        try:
            if reporting.read_slice(connections, draft, SLICE_SECONDS):
                break
        except RateLimited as error:
            click.echo(error.sentence, err=True)
            time.sleep(error.retry_after_seconds)
        click.echo(reporting.progress_words(draft.progress), err=True)
    if draft.undecided_parts:  # only where --partial let them be left out
        draft.do_without(draft.undecided_parts)


def _path(out: Path | None, name: str) -> Path:
    if out is None:
        return Path(name)
    return out / name if out.is_dir() else out
