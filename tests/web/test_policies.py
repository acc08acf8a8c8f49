"""The pages of the pay policy: versions and their dates, words, templates, the text editor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import update
from werkzeug.test import TestResponse

from webapp.models import PolicyVersion
from webapp.pricing.policy.form import Policy
from webapp.pricing.policy.templates import template_names
from webapp.services import accounts, policies
from webapp.services.policies import PolicyText, SavedPolicy

ADA = "ada@example.com"
PASSWORD = "correct horse battery"
HTMX = {"HX-Request": "true"}
JULY = date(2026, 7, 1)
FLAT = (
    'name = "Flat"\ncurrency = "GBP"\nrounding = "half up"\n\n[[rules]]\nname = "Stipend"\npays = "on call"\n'
    'count = "days"\nprice = "50.00"\n'
)
READ = {"evidence": "acknowledged", "longest_lead_minutes": "15"}


@pytest.fixture
def save(app: Flask) -> Callable[..., SavedPolicy]:
    """Save a version."""

    def put(rules: Policy | PolicyText, effective: date | None = None, note: str = "") -> SavedPolicy:
        with app.extensions["calloutpay"].database.session() as session:
            return policies.save_policy(session, rules, ADA, effective=effective, note=note)

    return put


@pytest.fixture
def versions(app: Flask) -> Callable[[], list[SavedPolicy]]:
    """Every saved version."""

    def read() -> list[SavedPolicy]:
        with app.extensions["calloutpay"].database.session() as session:
            return policies.saved_policies(session)

    return read


@pytest.fixture
def as_role(app: Flask) -> Callable[[str], FlaskClient]:
    """The client of somebody with that role, logged in."""

    def log_in(role: str) -> FlaskClient:
        email = f"{role}@example.com"
        with app.extensions["calloutpay"].database.session() as session:
            accounts.add_account(session, email, PASSWORD, role)
        client = app.test_client()
        client.log_in(email, PASSWORD)
        return client

    return log_in


def edit(client: FlaskClient, action: str, **typed: str) -> TestResponse:
    """Send the editor's form."""
    return client.send(f"/policies/{action}", page="/policies/new", **{**READ, "begins": "ever", "text": FLAT, **typed})


# The list


def test_without_a_policy_the_list_says_how_to_begin(logged_in: FlaskClient) -> None:
    page = logged_in.get("/policies")
    assert "No pay policy is saved yet" in page.text
    assert 'href="/policies/new"' in page.text


def test_the_list_says_what_is_in_force_when(
    logged_in: FlaskClient, save: Callable[..., SavedPolicy], policy: Policy
) -> None:
    save(policy)
    save(PolicyText(FLAT), JULY, "As agreed in June")
    page = logged_in.get("/policies").text
    assert "the day before Wed 1 Jul 2026" in page
    assert page.count("As agreed in June") == 2
    assert page.index("Flat version 2", page.index('id="versions"')) < page.index(
        "Standard policy version 1", page.index('id="versions"')
    )
    assert page.count("in force today") == 1


# One version


def test_a_version_is_shown_in_words_with_what_changed(
    logged_in: FlaskClient, save: Callable[..., SavedPolicy]
) -> None:
    save(PolicyText(FLAT))
    save(PolicyText(FLAT.replace("50.00", "55.00")), JULY)
    page = logged_in.get("/policies/2").text
    assert "<del>50.00 </del><ins>55.00 </ins>" in page
    assert "Marked is what changed against Flat version 1." in page
    assert "In force from 1 July 2026 on." in page
    assert "In force from the first day, until version 2 begins on 1 July 2026." in logged_in.get("/policies/1").text


def test_a_version_that_was_replaced_on_its_first_day_says_so(
    logged_in: FlaskClient, save: Callable[..., SavedPolicy]
) -> None:
    save(PolicyText(FLAT), JULY)
    save(PolicyText(FLAT.replace("50.00", "55.00")), JULY)
    assert "Never in force" in logged_in.get("/policies/1").text


def test_a_version_can_be_compared_with_any_other(
    logged_in: FlaskClient, save: Callable[..., SavedPolicy], policy: Policy
) -> None:
    save(policy)
    save(PolicyText(FLAT), JULY)
    save(PolicyText(FLAT.replace("50.00", "55.00")), JULY)
    assert "against Standard policy version 1" in logged_in.get("/policies/3?against=1").text
    assert "Marked is" not in logged_in.get("/policies/3?against=99").text


