"""The workbooks as LibreOffice reads, calculates, saves and prints them: every scope, every template of a policy."""

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from tests.exports.conftest import LONDON, OCTOBER, POLICY, VAULT, amended_of, document_of, facts, place, workbook_of
from tests.patience import PATIENCE_SECONDS
from tests.spoken_facts import Facts, price
from webapp.exports import Outcome, ReportDocument, ReportWarning, ScopeKind, verify_package
from webapp.exports.amendments import TIME_OFF
from webapp.exports.cells import clean
from webapp.exports.engineers import engineers_xlsx
from webapp.exports.package import Package
from webapp.exports.reckoning import quantities_of
from webapp.exports.sheets import adjustments, detail, rates
from webapp.exports.statement import alone
from webapp.pricing import select
from webapp.pricing.report import amounts
from webapp.pricing.report.lines import Gravity, Topic
from webapp.services.files import PURPOSE
from webapp.services.locate import read_policy
from webapp.services.people import PaySettings
from webapp.services.people_files import engineers_table, table_of_file
from webapp.services.people_import import read_table

pytestmark = pytest.mark.slow

TEMPLATES = sorted((Path(__file__).parents[2] / "webapp" / "pricing" / "policy" / "templates").glob("*.toml"))
SCOPES = ("team", "organisation", "engineer", "statement", "partial", "nothing", "yen", "dinar", "nasty", "amended")
NAMES = (*SCOPES, *(path.stem for path in TEMPLATES))
SHEETS = ("Summary", "Detail", "Callouts", "Rates", "Policy", "Checks")
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"


def documents() -> dict[str, ReportDocument]:
    """One of every kind."""
    team = document_of(facts())
    one = alone(team, LONDON.id)
    assert one is not None
    nobody = Facts(people=(), on_call=(), callouts=(), read_at=team.read_at)
    text = '=HYPERLINK("http://127.0.0.1/","_x003D_1")'
    found = {
        "team": team,
        "organisation": replace(team, scope_kind=ScopeKind.ORGANISATION, scope_name="Organisation", other_teams={}),
        "engineer": replace(
            one, scope_notes=(), report=select(price(facts(), POLICY), OCTOBER, frozenset({LONDON.id}))
        ),
        "statement": one,
        "partial": replace(team, left_out=("schedules",)),
        "nothing": document_of(nobody),
        "yen": document_of(facts(), replace(POLICY, currency="JPY", minor_digits=0)),
        "dinar": document_of(facts(), replace(POLICY, currency="KWD", minor_digits=3)),
        "amended": amended_of(team),
        "nasty": replace(
            team,
            scope_name=text,
            authority="\t+1",
            warnings=tuple(
                ReportWarning(Gravity.PAY, Topic.READING, words) for words in ("-1", "@a", "#REF!", " two  spaces ")
            ),
        ),
    }
    for path in TEMPLATES:
        policy, _ = read_policy(path.read_text(encoding="utf-8"))
        assert policy is not None
        report = select(price(facts(), policy), OCTOBER)
        found[path.stem] = replace(team, report=report, policy_label=policy.name, policy_words=report.policy.words)
    return found


def without_values(made: bytes) -> bytes:
    """The file with every formula's value removed: what LibreOffice shows, it has calculated."""
    target = BytesIO()
    with ZipFile(BytesIO(made)) as source, ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name in {"xl/worksheets/sheet6.xml", "xl/worksheets/sheet7.xml"}:  # Checks, after Adjustments or not
                content = re.sub(rb"</f><v>[^<]*</v>", b"</f>", content)
            copy.writestr(name, content)
    return target.getvalue()


