"""The rotas that a document names, and the same document with other words for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from webapp.pricing.policy.document import Document, Rule, Table, WhenStage, lookups, with_lookups
from webapp.pricing.policy.named import words_named
from webapp.pricing.policy.reasons import ROTA


def rotas_in(version: Document) -> frozenset[str]:
    """Every word by which one version names a rota, of the versions after it none."""
    return version.also_pay | frozenset(
        word for rule in version.rules for word in (*rule.when.rota_not, *words_named(rule, ROTA))
    )


def rota_tables(version: Document) -> Iterator[frozenset[str]]:
    """The rotas of each table of one version that is looked up by them."""
    for rule in version.rules:
        for _, table in lookups(rule):
            if table.by == ROTA:
                yield frozenset(table.cases)


def with_rotas(document: Document, words: Mapping[str, str]) -> Document:
    """The same policy in every version, with `words` in place of those that it names rotas by; others stay.

    Where a table names one rota by two words, the entry that bears the new word already stands.
    """
    if not any(rotas_in(version) & words.keys() for version in (document, *document.later)):
        return document
    return replace(
        document,
        also_pay=_renamed(document.also_pay, words),
        rules=tuple(_rule(rule, words) for rule in document.rules),
        later=tuple(with_rotas(version, words) for version in document.later),
    )


def _rule(rule: Rule, words: Mapping[str, str]) -> Rule:
    return with_lookups(replace(rule, when=_when(rule.when, words)), lambda table: _table(table, words))


def _when(when: WhenStage, words: Mapping[str, str]) -> WhenStage:
    def renamed(asked: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        return {name: _renamed(values, words) if name == ROTA else values for name, values in asked.items()}

    return replace(
        when, words=renamed(when.words), in_full=renamed(when.in_full), rota_not=_renamed(when.rota_not, words)
    )


def _table(table: Table, words: Mapping[str, str]) -> Table:
    if table.by != ROTA:
        return table
    renamed = {words[key]: case for key, case in table.cases.items() if key in words}
    return replace(table, cases=renamed | {key: case for key, case in table.cases.items() if key not in words})


def _renamed(rotas: frozenset[str], words: Mapping[str, str]) -> frozenset[str]:
    return frozenset(words.get(one, one) for one in rotas)
