from __future__ import annotations

from datetime import UTC, datetime

from webapp.pd.records import OnCallRow
from webapp.pd.shifts import FOREVER, Duty, Held


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def row(
    start: datetime | None,
    end: datetime | None,
    *,
    user: str = "ADA",
    level: int = 1,
    policy: str = "PAY",
    schedule: str | None = "PRIMARY",
) -> OnCallRow:
    return OnCallRow(user, user.title(), policy, policy, level, schedule, schedule or "", start, end)


def test_repeats_over_policies_are_one_stretch() -> None:
    duty = Duty([row(at(1), at(8)), row(at(1), at(8), policy="WEB")], at(31))
    assert [(stretch.start, stretch.end) for stretch in duty.stretches] == [(at(1), at(8))]


def test_two_levels_stay_two_stretches_and_one_shift() -> None:
    duty = Duty([row(at(1), at(8)), row(at(1), at(8), level=2)], at(31))
    assert {stretch.level for stretch in duty.stretches} == {1, 2}
    assert duty.shifts("ADA") == [(at(1), at(8))]


def test_touching_pieces_join_and_gaps_stay() -> None:
    duty = Duty([row(at(8), at(9)), row(at(1), at(8), schedule="OTHER"), row(at(9, 1), at(10))], at(31))
    assert duty.shifts("ADA") == [(at(1), at(9)), (at(9, 1), at(10))]


def test_open_ended_rows_are_shifts_to_the_end_of_the_window() -> None:
    duty = Duty([row(at(1), None)], at(31))
    assert [(stretch.start, stretch.end) for stretch in duty.stretches] == [(at(1), at(31))]
    assert duty.shifts("ADA") == [(at(1), FOREVER)]
    assert duty.shift_end("ADA", at(2), at(2)) is None
    assert duty.always == ()


def test_always_on_call_is_listed_apart_and_no_shift() -> None:
    duty = Duty([row(None, None, schedule=None, level=3)], at(31))
    assert [always.level for always in duty.always] == [3]
    assert duty.stretches == ()
    assert duty.held("ADA", at(2), at(2)) == Held(frozenset({3}), frozenset())


def test_rows_of_no_length_are_dropped() -> None:
    duty = Duty([row(at(3), at(3))], at(31))
    assert duty.stretches == ()
    assert duty.held("ADA", at(3), at(3)) is None


def test_what_is_held_within_a_stretch_of_time() -> None:
    rows = [row(at(1), at(2)), row(at(2), at(3), level=2, schedule="SECOND"), row(at(1), at(3), user="BO")]
    duty = Duty(rows, at(31))
    assert duty.held("ADA", at(1, 12), at(2)) == Held(frozenset({1, 2}), frozenset({"PRIMARY", "SECOND"}))
    assert duty.held("ADA", at(2), at(2)) == Held(frozenset({2}), frozenset({"SECOND"}))
    assert duty.held("ADA", at(3), at(4)) is None
    assert duty.held("CY", at(1), at(4)) is None


def test_the_end_of_a_shift_is_that_of_the_joined_one() -> None:
    duty = Duty([row(at(1), at(2)), row(at(2), at(3), schedule="OTHER")], at(31))
    assert duty.shift_end("ADA", at(1, 5), at(1, 6)) == at(3)
    assert duty.shift_end("ADA", at(3), at(4)) is None


def test_the_first_line_is_the_lowest_level_that_has_anybody() -> None:
    rows = [
        row(at(1), at(2)),
        row(at(1), at(3), level=2, user="BO"),
        row(at(1), at(3), level=2, user="CY"),
        row(None, None, level=3, user="DI", schedule=None),
        row(at(1), at(9), user="ELSEWHERE", policy="WEB"),
    ]
    duty = Duty(rows, at(31))
    assert [first.user_id for first in duty.first_line("PAY", at(1))] == ["ADA"]
    assert [first.user_id for first in duty.first_line("PAY", at(2))] == ["BO", "CY"]
    assert [first.user_id for first in duty.first_line("PAY", at(5))] == ["DI"]
    assert duty.first_line("NONE", at(1)) == []
    assert duty.first_line(None, at(1)) == []
