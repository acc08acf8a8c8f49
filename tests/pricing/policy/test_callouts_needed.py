"""Where a policy's pay cannot depend on callouts, none need be read: and then none of them changes a penny."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.pricing.random_months import random_month
from tests.pricing.test_any_document import CORPUS, TEMPLATES, facts
from tests.spoken_facts import price
from webapp.pricing.policy import Document, parse
from webapp.pricing.policy.callouts_needed import asks_callouts
from webapp.pricing.policy.document import Rounding
from webapp.pricing.policy.form import Policy, Stipend
from webapp.pricing.policy.form_document import form_document
from webapp.pricing.policy.lookup import LOOKED_UP

HEAD = 'name = "A"\ncurrency = "GBP"\nrounding = "half up"\nbusiness_hours = "09:00-17:00"\n'
DUTY = '[[rules]]\nname = "D"\npays = "on call"\nprice = "1"\n'
FREE = '[[rules]]\nname = "C"\npays = "callouts"\nprice = "0"\n'
CENTS = Rounding("half up", Fraction(1, 100), "half up", Fraction(1, 100))
FORM = Policy(currency="GBP", levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))}, hourly_rate=Decimal(0))


def document(rules: str, head: str = "") -> Document:
    return parse(f"{HEAD}{head}\n{rules}")


@pytest.mark.parametrize(
    "rules",
    [
        DUTY,
        DUTY + 'when = { level = 1, rota = "Payments" }\nset = { remove = ["ordinary hours"] }\n',
        DUTY + 'book = { as = "time off" }\n',
        DUTY + 'count = "days"\n'.replace("days", "weeks"),
        DUTY.replace('"1"', '{ by = ["level", "grade"], 1 = { A = "1" }, other = "2" }'),
        DUTY + FREE,
        DUTY + FREE.replace('"0"', '{ of = "hourly rate", default = "0" }'),
    ],
)
def test_pay_for_time_on_call_asks_no_callout(rules: str) -> None:
    assert not asks_callouts(document(rules), own_rates=False)


@pytest.mark.parametrize(
    ("rules", "head"),
    [
        (FREE.replace('"0"', '"5"'), ""),
        (FREE.replace('"0"', '{ of = "hourly rate" }'), ""),
        (FREE.replace('"0"', '{ of = "hourly rate", default = "1" }'), ""),
        (FREE.replace('"0"', '{ of = "salary", default = "0" }'), ""),
        (FREE.replace('"0"', '{ amount = "0", supplement = "3" }'), ""),
        (FREE.replace('"0"', '{ by = "urgency", high = "0", low = "0" }'), ""),
        (FREE + 'shape = [{ minimum_pay = "5" }]\n', ""),
        (FREE + 'when = { day_type = "weekday" }\n', '[[day_types]]\nname = "weekday"\n'),
        (FREE + 'book = { as = "time off" }\n', ""),
        (FREE + 'when = { person = { contract = "casual" } }\n', ""),
        (FREE + 'choose = { among = "one", how = "greatest", priority = 1 }\n', ""),
        (DUTY + "when = { called_out = false }\n", ""),
        (DUTY + "when = { attested = { woken = true } }\n", '[attested]\nwoken = "false"\n'),
        (DUTY + 'set = { remove = ["worked"] }\n', ""),
        (DUTY + 'set = { remove_paid_by = ["C"] }\n' + FREE, ""),
        (DUTY + 'set = { only_paid_by = ["C"] }\n' + FREE, ""),
        (DUTY.replace('"1"', '{ by = "called out", true = "1", false = "2" }'), ""),
        (DUTY.replace('"1"', '{ by = "woken", true = "1", false = "2" }'), '[attested]\nwoken = "false"\n'),
    ],
)
def test_whatever_may_depend_on_a_callout_asks_for_them(rules: str, head: str) -> None:
    assert asks_callouts(document(rules, head), own_rates=False)


@pytest.mark.parametrize(("word", "of"), LOOKED_UP.items())
def test_a_table_of_time_on_call_asks_for_callouts_if_its_word_is_one_of_theirs(word: str, of: str) -> None:
    rule = DUTY.replace('"1"', f'{{ by = "{word}", other = "1" }}')
    assert asks_callouts(document(rule), own_rates=False) is (of == "callout")


def test_a_rule_whose_engineers_may_lack_working_hours_asks() -> None:
    free = document(DUTY + FREE)
    assert asks_callouts(replace(free, business_hours=None), own_rates=False)


def test_one_later_version_that_pays_callouts_is_enough() -> None:
    paying = document(FREE.replace('"0"', '"5"'))
    assert asks_callouts(replace(document(DUTY), later=(paying,)), own_rates=False)


def test_the_form_asks_unless_fee_and_rate_are_nothing() -> None:
    asks = {
        "nothing": asks_callouts(form_document(FORM), own_rates=False),
        "a fee": asks_callouts(form_document(replace(FORM, callout_fee=Decimal(5))), own_rates=False),
        "a rate": asks_callouts(form_document(replace(FORM, hourly_rate=Decimal(5))), own_rates=False),
        "rates of their own": asks_callouts(form_document(FORM), own_rates=True),
        "no rate known": asks_callouts(form_document(replace(FORM, hourly_rate=None)), own_rates=False),
    }
    assert asks == {"nothing": False, "a fee": True, "a rate": True, "rates of their own": True, "no rate known": True}


@pytest.mark.slow
def test_callouts_change_nothing_of_a_form_that_does_not_ask() -> None:
    for number in range(40):
        told, policy = random_month(number)
        free = replace(policy, callout_fee=Decimal(0), hourly_rate=Decimal(0))
        people = tuple(replace(one, hourly_rate=None, numbers={}) for one in told.people)
        whole = replace(told, people=people)
        assert not asks_callouts(form_document(free), own_rates=False)
        with_them, without = price(whole, free), price(replace(whole, callouts=()), free)
        assert [line for line in with_them.pay if line.amount] == [line for line in without.pay if line.amount]


@pytest.mark.slow
def test_callouts_change_nothing_of_any_document_that_does_not_ask() -> None:
    """Every published policy and template, with its rules for time on call alone: most of them do not ask."""
    quiet = asking = 0
    for path in (*TEMPLATES, *CORPUS):
        whole = parse(path.read_text(encoding="utf-8"))
        one = _duties_alone(whole)
        if not one.rules:
            continue
        if asks_callouts(one, own_rates=True):
            asking += 1
            continue
        quiet += 1
        told = facts(one, 7)
        with_them, without = price(told, one), price(replace(told, callouts=()), one)
        assert (with_them.pay, with_them.not_priced) == (without.pay, without.not_priced), path
    assert (quiet > 20, asking > 0) == (True, True)


def _duties_alone(document: Document) -> Document:
    rules = tuple(rule for rule in document.rules if rule.on_call)
    return replace(document, rules=rules, rounding=CENTS, later=tuple(map(_duties_alone, document.later)))
