"""The settings of an instance: typed, frozen, read once from the environment, failing loudly.

Each setting is read from `NAME`, or from the file that `NAME_FILE` names. `docs/settings.md` explains every one.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from webapp.clock import FIRST_YEAR, LAST_YEAR, read_setting

_T = TypeVar("_T")
DEFAULT_PORT = 8000
_log = logging.getLogger(__name__)


class SettingsError(ValueError):
    """A setting is missing or unusable; the message names it and says what to do."""


class Secret(str):
    """A string that does not show itself in a repr or a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'" if self else "''"


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

    def secret(self, name: str, default: str) -> Secret:
        """The value, not to be shown."""
        return Secret(self.text(name, default))

    def url(self, name: str, default: str) -> str:
        """An address, without a trailing slash."""
        return _url(name, self.text(name, default))

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
        """One of a few words, whatever its capitals."""
        words = {one.upper(): one for one in allowed}
        return self._parsed(name, default, lambda text: words[text.upper()], " or ".join(words))

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

    def zone(self, name: str, default: str) -> str:
        """A time zone, or the default."""
        zones = {default: default, **{zone.casefold(): zone for zone in available_timezones()}}
        return self._parsed(name, default, lambda text: zones[text.casefold()], "a time zone such as Europe/Berlin")

    def forgets_on_delivery(self, name: str, default: bool) -> bool:  # noqa: FBT001  as of any setting
        """In earlier versions a report ended with its download, unless KEEP_AFTER_DOWNLOAD said otherwise."""
        if not self.text("KEEP_AFTER_DOWNLOAD", ""):
            return self.flag(name, default=default)
        forgets = not self.flag("KEEP_AFTER_DOWNLOAD", default=not default)
        if self.text(name, ""):
            raise SettingsError(f"KEEP_AFTER_DOWNLOAD is called {name} now. Both are set: leave the first one out.")
        advice = f"Set {name}=yes in its place" if forgets else "A report is kept anyway: leave the setting out"
        _log.warning("KEEP_AFTER_DOWNLOAD is called %s now, and still counts. %s.", name, advice)
        return forgets

    def _parsed(self, name: str, default: str, parse: Callable[[str], _T], wanted: str) -> _T:
        text = self.text(name, default)
        try:
            return parse(text)
        except (ValueError, KeyError) as error:
            raise SettingsError(f"{name} is {text!r}, which is not {wanted}. Correct it or leave it out.") from error


def _setting(default: Any, read: Callable[[_Reader, str, Any], Any]) -> Any:
    """A field of `Settings` that `read` reads by its name in capitals; with this default, where it is not set."""
    return field(default=default, metadata={"read": read})


def _number(default: int, low: int, high: int) -> Any:
    return _setting(default, lambda reader, name, usual: reader.number(name, usual, low=low, high=high))


def _choice(default: str, *allowed: str) -> Any:
    return _setting(default, lambda reader, name, usual: reader.choice(name, usual, allowed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `create_app` needs to know: a setting a field, with its default. Secrets are never part of the repr.

    Fields without a default depend on other settings; `load_settings` reads those.
    """

    instance_dir: Path
    """Where the database, the master secret and nothing else live."""
    host: str = _setting("127.0.0.1", _Reader.text)
    port: int = _number(DEFAULT_PORT, 1, 65535)
    base_url: str
    """The address people type, without a trailing slash; PagerDuty sends them back to it."""
    database_url: str
    secret_key_file: Path
    threads: int = _number(8, 2, 64)
    trusted_proxies: int = _number(0, 0, 5)
    """How many reverse proxies in front are believed about the client's address and scheme."""
    session_hours: int = _number(12, 1, 24 * 7)
    organisation_time_zone: str = _setting("", _Reader.zone)
    """By whose clock a day or a month begins; "": as the page *Organisation* says."""
    pagerduty_client_id: str = _setting("", _Reader.text)
    pagerduty_client_secret: Secret = _setting("", _Reader.secret)  # noqa: RUF009  as the others
    pagerduty_app_kind: str = _choice("classic", "classic", "scoped")
    """"classic" or "scoped": how the app of these two is registered."""
    pagerduty_us_url: str = _setting("https://api.pagerduty.com", _Reader.url)
    pagerduty_eu_url: str = _setting("https://api.eu.pagerduty.com", _Reader.url)
    pagerduty_identity_url: str = _setting("https://identity.pagerduty.com", _Reader.url)
    pagerduty_parallel: int = _number(4, 1, 4)
    """How many requests of one credential may run at once."""
    read_slice_seconds: float = _number(10, 1, 60)
    working_set_minutes: int = _number(15, 1, 24 * 60)
    working_sets: int = _number(20, 1, 1000)
    """How many reports may be held in memory at once."""
    forget_on_delivery: bool = _setting(False, _Reader.forgets_on_delivery)  # noqa: FBT003  its default
    """Whether a report ends when its workbook is downloaded."""
    log_level: str = _choice("INFO", "DEBUG", "INFO", "WARNING", "ERROR")
    clock: timedelta
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
    reader = _Reader(environ)
    values = {
        one.name: one.metadata["read"](reader, one.name.upper(), one.default)
        for one in fields(Settings)
        if one.metadata
    }
    if bool(values["pagerduty_client_id"]) != bool(values["pagerduty_client_secret"]):
        raise SettingsError(
            "PAGERDUTY_CLIENT_ID and PAGERDUTY_CLIENT_SECRET belong together, and only one is set. Set both, or "
            "neither and set the app up on its page."
        )
    instance_dir = Path(reader.text("INSTANCE_DIR", str(root / "instance"))).absolute()
    return Settings(
        **values,
        instance_dir=instance_dir,
        base_url=reader.url("BASE_URL", _local_url(reader, values["host"], values["port"])),
        database_url=reader.text("DATABASE_URL", f"sqlite:///{instance_dir / 'calloutpay.db'}"),
        secret_key_file=Path(environ.get("SECRET_KEY_FILE") or instance_dir / "secret.key").absolute(),
        clock=reader.clock({name.upper(): url for name, url in values.items() if name.endswith("_url")}),
    )


def _local_url(reader: _Reader, host: str, port: int) -> str:
    """The address while `BASE_URL` says no other."""
    if not reader.text("BASE_URL", "") and not _is_loopback(host):
        raise SettingsError(
            f"BASE_URL is not set, and HOST={host} is not a loopback address. Set BASE_URL to the address people "
            "will type, for example BASE_URL=https://oncall.example.com"
        )
    return f"http://{host if ':' not in host else f'[{host}]'}:{port}"


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
