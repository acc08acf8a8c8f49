"""What happens in a month of `small`: the ordinary incidents, and every odd one that a pay report must get right.

`large` tells the same of the division that is `small`.
"""

from datetime import date, datetime, time, timedelta
from random import Random

from webapp.sandbox.incidents import Draft
from webapp.sandbox.months import Month, bank_holidays, clock_change, nth_weekday, wall
from webapp.sandbox.organisation import Service
from webapp.sandbox.rota import Rota

_TITLES = {
    "Checkout": ("Checkout 5xx above 2 %", "Checkout p99 latency above 3 s", "Basket service restarts"),
    "Card gateway": ("Card authorisations failing", "Acquirer timeout rate high", "3-D Secure challenge errors"),
    "Ledger": ("Ledger replica lag above 60 s", "Settlement job late", "Ledger disk 91 % full"),
    "Kubernetes": ("Node not ready in zone b", "Pods crash-looping in prod", "Cluster autoscaler stuck"),
    "Edge proxy": ("TLS handshake failures", "Edge error budget burning fast", "Origin unreachable from edge"),
    "Event pipeline": ("Consumer lag above 1 million", "Broker 3 offline", "Dead letters piling up"),
    "Warehouse loader": ("Nightly load failed", "Load 40 minutes late", "Schema mismatch in orders feed"),
}
_WEEKEND = {5, 6}
_ODD_TITLES = (
    '=HYPERLINK("http://example.com","Runbook") loader stopped',
    "+44 20 7946 0000 pager test failed",
    "-5 % conversion in the last hour",
    "@channel edge certificate expires tomorrow",
    "Disk\x07 alarm\x0b on\tdb-3 \x1b[31mCRITICAL\x1b[0m",
)


def minutes(count: float) -> timedelta:
    """A length of time; PagerDuty shows no fraction of a second."""
    return timedelta(seconds=round(count * 60))


class _Teller:
    """Tells the stories of one month; every choice comes from the month's own random numbers."""

    def __init__(self, month: Month, rota: Rota) -> None:
        self.month, self.rota = month, rota
        self.drafts: list[Draft] = []
        self.services = {s.name: s for s in rota.organisation.services if s.name in _TITLES}  # the division's only
        self.chance = Random()

    def begin(self, story: str) -> None:
        """Random numbers of one story, so that a new story leaves the others as they were."""
        self.chance = Random(f"small:{self.month.year}-{self.month.number}:{story}")

    def day(self, *, weekend: bool = False) -> date:
        """A random day between the 2nd and the last but one; weekend or not."""
        days = [self.month.day(n) for n in range(2, self.month.days)]
        return self.chance.choice([day for day in days if (day.weekday() in _WEEKEND) == weekend])

    def at(self, day: date, clock: str, zone_name: str = "Europe/London") -> datetime:
        """An instant by the wall clock, some seconds later so that nothing falls on a whole minute."""
        return wall(day, time.fromisoformat(clock), zone_name) + timedelta(seconds=self.chance.randrange(1, 59))

    def service(self) -> Service:
        """A random service."""
        return self.chance.choice(list(self.services.values()))

    def breaks(self, name: str | None, at: datetime, title: str | None = None, urgency: str = "high") -> Draft:
        """A new incident, triggered by its monitor."""
        service = self.services[name] if name else self.service()
        draft = Draft(self.rota, service, at, title or self.chance.choice(_TITLES[service.name]), urgency)
        self.drafts.append(draft)
        return draft.trigger()

    def first(self, draft: Draft, at: datetime | None = None, level: int = 1) -> str:
        """Who is on call for an incident."""
        policy = self.rota.organisation.policy[draft.service.policy_id]
        at = at or draft.at
        return self.rota.paged(policy, self.rota.reached(policy, level, at), at)[0]

    def other(self, draft: Draft, *than: str) -> str:
        """A colleague of the team who is somebody else."""
        listed = [p for p in self.rota.organisation.team[draft.service.team_id].member_ids if p not in than]
        return next(p for p in listed if self.rota.organisation.person[p].left is None)

    def answered(self, draft: Draft, lasts: float, after: float = 0) -> Draft:
        """The engineer at level 1 acknowledges and, some minutes after the trigger, resolves it."""
        who, after = self.first(draft), after or self.chance.randrange(60, 420) / 60
        return draft.acknowledge(draft.at + minutes(after), who).resolve(draft.at + minutes(lasts), who)


def tell(month: Month, rota: Rota) -> list[Draft]:
    """Every incident of a month."""
    teller = _Teller(month, rota)
    for story in _STORIES:
        teller.begin(story.__name__)
        story(teller)
    known = len(teller.drafts)
    if month.number % 3 == 2:  # noqa: PLR2004 - the second month of a quarter
        for story in _EVIDENCE_STORIES:
            teller.begin(story.__name__)
            story(teller)
    for draft in teller.drafts[known:]:
        draft.is_numbered_last = True
    return teller.drafts


