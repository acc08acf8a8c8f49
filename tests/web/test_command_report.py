"""Where `flask report` writes, and what it refuses before it asks PagerDuty for more than a name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from webapp.commands.refusals import Status
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved", "connected")]

USUAL = "2026-10_payments_oncall-pay.xlsx"
PAYMENTS = ("--scope", "team", "--team", "Payments", "--month", "2026-10", "--without-not-priced")
Invoke = Callable[..., tuple[int, str]]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def report(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Call the command in a folder of its own; its status, and all that it says."""
    (tmp_path / "files" / "folder").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "files")

    def invoke(*words: str) -> tuple[int, str]:
        answer = app.test_cli_runner().invoke(args=["report", "--account", "ada@example.com", *words])
        return answer.exit_code, answer.output

    return invoke


def files() -> set[str]:
    return {str(path) for path in Path().rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("out", "file"),
    [
        ([], USUAL),
        (["--out", "folder"], f"folder/{USUAL}"),
        (["--out", "folder/"], f"folder/{USUAL}"),
        (["--out", "."], USUAL),
        (["--out", "mine.xlsx"], "mine.xlsx"),
        (["--out", "folder/mine.xlsx"], "folder/mine.xlsx"),
    ],
)
def test_it_writes_where_it_is_told_and_never_again(
    report: Invoke, pagerduty: Running, out: list[str], file: str
) -> None:
    status, said = report(*PAYMENTS, *out)
    assert status == 0, said
    assert f"{file}: " in said
    assert files() == {file}
    content = Path(file).read_bytes()
    asked = len(pagerduty.state.requests)
    status, said = report(*PAYMENTS, *out)
    assert (status, said) == (
        Status.FILE_EXISTS,
        f"Error: {file} exists, and is never overwritten. Move or remove it, or choose another --out.\n",
    )
    assert {request.path for request in pagerduty.state.requests[asked:]} <= {"/teams"}, (
        "PagerDuty was read for nothing"
    )
    assert files() == {file}
    assert Path(file).read_bytes() == content


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ((*PAYMENTS, "--out", "missing/"), 1, "There is no folder missing."),
        ((*PAYMENTS, "--out", "missing/mine.xlsx"), 1, "There is no folder missing."),
        ((*PAYMENTS, "--out", "file/mine.xlsx"), 1, "There is no folder file."),
        ((*PAYMENTS, "--out", "file/"), 1, "There is no folder file."),
        ((*PAYMENTS, "--out", "file"), Status.FILE_EXISTS, "file exists"),
        ((*PAYMENTS, "--out", "link"), Status.FILE_EXISTS, "link exists"),
        ((*PAYMENTS, "--out", "/dev/null"), Status.FILE_EXISTS, "/dev/null exists"),
        ((*PAYMENTS, "--out", "x" * 300), 1, "cannot be written, and nothing of it is: File name too long."),
        ((*PAYMENTS, "--out", "/proc/mine.xlsx"), 1, "cannot be written, and nothing of it is: "),
        (
            ("--scope", "team", "--team", "Nope", "--month", "2026-10"),
            1,
            "PagerDuty has no team “Nope”. Write the whole name or the PagerDuty id of the team.",
        ),
        (("--scope", "team"), 2, "--scope team needs --team."),
        ((*PAYMENTS, "--format", "statement"), 2, "--format statement needs --engineer."),
        (("--scope", "organisation", "--month", "x"), 2, "Write a month like 2026-10."),
        (("--scope", "organisation", "--from", "2026-10-01"), 2, "Give --from and --to together"),
        (("--scope", "organisation", "--from", "2026-10-02", "--to", "2026-10-01"), 2, "Error: "),
        ((*PAYMENTS, "--account", "nobody@example.com"), 1, "There is no account nobody@example.com."),
    ],
)
def test_it_refuses_before_it_reads(
    report: Invoke, pagerduty: Running, words: tuple[str, ...], status: int, sentence: str
) -> None:
    Path("file").write_bytes(b"paid by this")
    Path("link").symlink_to("nowhere")
    asked = len(pagerduty.state.requests)
    found, said = report(*words)
    assert found == status, said
    assert sentence in said
    assert {request.path for request in pagerduty.state.requests[asked:]} <= {"/teams"}
    assert files() == {"file"}
    assert Path("file").read_bytes() == b"paid by this"


@pytest.mark.parametrize(
    ("scope", "option", "its"),
    [
        ("organisation", "team", "team"),
        ("organisation", "engineer", "engineer"),
        ("organisation", "also", "team"),
        ("team", "engineer", "engineer"),
        ("engineer", "team", "team"),
        ("engineer", "also", "team"),
    ],
)
def test_what_goes_with_another_scope_is_wrong_usage(
    report: Invoke, pagerduty: Running, scope: str, option: str, its: str
) -> None:
    asked = len(pagerduty.state.requests)
    status, said = report("--scope", scope, f"--{option}", "Platform", "--month", "2026-10")
    assert status == 2
    also = " or --format statement" if option == "engineer" else ""
    assert f"--{option} goes with --scope {its}{also}, not with --scope {scope}." in said
    assert (pagerduty.state.requests[asked:], files()) == ([], set())


def test_a_file_that_came_while_pagerduty_was_read_is_not_overwritten(
    report: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.commands import report as command  # noqa: PLC0415  the module, not the fixture

    deliver = command.deliveries.deliver

    def slowly(*made: Any) -> object:
        Path("mine.xlsx").write_bytes(b"somebody else's")
        return deliver(*made)

    monkeypatch.setattr(command.deliveries, "deliver", slowly)
    status, said = report(*PAYMENTS, "--out", "mine.xlsx")
    assert (status, "mine.xlsx exists" in said) == (Status.FILE_EXISTS, True)
    assert files() == {"mine.xlsx"}
    assert Path("mine.xlsx").read_bytes() == b"somebody else's"


def test_it_waits_where_pagerduty_asks_for_it_while_a_name_is_looked_up(
    report: Invoke, pagerduty: Running, patience: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.commands.report.time.sleep", patience.pass_by)
    for _ in range(6):
        pagerduty.state.faults.add(Fault(status=429, reset_seconds=7, path="/teams"))
    status, said = report(*PAYMENTS)
    assert status == 0, said
    assert "PagerDuty asks us to wait 7 seconds" in said


def test_a_month_that_is_not_over_says_so_once(report: Invoke) -> None:
    status, said = report("--scope", "organisation", "--month", "2027-06", "--without-not-priced")
    assert status == 0, said
    assert said.count("This period is not over yet") == 1
