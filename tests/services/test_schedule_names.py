"""Schedules by name or by id: shared names, missing ones, and those that only a row of the reading names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from webapp.pd.plan import SCHEDULES
from webapp.pd.records import OnCallRow, ScheduleRecord
from webapp.pd.request import Organisation, ReadRequest
from webapp.pd.result import Records
from webapp.pricing.policy import parse
from webapp.pricing.policy.rotas import rotas_in
from webapp.pricing.report.lines import Period
from webapp.services.policies import Basis, PolicyText
from webapp.services.schedule_names import ScheduleNameError, ScheduleNames, basis_by_ids

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
TEXT = (
    'name = "P"\ncurrency = "GBP"\nrounding = "half up"\n{top}\n[[rules]]\nname = "r"\npays = "{pays}"\n'
    "when = {{ {when} }}\nprice = {price}\n"
)


def schedule(key: str, name: str) -> ScheduleRecord:
    return ScheduleRecord(key, name, "Europe/London", frozenset({"PE1"}), frozenset())


def records(*schedules: ScheduleRecord) -> Records:
    return Records(
        request=ReadRequest(START, END, Organisation()), read_at=END, users={}, on_call=(), incidents={},
        log_entries=(), schedules={one.id: one for one in schedules}, policies={},
        unseen_incident_ids=frozenset(), tallies=(),
    )  # fmt: skip


def row(schedule_id: str, name: str) -> OnCallRow:
    return OnCallRow("PU1", "Ada", "PE1", "Policy", 1, schedule_id, name, START, END)


def named(read: Records, when: str = "", price: str = '"1.00"', top: str = "", pays: str = "on call") -> frozenset[str]:
    """What a policy names schedules by once it is priced."""
    text = TEXT.format(when=when, price=price, top=top, pays=pays)
    basis = Basis(parse(text), None, (), is_saved=True, rules=PolicyText(text))
    document = basis_by_ids(basis, ScheduleNames.of(read), OCTOBER).document
    return frozenset(word for version in (document, *document.later) for word in rotas_in(version))


PRIMARY, LEAD = schedule("PS1", "Primary"), schedule("PS2", "Data lead")


@pytest.mark.parametrize(
    "written",
    [
        {"when": 'rota = "Primary"'},
        {"when": 'rota_not = [" Primary "]'},
        {"when": 'urgency = "high", in_full = { rota = "Primary" }', "pays": "callouts"},
        {"price": '{ by = "rota", Primary = "1.00", other = "2.00" }'},
        {"price": '{ of = "hourly rate", times = { by = "kind", a = { by = "rota", Primary = "2" }, other = "1" } }'},
        {"top": 'also_pay = ["Primary"]'},
    ],
    ids=lambda written: next(iter(written.values()))[:20],
)
def test_a_name_becomes_the_id_wherever_it_stands(written: dict[str, str]) -> None:
    assert named(records(PRIMARY, LEAD), **written) == {"PS1"}


def test_the_id_wins_over_a_schedule_of_that_name() -> None:
    assert named(records(PRIMARY, schedule("PS9", "PS1")), when='rota = "PS1"') == {"PS1"}


@pytest.mark.parametrize("words", ['Primary = "1.00", PS1', '" Primary " = "1.00", Primary'])
def test_a_table_that_names_one_schedule_twice_is_refused(words: str) -> None:
    text = TEXT.format(when="", price=f'{{ by = "rota", {words} = "3.00", other = "0.00" }}', top="", pays="on call")
    basis = Basis(parse(text), None, (), is_saved=True, rules=PolicyText(text))
    with pytest.raises(ScheduleNameError, match=r"names the schedule PS1 twice, as"):
        basis_by_ids(basis, ScheduleNames.of(records(PRIMARY)), OCTOBER)


def test_names_that_look_alike_are_alike() -> None:
    read = records(schedule("PS4", "Mu\u0308ller\u00a0 Team"))
    assert named(read, when='rota = "M\u00fcller Team"') == {"PS4"}


def test_a_shared_name_is_refused_where_the_policy_uses_it() -> None:
    read = records(PRIMARY, schedule("PS3", "Primary"), LEAD)
    with pytest.raises(ScheduleNameError, match=r"2 schedules bear that name: PS1 and PS3\. Write the id"):
        named(read, when='rota = "Primary"')
    assert named(read, when='rota = "PS3"') == {"PS3"}
    assert named(read, when='rota = "Data lead"') == {"PS2"}
    assert list(ScheduleNames.of(read).labels().values()) == ["Data lead", "Primary (PS1)", "Primary (PS3)"]


def test_a_missing_schedule_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        ScheduleNameError, match=r"“data lead”, which PagerDuty does not have\. Did you mean “Data lead”"
    ):
        named(records(PRIMARY, LEAD), when='rota_not = "data lead"')


def test_a_schedule_that_only_a_row_names_is_not_missing() -> None:
    read = replace(records(PRIMARY), on_call=(row("PS8", "Gone since"),))
    assert named(read, when='rota = ["Gone since", "Primary"]') == {"PS8", "PS1"}
    assert named(read, when='rota = "PS8"') == {"PS8"}


def test_without_the_lists_nothing_is_missing() -> None:
    read = replace(records(), left_out_parts=(SCHEDULES,), on_call=(row("PS1", "Primary"),))
    assert named(read, when='rota = ["Primary", "PS77"]') == {"PS1", "PS77"}


def test_a_version_that_is_not_in_force_in_the_period_may_name_what_is_gone() -> None:
    later = '[[versions]]\neffective = {}\n[[versions.rules]]\nname = "r"\npays = "on call"\n'
    later += 'when = {{ rota = "Elsewhere" }}\nprice = "1.00"\n'
    assert named(records(PRIMARY), when='rota = "Primary"', price='"1.00"\n' + later.format("2026-11-01")) == {
        "PS1",
        "Elsewhere",
    }
    with pytest.raises(ScheduleNameError, match="“Elsewhere”"):
        named(records(PRIMARY), when='rota = "Primary"', price='"1.00"\n' + later.format("2026-10-31"))
