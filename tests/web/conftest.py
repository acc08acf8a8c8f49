"""An application on an empty database, and a client that checks every page it fetches."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from werkzeug.test import TestResponse

from tests.patience import PATIENCE_SECONDS
from webapp import clock
from webapp.factory import create_app
from webapp.models import Account
from webapp.pd.timing import Timing
from webapp.pricing.policy.form import Policy
from webapp.sandbox import Running
from webapp.services import accounts, policies
from webapp.settings import Secret, Settings, load_settings
from webapp.vault import open_vault

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"


_SECRETS = re.compile(r'value="[\w.-]{60,}"|/reports/[\w-]{22}')
"""What differs between two fetches of a page: CSRF tokens and the ids of working sets."""
_checked: set[str] = set()


class CheckingClient(FlaskClient):
    """Fetches like a browser, and refuses pages that a browser or a reader would stumble over."""

    token: str = ""
    """The CSRF token of the last page that had one."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **{**kwargs, "buffered": True})
        if response.mimetype == "text/html" and response.text and not 300 <= response.status_code < 400:
            shape = _SECRETS.sub("", response.text)
            if shape not in _checked:  # the same page of another test
                check_html(response.text)
                _checked.add(shape)
            self.token = _csrf_token(response.text) or self.token
        return response

    def send(self, path: str, /, page: str | None = None, **values: Any) -> TestResponse:
        """Fill in the form of a page (or of the path itself) and send it, without following the answer."""
        self.get(page or path)
        return self.post(path, data={"csrf_token": self.token, **values})

    def log_in(self, email: str = EMAIL, password: str = PASSWORD) -> TestResponse:
        return self.send("/login", email=email, password=password)


def check_html(text: str) -> None:
    """A page is valid, has one h1 that its title starts with, unique ids, labels, CSRF tokens and no inline code."""
    whole = text.lstrip().lower().startswith("<!doctype")
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(text) if whole else Element("div")
    if not whole:
        inside = "table" if text.lstrip().startswith("<tbody") else "div"
        root.extend(parser.parseFragment(text, inside))
    assert [(code, data) for _, code, data in parser.errors] == []
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    if whole:
        _check_heading(elements)
    _check_ids(elements)
    _check_no_inline_code(elements)
    _check_forms(elements)


def _check_heading(elements: list[Element]) -> None:
    headings = [_words(element) for element in elements if element.tag == "h1"]
    titles = [_words(element) for element in elements if element.tag == "title"]
    assert len(headings) == len(titles) == 1
    assert headings[0]
    assert titles == [f"{headings[0]} · CalloutPay"]


def _check_ids(elements: list[Element]) -> None:
    ids = [element.attrib["id"] for element in elements if "id" in element.attrib]
    assert sorted(ids) == sorted(set(ids))
    pointers = ("for", "aria-describedby", "aria-labelledby", "aria-controls")
    known = set(ids)
    for element in elements:
        for pointer in pointers:
            assert set(element.attrib.get(pointer, "").split()) <= known, f"{pointer} points nowhere"


def _check_no_inline_code(elements: list[Element]) -> None:
    for element in elements:
        assert element.tag != "style"
        assert element.tag != "script" or (element.attrib.get("src") and not _words(element))
        assert [name for name in element.attrib if name == "style" or name.startswith(("on", "hx-on"))] == []
        assert not element.attrib.get("href", "").lower().startswith("javascript:")


def _check_forms(elements: list[Element]) -> None:
    labelled = {element.attrib["for"] for element in elements if element.tag == "label" and "for" in element.attrib}
    for element in elements:
        if element.tag in {"input", "select", "textarea"} and element.attrib.get("type") not in {"hidden", "submit"}:
            named = element.attrib.get("id") in labelled or "aria-label" in element.attrib
            assert named or "aria-labelledby" in element.attrib, f"no label: {element.attrib}"
        if element.tag == "form" and element.attrib.get("method", "get").lower() == "post":
            tokens = [field for field in element.iter("input") if field.attrib.get("name") == "csrf_token"]
            assert len(tokens) == 1, f"no CSRF token: {element.attrib}"
        if element.tag == "table":
            assert element.find("caption") is not None


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _csrf_token(text: str) -> str | None:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', text)
    return found.group(1) if found else None


@pytest.fixture(name="check_html")
def html_checker() -> Callable[[str], None]:
    """For fragments that no client fetches."""
    return check_html


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({}, tmp_path)


@pytest.fixture(scope="session")
def _compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Each template is compiled once for all tests: that takes longer than most of them."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@dataclass
class Patience:
    """Time as the reading of PagerDuty measures it: it passes when it is waited for, and by hand."""

    seconds: float = 0.0

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds

    @property
    def timing(self) -> Timing:
        return Timing(clock=lambda: self.seconds, sleep=self.pass_by, chance=lambda: 0.0)


@pytest.fixture
def patience() -> Patience:
    """How long the application has waited for PagerDuty."""
    return Patience()


@pytest.fixture
def make_app(
    settings: Settings, patience: Patience, _compiled_templates: BytecodeCache, migrated: Path
) -> Iterator[Callable[..., Flask]]:
    """Make an application with some settings changed; its database is migrated and empty, its waits take no time."""
    made: list[Flask] = []

    def make(**changed: Any) -> Flask:
        wanted = replace(settings, **changed)
        stored = settings.instance_dir / "calloutpay.db"
        if not stored.exists():
            settings.instance_dir.mkdir(mode=0o700, exist_ok=True)
            shutil.copy(migrated, stored)
        open_vault(wanted.secret_key_file, may_create=wanted.keeps_own_secret)
        app = create_app(wanted)
        app.testing = True
        app.jinja_env.bytecode_cache = _compiled_templates
        app.test_client_class = CheckingClient
        object.__setattr__(app.extensions["calloutpay"].connections, "timing", patience.timing)
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["calloutpay"].database.close()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def account(app: Flask) -> Account:
    """Ada, an admin."""
    with app.extensions["calloutpay"].database.session() as session:
        return accounts.add_account(session, EMAIL, PASSWORD)


