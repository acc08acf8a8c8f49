"""The organisation `large`: 1,000 engineers, 200 schedules, 10,000 incidents a month, made fast."""

from datetime import datetime, time, timedelta
from random import Random

from webapp.sandbox.ids import short
from webapp.sandbox.incidents import Draft
from webapp.sandbox.months import A_MONDAY, HISTORY, Month, wall
from webapp.sandbox.organisation import (
    Layer,
    Organisation,
    Override,
    Person,
    Policy,
    Rule,
    Schedule,
    Service,
    Target,
    Team,
)
from webapp.sandbox.rota import Rota

_ENGINEERS, _SCHEDULES, _INCIDENTS = 1_000, 200, 10_000
_A_TEAM = 10  # engineers; each team has a primary and a secondary schedule
_ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney")
_FIRST = ("Alba", "Ben", "Chidi", "Dora", "Emil", "Fatima", "Gwen", "Hugo", "Ines", "Jun", "Kaito", "Lena", "Mo", "Nia",
          "Otto", "Pia", "Quentin", "Rosa", "Sven", "Tess", "Uma", "Viktor", "Willa", "Xenia", "Yusuf")  # fmt: skip
_LAST = ("Abbot", "Brandt", "Castro", "Duval", "Ekberg", "Falk", "Goto", "Hassan", "Ivers", "Jansen", "Kimura", "Lowe",
         "Mbeki", "Nilsen", "Okafor", "Peeters", "Quist", "Rossi", "Sato", "Torres", "Udo", "Vargas", "Weiss", "Xu",
         "Young", "Zeman", "Arden", "Blum", "Croft", "Dietz", "Eaton", "Frost", "Grau", "Holm", "Iqbal", "Jonas",
         "Klein", "Lund", "Marsh", "Noble")  # fmt: skip
_COMPONENTS = ("API", "database", "cache", "queue", "gateway", "scheduler", "search", "storage")
_SYMPTOMS = (
    "error rate high",
    "latency above 2 s",
    "out of disk",
    "not reachable",
    "certificate expires soon",
    "lagging",
)
_DAILY, _ZONELESS = 4, 7  # which schedule of twenty hands over daily, which engineer of 250 has no zone
# What becomes of an incident, in how many of a thousand.
_FATES = {
    "unseen": 120,
    "escalated": 80,
    "monitor": 180,
    "two": 20,
    "merged": 15,
    "reopened": 10,
    "open": 3,
    "plain": 572,
}
_URGENCIES = ("high",) * 7 + ("low",)
_FORMULAS = ("=SUM(A1:A9) is not 45", "+1 node joined and left", "-3 replicas", "@here paging test")


