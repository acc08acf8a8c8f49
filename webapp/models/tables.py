"""Everything that is kept. Of PagerDuty only ids, and names and e-mails that an account confirmed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, String, Text, UniqueConstraint
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


class OrganisationSettings(Base):
    """What an admin said about the organisation as a whole; at most one row."""

    __tablename__ = "organisation_settings"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    time_zone: Mapped[str] = mapped_column(String(60))
    """By whose clock a day or a month begins, such as Europe/Berlin."""
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(String(254))


class PolicyVersion(Base):
    """One saved version of the instance's pay policy, never changed after.

    In force on a date is, of those with the latest effective date not after it, the one saved last.
    """

    __tablename__ = "policy_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200), default="Standard policy")
    text: Mapped[str | None] = mapped_column(Text)
    """The policy document (TOML); None: the simple form's fields are the policy."""
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The fields of the simple form, amounts as strings; of a text, how PagerDuty is read for it."""
    effective: Mapped[date | None] = mapped_column(Date)
    """None: from the first day."""
    note: Mapped[str] = mapped_column(String(500), default="")
    saved_at: Mapped[datetime] = mapped_column(Instant)
    saved_by: Mapped[str] = mapped_column(String(254))


class EngineerSettings(Base):
    """What an account typed in about one engineer, as far as it has no date."""

    __tablename__ = "engineer_settings"
    __table_args__ = (UniqueConstraint("subdomain", "user_id"), UniqueConstraint("payroll_key", "subdomain"))

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    payroll_number: Mapped[str] = mapped_column(String(40), default="")
    payroll_key: Mapped[str | None] = mapped_column(String(120))
    """The number as it is compared, so that nobody else of the account gets it; None where there is none, or where
    two engineers had the same one before numbers were unique."""
    number_changes: Mapped[list[PayrollNumberChange]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="selectin", order_by="PayrollNumberChange.id"
    )
    facts: Mapped[list[EngineerFact]] = relationship(
        back_populates="engineer", cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )


class EngineerFact(Base):
    """One value of an engineer from a date on: a rate, a grade, a region. It holds until the next of the same name."""

    __tablename__ = "engineer_facts"
    __table_args__ = (UniqueConstraint("engineer_id", "what", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    engineer_id: Mapped[int] = mapped_column(ForeignKey("engineer_settings.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(60))
    """Such as "hourly rate", "grade", or an attribute that the policy asks for."""
    since: Mapped[date] = mapped_column(Date)
    """0001-01-01: from the first day."""
    value: Mapped[str] = mapped_column(String(200))
    """As it is written; "": as the policy says."""
    saved_at: Mapped[datetime | None] = mapped_column(Instant)
    saved_by: Mapped[str] = mapped_column(String(254))
    """"": typed in before values had dates."""
    engineer: Mapped[EngineerSettings] = relationship(back_populates="facts")


class PayrollNumberChange(Base):
    """A payroll number that an engineer was given, in place of the one before."""

    __tablename__ = "payroll_number_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    engineer_id: Mapped[int] = mapped_column(ForeignKey("engineer_settings.id", ondelete="CASCADE"), index=True)
    value: Mapped[str] = mapped_column(String(40))
    """"": the number was removed."""
    saved_at: Mapped[datetime | None] = mapped_column(Instant)
    saved_by: Mapped[str] = mapped_column(String(254))
    """"": typed in before numbers had a history."""


class CalloutDecision(Base):
    """What a manager decided for one callout; of the incident only the id is kept."""

    __tablename__ = "callout_decisions"
    __table_args__ = (UniqueConstraint("subdomain", "incident_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(100))
    incident_id: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str] = mapped_column(String(40))
    pay: Mapped[bool | None]
    """None: as the policy says; only something is attested."""
    reason: Mapped[str] = mapped_column(String(500))
    times: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    """Corrected times: pairs of instants, as ISO 8601 in UTC; empty: as the evidence says."""
    attested: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """What the policy asks a person to judge, by name, such as "woken": "true"."""
    decided_by: Mapped[str] = mapped_column(String(254))
    decided_at: Mapped[datetime] = mapped_column(Instant)


class RuleNotice(Base):
    """Which changes of the program's rules were read here; one row for the instance."""

    __tablename__ = "rule_notice"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    version: Mapped[str] = mapped_column(String(20))
    """The newest version whose changed rules somebody has read, or by whose rules this instance began."""
    read_by: Mapped[str] = mapped_column(String(254))
    """"": nobody yet."""
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class NamedAct(Base):
    """Who did what PagerDuty's log does not name: an acknowledgement or resolution through a chat."""

    __tablename__ = "named_acts"
    __table_args__ = (UniqueConstraint("subdomain", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(100))
    entry_id: Mapped[str] = mapped_column(String(40))
    incident_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    user_id: Mapped[str] = mapped_column(String(40))
    """"": a machine."""
    reason: Mapped[str] = mapped_column(String(500))
    decided_by: Mapped[str] = mapped_column(String(254))
    decided_at: Mapped[datetime] = mapped_column(Instant)


class EngineerWork(Base):
    """When an engineer worked on an incident, as a manager recorded it; of the incident only the id is kept."""

    __tablename__ = "engineer_work"
    __table_args__ = (UniqueConstraint("subdomain", "incident_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(100))
    incident_id: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str] = mapped_column(String(40))
    times: Mapped[list[list[str]]] = mapped_column(JSON)
    """Pairs of instants, as ISO 8601 in UTC."""
    reason: Mapped[str] = mapped_column(String(500))
    decided_by: Mapped[str] = mapped_column(String(254))
    decided_at: Mapped[datetime] = mapped_column(Instant)


class ShadowRotation(Base):
    """A rotation of a shift-based schedule whose engineers only shadow, so that its time is not paid."""

    __tablename__ = "shadow_rotations"
    __table_args__ = (UniqueConstraint("subdomain", "schedule_id", "rotation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(100))
    schedule_id: Mapped[str] = mapped_column(String(40))
    rotation_id: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(300))
    """Who was in it when it was set down: PagerDuty names no rotation."""
    since: Mapped[date | None] = mapped_column(Date)
    """None: from the first day."""
    reason: Mapped[str] = mapped_column(String(500))
    decided_by: Mapped[str] = mapped_column(String(254))
    decided_at: Mapped[datetime] = mapped_column(Instant)
