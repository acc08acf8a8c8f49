"""The report generator: ask, read PagerDuty in slices, preview while adjusting the pay settings, download."""

from webapp.blueprints.reports import comparison, engineers, evidence, files, generator, payroll, rules, seen, shadows
from webapp.blueprints.reports.routes import blueprint

# The routes of every module here are the one blueprint's.
__all__ = [
    "blueprint",
    "comparison",
    "engineers",
    "evidence",
    "files",
    "generator",
    "payroll",
    "rules",
    "seen",
    "shadows",
]
