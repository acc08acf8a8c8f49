"""Every migration goes up and down, and the schema it makes is the one that the models describe."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from alembic import command
from sqlalchemy import inspect, text

from tests.exports.test_payroll_numbers import SAME_NUMBER
from webapp.exports.payroll_numbers import number_key
from webapp.models import Account, Database
from webapp.models.database import alembic_config
from webapp.pricing.facts import Span
from webapp.services.callout_decisions import decide, decisions
from webapp.services.engineer_facts import HOLIDAY_REGION, HOURLY_RATE, WORKING_HOURS
from webapp.services.people import pay_settings
from webapp.services.policies import PolicyText, save_policy, saved_policies


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def downgrade(database: Database, revision: str = "base") -> None:
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_up_down_and_up_again(database: Database) -> None:
    database.migrate()
    after_up = tables(database)
    assert "accounts" in after_up
    downgrade(database)
    assert tables(database) == set()
    database.migrate()
    assert tables(database) == after_up


def test_migrating_again_changes_nothing(database: Database) -> None:
    database.migrate()
    with database.session() as session:
        session.add(
            Account(email="a@b.c", password_hash="x", role="admin", created_at=datetime.now(UTC), session_key="y")
        )
        session.commit()
    database.migrate()
    with database.session() as session:
        assert session.query(Account).count() == 1


def test_the_schema_is_what_the_models_say(database: Database) -> None:
    database.migrate()
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.check(config)


def test_an_instant_keeps_its_moment(database: Database) -> None:
    database.migrate()
    instant = datetime(2026, 10, 25, 0, 59, 59, 123456, tzinfo=UTC)
    with database.session() as session:
        session.add(Account(email="a@b.c", password_hash="x", role="admin", created_at=instant, session_key="y"))
        session.commit()
    with database.session() as session:
        kept = session.query(Account).one().created_at
    assert kept == instant
    assert kept.tzinfo is UTC


@pytest.mark.parametrize(("kind", "problem"), [("oauth", "revoked"), ("api_key", "refused")])
def test_the_second_keeps_which_connections_must_be_made_again(database: Database, kind: str, problem: str) -> None:
    database.migrate("0001")
    old = text("""
        INSERT INTO accounts (id, email, password_hash, role, created_at, session_key)
        VALUES (1, 'a@b.c', 'x', 'admin', '2026-11-01 00:00:00+00:00', 'y');
    """)
    connection = text("""
        INSERT INTO connections (id, account_id, kind, region, subdomain, secret, connected_at, problem)
        VALUES (1, 1, :kind, 'us', 'acme', 'z', '2026-11-01 00:00:00+00:00', 'A sentence.');
    """)
    with database.engine.begin() as session:
        session.execute(old)
        session.execute(connection, {"kind": kind})
    database.migrate()
    with database.engine.begin() as session:
        assert session.execute(text("SELECT problem, shared FROM connections")).one() == (problem, None)
    downgrade(database, "0001")
    with database.engine.begin() as session:
        told = session.execute(text("SELECT problem FROM connections")).scalar_one()
    assert told.startswith("PagerDuty no longer accepts this")


def test_after_migrating_what_refers_to_a_deleted_row_goes_with_it(of_version_1: Database) -> None:
    of_version_1.migrate()
    with of_version_1.session() as session:
        session.execute(text("DELETE FROM engineer_settings"))
        assert session.execute(text("SELECT count(*) FROM engineer_facts")).scalar_one() == 0


DECIDED = """
    INSERT INTO callout_decisions
        (subdomain, incident_id, user_id, pay, reason, start, "end", attested, decided_by, decided_at)
    VALUES
        ('acme', 'Q1', 'PADA', true, 'Phoned', :start, :end, '{}', 'a', :at),
        ('acme', 'Q2', 'PADA', false, 'A test', NULL, NULL, '{}', 'a', :at);