@pytest.fixture
def logged_in(client: CheckingClient, account: Account) -> CheckingClient:
    """The client of Ada, logged in."""
    assert account.email == EMAIL
    assert client.log_in().status_code == 303
    return client


@pytest.fixture
def add_account() -> Callable[..., CheckingClient]:
    """Make an account of a role and log it in."""

    def make(app: Flask, email: str = EMAIL, role: str = "admin") -> CheckingClient:
        with app.extensions["calloutpay"].database.session() as session:
            accounts.add_account(session, email, PASSWORD, role)
        client: CheckingClient = app.test_client()
        assert client.log_in(email).status_code == 303
        return client

    return make


@pytest.fixture
def sandbox_settings(
    tmp_path: Path, pagerduty: Running, present: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings whose PagerDuty is the sandbox, of an application that has the sandbox's time."""
    monkeypatch.setattr(clock, "now", present)
    return replace(
        load_settings({}, tmp_path),
        pagerduty_us_url=pagerduty.us_url,
        pagerduty_eu_url=pagerduty.eu_url,
        pagerduty_identity_url=pagerduty.identity_url,
        pagerduty_client_id=pagerduty.credentials.client_id,
        pagerduty_client_secret=Secret(pagerduty.credentials.client_secret),
    )


@pytest.fixture
def consent(pagerduty: Running) -> Callable[..., str]:
    """Press Connect PagerDuty and answer the consent page; the path on which PagerDuty sends the browser back."""

    def answer(client: CheckingClient, region: str = "us", **typed: str) -> str:
        led_to = client.send("/connection/connect", page="/connection").headers["Location"]
        assert led_to.startswith(f"{pagerduty.identity_url}/oauth/authorize?")
        page = requests.get(led_to, timeout=PATIENCE_SECONDS)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        owner = pagerduty.state.key_owner_id
        filled_in = {**hidden, "account": region, "person": owner, "decision": "authorize", **typed}
        back = requests.post(led_to, data=filled_in, timeout=PATIENCE_SECONDS, allow_redirects=False).headers[
            "Location"
        ]
        assert back.startswith("http://127.0.0.1:8000/connection/callback?")
        return back.removeprefix("http://127.0.0.1:8000")

    return answer


@pytest.fixture
def connected(logged_in: CheckingClient, pagerduty: Running) -> CheckingClient:
    """Ada's client, connected to the US account by its read-only key."""
    answer = logged_in.send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.read_only)
    assert answer.status_code == 302
    return logged_in


@pytest.fixture
def saved(app: Flask, policy: Policy) -> Policy:
    """The instance's saved policy."""
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, policy, EMAIL)
    return policy


Fields = dict[str, list[str]]


class _Form(HTMLParser):
    """What a browser would send of one form of a page, filled in as the page gives it."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._action = action
        self._inside = False
        self._select = ""
        self._outside: dict[str, Fields] = {}
        """Hidden fields that stand before their form, by its id."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action", "").partition("?")[0].endswith(self._action)
            if self._inside:
                self.fields |= self._outside.get(given.get("id", ""), {})
        if tag == "input" and "form" in given:
            self._outside.setdefault(given["form"], {}).setdefault(given["name"], []).append(given.get("value", ""))
            return
        if tag == "select":
            self._select = given.get("name", "")
        name, kind = given.get("name", ""), given.get("type", "")
        if not self._inside:
            return
        if tag == "input" and name and (kind not in {"checkbox", "radio"} or "checked" in given):
            self.fields.setdefault(name, []).append(given.get("value", ""))
        if tag == "option" and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = [given.get("value", "")]


@pytest.fixture
def fill_in() -> Callable[..., Fields]:
    """The fields of the form of a page whose action ends so, some of them typed anew; None leaves one out."""

    def fill(page: TestResponse, action: str, **typed: str | list[str] | None) -> Fields:
        form = _Form(action)
        form.feed(page.text)
        assert form.fields, f"no form {action}"
        for name, value in typed.items():
            if value is None:
                form.fields.pop(name, None)
            else:
                form.fields[name] = [value] if isinstance(value, str) else value
        return form.fields

    return fill


@pytest.fixture
def ask(fill_in: Callable[..., Fields]) -> Callable[..., TestResponse]:
    """Fill in the report generator and press Preview."""

    def press(client: CheckingClient, **typed: str | list[str] | None) -> TestResponse:
        return client.post("/reports", data=fill_in(client.get("/reports"), "/reports", **typed))

    return press


@pytest.fixture
def preview(ask: Callable[..., TestResponse]) -> Callable[..., TestResponse]:
    """Fill in the report generator and read until the report is shown; the team Payments in October 2026."""

    def read(client: CheckingClient, **typed: str | list[str] | None) -> TestResponse:
        october = {"scope": "team", "team": "PTZXTCN", "period": "month", "month": "2026-10"}
        answer = ask(client, **(october | typed))
        assert answer.status_code == 303, answer.text
        page = client.get(answer.headers["Location"])
        while 'id="reading"' in page.text and page.status_code == 200:
            page = client.get(answer.headers["Location"])
        return page

    return read