def _ordinary(teller: _Teller) -> None:
    chance = teller.chance
    for _ in range(chance.randrange(36, 46)):
        weekend = chance.choice((True, False, False, False, False))
        hour = chance.randrange(24) if weekend else chance.choice((*range(24), *range(9, 17)))
        draft = teller.breaks(None, teller.at(teller.day(weekend=weekend), f"{hour:02}:{chance.randrange(60):02}"))
        match chance.choice(("unseen", "escalated", *["answered"] * 8)):
            case "unseen":
                draft.resolve(draft.at + minutes(chance.randrange(2, 5)))
            case "escalated":
                at = draft.at + minutes(15)
                who = teller.first(draft.escalate(at, 2), at, 2)
                draft.acknowledge(at + minutes(4), who, "phone").resolve(at + minutes(chance.randrange(20, 90)), who)
            case _:
                teller.answered(draft, chance.randrange(12, 95) + chance.random())


def _low_urgency(teller: _Teller) -> None:
    for day, clock in ((teller.month.day(12), "22:40"), (teller.day(), "03:10"), (teller.day(), "11:25")):
        teller.answered(teller.breaks(None, teller.at(day, clock), "Backup took longer than usual", "low"), 55)


def _acknowledged_by_two(teller: _Teller) -> None:
    for weekend, clock in ((False, "02:20"), (True, "15:05")):
        draft = teller.breaks("Card gateway", teller.at(teller.day(weekend=weekend), clock))
        who = teller.first(draft)
        helper = teller.other(draft, who)
        draft.acknowledge(draft.at + minutes(4), who).annotate(draft.at + minutes(9), who)
        draft.acknowledge(draft.at + minutes(17), helper, "slack").resolve(draft.at + minutes(71), who)


def _acknowledged_then_closed_by_the_monitor(teller: _Teller) -> None:
    for name, clock in (("Ledger", "04:30"), ("Edge proxy", "19:15")):
        draft = teller.breaks(name, teller.at(teller.day(), clock))
        draft.acknowledge(draft.at + minutes(5), teller.first(draft)).resolve(draft.at + minutes(38))


def _auto_resolved_unseen(teller: _Teller) -> None:
    for name, clock in (("Kubernetes", "01:45"), ("Event pipeline", "12:30")):
        draft = teller.breaks(name, teller.at(teller.day(), clock))
        draft.resolve(draft.at + minutes(3))


def _merged(teller: _Teller) -> None:
    target = teller.breaks("Checkout", teller.at(teller.month.day(3), "21:05"))  # so that any 31 days have one
    who = teller.first(target)
    teller.answered(target, 64, 3)
    source = teller.breaks("Card gateway", target.at + minutes(6))
    helper = teller.other(source, who)
    source.acknowledge(source.at + minutes(5), helper).resolve(source.at + minutes(12), who)
    source.merged_into = target


def _reopened(teller: _Teller) -> None:
    for clock, gap in (("20:10", 35), ("13:40", 19 * 60)):
        draft = teller.breaks("Ledger", teller.at(teller.day(), clock))
        who = teller.first(draft)
        teller.answered(draft, 30, 4)
        again = draft.at + minutes(30 + gap)
        draft.reopen(again, who).acknowledge(again + minutes(1), who, "website").resolve(again + minutes(42), who)


def _resolved_without_acknowledgement(teller: _Teller) -> None:
    draft = teller.breaks("Warehouse loader", teller.at(teller.day(), "05:50"))
    draft.resolve(draft.at + minutes(26), teller.first(draft))


def _still_open(teller: _Teller) -> None:
    draft = teller.breaks("Warehouse loader", teller.at(teller.day(), "18:20"), "Old importer must be replaced by hand")
    draft.acknowledge(draft.at + minutes(7), teller.first(draft))


def _across_the_month_end(teller: _Teller) -> None:
    draft = teller.breaks("Checkout", teller.at(teller.month.day(-1), "23:31"))
    teller.answered(draft, 108, 4)


