"""The words by which a rule asks for something: "Payments primary" for a rota, "GB-ENG" for a holiday region."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.pricing.policy.document import Rule, lookups


def words_named(rule: Rule, by: str) -> Iterator[str]:
    """Every word that the rule's conditions and tables have for `by`, however deep a table stands in another."""
    for asked in (rule.when.words, rule.when.in_full, rule.when.person, rule.when.person_not):
        yield from asked.get(by, ())
    for _, table in lookups(rule):
        if table.by == by:
            yield from table.cases
