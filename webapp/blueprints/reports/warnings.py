"""The warnings above a report: grouped, the gravest first, each with links to what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import url_for

from webapp.blueprints.current import current_account
from webapp.blueprints.filters import day
from webapp.exports.document import Part, ReportDocument, ReportWarning, Target
from webapp.pricing.report.lines import Gravity, Place, Statement
from webapp.roles import may_use

MOST_LINKS = 40
"""Of one warning."""
MOST_WARNINGS = 50
"""Of one group; a thousand engineers without a time zone would be a page of their own."""
GRAVITIES = {
    Gravity.PAY: ("bad", "pay may be wrong"),
    Gravity.UNUSUAL: ("warn", "unusual"),
    Gravity.NOTE: ("info", "to know"),
}
"""Badge and words."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where something stands."""

    words: str
    address: str
    of: str = ""
    """The engineer whose day it is; said once for all of their days."""


@dataclass(frozen=True, slots=True)
class Item:
    """One warning."""

    sentence: str
    links: tuple[tuple[str, tuple[Link, ...]], ...]
    """By engineer; "" for what is of nobody, and for an engineer as a whole."""
    more: int
    """Places that have no link here."""


@dataclass(frozen=True, slots=True)
class Group:
    """Warnings of one gravity about one thing."""

    kind: str
    gravity: str
    title: str
    items: tuple[Item, ...]
    more: int
    """Warnings that stand in the workbook only."""


def warning_groups(document: ReportDocument, set_id: str) -> list[Group]:
    """What stands above the report."""
    places = _Places(document, set_id)
    groups = []
    for (gravity, topic), found in groupby(document.all_warnings(), key=lambda one: (one.gravity, one.topic)):
        warnings = list(found)
        kind, words = GRAVITIES[gravity]
        items = tuple(_item(one, places) for one in warnings[:MOST_WARNINGS])
        groups.append(Group(kind, words, topic.value, items, len(warnings) - len(items)))
    return groups


def _item(warning: ReportWarning, places: _Places) -> Item:
    links = sorted(places.links(warning.targets), key=lambda link: link.of)  # the days stay in their order
    by_engineer = ((name, tuple(found)) for name, found in groupby(links[:MOST_LINKS], key=lambda link: link.of))
    return Item(warning.sentence, tuple(by_engineer), max(0, len(links) - MOST_LINKS))


class _Places:
    """The anchors of one report's page."""

    def __init__(self, document: ReportDocument, set_id: str) -> None:
        self.set_id = set_id
        self.account = f"{document.subdomain}.eu" if document.region == "eu" else document.subdomain
        self.statements: Mapping[str, Statement] = {one.person.id: one for one in document.report.statements}
        self.names = {key: person.name for key, person in document.people().items()}

    def links(self, targets: Iterable[Place | Target]) -> Iterator[Link]:
        """Those of the targets that this page, or the account's role, knows."""
        for target in targets:
            link = self._place(target) if isinstance(target, Place) else self._part(target)
            if link is not None:
                yield link

    def _place(self, place: Place) -> Link | None:
        """The engineer's row, opened, at the day or the callout if the page has it."""
        key = place.person_id
        name = self.names.get(key, "")
        statement = self.statements.get(key)
        if statement is None:
            if name and _may("reports.rates"):
                return Link(name, url_for("reports.rates", set_id=self.set_id, q=key))
            return Link(name, self._page("not-priced")) if name else None
        anchor = f"e-{key}"
        if any(row.incident.id == place.incident_id for row in statement.callouts):
            anchor = f"c-{key}-{place.incident_id}"
        elif any(row.date == place.date for row in statement.days):
            anchor = f"d-{key}-{place.date}"
        if place.date is None:
            return Link(name, self._page(anchor, key))
        return Link(day(place.date), self._page(anchor, key), name)

    def _part(self, target: Target) -> Link | None:
        words, where, endpoint = self._page_of(target)
        return Link(words, where) if not endpoint or _may(endpoint) else None

    def _page_of(self, target: Target) -> tuple[str, str, str]:
        """Words and address of a target, and the endpoint for which a role is needed, or ""."""
        match target.part:
            case Part.CONNECTION:
                found = "PagerDuty connection", url_for("connection.page"), ""
            case Part.DIFFERENCES:
                found = "Both answers", self._page("differences"), ""
            case Part.ACT if not target.id:
                found = target.name, self._page("unnamed"), ""
            case Part.ACT:
                where = url_for("reports.name_act", set_id=self.set_id, entry_id=target.id)
                found = target.name, where, "reports.name_act"
            case Part.SHADOWS:
                found = "Who only shadows?", url_for("reports.shadows", set_id=self.set_id), "reports.shadows"
            case Part.FIELD:
                where = url_for("people.show", user_id=target.id, what=target.name, _anchor="change")
                found = f"set the {target.name} of {self.names.get(target.id, target.id)}", where, "people.show"
            case Part.SCHEDULE:
                where = f"https://{self.account}.pagerduty.com/schedules#{target.id}"
                found = f"{target.name} in PagerDuty", where, ""
        return found

    def _page(self, anchor: str, opened: str = "") -> str:
        """On this page, and short: an organisation's has hundreds of them."""
        return f"?open={opened}#{anchor}" if opened else f"#{anchor}"


def _may(endpoint: str) -> bool:
    return may_use(current_account(), endpoint)
