"""Saved policies whose holiday region is nobody's calendar: refused by reports, mended by one choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from webapp.models import PolicyVersion
from webapp.pricing.policy.form import Policy
from webapp.services.policies import NotInForce, PolicyText, basis_of, save_policy, saved_policies
from webapp.services.policy_regions import RepairError, mend, unusable_policies

ADA = "ada@example.com"
JULY, AUGUST, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (7, 8, 10, 11))
TEXT = """\
name = "Flat"  # GB as agreed
currency = "GBP"
rounding = "half up"
# holiday_region = "GB" until 2020
holiday_region   =  'GB'   # GB, says HR

[[rules]]
name = "Stipend GB"
pays = "on call"
count = "days"
price = "50.00"

[[versions]]
effective = 2027-01-01
"holiday_region" = "DE"
"""


@pytest.fixture
def store(session: Session) -> Callable[..., None]:
    """Put a text into the database as an earlier version of the program did, which did not look at regions."""

    def put(text: str, number: int = 1, effective: date | None = None) -> None:
        settings = {"evidence": "acknowledged", "longest_lead_minutes": 15, "pause_grace_minutes": 15}
        session.add(
            PolicyVersion(
                version=number, name="Flat", text=text, settings=settings, effective=effective, note="",
                saved_at=datetime(2026, 1, 1, tzinfo=UTC), saved_by=ADA,
            )
        )  # fmt: skip
        session.commit()

    return put


def test_a_policy_of_the_form_is_saved_anew_with_the_part_and_nothing_else(session: Session, policy: Policy) -> None:
    wrong = replace(policy, holiday_region="GB")
    save_policy(session, wrong, ADA, effective=JULY)
    (found,) = unusable_policies(saved_policies(session))
    assert (found.saved.version, found.regions) == (1, ("GB",))
    assert dict(found.parts["GB"]) == {
        "GB-ENG": "England", "GB-NIR": "Northern Ireland", "GB-SCT": "Scotland", "GB-WLS": "Wales",
    }  # fmt: skip
    mended = mend(session, 1, {"GB": "GB-SCT"}, "eva@example.com")
    assert mended.rules == replace(wrong, holiday_region="GB-SCT")
    assert (mended.version, mended.effective, mended.saved_by) == (2, JULY, "eva@example.com")
    assert mended.note == "holiday region GB-SCT in place of GB"
    assert unusable_policies(saved_policies(session)) == []


@pytest.mark.usefixtures("policy")
def test_of_a_text_only_the_values_change(session: Session, store: Callable[..., None]) -> None:
    store(TEXT)
    (found,) = unusable_policies(saved_policies(session))
    assert found.regions == ("GB", "DE")
    mended = mend(session, 1, {"GB": "GB-ENG", "DE": "DE-BY"}, ADA)
    assert isinstance(mended.rules, PolicyText)
    assert mended.rules.text == TEXT.replace("'GB'", "'GB-ENG'").replace('"DE"', '"DE-BY"')
    assert mended.note == "holiday region GB-ENG in place of GB and DE-BY in place of DE"


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize("odd", ["\x85", "\u2028"])
def test_a_comment_goes_on_to_the_end_of_its_line(session: Session, store: Callable[..., None], odd: str) -> None:
    text = TEXT.replace('"DE"', '"DE-BY"') + f'# was:{odd}holiday_region = "GB"\n'
    store(text)
    assert mend(session, 1, {"GB": "GB-ENG"}, ADA).text == text.replace("'GB'", "'GB-ENG'")


@pytest.mark.parametrize(
    "versions",
    [
        'versions = [{ effective = 2027-01-01, holiday_region = "GB" }]',
        "versions = [{ effective = 2027-01-01, holiday_region = '''GB''' }]",
    ],
)
def test_a_text_is_mended_whole_or_left_to_a_person(
    session: Session, store: Callable[..., None], versions: str
) -> None:
    text = TEXT.partition("[[versions]]")[0].replace("'GB'", '"GB-SCT"').replace("currency", f"{versions}\ncurrency")
    store(text)
    if "'''" in versions:
        with pytest.raises(RepairError, match="Edit the policy as text"):
            mend(session, 1, {"GB": "GB-ENG"}, ADA)
        assert len(saved_policies(session)) == 1
    else:
        assert mend(session, 1, {"GB": "GB-ENG"}, ADA).text == text.replace('region = "GB" }', 'region = "GB-ENG" }')


@pytest.mark.parametrize(
    ("number", "chosen", "said"),
    [
        (1, {}, "Choose the part of GB"),
        (1, {"GB": ""}, "Choose the part of GB"),
        (1, {"GB": "DE-BY"}, "Choose the part of GB"),
        (2, {"GB": "GB-ENG"}, "Version 2 needs no other holiday region"),
        (9, {"GB": "GB-ENG"}, "Version 9 needs no other holiday region"),
    ],
)
def test_what_cannot_be_mended_is_refused(
    session: Session, policy: Policy, number: int, chosen: dict[str, str], said: str
) -> None:
    save_policy(session, replace(policy, holiday_region="GB"), ADA)
    save_policy(session, policy, ADA, effective=OCTOBER)
    with pytest.raises(RepairError, match=said):
        mend(session, number, chosen, ADA)
    assert len(saved_policies(session)) == 2


def test_two_people_at_once_save_one_version(session: Session, policy: Policy) -> None:
    save_policy(session, replace(policy, holiday_region="GB"), ADA)
    mend(session, 1, {"GB": "GB-ENG"}, ADA)
    with pytest.raises(RepairError, match="Version 1 needs no other"):
        mend(session, 1, {"GB": "GB-SCT"}, "eva@example.com")
    assert [one.rules.holiday_region for one in saved_policies(session) if isinstance(one.rules, Policy)] == [
        "GB",
        "GB-ENG",
    ]


def test_a_report_is_refused_while_it_would_be_priced_by_such_a_region(session: Session, policy: Policy) -> None:
    save_policy(session, replace(policy, holiday_region="GB"), ADA)
    save_policy(session, policy, ADA, effective=AUGUST)
    versions = saved_policies(session)
    with pytest.raises(NotInForce) as refused:
        basis_of(versions, versions[0].rules, JULY, AUGUST)
    assert str(refused.value) == (
        "Standard policy version 1 has the holiday region GB, which is nobody's calendar: its parts have holidays of "
        "their own. Nothing is priced by it until a manager chooses GB-ENG England, GB-NIR Northern Ireland, GB-SCT "
        "Scotland or GB-WLS Wales on the page Policy."
    )
    assert basis_of(versions, policy, OCTOBER, NOVEMBER).is_saved
    mend(session, 1, {"GB": "GB-ENG"}, ADA)
    versions = saved_policies(session)
    assert basis_of(versions, versions[-1].rules, JULY, AUGUST).document.holiday_region == "GB-ENG"


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("UK", "Flat version 1 has the holiday region UK, which is nobody's calendar"),
        ("XX", "Flat version 1 has the holiday region XX, which is not known. Edit the policy first."),
    ],
)
def test_a_stored_text_with_another_code_is_refused_too(
    session: Session, store: Callable[..., None], region: str, said: str
) -> None:
    store(TEXT.replace("'GB'", f'"{region}"'))
    (saved,) = saved_policies(session)
    with pytest.raises(NotInForce, match=said):
        basis_of([saved], saved.rules, JULY, AUGUST)


def test_a_spelling_that_has_a_calendar_is_stored_as_it_was_and_read_as_everywhere(
    session: Session, store: Callable[..., None]
) -> None:
    store(TEXT.replace("'GB'", '"DE-Bayern"').replace('"DE"', '"DE-BY"'))
    (saved,) = saved_policies(session)
    assert '"DE-Bayern"' in saved.text
    assert basis_of([saved], saved.rules, JULY, AUGUST).document.holiday_region == "DE-BY"
    assert unusable_policies([saved]) == []


def test_a_later_version_within_a_text_refuses_the_reports_that_it_prices(
    session: Session, store: Callable[..., None]
) -> None:
    store(TEXT.replace("'GB'", '"GB-ENG"'))
    (saved,) = saved_policies(session)
    assert basis_of([saved], saved.rules, JULY, AUGUST).is_saved
    with pytest.raises(NotInForce, match="holiday region DE"):
        basis_of([saved], saved.rules, date(2027, 1, 1), date(2027, 2, 1))
    assert [one.regions for one in unusable_policies([saved])] == [("DE",)]


@pytest.mark.usefixtures("policy")
def test_a_stored_rule_that_asks_for_a_region_nobody_can_have_prices_nothing(
    session: Session, store: Callable[..., None]
) -> None:
    text = TEXT.replace("'GB'", "'GB-ENG'").replace('"DE"', '"DE-BY"')
    store(text.replace('"50.00"', '{ by = "holiday region", GB = "50.00", other = "20.00" }'))
    versions = saved_policies(session)
    assert unusable_policies(versions) == []
    with pytest.raises(NotInForce, match="Flat version 1: rule “Stipend GB” asks for the holiday region GB, which no"):
        basis_of(versions, versions[-1].rules, OCTOBER, NOVEMBER)
