"""What can go wrong between us and PagerDuty.

    PagerDutyError
    ├── Refused        401: the credential is unknown, expired or revoked (or of the other region)
    ├── Forbidden      403, 402: the credential is good, but may not see this
    ├── NotFound       404: gone, or not visible to this credential
    ├── RateLimited    429: wait so many seconds
    ├── Unavailable    5xx, dropped connections, bodies cut off or not JSON, the report's deadline: try again later
    │   └── TooSlow    408, or no answer in time: ask for less at once
    ├── BadRequest     400: PagerDuty does not accept the question
    ├── RegionUnclear  a key of which nothing tells where it lives: somebody must choose
    ├── Incomplete     an answer that cannot be read or contradicts itself
    └── OAuthError     connecting or renewing a connection failed for good

Each carries a `sentence` for a manager: what happened and what to do next. No sentence holds a credential, or anything
about an incident but its id.
"""

from __future__ import annotations


class PagerDutyError(Exception):
    """Any failure of reading PagerDuty."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Refused(PagerDutyError):
    """The credential is not accepted (401)."""

    def __init__(
        self,
        sentence: str = "PagerDuty no longer accepts this connection. Reconnect PagerDuty, or paste a valid API key.",
    ) -> None:
        super().__init__(sentence)


class Forbidden(PagerDutyError):
    """The credential may not see something (403), or the PagerDuty plan lacks it (402).

    `part` names what of a report could not be read ("log entries"): a manager may choose to go on without it.
    """

    def __init__(self, sentence: str, missing_scope: str | None = None, part: str = "") -> None:
        super().__init__(sentence)
        self.missing_scope = missing_scope
        self.part = part


class NotFound(PagerDutyError):
    """Gone, or not visible to this credential (404)."""

    def __init__(
        self,
        sentence: str = "PagerDuty does not know this, or hides it from this connection. Check the id, or connect as "
        "an account admin.",
    ) -> None:
        super().__init__(sentence)


class RateLimited(PagerDutyError):
    """Too many requests (429); nothing is wrong, ask again after `retry_after_seconds`.

    `was_sent` is False where nothing was sent, because what PagerDuty said before tells that it would be too much.
    """

    def __init__(self, retry_after_seconds: int, *, was_sent: bool = True) -> None:
        super().__init__(
            f"PagerDuty asks us to wait {retry_after_seconds} seconds, because too much was read in the last minute. "
            "Reading goes on after that."
        )
        self.retry_after_seconds = retry_after_seconds
        self.was_sent = was_sent


class Unavailable(PagerDutyError):
    """PagerDuty could not be reached or did not answer properly; the same question may succeed later."""

    def __init__(
        self,
        sentence: str = "PagerDuty did not answer properly. Nothing is lost: try again in a few minutes, and look at "
        "status.pagerduty.com if it stays so.",
    ) -> None:
        super().__init__(sentence)


class TooSlow(Unavailable):
    """PagerDuty took too long (408, or no answer in time); a smaller question may be answered."""

    def __init__(self) -> None:
        super().__init__("PagerDuty took too long to answer. Nothing is lost: try again in a few minutes.")


class BadRequest(PagerDutyError):
    """PagerDuty does not accept the question (400); `detail` is its own explanation, at most 200 characters."""

    def __init__(self, detail: str = "") -> None:
        said = f' It says: "{detail}".' if detail else ""
        super().__init__(f"PagerDuty did not accept our question.{said} Please report this as a bug of CalloutPay.")
        self.detail = detail


class RegionUnclear(PagerDutyError):
    """Nothing tells in which region a key lives."""

    def __init__(self) -> None:
        super().__init__(
            "It is unclear in which region this key lives: more than one may answer it, and nothing in its account "
            "tells. Choose the region: with EU, the address of your PagerDuty ends in .eu.pagerduty.com."
        )


class Incomplete(PagerDutyError):
    """An answer that cannot be read whole; pay must not be computed from it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The reading would not be complete: {what}. No report is made from half of the facts.")


class OAuthError(PagerDutyError):
    """Connecting, or renewing a connection, failed for good; `code` is OAuth's own word, such as "invalid_grant"."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code
