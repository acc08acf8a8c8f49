"""`make pictures`: the pictures of README and docs, made anew from the program itself.

A browser walks the demo: it logs in, connects PagerDuty by consent, previews a team's month and opens one engineer. The
workbook of the same report is printed by LibreOffice. The month is named, so that the pay on the pictures is the same
whenever they are made.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.patience import PATIENCE_MS
from webapp import demo
from webapp.sandbox.server import Running, running

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
MONTH = "2026-10"
TEAM, ENGINEER = "Payments", "Callum MacRae"
WIDTH, HEIGHT, TALLEST = 1280, 900, 1600
LARGEST_BYTES = 300_000
DPI = 150
SHEETS = ("Summary", "Detail", "Callouts", "Rates", "Policy", "Checks")
MARGIN, TALLEST_PRINT = 12, 620
"""Of what is cut out of a printed page, in dots."""


def main() -> None:
    """Make all of them; exit status 1 with a sentence when something is missing."""
    missing = [name for name in ("chromium", "soffice", "pdftoppm") if not shutil.which(name)]
    if missing:
        sys.exit(f"Install first: {', '.join(missing)} (Debian: chromium libreoffice-calc-nogui poppler-utils).")
    with tempfile.TemporaryDirectory(prefix="calloutpay-pictures-") as name:
        folder = Path(name)
        with running("small") as sandbox, demo.serving(free_port(), sandbox, folder) as base_url:
            workbook = photograph(base_url, sandbox, folder)
        print_sheets(workbook, folder)
    for picture in sorted(PICTURES.glob("*.png")):
        size = picture.stat().st_size
        sys.stdout.write(f"{picture.relative_to(PICTURES.parent.parent)}  {size:,} bytes\n")
        if size > LARGEST_BYTES:
            sys.exit(f"{picture.name} is larger than {LARGEST_BYTES:,} bytes.")


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def photograph(base_url: str, sandbox: Running, folder: Path) -> Path:
    """Walk the demo with a browser; the workbook that it downloads."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        try:
            return walk(browser, base_url, sandbox, folder)
        finally:
            browser.close()


def walk(browser: Browser, base_url: str, sandbox: Running, folder: Path) -> Path:
    """Log in, connect, preview, open an engineer, download; a picture at each stop."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce", locale="en-GB"
    )
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{base_url}/login")
    page.get_by_label("E-mail").fill(demo.EMAIL)
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{base_url}/connection")
    page.get_by_role("button", name="Connect PagerDuty").click()
    page.wait_for_url(f"{sandbox.identity_url}/**")
    page.locator("[name=decision][value=authorize]").click()
    page.wait_for_url(f"{base_url}/reports")
    page.goto(f"{base_url}/connection")
    card = page.locator("#connection-card")
    expect(card).to_contain_text("connected")
    card.screenshot(path=PICTURES / "connection.png")
    page.goto(f"{base_url}/reports")
    return preview(page, folder)


def preview(page: Page, folder: Path) -> Path:
    """The report of the first team, then of one of its engineers, then the file."""
    page.get_by_label("A team").check()
    page.locator("select[name=team]").select_option(label=TEAM)
    page.get_by_label("A month", exact=True).check()
    page.get_by_label("Month", exact=True).fill(MONTH)
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("#preview", timeout=PATIENCE_MS)
    page.screenshot(path=PICTURES / "preview.png")
    page.locator("#preview").get_by_role("link", name=ENGINEER).click()
    opened = page.locator("#preview table tbody", has=page.locator("tr.opened")).first
    opened.wait_for()
    page.set_viewport_size({"width": WIDTH, "height": 4000})  # the whole engineer at once; the picture is cut below
    box = opened.bounding_box()
    if box is None:
        sys.exit("No engineer is shown opened.")
    clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": min(box["height"], TALLEST)}
    page.screenshot(path=PICTURES / "engineer.png", clip=clip)  # type: ignore[arg-type]  # a dict is a FloatRect
    tick = page.locator("input[name=without]")
    if tick.count():
        tick.check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download workbook").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    verify(page, path)
    return path


def verify(page: Page, workbook: Path) -> None:
    """What the page Verify says of a file just downloaded."""
    page.goto(page.url.partition("/reports")[0] + "/verify")
    page.get_by_label("Workbook").set_input_files(workbook)
    page.get_by_role("button", name="Verify").click()
    page.locator("#answer").screenshot(path=PICTURES / "verify.png")


def print_sheets(workbook: Path, folder: Path) -> None:
    """The first page of each sheet as LibreOffice prints it, without the empty paper around it."""
    home = f"-env:UserInstallation=file://{folder}/office"
    run("soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(workbook))
    pdf = str(workbook.with_suffix(".pdf"))
    pages = run("pdftotext", "-layout", pdf, "-").decode().split("\f")
    for sheet in SHEETS:
        number = next(
            n for n, page in enumerate(pages, 1) if re.search(rf"^\s*{sheet}\s+Page \d+ of", page, re.MULTILINE)
        )
        name = "workbook" if sheet == SHEETS[0] else f"workbook-{sheet.lower()}"
        page = ("-f", str(number), "-l", str(number), "-singlefile", "-r", str(DPI), pdf)
        box = printed_part(run("pdftoppm", "-gray", *page))
        run("pdftoppm", "-png", *box, *page, str(PICTURES / name))


def printed_part(picture: bytes) -> list[str]:
    """Where on a page something is printed, but for the footer, in the words of pdftoppm; the picture is a grey PGM."""
    _, width, height, _ = picture.split(maxsplit=3)
    columns, rows = int(width), int(height)
    dots = picture[-columns * rows :]
    lines = [dots[row * columns : (row + 1) * columns] for row in range(rows * 9 // 10)]
    inked = [row for row, line in enumerate(lines) if line.strip(b"\xff")]
    left = min(columns - len(lines[row].lstrip(b"\xff")) for row in inked)
    right = max(len(lines[row].rstrip(b"\xff")) for row in inked)
    top, bottom = inked[0], min(inked[-1], inked[0] + TALLEST_PRINT)
    edges = (left - MARGIN, top - MARGIN, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN)
    return [
        word for option, dots_ in zip(("-x", "-y", "-W", "-H"), edges, strict=True) for word in (option, str(dots_))
    ]


def run(*command: str) -> bytes:
    """What a program of the machine answers."""
    done = subprocess.run(command, check=True, capture_output=True, timeout=180)  # noqa: S603  our own words
    return done.stdout


if __name__ == "__main__":
    main()
