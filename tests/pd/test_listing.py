from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from webapp.pd.client import Page
from webapp.pd.listing import Ask, Listing, Source

SOURCE = Source("incidents", "/incidents", "incidents", lambda json: (json["id"], json["id"]), lambda _: True)


def page(records: Sequence[str], ask: Ask, most: int = 100, total: int | None = None) -> Page:
    found = records[ask.offset : ask.offset + min(ask.limit, most)]
    more = ask.offset + len(found) < len(records)
    count = (len(records) if total is None else total) if ask.total else None
    return Page([{"id": key} for key in found], ask.offset + len(found) if more and found else None, count, 0)


def read(
    listing: Listing, answer: Callable[[Ask], Page], order: Callable[[list[Ask]], int] = lambda _: 0
) -> tuple[str | None, list[Any]]:
    waiting = [listing.first()]
    while waiting:
        ask = waiting.pop(order(waiting))
        waiting += listing.take(ask, answer(ask))
    assert listing.open_asks == 0
    return listing.fault(), [record for _, record in listing.sequence]


def ids(count: int) -> list[str]:
    return [f"Q{number:04}" for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 198, 199, 200, 299, 1234])
@pytest.mark.parametrize("most", [100, 40, 2, 1])
def test_a_list_is_read_whole_whatever_a_page_holds(count: int, most: int) -> None:
    assert read(Listing(SOURCE), lambda ask: page(ids(count), ask, most)) == (None, ids(count))


def test_pages_may_come_in_any_order() -> None:
    chance = Random(7)  # noqa: S311  no secret comes from it
    fault, found = read(
        Listing(SOURCE), lambda ask: page(ids(777), ask), lambda waiting: chance.randrange(len(waiting))
    )
    assert (fault, found) == (None, ids(777))


def test_a_page_that_is_smaller_than_the_others_is_completed() -> None:
    fault, found = read(Listing(SOURCE), lambda ask: page(ids(500), ask, 7 if ask.offset == 198 else 100))
    assert (fault, found) == (None, ids(500))


def test_every_page_begins_with_the_last_record_of_the_one_before() -> None:
    listing = Listing(SOURCE)
    further = listing.take(listing.first(), page(ids(250), Ask(0, 100, total=True)))
    assert [(ask.offset, ask.total) for ask in further] == [(99, False), (198, True)]


def test_a_record_inserted_between_two_pages_is_noticed() -> None:
    before, after = ids(250), ["NEW", *ids(250)]
    fault, _ = read(Listing(SOURCE), lambda ask: page(before if ask.offset < 150 else after, ask))
    assert fault


def test_a_record_removed_and_another_added_between_two_pages_are_noticed_though_the_total_is_the_same() -> None:
    before, after = ids(250), [*ids(250)[1:], "NEW"]
    fault, _ = read(Listing(SOURCE), lambda ask: page(before if ask.offset < 90 else after, ask))
    assert fault == "incidents shifted between two pages"


def test_a_record_twice_is_noticed_even_within_one_page() -> None:
    fault, _ = read(Listing(SOURCE), lambda ask: page(["Q1", "Q1", "Q2"], ask))
    assert fault == "PagerDuty gave some incidents twice"


def test_fewer_records_than_announced_are_noticed() -> None:
    fault, _ = read(Listing(SOURCE), lambda ask: page(ids(20), ask, total=21))
    assert fault == "PagerDuty announced 21 incidents and gave 20"


def test_an_empty_page_that_promises_more_ends_the_list_and_is_checked_against_the_total() -> None:
    def answer(ask: Ask) -> Page:
        return page(ids(250), ask) if ask.offset < 150 else Page([], None, 250 if ask.total else None, 0)

    fault, _ = read(Listing(SOURCE), answer)
    assert fault == "PagerDuty announced 250 incidents and gave 199"


def test_a_total_that_changed_by_the_last_page_is_noticed() -> None:
    fault, _ = read(Listing(SOURCE), lambda ask: page(ids(250), ask, total=250 if ask.offset == 0 else 251))
    assert fault


def test_a_list_that_tells_no_total_is_read_by_its_more_alone() -> None:
    source = SOURCE.changed(tells_total=False, page_size=1000)
    fault, found = read(Listing(source), lambda ask: page(ids(2500), ask, 1000))
    assert (fault, found) == (None, ids(2500))


def test_rows_without_an_id_may_be_alike_if_they_are_so_again() -> None:
    listing = Listing(SOURCE.changed(has_ids=False))

    def answer(ask: Ask) -> Page:
        return page(["Q1", "Q1", "Q2"], ask)

    assert read(listing, answer)[0] == "PagerDuty gave some incidents twice"
    assert read(listing.again(), answer)[0] is None
