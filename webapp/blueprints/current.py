"""What belongs to the request at hand: the instance, a database session, the login."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask import current_app, g
from flask_login import current_user
from sqlalchemy.orm import Session

from webapp.instance import Instance
from webapp.models import Account
from webapp.services import organisation
from webapp.services.connections import Connections


def current_instance() -> Instance:
    """The instance that this application serves."""
    return cast("Instance", current_app.extensions["calloutpay"])


def database() -> Session:
    """The request's database session; closed with the request, committed by whoever changes something."""
    if "database" not in g:
        g.database = current_instance().database.session()
    return cast("Session", g.database)


def pagerduty() -> Connections:
    """The way to PagerDuty. Ends the request's transaction first: none may stay open while PagerDuty is asked."""
    database().commit()
    return current_instance().connections


def organisation_zone() -> str:
    """The time zone by which the organisation's days and months begin."""
    return organisation.time_zone(database(), current_instance().settings.organisation_time_zone)


def today() -> date:
    """The organisation's date: what "last month" and "in force today" mean on every page and command."""
    return organisation.today(database(), current_instance().settings.organisation_time_zone)


def close_database(_error: BaseException | None = None) -> None:
    """Give the connection back at the end of the request."""
    session: Session | None = g.pop("database", None)
    if session is not None:
        session.close()


def current_account() -> Account:
    """The account that is logged in; only behind the login wall."""
    return cast("Account", current_user.account)
