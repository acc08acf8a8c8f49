"""Everything that is kept. Of PagerDuty only ids, and names and e-mails that an account confirmed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Base, Instant


class Account(Base):
    """A login of this instance."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Lower case."""
    password_hash: Mapped[str] = mapped_column(String(255))
    """Empty until the invited person has chosen a password."""
    role: Mapped[str] = mapped_column(String(20), default="admin")
    created_at: Mapped[datetime] = mapped_column(Instant)
    session_key: Mapped[str] = mapped_column(String(43))
    """Part of every login session; a new one ends all others."""
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since then nobody can log in with it."""
    link_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the one-time link by which its owner chooses a password."""
    link_until: Mapped[datetime | None] = mapped_column(Instant)
    connection: Mapped[Connection | None] = relationship(
        back_populates="account", cascade="all, delete-orphan", passive_deletes=True
    )


class Connection(Base):
    """A stored, encrypted PagerDuty credential of one account."""

    __tablename__ = "connections"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    """"oauth" or "api_key"."""
    region: Mapped[str] = mapped_column(String(10))
    subdomain: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[str | None] = mapped_column(String(40))
    """PagerDuty user whose rights the credential has; None: an account-level key."""
    user_name: Mapped[str | None] = mapped_column(String(200))
    user_role: Mapped[str | None] = mapped_column(String(40))
    """That user's role in PagerDuty; most roles do not see the whole account."""
    secret: Mapped[str] = mapped_column(String(8000))
    """Fernet token over a JSON object: `api_key`, or `access_token` and `refresh_token`."""
    last_four: Mapped[str | None] = mapped_column(String(4))
    """Of an API key; None for OAuth."""
    connected_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    """Of the access token; None for a key."""
    problem: Mapped[str | None] = mapped_column(String(500))
    """Why the connection must be made again, in a word of `services.connection_card`; None while it works."""
    app: Mapped[str | None] = mapped_column(String(220))
    """The PagerDuty app that was consented to, as kind:client id; None for a key."""
    scopes: Mapped[str | None] = mapped_column(String(500))
    """What PagerDuty granted; None for a key."""
    delegation_id: Mapped[str | None] = mapped_column(String(100))
    """PagerDuty's id of the consent; the same after every renewal."""
    shared: Mapped[bool | None] = mapped_column(index=True, unique=True)
    """True for the one connection that is shared with the instance; None for all others, so that there is one."""
    lease_key: Mapped[str | None] = mapped_column(String(43))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    """Somebody is refreshing the tokens until then."""
    account: Mapped[Account] = relationship(back_populates="connection")


class PagerDutyApp(Base):
    """The OAuth app that an admin registered in PagerDuty and set up on the page; at most one row."""

    __tablename__ = "pagerduty_app"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    kind: Mapped[str] = mapped_column(String(10))
    """"classic" or "scoped"."""
    client_id: Mapped[str] = mapped_column(String(200))
    client_secret: Mapped[str] = mapped_column(String(2000))
    """Fernet token; never shown again."""
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(String(254))


class PolicyVersion(Base):
    """One saved version of the instance's pay policy; the newest is in force."""

    __tablename__ = "policy_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The fields of the simple form, amounts as strings."""
    saved_at: Mapped[datetime] = mapped_column(Instant)
    saved_by: Mapped[str] = mapped_column(String(254))


class EngineerSettings(Base):
    """What an account typed in about one engineer."""

    __tablename__ = "engineer_settings"
    __table_args__ = (UniqueConstraint("subdomain", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    payroll_number: Mapped[str] = mapped_column(String(40), default="")
    hourly_rate: Mapped[str | None] = mapped_column(String(20))
    """A decimal string in the policy's currency."""
    holiday_region: Mapped[str | None] = mapped_column(String(20))
    business_hours: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """`start` and `end` as HH:MM, `days` as ISO weekdays; None: the policy's."""


class CalloutDecision(Base):
    """What a manager decided for one callout; of the incident only the id is kept."""

    __tablename__ = "callout_decisions"
    __table_args__ = (UniqueConstraint("subdomain", "incident_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(100))
    incident_id: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str] = mapped_column(String(40))
    pay: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(500))
    start: Mapped[datetime | None] = mapped_column(Instant)
    end: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(String(254))
    decided_at: Mapped[datetime] = mapped_column(Instant)
