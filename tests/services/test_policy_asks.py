"""What a policy asks of people, and how far around a period it reaches: read off its rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from webapp.pricing.policy import Document, parse
from webapp.pricing.policy.form import Policy
from webapp.pricing.policy.form_document import form_document
from webapp.pricing.policy.templates import template_names, template_text
from webapp.services.engineer_facts import FIRST_DAY, HOLIDAY_REGION, HOURLY_RATE, Change
from webapp.services.people import PaySettings
from webapp.services.policy_asks import Judgement, attributes, forgotten, judgements, needs
from webapp.services.policy_windows import LONGEST_SPELL, longest_spell, window_of

HEAD = 'name = "A"\ncurrency = "GBP"\nrounding = "half up"\n'
FIRST, AFTER = date(2026, 10, 10), date(2026, 10, 20)


def policy(rule: str, head: str = "") -> Document:
    return parse(f'{HEAD}{head}\n[[rules]]\nname = "R"\n{rule}\n')


def test_judgements_are_offered_with_the_values_that_the_rules_name() -> None:
    found = judgements(
        policy(
            'pays = "callouts"\nwhen = { attested = { woken = true } }\n'
            'price = { by = ["mode", "means"], remote = { phone = "1", other = "2" }, "on site" = "3" }',
            '[attested]\nwoken = "false"\nmeans = "laptop"\ndecision = "none"\n',
        )
    )
    assert found == (
        Judgement("woken", "false", ("false", "true")),
        Judgement("means", "laptop", ("laptop", "phone")),
        Judgement("mode", "remote", ("remote", "on site")),
    )


def test_the_form_asks_nobody_to_judge_anything(policy: Policy) -> None:
    assert judgements(form_document(policy)) == ()
    assert attributes(form_document(policy)) == ()


def test_attributes_are_what_no_policy_knows_by_itself() -> None:
    found = attributes(
        policy(
            'pays = "callouts"\ncount = "hours"\nwhen = { person = { contract = "casual" } }\n'
            'price = { of = "seniority pay", percent = { by = ["grade", "site"], A = { north = "10" }, other = "5" } }'
        )
    )
    assert found == ("contract", "seniority pay", "site")


@pytest.mark.parametrize("name", template_names())
def test_every_template_says_what_it_asks(name: str) -> None:
    document = parse(template_text(name))
    assert all(one.choices[0] == one.default for one in judgements(document))
    assert window_of(document, FIRST, AFTER)[0] >= FIRST - timedelta(days=366)


CAP = 'pays = "callouts"\ncount = "hours"\nprice = "10"\nshape = [{{ cap = "5 h", each = {} }}]'


@pytest.mark.parametrize(
    ("each", "begins", "ends"),
    [
        ('"day"', FIRST, AFTER),
        ('"week"', date(2026, 10, 3), date(2026, 10, 27)),
        ('"month"', date(2026, 10, 1), date(2026, 11, 1)),
        ('"year"', date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_rule_reaches_over_its_whole_window(each: str, begins: date, ends: date) -> None:
    assert window_of(policy(CAP.format(each)), FIRST, AFTER) == (begins, ends)


def test_windows_of_days_are_counted_from_their_date() -> None:
    document = policy(CAP.format('"28 days from 2026-01-05"'))
    begins, ends = window_of(document, FIRST, AFTER)
    assert (begins - date(2026, 1, 5)).days % 28 == 0
    assert begins <= FIRST < begins + timedelta(days=28)
    assert (ends - begins).days % 28 == 0
    assert ends - timedelta(days=28) < AFTER <= ends


def test_without_a_limit_work_may_go_on_for_a_week() -> None:
    rule = 'pays = "callouts"\nprice = "10"'
    assert longest_spell(policy(rule)) == LONGEST_SPELL
    assert longest_spell(policy(rule, 'longest_spell = "12 h"\n')) == timedelta(hours=12)


# What is needed


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        ('pays = "callouts"\nprice = "10"', ()),
        ('pays = "callouts"\ncount = "hours"\nprice = { of = "hourly rate" }', ("hourly rate",)),
        ('pays = "callouts"\ncount = "hours"\nprice = { of = "hourly rate", default = "30" }', ()),
        ('pays = "callouts"\ncount = "hours"\nprice = { of = "hourly rate" }\nbook = { as = "time off" }', ()),
        ('pays = "callouts"\nprice = { by = "grade", A = "10", other = "5" }', ("grade",)),
        ('pays = "callouts"\nprice = { by = "holiday region", GB-ENG = "10", other = "5" }', ("holiday region",)),
        ('pays = "callouts"\nwhen = { person = { contract = "casual" } }\nprice = "10"', ("contract",)),
        ('pays = "callouts"\nwhen = { attested = { woken = true } }\nprice = "10"', ()),
    ],
)
def test_what_an_engineer_cannot_be_priced_without(rule: str, needed: tuple[str, ...]) -> None:
    assert needs(policy(rule, '[attested]\nwoken = "false"\n')) == needed


def test_the_form_needs_what_it_leaves_empty(policy: Policy) -> None:
    assert needs(form_document(policy)) == ()
    empty = replace(policy, hourly_rate=None, holiday_region=None)
    assert needs(form_document(empty)) == (HOURLY_RATE, HOLIDAY_REGION)


def test_it_is_forgotten_where_nobody_has_a_value_in_time(policy: Policy) -> None:
    documents = [form_document(replace(policy, hourly_rate=None))]

    def ada(*changes: Change) -> PaySettings:
        return PaySettings(user_id="PADA", name="Ada", email=None, facts={HOURLY_RATE: changes})

    assert forgotten(documents, [], AFTER) == (HOURLY_RATE,)
    assert forgotten(documents, [ada(Change(AFTER, "30"))], AFTER) == (HOURLY_RATE,)
    assert forgotten(documents, [ada(Change(FIRST_DAY, ""))], AFTER) == (HOURLY_RATE,)
    assert forgotten(documents, [ada(Change(FIRST, "30"))], AFTER) == ()
