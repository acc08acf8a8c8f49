"""`make faults N=1000 SEED=7`: full reports through the sandbox while it fails in every way we know of. Never a test.

Each scenario makes one report over HTTP, as the report page does (slice after slice, waiting for rate limits), while
random faults happen. It ends in one of three ways: exact (the same report as without faults; where the data changed
meanwhile, as before or as after the change), refused (the manager is told why, and gets no report), or wrong, which
must never be. Waits run at 1:1000, some scenarios at 1:1. A scenario depends on the seed and its own number alone.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from random import Random
from threading import Lock, Timer

from tests.patience import PATIENCE_SECONDS
from webapp import clock
from webapp.exports import ScopeKind
from webapp.models import Connection, Database
from webapp.pd.errors import PagerDutyError, RateLimited
from webapp.pd.oauth import App
from webapp.pd.regions import Endpoints
from webapp.pd.timing import Timing
from webapp.pricing.policy.form import Policy, Stipend
from webapp.pricing.report.lines import Period, Report
from webapp.sandbox import Running, running
from webapp.sandbox.faults import Change, Fault
from webapp.sandbox.incidents import state_at
from webapp.sandbox.tokens import Delegation
from webapp.sandbox.world import incident_id
from webapp.services import accounts, reporting
from webapp.services.connections import Connections
from webapp.services.reporting import Scope
from webapp.vault import Vault

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
OCTOBER, NOVEMBER = Period(date(2026, 10, 1), date(2026, 11, 1)), Period(date(2026, 11, 1), date(2026, 12, 1))
POLICY = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50)), 2: Stipend(Decimal(10), Decimal(15), Decimal(20))},
    callout_fee=Decimal(45),
    hourly_rate=Decimal("31.35"),
    holiday_region="GB-ENG",
    pay_not_on_call=True,
)
SCALE = 0.001
AT_FULL_SCALE = 20  # of a thousand scenarios
ANSWER_SECONDS = 0.6  # how long an answer is waited for at 1:1000: two cores do not make one in a thousandth of 60 s
FULL_ANSWER_SECONDS = 4.0
WITHOUT_A_WORD_SECONDS = 30  # are waited for after a rate limit that says nothing
LEAST_EXACT = 0.9  # of the scenarios whose faults are transient
MOST_SLICES = 2_000
MIGRATING = Lock()  # Alembic keeps what it works on in a global
PATHS = {
    None: 25, "/users*": 0, "/oncalls": 2, "/incidents": 3, "/incidents/*": 6, "/log_entries": 7, "/schedules": 0,
    "/schedules/*": 4, "/v3/schedules": 0, "/v3/schedules/*": 0, "/escalation_policies": 0, "/teams*": 0,
}  # fmt: skip
"""Where faults happen, and how many requests there may pass before, so that most faults are met."""
LASTING = (
    "page never answers", "path never answers", "schedule never answers", "revoked", "forbidden", "lacks ability",
    "broken for good",
)  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """One report and what happens to it."""

    number: int
    scope: str
    period: Period
    credential: str
    slice_seconds: float
    faults: tuple[Fault, ...]
    lasting: str = ""
    is_full_scale: bool = False


@dataclass
class Outcome:
    """How it ended."""

    number: int
    how: str
    is_transient: bool
    why: str
    kinds: list[str]
    seconds: float


@dataclass
class House:
    """A sandbox, and an instance with one account for each kind of credential."""

    sandbox: Running
    database: Database
    connections: Connections
    account_ids: dict[str, int]
    scopes: dict[str, Scope]
    known: dict[tuple[str, Period, Change | None], Report] = field(default_factory=dict)


# What happens


def draw(seed: int, number: int, *, is_full_scale: bool) -> Scenario:
    """The scenario of a number."""
    chance = Random(f"faults:{seed}:{number}")  # noqa: S311  not for secrets
    longest = 2 if is_full_scale else 60
    faults = [_transient(chance, longest) for _ in range(chance.choice((1, 1, 2, 2, 3, 4)))]
    lasting = ""
    if chance.random() < 0.15 and not is_full_scale:
        lasting = chance.choice(LASTING)
        faults.insert(0, _lasting(chance, lasting))
    elif chance.random() < 0.3:
        faults.append(_change(chance))
    return Scenario(
        number=number,
        scope=chance.choice(("organisation", "organisation", "team", "engineer")),
        period=chance.choice((OCTOBER, NOVEMBER)),
        credential=chance.choice(("key", "oauth")),
        slice_seconds=chance.choice((0.0, 0.05, 10.0)),
        faults=tuple(faults),
        lasting=lasting,
        is_full_scale=is_full_scale,
    )


def _transient(chance: Random, longest: int) -> Fault:
    """Something that passes."""
    path, most = chance.choice([*PATHS.items()])
    some = Fault(path=path, times=chance.randint(1, 3), after=chance.randint(0, most))
    if chance.random() < 0.3:  # or now and then, all the time
        rate, seed = chance.choice((0.02, 0.05, 0.1)), chance.getrandbits(32)
        some = replace(some, times=None, after=0, probability=rate, seed=seed)
    once = replace(some, times=1, probability=1.0)
    shape = chance.choice(("json", "html", "text", "empty"))
    limit = replace(some, status=429, reset_seconds=chance.randint(1, longest))
    broken = replace(some, status=chance.choice((500, 502, 503)), body=shape)
    size, times = chance.choice((1, 7, 40, 99)), chance.choice((1, 5, None))
    return chance.choice((
        limit,
        # Without a word 30 seconds are waited for.
        replace(some, status=429, body=shape) if longest > WITHOUT_A_WORD_SECONDS else limit,
        broken,
        broken,
        replace(once, status=408),
        replace(once, kind=chance.choice(("silent", "stalled"))),
        replace(some, kind="slow", seconds=chance.uniform(0, longest / 1000)),
        replace(some, kind="smaller", records=size, times=times),
        replace(once, kind="repeated", records=chance.choice((1, 1, 2, 30))),
        replace(once, kind="skipped", records=chance.choice((1, 1, 2, 30))),
        replace(once, kind="expired"),
        *(replace(some, kind=kind) for kind in ("dropped", "cut", "truncated", "html", "endless")),
    ))  # fmt: skip


def _lasting(chance: Random, what: str) -> Fault:
    """Something that stays as it is, so that there should be no report, or a right one."""
    forever = Fault(times=None, path=chance.choice(("/oncalls", "/incidents", "/log_entries")))
    broken = (("html", 500), ("truncated", 500), ("repeated", 500), ("skipped", 500), ("status", 404), ("status", 500))
    kind, status = chance.choice(broken)
    return {
        "page never answers": replace(forever, kind="silent", query="offset=99"),
        "path never answers": replace(forever, kind="silent"),
        "schedule never answers": replace(forever, kind="silent", path="*/schedules/*"),
        "revoked": replace(forever, kind="revoked", path=None, after=chance.randint(0, 25), times=1),
        "forbidden": replace(forever, status=403),
        "lacks ability": replace(forever, status=402),
        "broken for good": replace(forever, kind=kind, status=status),
    }[what]


def _change(chance: Random) -> Fault:
    """Something happens to the data between two requests; often where one window of the reading meets the next."""
    day = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=chance.choice((13, 24, 30, 30, 49)))
    at = day + timedelta(minutes=chance.randrange(24 * 60))
    until = at + timedelta(minutes=chance.randrange(30, 300))
    what = chance.choice(("incident added", "incident resolved", "shift swapped"))
    change = Change(what, at.isoformat(), until.isoformat(), person_id=chance.choice(("PUZKPGH", "PUZE5IE")))
    path = chance.choice((None, "/oncalls", "/incidents", "/log_entries", "/schedules/*"))
    return Fault(kind="change", change=change, path=path, after=chance.randint(0, PATHS[path]))


# Making the report


@contextmanager
def house() -> Iterator[House]:
    """A sandbox and an instance of our own, on a clock that stands still."""
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory()))
        sandbox = open_things.enter_context(running("small", now=lambda: NOW, rate_limit=None))
        database = Database(f"sqlite:///{folder / 'faults.db'}")
        with MIGRATING:
            database.migrate()
        open_things.callback(database.close)
        endpoints = Endpoints(sandbox.us_url, sandbox.eu_url, sandbox.identity_url)
        app = App(sandbox.credentials.client_id, sandbox.credentials.client_secret, endpoints)
        connections = Connections(
            database.session, Vault(b"0" * 32), endpoints, app, timing=timing(is_full_scale=False)
        )
        with database.session() as session:
            ids = {name: accounts.add_account(session, f"{name}@example.com", "correct horse battery").id
                   for name in ("key", "oauth")}  # fmt: skip
        organisation = sandbox.state.world.organisation
        team, engineer = organisation.teams[0], organisation.people[2]
        scopes = {
            "organisation": Scope(ScopeKind.ORGANISATION, "", "Organisation"),
            "team": Scope(ScopeKind.TEAM, team.id, team.name),
            "engineer": Scope(ScopeKind.ENGINEER, engineer.id, engineer.name),
        }
        yield House(sandbox, database, connections, ids, scopes)


def timing(*, is_full_scale: bool) -> Timing:
    """How long is waited for what."""
    if is_full_scale:
        return Timing(read_seconds=FULL_ANSWER_SECONDS)
    return Timing(scale=SCALE, read_seconds=ANSWER_SECONDS)


def connect(here: House) -> None:
    """Both connections anew: faults may have ended them."""
    owner, sandbox, vault = here.sandbox.state.key_owner_id, here.sandbox, here.connections.vault
    pair = sandbox.state.tokens.issue(Delegation("d", "us", owner, "openid read"))
    held = {"access_token": pair.access, "refresh_token": pair.refresh, "scope": "openid read"}
    secrets = {"key": {"api_key": sandbox.credentials.us.read_only}, "oauth": held}
    for name, secret in secrets.items():
        is_key = name == "key"
        here.connections._keep(
            Connection(
                account_id=here.account_ids[name], kind="api_key" if is_key else "oauth", region="us",
                subdomain="lanternworks",
                user_id=None if is_key else owner, user_name=None if is_key else "Ada Lindqvist",
                user_role=None if is_key else "owner", secret=vault.encrypt(json.dumps(secret)),
                connected_at=NOW, expires_at=None if is_key else NOW + timedelta(days=10),
            )
        )  # fmt: skip


def make(here: House, scenario: Scenario, wait: Timing) -> Report:
    """The report, as the page makes it: the next slice until it is there, after a rate limit when it is over."""
    connections = replace(here.connections, timing=wait)
    with here.database.session() as session:
        account_id = here.account_ids[scenario.credential]
        draft = reporting.begin(connections, account_id, session, here.scopes[scenario.scope], scenario.period, POLICY)
    for _ in range(MOST_SLICES):
        try:
            if reporting.read_slice(connections, draft, scenario.slice_seconds):
                return draft.report
        except RateLimited as error:
            wait.wait(error.retry_after_seconds)
    raise AssertionError(f"Scenario {scenario.number} never ends.")


def expected(here: House, scenario: Scenario) -> list[Report]:
    """The right reports: without faults, before and (where there is one) after the change."""
    changes = [fault.change for fault in scenario.faults if fault.change]
    found = []
    for change in (None, *changes):
        key = (scenario.scope, scenario.period, change)
        if key not in here.known:
            here.sandbox.state.reset()
            connect(here)
            if change:
                here.sandbox.state.change(change)
            report = make(here, replace(scenario, credential="key", slice_seconds=10), Timing())
            if change:
                return [*found, report]  # no other scenario has the same change
            here.known[key] = report
        found.append(here.known[key])
    return found


def run(here: House, scenario: Scenario) -> Outcome:
    """Play one scenario and judge how it ends."""
    scenario = _placed(here, scenario)
    right = expected(here, scenario)
    state = here.sandbox.state
    state.reset()
    connect(here)
    for fault in scenario.faults:
        state.faults.add(fault)
    started = time.monotonic()
    try:
        with guarded(scenario):
            report = make(here, scenario, timing(is_full_scale=scenario.is_full_scale))
    except PagerDutyError as error:
        how, why = "refused", error.sentence
    except Exception as error:  # noqa: BLE001  a manager would see a page that apologises
        how, why = "wrong", repr(error)
    else:
        how, why = ("exact", "") if report in right else ("wrong", _difference(report, right))
    kinds = [kind for kind, _ in state.faults.met]
    return Outcome(scenario.number, how, not scenario.lasting, why, kinds, time.monotonic() - started)


@contextmanager
def guarded(scenario: Scenario) -> Iterator[None]:
    """End this process, and with it the campaign, if a scenario hangs; every thread's place is printed."""

    def give_up() -> None:
        sys.stderr.write(f"Scenario {scenario.number} hangs.\n")
        faulthandler.dump_traceback(all_threads=True)
        os._exit(1)

    timer = Timer(PATIENCE_SECONDS, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _placed(here: House, scenario: Scenario) -> Scenario:
    """A change needs something that it happens to: an incident that is open, or a schedule."""
    world = here.sandbox.state.world
    placed = []
    for fault in scenario.faults:
        change = fault.change
        if change and change.what == "shift swapped":
            change = replace(change, id=world.organisation.schedules[scenario.number % 5].id)
        if change and change.what == "incident resolved":
            known = world.incidents(NOW - timedelta(days=51), NOW)
            still_open = [incident for incident in known if state_at(incident, NOW).status != "resolved"]
            incident = still_open[scenario.number % len(still_open)]
            until = max(datetime.fromisoformat(change.until), incident.created + timedelta(minutes=20))
            change = replace(change, id=incident_id(incident.number), until=min(until, NOW).isoformat())
        placed.append(replace(fault, change=change))
    return replace(scenario, faults=tuple(placed))


def _difference(report: Report, right: list[Report]) -> str:
    told = []
    for known in right:
        for ours, theirs in zip(report.statements, known.statements, strict=False):
            if ours != theirs:
                told.append(f"{ours.person.name}: {ours.total} instead of {theirs.total}")
    return "; ".join(told[:4]) or "the same statements, but something beside them"


# The campaign


def play(numbers: list[int], seed: int) -> list[Outcome]:
    """Some scenarios at 1:1000, one after another; in a process of its own."""
    clock.now = lambda: NOW  # type: ignore[assignment]  # this process is ours
    with house() as here:
        return [run(here, draw(seed, number, is_full_scale=False)) for number in numbers]


def play_at_full_scale(numbers: list[int], seed: int) -> list[Outcome]:
    """Some scenarios at 1:1, which mostly wait, side by side."""
    clock.now = lambda: NOW  # type: ignore[assignment]  # this process is ours

    def one(number: int) -> Outcome:
        with house() as here:
            return run(here, draw(seed, number, is_full_scale=True))

    with ThreadPoolExecutor(5) as pool:
        return list(pool.map(one, numbers))


def campaign(count: int, seed: int, only: int | None = None, processes: int = 2) -> list[Outcome]:
    """All scenarios, by their number."""
    if only is not None:
        return play([only], seed)
    full = min(AT_FULL_SCALE, count // 20)
    numbers = list(range(full, count))
    parts = [part for n in range(processes * 2) if (part := numbers[n :: processes * 2])]
    with ProcessPoolExecutor(processes + bool(full), mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(play_at_full_scale, list(range(full)), seed)] if full else []
        jobs += [pool.submit(play, part, seed) for part in parts]
        return sorted((o for job in as_completed(jobs) for o in job.result()), key=lambda outcome: outcome.number)


def main() -> None:
    """Play, tell what was refused and what was wrong, and end with one line."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=7)
    parser.add_argument("--only", type=int, help="play the scenario of this number alone")
    asked = parser.parse_args()
    started = time.monotonic()
    outcomes = campaign(asked.count, asked.seed, asked.only)
    sys.stdout.write("".join(line + "\n" for line in told(outcomes, time.monotonic() - started)))
    sys.exit(0 if is_good(outcomes) else 1)


def told(outcomes: list[Outcome], seconds: float) -> Iterator[str]:
    """What came out, in lines; the last one is the sum."""
    for outcome in outcomes:
        if outcome.how == "wrong":
            yield f"wrong: scenario {outcome.number} after {', '.join(outcome.kinds)}: {outcome.why}"
    reasons = Counter(outcome.why for outcome in outcomes if outcome.how == "refused")
    for why, times in reasons.most_common():
        yield f"refused {times} times: {why}"
    met = Counter(kind for outcome in outcomes for kind in outcome.kinds)
    unharmed = sum(not outcome.kinds for outcome in outcomes)
    yield f"faults met ({unharmed} scenarios met none): " + ", ".join(f"{kind} {n:,}" for kind, n in met.most_common())
    transient = [outcome for outcome in outcomes if outcome.is_transient]
    good = sum(outcome.how == "exact" for outcome in transient)
    share = 100 * good / max(1, len(transient))
    yield f"exact of {len(transient):,} with transient faults: {share:.1f} %; {seconds:.0f} s"
    how = Counter(outcome.how for outcome in outcomes)
    yield f"scenarios: {len(outcomes)}; exact: {how['exact']}; refused: {how['refused']}; wrong: {how['wrong']}"


def is_good(outcomes: list[Outcome]) -> bool:
    """Nothing wrong, and nearly everything exact where the faults passed."""
    transient = [outcome.how == "exact" for outcome in outcomes if outcome.is_transient]
    return all(outcome.how != "wrong" for outcome in outcomes) and sum(transient) >= LEAST_EXACT * len(transient)


if __name__ == "__main__":
    main()
