"""The application for gunicorn and for `flask --app wsgi`."""

import os
import sys
from pathlib import Path

from webapp.factory import create_app
from webapp.settings import SettingsError, load_settings
from webapp.vault import VaultError

os.umask(0o077)  # database, secret and workbooks are for their owner alone
try:
    app = create_app(load_settings(os.environ, Path(__file__).parent))
except (SettingsError, VaultError) as error:
    sys.exit(f"CalloutPay cannot start. {error}")