Office = Callable[[str, str, dict[str, bytes]], Path]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Converts files to another format; gives the folder with the results."""
    soffice = shutil.which("soffice")
    if soffice is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("LibreOffice is required (REQUIRE_ALL=1), but there is no soffice on the path.")
        pytest.skip("LibreOffice is not installed: no soffice on the path.")
    profile = tmp_path_factory.mktemp("profile")

    def convert(kind: str, format_: str, files: dict[str, bytes]) -> Path:
        folder = tmp_path_factory.mktemp(kind)
        for name, content in files.items():
            (folder / f"{name}.xlsx").write_bytes(content)
        sources = [str(folder / f"{name}.xlsx") for name in files]
        command = [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", format_]
        command += ["--outdir", str(folder / "out"), *sources]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)  # noqa: S603  our own words
        return folder / "out"

    return convert


@dataclass(frozen=True)
class Seen:
    """What LibreOffice made of all workbooks."""

    documents: dict[str, ReportDocument]
    made: dict[str, bytes]
    saved: Path
    calculated: Path
    tables: Path
    printed: Path

    def book(self, name: str) -> Workbook:
        return load_workbook(self.calculated / f"{name}.xlsx", data_only=True)

    def table(self, name: str, sheet: str) -> list[list[str]]:
        """A sheet as it is shown."""
        with (self.tables / f"{name}-{sheet}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.reader(stream))


@pytest.fixture(scope="module")
def seen(office: Office) -> Seen:
    every = documents()
    made = {name: workbook_of(document) for name, document in every.items()}
    xlsx = "xlsx:Calc MS Excel 2007 XML"
    return Seen(
        documents=every,
        made=made,
        saved=office("saved", xlsx, made),
        calculated=office("calculated", xlsx, {name: without_values(content) for name, content in made.items()}),
        tables=office("tables", CSV, made),
        printed=office("printed", "pdf", made),
    )


def zeros(book: Workbook) -> tuple[Decimal, list[object]]:
    """The sum of all differences, and every single one."""
    sheet = book["Checks"]
    total = next(row[1] for row in sheet.iter_rows(values_only=True) if row[0] == "Sum of all differences")
    columns: list[int] = []
    found: list[object] = []
    for row in sheet.iter_rows(values_only=True):
        if row[0] is None:
            columns = []
        elif row[1] in {"Column", "PagerDuty id"}:
            words = ("ifference", " less ")
            columns = [n for n, heading in enumerate(row) if heading and any(word in heading for word in words)]
        elif row[1] is not None:  # else it is the sentence that stands for an empty table
            found += [row[number] for number in columns]
    return Decimal(str(total)), found


# Values


@pytest.mark.parametrize("name", NAMES)
def test_saved_again_it_has_every_value_that_was_made(seen: Seen, name: str) -> None:
    content = (seen.saved / f"{name}.xlsx").read_bytes()

    found = verify_package(Package(content), partial(VAULT.verify, PURPOSE))

    assert (found.outcome, found.alterations) == (Outcome.SAVED_AGAIN, ())
    assert found.fingerprint is not None
    assert found.fingerprint.totals["total"] == seen.documents[name].report.total


@pytest.mark.parametrize("name", NAMES)
def test_recalculated_every_check_is_zero(seen: Seen, name: str) -> None:
    total, differences = zeros(seen.book(name))

    assert total == 0
    assert {0} == {Decimal(str(value)) for value in differences}
    assert len(differences) > 40


@pytest.mark.parametrize("name", NAMES)
def test_recalculated_every_formula_gives_what_the_app_says_it_gives(seen: Seen, name: str) -> None:
    formulas = load_workbook(BytesIO(seen.made[name]))["Checks"]
    made = load_workbook(BytesIO(seen.made[name]), data_only=True)["Checks"]
    calculated = seen.book(name)["Checks"]

    places = [cell.coordinate for row in formulas.iter_rows() for cell in row if cell.data_type == "f"]

    assert len(places) > 20
    assert {place: made[place].value for place in places} == {place: calculated[place].value for place in places}


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_pay_is_made_anew(seen: Seen, name: str) -> None:
    """Quantity x rate and hours x rate, as LibreOffice multiplies them, add up to the report."""
    rows = list(seen.book(name)["Checks"].iter_rows(values_only=True))
    statements = seen.documents[name].report.statements
    report = seen.documents[name].report

    def column(heading: str) -> list[Decimal]:
        start = next(number for number, row in enumerate(rows) if heading in row)
        place = rows[start].index(heading)
        below = takewhile(lambda row: row[0] and row[1], rows[start + 1 :])
        return [Decimal(str(row[place])) for row in below]

    digits = report.policy.minor_digits
    hourly = [
        amounts.money_of(line, digits) for one in statements for line in one.lines if line.component == "hourly pay"
    ]
    assert hourly == column("Seconds x rate / 3600")
    assert [found.amount for one in statements for found in quantities_of(one, digits)] == column("Quantity x rate")
    assert report.total == sum(column("Seconds x rate / 3600")) + sum(column("Quantity x rate"))


def test_a_changed_amount_is_found_by_the_formulas(seen: Seen, office: Office) -> None:
    """A check that cannot fail is no check."""
    changed = load_workbook(BytesIO(seen.made["team"]))
    cell = changed["Detail"][place(detail, seen.documents["team"], "Stipend")]
    cell.value = float(cell.value) + 1
    target = BytesIO()
    changed.save(target)

    folder = office("changed", "xlsx:Calc MS Excel 2007 XML", {"changed": target.getvalue()})

    assert zeros(load_workbook(folder / "changed.xlsx", data_only=True))[0] > 0


def test_a_changed_adjustment_is_found_by_the_formulas(seen: Seen, office: Office) -> None:
    changed = load_workbook(BytesIO(seen.made["amended"]))
    cell = changed["Adjustments"][place(adjustments, seen.documents["amended"], "Adjustment")]
    cell.value = float(cell.value) + 1
    target = BytesIO()
    changed.save(target)

    folder = office("adjusted", "xlsx:Calc MS Excel 2007 XML", {"adjusted": target.getvalue()})

    # Against the total of the sheet, and against the engineer's row of the Summary.
    assert zeros(load_workbook(folder / "adjusted.xlsx", data_only=True))[0] == 2


def test_an_altered_value_is_told_from_saving_again(seen: Seen, office: Office) -> None:
    changed = load_workbook(seen.saved / "team.xlsx")
    cell = place(rates, seen.documents["team"], "Hourly rate")
    changed["Rates"][cell].value = 99
    target = BytesIO()
    changed.save(target)
    folder = office("altered", "xlsx:Calc MS Excel 2007 XML", {"altered": target.getvalue()})

    found = verify_package(Package((folder / "altered.xlsx").read_bytes()), partial(VAULT.verify, PURPOSE))

    assert found.outcome is Outcome.ALTERED
    assert f"Rates: cell {cell}" in map(str, found.alterations)


# What is shown


def shown_rows(table: list[list[str]]) -> Iterator[dict[str, str]]:
    """The rows of the sheet's table, up to the total."""
    start = next(number for number, row in enumerate(table) if row[0] == "Engineer")
    for row in table[start + 1 :]:
        if row[0].startswith("Total") and not row[1]:
            return
        yield dict(zip(table[start], row, strict=True))


def hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}"


def money_of(document: ReportDocument) -> Callable[[Decimal], str]:
    digits = document.report.policy.minor_digits
    sign = {"GBP": "£", "EUR": "€", "USD": "$", "AUD": "A$", "JPY": "¥", "NOK": "NOK ", "KWD": "KWD "}
    return lambda amount: f"{sign[document.report.policy.currency]}{amount:,.{digits}f}"


@pytest.mark.parametrize("name", [name for name in NAMES if name != "nothing"])
def test_every_figure_is_shown_as_the_report_has_it(seen: Seen, name: str) -> None:
    document = seen.documents[name]
    money, statements = money_of(document), document.report.statements

    def figures(of: Any) -> dict[str, str]:
        return {
            "Callout fees": money(of.fees),
            "Hourly pay": money(of.hourly_pay),
            "Total": money(of.total),
            "Hours worked": hours(of.worked_seconds),
            "Hours billed": hours(of.billed_seconds),
            "Sessions": str(of.sessions),
        }

    def told(rows: Iterator[dict[str, str]], *keys: str) -> list[tuple[str, ...]]:
        return [tuple(row[key] for key in keys) for row in rows]

    expected = [figures(one) | {"PagerDuty id": one.person.id, "Stipends": money(one.stipends)} for one in statements]
    keys = tuple(expected[0])
    own = {one.person.id for one in statements}  # below them those who have adjustments only
    rows = (row for row in shown_rows(seen.table(name, "Summary")) if row["PagerDuty id"] in own)
    assert [tuple(one.values()) for one in expected] == told(rows, *keys)

    days = [
        figures(day)
        | {"PagerDuty id": one.person.id, "Date": day.date.isoformat(), "Stipend": money(day.stipend)}
        | {"Hours on call": hours(day.on_call_seconds), "Seconds on call": f"{day.on_call_seconds:,}"}
        | {"Day type": day.day_type, "Holiday": day.day_name}
        for one in statements
        for day in one.days
    ]
    assert [tuple(day.values()) for day in days] == told(shown_rows(seen.table(name, "Detail")), *days[0])

    callouts = [
        {
            "PagerDuty id": one.person.id,
            "Booked on": row.date.isoformat(),
            "Incident": str(row.incident.number),
            "Callout fee": money(row.fee),
            "Hourly pay": money(row.hourly_pay),
            "Hours worked": hours(row.worked_seconds),
            "Seconds billed": f"{row.billed_seconds:,}",
            "Paid": "yes" if row.payable else "no",
            "Title": clean(row.incident.title),
        }
        for one in statements
        for row in one.callouts
    ]
    rows = [row for row in shown_rows(seen.table(name, "Callouts")) if row["Engineer"] != "nobody"]
    joined = [row for row in rows if row["Reason"].startswith("joined as responder")]
    assert [(one.person_id, str(one.incident.number), "no") for one in document.report.joined] == told(
        iter(joined), "PagerDuty id", "Incident", "Paid"
    )
    paid_or_not = (row for row in rows if row not in joined)
    assert [tuple(row.values()) for row in callouts] == told(paid_or_not, *callouts[0])


