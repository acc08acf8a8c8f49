"""The pay engine: facts and a policy in, pay lines with reasons out.

Pure and deterministic: the standard library only, no clock, no network, no database, Decimal for money, UTC instants
for time. `price(facts, policy)` makes every line without knowing the report's period; `select(priced, period)` makes
the report by booking date, so that adjacent periods always add up.

One engineer's way through the files: `held` (who holds which level when), `pieces` (joined time on call), `awards`
(dates earned), `stipends` (lines); `spells` (judged), `sessions` (grouped and billed), `callouts` (lines and rows).
`calendar` knows local dates, `spans` intervals, `money` rounding. `engine` puts engineers together, `report` selects.
"""

from webapp.pricing.engine import price
from webapp.pricing.errors import FactsError, PolicyError, PricingError
from webapp.pricing.report import select
from webapp.pricing.words import in_words

__all__ = ["FactsError", "PolicyError", "PricingError", "in_words", "price", "select"]
