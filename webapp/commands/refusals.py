"""How a command refuses: in a sentence, with an exit status, and never with a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from webapp.blueprints.current import current_instance
from webapp.models import DumpFirst, UnusableDatabase
from webapp.models.database import driver_words
from webapp.vault import VaultError

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Status(IntEnum):
    """What a command ends with where a program that called it can do something about it; 1 is everything else.

    `docs/commands.md` explains each.
    """

    NOT_PRICED = 10
    PART_HIDDEN = 11
    PAGERDUTY = 12
    NOTHING = 13
    FILE_EXISTS = 14
    DUMP_FIRST = 15
    GAPS = 16


class Refusal(click.ClickException):
    """A command that was asked for something it does not do; the message says why, and what to do next."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.exit_code = status  # type: ignore[misc]  # click declares one for the class


def with_database(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Run a command of an instance that is set up and of this version; refuse before it does anything otherwise."""

    @wraps(command)
    def run(*args: _P.args, **options: _P.kwargs) -> _R:
        with in_words():
            current_instance().database.check()
            return command(*args, **options)

    return with_appcontext(run)


@contextmanager
def in_words() -> Iterator[None]:
    """Say what is wrong with the database or the master secret, with exit status 1; a dump to make has its own."""
    try:
        yield
    except DumpFirst as error:
        raise Refusal(Status.DUMP_FIRST, str(error)) from error
    except (UnusableDatabase, VaultError) as error:
        raise click.ClickException(str(error)) from error
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"The database {current_instance().database.name} failed: {driver_words(error)}."
        ) from error
