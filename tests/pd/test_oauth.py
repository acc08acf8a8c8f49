from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey
from requests_mock import Mocker

from webapp.pd import oauth
from webapp.pd.errors import OAuthError, PagerDutyError, RateLimited, Unavailable
from webapp.pd.regions import Region

NOW = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
APP = oauth.App("client-1", "secret-canary")
IDENTITY = APP.endpoints.identity
TOKEN_URL = f"{IDENTITY}/oauth/token"
ISSUER = f"{IDENTITY}/global/oauth/anonymous"
JWKS = f"{ISSUER}/jwks"
REDIRECT = "https://pay.example.com/connection/callback"

Answer = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})


@pytest.fixture
def answer(key: RSAKey, requests_mock: Mocker) -> Answer:
    requests_mock.get(f"{ISSUER}/.well-known/openid-configuration", json={"issuer": ISSUER, "jwks_uri": JWKS})
    requests_mock.get(JWKS, json={"keys": [key.as_dict(private=False)]})

    def make(signer: RSAKey = key, scope: str = "openid read", **changes: Any) -> dict[str, Any]:
        moment = int(NOW.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": ["https://api.eu.pagerduty.com", APP.client_id],
            "user_id": "PUSER01",
            "subdomain": "acme",
            "region": "Europe",
            "delegation_id": "d-1",
            "amr": "acr:html-form:europe",
            "iat": moment,
            "nbf": moment,
            "exp": moment + 3600,
        }
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return {
            "access_token": "pdus+access-canary",
            "refresh_token": "pdus+refresh-canary",
            "token_type": "bearer",
            "scope": scope,
            "expires_in": 864000,
            "id_token": jwt.encode({"alg": "RS256", "kid": "k1"}, claims, signer),
        }

    return make


def exchange() -> tuple[oauth.TokenSet, oauth.Identity]:
    return oauth.exchange(APP, REDIRECT, "code-1", "verifier-1", NOW)


def sent_form(requests_mock: Mocker) -> dict[str, list[str]]:
    posts = [request for request in requests_mock.request_history if request.method == "POST"]
    return parse_qs(posts[-1].text)


def test_consent_asks_for_read_alone_with_pkce_and_state() -> None:
    url = urlsplit(oauth.authorization_url(APP, REDIRECT, "state-1", "v" * 48))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{IDENTITY}/oauth/authorize"
    challenge = query.pop("code_challenge")
    assert len(challenge) == 43
    assert query == {
        "client_id": "client-1",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "read",
        "state": "state-1",
        "code_challenge_method": "S256",
    }


def test_the_code_is_exchanged_with_the_secret_in_the_body(requests_mock: Mocker, answer: Answer) -> None:
    requests_mock.post(TOKEN_URL, json=answer())
    tokens, identity = exchange()
    assert tokens == oauth.TokenSet(
        "pdus+access-canary", "pdus+refresh-canary", NOW + timedelta(days=10), "openid read"
    )
    assert identity == oauth.Identity(Region.EU, "acme", "PUSER01", "d-1")
    assert sent_form(requests_mock) == {
        "grant_type": ["authorization_code"],
        "client_id": ["client-1"],
        "client_secret": ["secret-canary"],
        "code": ["code-1"],
        "redirect_uri": [REDIRECT],
        "code_verifier": ["verifier-1"],
    }
    assert all("Authorization" not in request.headers for request in requests_mock.request_history)
    assert all("canary" not in request.url for request in requests_mock.request_history)


def test_no_repr_shows_a_token(requests_mock: Mocker, answer: Answer) -> None:
    requests_mock.post(TOKEN_URL, json=answer())
    assert "canary" not in repr((exchange(), APP))


def test_a_grant_of_openid_alone_is_no_connection(requests_mock: Mocker, answer: Answer) -> None:
    requests_mock.post(TOKEN_URL, json=answer(scope="openid"))
    with pytest.raises(OAuthError, match="without the right to read") as caught:
        exchange()
    assert caught.value.code == "invalid_scope"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example/global/oauth/anonymous"},
        {"aud": ["https://api.pagerduty.com", "another-client"]},
        {"aud": "client-1"},
        {"aud": ["client-1"]},
        {"aud": ["client-1", "https://api.pagerduty.com", "https://api.eu.pagerduty.com"]},
        {"exp": int(NOW.timestamp()) - 301},
        {"exp": None},
        {"nbf": int(NOW.timestamp()) + 301},
        {"subdomain": None},
        {"user_id": None},
    ],
)
def test_an_identity_that_proves_nothing_is_refused(
    requests_mock: Mocker, answer: Answer, changes: dict[str, Any]
) -> None:
    requests_mock.post(TOKEN_URL, json=answer(**changes))
    with pytest.raises(OAuthError):
        exchange()


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://app.pagerduty.com/global/oauth/anonymous"},
        {"exp": int(NOW.timestamp()) - 299},
        {"nbf": int(NOW.timestamp()) + 299},
        {"nbf": None},
        {"delegation_id": None},
    ],
)
def test_what_pagerduty_varies_is_accepted(requests_mock: Mocker, answer: Answer, changes: dict[str, Any]) -> None:
    requests_mock.post(TOKEN_URL, json=answer(**changes))
    assert exchange()[1].user_id == "PUSER01"


