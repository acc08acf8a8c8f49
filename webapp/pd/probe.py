"""What a credential is: of which region and account, and with whose authority."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.pd.client import Client
from webapp.pd.errors import PagerDutyError, Refused, RegionUnclear
from webapp.pd.pace import MOST_PARALLEL, pace_of
from webapp.pd.records import UserRecord
from webapp.pd.regions import Endpoints, Region, region_of, subdomain_of
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind, Transport

_NOWHERE = "accepts this key in neither the US nor the EU region"


class AccountKind(StrEnum):
    """Whose rights a credential has: all of the account's, or those of one user."""

    ACCOUNT = "account"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Account:
    """The account behind a credential and, for a user's one, the user. A user may see less than the whole account."""

    kind: AccountKind
    subdomain: str | None
    user_id: str | None = None
    user_name: str | None = None
    role: str | None = None


def connect(
    endpoints: Endpoints,
    region: Region,
    credential: Credential,
    timing: Timing | None = None,
    parallel: int = MOST_PARALLEL,
) -> Client:
    """A client for a credential whose region is known, at the pace that all its clients share."""
    base_url, timing = endpoints.rest(region), timing or Timing()
    pace = pace_of(base_url, credential.secret, parallel, timing)
    return Client(Transport(base_url, credential, pace, timing=timing))


def describe(client: Client) -> Account:
    """Test a credential and say what it is. Raises Refused when it is no longer accepted."""
    account, _ = _describe(client)
    return account


def find_region(
    endpoints: Endpoints, key: str, timing: Timing | None = None, chosen: Region | None = None
) -> tuple[Region, Account]:
    """Find out where a pasted API key belongs; nothing in the key tells.

    PagerDuty: a host may answer a key of the other region, so a host counts for sure where the account's own links name
    its region, or where the other host refuses the key.

    Raises:
        Refused: neither region accepts the key, or not the chosen one.
        RegionUnclear: somebody must choose.
        PagerDutyError: a region could not be asked, and no other accepts the key.
    """
    credential = Credential(CredentialKind.KEY, key.strip())
    accepting: list[tuple[Region, Account]] = []
    failures: list[PagerDutyError] = []
    for region in [chosen] if chosen else Region:
        try:
            account, hint = _describe(connect(endpoints, region, credential, timing))
        except PagerDutyError as error:
            failures.append(error)
            continue
        if region in {hint, chosen}:
            return region, account
        accepting.append((region, account))
    unknown = [failure for failure in failures if not isinstance(failure, Refused)]
    if accepting:
        if len(accepting) == 1 and not unknown:
            return accepting[0]
        raise RegionUnclear
    for failure in unknown:
        raise failure
    where = f"accepts no such key in the {chosen.upper()} region" if chosen else _NOWHERE
    raise Refused(f"PagerDuty {where}. Copy the whole key again, and check in PagerDuty that it has not been deleted.")


def _describe(client: Client) -> tuple[Account, Region | None]:
    """The account behind a client, and the region its links name."""
    me = client.me()
    if me:
        link = me.html_url
        account = Account(AccountKind.USER, subdomain_of(link), me.id, me.name, me.role)
    else:
        users = map(UserRecord.read, client.page("/users", "users").records)
        link = next((user.html_url for user in users if user.html_url), None)
        account = Account(AccountKind.ACCOUNT, subdomain_of(link))
    return account, region_of(link)
