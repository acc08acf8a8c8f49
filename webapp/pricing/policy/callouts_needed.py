"""Whether a policy's pay can depend on callouts at all; where it cannot, nobody need find out about any.

Whatever is not surely independent of them counts as depending on them: what is not read is never paid.
"""

from __future__ import annotations

from fractions import Fraction

from webapp.pricing.policy.document import Document, Lookup, Rule
from webapp.pricing.policy.lookup import LOOKED_UP

_OF_DUTY = {word for word, of in LOOKED_UP.items() if of == "duty"}
_OF_TIME = {word for word, of in LOOKED_UP.items() if of != "callout"}
"""Words that tables may look up without a callout."""
_HOURLY_RATE = "hourly rate"


def asks_callouts(document: Document, *, own_rates: bool) -> bool:
    """Whether callouts can change what any version of a document pays, or whom it can price.

    With `own_rates` somebody has an hourly rate of their own: then a rule that pays by it is worth something, whatever
    the policy says for everybody else.
    """
    return any(_version_asks(version, own_rates=own_rates) for version in (document, *document.later))


def _version_asks(version: Document, *, own_rates: bool) -> bool:
    """A rule for callouts that is worth nothing still counts where time on call is measured by it."""
    mentioned = {
        name
        for rule in version.rules
        if rule.on_call
        for name in (*rule.set.remove_paid_by, *rule.set.only_paid_by, *rule.group.billed_first)
    }
    return any(
        _duty_asks(rule, version)
        if rule.on_call
        else rule.name in mentioned or not _is_worthless(rule, version, own_rates=own_rates)
        for rule in version.rules
    )


def _duty_asks(rule: Rule, version: Document) -> bool:
    """Whether a rule for time on call asks what was worked, or whether somebody was called out."""
    of_callouts = {*LOOKED_UP, *version.attested} - _OF_TIME
    return bool(
        rule.looks_up & of_callouts
        or rule.when.words.keys() - _OF_DUTY
        or rule.when.in_full
        or rule.set.remove - {"ordinary hours"}
    )


def _is_worthless(rule: Rule, version: Document, *, own_rates: bool) -> bool:
    """Whether a rule for callouts pays 0 for each of them, asks nothing of anybody, and no other gives way to it."""
    price = rule.price
    is_free = _is_zero(price.amount) or (price.of == _HOURLY_RATE and _is_zero(price.default) and not own_rates)
    raises_pay = any(step.kind.endswith("_pay") for step in rule.shape)
    asks_people = rule.looks_up or rule.when.person or rule.when.person_not or rule.when.day_type is not None
    is_certain = not asks_people and version.business_hours is not None
    is_alone = rule.choose is None and rule.book.as_ == "money"
    return bool(is_free and price.is_plain and not raises_pay and is_certain and is_alone)


def _is_zero(value: Lookup | None) -> bool:
    return isinstance(value, Fraction) and value == 0
