"""`make bench`: how long the work takes and how it grows, beside the figures that we answer for. Never a test.

Everything but the reading is measured on records made here, as if they had been read from PagerDuty: an organisation of
1,000 engineers with two months of shifts and 10,000 incidents a month (a report reads the month before, too). Each
measurement runs in a process of its own, so that none inherits the memory of another. All take half an hour, most of it
the sandbox `large` over HTTP, because PagerDuty's limit of 960 requests a minute is on; named ones run alone.

Machines differ, and so does one machine from hour to hour. What only computes is therefore measured in CPU time and
told in *yardsticks* (Y), too: multiples of what a fixed piece of work takes in the same process.
"""

from __future__ import annotations

import gc
import json
import math
import multiprocessing
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.pd.conftest import usual_rules
from webapp import demo
from webapp.exports import ScopeKind
from webapp.factory import collect_rarely, create_app
from webapp.instance import open_instance
from webapp.pd.client import PAGE_SIZE, Client
from webapp.pd.errors import RateLimited
from webapp.pd.evidence import find_evidence
from webapp.pd.pace import MOST_PARALLEL, Pace
from webapp.pd.reader import Reading, Records
from webapp.pd.records import Agent, IncidentRecord, LogEntry, OnCallRow, PolicyRecord, ScheduleRecord, UserRecord
from webapp.pd.regions import Endpoints
from webapp.pd.request import Mode, Organisation, ReadRequest, Team
from webapp.pd.shifts import Duty
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind, Transport
from webapp.pricing import price, select
from webapp.pricing.engine.memory import MOST_SEGMENTS, SEGMENT_BYTES, Memory
from webapp.pricing.facts import Facts
from webapp.pricing.policy.form import Policy
from webapp.pricing.policy.form_document import form_document
from webapp.pricing.report.lines import Period, Priced, Statement
from webapp.sandbox.server import RATE_LIMIT, running
from webapp.services import documents, files
from webapp.services.callout_decisions import Decisions
from webapp.services.facts import Places, to_facts
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.reporting import Draft, Scope
from webapp.settings import load_settings
from webapp.vault import Vault

N = 1_000
A_ROTA = 5
A_TEAM = 15
CALLOUTS_EACH = 10
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
SINCE, UNTIL = datetime(2026, 8, 30, 10, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
READ_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
MONTHS = (datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))
ROUNDS = 3
PREVIEWS = 60
LATENCIES_MS = (20, 100, 250)
MEGABYTE = 1024 * 1024
VAULT = Vault(b"the master secret of a measurement")
ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo")

Row = tuple[str, str, str]
"""What was measured, what came out, the figure to reach."""


def main() -> None:
    """Print the table, of all measurements or of those named; with --rows, one's rows as JSON, as a child is asked."""
    asked = sys.argv[1:]
    if asked[:1] == ["--rows"]:
        collect_rarely()
        sys.stdout.write(json.dumps(MEASUREMENTS[asked[1]]()))
        return
    if unknown := set(asked) - MEASUREMENTS.keys():
        sys.exit(f"There is no measurement {', '.join(unknown)}. There are {', '.join(MEASUREMENTS)}.")
    wanted = [name for name in MEASUREMENTS if name in asked] or [*MEASUREMENTS]
    sys.stdout.write(f"{'what':<76}{'measured':>18}   to reach\n")
    for name in wanted:
        child = [sys.executable, "-m", "tests.bench", "--rows", name]
        done = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  ourselves
        for what, measured, figure in json.loads(done.stdout):
            sys.stdout.write(f"{what:<76}{measured:>18}   {figure}\n")
            sys.stdout.flush()


# What is measured


def measure_pricing() -> list[Row]:
    """Pricing at N, 2N and 4N: engineers and callouts double together, and the month before is priced, too.

    Then one team, as each change of a pay setting prices it again.
    """
    rows: list[Row] = []
    before = 0.0
    for factor in (1, 2, 4):
        seconds, work = price_month(organisation(factor * N))
        rows.append((f"pricing {work}", in_yardsticks(seconds), "15 Y" if factor == 1 else ""))
        if before:
            rows.append(
                (f"pricing, {factor} times the work beside {factor // 2}", f"{seconds / before:.2f} x", "2.4 x")
            )
        before = seconds
    seconds, work = price_month(organisation(N, A_TEAM), Memory())
    rows.append((f"one team re-priced, {work}", in_yardsticks(seconds), "0.10 Y"))
    for amount in ("callout_fee", "hourly_rate", "stipend"):
        seconds, work = price_month(organisation(N), Memory(), amount)
        rows.append((f"an edit of the {amount.replace('_', ' ')} re-prices {work}", in_yardsticks(seconds), "6 Y"))
    return [*rows, *kept_by_a_memory()]


