"""The policy as a document of rules: `parse` reads it, `read_facts` the facts, `price` makes every line.

One rule's way through the files: `duties` (facts as stretches), `stages/` (one module a stage, one pure function
each), `engine` (their composition), `ledger` (what was not paid, with the reason), `report` (a period, as JSON);
`measures` keeps what is measured before any price.
`document` holds the values, `parse` and `parse_rule` read them, `contradictions` refuses what cannot be followed,
`explain` derives one line again, `words` says the policy in words. Standard library only; no clock, no float.
"""

from webapp.pricing.document.document import Document, Rule
from webapp.pricing.document.engine import price
from webapp.pricing.document.errors import DocumentError, InputError, Mistake
from webapp.pricing.document.facts import Facts
from webapp.pricing.document.facts_json import read_facts
from webapp.pricing.document.lines import Priced
from webapp.pricing.document.parse import parse, parse_table
from webapp.pricing.document.report import as_json, select

__all__ = [
    "Document",
    "DocumentError",
    "Facts",
    "InputError",
    "Mistake",
    "Priced",
    "Rule",
    "as_json",
    "parse",
    "parse_table",
    "price",
    "read_facts",
    "select",
]
