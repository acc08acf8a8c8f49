"""`flask --app wsgi report`: the same job as the report generator, without a browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.blueprints.current import current_instance, database, today
from webapp.commands.output_file import choose_path, write_new
from webapp.commands.refusals import Refusal, Status, with_database
from webapp.exports import ExportError, ReportDocument, ScopeKind
from webapp.exports.filenames import report_filename
from webapp.models import Account
from webapp.pd.client import Client
from webapp.pd.errors import Forbidden, PagerDutyError, RateLimited
from webapp.pd.plan import ENGINEERS
from webapp.pricing import PricingError
from webapp.pricing.report.lines import Period
from webapp.services import deliveries, periods, policies, reporting
from webapp.services.confirmations import CONFIRMATIONS, GAPS, NOT_PRICED, Confirmation, NotDelivered
from webapp.services.connections import Connections
from webapp.services.deliveries import FORMATS, WORKBOOK, Format, NoStatement
from webapp.services.input_parts import saved_settings
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import Draft, Scope
from webapp.services.rule_notices import unread_changes

SLICE_SECONDS = 10.0
STATUSES: Mapping[Confirmation | None, Status] = {NOT_PRICED: Status.NOT_PRICED, GAPS: Status.GAPS}
"""What the command ends with where nobody has agreed to something; 1 else."""

_T = TypeVar("_T")


def with_confirmations(command: Callable[..., None]) -> Callable[..., None]:
    """An option for everything that a page has a box to tick for."""
    for row in reversed(CONFIRMATIONS):
        command = click.option(row.option, row.name, is_flag=True, help=row.explained)(command)
    return command


@click.command("report")
@click.option("--account", "email", required=True, help="E-mail of the account whose PagerDuty connection is used.")
@click.option("--scope", type=click.Choice([kind.value for kind in ScopeKind]), required=True)
@click.option(
    "--engineer", default="", help="With --scope engineer, or --format statement: name, e-mail or PagerDuty id."
)
@click.option("--team", default="", help="With --scope team: name or PagerDuty id.")
@click.option("--also", multiple=True, help="With --scope team: an engineer who is no member; may be repeated.")
@click.option("--month", default="", help="Such as 2026-10; last month if nothing is said.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day, with --to, instead of a month.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--format", "name", type=click.Choice(list(FORMATS)), default=WORKBOOK.name, show_default=True)
@click.option("--out", default="", help="The new file to write; in a folder, under its usual name.")
@click.option("--partial", is_flag=True, help="Make it without the parts of PagerDuty that cannot be read.")
@with_confirmations
@with_database
def report_command(
    *, email: str, scope: str, engineer: str, team: str, also: tuple[str, ...], month: str, first: date | None,
    last: date | None, name: str, out: str, partial: bool, **ticked: bool,
) -> None:  # fmt: skip
    """Read PagerDuty, price by the saved policy and write the finance workbook, or another file of the report."""
    wanted, confirmed = FORMATS[name], dict.fromkeys((box for box, is_agreed in ticked.items() if is_agreed), True)
    _refuse_other_scopes(ScopeKind(scope), wanted, engineer=engineer, team=team, also=also)
    instance, session = current_instance(), database()
    account = _account(session, email)
    versions = policies.saved_policies(session)
    if not versions:
        raise click.ClickException("No pay policy is saved yet. Save one on the report page first.")
    date_now = today()
    session.rollback()
    with _refusals():
        period = _period(month, first, last, date_now)
        chosen = _scope(instance.connections, account.id, ScopeKind(scope), engineer, team)
        last_day = period.after - timedelta(days=1)
        saved = policies.in_force(versions, last_day) or versions[0]
        chosen = _with_others(instance.connections, account.id, chosen, also)
        whose = _whose(instance.connections, account.id, chosen, engineer) if wanted.is_personal else chosen
        path = choose_path(out, report_filename(period.first, last_day, whose.name, whose.kind, wanted.suffix))
        draft = reporting.begin(instance.connections, account.id, session, chosen, period, saved.rules)
        if NOT_PRICED in wanted.asks and NOT_PRICED.name not in confirmed:
            _refuse_forgotten(draft)
        draft.partial = partial
        _read(instance.connections, draft)
        draft.take_in(saved_settings(session, draft.subdomain))  # what was saved while PagerDuty was read
        delivery = deliveries.prepare(session, draft, wanted, confirmed, date_now, whose.id, whose.name)
        document = delivery.source.document
        _refuse_nothing(draft, document)
        file = deliveries.deliver(session, delivery, instance.vault, account.email)
    write_new(path, file.content)
    changes = [f"Changed in version {one.version}: {one.rule} {one.sentences}" for one in unread_changes(session)]
    told = (document.partial_words, document.incidents_words, *changes, *document.scope_notes)
    for sentence in filter(None, (*told, *document.warning_words())):
        click.echo(sentence, err=True)
    paid = (
        document.nobody_words or f"{document.report.total} {document.report.policy.currency}, {document.policy_label}"
    )
    click.echo(f"{path}: {paid}")


@contextmanager
def _refusals() -> Iterator[None]:
    """Say what a service refuses, with the exit status of it."""
    try:
        yield
    except Forbidden as error:
        hint = "" if error.part in {"", ENGINEERS} else " Or add --partial to make it without that."
        raise Refusal(Status.PART_HIDDEN, f"{error.sentence}{hint}") from error
    except PagerDutyError as error:
        raise Refusal(Status.PAGERDUTY, error.sentence) from error
    except periods.PeriodError as error:
        raise click.UsageError(str(error)) from error
    except NotDelivered as error:
        status = STATUSES.get(error.confirmation)
        raise Refusal(status, error.of_command) if status else click.ClickException(error.of_command) from error
    except NoStatement as error:
        raise Refusal(Status.NOT_PRICED if error.is_not_priced else Status.NOTHING, str(error)) from error
    except (policies.NotInForce, ReportError, PricingError, ExportError) as error:
        raise click.ClickException(str(error)) from error


def _account(session: Session, email: str) -> Account:
    account = session.scalars(select(Account).where(Account.email == email.strip().lower())).first()
    if account is None:
        raise click.ClickException(f"There is no account {email}. See: flask --app wsgi account list")
    if account.disabled_at:
        raise click.ClickException(f"The account {email} is disabled. An admin can enable it.")
    return account


def _refuse_forgotten(draft: Draft) -> None:
    """Before minutes of reading: what the policy needs, and nobody has."""
    missing = reporting.forgotten_values(draft.scope, draft.inputs.basis, draft.inputs.own, draft.period)
    if missing:
        needed = f"The policy needs each engineer's {' and '.join(missing)}, and no engineer in question has one."
        raise Refusal(Status.NOT_PRICED, f"{needed} Fill it in, or add {NOT_PRICED.option}.")


def _period(month: str, first: date | None, last: date | None, date_now: date) -> Period:
    if first and last and not month:
        return periods.between(date(first.year, first.month, first.day), date(last.year, last.month, last.day))
    if first or last:
        raise click.UsageError("Give --from and --to together, without --month.")
    return periods.named_month(month) if month else periods.last_month(date_now)


def _refuse_other_scopes(kind: ScopeKind, wanted: Format, **typed: str | tuple[str, ...]) -> None:
    """What goes with another scope must not be passed over: somebody counts on it."""
    goes_with = {"engineer": ScopeKind.ENGINEER, "team": ScopeKind.TEAM, "also": ScopeKind.TEAM}
    for option, its in goes_with.items():
        if typed[option] and its is not kind and not (option == "engineer" and wanted.is_personal):
            also = " or --format statement" if option == "engineer" else ""
            raise click.UsageError(f"--{option} goes with --scope {its.value}{also}, not with --scope {kind.value}.")
    if wanted.is_personal and not typed["engineer"]:
        raise click.UsageError(f"--format {wanted.name} needs --engineer.")


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

    found = _patiently(lambda: connections.ask(account_id, find))
    if not found:
        name = "name, the e-mail" if kind is ScopeKind.ENGINEER else "whole name"
        raise click.ClickException(
            f"PagerDuty has no {kind.value} “{typed}”. Write the {name} or the PagerDuty id of the {kind.value}."
        )
    if len(found) > 1:
        names = ", ".join(f"{one.name} ({one.id})" for one in found[:20])
        raise click.ClickException(
            f"“{typed}” fits {len(found)} {kind.value}s: {names}. Write the PagerDuty id of the one you mean."
        )
    return found[0]


def _whose(connections: Connections, account_id: int, scope: Scope, engineer: str) -> Scope:
    """The engineer whose file it is."""
    kind = ScopeKind.ENGINEER
    return scope if scope.kind is kind else _scope(connections, account_id, kind, engineer, "")


def _with_others(connections: Connections, account_id: int, scope: Scope, also: tuple[str, ...]) -> Scope:
    """The scope, a team's with engineers who are no members."""
    others = [_scope(connections, account_id, ScopeKind.ENGINEER, typed, "") for typed in also]
    return replace(scope, also=tuple((other.id, other.name) for other in others))


