"""One list read whole: which pages to ask for, and the proof that they fit together.

PagerDuty's pages are no snapshot: what comes or goes between two requests shifts all that follows, so that a record is
given twice or never. Therefore each page begins with the last record of the page before it (the seam), and the first
and the last page tell the total. A list whose seams, total or records do not fit was changed while it was read, and is
read again. Pages may be asked in any order, several at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from webapp.pd.client import LIST_CAP, PAGE_SIZE, Page

Query = tuple[tuple[str, str], ...]
Json = dict[str, Any]
MOST_READINGS = 4  # of one list: the first, and three more


@dataclass(frozen=True, slots=True)
class Source:
    """A list of PagerDuty's, or one window of it."""

    part: str
    """What it is called towards people: "log entries"."""
    path: str
    name: str
    """Its name in the answer: "log_entries"."""
    read: Callable[[Json], tuple[Hashable, Any]]
    """A record with its identity."""
    keep: Callable[[Any], bool]
    """Store a record that is wanted; False: it was known already."""
    query: Query = ()
    window: tuple[datetime, datetime] | None = None
    page_size: int = PAGE_SIZE
    tells_total: bool = True
    """PagerDuty: the list of shift-based schedules has no total."""
    has_ids: bool = True
    """PagerDuty: rows of /oncalls have no id, so that two may truly be alike."""
    may_be_gone: bool = False
    """Whether 404 means that there is nothing to see, rather than something that is kept from us."""

    def changed(self, **values: Any) -> Source:
        """The same list asked otherwise."""
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Ask:
    """One page to ask for."""

    offset: int
    limit: int
    total: bool = False


@dataclass(slots=True)
class Listing:
    """One reading of a list, in progress."""

    source: Source
    count: int = 1
    """Which reading of this list it is."""
    before: Sequence[Hashable] = ()
    """The identities that the reading before this one found."""
    tries: int = 0
    """How often it was given up for being too slow and asked in smaller windows."""
    dropped: bool = False
    """Given up; what still comes for it is ignored."""
    open_asks: int = 0
    received: int = 0
    """Records so far, those of the seams once."""
    total: int | None = None
    changed: bool = False
    _pages: dict[int, list[tuple[Hashable, Any]]] = field(default_factory=dict)
    sequence: list[tuple[Hashable, Any]] = field(default_factory=list)
    """All records in order, once `fault` has been asked."""

    def first(self) -> Ask:
        """The page to begin with."""
        self.open_asks += 1
        return Ask(0, self.source.page_size, total=self.source.tells_total)

    def take(self, ask: Ask, page: Page) -> list[Ask]:
        """Take note of a page; which others to ask for because of it."""
        self.open_asks -= 1
        self.received += len(page.records) - (ask.offset > 0 and bool(page.records))
        self._pages[ask.offset] = [self.source.read(record) for record in page.records]
        if ask.offset == 0:
            self.total = page.total
            further = self._rest(len(page.records)) if page.next_offset is not None else []
        else:
            self.changed |= page.total is not None and page.total != self.total
            further = self._remainder(ask, page)
        self.open_asks += len(further)
        return further

    def fault(self) -> str | None:
        """Once nothing is open: why it cannot be trusted, in words; None when it is whole."""
        self.sequence = []
        for offset, page in sorted(self._pages.items()):
            fresh = page
            if self.sequence and offset == len(self.sequence) - 1 and page:
                if page[0][0] != self.sequence[-1][0]:
                    return f"{self.source.part} shifted between two pages"
                fresh = page[1:]
            elif offset != len(self.sequence) and page:
                return f"a page of {self.source.part} was cut short"
            self.sequence += fresh
        if self.total is not None and (self.changed or len(self.sequence) != self.total):
            return f"PagerDuty announced {self.total:,} {self.source.part} and gave {len(self.sequence):,}"
        keys = [key for key, _ in self.sequence]
        # Rows that are alike twice in a row, reading after reading, are how the list is.
        if len(set(keys)) < len(keys) and (self.source.has_ids or keys != self.before):
            return f"PagerDuty gave some {self.source.part} twice"
        return None

    def again(self) -> Listing:
        """The next reading of the same list."""
        self.dropped = True
        return Listing(self.source, self.count + 1, [key for key, _ in self.sequence], self.tries)

    def forget(self) -> None:
        """Let go of records that were kept elsewhere."""
        self._pages, self.sequence = {}, []

    def _rest(self, received: int) -> list[Ask]:
        """The pages after the first, in steps of what that one held: PagerDuty may give less than asked for."""
        step = max(1, received - 1)
        if self.total is None:
            return [Ask(step, self.source.page_size)]
        offsets = [step]
        while offsets[-1] + received < self.total:
            offsets.append(offsets[-1] + step)
        return [Ask(offset, received, total=offset == offsets[-1]) for offset in offsets if offset < LIST_CAP]

    def _remainder(self, ask: Ask, page: Page) -> list[Ask]:
        """What a page left out although there is more."""
        received = len(page.records)
        if page.next_offset is None or (self.total is not None and received >= ask.limit):
            return []
        step = max(1, received - 1)
        left_out = ask.limit if self.total is None else ask.limit - step
        return [Ask(ask.offset + step, left_out, total=ask.total)]
