"""The policy as a document of rules: `parse` reads it, or refuses it with every mistake by its path.

`document` holds the values, `parse` and `parse_rule` read them, `contradictions` refuses what cannot be followed,
`words` says the policy in words. `form` holds the settings of the simple form, a view of a document that
`form_document` writes. Standard library only.
"""

from webapp.pricing.policy.document import Document, Rule
from webapp.pricing.policy.errors import DocumentError, Mistake
from webapp.pricing.policy.parse import parse, parse_table

__all__ = ["Document", "DocumentError", "Mistake", "Rule", "parse", "parse_table"]
