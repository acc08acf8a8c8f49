"""From a report to the file that is paid: made whole in memory, re-read and re-added before it is handed out.

What lives here: `document` (what a file says besides the report), `xlsx` (the way of a workbook), `sheets` (one module
a sheet), `cells` (the one way a value gets into a cell). What may not: Flask, the database, PagerDuty, the clock.
"""

from webapp.exports.document import DutyDifference, ReportDocument, ScopeKind, SourceCount
from webapp.exports.errors import ExportError
from webapp.exports.filenames import filename
from webapp.exports.times import local_words
from webapp.exports.xlsx import workbook_bytes

__all__ = [
    "DutyDifference",
    "ExportError",
    "ReportDocument",
    "ScopeKind",
    "SourceCount",
    "filename",
    "local_words",
    "workbook_bytes",
]
