"""What a manager says of evidence: who it was that PagerDuty does not name, and who worked from when to when."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from webapp.models import EngineerWork, NamedAct
from webapp.pricing.facts import Span
from webapp.pricing.spans import second_of
from webapp.sandbox import Running
from webapp.sandbox.incidents import Entry, Incident, Responder
from webapp.sandbox.small import ID_BY_NAME
from webapp.sandbox.world import entry_id, incident_id
from webapp.services.callout_decisions import name_act, record_work
from webapp.services.reporting import Draft
from webapp.settings import Settings

Preview = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]

NIGHT = datetime(2026, 10, 13, 1, tzinfo=UTC)
ADA, CARYS, HEMI = (ID_BY_NAME[name] for name in ("Ada Lindqvist", "Carys Pembrooke", "Hemi Walker"))


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def minute(count: float) -> datetime:
    return NIGHT + timedelta(minutes=count)


def story(
    pagerduty: Running, *entries: Entry, responders: Iterable[Responder] = (), merged_into: int | None = None
) -> Incident:
    began = Entry(NIGHT, "trigger", "integration", "api")
    return pagerduty.state.world.add_story((began, *entries), responders, merged_into)


def in_slack(pagerduty: Running) -> Incident:
    """Acknowledged in a chat by somebody whom the log does not name; a machine resolved it."""
    return story(
        pagerduty,
        Entry(minute(4), "acknowledge", None, "slack"),
        Entry(minute(60), "resolve", "integration", "api"),
    )


def draft_of(app: Flask) -> Draft:
    sets = list(app.extensions["calloutpay"].working_sets._sets.values())
    found: Draft = sets[-1].draft
    return found


def path_of(app: Flask, *parts: str) -> str:
    (*_, last) = app.extensions["calloutpay"].working_sets._sets
    return "/".join(("/reports", last, *parts))


def recorded_times(app: Flask) -> list[list[str]]:
    with app.extensions["calloutpay"].database.session() as session:
        return [span for row in session.scalars(select(EngineerWork)) for span in row.times]


def total(page: TestResponse) -> Decimal:
    found = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", page.text)
    assert found, page.text
    return Decimal(found[1].replace(",", ""))


def words(page: TestResponse) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", page.text)).split())


def callouts_of(client: FlaskClient, app: Flask, fill_in: FillIn, number: int) -> list[dict[str, Any]]:
    """The rows of an incident on the sheet Callouts of the downloaded workbook."""
    where = path_of(app)
    sent = client.post(f"{where}/workbook", data=fill_in(client.get(where), "/workbook", without="yes"))
    assert sent.data.startswith(b"PK"), sent.text
    sheet = load_workbook(BytesIO(sent.data), read_only=True)["Callouts"]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    heading = next(place for place, row in enumerate(rows) if row[0] == "Engineer")
    entries = [dict(zip(rows[heading], row, strict=False)) for row in rows[heading + 1 :]]
    return [entry for entry in entries if entry["Incident"] == number]


# Who was it?


def test_an_act_without_a_name_is_asked_about_with_what_each_answer_pays(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask
) -> None:
    incident = in_slack(pagerduty)
    page = preview(connected)
    (question,) = draft_of(app).priced.doubts.questions
    assert question.act.entry_id == entry_id(incident.number, 1)
    first = question.alternatives[0]
    assert first.changes is not None
    (change,) = first.changes
    assert change.amount
    text = words(page)
    assert "PagerDuty does not name who was behind 1 acknowledgement or resolution." in text
    assert f"if it was {first.name}, £{change.amount} more" in text
    assert "acknowledged in Slack by somebody whom PagerDuty does not name" in text


def test_the_answer_pays_what_was_foretold_and_is_kept_printed_and_forgotten(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = in_slack(pagerduty)
    before = preview(connected)
    (question,) = draft_of(app).priced.doubts.questions
    first = question.alternatives[0]
    assert first.changes is not None
    where = path_of(app, "acts", question.act.entry_id)
    asked = connected.get(where)
    assert f"{first.name}: £{first.changes[0].amount} more" in words(asked)
    typed = {"who": first.user_id, "reason": "It is her name in Slack"}
    after = connected.post(where, data=fill_in(asked, question.act.entry_id, **typed), follow_redirects=True)
    assert total(after) == total(before) + (first.changes[0].amount or 0)
    assert draft_of(app).priced.doubts.questions == ()
    assert "Kept, for this report and every later one." in after.text
    with app.extensions["calloutpay"].database.session() as session:
        (kept,) = session.scalars(select(NamedAct))
        assert (kept.entry_id, kept.incident_id, kept.at, kept.user_id, kept.decided_by) == (
            question.act.entry_id, incident_id(incident.number), minute(4), first.user_id, "ada@example.com",
        )  # fmt: skip
    again = preview(connected)  # the answer holds in another reading
    assert total(again) == total(after)
    (row,) = callouts_of(connected, app, fill_in, incident.number)
    assert (row["Engineer"], row["Paid"]) == (first.name, "yes")
    assert row["Evidence"].startswith(
        f"acknowledged 2026-10-13 02:04:00 BST by {first.name}, slack, named by a manager"
    )
    assert row["Decision"].startswith(f"it was {first.name} at 2026-10-13 02:04:00 BST: It is her name in Slack (ada@")
    preview(connected)
    where = path_of(app, "acts", question.act.entry_id)
    form = fill_in(connected.get(where), question.act.entry_id, forget="yes")
    assert form["reason"] == ["It is her name in Slack"]
    assert total(connected.post(where, data=form, follow_redirects=True)) == total(before)


def test_a_machine_is_an_answer(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = in_slack(pagerduty)
    before = preview(connected)
    entry = entry_id(incident.number, 1)
    form = fill_in(connected.get(path_of(app, "acts", entry)), entry, who="machine", reason="A bot of ours")
    after = connected.post(path_of(app, "acts", entry), data=form, follow_redirects=True)
    assert total(after) == total(before)
    assert draft_of(app).priced.doubts.questions == ()
    (row,) = callouts_of(connected, app, fill_in, incident.number)
    assert row["Reason"] == "auto-resolved, nobody acknowledged"
    assert row["Decision"].startswith(
        "it was a machine or somebody who is not paid at 2026-10-13 01:04:00 UTC: A bot of ours (ada@"
    )


def test_another_engineer_of_the_reading_is_an_answer(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = in_slack(pagerduty)
    preview(connected)
    entry = entry_id(incident.number, 1)
    where = path_of(app, "acts", entry)
    candidates = {one.user_id for one in draft_of(app).priced.doubts.questions[0].alternatives}
    other = next(one for one in draft_of(app).priced.facts.people if one.id not in candidates)
    form = fill_in(connected.get(where), entry, who="other", reason="She said so", other="")
    refused = connected.post(where, data=form)
    assert (refused.status_code, "Choose the engineer." in refused.text) == (422, True)
    connected.post(where, data=form | {"other": [other.id]})
    (found,) = [one for one in draft_of(app).priced.facts.callouts if one.id == incident_id(incident.number)]
    assert (found.person, found.on_call) == (other.id, False)


def test_an_answer_whom_pagerduty_contradicts_later_counts_no_more_and_can_be_taken_back(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = story(
        pagerduty,
        Entry(minute(4), "acknowledge", ADA, "slack"),  # so far, PagerDuty did not say so
        Entry(minute(60), "resolve", "integration", "api"),
    )
    before, entry = preview(connected), entry_id(incident.number, 1)
    with app.extensions["calloutpay"].database.session() as session:
        act = {"entry_id": entry, "incident_id": incident_id(incident.number), "at": minute(4)}
        name_act(session, "lanternworks", **act, user_id=CARYS, reason="She said so", decided_by="eva@example.com")
    page = preview(connected)
    assert total(page) == total(before)
    told = "It was Carys Pembrooke: She said so (eva@example.com); no longer needed: PagerDuty names Ada Lindqvist"
    assert f"{told} take back" in words(page)
    (row,) = callouts_of(connected, app, fill_in, incident.number)
    assert "named by a manager" not in row["Evidence"]
    assert ", no longer needed: PagerDuty names Ada Lindqvist: She said so (eva@" in row["Decision"]
    preview(connected)
    where = path_of(app, "acts", entry)
    shown = connected.get(where)
    assert "no longer needed: PagerDuty names Ada Lindqvist. It changes no pay." in words(shown)
    after = connected.post(where, data=fill_in(shown, entry, forget="yes"), follow_redirects=True)
    assert "The answer is taken back." in after.text
    assert "no longer needed" not in after.text
    assert connected.get(where).status_code == 404


def test_an_answer_is_shown_by_name_in_the_report_of_another_engineer(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask
) -> None:
    incident = in_slack(pagerduty)
    preview(connected)
    question = draft_of(app).priced.doubts.questions[0]
    on_call, *_, other = question.alternatives
    with app.extensions["calloutpay"].database.session() as session:
        act = {"entry_id": question.act.entry_id, "incident_id": incident_id(incident.number), "at": minute(4)}
        signed = {"reason": "She said so", "decided_by": "eva@example.com"}
        name_act(session, "lanternworks", **act, user_id=other.user_id, **signed)
    page = preview(connected, scope="engineer", engineer=on_call.user_id)
    assert f"It was {other.name}: She said so" in words(page)


def test_an_answer_needs_a_choice_and_a_reason(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    entry = entry_id(in_slack(pagerduty).number, 1)
    preview(connected)
    where = path_of(app, "acts", entry)
    refused = connected.post(where, data=fill_in(connected.get(where), entry, reason=" "))
    assert refused.status_code == 422
    assert "Choose one." in refused.text
    assert "Write the reason" in refused.text
    nobody = fill_in(connected.get(where), entry, who="PNOBODY", reason="x")
    assert connected.post(where, data=nobody).status_code == 422


def test_what_is_not_of_this_reading_is_no_page(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask
) -> None:
    incident = in_slack(pagerduty)
    preview(connected)
    for parts in (("acts", "RNOSUCH"), ("acts", entry_id(incident.number, 2)), ("work", "QNOSUCH")):
        assert connected.get(path_of(app, *parts)).status_code == 404
    sent = {"csrf_token": connected.token, "who": "machine", "reason": "x"}  # type: ignore[attr-defined]
    assert connected.post(path_of(app, "acts", "RNOSUCH"), data=sent).status_code == 404


def test_a_viewer_sees_the_question_and_cannot_answer(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, add_account: Callable[..., FlaskClient]
) -> None:
    connected.send("/connection/share", page="/connection")  # type: ignore[attr-defined]
    incident = in_slack(pagerduty)
    viewer = add_account(app, "vi@example.com", "viewer")
    page = preview(viewer)
    assert "by somebody whom PagerDuty does not name" in page.text
    entry = entry_id(incident.number, 1)
    assert f"/acts/{entry}" not in page.text
    assert "record work" not in page.text
    for parts in (("acts", entry), ("work", incident_id(incident.number)), ("work",)):
        assert viewer.get(path_of(app, *parts)).status_code == 403


def test_another_login_has_no_such_page(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, add_account: Callable[..., FlaskClient]
) -> None:
    incident = in_slack(pagerduty)
    preview(connected)
    other = add_account(app, "mo@example.com", "manager")
    for parts in (("acts", entry_id(incident.number, 1)), ("work", incident_id(incident.number)), ("work",)):
        assert other.get(path_of(app, *parts)).status_code == 410


# Who worked when


def test_recorded_work_is_judged_printed_changed_and_forgotten(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = story(pagerduty, Entry(minute(60), "resolve", "integration", "api"))
    before = preview(connected)
    where = path_of(app, "work", incident_id(incident.number))
    rows = {
        "times-0-start": "2026-10-13T02:10", "times-0-end": "2026-10-13T02:40",
        "times-1-start": "2026-10-13T04:00", "times-1-end": "2026-10-13T05:00",
    }  # fmt: skip
    on_call = next(
        row.person
        for row in draft_of(app).priced.facts.on_call
        if row.time[0] <= second_of(NIGHT) < row.time[1] and row.level == 1
    )
    chosen = connected.get(where, query_string={"engineer": on_call})
    form = fill_in(chosen, incident_id(incident.number), reason="By phone", **rows)
    after = connected.post(where, data=form, follow_redirects=True)
    assert total(after) > total(before)
    with app.extensions["calloutpay"].database.session() as session:
        (kept,) = session.scalars(select(EngineerWork))
        assert (kept.incident_id, kept.user_id, kept.reason) == (incident_id(incident.number), on_call, "By phone")
        assert kept.times[1] == ["2026-10-13T03:00:00+00:00", "2026-10-13T04:00:00+00:00"]
    found = callouts_of(connected, app, fill_in, incident.number)
    assert {row["PagerDuty id"] for row in found} == {on_call}
    assert {row["Evidence"] for row in found} == {"recorded by ada@example.com: By phone"}
    assert found[0]["Decision"].startswith(
        "worked from 2026-10-13 02:10:00 BST to 2026-10-13 02:40:00 BST and from 2026-10-13 04:00:00 BST"
    )
    preview(connected)
    where = path_of(app, "work", incident_id(incident.number))
    shown = connected.get(f"{where}?engineer={on_call}")
    form = fill_in(shown, incident_id(incident.number))
    assert form["times-1-end"] == ["2026-10-13T05:00"]
    again = connected.post(where, data=form | {"forget": ["yes"]}, follow_redirects=True)
    assert total(again) == total(before)


@pytest.mark.parametrize("braces", ["{2026-13-45T99:99:99Z}", "{0001-01-01T00:00:00Z}", "{2026-10-07T01:00:00Z}", "{}"])
def test_braces_that_somebody_typed_are_shown_as_typed_everywhere(
    connected: FlaskClient,
    preview: Preview,
    pagerduty: Running,
    app: Flask,
    fill_in: FillIn,
    braces: str,
    tmp_path: Path,
) -> None:
    """In a reason, as a name of a chat, as a channel: page, workbook, JSON, CSV and command line go on."""
    incident = story(
        pagerduty,
        Entry(minute(4), "acknowledge", None, "slack", chat_name=braces),
        Entry(minute(9), "acknowledge", CARYS, braces),
        Entry(minute(60), "resolve", "integration", "api"),
    )
    key = incident_id(incident.number)
    with app.extensions["calloutpay"].database.session() as session:
        times = [Span(minute(10), minute(30))]
        signed = {"reason": f"See {braces}", "decided_by": "eva@example.com"}
        record_work(session, "lanternworks", incident_id=key, user_id=CARYS, times=times, **signed)
    page = preview(connected)
    assert f"in Slack as “{braces}”" in words(page)
    opened = words(connected.get(path_of(app), query_string={"open": CARYS}))
    assert f"by Carys Pembrooke, {braces}" in opened
    assert f"recorded by eva@example.com: See {braces}" in opened
    where = path_of(app, "callouts", key, CARYS)
    assert f"recorded by eva@example.com: See {braces}" in words(connected.get(where))
    asked = connected.get(path_of(app, "acts", entry_id(incident.number, 1)))
    assert f"in Slack as “{braces}”" in words(asked)
    (row,) = (one for one in callouts_of(connected, app, fill_in, incident.number) if one["PagerDuty id"] == CARYS)
    assert f"by Carys Pembrooke, {braces}" in row["Evidence"]
    assert f"recorded by eva@example.com: See {braces}" in row["Evidence"]
    payroll = connected.get(path_of(app, "payroll"))
    sent = connected.post(path_of(app, "report.json"), data=fill_in(payroll, "/report.json"))
    told = [one["evidence"] for each in json.loads(sent.data)["statements"] for one in each["callouts"]]
    assert any(f"See {braces.replace('{', '{{').replace('}', '}}')}" in one for one in told)
    table = connected.post(path_of(app, "payroll.csv"), data=fill_in(payroll, "/payroll.csv", incomplete="yes"))
    assert table.status_code == 200
    team = ["--account", "ada@example.com", "--scope", "team", "--team", "Payments", "--month", "2026-10"]
    answer = app.test_cli_runner().invoke(
        args=["report", *team, "--without-not-priced", "--out", str(tmp_path / "x.xlsx")]
    )
    assert answer.exit_code == 0, answer.output
    assert f"in Slack as “{braces}”" in answer.output


def test_a_reason_is_kept_and_shown_without_what_turns_text(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = story(
        pagerduty,
        Entry(minute(4), "acknowledge", CARYS, "mo\u202ebile"),
        Entry(minute(60), "resolve", "integration", "api"),
    )
    preview(connected)
    key = incident_id(incident.number)
    times = {"times-0-start": "2026-10-13T02:10", "times-0-end": "2026-10-13T02:40"}
    for parts, typed in (
        (("work", key), {"engineer": CARYS, **times}),
        (("callouts", key, CARYS), {"decision": "pay"}),
    ):
        where = path_of(app, *parts)
        refused = connected.post(where, data=fill_in(connected.get(where), parts[-1], reason="\u202e", **typed))
        assert "Write the reason" in refused.text
        form = fill_in(connected.get(where), parts[-1], reason="By\u202e\tphone", **typed)
        assert connected.post(where, data=form).status_code == 303
    page = connected.get(path_of(app), query_string={"open": CARYS})
    assert "pay: By phone" in words(page)
    assert "recorded by ada@example.com: By phone" in words(page)
    assert "\u202e" not in page.text


def test_a_long_name_of_a_chat_is_cut_in_the_warning(
    connected: FlaskClient, preview: Preview, pagerduty: Running
) -> None:
    story(
        pagerduty,
        Entry(minute(4), "acknowledge", None, "slack", chat_name="x" * 40_000),
        Entry(minute(60), "resolve", "integration", "api"),
    )
    page = preview(connected)
    assert f"in Slack as “{'x' * 149}…”" in words(page)
    assert "x" * 150 not in page.text


def test_work_of_somebody_not_on_call_is_paid_by_a_further_decision_alone(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = story(pagerduty, Entry(minute(60), "resolve", "integration", "api"))
    before = preview(connected)
    key = incident_id(incident.number)
    busy = {
        row.person
        for row in draft_of(app).priced.facts.on_call
        if row.time[0] < second_of(minute(90)) and row.time[1] > second_of(NIGHT)
    }
    idle = next(one for one in draft_of(app).priced.facts.people if one.id not in busy)
    typed = {"times-0-start": "2026-10-13T02:10", "times-0-end": "2026-10-13T02:40", "reason": "By phone"}
    form = fill_in(connected.get(path_of(app, "work", key), query_string={"engineer": idle.id}), key, **typed)
    judged = connected.post(path_of(app, "work", key), data=form, follow_redirects=True)
    assert total(judged) == total(before)
    (row,) = (row for one in draft_of(app).report.statements for row in one.callouts if row.incident.id == key)
    assert (row.person_id, row.reason) == (idle.id, "not on call")
    where = path_of(app, "callouts", key, idle.id)
    decided = connected.post(
        where, data=fill_in(connected.get(where), idle.id, decision="pay", reason="Thanks"), follow_redirects=True
    )
    assert total(decided) > total(before)


def test_work_on_an_incident_that_was_merged_away_is_recorded_for_its_target(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    target = story(pagerduty, Entry(minute(60), "resolve", "integration", "api"))
    merged = story(pagerduty, Entry(minute(20), "resolve", "integration", "api"), merged_into=target.number)
    old = incident_id(merged.number)
    with app.extensions["calloutpay"].database.session() as session:
        times = [Span(minute(4), minute(30))]  # recorded before it was merged
        signed = {"reason": "By phone", "decided_by": "eva@example.com"}
        record_work(session, "lanternworks", incident_id=old, user_id=CARYS, times=times, **signed)
    preview(connected)
    (found,) = (one for one in draft_of(app).priced.facts.callouts if one.evidence_decisions)
    assert (found.id, found.person) == (incident_id(target.number), CARYS)
    where = path_of(app, "work", old)
    shown = connected.get(f"{where}?engineer={CARYS}")
    form = fill_in(shown, f"/work/{incident_id(target.number)}")
    assert (form["reason"], form["times-0-end"]) == (["By phone"], ["2026-10-13T02:30"])
    connected.post(where, data=form | {"times-0-end": ["2026-10-13T02:40"]})
    with app.extensions["calloutpay"].database.session() as session:
        (kept,) = session.scalars(select(EngineerWork))
        assert (kept.incident_id, kept.times[0][1]) == (incident_id(target.number), "2026-10-13T01:40:00+00:00")


def test_wrong_work_is_refused_with_what_was_typed(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = story(pagerduty, Entry(minute(60), "resolve", "integration", "api"))
    preview(connected)
    key = incident_id(incident.number)
    where = path_of(app, "work", key)
    empty = connected.post(where, data=fill_in(connected.get(where), key))
    assert empty.status_code == 422
    for sentence in ("Choose the engineer.", "Write from when to when.", "Write the reason"):
        assert sentence in empty.text
    early = {"times-0-start": "2025-10-13T02:10", "times-0-end": "2025-10-13T02:40", "reason": "By phone"}
    chosen = connected.get(where, query_string={"engineer": CARYS})
    refused = connected.post(where, data=fill_in(chosen, key, **early))
    assert refused.status_code == 422
    assert "This report knows who was on call from" in refused.text
    assert 'value="2025-10-13T02:10"' in refused.text
    late = {"times-0-start": "2026-11-21T09:30", "times-0-end": "2026-11-21T10:30", "reason": "By phone"}
    assert connected.post(where, data=fill_in(chosen, key, **late)).status_code == 422
    stranger = fill_in(connected.get(where), key, engineer="PNOBODY", **early)
    assert connected.post(where, data=stranger).status_code == 422
    with app.extensions["calloutpay"].database.session() as session:
        assert list(session.scalars(select(EngineerWork))) == []


@pytest.mark.parametrize("opened_with", [ADA, ""])
def test_times_typed_under_another_clock_are_checked_before_they_are_recorded(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn, opened_with: str
) -> None:
    key = incident_id(story(pagerduty, Entry(minute(60), "resolve", "integration", "api")).number)
    preview(connected, scope="organisation")
    where = path_of(app, "work", key)
    page = connected.get(where, query_string={"engineer": opened_with})
    shown = "Europe/London" if opened_with else "UTC"
    assert f"The clock is that of {shown}" in words(page)
    assert f"From ({shown})" in words(page)
    typed = {"times-0-start": "2026-10-13T02:00", "times-0-end": "2026-10-13T03:00", "reason": "By phone"}
    form = fill_in(page, key, engineer=HEMI, **typed)
    longer = connected.post(where, data=form | {"more": ["yes"]})
    assert f"From ({shown})" in words(longer)  # another row changes no clock of what is typed
    back = connected.post(where, data=fill_in(longer, key))
    assert back.status_code == 422
    assert (
        "The clock is now that of Pacific/Auckland, where Hemi Walker is paid. Check the times and press Record again."
        in words(back)
    )
    assert "From (Pacific/Auckland)" in words(back)
    assert recorded_times(app) == []
    again = fill_in(back, key)
    assert (again["times-0-start"], again["engineer"]) == (["2026-10-13T02:00"], [HEMI])
    assert connected.post(where, data=again).status_code == 303
    assert recorded_times(app) == [["2026-10-12T13:00:00+00:00", "2026-10-12T14:00:00+00:00"]]


def test_an_incident_is_found_by_its_number(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask
) -> None:
    incident = story(pagerduty, Entry(minute(60), "resolve", "integration", "api"))
    preview(connected)
    found = connected.get(path_of(app, "work"), query_string={"number": f" #{incident.number} "})
    assert found.headers["Location"] == path_of(app, "work", incident_id(incident.number))
    lost = connected.get(path_of(app, "work"), query_string={"number": "12"}, follow_redirects=True)
    assert "No incident “12” was read for this report." in lost.text


# Responders who joined


def test_a_responder_who_joined_is_listed_and_not_paid(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    before = preview(connected)
    incident = story(
        pagerduty,
        Entry(minute(60), "resolve", "integration", "api"),
        responders=[Responder(CARYS, ADA, minute(5), minute(9)), Responder(ADA, CARYS, minute(6), None)],
    )
    page = preview(connected)
    assert total(page) == total(before)
    assert "Responders who joined, and PagerDuty does not say when they worked: 1" in words(page)
    assert f"/work/{incident_id(incident.number)}?engineer={CARYS}" in page.text
    (joined,) = draft_of(app).report.joined
    assert (joined.person_id, joined.at) == (CARYS, minute(9))
    rows = callouts_of(connected, app, fill_in, incident.number)
    listed = next(row for row in rows if row["PagerDuty id"] == CARYS)
    assert (listed["Engineer"], listed["Paid"]) == ("Carys Pembrooke", "no")
    assert listed["Reason"] == "joined as responder 2026-10-13 01:09:00 UTC; PagerDuty does not say when they worked"


@pytest.mark.parametrize("scope", [{"scope": "engineer", "engineer": CARYS}, {"scope": "organisation"}])
def test_a_responder_is_listed_in_every_scope(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, scope: dict[str, str]
) -> None:
    story(pagerduty, responders=[Responder(CARYS, ADA, minute(5), minute(9))])
    preview(connected, **scope)
    assert [one.person_id for one in draft_of(app).report.joined if one.at == minute(9)] == [CARYS]


def test_a_responder_who_acknowledged_is_a_callout_and_nothing_else(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask
) -> None:
    story(
        pagerduty,
        Entry(minute(10), "acknowledge", CARYS, "mobile"),
        Entry(minute(60), "resolve", CARYS, "website"),
        responders=[Responder(CARYS, ADA, minute(5), minute(9))],
    )
    preview(connected)
    assert draft_of(app).report.joined == ()


def test_the_json_says_what_was_decided(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    incident = in_slack(pagerduty)
    preview(connected)
    entry = entry_id(incident.number, 1)
    form = fill_in(connected.get(path_of(app, "acts", entry)), entry, who="other", other=CARYS, reason="She said so")
    connected.post(path_of(app, "acts", entry), data=form)
    payroll = connected.get(path_of(app, "payroll"))
    sent = connected.post(path_of(app, "report.json"), data=fill_in(payroll, "/report.json"))
    callouts = [row for one in json.loads(sent.data)["statements"] for row in one["callouts"]]
    (row,) = (row for row in callouts if row["incident"]["number"] == incident.number)
    (decided,) = row["evidence_decisions"]
    assert (decided["what"], decided["reason"], decided["by"]) == (
        "it was Carys Pembrooke at {2026-10-13T01:04:00Z}", "She said so", "ada@example.com",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["act", "work"])
def test_what_others_say_meanwhile_is_told_and_waited_for(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn, kind: str
) -> None:
    incident = in_slack(pagerduty)
    page = preview(connected)
    signed = {"reason": "She said so", "decided_by": "eva@example.com"}
    key = incident_id(incident.number)
    with app.extensions["calloutpay"].database.session() as session:
        if kind == "act":
            act = {"entry_id": entry_id(incident.number, 1), "incident_id": key, "at": minute(4)}
            name_act(session, "lanternworks", **act, user_id=CARYS, **signed)
        else:
            times = [Span(minute(4), minute(30))]
            record_work(session, "lanternworks", incident_id=key, user_id=CARYS, times=times, **signed)
    what = {"act": "it was Carys Pembrooke", "work": "work recorded"}[kind]
    refused = connected.post(f"{path_of(app)}/workbook", data=fill_in(page, "/workbook", without="yes"))
    assert refused.status_code == 422
    assert f"{what} (She said so), decided by eva@example.com" in words(refused)
    assert total(connected.get(path_of(app))) == total(page)
