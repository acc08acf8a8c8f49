"""The pay engine: facts and a policy in, pay lines with reasons out.

Pure and deterministic: the standard library only, no clock, no network, no database, no float; UTC instants for time.
`price(facts, policy)` makes every line without knowing the report's period; `select(priced, period)` makes the report
by booking date, so that adjacent periods always add up.

A policy is a document (`document/`: its values, its stages, its own words and explanations). The settings of the form
are a view of one: `policy` holds them, `simple` writes the document, `words` says them plainly. `neutral` tells the
app's `facts` to the engine; `statements` makes of its answer what reports print: what is `written` of each engineer
(`pay_lines`, `sessions`, `callouts`), the doubts of `gaps`, and the `brief` of the policy. `report` selects. A `memory`
makes it quicker for whoever prices the same facts again and again, and changes no answer.
"""

from webapp.pricing.errors import FactsError, PolicyError, PricingError
from webapp.pricing.report import select
from webapp.pricing.statements import price
from webapp.pricing.words import in_words

__all__ = ["FactsError", "PolicyError", "PricingError", "in_words", "price", "select"]
