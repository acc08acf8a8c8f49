from __future__ import annotations

from datetime import UTC, datetime

from webapp.pd.crosscheck import DutyDifference, differences
from webapp.pd.records import FinalShift, OnCallRow, ScheduleRecord

NAMES = {"ADA": "Ada", "BO": "Bo"}
PRIMARY = ScheduleRecord("PS1", "Primary", "Etc/UTC", frozenset({"PE1"}), frozenset())


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


WINDOW = (at(1), at(31))


def row(user: str, start: datetime | None, end: datetime | None, policy: str = "PE1") -> OnCallRow:
    return OnCallRow(user, user, policy, policy, 1, "PS1", "Primary", start, end)


def held(user: str, start: datetime, end: datetime) -> FinalShift:
    return FinalShift(user, "", start, end)


def found(rows: list[OnCallRow], final: list[FinalShift]) -> list[DutyDifference]:
    return differences(PRIMARY, rows, final, WINDOW, NAMES)


def test_rows_are_whole_and_entries_cut_and_that_is_no_difference() -> None:
    assert found([row("ADA", datetime(2026, 9, 20, tzinfo=UTC), at(8))], [held("ADA", at(1), at(8))]) == []


def test_repeats_over_policies_and_pieces_that_touch_are_no_difference() -> None:
    rows = [row("ADA", at(2), at(5)), row("ADA", at(2), at(5), "PE2"), row("ADA", at(5), at(8))]
    assert found(rows, [held("ADA", at(2), at(8))]) == []


def test_an_open_ended_row_goes_on_to_the_end_of_the_window() -> None:
    assert found([row("ADA", at(2), None)], [held("ADA", at(2), at(31))]) == []


def test_several_people_at_once_are_no_difference_where_both_say_so() -> None:
    rows = [row("ADA", at(2), at(5)), row("BO", at(3), at(5))]
    assert found(rows, [held("BO", at(3), at(5)), held("ADA", at(2), at(5))]) == []


def test_a_difference_tells_the_stretch_of_time_and_who_by_each() -> None:
    rows = [row("ADA", at(2), at(9))]
    final = [held("ADA", at(2), at(5, 6)), held("BO", at(5, 6), at(7, 8)), held("ADA", at(7, 8), at(9))]
    assert found(rows, final) == [DutyDifference("PS1", "Primary", at(5, 6), at(7, 8), ("Ada",), ("Bo",))]


def test_a_stretch_is_one_difference_though_something_else_changes_within() -> None:
    rows = [row("ADA", at(2), at(3)), row("ADA", at(3), at(4))]
    assert found(rows, []) == [DutyDifference("PS1", "Primary", at(2), at(4), ("Ada",), ())]
