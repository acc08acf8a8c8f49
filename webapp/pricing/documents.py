"""Facts and report of `flask price`."""

from webapp.pricing.engine.engine import price
from webapp.pricing.engine.facts import Facts
from webapp.pricing.engine.lines import Priced
from webapp.pricing.facts_json import read_facts
from webapp.pricing.policy.errors import InputError
from webapp.pricing.report.report_json import as_json, select

__all__ = ["Facts", "InputError", "Priced", "as_json", "price", "read_facts", "select"]