def _person(number: int) -> Person:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST)]
    zone_name = None if number % 250 == _ZONELESS else _ZONES[number // _A_TEAM % len(_ZONES)]
    role = {0: "owner", 1: "admin"}.get(number, "limited_user")
    name = f"{first} {last}"
    email = f"{first}.{last}@example.org".lower()
    return Person(short("PU", number), name, email, zone_name, role, "Engineer", "blue")


def _leaver(month: Month) -> Person:
    """Somebody whose last shift is early in a month, and who is deleted after it."""
    end = wall(month.day(7), time(0), "Europe/London")
    name = f"Leaver {month.year}-{month.number:02}"
    email = f"leaver.{month.year}.{month.number:02}@example.org"
    person_id = short("PU", _ENGINEERS + month.ordinal)
    return Person(person_id, name, email, "Europe/London", "limited_user", "Engineer", "red", month.start, end)


def _overrides_of(month: Month) -> tuple[Override, ...]:
    """A leaver's last two days, and forty evenings on which somebody of another team helps out."""
    chance = Random(f"large:{month.year}-{month.number}:overrides")
    leaver = _leaver(month)
    covers = [(short("PS", 0), leaver.id, wall(month.day(5), time(0), "Europe/London"), 48)]
    for number in range(40):
        start = wall(month.day(chance.randrange(1, 29)), time(18), "Europe/London")
        covers.append((short("PS", 10 + number), short("PU", chance.randrange(_ENGINEERS)), start, 2))
    return tuple(
        Override(short("PO", month.ordinal * 64 + place), schedule_id, user_id, start, start + timedelta(hours=hours))
        for place, (schedule_id, user_id, start, hours) in enumerate(covers)
    )


def _schedule(number: int, team_id: str) -> Schedule:
    """Even numbers are primaries, odd ones secondaries; one in ten hands over daily, the others on Mondays."""
    first = number // 2 * _A_TEAM
    members = [short("PU", first + (place + 3 * (number % 2)) % _A_TEAM) for place in range(_A_TEAM)]
    is_daily = number % 20 == _DAILY
    start = datetime.combine(A_MONDAY, time(8 + number % 3))
    layer = Layer(short("PL", number), "Rotation", tuple(members), start, 1 if is_daily else 7)
    kind = "secondary" if number % 2 else "primary"
    zone_name = _ZONES[number // 2 % len(_ZONES)]
    return Schedule(short("PS", number), f"Team {number // 2:02} {kind}", zone_name, team_id, (layer,))


def _policy(number: int, team: Team) -> Policy:
    """Primary, secondary, manager. Every tenth team leans on its neighbour's primary: its own secondary is lonely."""
    second = 2 * number + (2 if number % 10 == 0 else 1)
    targets = (
        Target("schedule", short("PS", 2 * number)),
        Target("schedule", short("PS", second)),
        Target("user", team.member_ids[0]),
    )
    rules = tuple(Rule(short("PR", 4 * number + n), 15, (target,)) for n, target in enumerate(targets))
    return Policy(short("PE", number), team.name, team.id, rules)


def large() -> Organisation:
    """Build the organisation."""
    leavers = tuple(_leaver(month) for month in HISTORY)
    count = _SCHEDULES // 2
    teams = [
        Team(short("PT", n), f"Team {n:02}", tuple(short("PU", n * _A_TEAM + place) for place in range(_A_TEAM)))
        for n in range(count)
    ]
    schedules = [_schedule(number, short("PT", number // 2)) for number in range(_SCHEDULES)]
    policies = [_policy(n, teams[n]) for n in range(count)]
    services = [
        Service(short("PV", 2 * n + place), f"Team {n:02} {name}", policies[n].id, teams[n].id)
        for n in range(count)
        for place, name in enumerate(("frontend", "backend"))
    ]
    return Organisation(
        name="large",
        account_id=short("PA", 2),
        subdomains={"us": "bigharbor", "eu": "bigharbor-eu"},
        people=tuple(_person(number) for number in range(_ENGINEERS)) + leavers,
        teams=tuple(teams),
        policies=tuple(policies),
        services=tuple(services),
        schedules=tuple(schedules),
        stride=12_000,
        overrides_of=_overrides_of,
        incidents_of=_tell,
    )


def _tell(month: Month, rota: Rota) -> list[Draft]:
    """Incidents at random times, each with a fate."""
    chance = Random(f"large:{month.year}-{month.number}:incidents")
    length = month.days * 86_400
    seconds = sorted(chance.randrange(length) for _ in range(_INCIDENTS))
    fates = chance.choices(tuple(_FATES), tuple(_FATES.values()), k=_INCIDENTS)
    drafts: list[Draft] = []
    for number, (second, fate) in enumerate(zip(seconds, fates, strict=True)):
        service = chance.choice(rota.organisation.services)
        at = month.start + timedelta(seconds=second)
        title = f"{service.name} {chance.choice(_COMPONENTS)} {chance.choice(_SYMPTOMS)}"
        if number % 500 == 0:
            title = chance.choice(_FORMULAS)
        draft = Draft(rota, service, at, title, chance.choice(_URGENCIES)).trigger()
        _live(draft, fate, chance)
        if fate == "merged" and drafts:
            draft.merged_into = drafts[-1]
        drafts.append(draft)
    return drafts


def _live(draft: Draft, fate: str, chance: Random) -> None:
    policy = draft.rota.organisation.policy[draft.service.policy_id]
    after, lasts = timedelta(seconds=chance.randrange(60, 840)), timedelta(seconds=chance.randrange(900, 7_200))
    if fate == "unseen":
        draft.resolve(draft.at + after)
        return
    level, answered = 1, draft.at + after
    if fate == "escalated":
        level, answered = 2, answered + timedelta(minutes=15)
        draft.escalate(draft.at + timedelta(minutes=15), level)
    lead = policy.rules[-1].targets[0].id
    who = next(iter(draft.rota.paged(policy, level, answered)), lead)
    draft.acknowledge(answered, who)
    if fate == "open":
        return
    if fate == "two":
        draft.acknowledge(answered + timedelta(minutes=3), lead, "website")
    over = answered + lasts
    draft.resolve(over, "integration" if fate == "monitor" else who)
    if fate == "reopened":
        again = over + timedelta(minutes=20)
        draft.reopen(again, who).acknowledge(again + timedelta(minutes=1), who).resolve(again + lasts, who)