@pytest.mark.parametrize("path", ["/policies/7", "/policies/7.toml", "/policies/edit?version=7"])
def test_a_version_that_there_is_not_is_not_found(logged_in: FlaskClient, path: str) -> None:
    assert logged_in.get(path).status_code == 404


def test_the_form_of_a_report_is_downloaded_as_text(
    logged_in: FlaskClient, save: Callable[..., SavedPolicy], policy: Policy
) -> None:
    saved = save(policy)
    answer = logged_in.get("/policies/1.toml")
    assert answer.text == saved.text
    assert answer.headers["Content-Disposition"] == "attachment; filename=policy-version-1.toml"


@pytest.mark.parametrize(
    "path", ["/policies", "/policies/1", "/policies/2?against=1", "/people/engineers.csv", "/reports"]
)
def test_a_text_that_was_saved_before_a_mistake_in_it_was_refused_keeps_its_pages(
    logged_in: FlaskClient, save: Callable[..., SavedPolicy], app: Flask, path: str
) -> None:
    save(PolicyText(FLAT))
    save(PolicyText(FLAT.replace("50", "60")), JULY)
    with app.extensions["calloutpay"].database.session() as session:
        session.execute(update(PolicyVersion).values(text=FLAT.replace('"50.00"', '{ by = "day type", wekend = "1" }')))
        session.commit()
    page = logged_in.get(path)
    assert page.status_code == 200
    if "policies/" in path:
        assert "price.amount.wekend: is not a day type" in page.text


# Starting


def test_every_template_opens_in_the_editor_without_a_mistake(logged_in: FlaskClient) -> None:
    page = logged_in.get("/policies/new").text
    assert len(template_names()) == 12
    for name in template_names():
        assert f'href="/policies/edit?template={name}"' in page
        editor = logged_in.get(f"/policies/edit?template={name}")
        assert "no mistakes" in editor.text


def test_a_template_that_there_is_not_is_not_found(logged_in: FlaskClient) -> None:
    assert logged_in.get("/policies/edit?template=martian").status_code == 404


def test_without_a_policy_the_editor_has_nothing_to_start_from(logged_in: FlaskClient) -> None:
    assert logged_in.get("/policies/edit").status_code == 404


def test_the_forms_fields_are_turned_into_text(
    logged_in: FlaskClient, save: Callable[..., SavedPolicy], policy: Policy
) -> None:
    save(policy)
    page = logged_in.get("/policies/edit").text
    assert "Started from Standard policy version 1, the fields of its form written as text." in page
    assert "no mistakes" in page
    assert "cannot be turned back into the form" in logged_in.get("/policies/new").text


def test_a_file_opens_in_the_editor(logged_in: FlaskClient) -> None:
    file = (BytesIO(b"\xef\xbb\xbf" + FLAT.replace("\n", "\r\n").encode()), "flat.toml")
    page = logged_in.send("/policies/upload", page="/policies/new", file=file).text
    assert "Started from the file flat.toml." in page
    assert "no mistakes" in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a file"),
        (b" \n", "Choose a file"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"#" * 200_001, "at most 200 kB"),
    ],
)
def test_a_file_that_is_no_policy_is_refused(logged_in: FlaskClient, content: bytes, sentence: str) -> None:
    answer = logged_in.send("/policies/upload", page="/policies/new", file=(BytesIO(content), "flat.toml"))
    assert answer.status_code == 422
    assert sentence in answer.text


# Editing