"""


def test_corrected_times_become_a_list_and_one_of_them_a_pair_again(database: Database) -> None:
    database.migrate("0004")
    with database.engine.begin() as connection:
        times = {"start": "2026-10-03 01:00:00+00:00", "end": "2026-10-03 02:30:00+00:00"}
        connection.execute(text(DECIDED), {**times, "at": "2026-11-01 00:00:00+00:00"})
    database.migrate()
    phoned = Span(datetime(2026, 10, 3, 1, tzinfo=UTC), datetime(2026, 10, 3, 2, 30, tzinfo=UTC))
    later = Span(datetime(2026, 10, 3, 5, tzinfo=UTC), datetime(2026, 10, 3, 6, tzinfo=UTC))
    with database.session() as session:
        times = {incident_id: one.times for (incident_id, _), one in decisions(session, "acme").callouts.items()}
        assert times == {"Q1": (phoned,), "Q2": ()}
        decide(
            session,
            "acme",
            incident_id="Q3",
            user_id="PADA",
            pay=True,
            reason="Twice",
            decided_by="a",
            times=(phoned, later),
        )
    downgrade(database, "0004")
    database.migrate()
    with database.session() as session:
        # Two stretches have no place in the older table: as one they would be paid with the gap between them.
        times = {incident_id: one.times for (incident_id, _), one in decisions(session, "acme").callouts.items()}
        assert times == {"Q1": (phoned,), "Q2": ()}


HOURS = {"start": "08:30", "end": "16:00", "days": [1, 2, 4]}
ENGINEER = (
    "INSERT INTO engineer_settings (id, subdomain, user_id, name, payroll_number, hourly_rate, business_hours) "
    "VALUES (1, 'acme', 'PADA', 'Ada', '', '31.35', :hours)"
)
LEFT_OUT = 'left_out = [{ sentence = "all", why = "a test" }]\n'


@pytest.fixture
def of_version_1(database: Database) -> Database:
    """A database as the first version of the program left it, with one engineer."""
    database.migrate("0001")
    with database.engine.begin() as connection:
        connection.execute(text(ENGINEER), {"hours": json.dumps(HOURS)})
    return database


def test_values_without_dates_hold_from_the_first_day(of_version_1: Database) -> None:
    database = of_version_1
    database.migrate()
    with database.session() as session:
        ada = pay_settings(session, "acme")["PADA"]
    assert {what: (one.since, one.value) for what, (one,) in ada.facts.items()} == {
        HOURLY_RATE: (date.min, "31.35"),
        WORKING_HOURS: (date.min, "Mon, Tue, Thu 08:30-16:00"),
    }
    assert ada.on(WORKING_HOURS, date(2026, 7, 1)) == "Mon, Tue, Thu 08:30-16:00"
    assert ada.on(HOLIDAY_REGION, date(2026, 7, 1)) is None


def test_going_back_keeps_the_last_values(of_version_1: Database) -> None:
    database = of_version_1
    database.migrate()
    with database.session() as session:
        save_policy(
            session, PolicyText('name = "A"\ncurrency = "GBP"\nrounding = "up"\n' + LEFT_OUT), "max@example.com"
        )
        assert len(saved_policies(session)) == 1
    downgrade(database, "0001")
    with database.engine.begin() as connection:
        kept = connection.execute(text("SELECT hourly_rate, business_hours FROM engineer_settings")).one()
        assert connection.execute(text("SELECT count(*) FROM policy_versions")).scalar_one() == 0
    assert kept[0] == "31.35"
    hours = json.loads(kept[1]) if isinstance(kept[1], str) else kept[1]
    assert hours == HOURS


LONG = "\ufdfa" * 40  # one character that is compared as eighteen
key_of = import_module("webapp.migrations.versions.0010_payroll_numbers").key_of
NUMBERED = text("""
    INSERT INTO engineer_settings (id, subdomain, user_id, name, payroll_number) VALUES
        (1, 'acme', 'PADA', 'Ada', '0042'), (2, 'acme', 'PBO', 'Bo', 'x7 '), (3, 'acme', 'PCY', 'Cy', 'X7'),
        (4, 'acme', 'PDI', 'Di', ''), (5, 'other', 'PADA', 'Ada', '0042'), (6, 'acme', 'PED', 'Ed', '8'),
        (7, 'acme', 'PFI', 'Fi', '8\u200e'), (8, 'acme', 'PGO', 'Go', '\uff19'), (9, 'acme', 'PHA', 'Ha', :long)
""")


def test_numbers_that_two_engineers_share_survive_and_all_have_a_history(database: Database) -> None:
    database.migrate("0007")
    with database.engine.begin() as connection:
        connection.execute(NUMBERED, {"long": LONG})
    database.migrate()
    with database.engine.begin() as connection:
        keys = connection.execute(text("SELECT payroll_key FROM engineer_settings ORDER BY id")).scalars().all()
        if connection.dialect.name == "postgresql":  # the ids above were chosen by hand
            connection.execute(text("SELECT setval('engineer_settings_id_seq', 9)"))
    assert keys == ["0042", None, None, None, "0042", None, None, "9", None]
    assert {key_of(number) for number in (*SAME_NUMBER, LONG)} == {number_key(number) for number in ("0a 7", LONG)}
    with database.session() as session:
        own = pay_settings(session, "acme")
        told = {key: [(one.value, one.saved_by) for one in person.number_changes] for key, person in own.items()}
        assert told == {
            "PADA": [("0042", "")],
            "PBO": [("x7 ", "")],
            "PCY": [("X7", "")],
            "PDI": [],
            "PED": [("8", "")],
            "PFI": [("8\u200e", "")],
            "PGO": [("\uff19", "")],
            "PHA": [(LONG, "")],
        }
        assert not any(person.number_is_typed for person in own.values())
    downgrade(database, "0007")
    with database.engine.begin() as connection:
        kept = connection.execute(text("SELECT payroll_number FROM engineer_settings ORDER BY id")).scalars().all()
    assert kept == ["0042", "x7 ", "X7", "", "0042", "8", "8\u200e", "\uff19", LONG]
