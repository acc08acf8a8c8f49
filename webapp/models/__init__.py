"""SQLAlchemy tables; no logic beyond their columns."""

from webapp.models.base import Base
from webapp.models.calendars import CalendarCategory, CalendarDay
from webapp.models.database import Database, DumpFirst, Migration, UnusableDatabase
from webapp.models.kept_of_reports import PayrollCode, PayrollLayout, ReportAmendment, SeenReport
from webapp.models.tables import (
    Account,
    CalloutDecision,
    Connection,
    EngineerFact,
    EngineerSettings,
    EngineerWork,
    NamedAct,
    OrganisationSettings,
    PagerDutyApp,
    PayrollNumberChange,
    PolicyVersion,
    RuleNotice,
    ShadowRotation,
)

__all__ = [
    "Account",
    "Base",
    "CalendarCategory",
    "CalendarDay",
    "CalloutDecision",
    "Connection",
    "Database",
    "DumpFirst",
    "EngineerFact",
    "EngineerSettings",
    "EngineerWork",
    "Migration",
    "NamedAct",
    "OrganisationSettings",
    "PagerDutyApp",
    "PayrollCode",
    "PayrollLayout",
    "PayrollNumberChange",
    "PolicyVersion",
    "ReportAmendment",
    "RuleNotice",
    "SeenReport",
    "ShadowRotation",
    "UnusableDatabase",
]
