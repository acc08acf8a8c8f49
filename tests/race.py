"""`make race SECONDS=60 SEED=7`: many at once on one report. Never a test by itself; `make test` runs a short one.

Eight threads share one login and its one report: they edit the settings, reload, open engineers, decide about
callouts, change a rate, save, update, read PagerDuty again and download everything, while a colleague saves policies,
rates and decisions from elsewhere. Each sends what its last page showed: a stale page is refused, and no file has
another total than its page. From each page and file is read which policy, decisions and rates it names; these are
priced again, apart from the application, and must give its figures. What a thread draws depends on the seed and its
number.
"""

from __future__ import annotations

import argparse
import faulthandler
import html
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from random import Random
from threading import Condition, Lock
from typing import Any

from flask import Flask
from openpyxl import load_workbook

from webapp import clock, demo
from webapp.factory import create_app
from webapp.instance import open_instance
from webapp.pricing.facts import Decision
from webapp.pricing.policy.form import Policy
from webapp.pricing.report.lines import Period, Report
from webapp.sandbox import Running, running
from webapp.services import callout_decisions, files, people, policies
from webapp.services.callout_decisions import Decisions
from webapp.services.engineer_facts import HOURLY_RATE
from webapp.services.input_parts import saved_settings
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.people import PaySettings
from webapp.services.reporting import Draft
from webapp.settings import load_settings

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
TEAM = "PTZXTCN"
THREADS = 8
COLLEAGUE = "bo@example.com"
FEES, MINIMA, RATES = range(40, 61), (30, 60, 90), ("30.00", "40.00", "50.00")
CALLOUTS = 6
"""About so many is decided."""
HTMX = {"HX-Request": "true"}
HANGS_AFTER_SECONDS = 300
A_WHILE_SECONDS = 5
GONE, STALE = 410, 409
ANSWERS = {200, 302, 303}
CONFLICTS = {409, 410, 422, 503}
"""Busy, ended meanwhile, or waiting for an update: said plainly, and nothing is handed out."""

Named = tuple[int, int, frozenset[tuple[str, str, bool, str]], str | None]
"""Fee, minimum, decisions (incident, engineer, pay, reason), the engineer's own rate."""


@dataclass
class Tally:
    """What happened."""

    counts: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, what: str) -> None:
        """Count one."""
        with self._lock:
            self.counts[what] += 1

    def disagree(self, words: str) -> None:
        """Something says other figures than follow from what it names."""
        with self._lock:
            self.disagreements.append(words)

    def words(self) -> str:
        """The closing line."""
        listed = ("page", "file", "edit", "decision", "saved by others", "conflict", "stale page", "reading again")
        counted = ", ".join(f"{self.counts[what]} x {what}" for what in listed)
        return f"{counted}; disagreements: {len(self.disagreements)}"


class Oracle:
    """Prices what a page or file names, with a draft of its own."""

    def __init__(self, draft: Draft, engineer: str) -> None:
        self.engineer = engineer
        self._draft = draft
        self._inputs = draft.inputs
        self._known: dict[Named, Report] = {}
        self._lock = Lock()

    def report(self, named: Named) -> Report:
        """The report by exactly these."""
        with self._lock:
            if named not in self._known:
                self._draft.inputs = self._named(named)
                self._known[named] = self._draft.report
            return self._known[named]

    def _named(self, named: Named) -> ReportInputs:
        fee, minimum, decided, rate = named
        policy = policy_of(fee, minimum)
        decisions = {
            (incident, engineer): Decision(pay, reason, demo.EMAIL, NOW) for incident, engineer, pay, reason in decided
        }
        own = {}
        if rate is not None:
            settings = PaySettings(user_id=self.engineer, name="", email=None)
            own = {self.engineer: settings.changed(HOURLY_RATE, rate)}
        return replace(
            self._inputs, policy=policy, saved=SavedSettings((), own, Decisions(callouts=decisions)), own=own
        )


