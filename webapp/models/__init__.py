"""SQLAlchemy tables; no logic beyond their columns."""

from webapp.models.base import Base
from webapp.models.database import Database, UnusableDatabase
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
)

__all__ = [
    "Account",
    "Base",
    "CalloutDecision",
    "Connection",
    "Database",
    "EngineerFact",
    "EngineerSettings",
    "EngineerWork",
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
    "UnusableDatabase",
]
