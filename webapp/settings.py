"""The settings of an instance: typed, frozen, read once from the environment, failing loudly.

Each setting is read from `NAME`, or from the file that `NAME_FILE` names. `docs/settings.md` explains every one.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from webapp.clock import FIRST_YEAR, LAST_YEAR, read_setting

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class SettingsError(ValueError):
    """A setting is missing or unusable; the message names it and says what to do."""


class Secret(str):
    """A string that does not show itself in a repr or a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'" if self else "''"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `create_app` needs to know. Secrets are never part of the repr."""

    instance_dir: Path
    """Where the database, the master secret and nothing else live."""
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = "http://127.0.0.1:8000"
    """The address people type, without a trailing slash; PagerDuty sends them back to it."""
    database_url: str
    secret_key_file: Path
    threads: int = 8
    trusted_proxies: int = 0
    """How many reverse proxies in front are believed about the client's address and scheme."""
    session_hours: int = 12
    organisation_time_zone: str = ""
    """By whose clock a day or a month begins; "": as the page *Organisation* says."""
    pagerduty_client_id: str = ""
    pagerduty_client_secret: Secret
    pagerduty_app_kind: str = "classic"
    """"classic" or "scoped": how the app of these two is registered."""
    pagerduty_us_url: str = "https://api.pagerduty.com"
    pagerduty_eu_url: str = "https://api.eu.pagerduty.com"
    pagerduty_identity_url: str = "https://identity.pagerduty.com"
    pagerduty_parallel: int = 4
    """How many requests of one credential may run at once."""
    read_slice_seconds: float = 10.0
    working_set_minutes: int = 15
    working_sets: int = 20
    """How many reports may be held in memory at once."""
    forget_on_delivery: bool = False
    """Whether a report ends when its workbook is downloaded."""
    log_level: str = "INFO"
    clock: timedelta = timedelta()
    """How far ahead of the machine's the clock is: for tests and the demo, against the sandbox only."""

    @property
    def keeps_own_secret(self) -> bool:
        """Whether the master secret is CalloutPay's own file, to be made and rotated, and not one that was given."""
        return self.secret_key_file.parent == self.instance_dir

    @property
    def names_app(self) -> bool:
        """Whether the PagerDuty app is named here, and not on the page."""
        return bool(self.pagerduty_client_id and self.pagerduty_client_secret)

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies may travel over HTTPS only."""
        return self.base_url.startswith("https://")


def load_settings(environ: Mapping[str, str], root: Path) -> Settings:
    """Read the settings.

    Args:
        environ: usually `os.environ`.
        root: the folder of the project; `instance/` below it is the default instance folder.

    Raises:
        SettingsError: naming the setting and what to do.
    """
    read = _Reader(environ)
    instance_dir = Path(read.text("INSTANCE_DIR", str(root / "instance"))).absolute()
    host = read.text("HOST", "127.0.0.1")
    port = read.number("PORT", 8000, low=1, high=65535)
    base_url = read.text("BASE_URL", "").rstrip("/")
    if not base_url:
        if not _is_loopback(host):
            raise SettingsError(
                f"BASE_URL is not set, and HOST={host} is not a loopback address. Set BASE_URL to the address people "
                "will type, for example BASE_URL=https://oncall.example.com"
            )
        base_url = f"http://{host if ':' not in host else f'[{host}]'}:{port}"
    client_id, client_secret = read.text("PAGERDUTY_CLIENT_ID", ""), Secret(read.text("PAGERDUTY_CLIENT_SECRET", ""))
    if bool(client_id) != bool(client_secret):
        raise SettingsError(
            "PAGERDUTY_CLIENT_ID and PAGERDUTY_CLIENT_SECRET belong together, and only one is set. Set both, or "
            "neither and set the app up on its page."
        )
    pagerduty = {
        name: _url(name, read.text(name, default))
        for name, default in (
            ("PAGERDUTY_US_URL", "https://api.pagerduty.com"),
            ("PAGERDUTY_EU_URL", "https://api.eu.pagerduty.com"),
            ("PAGERDUTY_IDENTITY_URL", "https://identity.pagerduty.com"),
        )
    }
    return Settings(
        instance_dir=instance_dir,
        host=host,
        port=port,
        base_url=_url("BASE_URL", base_url),
        database_url=read.text("DATABASE_URL", f"sqlite:///{instance_dir / 'calloutpay.db'}"),
        secret_key_file=Path(environ.get("SECRET_KEY_FILE") or instance_dir / "secret.key").absolute(),
        threads=read.number("THREADS", 8, low=2, high=64),
        trusted_proxies=read.number("TRUSTED_PROXIES", 0, low=0, high=5),
        session_hours=read.number("SESSION_HOURS", 12, low=1, high=24 * 7),
        organisation_time_zone=read.zone("ORGANISATION_TIME_ZONE"),
        pagerduty_client_id=client_id,
        pagerduty_client_secret=client_secret,
        pagerduty_app_kind=read.choice("PAGERDUTY_APP_KIND", "CLASSIC", ("CLASSIC", "SCOPED")).lower(),
        pagerduty_us_url=pagerduty["PAGERDUTY_US_URL"],
        pagerduty_eu_url=pagerduty["PAGERDUTY_EU_URL"],
        pagerduty_identity_url=pagerduty["PAGERDUTY_IDENTITY_URL"],
        pagerduty_parallel=read.number("PAGERDUTY_PARALLEL", 4, low=1, high=4),
        read_slice_seconds=read.number("READ_SLICE_SECONDS", 10, low=1, high=60),
        working_set_minutes=read.number("WORKING_SET_MINUTES", 15, low=1, high=24 * 60),
        working_sets=read.number("WORKING_SETS", 20, low=1, high=1000),
        forget_on_delivery=_forgets_on_delivery(read),
        log_level=read.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        clock=read.clock(pagerduty),
    )


def _forgets_on_delivery(read: _Reader) -> bool:
    """In earlier versions a report ended with its download, unless KEEP_AFTER_DOWNLOAD said otherwise."""
    if not read.text("KEEP_AFTER_DOWNLOAD", ""):
        return read.flag("FORGET_ON_DELIVERY", default=False)
    forgets = not read.flag("KEEP_AFTER_DOWNLOAD", default=True)
    if read.text("FORGET_ON_DELIVERY", ""):
        raise SettingsError(
            "KEEP_AFTER_DOWNLOAD is called FORGET_ON_DELIVERY now. Both are set: leave the first one out."
        )
    advice = "Set FORGET_ON_DELIVERY=yes in its place" if forgets else "A report is kept anyway: leave the setting out"
    _log.warning("KEEP_AFTER_DOWNLOAD is called FORGET_ON_DELIVERY now, and still counts. %s.", advice)
    return forgets


class _Reader:
    """Reads one value by name, from the environment or from the file named beside it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str, default: str) -> str:
        """The value, stripped; an empty value counts as not set."""
        direct, file = self.environ.get(name, "").strip(), self.environ.get(f"{name}_FILE", "").strip()
        if direct and file:
            raise SettingsError(f"Both {name} and {name}_FILE are set. Keep one of them.")
        if file:
            try:
                direct = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{name}_FILE names {file}, which cannot be read: {error}") from error
        return direct or default

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number between two bounds."""

        def parse(text: str) -> int:
            value = int(text)
            if not low <= value <= high:
                raise ValueError
            return value

        return self._parsed(name, str(default), parse, f"a whole number from {low} to {high}")

    def flag(self, name: str, *, default: bool) -> bool:
        """Yes or no."""
        words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        return self._parsed(name, "yes" if default else "no", lambda text: words[text.lower()], "yes or no")

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of a few words, in capitals."""
        return self._parsed(name, default, lambda text: allowed[allowed.index(text.upper())], " or ".join(allowed))

    def clock(self, pagerduty: Mapping[str, str]) -> timedelta:
        """How far ahead the clock is; where anything but the sandbox may be asked, a setting of it is refused."""
        if not self.text("CLOCK", ""):
            return timedelta()
        for name, url in pagerduty.items():
            if not _is_loopback(urlsplit(url).hostname or ""):
                raise SettingsError(
                    f"CLOCK is set, and {name} is {url}. Another date is for tests and the demo, against the sandbox "
                    "on this machine. Leave CLOCK out."
                )
        wanted = f"an instant of {FIRST_YEAR} to {LAST_YEAR} such as 2027-03-28T09:00Z, or seconds such as +3600"
        return self._parsed("CLOCK", "", read_setting, wanted)

    def zone(self, name: str) -> str:
        """A time zone, or "" where none is named."""
        zones = {"": "", **{zone.casefold(): zone for zone in available_timezones()}}
        return self._parsed(name, "", lambda text: zones[text.casefold()], "a time zone such as Europe/Berlin")

    def _parsed(self, name: str, default: str, parse: Callable[[str], _T], wanted: str) -> _T:
        text = self.text(name, default)
        try:
            return parse(text)
        except (ValueError, KeyError) as error:
            raise SettingsError(f"{name} is {text!r}, which is not {wanted}. Correct it or leave it out.") from error


def _url(name: str, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"{name} is {text!r}, which is not an address such as https://oncall.example.com")
    if parts.scheme == "http" and name.startswith("PAGERDUTY_") and not _is_loopback(parts.hostname):
        raise SettingsError(f"{name} is {text!r}: PagerDuty's keys travel over https only (http is for the sandbox).")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
