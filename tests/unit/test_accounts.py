"""Accounts without the web: what is accepted, what is kept, who is let in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.models import Account, CalloutDecision, Connection, Database, EngineerWork, NamedAct, PolicyVersion
from webapp.services import accounts
from webapp.services.accounts import AccountError, FirstAccount, Throttle, Throttled

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def session(ready: Database) -> Iterator[Session]:
    with ready.session() as session:
        yield session


@pytest.fixture
def ada(session: Session) -> Account:
    return accounts.add_account(session, EMAIL, PASSWORD)


def test_an_account_keeps_a_hash_and_a_lower_case_e_mail(session: Session) -> None:
    account = accounts.add_account(session, "  Ada@Example.COM ", PASSWORD)
    assert account.email == EMAIL
    assert account.role == "admin"
    assert account.password_hash.startswith("$argon2id$")
    assert PASSWORD not in account.password_hash
    assert len(account.session_key) == 43


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "a@b@c",
        "ada@exa\nmple.com",
        "<a@b.c>",
        "x" * 250 + "@b.cd",
        "a@b\x00",
    ],
)
def test_what_is_no_e_mail_is_refused(session: Session, email: str) -> None:
    with pytest.raises(AccountError) as caught:
        accounts.add_account(session, email, PASSWORD)
    assert caught.value.field == "email"


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 201, EMAIL, EMAIL.upper()])
def test_a_password_that_cannot_be_accepted_is_refused(session: Session, password: str) -> None:
    with pytest.raises(AccountError) as caught:
        accounts.add_account(session, EMAIL, password)
    assert caught.value.field == "password"
    assert not accounts.any_account(session)


@pytest.mark.parametrize("password", ["twelve chars", "x" * 200, "длинный пароль", "🔑" * 12])
def test_any_long_password_will_do(session: Session, password: str) -> None:
    accounts.add_account(session, EMAIL, password)
    assert accounts.authenticate(session, EMAIL, password) is not None


def test_an_e_mail_has_one_account(session: Session, ada: Account) -> None:
    with pytest.raises(AccountError, match="already"):
        accounts.add_account(session, ada.email.upper(), PASSWORD)
    assert session.scalars(select(Account.email)).all() == [EMAIL]


def test_who_is_let_in(session: Session, ada: Account) -> None:
    assert accounts.authenticate(session, " ADA@example.com", PASSWORD) is ada
    assert accounts.authenticate(session, EMAIL, PASSWORD + " ") is None
    assert accounts.authenticate(session, EMAIL, "x" * 100_000) is None
    assert accounts.authenticate(session, "eva@example.com", PASSWORD) is None


def test_an_unknown_e_mail_costs_a_hash_too(session: Session, ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []

    class Counting(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            hashed.append("hash")
            return super().hash(password, salt=salt)

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002  the library's name
            hashed.append("verify")
            return super().verify(hash, password)

    monkeypatch.setattr(accounts, "_hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
    accounts.authenticate(session, ada.email, "wrong wrong wrong")
    accounts.authenticate(session, "eva@example.com", "wrong wrong wrong")
    assert hashed == ["verify", "hash"]


def test_an_older_hash_is_renewed_by_logging_in(
    session: Session, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ada.password_hash
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    accounts.authenticate(session, EMAIL, PASSWORD)
    assert ada.password_hash != before
    assert "t=2" in ada.password_hash
    assert accounts.authenticate(session, EMAIL, PASSWORD) is ada


def test_a_damaged_hash_lets_nobody_in(session: Session, ada: Account) -> None:
    ada.password_hash = "damaged"
    session.commit()
    assert accounts.authenticate(session, EMAIL, PASSWORD) is None


def test_changing_the_password_ends_every_session(session: Session, ada: Account) -> None:
    before = ada.session_key
    accounts.change_password(session, ada, PASSWORD, "another long password")
    assert ada.session_key != before
    assert accounts.authenticate(session, EMAIL, PASSWORD) is None
    assert accounts.authenticate(session, EMAIL, "another long password") is ada


def test_closing_deletes_the_account_and_its_connection_and_its_name(session: Session, ada: Account) -> None:
    eva = accounts.add_account(session, "eva@example.com", PASSWORD)
    connection = {"kind": "api_key", "region": "us", "subdomain": "acme", "secret": "x", "connected_at": NOW}
    session.add_all(Connection(account_id=account.id, **connection) for account in (ada, eva))
    for version, email in enumerate((ada.email, eva.email)):
        session.add(PolicyVersion(version=version, settings={}, saved_at=NOW, saved_by=email))
        session.add(
            CalloutDecision(
                subdomain="acme",
                incident_id=f"Q{version}",
                user_id="P1",
                pay=True,
                reason="attested",
                decided_by=email,
                decided_at=NOW,
            )
        )
        signed = {"subdomain": "acme", "incident_id": f"Q{version}", "decided_by": email, "decided_at": NOW}
        session.add(NamedAct(**signed, entry_id=f"R{version}", at=NOW, user_id="P1", reason="hers"))
        session.add(EngineerWork(**signed, user_id="P1", times=[], reason="phoned"))
    session.commit()
    assert ada.connection is not None
    disconnected: list[int] = []
    accounts.close_account(session, ada, EMAIL, disconnect=disconnected.append)
    assert disconnected == [1]
    assert session.scalars(select(Account.email)).all() == ["eva@example.com"]
    assert session.scalars(select(Connection.account_id)).all() == [eva.id]
    names = ["closed account", "eva@example.com"]
    assert session.scalars(select(PolicyVersion.saved_by).order_by(PolicyVersion.version)).all() == names
    for kind in (CalloutDecision, NamedAct, EngineerWork):
        assert session.scalars(select(kind.decided_by).order_by(kind.id)).all() == names


def test_closing_without_the_e_mail_touches_nothing(session: Session, ada: Account) -> None:
    disconnected: list[int] = []
    with pytest.raises(AccountError, match=r"Type ada@example\.com to confirm"):
        accounts.close_account(session, ada, "ada", disconnect=disconnected.append)
    assert disconnected == []
    assert accounts.any_account(session)


def test_the_first_code_can_be_read_out_and_typed_in() -> None:
    first = FirstAccount()
    code = first.code()
    assert code == first.code()
    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert not set(code) & set("IO01")
    assert first.matches(code)
    assert first.matches(code.lower().replace("-", " "))


@pytest.mark.parametrize("text", ["", "-", "AAAA-AAAA-AAAA", "ключ", "\x00"])
def test_what_is_not_the_first_code_does_not_match(text: str) -> None:
    assert not FirstAccount().matches(text)


def test_a_used_code_is_replaced() -> None:
    first = FirstAccount()
    code = first.code()
    assert first.known()
    first.used()
    assert not first.known()
    assert not first.matches(code)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(throttle: Throttle, times: int, email: str = EMAIL, address: str = "192.0.2.1") -> None:
    for _ in range(times):
        throttle.attempt(email, address)


def test_five_failures_of_an_e_mail_close_it_for_a_while() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    fail(throttle, 5)
    clock.now = 61
    with pytest.raises(Throttled, match="Wait 14 minutes"):
        throttle.attempt(EMAIL.upper(), "192.0.2.2")
    throttle.attempt("eva@example.com", "192.0.2.1")
    clock.now = 15 * 60 - 1
    with pytest.raises(Throttled, match="Wait 1 minute,"):
        throttle.attempt(EMAIL, "192.0.2.1")
    clock.now = 15 * 60
    throttle.attempt(EMAIL, "192.0.2.1")


def test_twenty_failures_from_an_address_close_it_for_a_while() -> None:
    throttle = Throttle(Clock())
    for number in range(20):
        fail(throttle, 1, f"{number}@example.com")
    with pytest.raises(Throttled):
        throttle.attempt("20@example.com", "192.0.2.1")
    throttle.attempt("20@example.com", "192.0.2.2")


def test_success_clears_the_e_mail_but_not_other_failures_of_the_address() -> None:
    throttle = Throttle(Clock())
    for number in range(19):
        fail(throttle, 1, f"{number}@example.com")
    throttle.attempt(EMAIL, "192.0.2.1")
    throttle.succeeded(EMAIL, "192.0.2.1")
    throttle.attempt(EMAIL, "192.0.2.1")
    with pytest.raises(Throttled):
        throttle.attempt(EMAIL, "192.0.2.1")


def test_tries_at_the_same_moment_all_count() -> None:
    throttle, barrier, passed = Throttle(Clock()), Barrier(12), []

    def attempt() -> None:
        barrier.wait()
        try:
            throttle.attempt(EMAIL, "192.0.2.1")
        except Throttled:
            return
        passed.append(1)

    threads = [Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 5


def test_old_failures_take_no_memory() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for number in range(50):
        throttle.attempt(f"{number}@example.com", f"192.0.2.{number}")
    clock.now = timedelta(hours=1).total_seconds()
    throttle.attempt(EMAIL, "192.0.2.1")
    assert len(throttle._tries) == 2


def test_session_keys_differ(session: Session) -> None:
    keys = [accounts.add_account(session, f"{n}@example.com", PASSWORD).session_key for n in range(3)]
    assert all(one != other for one, other in pairwise(sorted(keys)))