def policy_of(fee: int, minimum: int) -> Policy:
    """The demo's policy with another fee and another shortest session."""
    return replace(demo.POLICY, callout_fee=Decimal(fee), minimum_minutes=minimum)


@dataclass
class House:
    """The application with one report in memory, and what is known of it."""

    app: Flask
    cookie: str
    set_id: str
    oracle: Oracle
    callouts: list[tuple[str, str]]
    people: list[str]
    subdomain: str
    fields: dict[str, list[str]]
    """Of the settings form, as it was first shown."""
    tally: Tally = field(default_factory=Tally)
    arrival: Condition = field(default_factory=Condition)
    """Of a report that was read again, under another id."""

    @contextmanager
    def session(self) -> Iterator[Any]:
        """The colleague's way to the database."""
        with self.app.extensions["calloutpay"].database.session() as session:
            yield session


# One thread


class Visitor:
    """One thread's browser tab: what it does next is drawn, and all that it sees is checked."""

    def __init__(self, house: House, seed: int, number: int) -> None:
        self.house, self.number = house, number
        self.chance = Random(f"race:{seed}:{number}")  # noqa: S311  not for secrets
        self.client: Any = house.app.test_client()
        self.client.set_cookie("calloutpay", house.cookie)
        self.decided = 0
        self.set_id = house.set_id
        self.shown: dict[str, str] = {}
        """What the last page of this tab says that it shows, and its total."""

    def act(self) -> None:
        """Do one thing, on the report that there is now."""
        if self.set_id != self.house.set_id:
            self.set_id = self.house.set_id
            self.shown.clear()
        act = self.chance.choices([act for act, _ in ACTS], [weight for _, weight in ACTS])[0]
        act(self)

    def edit(self) -> None:
        """Try other amounts out: the preview must be by them."""
        fee, minimum = self._draw()
        answer = self._post("price", self._settings(fee, minimum), headers=HTMX)
        if answer is not None:
            self.house.tally.add("edit")
            named = check_page(self.house, answer.text, "preview")
            if named and named[:2] != (fee, minimum):
                self.house.tally.disagree(f"A preview of {fee}, {minimum} names {named[:2]}.")

    def look(self) -> None:
        """Reload the page, with every engineer open."""
        answer = self._get("", query={"open": self.house.people})
        if answer is not None and 'id="preview"' in answer.text:
            check_page(self.house, answer.text, "page", opened=True)

    def open_one(self) -> None:
        """Open an engineer in place."""
        self._get("", query={"open": self.chance.choice(self.house.people)}, headers=HTMX)

    def decide(self) -> None:
        """Decide about a callout, or take the decision back."""
        incident, engineer = self.chance.choice(self.house.callouts)
        self.decided += 1
        typed = {"decision": self.chance.choice(("pay", "no", "rule")), "reason": f"r{self.number}-{self.decided}"}
        if self._post(f"callouts/{incident}/{engineer}", typed) is not None:
            self.house.tally.add("decision")

    def rate(self) -> None:
        """Try another rate of one engineer out, or save it."""
        typed = {
            f"{self.house.oracle.engineer}-hourly_rate": self.chance.choice(RATES),
            f"{self.house.oracle.engineer}-business_days": ["1", "2", "3", "4", "5"],
            self.chance.choice(("try", "save")): "yes",
        }
        if self._post("rates", typed) is not None:
            self.house.tally.add("edit")

    def save(self) -> None:
        """Save the settings as the policy's next version."""
        if self._post("policy", self._settings(*self._draw()) | {"begins": ["ever"]}) is not None:
            self.house.tally.add("edit")

    def drop(self) -> None:
        """Go back to what is saved, or take in what others saved."""
        self._post(self.chance.choice(("saved", "update")), {})

    def download(self) -> None:
        """Any file: with or without what was saved since."""
        engineer = self.chance.choice(self.house.people)
        what = self.chance.choice(("workbook", "workbook", "report.json", f"statement/{engineer}"))
        if self.chance.random() < 0.8:
            self.look()
        shown = dict(self.shown)
        ticked = {"outdated"} if self.chance.random() < 0.8 else set()
        typed = {"without": "yes", **{key: shown[key] for key in shown.keys() & {"edition", *ticked}}}
        answer = self._post(what, typed)
        if answer is not None:
            check_file(self.house, answer.data, what, shown.get("total"))

    def save_and_download(self) -> None:
        """Both in one press."""
        fee, minimum = self._draw()
        answer = self._post("download", self._settings(fee, minimum) | {"begins": ["ever"]})
        if answer is not None:
            named = check_file(self.house, answer.data, "workbook")
            if named and answer.headers["Content-Disposition"].count("DRAFT"):
                self.house.tally.disagree("What was just saved and downloaded is a draft.")

    def read_again(self) -> None:
        """Read PagerDuty again, in place of what was read: whoever has the report keeps it to the end."""
        answer = self._post("again", self._settings(*self._draw()))
        if answer is None:
            return
        where = answer.headers["Location"]
        while True:
            page = self.client.get(where)
            if page.status_code != 200 or 'id="reading"' not in page.text:
                break
        if page.status_code == 200:
            with self.house.arrival:
                self.house.set_id = where.rsplit("/", 1)[1]
                self.house.arrival.notify_all()
            self.house.tally.add("reading again")

    def elsewhere(self) -> None:
        """The colleague saves a policy, a rate or a decision."""
        incident, engineer = self.chance.choice(self.house.callouts)
        self.decided += 1
        with self.house.session() as session:
            match self.chance.randrange(3):
                case 0:
                    policies.save_policy(session, policy_of(*self._draw()), COLLEAGUE)
                case 1:
                    own = PaySettings(user_id=self.house.oracle.engineer, name="", email=None)
                    changed = own.changed(HOURLY_RATE, self.chance.choice(RATES))
                    people.save_pay_settings(session, self.house.subdomain, [changed], COLLEAGUE)
                case _:
                    callout_decisions.decide(
                        session, self.house.subdomain, incident_id=incident, user_id=engineer,
                        pay=self.chance.random() < 0.5, reason=f"b{self.number}-{self.decided}", decided_by=COLLEAGUE,
                    )  # fmt: skip
        self.house.tally.add("saved by others")

    def _draw(self) -> tuple[int, int]:
        return self.chance.choice(FEES), self.chance.choice(MINIMA)

    def _settings(self, fee: int, minimum: int) -> dict[str, list[str]]:
        shown = {key: [self.shown[key]] for key in self.shown.keys() & {"base", "edition"}}
        return {**self.house.fields, **shown, "callout_fee": [str(fee)], "minimum_minutes": [str(minimum)]}

    def _get(self, ending: str, query: dict[str, Any], **more: Any) -> Any:
        set_id = self.set_id
        return self._answer(self.client.get(f"/reports/{set_id}{ending}", query_string=query, **more), ending, set_id)

    def _post(self, ending: str, typed: dict[str, Any], **more: Any) -> Any:
        set_id, data = self.set_id, {**typed, "csrf_token": self.house.fields["csrf_token"]}
        return self._answer(self.client.post(f"/reports/{set_id}/{ending}", data=data, **more), ending, set_id)

    def _see(self, text: str) -> None:
        """A whole page, or a preview in its place, which renews all but what the fields start from."""
        found = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", text)
        if 'id="preview"' not in text or found is None:
            return
        base = {"base": self.shown["base"]} if "base" in self.shown else {}
        hidden = re.findall(r'name="(base|edition|outdated)" value="([^"]*)"', text)
        self.shown = {**base, **dict(hidden), "total": found[1].replace(",", "")}

    def _answer(self, answer: Any, ending: str, set_id: str) -> Any:
        """The answer, unless it is a conflict that was said; anything else is a fault."""
        if answer.mimetype == "text/html":
            self._see(answer.text)
        if answer.status_code in ANSWERS:
            return answer
        if answer.status_code in CONFLICTS:
            stale = answer.status_code == STALE and "changed in another tab" in answer.text
            self.house.tally.add("stale page" if stale else "conflict")
            if stale:
                self.look()
            if answer.status_code == GONE:  # somebody reads it again: there is nothing to do until it is read
                with self.house.arrival:
                    self.house.arrival.wait_for(lambda: self.house.set_id != set_id, timeout=A_WHILE_SECONDS)
        else:
            self.house.tally.disagree(f"{ending or 'The page'} answered {answer.status_code}.")
        return None


