"""Settings: where they come from, how they fail, and that each is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from webapp.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "settings.md"


class Recording(Mapping[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


FORMER = "KEEP_AFTER_DOWNLOAD"
"""Of an earlier version; it still counts, and nobody should set it any more."""


def documented() -> dict[str, str]:
    """Default in the documentation, by setting."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| `?([^|`]*)`? \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else() -> None:
    environ = Recording()
    load_settings(environ, ROOT)
    asked = {
        name for name in environ.asked if not (name.endswith("_FILE") and name.removesuffix("_FILE") in environ.asked)
    }
    assert set(documented()) == asked - {FORMER}
    assert f"`{FORMER}`" in DOCUMENT.read_text(encoding="utf-8")


def test_every_documented_default_is_the_default() -> None:
    settings = load_settings({}, ROOT)
    written = {"False": "no", "True": "yes", "": "not set", "0:00:00": "not set"}
    actual = {
        name: written.get(value, value).replace(f"{ROOT}/", "").removesuffix(".0")
        for name in documented()
        for value in [str(getattr(settings, name.lower()))]
    }
    assert documented() == actual


def test_a_setting_can_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n", encoding="utf-8")
    settings = load_settings({"PAGERDUTY_CLIENT_ID": "id", "PAGERDUTY_CLIENT_SECRET_FILE": str(file)}, tmp_path)
    assert settings.pagerduty_client_secret == "from a file"


def test_the_base_url_follows_host_and_port(tmp_path: Path) -> None:
    assert load_settings({"PORT": "9000"}, tmp_path).base_url == "http://127.0.0.1:9000"
    assert load_settings({"HOST": "::1"}, tmp_path).base_url == "http://[::1]:8000"


def test_the_base_url_loses_its_trailing_slash(tmp_path: Path) -> None:
    settings = load_settings({"BASE_URL": "https://oncall.example.com/", "HOST": "0.0.0.0"}, tmp_path)  # noqa: S104  a test
    assert settings.base_url == "https://oncall.example.com"
    assert settings.secure_cookies


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "oncall.example.com"])  # noqa: S104  never bound
def test_outside_loopback_the_base_url_is_required(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError, match="Set BASE_URL to the address people will type"):
        load_settings({"HOST": host}, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PAGERDUTY_PARALLEL", "5"),
        ("THREADS", "1"),
        ("TRUSTED_PROXIES", "-1"),
        ("SESSION_HOURS", "0"),
        ("READ_SLICE_SECONDS", "61"),
        ("WORKING_SET_MINUTES", "1.5"),
        ("WORKING_SETS", "0"),
        ("FORGET_ON_DELIVERY", "perhaps"),
        ("LOG_LEVEL", "LOUD"),
        ("ORGANISATION_TIME_ZONE", "Europe/Berlim"),
        ("BASE_URL", "oncall.example.com"),
        ("BASE_URL", "ftp://oncall.example.com"),
        ("BASE_URL", "https://oncall.example.com/?x=1"),
        ("PAGERDUTY_US_URL", "http://api.pagerduty.example"),
        ("PAGERDUTY_IDENTITY_URL", "https://"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is '{re.escape(value)}'"):
        load_settings({name: value}, tmp_path)


def test_a_setting_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Both PORT and PORT_FILE are set"):
        load_settings({"PORT": "1", "PORT_FILE": "/x"}, tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PORT_FILE names /no/such/file, which cannot be read"):
        load_settings({"PORT_FILE": "/no/such/file"}, tmp_path)


def test_secrets_do_not_show_themselves(tmp_path: Path) -> None:
    settings = load_settings({"PAGERDUTY_CLIENT_ID": "id", "PAGERDUTY_CLIENT_SECRET": "canary"}, tmp_path)
    assert "canary" not in repr(settings)


SANDBOX = {
    "PAGERDUTY_US_URL": "http://127.0.0.1:8001/us",
    "PAGERDUTY_EU_URL": "http://[::1]:8001/eu",
    "PAGERDUTY_IDENTITY_URL": "http://localhost:8001/identity",
}


def test_the_clock_is_set_to_an_instant_or_ahead_by_seconds(tmp_path: Path) -> None:
    instant = load_settings(SANDBOX | {"CLOCK": "2027-03-28T11:00+02:00"}, tmp_path).clock
    assert abs(datetime.now(UTC) + instant - datetime(2027, 3, 28, 9, tzinfo=UTC)) < timedelta(minutes=5)
    assert load_settings(SANDBOX | {"CLOCK": "-60"}, tmp_path).clock == timedelta(seconds=-60)
    assert load_settings(SANDBOX, tmp_path).clock == timedelta()


@pytest.mark.parametrize(
    "value", ["tomorrow", "2027-03-28T09:00", "2024-12-31T23:59Z", "2100-01-01T00:00Z", "+1.5", "+9" + "9" * 20, "60"]
)
def test_a_clock_that_nobody_can_live_by_is_named(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^CLOCK is '{re.escape(value)}', which is not an instant of 2025 to 2099"):
        load_settings(SANDBOX | {"CLOCK": value}, tmp_path)


@pytest.mark.parametrize("name", SANDBOX)
def test_the_clock_is_never_set_where_pagerduty_itself_may_be_asked(tmp_path: Path, name: str) -> None:
    sandbox = {other: url for other, url in SANDBOX.items() if other != name}
    with pytest.raises(SettingsError, match=rf"^CLOCK is set, and {name} is https://\S+pagerduty\.com\."):
        load_settings(sandbox | {"CLOCK": "+0"}, tmp_path)


def test_a_time_zone_is_known_however_its_capitals_are_typed(tmp_path: Path) -> None:
    assert (
        load_settings({"ORGANISATION_TIME_ZONE": "europe/berlin"}, tmp_path).organisation_time_zone == "Europe/Berlin"
    )


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings: Settings = load_settings({}, tmp_path)
    with pytest.raises(AttributeError):
        settings.port = 1  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize("name", ["PAGERDUTY_CLIENT_ID", "PAGERDUTY_CLIENT_SECRET"])
def test_half_an_app_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="belong together"):
        load_settings({name: "canary"}, tmp_path)


def test_the_kind_of_the_app_is_one_of_two(tmp_path: Path) -> None:
    assert load_settings({"PAGERDUTY_APP_KIND": "scoped"}, tmp_path).pagerduty_app_kind == "scoped"
    with pytest.raises(SettingsError, match="PAGERDUTY_APP_KIND"):
        load_settings({"PAGERDUTY_APP_KIND": "both"}, tmp_path)


@pytest.mark.parametrize(("former", "forgets"), [("yes", False), ("no", True)])
def test_the_former_name_of_forget_on_delivery_still_counts_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, former: str, *, forgets: bool
) -> None:
    assert load_settings({FORMER: former}, tmp_path).forget_on_delivery is forgets
    assert f"{FORMER} is called FORGET_ON_DELIVERY now, and still counts." in caplog.text


def test_both_names_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Both are set"):
        load_settings({FORMER: "yes", "FORGET_ON_DELIVERY": "no"}, tmp_path)