def _read(connections: Connections, draft: Draft) -> None:
    """Read until everything is there, waiting where PagerDuty asks for it."""
    while not _patiently(lambda: reporting.read_slice(connections, draft, SLICE_SECONDS)):
        click.echo(reporting.progress_words(draft.progress), err=True)
    if draft.undecided_parts:  # only where --partial let them be left out
        draft.do_without(draft.undecided_parts)


def _patiently(ask: Callable[[], _T]) -> _T:
    """What PagerDuty answers, after waiting as long as it asks for."""
    while True:
        try:
            return ask()
        except RateLimited as error:
            click.echo(error.sentence, err=True)
            time.sleep(error.retry_after_seconds)


def _refuse_nothing(draft: Draft, document: ReportDocument) -> None:
    """Write no file that has nothing to say."""
    report = document.report
    anything = any(one.days or one.callouts or one.unpaid or one.pending for one in report.statements)
    if not (anything or report.silent or report.not_priced):
        nothing = "neither time on call nor an incident"
        if not document.incidents_read:
            nothing = "no time on call, and no rule pays incidents,"
        raise Refusal(
            Status.NOTHING,
            f"{document.scope_name} has {nothing} in {periods.label(draft.period)}, so there "
            "is nothing to write. Check the scope and the period; nobody is paged through a schedule that is on "
            "no escalation policy.",
        )