ACTS: tuple[tuple[Callable[[Visitor], None], float], ...] = (
    (Visitor.edit, 6), (Visitor.look, 8), (Visitor.open_one, 3), (Visitor.decide, 3), (Visitor.rate, 2),
    (Visitor.save, 1), (Visitor.drop, 3), (Visitor.download, 6), (Visitor.save_and_download, 1),
    (Visitor.read_again, 0.5), (Visitor.elsewhere, 2),
)  # fmt: skip


# What a page or file names


def check_page(house: House, text: str, what: str, *, opened: bool = False) -> Named | None:
    """A report page's or preview's total, against what it names; None where it says that nothing was priced."""
    total = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", text)
    label = re.search(r"By ([^.]+)\. PagerDuty read at", text)
    if total is None or label is None:
        house.tally.disagree(f"A {what} has no total or no policy: {text[:200]}")
        return None
    house.tally.add("page")
    fee, minimum = named_amounts(html.unescape(text))
    _check_label(house, label[1], fee, minimum)
    paid = Decimal(total[1].replace(",", ""))
    decided = _page_decisions(text)
    named: Named = (fee, minimum, decided, None)
    if not opened:  # such a page names no decisions
        return named
    if not any(house.oracle.report((fee, minimum, decided, rate)).total == paid for rate in (None, *RATES)):
        house.tally.disagree(f"A {what} pays {paid}, which no rate gives with {named}.")
    return named