def test_the_words_follow_the_text_and_mark_what_changes(
    logged_in: FlaskClient, save: Callable[..., SavedPolicy]
) -> None:
    save(PolicyText(FLAT))
    logged_in.get("/policies/new")
    typed = {**READ, "csrf_token": logged_in.token, "begins": "ever", "text": FLAT.replace("50.00", "60.00")}
    answer = logged_in.post("/policies/check", data=typed, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section id="checked"')
    assert "60" in answer.text.partition("<ins>")[2].partition("</ins>")[0]
    assert "changes against Flat version 1" in answer.text


def test_each_mistake_is_told_at_its_line_with_the_right_word(logged_in: FlaskClient) -> None:
    wrong = FLAT.replace('"half up"', '"half upp"').replace("price", "prise")
    answer = edit(logged_in, "check", text=wrong)
    assert answer.status_code == 422
    assert "3 mistakes" in answer.text
    assert "<strong>Line 3</strong>" in answer.text
    assert "Did you mean &#34;half up&#34;?" in answer.text
    assert "<strong>Line 5</strong>" in answer.text  # the rule that lacks a price
    assert "<strong>Line 9</strong>" in answer.text
    assert "prise = &#34;50.00&#34;" in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"text": "name ="}, "Line 1"),
        ({"text": FLAT.replace('"half up"', '{ money = "half up", to = "none" }')}, "The policy does not round money"),
        ({"text": " \n"}, "Write a policy, or start from a template."),
        ({"text": "#" * 200_001}, "At most 200,000 characters."),
        ({"longest_lead_minutes": "1000"}, "A whole number from 0 to 240."),
        ({"pause_grace_minutes": "1000"}, "A whole number from 0 to 240."),
        ({"pause_grace_minutes": ""}, "A whole number from 0 to 240."),
        ({"evidence": "resolved", "pause_grace_minutes": "5"}, "sees no snooze and no hand-over. Leave this at 15."),
        ({"evidence": "on call", "pause_grace_minutes": "5"}, "sees no snooze and no hand-over. Leave this at 15."),
        ({"evidence": "on call", "longest_lead_minutes": "5"}, "sees no acknowledgement. Leave this at 15."),
        ({"begins": "date"}, "Write the day from which it holds"),
        ({"begins": "date", "effective": "July"}, "Not a valid date value"),
        ({"text": f'effective = "2026-08-01"\n{FLAT}', "begins": "date", "effective": "2026-07-01"}, "says 2026-08-01"),
        ({"note": "x" * 501}, "At most 500 characters."),
    ],
)
def test_what_cannot_be_saved_is_kept_with_its_error(
    logged_in: FlaskClient, versions: Callable[[], list[SavedPolicy]], typed: dict[str, str], sentence: str
) -> None:
    answer = edit(logged_in, "save", **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert str(escape(typed.get("text", FLAT))).strip()[:1000] in answer.text
    assert versions() == []


def test_how_long_a_pause_may_be_undone_is_saved_with_a_text(
    logged_in: FlaskClient, versions: Callable[[], list[SavedPolicy]]
) -> None:
    edit(logged_in, "save", pause_grace_minutes="5")
    edit(logged_in, "save")  # a page of before the upgrade has no such field
    assert [saved.rules.pause_grace_minutes for saved in versions()] == [5, 15]


def test_a_text_is_saved_as_the_next_version(
    logged_in: FlaskClient, versions: Callable[[], list[SavedPolicy]], save: Callable[..., SavedPolicy], policy: Policy
) -> None:
    save(policy)
    answer = edit(
        logged_in,
        "save",
        text=FLAT.replace("\n", "\r\n"),
        begins="date",
        effective="2026-07-01",
        note=" As agreed ",
        evidence="resolved",
        longest_lead_minutes="5",
    )
    assert answer.headers["Location"] == "/policies/2"
    saved = versions()[-1]
    assert (saved.text, saved.effective, saved.note, saved.saved_by) == (FLAT, JULY, "As agreed", ADA)
    assert isinstance(saved.rules, PolicyText)
    assert (saved.rules.evidence, saved.rules.longest_lead_minutes) == ("resolved", 5)
    assert "Flat version 2 is saved. In force from 1 July 2026 on." in logged_in.get("/policies/2").text


# Roles


def test_a_role_that_nobody_knows_may_do_nothing(as_role: Callable[[str], FlaskClient]) -> None:
    assert as_role("engineer").get("/policies").status_code == 403


def test_whoever_does_not_decide_about_pay_reads_the_words(
    as_role: Callable[[str], FlaskClient], save: Callable[..., SavedPolicy]
) -> None:
    save(PolicyText(FLAT))
    client = as_role("viewer")
    for path in ("/policies", "/policies/1", "/policies/1.toml"):
        assert client.get(path).status_code == 200
    assert "/policies/edit" not in client.get("/policies/1").text
    assert "/policies/new" not in client.get("/policies").text
    for path in ("/policies/new", "/policies/edit"):
        assert client.get(path).status_code == 403
    for action in ("check", "save", "upload"):
        client.get("/policies")
        assert client.post(f"/policies/{action}", data={"csrf_token": client.token}).status_code == 403


def test_a_manager_edits(as_role: Callable[[str], FlaskClient], versions: Callable[[], list[SavedPolicy]]) -> None:
    assert edit(as_role("manager"), "save").headers["Location"] == "/policies/1"
    assert versions()[0].saved_by == "manager@example.com"
