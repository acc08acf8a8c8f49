"""The words by which a rule asks for something: "Payments primary" for a rota, "GB-ENG" for a holiday region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from webapp.pricing.policy.document import PriceStage, Rule, Table
from webapp.pricing.policy.lookup import tables_in


def words_named(rule: Rule, by: str) -> Iterator[str]:
    """Every word that the rule's conditions and tables have for `by`, however deep a table stands in another."""
    for asked in (rule.when.words, rule.when.in_full, rule.when.person, rule.when.person_not):
        yield from asked.get(by, ())
    for table in tables_of(rule):
        if table.by == by:
            yield from table.cases


def tables_of(rule: Rule) -> Iterator[Table]:
    """Every table of a rule, however deep it stands in another."""
    of_price = (getattr(rule.price, one.name) for one in fields(PriceStage))
    prices = [part for value in of_price for part in (value if isinstance(value, tuple) else (value,))]
    for value in (*prices, rule.book.as_, *(step.value for step in rule.shape)):
        yield from tables_in(value if isinstance(value, Table) else None)
