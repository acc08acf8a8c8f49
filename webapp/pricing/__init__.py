"""The pay engine: facts and a policy in, pay lines with reasons out.

Pure and deterministic: the standard library only, no clock, no network, no database, no float; UTC instants for time.
`price(facts, policy)` makes every line without knowing the report's period; `select(priced, period)` makes the report
by booking date, so that adjacent periods always add up.

A policy is a document (`policy/`: its values, how it is read, refused and put in words); the settings of the form are a
view of one. `engine/` prices one engineer after the other, `report/` makes of its lines what page and files print.
"""

from webapp.pricing.errors import FactsError, PolicyError, PricingError
from webapp.pricing.policy.form_words import in_words
from webapp.pricing.report.select import select
from webapp.pricing.report.statements import price

__all__ = ["FactsError", "PolicyError", "PricingError", "in_words", "price", "select"]
