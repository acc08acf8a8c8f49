"""Engineers of a report who are paid by the holidays of a whole country though parts of it have more, as warnings."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.exports.cells import short
from webapp.exports.document import Part, ReportWarning, Target
from webapp.pricing.facts import Person
from webapp.pricing.policy import Document
from webapp.pricing.report.lines import Gravity, Period, Place, Report, Topic
from webapp.services.calendars.national import region_note
from webapp.services.engineer_facts import HOLIDAY_REGION

NAMED_AT_MOST = 5


def region_warnings(report: Report, document: Document) -> Iterator[ReportWarning]:
    """One for each such country: what it means, and who has it; nothing where no rule asks for holidays."""
    versions = (document, *document.later)
    if not any(one.holidays or one.eves for version in versions for one in version.day_types):
        return
    policy = {version.holiday_region for version in versions} - {None}
    users: dict[str, list[tuple[Person, bool]]] = {}
    for statement in report.statements:
        own = _own_regions(statement.person, report.period)
        for region in (own - {None}) | (policy if None in own else set()):
            users.setdefault(region or "", []).append((statement.person, region in own))
    for region, having in sorted(users.items()):
        if note := region_note(region):
            yield _warning(region, note, having)


def _warning(region: str, note: str, having: list[tuple[Person, bool]]) -> ReportWarning:
    people = [person for person, is_own in having if is_own]
    own = [short(person.name) for person in people]
    named = own[:NAMED_AT_MOST]
    if len(own) > len(named):
        named.append(f"{len(own) - len(named)} more engineers")
    if len(own) < len(having):
        named.append("the policy, for engineers without a region of their own")
    return ReportWarning(
        Gravity.NOTE,
        Topic.ENGINEERS,
        f"Holiday region {region} is that of {' and '.join(filter(None, (', '.join(named[:-1]), named[-1])))}. {note}",
        (
            *(Place(person.id) for person in people),
            *(Target(Part.FIELD, person.id, HOLIDAY_REGION) for person in people),
        ),
    )


def _own_regions(person: Person, period: Period) -> set[str | None]:
    """What an engineer has of their own on the days of a period; None: on some of them the policy's."""
    dated = person.holiday_region
    if dated is None:
        return {None}
    return {dated.on(period.first), *(region for since, region in dated.steps() if since in period)}
