"""SET: interval algebra on the facts: join duties, remove what is not paid here, free the first minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import replace

from webapp.pricing.engine.lines import Left
from webapp.pricing.engine.stages.when import INSIDE_BUSINESS_HOURS, in_full
from webapp.pricing.engine.work import Desk, Part, Stretch
from webapp.pricing.policy.document import Rule
from webapp.pricing.policy.lookup import Missing
from webapp.pricing.spans import Interval, Intervals, covers, intersect, overlaps, subtract, union
from webapp.pricing.text import short_length

ROTA_ZONE = "zone of the rota"
"""A word of time on call, where the policy dates it in the zone of its rota."""
UNPAID = "unpaid"
"""A word of time that is held and not paid: it stands in a duty until what cuts duties is done."""
FREE = "free of charge at the start"


def set_(stretches: Iterable[Stretch], rule: Rule, desk: Desk) -> list[Stretch]:
    """The stretches with what is left of them."""
    kept = list(stretches)
    if rule.set.gaps_cut and rule.on_call:
        kept = [half for stretch in kept for half in _pieces(stretch, rule, [])]
    kept = [stretch if in_full(stretch, rule) else _less(stretch, rule, desk) for stretch in kept]
    kept = [stretch for stretch in kept if stretch.parts]
    if rule.set.free_first and not frees_sessions(rule):
        kept = _free(kept, rule, desk)
    if rule.set.remove_cuts and rule.on_call:
        kept = [half for stretch in kept for half in _pieces(stretch, rule, removed_hours(stretch, rule))]
    kept = [paid for stretch in kept if (paid := _paid(stretch)).parts]
    if rule.set.shortest and (rule.grid.day_start is not None or not rule.on_call):
        for stretch in kept:
            if stretch.seconds < rule.set.shortest:
                desk.leave(stretch.parts, too_short(rule.set.shortest), too_little=True)
        kept = [stretch for stretch in kept if stretch.seconds >= rule.set.shortest]
    return kept


def join(parts: Iterable[Part], gap: int) -> list[list[Part]]:
    """Parts that touch, or lie at most `gap` apart, as one duty; repeated time stands once, at the lowest level.

    Where the rotas' zones date them, only parts of one zone are joined.
    """
    taken: Intervals = []
    alone: list[Part] = []
    # Words before times: which of two rows that disagree is paid must not depend on where the rows are cut.
    for part in sorted(
        parts,
        key=lambda part: (int(part.words["level"]), sorted(part.words.items()), part.start, part.end, part.causes),
    ):
        alone += [part.within(*time) for time in subtract([(part.start, part.end)], taken)]
        taken = union([*taken, (part.start, part.end)])
    groups: list[list[Part]] = []
    latest: dict[str, list[Part]] = {}
    for part in sorted(alone, key=lambda part: part.start):
        group = latest.get(zone := part.words.get(ROTA_ZONE, ""), [])
        last = group[-1] if group else None
        if last is None or part.start > last.end + gap:
            latest[zone] = [part]
            groups.append(latest[zone])
        elif part.start == last.end and part.words == last.words:
            causes = tuple(dict.fromkeys((*last.causes, *part.causes)))
            group[-1] = replace(last, end=part.end, causes=causes)
        else:
            group.append(part)
    return groups


def too_short(least: int) -> str:
    """Why a piece of duty earns nothing."""
    return f"piece under {short_length(least)}"


def keep(stretch: Stretch, removed: Intervals, desk: Desk, reason: str) -> None:
    """Takes time away, and notes it."""
    parts: list[Part] = []
    for part in stretch.parts:
        if not overlaps(removed, (part.start, part.end)) and not covers(removed, part.start):
            parts.append(part)
            continue
        if part.start == part.end:  # work of no length still is a callout, unless it stands in what is removed
            desk.leave([part], reason)
            continue
        time = [(part.start, part.end)]
        desk.left += [Left(start, end, reason, part.causes) for start, end in intersect(time, removed)]
        parts += [part.within(*left) for left in subtract(time, removed)]
    stretch.parts = parts


def _less(stretch: Stretch, rule: Rule, desk: Desk) -> Stretch:
    asked = rule.set
    if ("ordinary hours" in asked.remove or asked.stop_at_ordinary) and not stretch.calendar.knows_ordinary:
        raise Missing("no working hours")
    if "ordinary hours" in asked.remove:
        keep(stretch, stretch.calendar.ordinary, desk, INSIDE_BUSINESS_HOURS)
    if "worked" in asked.remove and rule.on_call:
        keep(stretch, union(desk.worked), desk, "worked in a callout")
    for name in asked.remove_paid_by:
        keep(stretch, union(desk.paid_by.get(name, [])), desk, f"paid by {name}")
    if asked.only_paid_by:
        paid = union(interval for name in asked.only_paid_by for interval in desk.paid_by.get(name, []))
        keep(stretch, subtract([(stretch.start, stretch.end)], paid), desk, "not within what it adds to")
    if asked.longest_duty is not None:
        over: Interval = (stretch.start + asked.longest_duty, stretch.end)
        keep(stretch, union([over]), desk, "duty too long")
    if asked.stop_at_ordinary:
        starts = stretch.calendar.next_ordinary(stretch.start)
        if starts is not None:
            keep(stretch, union([(starts, stretch.end)]), desk, "after the ordinary start")
    return stretch


def _paid(stretch: Stretch) -> Stretch:
    """The stretch as long as it is, without the parts that are unpaid."""
    parts = [part for part in stretch.parts if UNPAID not in part.words]
    if len(parts) < len(stretch.parts):
        stretch.parts, stretch.words = parts, parts[0].words if parts else stretch.words
    return stretch


def _free(stretches: list[Stretch], rule: Rule, desk: Desk) -> list[Stretch]:
    """The first so much of each callout, duty or day is not paid."""
    left: dict[Hashable, int] = defaultdict(lambda: rule.set.free_first)
    for stretch in stretches:
        free: Intervals = []
        key = _free_key(stretch, rule)
        for part in stretch.parts:
            taken = min(left[key], part.end - part.start)
            left[key] -= taken
            free.append((part.start, part.start + taken))
        keep(stretch, union(free), desk, FREE)
        if left[key]:  # it ended before the free time did; work of no length, too
            stretch.parts = []
    return [stretch for stretch in stretches if stretch.parts]


def frees_sessions(rule: Rule) -> bool:
    """Whether the first so much of a session is free: which callouts are one is not known before GROUP."""
    return rule.set.free_first > 0 and rule.set.free_first_each == "session" and not rule.on_call


def _free_key(stretch: Stretch, rule: Rule) -> Hashable:
    if rule.set.free_first_each == "day":
        return stretch.calendar.cell(stretch.start, rule.grid.day_start or 0)[0]
    if rule.set.free_first_each == "duty" and stretch.duty is not None:
        return id(stretch.duty)
    return id(stretch)


def removed_hours(stretch: Stretch, rule: Rule) -> Intervals:
    """The ordinary hours, where the rule removes them: they cut a duty, however short they are."""
    return stretch.calendar.ordinary if "ordinary hours" in rule.set.remove else []


def is_one(end: int, start: int, rule: Rule, cuts: Intervals) -> bool:
    """Whether time that ends, and time that starts later, are one duty: no long gap, nothing that cuts between them."""
    return start - end <= rule.set.join_gap and (start == end or not overlaps(cuts, (end, start)))


def _pieces(stretch: Stretch, rule: Rule, cuts: Intervals) -> list[Stretch]:
    """What gaps and removing have cut apart, as duties of their own."""
    groups: list[list[Part]] = []
    for part in stretch.parts:
        if groups and is_one(groups[-1][-1].end, part.start, rule, cuts):
            groups[-1].append(part)
        else:
            groups.append([part])
    halves = []
    for parts in groups:
        half = stretch.copy()
        half.start, half.end, half.parts, half.words = parts[0].start, parts[-1].end, parts, parts[0].words
        half.duty = half
        halves.append(half)
    return halves
