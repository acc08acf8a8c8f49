"""The rotas that a document names, and the same document with other words for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from webapp.pricing.policy.document import Document, Lookup, PriceStage, Rule, ShapeStep, Table, WhenStage
from webapp.pricing.policy.named import tables_of, words_named
from webapp.pricing.policy.reasons import ROTA


def rotas_in(version: Document) -> frozenset[str]:
    """Every word by which one version names a rota, of the versions after it none."""
    return version.also_pay | frozenset(
        word for rule in version.rules for word in (*rule.when.rota_not, *words_named(rule, ROTA))
    )


def rota_tables(version: Document) -> Iterator[frozenset[str]]:
    """The rotas of each table of one version that is looked up by them."""
    for rule in version.rules:
        for table in tables_of(rule):
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
    return replace(
        rule,
        when=_when(rule.when, words),
        shape=tuple(_step(step, words) for step in rule.shape),
        price=_price(rule.price, words),
        book=replace(rule.book, as_=_lookup(rule.book.as_, words)),
    )


def _when(when: WhenStage, words: Mapping[str, str]) -> WhenStage:
    def renamed(asked: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        return {name: _renamed(values, words) if name == ROTA else values for name, values in asked.items()}

    return replace(
        when, words=renamed(when.words), in_full=renamed(when.in_full), rota_not=_renamed(when.rota_not, words)
    )


def _step(step: ShapeStep, words: Mapping[str, str]) -> ShapeStep:
    return replace(step, value=_lookup(step.value, words))


def _price(price: PriceStage, words: Mapping[str, str]) -> PriceStage:
    changed: dict[str, object] = {}
    for one in fields(PriceStage):
        value = getattr(price, one.name)
        if isinstance(value, Table):
            changed[one.name] = _lookup(value, words)
        elif isinstance(value, tuple):
            changed[one.name] = tuple(_lookup(factor, words) for factor in value)
    return replace(price, **changed) if changed else price  # type: ignore[arg-type]  # each field keeps its type


def _lookup(value: Lookup, words: Mapping[str, str]) -> Lookup:
    if not isinstance(value, Table):
        return value
    cases = {key: _lookup(case, words) for key, case in value.cases.items()}
    if value.by == ROTA:
        cases = {words[key]: case for key, case in cases.items() if key in words} | {
            key: case for key, case in cases.items() if key not in words
        }
    return Table(value.by, cases, None if value.other is None else _lookup(value.other, words))


def _renamed(rotas: frozenset[str], words: Mapping[str, str]) -> frozenset[str]:
    return frozenset(words.get(one, one) for one in rotas)
