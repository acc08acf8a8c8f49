"""Checks across engineers: dates of a schedule that two engineers earned, or that nobody did."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from webapp.pricing.facts import Facts
from webapp.pricing.held import overlaps
from webapp.pricing.lines import Warning_
from webapp.pricing.outcome import Earned, Outcome


def warn_of_dates(facts: Facts, outcomes: Iterable[Outcome]) -> Iterator[Warning_]:
    """A warning for each engineer concerned, so that every scope shows it; dates are each engineer's own."""
    outcomes = list(outcomes)
    people = {person.id: person.name for person in facts.people}
    schedules = {row.schedule_id: row.schedule_name for row in facts.on_call}
    by_level: dict[tuple[str, int, date], list[str]] = defaultdict(list)
    by_date: dict[tuple[str, date], list[Earned]] = defaultdict(list)
    for outcome in outcomes:
        for one in outcome.earned:
            for schedule in one.schedules:
                by_level[schedule, one.level, one.day.date].append(one.person_id)
                by_date[schedule, one.day.date].append(one)
    for (schedule, level, day), ids in by_level.items():
        if len(ids) > 1:
            names = " and ".join(sorted(people[person_id] for person_id in ids))
            text = f"{names} earned the same date through {schedules[schedule]}, level {level}"
            yield from (Warning_(person_id, day, text) for person_id in ids)
    seen: set[tuple[str, str, date]] = set()
    for outcome in outcomes:
        for gap in outcome.unearned:
            for schedule in gap.schedules:
                key = (gap.person_id, schedule, gap.day.date)
                if key in seen or _is_earned(by_date, schedule, gap.day.date, (gap.day.start, gap.day.end)):
                    continue
                seen.add(key)
                text = f"Nobody earned a date of {schedules[schedule]} that was held"
                yield Warning_(gap.person_id, gap.day.date, text)


def _is_earned(by_date: dict[tuple[str, date], list[Earned]], schedule: str, day: date, time: tuple[int, int]) -> bool:
    """Whether somebody earned the date, or was paid for its time with the date before, as at a handover."""
    if by_date.get((schedule, day)):
        return True
    before = by_date.get((schedule, day - timedelta(days=1)), [])
    return any(overlaps(earned.time, time) for earned in before)
