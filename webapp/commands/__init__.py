"""The command line: `flask --app wsgi COMMAND`. Each command asks a service and prints what it says."""

from __future__ import annotations

from flask import Flask

from webapp.commands.account import account_commands
from webapp.commands.migrate import migrate_command
from webapp.commands.price import price_command
from webapp.commands.report import report_command
from webapp.commands.rotate_key import rotate_key_command
from webapp.commands.run import serve_command
from webapp.commands.verify import verify_command
from webapp.sandbox.command import sandbox_command


def init_app(app: Flask) -> None:
    """Register every command."""
    for command in (
        account_commands,
        migrate_command,
        price_command,
        report_command,
        rotate_key_command,
        sandbox_command,
        serve_command,
        verify_command,
    ):
        app.cli.add_command(command)