def check_file(house: House, content: bytes, what: str, shown: str | None = None) -> Named | None:
    """Every statement and the total of a file, against the policy, decisions and rates that it names, and its page."""
    house.tally.add("file")
    if what == "report.json":
        record = json.loads(content)
    else:
        found = files.verify(content, house.app.extensions["calloutpay"].vault).record()
        if found is None:
            house.tally.disagree("A workbook does not verify.")
            return None
        record = found
        _check_sheets(house, content, record)
    named = named_by(record, house.oracle.engineer)
    _check_label(house, record["policy"]["label"], *named[:2])
    report = house.oracle.report(named)
    due = {one.person.id: str(one.total) for one in report.statements}
    paid = {one["engineer"]["id"]: one["totals"]["total"] for one in record["statements"]}
    wrong = {key: (amount, due.get(key)) for key, amount in paid.items() if due.get(key) != amount}
    if wrong or (not record["copy"] and Decimal(record["totals"]["total"]) != report.total):
        house.tally.disagree(f"A file ({what}) by {named} pays {wrong or record['totals']['total']}.")
    if shown and not record["copy"] and Decimal(record["totals"]["total"]) != Decimal(shown):
        house.tally.disagree(f"A file ({what}) pays {record['totals']['total']}, and its page {shown}.")
    return named


def named_amounts(words: str) -> tuple[int, int]:
    """The fee and the minimum that the rules in words name."""
    fee = re.search(r"earns a callout fee of \D*([\d.]+\d)", words)
    minimum = re.search(r"raised to at least (\d+) min", words)
    if fee is None or minimum is None:
        raise ValueError(f"No fee or no minimum is named: {words[:200]}")
    return int(Decimal(fee[1])), int(minimum[1])


