"""`flask report` as it is called by other programs: its exit statuses, and files that are whole or not there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from webapp.commands.refusals import Status
from webapp.instance import open_instance
from webapp.models import Database
from webapp.pricing.policy.form import Policy
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.sandbox.small import ID_BY_NAME
from webapp.services import accounts, people, policies
from webapp.services.engineer_facts import HOLIDAY_REGION
from webapp.services.people import PaySettings
from webapp.settings import load_settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EMAIL = "ada@example.com"
OCTOBER = ("--scope", "organisation", "--month", "2026-10")
CARYS = "Carys Pembrooke"
CALLUM = ("--scope", "engineer", "--engineer", "Callum MacRae", "--month", "2026-10")
HIDDEN = Fault(status=403, path="/log_entries", times=None)


@dataclass(frozen=True)
class Shell:
    """An instance that is connected to the sandbox, and a folder to call its commands for."""

    environment: dict[str, str]
    folder: Path

    def report(self, *words: str, out: str = "out.xlsx", limits: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "report", "--account", EMAIL, *words]
        command += ["--out", str(self.folder / out) + ("/" if out.endswith("/") else "")]
        if limits:
            command = ["sh", "-c", f'{limits}; exec "$@"', "sh", *command]
        return subprocess.run(  # noqa: S603  our own command
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    @property
    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, real_pagerduty: Running, policy: Policy) -> dict[str, str]:
    """The environment of an instance with an account, its connection and a policy."""
    folder = tmp_path_factory.mktemp("reports")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "INSTANCE_DIR": str(folder / "instance"),
        "PAGERDUTY_US_URL": real_pagerduty.us_url,
        "PAGERDUTY_EU_URL": real_pagerduty.eu_url,
        "PAGERDUTY_IDENTITY_URL": real_pagerduty.identity_url,
    }
    instance = open_instance(load_settings(environment, folder))
    instance.set_up()
    with instance.database.session() as session:
        account_id = accounts.add_account(session, EMAIL, "correct horse battery").id
        policies.save_policy(session, policy, EMAIL)
    instance.connections.connect_by_key(account_id, real_pagerduty.credentials.us.read_only)
    instance.database.close()
    return environment


@pytest.fixture
def shell(prepared: dict[str, str], real_pagerduty: Running, tmp_path: Path) -> Iterator[Shell]:
    shutil.copytree(prepared["INSTANCE_DIR"], tmp_path / "instance")
    (tmp_path / "files").mkdir()
    yield Shell({**prepared, "INSTANCE_DIR": str(tmp_path / "instance")}, tmp_path / "files")
    real_pagerduty.state.faults.clear()


@dataclass(frozen=True)
class Refused:
    """What is asked for, what is wrong with it, and how the command says so."""

    status: int
    sentence: str
    words: tuple[str, ...] = OCTOBER
    out: str = "out.xlsx"
    fault: Fault | None = None
    network: bool = True
    has_region: bool = True
    """Whether the policy says which bank holidays apply; only Carys has a region of her own."""
    file: bytes = b""
    """Of the file that is there before."""


REFUSALS = {
    "engineers without a region": Refused(
        Status.NOT_PRICED,
        "Fill in what is missing on the page Engineers, or add --without-not-priced.",
        has_region=False,
    ),
    "nobody with a region": Refused(
        Status.NOT_PRICED, "The policy needs each engineer's holiday region, and no engineer in question has one.",
        CALLUM, has_region=False,
    ),
    "no codes for payroll": Refused(
        Status.GAPS,
        "Fill them in on the pages Engineers and Payroll, or add --with-gaps.",
        (*OCTOBER, "--without-not-priced", "--format", "payroll.csv"),
    ),
    "a part that is hidden": Refused(
        Status.PART_HIDDEN, "Or add --partial to make it without that.", (*OCTOBER, "--without-not-priced"),
        fault=HIDDEN,
    ),
    "engineers who are hidden": Refused(
        Status.PART_HIDDEN, "PagerDuty", fault=Fault(status=403, path="/users", times=None)
    ),
    "a credential that is refused": Refused(
        Status.PAGERDUTY, "Reconnect PagerDuty", fault=Fault(status=401, times=None)
    ),
    "an answer that cannot be read": Refused(
        Status.PAGERDUTY, "No report is made from half of the facts.",
        fault=Fault(kind="repeated", path="/incidents", times=None),
    ),
    "no network": Refused(Status.PAGERDUTY, "PagerDuty", network=False),
    "nobody and nothing": Refused(
        Status.NOTHING, "neither time on call nor an incident in May 2024", (*OCTOBER[:2], "--month", "2024-05")
    ),
    "a file of that name": Refused(Status.FILE_EXISTS, "is never overwritten", file=b"paid by this"),
    "a file of that name, and everything else": Refused(
        Status.FILE_EXISTS, "is never overwritten", fault=Fault(status=403, times=None), network=False, file=b"x"
    ),
    "a folder that is missing": Refused(1, "There is no folder", out="missing/out.xlsx"),
    "an option that is none": Refused(2, "No such option", (*OCTOBER, "--force")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_has_its_status_says_what_to_do_and_leaves_nothing(
    shell: Shell, real_pagerduty: Running, policy: Policy, name: str
) -> None:
    refused = REFUSALS[name]
    if refused.file:
        (shell.folder / "out.xlsx").write_bytes(refused.file)
    if not refused.has_region:
        database = Database(f"sqlite:///{shell.environment['INSTANCE_DIR']}/calloutpay.db")
        with database.session() as session:
            policies.save_policy(session, replace(policy, holiday_region=None), EMAIL)
            carys = PaySettings(user_id=ID_BY_NAME[CARYS], name=CARYS, email=None).changed(HOLIDAY_REGION, "GB-ENG")
            people.save_pay_settings(session, "lanternworks", [carys], EMAIL)
        database.close()
    if refused.fault:
        real_pagerduty.state.faults.add(refused.fault)
    if not refused.network:
        nowhere = "http://127.0.0.1:9"
        shell = replace(shell, environment={**shell.environment, "PAGERDUTY_US_URL": nowhere})
    before, asked = shell.files, len(real_pagerduty.state.requests)
    done = shell.report(*refused.words, out=refused.out)
    assert done.returncode == refused.status, done.stderr
    assert refused.sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert shell.files == before
    if refused.status in {1, 2, Status.FILE_EXISTS}:
        assert len(real_pagerduty.state.requests) == asked, "refused after PagerDuty was read"


def test_every_status_is_tried_and_documented_with_what_to_do() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    table = text.partition("\n### Exit statuses\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == [0, 1, 2, *Status]
    of_report = set(Status) - {Status.DUMP_FIRST}  # that is `migrate`'s and `serve`'s: tests/migrations
    assert {refused.status for refused in REFUSALS.values()} == {1, 2, *of_report}


def test_without_what_is_named_the_file_is_written_for_its_owner_and_nothing_else_is(
    shell: Shell, real_pagerduty: Running
) -> None:
    real_pagerduty.state.faults.add(HIDDEN)
    done = shell.report(*OCTOBER, "--without-not-priced", "--partial")
    assert done.returncode == 0, done.stderr
    assert set(shell.files) == {"out.xlsx"}
    assert (shell.folder / "out.xlsx").stat().st_mode & 0o777 == 0o600
    assert str(load_workbook(shell.folder / "out.xlsx")["Summary"]["A3"].value).startswith("PARTIAL")
    again = shell.report(*OCTOBER, "--without-not-priced", "--partial")
    assert again.returncode == Status.FILE_EXISTS


def test_a_disk_that_is_full_leaves_nothing(shell: Shell) -> None:
    """No file of this process may grow beyond 40 kB: enough for what SQLite keeps beside its database."""
    done = shell.report(*OCTOBER, "--without-not-priced", limits="ulimit -f 80")
    assert done.returncode == 1, done.stderr
    assert "cannot be written, and nothing of it is: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert shell.files == {}
