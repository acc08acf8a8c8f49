"""Every minute of a report can be explained, in sentences and stage by stage."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from webapp.pricing import explain
from webapp.pricing.facts import Callout, Facts, Incident, OnCall, Person, Spell
from webapp.pricing.policy import Policy, Stipend

NIGHT = datetime(2026, 10, 6, 18, tzinfo=UTC)
ADA = Person("A", "Ada", None, "Europe/London", holiday_region="none", hourly_rate=Decimal(30))
INCIDENT = Incident("Q1", 1, "Disk full", "Shop", "high", NIGHT, NIGHT + timedelta(hours=2))
CALLOUT = Callout("A", INCIDENT, NIGHT, (Spell(NIGHT, NIGHT + timedelta(minutes=20), "seen"),), on_call=True)
ROW = OnCall("A", NIGHT, NIGHT + timedelta(hours=24), 1, "S1", "Primary")
FACTS = Facts((ADA,), (ROW,), (CALLOUT,), NIGHT + timedelta(days=9))
POLICY = Policy(
    currency="GBP", levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))}, callout_fee=Decimal(45)
)  # fmt: skip


def test_a_minute_of_work_is_paid_three_times_over() -> None:
    found = explain(FACTS, POLICY, "A", NIGHT + timedelta(minutes=5))
    assert found.sentences == (
        "Tue 6 Oct 19:00 to 19:20, 20 min, 1 session, weekday: 45 each: 45 GBP",
        "Tue 6 Oct 19:00 to 19:20, 20 min, raised to 1 h, weekday: 30 an hour: 30 GBP",
        "Tue 6 Oct 19:00 to Wed 7 Oct 09:00, 14 h, 1 day, weekday: 20 each: 20 GBP",
    )
    assert [one.rule for one in found.paid] == ["callout fee", "hourly pay", "stipend"]
    assert [stage.name for stage in found.paid[1].stages] == [
        "when", "set", "grid", "group", "count", "shape", "tier", "price", "book",
    ]  # fmt: skip


def test_an_unpaid_minute_has_its_reason() -> None:
    found = explain(FACTS, POLICY, "A", NIGHT + timedelta(hours=15))
    assert found.sentences == ("Wed 7 Oct 09:00 to 17:30, 8 h 30 min (on call): inside business hours",)


def test_a_minute_of_nothing_says_so() -> None:
    assert explain(FACTS, POLICY, "A", NIGHT - timedelta(hours=1)).sentences == (
        "Neither on call nor called out then.",
    )