def price_month(records: Records, memory: Memory | None = None, amount: str = "callout_fee") -> tuple[float, str]:
    """The shortest time of some rounds from the form and facts to the month's lines, and how much work it was.

    With a memory the first round fills it, and each has another amount, as when somebody tries amounts out.
    """
    facts, policy = facts_of(records)
    took = []
    for turn in range(ROUNDS + bool(memory)):
        tried = with_more(policy, amount, turn)
        gc.collect()
        started = time.process_time()  # it only computes: other programs of the machine do not count
        report = select(price(facts, tried, since=OCTOBER.first, needed=OCTOBER, memory=memory), OCTOBER)
        took.append(time.process_time() - started)
    made, chosen = lines_of(price(facts, policy)), sum(map(lines_of, report.statements))
    work = f"{len(facts.people):,} engineers, {len(facts.callouts):,} callouts, {made:,} lines ({chosen:,})"
    return min(took[bool(memory) :]), work


def with_more(policy: Policy, amount: str, more: int) -> Policy:
    """The policy with one amount raised."""
    if amount == "hourly_rate":
        return replace(policy, hourly_rate=(policy.hourly_rate or 0) + Decimal(more))
    if amount == "callout_fee":
        return replace(policy, callout_fee=policy.callout_fee + more)
    first = policy.levels[1]
    return replace(policy, levels={**policy.levels, 1: replace(first, weekday=first.weekday + more)})