def _closed_by_a_clean_up(teller: _Teller) -> None:
    draft = teller.breaks(
        "Edge proxy", teller.at(teller.month.day(teller.month.days // 2), "17:29"), "Stale DNS record"
    )
    draft.acknowledge(draft.at + minutes(6), teller.first(draft)).lapse(draft.at + minutes(36))
    draft.resolve(draft.at + timedelta(days=6, hours=3), "service", "timeout")


def _clock_change(teller: _Teller) -> None:
    for zone_name, name in (("Europe/London", "Checkout"), ("Pacific/Auckland", "Event pipeline")):
        change = clock_change(teller.month, zone_name)
        if change:
            teller.answered(teller.breaks(name, change - minutes(30), "Clocks changed: timers misfire"), 95, 5)


def _bank_holiday(teller: _Teller) -> None:
    places = {"ENG": ("Kubernetes", "Europe/London"), "SCT": ("Checkout", "Europe/London"),
              "DE": ("Kubernetes", "Europe/Berlin"), "US": ("Event pipeline", "America/New_York")}  # fmt: skip
    for region, day in bank_holidays(teller.month):
        name, zone_name = places[region]
        # 16:00 in New York is within Dana's hours in summer and in winter.
        teller.answered(teller.breaks(name, teller.at(day, "16:00", zone_name)), 50)


def _three_levels(teller: _Teller) -> None:
    draft = teller.breaks("Kubernetes", teller.at(teller.day(), "03:40"))
    second, third = draft.at + minutes(15), draft.at + minutes(30)
    who = teller.first(draft, third, 3)
    draft.escalate(second, 2).escalate(third, 3).acknowledge(third + minutes(5), who, "phone")
    draft.resolve(third + minutes(55), who)


def _handed_on_with_the_sun(teller: _Teller) -> None:
    draft = teller.breaks("Event pipeline", teller.at(teller.day(), "05:20", "Etc/UTC"))
    who, then = teller.first(draft), draft.at + minutes(42)
    heir = teller.first(draft, then)
    draft.acknowledge(draft.at + minutes(3), who)
    if heir != who:  # on a day of the override both are one person
        draft.delegate(then, who, heir).acknowledge(then + minutes(4), heir)
    draft.resolve(then + minutes(50), heir)


def _odd_titles(teller: _Teller) -> None:
    for place, title in enumerate(_ODD_TITLES, start=1):
        teller.answered(teller.breaks(None, teller.at(teller.month.day(5 * place), "06:15"), title), 33)


def _three_in_one_hour(teller: _Teller) -> None:
    day = teller.day()
    for clock in ("02:02", "02:21", "02:48"):
        teller.answered(teller.breaks("Checkout", teller.at(day, clock)), 9, 2)


def _around_business_hours(teller: _Teller) -> None:
    for clock, lasts in (("08:50", 50), ("10:30", 45), ("16:50", 80), ("17:29", 361)):
        teller.answered(teller.breaks("Card gateway", teller.at(teller.day(), clock)), lasts)


def _open_for_forty_hours(teller: _Teller) -> None:
    teller.answered(teller.breaks("Warehouse loader", teller.at(teller.month.day(11), "23:10")), 40 * 60)


def _snoozed(teller: _Teller) -> None:
    draft = teller.breaks("Ledger", teller.at(teller.day(), "23:20"))
    who = teller.first(draft)
    draft.acknowledge(draft.at + minutes(4), who).snooze(draft.at + minutes(11), who, 8 * 3600)
    draft.resolve(draft.at + minutes(11 * 60), who)


def _lapsed_then_escalated(teller: _Teller) -> None:
    draft = teller.breaks("Edge proxy", teller.at(teller.day(), "00:40"))
    draft.acknowledge(draft.at + minutes(3), teller.first(draft)).lapse(draft.at + minutes(33))
    at = draft.at + minutes(48)
    who = teller.first(draft.escalate(at, 2), at, 2)
    draft.acknowledge(at + minutes(5), who).resolve(at + minutes(60), who)


def _helped_by_somebody_off_call(teller: _Teller) -> None:
    draft = teller.breaks("Kubernetes", teller.at(teller.day(weekend=True), "09:30"))
    on_call = {row.user_id for row in teller.rota.rows(draft.at, draft.at + minutes(25))}
    helper = next(p.id for p in teller.rota.organisation.people if p.id not in on_call)
    draft.acknowledge(draft.at + minutes(22), helper, "website").resolve(draft.at + minutes(63), helper)


def _answered_by_the_contractor(teller: _Teller) -> None:
    teller.answered(teller.breaks("Kubernetes", teller.at(teller.month.day(5), "19:45")), 41)


def _cover_of_two_hours(teller: _Teller) -> None:
    wednesday = nth_weekday(teller.month, 2, 2)
    teller.answered(teller.breaks("Card gateway", teller.at(wednesday, "18:35")), 52)


def _opened_by_a_person(teller: _Teller) -> None:
    at = teller.at(teller.day(), "20:45")
    draft = Draft(teller.rota, teller.services["Checkout"], at, "Customers report double charges", priority=1)
    teller.drafts.append(draft)
    draft.trigger(teller.other(draft), "website")
    teller.answered(draft, 77)


def _answered_by_automation(teller: _Teller) -> None:
    draft = teller.breaks("Edge proxy", teller.at(teller.day(), "03:55"), "Origin pool drained")
    who = teller.first(draft)  # whose key a script uses
    draft.acknowledge(draft.at + minutes(0.2), who, "api").resolve(draft.at + minutes(6), who, "auto")


def _odd_entries(teller: _Teller) -> None:
    draft = teller.breaks("Checkout", teller.at(teller.day(), "22:15"), "Session store evicts keys")
    who = teller.first(draft)
    draft.acknowledge(draft.at + minutes(4), who, shows_type=False).note(
        draft.at + minutes(6), "stakeholder_update", who
    )
    draft.note(draft.at + minutes(20), "reach_ack_limit").resolve(draft.at + minutes(47), who)
    left = teller.breaks("Kubernetes", teller.at(teller.day(), "05:05"), "Control plane certificate rotates")
    left.acknowledge(left.at + minutes(2), teller.first(left)).note(
        left.at + minutes(32), "unacknowledge", channel="timeout"
    )
    left.note(left.at + minutes(58), "resolve")  # by nobody whom PagerDuty would name


def _acknowledged_in_slack(teller: _Teller) -> None:
    """By somebody whom PagerDuty does not name; the second is then resolved by somebody it does."""
    for clock, by in (("02:35", "integration"), ("21:50", "")):
        draft = teller.breaks("Ledger", teller.at(teller.day(), clock), "Ledger lock waits above 5 s")
        who = teller.first(draft)
        chat = teller.rota.organisation.person[who].name.split()[0].lower()
        draft.acknowledge_in_chat(draft.at + minutes(5), "slack", chat)
        draft.resolve(draft.at + minutes(52), by or teller.other(draft, who))


def _snoozed_until_the_morning(teller: _Teller) -> None:
    draft = teller.breaks("Checkout", teller.at(teller.day(), "01:20"), "Gift cards cannot be redeemed")
    who, wakes = teller.first(draft), draft.at + minutes(10) + timedelta(hours=7)
    draft.acknowledge(draft.at + minutes(5), who).snooze(draft.at + minutes(10), who, 7 * 3600).lapse(wakes)
    draft.acknowledge(wakes + minutes(5), who).resolve(wakes + minutes(25), who)


def _handed_over_and_back(teller: _Teller) -> None:
    draft = teller.breaks("Card gateway", teller.at(teller.day(), "03:10"), "Refunds fail in one currency")
    who = teller.first(draft)
    helper = teller.other(draft, who)
    draft.acknowledge(draft.at + minutes(4), who).delegate(draft.at + minutes(15), who, helper)
    draft.acknowledge(draft.at + minutes(18), helper).delegate(draft.at + minutes(45), helper, who)
    draft.acknowledge(draft.at + minutes(50), who).resolve(draft.at + minutes(80), who)


def _noted_the_next_morning(teller: _Teller) -> None:
    draft = teller.breaks("Edge proxy", teller.at(teller.day(), "22:05"), "Cache hit ratio below 40 %")
    who = teller.first(draft)
    helper = teller.other(draft, who)
    draft.acknowledge(draft.at + minutes(5), who).delegate(draft.at + minutes(25), who, helper)
    draft.acknowledge(draft.at + minutes(31), helper).annotate(draft.at + timedelta(hours=10), who)
    expert = next(p.id for p in teller.rota.organisation.people if p.id not in {who, helper})
    draft.ask_for_help(draft.at + minutes(33), helper, expert, joined=draft.at + minutes(39))
    draft.resolve(draft.at + timedelta(hours=10, minutes=30), helper)


_STORIES = (
    _ordinary,
    _low_urgency,
    _acknowledged_by_two,
    _acknowledged_then_closed_by_the_monitor,
    _auto_resolved_unseen,
    _merged,
    _reopened,
    _resolved_without_acknowledgement,
    _still_open,
    _across_the_month_end,
    _closed_by_a_clean_up,
    _clock_change,
    _bank_holiday,
    _three_levels,
    _handed_on_with_the_sun,
    _odd_titles,
    _three_in_one_hour,
    _around_business_hours,
    _open_for_forty_hours,
    _snoozed,
    _lapsed_then_escalated,
    _helped_by_somebody_off_call,
    _answered_by_the_contractor,
    _cover_of_two_hours,
    _opened_by_a_person,
    _answered_by_automation,
    _odd_entries,
)
_EVIDENCE_STORIES = (
    _acknowledged_in_slack,
    _snoozed_until_the_morning,
    _handed_over_and_back,
    _noted_the_next_morning,
)
"""Told in the middle month of each quarter, and numbered after all others, who keep their numbers."""
