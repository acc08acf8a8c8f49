"""What accounts corrected in the calendars: days, and categories that count. A row that is removed stays, marked."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Date, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Instant


class CalendarDay(Base):
    """A day that was added to a calendar or taken out of it; whoever corrects it makes another row."""

    __tablename__ = "calendar_days"
    __table_args__ = (UniqueConstraint("subdomain", "scope", "whom", "since", "live"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(100))
    """Of an engineer's PagerDuty account; "" for regions and the organisation."""
    scope: Mapped[str] = mapped_column(String(20))
    """"organisation", "region" or "engineer"."""
    whom: Mapped[str] = mapped_column(String(40))
    """The region, or the engineer's PagerDuty user id; "" for the organisation."""
    whom_name: Mapped[str] = mapped_column(String(200))
    """The engineer's name as it was then."""
    since: Mapped[date] = mapped_column(Date)
    every_year: Mapped[bool]
    """On the same day of every year from then on; else on this date alone."""
    adds: Mapped[bool]
    """Else it is taken out."""
    start: Mapped[time | None] = mapped_column(Time)
    """By the wall clock, from when; None: the whole date."""
    name: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))
    saved_by: Mapped[str] = mapped_column(String(254))
    saved_at: Mapped[datetime] = mapped_column(Instant)
    removed_by: Mapped[str] = mapped_column(String(254), default="")
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    live: Mapped[bool | None]
    """True until it is removed; then None, so that another may take its place."""


class CalendarCategory(Base):
    """That a category of the package's holidays counts in a region, or no longer does, from a date on."""

    __tablename__ = "calendar_categories"
    __table_args__ = (UniqueConstraint("region", "category", "since", "live"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(40))
    """As the package calls it, such as "catholic"."""
    since: Mapped[date] = mapped_column(Date)
    counts: Mapped[bool]
    start: Mapped[time | None] = mapped_column(Time)
    """From when its days are holidays, by the wall clock; None: the whole date."""
    reason: Mapped[str] = mapped_column(String(500))
    saved_by: Mapped[str] = mapped_column(String(254))
    saved_at: Mapped[datetime] = mapped_column(Instant)
    removed_by: Mapped[str] = mapped_column(String(254), default="")
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    live: Mapped[bool | None]
    """True until it is removed; then None."""
