"""One call log, ten rules: why GROUP, COUNT and SHAPE are separate stages.

Standby from 18:00; calls worked 20:00 to 20:30, 22:30 to 23:30 and 01:00 to 01:15. Hours before any multiplier.
"""

from fractions import Fraction

import pytest

from tests.exactly import price, read_facts
from webapp.pricing.policy import parse

POLICY = """
name = "One call log"
currency = "GBP"
pay_zone = "Europe/London"
rounding = "half up"

[[rules]]
name = "Calls"
pays = "callouts"
count = "hours"
price = "1.00"
{stages}
"""
FACTS = {
    "zone": "Europe/London",
    "people": [{"id": "ada"}],
    "on_call": [{"person": "ada", "start": "2026-01-14T18:00", "end": "2026-01-15T08:00"}],
    "callouts": [
        {"person": "ada", "start": "2026-01-14T20:00", "end": "2026-01-14T20:30"},
        {"person": "ada", "start": "2026-01-14T22:30", "end": "2026-01-14T23:30"},
        {"person": "ada", "start": "2026-01-15T01:00", "end": "2026-01-15T01:15"},
    ],
}
BY_ORDINAL = """
tier = { by = "ordinal", each = "duty", limits = ["1"] }
shape = [{ minimum = { by = "tier", 1 = "FIRST", 2 = "LATER" } }]
"""
OPEN_MINIMUM = """
group = { join = "window", window = "minimum", from = "first start", measure = "start to end" }
shape = [{ minimum = "3 h" }]
"""
CHAIN = """
group = { join = "window", window = "minimum", from = "last start", measure = "to last minimum" }
shape = [{ minimum = "3 h" }]
"""
RULES = {
    "actual minutes": ("", "1.75"),
    "sum, then round up to the hour": ('shape = [{ round = "up", to = "1 h", each = "duty" }]', "2"),
    "round each up to the hour": ('shape = [{ round = "up", to = "1 h" }]', "3"),
    "minimum once per fixed 8 h block of standby": ('shape = [{ minimum = "3 h", first_of = "8 h of duty" }]', "4.25"),
    "inside an open minimum: one continuous call": (OPEN_MINIMUM, "6.5"),
    "minimum by ordinal 3 / 2 / 2": (BY_ORDINAL.replace("FIRST", "3 h").replace("LATER", "2 h"), "7"),
    "overlapping minimums chain to 3 h after the last start": (CHAIN, "8"),
    "3 h each, capped at 8 h in 8 h": ('shape = [{ minimum = "3 h" }, { cap = "8 h", each = "8 h" }]', "8"),
    "3 h each, separately": ('shape = [{ minimum = "3 h" }]', "9"),
    "minimum by ordinal 4 / 3 / 3": (BY_ORDINAL.replace("FIRST", "4 h").replace("LATER", "3 h"), "10"),
}


@pytest.mark.parametrize(("stages", "hours"), RULES.values(), ids=RULES.keys())
def test_one_call_log(stages: str, hours: str) -> None:
    priced = price(parse(POLICY.format(stages=stages)), read_facts(FACTS))
    assert Fraction(hours) == sum(line.quantity for line in priced.pay)
    assert Fraction(hours) == sum(line.amount for line in priced.pay)