def named_by(record: dict[str, Any], engineer: str) -> Named:
    """What a report's record says that it was priced by."""
    fee, minimum = named_amounts(" ".join(record["policy"]["words"]))
    decided = {
        (row["incident"]["id"], one["engineer"]["id"], row["decision"]["pay"], row["decision"]["reason"])
        for one in record["statements"]
        for row in one["callouts"]
        if row["decision"]
    }
    rates = [one["engineer"]["hourly_rate"] for one in record["statements"] if one["engineer"]["id"] == engineer]
    return fee, minimum, frozenset(decided), next(iter(rates), None)


def _page_decisions(text: str) -> frozenset[tuple[str, str, bool, str]]:
    """Of the engineers who stand open."""
    rows = re.findall(r"<td>(?:(do not pay|pay): ([^<]*?) \([^<)]*\) )?<a href=\"[^\"]*/callouts/(\w+)/(\w+)\"", text)
    return frozenset((incident, engineer, what == "pay", reason) for what, reason, incident, engineer in rows if what)


def _check_label(house: House, label: str, fee: int, minimum: int) -> None:
    """A version that is named must be of that fee and that minimum."""
    found = re.fullmatch(r"Standard policy version (\d+)", label)
    if found is None:
        if label != policies.UNSAVED:
            house.tally.disagree(f"Something is by {label}.")
        return
    with house.session() as session:
        saved = policies.saved_policy(session, int(found[1]))
    if saved is None or saved.form is None or (saved.form.callout_fee, saved.form.minimum_minutes) != (fee, minimum):
        house.tally.disagree(f"{label} is named beside fee {fee}, minimum {minimum}.")


def _check_sheets(house: House, content: bytes, record: dict[str, Any]) -> None:
    """What people read says what programs read: the rules on Policy, the total on Summary, DRAFT where it is one."""
    book = load_workbook(BytesIO(content), read_only=True)
    policy = [row for row in book["Policy"].iter_rows(values_only=True) if row]
    rules = [str(row[1]) for row in policy if str(row[0]).startswith("Rule ")]
    if rules != record["policy"]["words"]:
        house.tally.disagree("Sheet Policy and the record have other rules.")
    summary = [row for row in book["Summary"].iter_rows(values_only=True) if row and row[0]]
    (total,) = (row for row in summary if str(row[0]).startswith("Total to pay"))
    if Decimal(str(total[1])) != Decimal(record["totals"]["to_pay"]):
        house.tally.disagree("Sheet Summary and the record have other totals.")
    if any(str(row[0]).startswith("DRAFT") for row in summary) != (record["policy"]["label"] == policies.UNSAVED):
        house.tally.disagree("A workbook by unsaved settings is no draft, or another one is.")


# All of it


def race(seconds: float, seed: int) -> Tally:
    """Let them race for so long, and look once more when all is quiet."""
    clock.now = lambda: NOW  # type: ignore[assignment]  # this process is ours
    with (
        running("small", now=lambda: NOW, rate_limit=None) as sandbox,
        tempfile.TemporaryDirectory(prefix="calloutpay-race-") as folder,
    ):
        house = _house(sandbox, Path(folder))
        ends = time.monotonic() + seconds

        def visit(number: int) -> None:
            visitor = Visitor(house, seed, number)
            while time.monotonic() < ends:
                try:
                    visitor.act()
                except Exception as error:  # noqa: BLE001  every fault is counted, and the others go on
                    house.tally.disagree(f"{type(error).__name__}: {error}")

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(visit, range(THREADS)))
        _look_when_quiet(house, seed)
        house.app.extensions["calloutpay"].database.close()
        return house.tally


