"""Every endpoint of both regions and both organisations answers what the schemas say, errors included."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from json import loads
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from jsonschema import Draft202012Validator

from tests.patience import PATIENCE_SECONDS
from webapp.sandbox import Running
from webapp.sandbox.server import create_sandbox

Judge = Callable[[str, Any], None]
Get = Callable[..., requests.Response]

SCHEMA_FILES = sorted(Path(__file__).parent.glob("*.schema.json"))
OCTOBER = {"since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"}
NOVEMBER = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}

# (schema, rule, query); an angle bracket stands for the first id of that list.
WALK: list[tuple[str, str, dict[str, str]]] = [
    ("abilities", "/abilities", {}),
    ("priorities", "/priorities", {}),
    ("users", "/users", {"limit": "100"}),
    ("users", "/users", {"include[]": "teams", "total": "true"}),
    ("user", "/users/<users>", {}),
    ("teams", "/teams", {"limit": "100"}),
    ("team", "/teams/<teams>", {}),
    ("members", "/teams/<teams>/members", {}),
    ("members", "/teams/<teams>/members", {"include[]": "users"}),
    ("schedules", "/schedules", {"limit": "100"}),
    ("schedule", "/schedules/<schedules>", {}),
    ("schedule", "/schedules/<schedules>", OCTOBER),
    ("schedule", "/schedules/<schedules>", OCTOBER | {"overflow": "true", "time_zone": "America/New_York"}),
    ("v3_schedules", "/v3/schedules", {"limit": "1000"}),
    ("v3_schedule", "/v3/schedules/<v3/schedules>", {}),
    ("v3_schedule", "/v3/schedules/<v3/schedules>", OCTOBER | {"include[]": "final_schedule"}),
    ("escalation_policies", "/escalation_policies", {"limit": "100"}),
    ("services", "/services", {"limit": "100"}),
    ("oncalls", "/oncalls", {}),
    ("oncalls", "/oncalls", OCTOBER | {"limit": "100"}),
    ("oncalls", "/oncalls", OCTOBER | {"limit": "100", "offset": "100", "time_zone": "UTC", "include[]": "users"}),
    ("oncalls", "/oncalls", OCTOBER | {"include[]": "schedules", "earliest": "true"}),
    ("oncalls", "/oncalls", OCTOBER | {"include[]": "escalation_policies"}),
    ("incidents", "/incidents", OCTOBER | {"limit": "100"}),
    ("incidents", "/incidents", NOVEMBER | {"limit": "100", "sort_by": "created_at:desc"}),
    ("incidents", "/incidents", OCTOBER | {"statuses[]": "acknowledged", "date_range": "month"}),
    ("incidents", "/incidents", {"statuses[]": "triggered", "time_zone": "Asia/Tokyo"}),
    ("incident", "/incidents/<incidents>", {}),
    ("log_entries", "/incidents/<incidents>/log_entries", {}),
    ("log_entries", "/log_entries", OCTOBER | {"limit": "100"}),
    ("log_entries", "/log_entries", OCTOBER | {"limit": "100", "offset": "200", "include[]": "incidents"}),
    ("log_entries", "/log_entries", NOVEMBER | {"is_overview": "true", "limit": "100", "include[]": "teams"}),
    ("log_entries", "/log_entries", NOVEMBER | {"include[]": "services"}),
]
REFUSALS: list[tuple[int, str, dict[str, str]]] = [
    (400, "/users/me", {}),
    (404, "/users/PNOBODY", {}),
    (404, "/teams/PNOBODY", {}),
    (404, "/teams/PNOBODY/members", {}),
    (404, "/schedules/PNOBODY", {}),
    (404, "/v3/schedules/PNOBODY", {}),
    (400, "/schedules/<v3/schedules>", {}),
    (400, "/v3/schedules/<schedules>", {}),
    (404, "/incidents/QNOTHING", {}),
    (404, "/incidents/99999999", {}),
    (404, "/incidents/QNOTHING/log_entries", {}),
    (404, "/nowhere", {}),
    (400, "/incidents", OCTOBER | {"offset": "9950", "limit": "100"}),
    (400, "/incidents", {"since": "2026-01-01T00:00:00Z", "until": "2026-08-01T00:00:00Z"}),
    (400, "/incidents", {"since": "yesterday"}),
    (400, "/incidents", {"statuses[]": "closed"}),
    (400, "/incidents", {"sort_by": "title"}),
    (400, "/oncalls", {"since": "2026-10-02T00:00:00Z", "until": "2026-10-01T00:00:00Z"}),
    (400, "/oncalls", {"since": "2026-01-01T00:00:00Z", "until": "2026-05-01T00:00:00Z"}),
    (400, "/oncalls", OCTOBER | {"time_zone": "Mars/Olympus"}),
    (400, "/users", {"limit": "0"}),
    (400, "/users", {"total": "True"}),
]


@pytest.fixture(params=["us", pytest.param("eu", marks=pytest.mark.slow)])
def get(request: pytest.FixtureRequest, sandbox: Running) -> Iterator[Get]:
    base = {"us": sandbox.us_url, "eu": sandbox.eu_url}[request.param]
    keys = sandbox.credentials.of(request.param)
    with requests.Session() as http:

        def ask(path: str, query: dict[str, str] | None = None, *, key: str = keys.read_only) -> requests.Response:
            for name in ("users", "teams", "schedules", "v3/schedules", "incidents"):
                if f"<{name}>" in path:
                    answer = ask(f"/{name}", {"limit": "1"} | (OCTOBER if name == "incidents" else {})).json()
                    first = answer[name.removeprefix("v3/")][0]
                    path = path.replace(f"<{name}>", first["id"])
            return http.get(
                base + path, params=query, headers={"Authorization": f"Token token={key}"}, timeout=PATIENCE_SECONDS
            )

        yield ask


@pytest.mark.parametrize("path", SCHEMA_FILES, ids=lambda path: path.name)
def test_the_schema_itself_is_valid_and_closed(path: Path) -> None:
    schema = loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    closed = [schema.get("additionalProperties"), schema.get("unevaluatedProperties"), "$defs" in schema]
    assert False in closed or True in closed


@pytest.mark.parametrize(("schema", "path", "query"), WALK, ids=lambda value: str(value)[:60])
def test_answer_fits_its_schema(get: Get, judge: Judge, schema: str, path: str, query: dict[str, str]) -> None:
    answer = get(path, query)
    assert answer.status_code == 200
    judge(schema, answer.json())


@pytest.mark.parametrize(("status", "path", "query"), REFUSALS, ids=lambda value: str(value)[:60])
def test_refusal_fits_the_error_schema(get: Get, judge: Judge, status: int, path: str, query: dict[str, str]) -> None:
    answer = get(path, query)
    assert answer.status_code == status
    judge("error", answer.json())


def test_the_user_behind_a_user_key_fits(get: Get, judge: Judge, sandbox: Running) -> None:
    region = "eu" if "/eu/" in get("/abilities").url else "us"
    judge("user", get("/users/me", key=sandbox.credentials.of(region).user).json())


def test_an_unknown_key_is_refused_in_the_error_schema(get: Get, judge: Judge) -> None:
    answer = get("/users", key="wrong")
    assert answer.status_code == 401
    judge("error", answer.json())


def test_links_stay_in_their_region(get: Get, sandbox: Running) -> None:
    answer = get("/oncalls", OCTOBER)
    region = "eu" if "/eu/" in answer.url else "us"
    base, web = f"{sandbox.url}/{region}/", f"https://{sandbox.state.world.organisation.subdomains[region]}"
    links = set(_values(answer.json(), "self"))
    assert links
    assert [link for link in links - {None} if not link.startswith(base)] == []
    host = web + (".eu.pagerduty.com/" if region == "eu" else ".pagerduty.com/")
    assert [link for link in set(_values(answer.json(), "html_url")) - {None} if not link.startswith(host)] == []


def test_the_walk_leaves_out_no_endpoint(sandbox: Running) -> None:
    rules = {
        rule.rule.removeprefix("/us")
        for rule in create_sandbox(sandbox.state).url_map.iter_rules()
        if rule.rule.startswith("/us/") and rule.rule not in {"/us/", "/us/<path:path>"}
    }
    walked = {path for _, path, _ in WALK} | {"/users/me"}
    assert {_blank(rule) for rule in rules} == {_blank(path) for path in walked}


def test_the_identity_host_fits(sandbox: Running, judge: Judge) -> None:
    base, credentials = sandbox.identity_url, sandbox.credentials
    well_known = f"{base}/global/oauth/anonymous"
    judge(
        "openid_configuration",
        requests.get(f"{well_known}/.well-known/openid-configuration", timeout=PATIENCE_SECONDS).json(),
    )
    judge("jwks", requests.get(f"{well_known}/jwks", timeout=PATIENCE_SECONDS).json())
    client = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    verifier = "v" * 43
    challenge = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"  # S256 of the verifier
    redirect = "http://127.0.0.1:5000/connection/callback"
    consent = {"redirect_uri": redirect, "response_type": "code", "scope": "read", "code_challenge": challenge}
    consent |= {"client_id": client["client_id"], "code_challenge_method": "S256", "account": "eu"}
    consent |= {"person": sandbox.state.key_owner_id, "decision": "authorize"}
    back = requests.post(f"{base}/oauth/authorize", consent, allow_redirects=False, timeout=PATIENCE_SECONDS)
    code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
    exchange = client | {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    exchange |= {"code_verifier": verifier}
    tokens = requests.post(f"{base}/oauth/token", exchange, timeout=PATIENCE_SECONDS).json()
    judge("token", tokens)
    claims = tokens["id_token"].split(".")[1]
    judge("id_token", loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4))))
    refresh = client | {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    judge("refreshed_token", requests.post(f"{base}/oauth/token", refresh, timeout=PATIENCE_SECONDS).json())
    for bad in (exchange, refresh, client, {}):
        judge("token_error", requests.post(f"{base}/oauth/token", bad, timeout=PATIENCE_SECONDS).json())


def _values(document: Any, name: str) -> Iterator[Any]:
    if isinstance(document, dict):
        if name in document:
            yield document[name]
        for value in document.values():
            yield from _values(value, name)
    elif isinstance(document, list):
        for value in document:
            yield from _values(value, name)


def _blank(path: str) -> str:
    return re.sub(r"<[^>]*>", "*", path)
