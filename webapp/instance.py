"""What one running instance holds in this process: settings, vault, database, the reports in memory."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from webapp.models import Database, Migration, UnusableDatabase
from webapp.pd import oauth
from webapp.pd.regions import Endpoints
from webapp.services.accounts import FirstAccount, Throttle
from webapp.services.connections import Connections
from webapp.services.working_sets import WorkingSets
from webapp.settings import Settings
from webapp.vault import Vault, open_vault


@dataclass(frozen=True, slots=True)
class Instance:
    """Handed to blueprints and commands; everything in it is safe to share between threads."""

    settings: Settings
    vault: Vault
    database: Database
    connections: Connections
    working_sets: WorkingSets
    first_account: FirstAccount = field(default_factory=FirstAccount)
    throttle: Throttle = field(default_factory=Throttle)

    def check(self) -> None:
        """Refuse to work on what is not set up, or not of this version; nothing is made or changed.

        Raises:
            UnusableDatabase, VaultError: saying what to do.
        """
        self.database.check()
        self.vault.key_ids  # noqa: B018  refused where there is none

    def set_up(self, *, has_dump: bool = False) -> Migration:
        """Make the folder, the master secret and the database where they are missing, and migrate the latter.

        Args:
            has_dump: somebody says that there is a dump of the database, where it is PostgreSQL's.

        Raises:
            UnusableDatabase, VaultError: saying what to do. A database that is refused leaves nothing behind.
        """
        self.database.revision()
        if not has_dump:
            self.database.require_dump()
        settings, folder = self.settings, self.database.folder
        if folder and folder != settings.instance_dir and not folder.is_dir():
            raise UnusableDatabase(f"There is no folder {folder} for the database: make it, or correct DATABASE_URL.")
        is_first = not settings.instance_dir.exists()
        try:
            settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UnusableDatabase(
                f"The folder {settings.instance_dir} cannot be made ({error.strerror}): correct INSTANCE_DIR."
            ) from error
        try:
            migration = self.database.migrate()
        except UnusableDatabase:
            if is_first:
                settings.instance_dir.rmdir()
            raise
        open_vault(settings.secret_key_file, may_create=settings.keeps_own_secret)
        return migration


def open_instance(settings: Settings) -> Instance:
    """Open everything that the settings name; nothing is made, and an instance that is not set up is opened, too.

    Raises:
        VaultError: the master secret cannot be read.
        UnusableDatabase: the settings name no database that can be used.
    """
    file, is_own = settings.secret_key_file, settings.keeps_own_secret
    vault = Vault(file=file) if is_own and not os.path.lexists(file) else open_vault(file, may_create=is_own)
    database = Database(settings.database_url)
    endpoints = Endpoints(
        us=settings.pagerduty_us_url, eu=settings.pagerduty_eu_url, identity=settings.pagerduty_identity_url
    )
    app = oauth.App(
        settings.pagerduty_client_id,
        settings.pagerduty_client_secret,
        endpoints,
        oauth.AppKind(settings.pagerduty_app_kind),
    )
    return Instance(
        settings=settings,
        vault=vault,
        database=database,
        connections=Connections(
            sessions=database.session,
            vault=vault,
            endpoints=endpoints,
            app=app if settings.names_app else None,
            parallel=settings.pagerduty_parallel,
        ),
        working_sets=WorkingSets(
            longest_minutes=settings.working_set_minutes,
            most=settings.working_sets,
            readers=max(1, settings.threads // 2),
        ),
    )
