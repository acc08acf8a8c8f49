"""The organisation `small`: eleven engineers, three teams, seven schedules, and who covers for whom each month."""

from datetime import datetime, time, timedelta
from functools import cache
from string import ascii_uppercase

from webapp.sandbox.ids import short
from webapp.sandbox.months import A_MONDAY, HISTORY, Month, bank_holidays, clock_change, nth_weekday, wall
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
from webapp.sandbox.small_stories import tell

LONDON, BERLIN, NEW_YORK, AUCKLAND, UTC_ZONE = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Auckland",
    "Etc/UTC",
)

# (name, zone, role, job title); the region of a bank holiday can be read off the town.
_ENGINEERS = (
    ("Ada Lindqvist", LONDON, "owner", "Staff Engineer, Payments (London)"),
    ("Carys Pembrooke", LONDON, "limited_user", "Software Engineer, Payments (Bristol)"),
    ("Callum MacRae", LONDON, "limited_user", "Senior Engineer, Payments (Edinburgh)"),
    ("Elif Demirkan", BERLIN, "limited_user", "Senior SRE, Platform (Berlin)"),
    ("Bo Achterberg", BERLIN, "limited_user", "SRE, Platform (Hamburg)"),
    ("Fergus Kinnaird", LONDON, "limited_user", "SRE, Platform (Glasgow)"),
    ("Jonas Reuter", BERLIN, "admin", "Head of Platform (Berlin)"),
    ("Grace Oyelaran", LONDON, "user", "Engineering Manager, Data (Leeds)"),
    ("Hemi Walker", AUCKLAND, "limited_user", "Data Engineer (Auckland)"),
    ("Imogen Hartley", None, "limited_user", "Data Engineer (London)"),
    ("Dana Whitfield", NEW_YORK, "limited_user", "Senior Data Engineer (New York)"),
)
_COLORS = ("purple", "green", "red", "blue", "orange", "teal", "brown")
_GUEST_FIRST = ("Priya", "Tomasz", "Leila", "Marek", "Noor", "Oskar", "Ruth", "Sanjay", "Tilda", "Umut", "Vera", "Wren")
_GUEST_LAST = ("Raman", "Kowal", "Haddad", "Novak")

PAYMENTS_PRIMARY, PAYMENTS_SECONDARY, PLATFORM_PRIMARY, PLATFORM_SECONDARY, DATA_SUN, DATA_LEAD, OFFICE = (
    short("PS", number) for number in range(1, 8)
)
ID_BY_NAME = {name: short("PU", number) for number, (name, *_) in enumerate(_ENGINEERS, start=1)}


def _person(name: str, zone_name: str | None, role: str, job_title: str, number: int) -> Person:
    email = name.lower().replace(" ", ".") + "@example.com"
    return Person(short("PU", number), name, email, zone_name, role, job_title, _COLORS[number % len(_COLORS)])


def _guest(month: Month) -> Person:
    """A contractor who covers two days early in a month and whose user is deleted when they are over."""
    round_of_names, place = divmod(month.ordinal, len(_GUEST_FIRST) * len(_GUEST_LAST))
    first, last = divmod(place, len(_GUEST_LAST))
    initial = f"{ascii_uppercase[round_of_names - 1]}. " if round_of_names else ""
    name = f"{_GUEST_FIRST[first]} {initial}{_GUEST_LAST[last]}"
    email = f"{name.lower().replace('. ', '.').replace(' ', '.')}@contractors.example.com"
    end = wall(month.day(7), time(0), LONDON)
    return Person(
        short("PU", 100 + month.ordinal), name, email, LONDON,
        "limited_user", "Contract SRE", _COLORS[month.ordinal % len(_COLORS)], joined=month.start, left=end,
    )  # fmt: skip


@cache
def overrides_of(month: Month) -> tuple[Override, ...]:
    """Who takes over in a month: two hours, a day, a contractor, bank holidays by engineers who have them; a gap."""
    ids = ID_BY_NAME
    wednesday, saturday = nth_weekday(month, 2, 2), nth_weekday(month, 5, 3)
    change = clock_change(month, AUCKLAND)
    if change:  # on a Saturday by UTC, a Sunday in Auckland
        saturday = change.date()
    covers: list[tuple[str, str | None, datetime, int]] = [
        (PLATFORM_PRIMARY, _guest(month).id, wall(month.day(5), time(0), LONDON), 48),
        (PAYMENTS_PRIMARY, ids["Grace Oyelaran"], wall(wednesday, time(18), LONDON), 2),
        (DATA_SUN, ids["Hemi Walker"], wall(saturday, time(6), UTC_ZONE), 24),
        (DATA_SUN, None, wall(nth_weekday(month, 6, -1), time(10), UTC_ZONE), 2),
    ]
    for region, day in bank_holidays(month):
        midnight = wall(day, time(0), LONDON)
        if region == "ENG":
            covers.append((PLATFORM_PRIMARY, ids["Ada Lindqvist"], midnight, 24))
        elif region == "SCT":
            covers.append((PAYMENTS_PRIMARY, ids["Callum MacRae"], wall(day, time(9), LONDON), 24))
        elif region == "DE":
            covers.append((PLATFORM_PRIMARY, ids["Jonas Reuter"], midnight, 24))
        # Dana Whitfield (New York) is on call every day: no override is needed for her holidays.
    return tuple(
        Override(short("PO", month.ordinal * 16 + place), schedule_id, user_id, start, start + timedelta(hours=hours))
        for place, (schedule_id, user_id, start, hours) in enumerate(covers)
    )


