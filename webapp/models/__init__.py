"""SQLAlchemy tables; no logic beyond their columns."""

from webapp.models.base import Base
from webapp.models.database import Database
from webapp.models.tables import (
    Account,
    CalloutDecision,
    Connection,
    EngineerFact,
    EngineerSettings,
    PagerDutyApp,
    PolicyVersion,
)

__all__ = [
    "Account",
    "Base",
    "CalloutDecision",
    "Connection",
    "Database",
    "EngineerFact",
    "EngineerSettings",
    "PagerDutyApp",
    "PolicyVersion",
]
