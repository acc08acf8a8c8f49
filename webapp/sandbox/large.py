"""The organisation `large`: 1,000 engineers, 200 schedules, 10,000 incidents a month, made fast.

One division of it is `small`, with its people, schedules and stories, so that every odd case happens here too. Around
it stand teams that are all alike: they make the mass.
"""

from datetime import datetime, time, timedelta
from functools import cache
from random import Random

from webapp.sandbox.ids import short
from webapp.sandbox.incidents import Draft
from webapp.sandbox.months import A_MONDAY, Month, wall
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
from webapp.sandbox.small import overrides_of, small
from webapp.sandbox.small_stories import tell

_ENGINEERS, _SCHEDULES = 989, 193  # and the division's eleven and seven
_INCIDENTS = 10_000  # a month, the division's among them
_TEAMS = 97  # ten or eleven engineers each; a primary and a secondary schedule, the last one a primary only
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
_DAILY = 4  # which schedule of twenty hands over daily; the others do so on Mondays
# What becomes of an incident, in how many of a thousand.
_FATES = {"unseen": 120, "escalated": 80, "monitor": 180, "two": 20, "plain": 600}
_URGENCIES = ("high",) * 7 + ("low",)


def _id(prefix: str, number: int) -> str:
    """An identifier that the division does not have: its numbers are below a million."""
    return short(prefix, 1_000_000 + number)


def _person(number: int) -> Person:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST)]
    email = f"{first}.{last}@example.org".lower()
    zone_name = _ZONES[number % _TEAMS % len(_ZONES)]
    return Person(_id("PU", number), f"{first} {last}", email, zone_name, "limited_user", "Engineer", "blue")


def _team(number: int) -> Team:
    members = tuple(_id("PU", engineer) for engineer in range(number, _ENGINEERS, _TEAMS))
    return Team(_id("PT", number), f"Team {number:02}", members)


def _schedule(number: int, team: Team) -> Schedule:
    """Even numbers are primaries, odd ones secondaries, three turns ahead."""
    ahead = 3 * (number % 2)
    start = datetime.combine(A_MONDAY, time(8 + number % 3))
    turn_days = 1 if number % 20 == _DAILY else 7
    layer = Layer(_id("PL", number), "Rotation", team.member_ids[ahead:] + team.member_ids[:ahead], start, turn_days)
    kind = "secondary" if number % 2 else "primary"
    zone_name = _ZONES[number // 2 % len(_ZONES)]
    return Schedule(_id("PS", number), f"{team.name} {kind}", zone_name, team.id, (layer,))


def _policy(number: int, team: Team, schedules: tuple[Schedule, ...]) -> Policy:
    """The team's schedules, then its manager."""
    targets = (*(Target("schedule", schedule.id) for schedule in schedules), Target("user", team.member_ids[0]))
    rules = tuple(Rule(_id("PR", 4 * number + n), 15, (target,)) for n, target in enumerate(targets))
    return Policy(_id("PE", number), team.name, team.id, rules)


def large() -> Organisation:
    """Build the organisation."""
    division = small()
    teams = tuple(_team(number) for number in range(_TEAMS))
    schedules = tuple(_schedule(number, teams[number // 2]) for number in range(_SCHEDULES))
    policies = tuple(_policy(n, team, schedules[2 * n : 2 * n + 2]) for n, team in enumerate(teams))
    services = tuple(
        Service(_id("PV", 2 * n + place), f"{team.name} {name}", policies[n].id, team.id)
        for n, team in enumerate(teams)
        for place, name in enumerate(("frontend", "backend"))
    )
    return Organisation(
        name="large",
        account_id=short("PA", 2),
        subdomains={"us": "bigharbor", "eu": "bigharbor-eu"},
        people=division.people + tuple(_person(number) for number in range(_ENGINEERS)),
        teams=division.teams + teams,
        policies=division.policies + policies,
        services=division.services + services,
        schedules=division.schedules + schedules,
        stride=12_000,
        overrides_of=lambda month: overrides_of(month) + _covers(month),
        incidents_of=lambda month, rota: _fill(tell(month, rota), month, rota),
    )


@cache
def _covers(month: Month) -> tuple[Override, ...]:
    """Forty evenings on which somebody, mostly of another team, helps out."""
    chance = Random(f"large:{month.year}-{month.number}:overrides")
    starts = [wall(month.day(chance.randrange(1, 29)), time(18), "Europe/London") for _ in range(40)]
    return tuple(
        Override(
            _id("PO", month.ordinal * 64 + number),
            _id("PS", number),
            _id("PU", chance.randrange(_ENGINEERS)),
            start,
            start + timedelta(hours=2),
        )
        for number, start in enumerate(starts)
    )


def _fill(drafts: list[Draft], month: Month, rota: Rota) -> list[Draft]:
    """The division's incidents, and as many at random times, each with a fate, as the month still has room for."""
    chance = Random(f"large:{month.year}-{month.number}:incidents")
    organisation, count = rota.organisation, _INCIDENTS - len(drafts)
    fates = chance.choices(tuple(_FATES), tuple(_FATES.values()), k=count)
    for fate in fates:
        service = organisation.service[_id("PV", chance.randrange(2 * _TEAMS))]
        at = month.start + timedelta(seconds=chance.randrange(month.days * 86_400))
        title = f"{service.name} {chance.choice(_COMPONENTS)} {chance.choice(_SYMPTOMS)}"
        draft = Draft(rota, service, at, title, chance.choice(_URGENCIES)).trigger()
        _live(draft, fate, chance)
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
    who = draft.rota.paged(policy, level, answered)[0]
    draft.acknowledge(answered, who)
    if fate == "two":
        manager = policy.rules[-1].targets[0].id
        draft.acknowledge(answered + timedelta(minutes=3), manager, "website")
    draft.resolve(answered + lasts, "integration" if fate == "monitor" else who)
