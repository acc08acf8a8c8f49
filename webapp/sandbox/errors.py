"""PagerDuty's error answers.

SandboxError: what the person who starts the sandbox must act on.
ApiError: what a client gets as JSON, with PagerDuty's codes.
"""

from typing import Any


class SandboxError(Exception):
    """The sandbox cannot start; the message says what to do."""


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, error: dict[str, Any] | str) -> None:
        super().__init__(str(error))
        self.status = status
        self.error = error


def invalid(*errors: str, code: int = 2001) -> ApiError:
    """400: the arguments are wrong."""
    return ApiError(400, {"message": "Invalid Input Provided", "code": code, "errors": list(errors)})


def unauthorized() -> ApiError:
    """401: no, wrong, revoked or expired credential, or one of the other region."""
    return ApiError(401, {"message": "Authentication failed", "code": 2006})


def forbidden() -> ApiError:
    """403: a write with a credential that may only read."""
    return ApiError(403, {"message": "Access Denied", "code": 2010, "errors": ["Your token may only read."]})


def missing_scope(scope: str) -> ApiError:
    """403: the token lacks a scope. PagerDuty grants `openid` alone when the scope asked for was wrong."""
    return ApiError(403, {"message": "Token missing required scopes", "code": 2010, "required_scopes": scope})


def missing_ability() -> ApiError:
    """402: the plan of the account does not include this."""
    return ApiError(402, {"message": "Account does not have the abilities needed", "code": 2014})


def not_found() -> ApiError:
    """404: gone, or never there."""
    return ApiError(404, {"message": "Not Found", "code": 2100})


def not_simulated() -> ApiError:
    """405: PagerDuty would write; the sandbox does not."""
    return ApiError(405, {"message": "Not simulated: the sandbox only reads", "code": 2000})


def rate_limited() -> ApiError:
    """429."""
    return ApiError(429, {"message": "Rate Limit Exceeded", "code": 2020})
