"""What is kept of reports and their files: ids and fingerprints, never an amount, a name or anything else they say."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Instant


class SeenReport(Base):
    """That somebody saw a report as it was then: marked it as reviewed, or made a link to it."""

    __tablename__ = "seen_reports"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    """Random; part of the link."""
    region: Mapped[str] = mapped_column(String(10))
    subdomain: Mapped[str] = mapped_column(String(100))
    scope_kind: Mapped[str] = mapped_column(String(20))
    scope_id: Mapped[str] = mapped_column(String(40))
    """PagerDuty's id of the engineer or team; "" for the organisation."""
    also: Mapped[list[str]] = mapped_column(JSON)
    """PagerDuty ids of those in a team's report by choice."""
    first: Mapped[date]
    last: Mapped[date]
    policy_label: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    engineers: Mapped[dict[str, Any]] = mapped_column(JSON)
    """A fingerprint of each engineer's statement by PagerDuty id, so that those who differ later can be named."""
    seen_by: Mapped[str] = mapped_column(String(254))
    seen_at: Mapped[datetime] = mapped_column(Instant)
    reviewed: Mapped[bool]


class ReportAmendment(Base):
    """That a delivered file carries adjustments of an earlier one, so that nothing is adjusted twice."""

    __tablename__ = "report_amendments"
    __table_args__ = (UniqueConstraint("report_id", "amended_by"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[str] = mapped_column(String(19), index=True)
    """The report that is amended."""
    amended_by: Mapped[str] = mapped_column(String(19))
    """The report that carries the adjustments."""
    number: Mapped[int]
    """As which link of the chain: 1, 2, ..."""
    previous: Mapped[str] = mapped_column(String(19))
    """The link before; "" for the first."""
    first: Mapped[date]
    """First and last date of the report that carries the adjustments: to say which file to look for."""
    last: Mapped[date]
    made_by: Mapped[str] = mapped_column(String(254))
    made_at: Mapped[datetime] = mapped_column(Instant)
    dropped_by: Mapped[str | None] = mapped_column(String(254))
    """Who said that this file was never paid; None: it counts."""
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)


class PayrollLayout(Base):
    """How payroll wants its file; one row for the instance."""

    __tablename__ = "payroll_layouts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_by: Mapped[str] = mapped_column(String(254))
    saved_at: Mapped[datetime] = mapped_column(Instant)


class PayrollCode(Base):
    """Payroll's code for a component, or for a rule, of one policy."""

    __tablename__ = "payroll_codes"
    __table_args__ = (UniqueConstraint("policy", "is_rule", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(200))
    is_rule: Mapped[bool]
    name: Mapped[str] = mapped_column(String(300))
    code: Mapped[str] = mapped_column(String(40))
