"""From a report to the file that is paid: made whole in memory, re-read and re-added before it is handed out.

What lives here: `document` (what a file says besides the report), `xlsx` (the way of a workbook), `sheets` (one module
a sheet), `cells` (the one way a value gets into a cell), `read_back` (a workbook that somebody brings). What may not:
Flask, the database, PagerDuty, the clock.
"""

from webapp.exports.document import (
    MissingChange,
    Part,
    ReportDocument,
    ReportWarning,
    ScopeKind,
    Target,
)
from webapp.exports.errors import ExportError
from webapp.exports.filenames import filename
from webapp.exports.read_back import Outcome, Verification, verify_package
from webapp.exports.times import local_words
from webapp.exports.xlsx import workbook_bytes

__all__ = [
    "ExportError",
    "MissingChange",
    "Outcome",
    "Part",
    "ReportDocument",
    "ReportWarning",
    "ScopeKind",
    "Target",
    "Verification",
    "filename",
    "local_words",
    "verify_package",
    "workbook_bytes",
]
