"""`flask --app wsgi price`: prices facts by a policy document, without PagerDuty and without a database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from webapp.pricing import PricingError
from webapp.pricing.engine.explain import Explanation, Unearned, explain
from webapp.pricing.facts import Facts
from webapp.pricing.facts_json import read_facts
from webapp.pricing.policy import Document
from webapp.pricing.policy.document import Rounding
from webapp.pricing.policy.errors import InputError
from webapp.pricing.policy.reader import nearest
from webapp.pricing.policy.words import in_words
from webapp.pricing.report.exact import report_of
from webapp.pricing.report.report_json import line_as_json, other_as_json
from webapp.pricing.spans import instant_of, second_of
from webapp.services.calendars.national import notes_of
from webapp.services.calendars.written import facts_mistakes, listed_regions
from webapp.services.locate import read_policy

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("price")
@click.argument("policy", type=_FILE)
@click.argument("facts", type=_FILE, required=False)
@click.option("--explain", "asked", nargs=2, metavar="ENGINEER INSTANT", help="How one minute of an engineer is paid.")
@click.option("--words", is_flag=True, help="Print the policy in words; needs no facts.")
def price_command(*, policy: Path, facts: Path | None, asked: tuple[str, str] | None, words: bool) -> None:
    """Price FACTS (JSON) by POLICY (TOML) and print the report as JSON."""
    table = _json(facts) if facts else {}
    document = _policy(policy, listed_regions(table))
    if words:
        for number, item in enumerate(in_words(document), start=1):
            click.echo(f"{number}. {item}")
        return
    if facts is None:
        raise click.UsageError("FACTS is missing: the JSON file of people, time on call and callouts.")
    try:
        known = _facts(table)
        if asked:
            _refuse_strangers(known, asked[0])
            explanation = explain(document, known, asked[0], _second(asked[1], table.get("zone")))
            answer = _explanation_as_json(explanation, document.rounding)
        else:
            answer = report_of(document, known)
    except PricingError as error:
        raise click.ClickException(f"{facts}:\n{error}") from error
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def _refuse_strangers(facts: Facts, engineer: str) -> None:
    ids = [person.id for person in facts.people]
    if engineer not in ids:
        raise click.UsageError(f'The facts have no engineer "{engineer}".{nearest(engineer, ids)}')


def _explanation_as_json(explanation: Explanation, rounding: Rounding) -> dict[str, Any]:
    """An explanation with the ids as they stand in the facts."""

    def unearned(lines: tuple[Unearned, ...]) -> list[dict[str, Any]]:
        return [{"sentence": one.sentence({}), "line": other_as_json(one.line)} for one in lines]

    return {
        "engineer": explanation.engineer,
        "instant": f"{instant_of(explanation.instant):%Y-%m-%dT%H:%M:%SZ}",
        "not_priced": explanation.not_priced,
        "paid": [
            {
                "sentence": one.sentence,
                "line": line_as_json(one.line, rounding),
                "stages": [
                    {"stage": stage, "gives": [note.in_words({}) for note in notes]}
                    for stage, notes in one.stages.items()
                ],
            }
            for one in explanation.paid
        ],
        "unpaid": unearned(explanation.unpaid),
        "pending": unearned(explanation.pending),
    }


def _policy(path: Path, listed: frozenset[str]) -> Document:
    """The policy; of its regions, those in `listed` may be called anything."""
    document, mistakes = read_policy(_text(path), listed)
    if document is None:
        raise click.ClickException("\n".join([f"{path}:", *(str(mistake) for mistake in mistakes)]))
    for note in notes_of(document, listed):
        click.echo(note, err=True)
    return document


def _facts(table: dict[str, Any]) -> Facts:
    """The facts. Raises InputError with every mistake, those of regions included."""
    mistakes = list(facts_mistakes(table))
    try:
        known = read_facts(table)
    except InputError as error:
        mistakes = [*error.mistakes, *mistakes]
    if mistakes:
        raise InputError(dict.fromkeys(mistakes))
    return known


def _json(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise click.ClickException(f"{path}:\nLine {error.lineno}: {error.msg}.") from error
    if not isinstance(table, dict):
        raise click.ClickException(f"{path}:\nThe facts must be one JSON object.")
    return table


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}:\nThe file is not UTF-8 text.") from error


def _second(written: str, zone: str | None) -> int:
    """An instant as typed; without an offset it is read in the zone of the facts."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise click.UsageError(f"'{written}' is not a time such as 2026-07-04T01:30 or 2026-07-04T00:30Z.") from error
    if moment.tzinfo is None:
        if zone is None:
            raise click.UsageError(f"'{written}' has no offset, and the facts have no zone.")
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return second_of(moment)
