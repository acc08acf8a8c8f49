"""What one running instance holds in this process: settings, vault, database, the reports in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.models import Database
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


def open_instance(settings: Settings) -> Instance:
    """Open everything that the settings name; the schema is not touched.

    Raises:
        VaultError: the master secret cannot be read.
    """
    settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = open_vault(settings.secret_key_file, may_create=settings.keeps_own_secret)
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