def small() -> Organisation:
    """Build the organisation."""
    ids = ID_BY_NAME
    payments, platform, data = (short("PT", number) for number in range(1, 4))
    staff = tuple(_person(*row, number) for number, row in enumerate(_ENGINEERS, start=1))
    guests = tuple(_guest(month) for month in HISTORY)

    def members(*names: str) -> tuple[str, ...]:
        return tuple(ids[name] for name in names)

    def layer(number: int, name: str, clock: time, turn_days: int, *names: str, daily: int | None = None) -> Layer:
        start = datetime.combine(A_MONDAY, clock)
        return Layer(
            short("PL", number), name, members(*names), start, turn_days, (clock, daily) if daily else None
        )  # fmt: skip

    ada, carys, callum = "Ada Lindqvist", "Carys Pembrooke", "Callum MacRae"
    elif_, bo, fergus = "Elif Demirkan", "Bo Achterberg", "Fergus Kinnaird"
    schedules = (
        Schedule(PAYMENTS_PRIMARY, "Payments primary", LONDON, payments,
                 (layer(1, "Weekly", time(9), 7, ada, carys, callum),)),
        Schedule(PAYMENTS_SECONDARY, "Payments secondary", LONDON, payments,
                 (layer(2, "Daily", time(9), 1, carys, callum, ada),)),
        Schedule(PLATFORM_PRIMARY, "Platform primary", LONDON, platform,
                 (layer(3, "Daily", time(0), 1, elif_, fergus, bo),)),
        Schedule(PLATFORM_SECONDARY, "Platform secondary", BERLIN, platform,
                 (layer(4, "Daily", time(8), 1, bo, elif_, fergus),)),
        Schedule(DATA_SUN, "Data follow the sun", UTC_ZONE, data,
                 # London stays an hour for the hand-over: then two people are on call.
                 (layer(5, "Auckland", time(22), 1, "Hemi Walker", daily=8),
                  layer(6, "London", time(6), 1, "Imogen Hartley", daily=9),
                  layer(7, "New York", time(14), 1, "Dana Whitfield", daily=8)), is_shift_based=True),
        Schedule(DATA_LEAD, "Data lead", LONDON, data, (layer(8, "Always", time(9), 0, "Grace Oyelaran"),)),
        Schedule(OFFICE, "Office moves", LONDON, platform, (layer(9, "Weekly", time(9), 7, fergus, elif_, bo),)),
    )  # fmt: skip
    jonas = Target("user", ids["Jonas Reuter"])

    def policy(number: int, name: str, team_id: str, *levels: Target) -> Policy:
        rules = tuple(Rule(short("PR", number * 8 + n), 15, (target,)) for n, target in enumerate(levels))
        return Policy(short("PE", number), name, team_id, rules)

    def held(schedule_id: str) -> Target:
        return Target("schedule", schedule_id)

    policies = (
        policy(1, "Payments", payments, held(PAYMENTS_PRIMARY), held(PAYMENTS_SECONDARY), jonas),
        policy(2, "Platform", platform, held(PLATFORM_PRIMARY), held(PLATFORM_SECONDARY), jonas),
        policy(3, "Data", data, held(DATA_SUN), held(PAYMENTS_PRIMARY), held(DATA_LEAD)),
    )
    names = (("Checkout", 0), ("Card gateway", 0), ("Ledger", 0), ("Kubernetes", 1), ("Edge proxy", 1),
             ("Event pipeline", 2), ("Warehouse loader", 2))  # fmt: skip
    teams = (payments, platform, data)
    return Organisation(
        name="small",
        account_id=short("PA", 1),
        subdomains={"us": "lanternworks", "eu": "lanternworks-eu"},
        people=staff + guests,
        teams=(
            Team(payments, "Payments", members(ada, carys, callum)),
            Team(
                platform, "Platform", members("Jonas Reuter", elif_, bo, fergus) + tuple(guest.id for guest in guests)
            ),
            Team(data, "Data", members("Grace Oyelaran", "Hemi Walker", "Imogen Hartley", "Dana Whitfield")),
        ),
        policies=policies,
        services=tuple(
            Service(short("PV", number), name, policies[place].id, teams[place])
            for number, (name, place) in enumerate(names, start=1)
        ),
        schedules=schedules,
        stride=200,
        overrides_of=overrides_of,
        incidents_of=tell,
    )