def _look_when_quiet(house: House, seed: int) -> None:
    """What everybody saved is there, and an update pays by it."""
    visitor = Visitor(house, seed, THREADS)
    visitor._post("update", {})
    visitor._post("saved", {})
    with house.session() as session:
        saved = saved_settings(session, house.subdomain)
    in_force = policies.in_force(saved.versions, OCTOBER.first)
    answer = visitor._get("", {"open": house.people})
    named = check_page(house, answer.text, "page", opened=True)
    expected = in_force and in_force.form and (int(in_force.form.callout_fee), in_force.form.minimum_minutes)
    decided = {(*key, one.pay, one.reason) for key, one in saved.decisions.callouts.items()}
    if named is None or named[:2] != expected or named[2] != decided:
        house.tally.disagree(f"After an update the page is by {named}, and saved is {expected}, {decided}.")
    if "changed since this report was priced" in answer.text:
        house.tally.disagree("After an update something is still missing.")


def _house(sandbox: Running, folder: Path) -> House:
    environ = {
        "LOG_LEVEL": "ERROR",
        "PAGERDUTY_US_URL": sandbox.us_url,
        "PAGERDUTY_EU_URL": sandbox.eu_url,
        "PAGERDUTY_IDENTITY_URL": sandbox.identity_url,
    }
    settings = load_settings(environ, folder)
    open_instance(settings).set_up()
    demo.prepare(f"sqlite:///{folder / 'instance' / 'calloutpay.db'}")
    app = create_app(settings)
    client = app.test_client()
    _submit(client, "/login", "/login", {"email": demo.EMAIL, "password": demo.PASSWORD})
    _submit(client, "/connection", "/connection/key", {"api_key": sandbox.credentials.us.read_only})
    asked = {"scope": "team", "team": TEAM, "period": "month", "month": "2026-10"}
    path = _submit(client, "/reports", "/reports", asked).headers["Location"]
    page = client.get(path)
    while 'id="reading"' in page.text:
        page = client.get(path)
    set_id = path.rsplit("/", 1)[1]
    with client.session_transaction() as session:
        sid = session["sid"]
    with app.extensions["calloutpay"].working_sets.use(set_id, sid) as draft:
        own = replace(draft, _priced=None, _memory=type(draft._memory)())
        statements = draft.report.statements
    callouts = [(row.incident.id, one.person.id) for one in statements for row in one.callouts if one.person.zone]
    cookie = client.get_cookie("calloutpay")
    assert cookie is not None
    return House(
        app=app,
        cookie=cookie.value,
        set_id=set_id,
        oracle=Oracle(own, statements[0].person.id),
        callouts=list(dict.fromkeys(callouts))[:CALLOUTS],
        people=[one.person.id for one in statements],
        subdomain=own.subdomain,
        fields=_fields(page.text, f"{path}/price"),
    )


def _submit(client: Any, page: str, action: str, typed: dict[str, str]) -> Any:
    """Fill in the form of a page and send it."""
    fields = _fields(client.get(page).text, action)
    return client.post(action, data={**fields, **typed})


def _fields(text: str, action: str) -> dict[str, list[str]]:
    forms = demo._Forms()
    forms.feed(text)
    fields: dict[str, list[str]] = {}
    for name, value in next(form.fields for form in forms.forms if form.action.partition("?")[0] in {"", action}):
        fields.setdefault(name, []).append(value)
    return fields


def main() -> None:
    """Race, and say how it went; exit status 1 where anything disagrees."""
    parser = argparse.ArgumentParser(prog="make race")
    parser.add_argument("seconds", type=float, nargs="?", default=60)
    parser.add_argument("seed", type=int, nargs="?", default=7)
    asked = parser.parse_args()
    faulthandler.dump_traceback_later(asked.seconds + HANGS_AFTER_SECONDS, exit=True)
    tally = race(asked.seconds, asked.seed)
    for words in tally.disagreements[:20]:
        sys.stdout.write(f"  {words}\n")
    sys.stdout.write(f"{asked.seconds:.0f} s of {THREADS} threads on one report, seed {asked.seed}: {tally.words()}\n")
    sys.exit(bool(tally.disagreements))


if __name__ == "__main__":
    main()
