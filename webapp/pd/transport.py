"""The one place that sends requests to PagerDuty's REST API. It can only GET, by construction."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import requests
from urllib3.exceptions import ReadTimeoutError

from webapp.pd.errors import BadRequest, Forbidden, NotFound, PagerDutyError, Refused, TooSlow, Unavailable
from webapp.pd.pace import Pace
from webapp.pd.timing import Timing

log = logging.getLogger(__name__)

ACCEPT = "application/vnd.pagerduty+json;version=2"
USER_AGENT = "CalloutPay (read-only)"

Params = Iterable[tuple[str, str]]


class CredentialKind(StrEnum):
    """How a credential is presented."""

    KEY = "key"
    OAUTH = "oauth"


@dataclass(frozen=True, slots=True)
class Credential(requests.auth.AuthBase):
    """A REST API key or an OAuth access token; its repr never shows the secret."""

    kind: CredentialKind
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        # http.client would print the whole header in its own error about a line break or a letter it cannot send.
        if not self.secret.isascii() or not self.secret.isprintable() or " " in self.secret or not self.secret:
            raise Refused("This is not a PagerDuty API key: it must be one word without spaces. Copy it again.")

    # As `auth` of a request rather than as a plain header: requests would replace a header by a line of ~/.netrc.
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the credential on a request in PagerDuty's way."""
        scheme = "Token token=" if self.kind is CredentialKind.KEY else "Bearer "
        request.headers["Authorization"] = scheme + self.secret
        return request


class NotReading(RuntimeError):
    """A request was about to be sent that is no GET to PagerDuty's REST API: a bug of ours, and nothing was sent."""


class _OnlyReads(requests.adapters.HTTPAdapter):
    """The last door of every session: nothing but GET to the one host passes, whatever asked for it."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
        """Send a GET; refuse anything else, before a connection is opened."""
        if request.method != "GET" or request.body or not (request.url or "").startswith(f"{self._base_url}/"):
            raise NotReading
        return super().send(request, *args, **settings)


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object from PagerDuty, and how many times it had to be asked again."""

    body: dict[str, Any]
    retries: int = 0


class Transport:
    """Requests of one credential to one region, at its pace; may be shared between threads."""

    def __init__(self, base_url: str, credential: Credential, pace: Pace, *, timing: Timing) -> None:
        self.pace = pace
        self.timing = timing
        self._base_url = base_url
        self._credential = credential
        self._environment = requests.Session().merge_environment_settings(base_url, {}, None, None, None)
        """What the environment says of proxies and certificates."""
        self._idle: deque[requests.Session] = deque()

    def get(self, path: str, params: Params = ()) -> Answer:
        """Ask for `path`; `params` may repeat a name.

        Errors of the server, dropped connections and answers that are cut off or unreadable are asked for again, a few
        times. Nothing else is: a timeout has cost a minute already, a rate limit is the page's to wait for.

        Raises:
            PagerDutyError: one of the tree in `errors`.
        """
        query = list(params)
        for retries, pause in enumerate((*self.timing.backoff_seconds, None)):
            with self.pace.turn(path):
                response = self._send(path, query)
                if response is not None:
                    self.pace.learn(path, response.headers)
            if response is not None:
                body = _json_object(response)
                if response.status_code == requests.codes.ok and body is not None:
                    return Answer(body, retries)
                if response.status_code == requests.codes.too_many_requests:
                    raise self.pace.limited(path, response.headers)
                if 400 <= response.status_code < 500:  # noqa: PLR2004 - the range of HTTP's client errors
                    raise _error(response, body, self._credential.secret)
            if pause is not None:
                self.timing.wait(pause)
        raise Unavailable

    def _send(self, path: str, query: list[tuple[str, str]]) -> requests.Response | None:
        """Send one request and log it; None when the connection was dropped."""
        started = self.timing.clock()
        response, outcome = None, "dropped"
        session = self._take_session()
        try:
            response = session.get(
                self._base_url + path,
                params=query,
                auth=self._credential,
                timeout=(self.timing.connect_seconds, self.timing.read_seconds),
                allow_redirects=False,  # another host must not be shown the credential
            )
            outcome = str(response.status_code)
        except requests.Timeout:
            outcome = "timeout"
            # The original exception holds the query; it must not reach a log.
            raise TooSlow from None
        except requests.RequestException as error:
            # requests calls it a lost connection when a body stops coming.
            if any(isinstance(cause, ReadTimeoutError) for cause in error.args):
                outcome = "timeout"
                raise TooSlow from None
            # dropped: the caller tries again
        finally:
            self._idle.append(session)
            milliseconds = round((self.timing.clock() - started) * 1000)
            request_id = response.headers.get("x-request-id", "-") if response is not None else "-"
            log.info("GET %s %s %d ms x-request-id %s", path, outcome, milliseconds, request_id)
        return response

    def _take_session(self) -> requests.Session:
        """A session that no other thread uses; requests does not promise that one can be shared."""
        try:
            return self._idle.pop()
        except IndexError:
            session = requests.Session()
            session.adapters.clear()
            session.mount(self._base_url, _OnlyReads(self._base_url))
            session.headers.update({"Accept": ACCEPT, "User-Agent": USER_AGENT})
            session.proxies, session.verify = self._environment["proxies"], self._environment["verify"]
            session.trust_env = False  # asked once is enough: for each request it would cost more than all the rest
            return session


def _json_object(response: requests.Response) -> dict[str, Any] | None:
    """Body as a JSON object, or None: PagerDuty's errors may be HTML, text or empty."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _error(response: requests.Response, body: dict[str, Any] | None, secret: str) -> PagerDutyError:
    """The error of a 4xx answer."""
    error = (body or {}).get("error")
    match response.status_code:
        case 402:
            return Forbidden("The PagerDuty plan of this account does not include this feature.")
        case 403:
            return _forbidden(error)
        case 401:
            return Refused()
        case 404:
            return NotFound()
        case 408:
            return TooSlow()
        case _:
            return BadRequest(_detail(error).replace(secret, "(key)"))


def _forbidden(error: object) -> Forbidden:
    """The error of a 403. PagerDuty names a missing scope as text or as a list, if at all."""
    scope = error.get("required_scopes") if isinstance(error, dict) else None
    named = " ".join(map(str, scope)) if isinstance(scope, list) else scope
    missing = named if isinstance(named, str) and named else None
    needs = f" (it needs the scope {missing})" if missing else ""
    return Forbidden(
        f"PagerDuty does not let this connection read all it must{needs}. Reconnect as an account admin, or use a "
        "read-only account API key.",
        missing,
    )


def _detail(error: object) -> str:
    """PagerDuty's explanation of an error in any of its shapes, at most 200 characters."""
    if isinstance(error, str):
        return error[:200]
    if not isinstance(error, dict):
        return ""
    errors = error.get("errors")
    if isinstance(errors, dict):
        errors = [f"{name} {said}" for name, said in errors.items()]
    parts = [error.get("message"), *(errors if isinstance(errors, list) else [])]
    return ": ".join(str(part).strip() for part in parts if part)[:200]
