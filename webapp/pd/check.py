"""Trying a credential out: what it may read, how fast PagerDuty answers, how much of the rate limit is left."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from webapp.pd.client import Client
from webapp.pd.errors import BadRequest, Forbidden, NotFound
from webapp.pd.plan import READS
from webapp.pd.probe import Account, describe


@dataclass(frozen=True, slots=True)
class Read:
    """One list that was tried with a single record; `problem` is why it cannot be read, or empty."""

    what: str
    path: str
    scope: str
    problem: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Check:
    """What a credential turned out to be good for."""

    account: Account
    reads: tuple[Read, ...]
    limit: int | None
    """Requests a minute that PagerDuty allows; None where it did not say."""
    left: int | None

    @property
    def failing(self) -> tuple[Read, ...]:
        """What may not be read."""
        return tuple(read for read in self.reads if read.problem)

    @property
    def milliseconds(self) -> int:
        """How long a call takes: the middle one of those made."""
        return round(median(read.milliseconds for read in self.reads))


def check(client: Client) -> Check:
    """Read one record of everything that a report needs. It only reads: nothing tells whether a key could write.

    Raises:
        Refused: the credential is not accepted at all.
        PagerDutyError: PagerDuty could not be asked.
    """
    account = describe(client)
    reads = tuple(_try(client, *read) for read in READS)
    limit, left = client.pace.left or (None, None)
    return Check(account, reads, limit, left)


def _try(client: Client, what: str, path: str, name: str, scope: str) -> Read:
    started, problem = client.timing.clock(), ""
    try:
        client.page(path, name, limit=1)
    except (Forbidden, NotFound, BadRequest) as error:
        # An account without shift-based schedules has no such address.
        problem = "" if isinstance(error, NotFound) and path == "/v3/schedules" else error.sentence
    return Read(what, path, scope, problem, round((client.timing.clock() - started) * 1000))