def kept_by_a_memory() -> list[Row]:
    """What a memory of N engineers takes once their report is gone: by the system, and as Python counts it.

    The first is of the process, with what the allocator keeps for later; the second of every value that was made while
    the memory was filled and is still there, and of a tenth of the engineers, because it is slow to count.
    """
    facts, policy = facts_of(organisation(N))
    price(facts, policy, since=OCTOBER.first, needed=OCTOBER)  # what is made once for all, such as dates
    gc.collect()
    before, memory = resident_bytes(), Memory()
    price(facts, policy, since=OCTOBER.first, needed=OCTOBER, memory=memory)
    gc.collect()
    above = resident_bytes() - before
    few, policy = facts_of(organisation(N // 10))
    tracemalloc.start()
    memory = Memory()
    price(few, policy, since=OCTOBER.first, needed=OCTOBER, memory=memory)
    gc.collect()
    counted, segments = tracemalloc.get_traced_memory()[0], memory.segments
    tracemalloc.stop()
    limit = f"{MOST_SEGMENTS * SEGMENT_BYTES / MEGABYTE:.0f} MB"
    return [
        (f"kept of {N:,} engineers for re-pricing, resident", f"{above / MEGABYTE:.0f} MB", "200 MB"),
        (f"kept of {N:,} engineers for re-pricing, counted", f"{10 * counted / MEGABYTE:.0f} MB", limit),
        (
            "kept for a unit, piece of time, callout or reason",
            f"{counted / segments:,.0f} bytes",
            f"{SEGMENT_BYTES:,} bytes",
        ),
    ]


def lines_of(priced: Priced | Statement) -> int:
    """Pay, unpaid and pending lines."""
    return len(priced.pay if isinstance(priced, Priced) else priced.lines) + len(priced.unpaid) + len(priced.pending)


def measure_workbook() -> list[Row]:
    """The organisation's workbook: time, memory and size from the priced report to the last byte, and their growth."""
    rows: list[Row] = []
    took: dict[int, float] = {}
    figures = {15: ("", ""), 200: ("", ""), N: ("55 Y", "100 MB")}
    with (
        tempfile.TemporaryDirectory() as name,
        create(Path(name)).extensions["calloutpay"].database.session() as session,
    ):
        for count, (seconds_figure, bytes_figure) in figures.items():
            draft = draft_of(organisation(count), ScopeKind.ORGANISATION, "Organisation")
            made = documents.document(draft, session)
            gc.collect()
            forget_peak()
            idle, started = resident_bytes(), time.process_time()  # it only computes, too
            size = len(files.workbook(draft.inputs, made, VAULT))
            took[count], above = time.process_time() - started, peak_bytes() - idle
            what = f"workbook of {count:,} engineers ({size / MEGABYTE:.2f} MB)"
            rows += [
                (what, in_yardsticks(took[count]), seconds_figure),
                (
                    f"workbook of {count:,} engineers, peak memory above idle",
                    f"{above / MEGABYTE:.0f} MB",
                    bytes_figure,
                ),
            ]
    return [*rows, (f"workbook, {N // 200} x the engineers", f"{took[N] / took[200]:.1f} x", f"{N // 200} x")]


def measure_page() -> list[Row]:
    """The report page of the organisation, and the live preview of a team, in the server."""
    with tempfile.TemporaryDirectory() as name:
        app = create(Path(name))
        client = app.test_client()
        text = client.get("/login").text
        typed = {"csrf_token": token(text), "email": demo.EMAIL, "password": demo.PASSWORD}
        client.post("/login", data=typed)
        with client.session_transaction() as session:
            sid = str(session["sid"])
        sets = app.extensions["calloutpay"].working_sets
        everybody = sets.add(sid, 1, draft_of(organisation(N), ScopeKind.ORGANISATION, "Organisation"))
        size = len(client.get(f"/reports/{everybody}").data)
        team = sets.add(sid, 1, draft_of(organisation(N, A_TEAM), ScopeKind.TEAM, "Team 1"))
        page = client.get(f"/reports/{team}")
        form = demo._Forms()
        form.feed(page.text)
        fields = next(one.fields for one in form.forms if one.action.endswith("/price"))
        took = []
        for turn in range(PREVIEWS):
            changed = [(key, f"{40 + turn}.00" if key == "callout_fee" else value) for key, value in fields]
            started = time.process_time()
            answer = client.post(f"/reports/{team}/price", data=multi(changed), headers={"HX-Request": "true"})
            took.append(time.process_time() - started)
            if answer.status_code != 200:
                sys.exit(f"The preview answered {answer.status_code}.")
    p95 = statistics.quantiles(took, n=20)[-1]
    return [
        (f"live preview of {A_TEAM} among {N:,}, 95th percentile of {PREVIEWS}", in_yardsticks(p95), "0.30 Y"),
        (f"report page of {N:,} engineers", f"{size / 1000:.0f} kB", "300 kB"),
    ]


def measure_reading(org: str, months: int) -> list[Row]:
    """Reading a sandbox of another process over HTTP, each time from a full bucket of PagerDuty's rate limit.

    The first reading, which nobody times, makes the sandbox write its history and tells the memory that is needed.
    """
    here, there = multiprocessing.Pipe()
    spawned = multiprocessing.get_context("spawn").Process(target=serve, args=(org, there), daemon=True)
    spawned.start()
    endpoints, key = here.recv()
    idle = resident_bytes()
    *_, records = read_once(here, endpoints, key, months, latency_ms=0)
    least = least_requests(records)
    above = (peak_bytes() - idle) / MEGABYTE
    rows: list[Row] = [(f"reading `{org}`, {months} mo, peak memory above idle", f"{above:.0f} MB", "")]
    del records
    for latency_ms in LATENCIES_MS:
        gc.collect()
        # A short reading is soon disturbed by the machine's other work: the shortest of some.
        rounds = ROUNDS if least < RATE_LIMIT else 1
        took, made = min(read_once(here, endpoints, key, months, latency_ms=latency_ms)[:2] for _ in range(rounds))
        floor, bound = floor_seconds(least, latency_ms / 1000)
        what = f"reading `{org}`, {months} mo, {latency_ms} ms: {made:,} requests, least {least:,}"
        rows.append((what, f"{took:.2f} s, {took / floor:.2f} x", f"1.25 x {floor:.2f} s ({bound})"))
    took, made, _ = read_once(here, endpoints, key, months, latency_ms=LATENCIES_MS[-1], incidents=False)
    what = f"reading `{org}`, {months} mo, {LATENCIES_MS[-1]} ms, where no rule pays callouts: {made:,} requests"
    rows.append((what, f"{took:.2f} s", f"of the {least:,} above"))
    here.send(None)
    spawned.join()
    return rows


def floor_seconds(requests: int, latency: float) -> tuple[float, str]:
    """The shortest time in which anybody could make so many requests, and which of two bounds sets it.

    Latency: four at once. Bucket: whole minutes, as PagerDuty counts 960 anew each minute; after the last of them
    what is left, four at once.
    """
    minutes = (requests - 1) // RATE_LIMIT
    left = requests - minutes * RATE_LIMIT
    bounds = {
        "latency": requests * latency / MOST_PARALLEL,
        "bucket": minutes and minutes * 60 + left * latency / MOST_PARALLEL,
    }
    bound = max(bounds, key=lambda name: bounds[name])
    return bounds[bound], bound


def serve(org: str, pipe: Connection) -> None:
    """A sandbox that is told its latency before each reading, and answers how many requests the last one made."""
    with running(org, now=lambda: READ_AT) as sandbox:
        endpoints = Endpoints(sandbox.us_url, sandbox.eu_url, sandbox.identity_url)
        pipe.send((endpoints, sandbox.credentials.us.read_only))
        collect_rarely()  # of PagerDuty's own pauses nothing is known
        while (latency_ms := pipe.recv()) is not None:
            sandbox.state.latency_seconds = latency_ms / 1000
            sandbox.state.buckets.limit = RATE_LIMIT if latency_ms else None
            sandbox.state.buckets.refill()
            pipe.send(len(sandbox.state.requests))
            sandbox.state.requests.clear()


def read_once(
    pipe: Connection, endpoints: Endpoints, key: str, months: int, *, latency_ms: int, incidents: bool = True
) -> tuple[float, int, Records]:
    """Seconds, requests made, and what was read."""
    timing = Timing()
    pipe.send(latency_ms)
    pipe.recv()
    credential = Credential(CredentialKind.KEY, key)
    pace = Pace(timing=timing)  # one that knows nothing of the reading before
    client = Client(Transport(endpoints.us, credential, pace, timing=timing))
    since = SINCE - (months - 1) * timedelta(days=30)
    reading = Reading(ReadRequest(since, UNTIL, Organisation(), incidents=incidents), client, READ_AT)
    started = time.perf_counter()
    while not reading.complete:
        try:
            reading.advance(lambda: False)
        except RateLimited as error:
            time.sleep(error.retry_after_seconds)
    took = time.perf_counter() - started
    pipe.send(0)
    return took, pipe.recv(), reading.result


def least_requests(records: Records) -> int:
    """What a reader who knew every total beforehand would still have to ask: full pages, in as few windows as allowed.

    The final schedules, and incidents that are older than the window, are one request each.
    """
    days = (records.request.until - records.request.since) / timedelta(days=31)
    single = {"final schedules", "older incidents"}
    return sum(
        tally.calls
        if tally.part in single
        else max(math.ceil(days) if tally.part == "shifts" else 1, math.ceil(tally.records / PAGE_SIZE))
        for tally in records.tallies
    )


MEASUREMENTS: dict[str, Callable[[], list[Row]]] = {
    "pricing": measure_pricing,
    "workbook": measure_workbook,
    "page": measure_page,
    "read_small": lambda: measure_reading("small", 1),
    "read_small_3": lambda: measure_reading("small", 3),
    "read_large": lambda: measure_reading("large", 1),
    "read_large_3": lambda: measure_reading("large", 3),
}


# What it is measured on


def organisation(count: int, in_scope: int = 0) -> Records:
    """As read from PagerDuty: rotas of five with weekly handovers at two levels; ten callouts each in each month."""
    users = {f"PU{number:05}": user(number) for number in range(count)}
    scope = Team("PT00001") if in_scope else Organisation()
    members = dict(list(users.items())[: in_scope or count])
    rows = [row for number in range(count) for row in shifts(number)]
    incidents: dict[str, IncidentRecord] = {}
    entries: list[LogEntry] = []
    for month in MONTHS:
        for number in range(count * CALLOUTS_EACH):
            incident, log = callout(month, number, users[f"PU{number % count:05}"])
            incidents[incident.id] = incident
            entries += log
    schedules = {f"PS{n:04}": schedule(n, count) for n in range(count // A_ROTA)}
    policies = {
        key: PolicyRecord(f"PE{key}", known.name, frozenset(), frozenset({key})) for key, known in schedules.items()
    }
    return Records(
        request=ReadRequest(SINCE, UNTIL, scope),
        read_at=READ_AT,
        users=members,
        on_call=tuple(row for row in rows if row.user_id in members),
        incidents=incidents,
        log_entries=tuple(sorted(entries, key=lambda entry: (entry.created_at, entry.id))),
        schedules=schedules,
        policies=policies,
        unseen_incident_ids=frozenset(),
        tallies=(),
    )


def user(number: int) -> UserRecord:
    """An engineer."""
    zone = ZONES[number // A_ROTA % len(ZONES)]
    return UserRecord(f"PU{number:05}", f"Engineer {number:05}", f"engineer.{number}@example.com", zone)


def schedule(number: int, count: int) -> ScheduleRecord:
    """A rota."""
    members = frozenset(f"PU{n:05}" for n in range(number * A_ROTA, min(count, (number + 1) * A_ROTA)))
    return ScheduleRecord(
        f"PS{number:04}", f"Rota {number:04}", "Europe/London", frozenset({f"PE{number:04}"}), members
    )


def shifts(number: int) -> list[OnCallRow]:
    """Every fifth week at level 1, the week before at level 2."""
    rota, place = divmod(number, A_ROTA)
    first = datetime(2026, 8, 24, 8, tzinfo=UTC)
    week = timedelta(weeks=1)
    return [
        OnCallRow(
            user_id=f"PU{number:05}",
            user_name=f"Engineer {number:05}",
            policy_id=f"PE{rota:04}",
            policy_name=f"Rota {rota:04}",
            level=level,
            schedule_id=f"PS{rota:04}",
            schedule_name=f"Rota {rota:04}",
            start=first + turn * week,
            end=first + (turn + 1) * week,
        )
        for turn in range(11)
        for level in (1, 2)
        if (turn + level - 1) % A_ROTA == place
    ]


def callout(month: datetime, number: int, who: UserRecord) -> tuple[IncidentRecord, list[LogEntry]]:
    """Triggered at any time of the month, acknowledged within minutes, resolved within the hour."""
    start = month + timedelta(seconds=number * 7_919 % (30 * 86_400))
    acknowledged, resolved = start + timedelta(minutes=4), start + timedelta(minutes=15 + number % 50)
    key = f"Q{month.month:02}{number:06}"
    agent = Agent(who.id, "user_reference", who.name)
    service = Agent("PSERVICE", "service_reference", "Checkout")
    incident = IncidentRecord(
        id=key,
        number=number,
        title="Error rate of the checkout is high",
        status="resolved",
        urgency="high",
        created_at=start,
        resolved_at=resolved,
        service="Checkout",
        policy_id=f"PE{int(who.id[2:]) // A_ROTA:04}",
        team_ids=frozenset(),
        html_url="",
        changed_by=agent,
        merged_into=None,
    )
    acts = (("trigger", start, service), ("acknowledge", acknowledged, agent), ("resolve", resolved, agent))
    return incident, [LogEntry(f"R{kind[0]}{key}", kind, key, at, by, "mobile", ()) for kind, at, by in acts]


# Tools


@cache
def yardstick_seconds() -> float:
    """CPU time of a fixed piece of work, the best of five: a million insertions into a dict, and sorting its values.

    It was 0.18 s on the slower of the two machines on which the figures to reach were set.
    """
    took = []
    for _ in range(5):
        gc.collect()
        started = time.process_time()
        table: dict[int, tuple[int, str]] = {}
        for number in range(1_000_000):
            table[number % 1_000] = (number, str(number))
        sorted(table.values())
        took.append(time.process_time() - started)
    return min(took)


def in_yardsticks(seconds: float) -> str:
    """CPU time as it was, and beside the yardstick."""
    written = f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"
    return f"{written}, {seconds / yardstick_seconds():.2f} Y"


def facts_of(records: Records) -> tuple[Facts, Policy]:
    """What pricing is told."""
    evidence = find_evidence(records, usual_rules(Mode.ACKNOWLEDGED))
    duty = Duty(records.on_call, records.request.until)
    policy = paying_everybody()
    document, day = form_document(policy), OCTOBER.after - timedelta(days=1)
    return to_facts(records, duty, evidence, places=Places.of(document), day=day, own={}, decisions=Decisions()), policy


def paying_everybody() -> Policy:
    """The demo's policy, with every callout paid, so that there is the most to do."""
    return replace(demo.POLICY, pay_not_on_call=True)


def draft_of(records: Records, kind: ScopeKind, name: str) -> Draft:
    """A report whose reading has just ended, priced once."""
    draft = Draft(
        scope=Scope(kind, "PT00001", name),
        inputs=ReportInputs(OCTOBER, paying_everybody(), SavedSettings(), {}, records),
        account_id=1,
        subdomain="example",
        authority="the bench",
        sees_everything=True,
    )
    assert draft.report.statements
    return draft


def create(folder: Path) -> Any:
    """The application on an empty database with the demo's login."""
    settings = load_settings({"LOG_LEVEL": "WARNING"}, folder)
    open_instance(settings).set_up()
    app = create_app(settings)
    demo.prepare(f"sqlite:///{folder / 'instance' / 'calloutpay.db'}")
    return app


def multi(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Fields of a form as the test client wants them."""
    grouped: dict[str, list[str]] = {}
    for key, value in fields:
        grouped.setdefault(key, []).append(value)
    return grouped


def token(page: str) -> str:
    """The CSRF token of a page."""
    return str(re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page)[0])


def forget_peak() -> None:
    """Let the peak of this process's memory begin anew, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        sys.stderr.write("The peak of memory includes what came before.\n")


def resident_bytes() -> int:
    """Memory of this process now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak_bytes() -> int:
    """The most this process had since `forget_peak`, or ever: never too small, as what came before may count."""
    told = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    return int(told[1]) * 1024 if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