def test_every_adjustment_is_shown_as_the_report_has_it(seen: Seen) -> None:
    document = seen.documents["amended"]
    money = money_of(document)
    lines = [one for one in document.adjustments if one.component != TIME_OFF]

    rows = [row for row in shown_rows(seen.table("amended", "Adjustments")) if row["Component"] != TIME_OFF]
    shown = {row["PagerDuty id"]: row["To pay"] for row in shown_rows(seen.table("amended", "Summary"))}

    assert [(row["Amends report"], row["Date"], row["Paid so far"], row["Due"], row["Reason"]) for row in rows] == [
        (one.report_id, one.date.isoformat(), money(one.paid), money(one.due), one.reason) for one in lines
    ]
    totals = {statement.person.id: statement.total for statement in document.report.statements} | {
        "PDAN004": Decimal(0)
    }
    assert shown == {key: money(total + document.adjusted_of(key)) for key, total in totals.items()}


def test_no_text_is_calculated(seen: Seen) -> None:
    table = seen.table("nasty", "Summary")

    assert seen.documents["nasty"].scope_name in table[1][0]
    assert {"-1", "@a", "#REF!", " two  spaces "} <= {row[0] for row in table}


def test_identifiers_are_still_text_with_their_zeros(seen: Seen) -> None:
    book = load_workbook(seen.saved / "team.xlsx")
    checked = 0
    for sheet in book.worksheets[:-1]:
        columns: list[int] = []
        for row in sheet.iter_rows():
            if "PagerDuty id" in {cell.value for cell in row}:
                columns = [n for n, cell in enumerate(row) if cell.value in {"PagerDuty id", "Payroll number"}]
            elif not row[1].value:
                columns = []
            for cell in (row[number] for number in columns if row[number].value is not None):
                assert (cell.data_type, cell.number_format) == ("s", "@"), (sheet.title, cell.coordinate)
                checked += 1
    assert checked > 30


def test_engineers_saved_again_are_imported_as_they_were(office: Office) -> None:
    ada = PaySettings(user_id="PADA001", name="Ada", email=None, payroll_number="000123")
    ada = ada.changed("hourly rate", "31.3500").changed("grade", "", date(2026, 7, 1)).changed("grade", "007")
    xlsx = "xlsx:Calc MS Excel 2007 XML"
    again = office("engineers", xlsx, {"engineers": engineers_xlsx(engineers_table([ada]))}) / "engineers.xlsx"

    found = read_table(table_of_file(again.read_bytes()), {"PADA001": ada})

    assert (found.rows, found.problems, found.unchanged) == ([], [], 4)


# What is printed


def pages(path: Path) -> list[str]:
    """The text of each page of a PDF file."""
    command = ["pdftotext", "-layout", str(path), "-"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)  # noqa: S603  our own words
    return done.stdout.decode().split("\f")[:-1]


def of_sheet(printed: list[str], sheet: str) -> list[str]:
    """The footer of each page names its sheet."""
    return [page for page in printed if re.search(rf"^\s*{sheet}\s+Page \d+ of \d+\s*$", page, re.MULTILINE)]


@pytest.mark.parametrize("name", NAMES)
def test_each_sheet_prints_one_page_wide_with_its_headings(seen: Seen, name: str, need: Callable[..., None]) -> None:
    need(shutil.which("pdftotext"), "pdftotext is not installed (Debian: poppler-utils)")
    printed = pages(seen.printed / f"{name}.pdf")
    sheets = [*SHEETS, *["Adjustments"] * bool(seen.documents[name].adjustments)]

    assert len(printed) == sum(len(of_sheet(printed, sheet)) for sheet in sheets)
    assert [sheet for sheet in sheets if not of_sheet(printed, sheet)] == []
    for page in of_sheet(printed, "Detail"):
        assert "Engineer" in page
        assert "billed" in page  # the last column stands on the same page as the first
    assert "Fingerprint" not in "".join(of_sheet(printed, "Checks"))


def test_a_hidden_sheet_is_not_printed(seen: Seen, need: Callable[..., None]) -> None:
    need(shutil.which("pdftotext"), "pdftotext is not installed (Debian: poppler-utils)")

    assert of_sheet(pages(seen.printed / "team.pdf"), "Fingerprint") == []


def test_the_dates_are_those_of_the_pay_zone(seen: Seen) -> None:
    row = next(row for row in shown_rows(seen.table("team", "Callouts")) if row["Incident"] == "105")

    triggered = seen.documents["team"].report.statements[1].callouts[0].incident.triggered
    assert row["Triggered"] == f"{triggered + timedelta(hours=2):%Y-%m-%d %H:%M}"
    assert (row["Times in"], row["Booked on"]) == ("Europe/Berlin", date(2026, 10, 7).isoformat())