def test_a_foreign_signature_is_refused(requests_mock: Mocker, answer: Answer) -> None:
    other = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
    requests_mock.post(TOKEN_URL, json=answer(signer=other))
    with pytest.raises(OAuthError, match="not signed"):
        exchange()


@pytest.mark.parametrize("id_token", [None, "garbage", "a.b.c", 7])
def test_an_unreadable_id_token_is_refused(requests_mock: Mocker, answer: Answer, id_token: object) -> None:
    requests_mock.post(TOKEN_URL, json=answer() | {"id_token": id_token})
    with pytest.raises(OAuthError):
        exchange()


def test_keys_are_fetched_from_pagerduty_alone(requests_mock: Mocker, answer: Answer) -> None:
    requests_mock.post(TOKEN_URL, json=answer())
    requests_mock.get(
        f"{ISSUER}/.well-known/openid-configuration", json={"jwks_uri": "https://evil.example/global/oauth/jwks"}
    )
    with pytest.raises(OAuthError, match="unexpected address"):
        exchange()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ({"status_code": 400, "json": {"error": "invalid_grant", "error_description": "canary"}}, OAuthError),
        ({"status_code": 401, "json": {"error": "invalid_client"}}, OAuthError),
        ({"status_code": 401, "json": {"message": "another shape"}}, OAuthError),
        ({"status_code": 400, "json": {"error": {"message": "an object"}}}, OAuthError),
        ({"status_code": 400, "text": "<html>"}, OAuthError),
        ({"status_code": 200, "json": {}}, OAuthError),
        ({"status_code": 200, "text": "<html>"}, Unavailable),
        ({"status_code": 302, "headers": {"Location": "https://elsewhere.example"}}, Unavailable),
        ({"status_code": 502, "text": "<html>"}, Unavailable),
        ({"status_code": 429, "headers": {"ratelimit-reset": "9"}}, RateLimited),
        ({"exc": requests.ConnectTimeout}, Unavailable),
    ],
)
def test_failures_tell_what_may_work_later_from_what_will_not(
    requests_mock: Mocker, reply: dict[str, Any], error: type[PagerDutyError]
) -> None:
    requests_mock.post(TOKEN_URL, **reply)
    for act in (exchange, lambda: oauth.refresh(APP, "pdus+old-canary", NOW)):
        with pytest.raises(error) as caught:
            act()
        assert type(caught.value) is error
        assert "canary" not in caught.value.sentence


def test_a_wrong_client_secret_is_told_from_a_consent_that_ended(requests_mock: Mocker) -> None:
    requests_mock.post(TOKEN_URL, status_code=401, json={"error": "invalid_client"})
    with pytest.raises(OAuthError, match="client secret against the app"):
        exchange()


def test_a_refresh_brings_both_tokens_anew(requests_mock: Mocker) -> None:
    body = {"access_token": "a2", "refresh_token": "r2", "scope": "openid read", "expires_in": 60}
    requests_mock.post(TOKEN_URL, json=body)
    tokens = oauth.refresh(APP, "r1", NOW)
    assert tokens == oauth.TokenSet("a2", "r2", NOW + timedelta(minutes=1), "openid read")
    assert sent_form(requests_mock) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["r1"],
        "client_id": ["client-1"],
        "client_secret": ["secret-canary"],
    }


def test_revocation_is_tried_for_both_tokens_and_may_fail(requests_mock: Mocker) -> None:
    tokens = oauth.TokenSet("a1", "r1", NOW, "openid read")
    url = f"{IDENTITY}/oauth/revoke"
    requests_mock.post(url, status_code=200)
    assert oauth.revoke(APP, tokens)
    assert [parse_qs(request.text)["token"] for request in requests_mock.request_history] == [["r1"], ["a1"]]
    requests_mock.post(url, status_code=404)
    assert not oauth.revoke(APP, tokens)
    requests_mock.post(url, exc=requests.ConnectionError)
    assert not oauth.revoke(APP, tokens)
