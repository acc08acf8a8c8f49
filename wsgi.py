"""The application for gunicorn and for `flask --app wsgi`."""

import os
import sys
from pathlib import Path

import click

from webapp.factory import create_app
from webapp.models import UnusableDatabase
from webapp.settings import SettingsError, load_settings
from webapp.vault import VaultError

os.umask(0o077)  # database, secret and workbooks are for their owner alone
command = click.get_current_context(silent=True)
serves = command is None or command.info_name == "run"  # every other command says itself what it needs
try:
    app = create_app(load_settings(os.environ, Path(__file__).parent))
    if serves:
        app.extensions["calloutpay"].check()
except (SettingsError, VaultError, UnusableDatabase) as error:
    sys.stderr.write(f"CalloutPay cannot start. {error}\n")
    sys.exit(1 if command else 3)  # by 3 gunicorn knows that starting a worker again is of no use
