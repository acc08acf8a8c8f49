"""The commands about accounts and the database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from webapp.factory import create_app
from webapp.models import Account
from webapp.settings import Settings

PASSWORD = "correct horse battery"


def test_an_account_is_made_with_a_password_from_standard_input(app: Flask) -> None:
    runner = app.test_cli_runner()
    answer = runner.invoke(args=["account", "add", "Ada@example.com", "--password-stdin"], input=f"{PASSWORD}\n")
    assert answer.output == "Made the account ada@example.com, admin.\n"
    assert answer.exit_code == 0
    assert app.test_client().log_in().status_code == 303


def test_an_account_is_made_with_a_password_that_is_asked_for_twice(app: Flask) -> None:
    runner = app.test_cli_runner()
    answer = runner.invoke(args=["account", "add", "ada@example.com"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert answer.exit_code == 0
    assert PASSWORD not in answer.output
    assert app.test_client().log_in().status_code == 303


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("ada", PASSWORD, "This is not an e-mail address."),
        ("eva@example.com", "short", "Use at least 12 characters"),
        ("ada@example.com", PASSWORD, "There is an account with this e-mail address already."),
    ],
)
@pytest.mark.usefixtures("account")
def test_what_cannot_be_an_account_is_refused(app: Flask, email: str, password: str, sentence: str) -> None:
    answer = app.test_cli_runner().invoke(args=["account", "add", email, "--password-stdin"], input=f"{password}\n")
    assert answer.exit_code == 1
    assert answer.output.startswith(f"Error: {sentence}")


def test_accounts_are_listed(app: Flask, account: Account) -> None:
    answer = app.test_cli_runner().invoke(args=["account", "list"])
    assert re.fullmatch(rf"{account.email}  admin  \d{{4}}-\d\d-\d\d\n", answer.output)


def test_without_a_migrated_database_the_command_says_what_to_do(settings: Settings) -> None:
    app = create_app(settings)
    runner = app.test_cli_runner()
    for args in (["account", "list"], ["account", "add", "ada@example.com", "--password-stdin"]):
        answer = runner.invoke(args=args, input=f"{PASSWORD}\n")
        assert answer.exit_code == 1
        assert "flask --app wsgi migrate" in answer.output
    assert runner.invoke(args=["migrate"]).exit_code == 0
    assert runner.invoke(args=["migrate"]).exit_code == 0
    assert runner.invoke(args=["account", "list"]).output == ""
    app.extensions["calloutpay"].database.close()


def test_the_instance_folder_is_its_owners(app: Flask, tmp_path: Path) -> None:
    assert app.extensions["calloutpay"].settings.instance_dir == tmp_path / "instance"
    assert (tmp_path / "instance").stat().st_mode & 0o777 == 0o700
