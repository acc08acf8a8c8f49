"""Classic User OAuth, from the consent page to revocation."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.patience import PATIENCE_SECONDS
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault

REDIRECT = "http://127.0.0.1:5000/connection/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-is-long"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")

Get = Callable[..., requests.Response]


class Client:
    """An OAuth client, and the person who sits before its browser."""

    def __init__(self, sandbox: Running, http: requests.Session) -> None:
        self.sandbox, self.http = sandbox, http
        self.authorize, self.token = (f"{sandbox.identity_url}/oauth/{name}" for name in ("authorize", "token"))
        credentials = sandbox.credentials
        self.known = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
        self.asks = {
            "client_id": sandbox.credentials.client_id,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": "read",
            "state": "st&te",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }

    def page(self, **changes: str) -> requests.Response:
        return self.http.get(
            self.authorize, params=self.asks | changes, allow_redirects=False, timeout=PATIENCE_SECONDS
        )

    def decide(self, decision: str = "authorize", account: str = "us", **changes: str) -> dict[str, str]:
        form = (
            self.asks | {"decision": decision, "account": account, "person": self.sandbox.state.key_owner_id} | changes
        )
        back = self.http.post(self.authorize, form, allow_redirects=False, timeout=PATIENCE_SECONDS)
        assert back.status_code == 302
        assert back.headers["Location"].startswith(REDIRECT + "?")
        return dict(parse_qsl(urlsplit(back.headers["Location"]).query))

    def exchange(self, code: str, **changes: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return self.post(**form | changes)

    def post(self, **form: str) -> requests.Response:
        return self.http.post(self.token, self.known | form, timeout=PATIENCE_SECONDS)

    def connect(self, **changes: str) -> dict[str, Any]:
        answer = self.exchange(self.decide(**changes)["code"])
        assert answer.status_code == 200
        return answer.json()  # type: ignore[no-any-return]  # JSON

    def refresh(self, token: str) -> requests.Response:
        return self.post(grant_type="refresh_token", refresh_token=token)

    def status(self, tokens: dict[str, Any], region: str = "us", path: str = "/users/me") -> int:
        base = {"us": self.sandbox.us_url, "eu": self.sandbox.eu_url}[region]
        header = {"Authorization": f"Bearer {tokens['access_token']}"}
        return self.http.get(base + path, headers=header, timeout=PATIENCE_SECONDS).status_code


@pytest.fixture
def client(sandbox: Running, http: requests.Session) -> Client:
    return Client(sandbox, http)


# Consent


def test_the_page_asks_which_account_and_who(client: Client) -> None:
    page = client.page(service_region="eu").text
    assert '<option value="eu" selected>' in page
    assert "Ada Lindqvist (owner)" in page
    assert 'name="state" value="st&amp;te"' in page
    assert page.count("<button") == 2


def test_consent_brings_a_code_and_the_state_back(client: Client) -> None:
    assert client.decide().keys() == {"code", "state"}
    assert client.decide()["state"] == "st&te"


def test_refusal_comes_back_as_pagerduty_words_it(client: Client) -> None:
    assert client.decide("deny") == {
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request.",
        "state": "st&te",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"redirect_uri": "http://127.0.0.1:5000/elsewhere"},
        {"redirect_uri": "https://evil.example/connection/callback"},
        {"redirect_uri": REDIRECT + "?more=1"},
    ],
)
def test_a_wrong_client_or_address_leads_nowhere(client: Client, changes: dict[str, str]) -> None:
    page = client.page(**changes)
    assert page.status_code == 400
    assert "Location" not in page.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_wrong_question_is_answered_at_the_redirect(client: Client, changes: dict[str, str], error: str) -> None:
    back = client.page(**changes)
    assert back.status_code == 302
    assert f"error={error}" in back.headers["Location"]


@pytest.mark.parametrize("changes", [{"account": "mars"}, {"person": "PNOBODY"}])
def test_nobody_can_consent_for_an_unknown_account_or_user(client: Client, changes: dict[str, str]) -> None:
    form = client.asks | {"decision": "authorize", "account": "us", "person": client.sandbox.state.key_owner_id}
    assert client.http.post(client.authorize, form | changes, timeout=PATIENCE_SECONDS).status_code == 400


# Codes


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "another"}, {"redirect_uri": REDIRECT + "/"}, {"code": "pdac_unknown"}],
)
def test_a_code_must_be_shown_with_what_it_was_made_for(client: Client, changes: dict[str, str]) -> None:
    answer = client.exchange(**{"code": client.decide()["code"]} | changes)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


def test_a_code_is_used_once(client: Client) -> None:
    code = client.decide()["code"]
    assert [client.exchange(code).status_code for _ in range(2)] == [200, 400]


@pytest.mark.parametrize(("seconds", "status"), [(30, 200), (31, 400)])
def test_a_code_lives_thirty_seconds(client: Client, clock: Any, seconds: int, status: int) -> None:
    code = client.decide()["code"]
    clock.pass_by(timedelta(seconds=seconds))
    assert client.exchange(code).status_code == status


def test_the_client_must_show_its_secret_in_the_body(client: Client) -> None:
    code, credentials = client.decide()["code"], client.sandbox.credentials
    assert client.exchange(code, client_secret="wrong").status_code == 401
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    basic = (credentials.client_id, credentials.client_secret)
    assert client.http.post(client.token, form, auth=basic, timeout=PATIENCE_SECONDS).status_code == 401
    query = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    assert client.http.post(client.token, form, params=query, timeout=PATIENCE_SECONDS).status_code == 401


# Tokens


@pytest.mark.parametrize(("region", "other"), [("us", "eu"), ("eu", "us")])
def test_the_id_token_says_which_region(client: Client, region: str, other: str) -> None:
    tokens = client.connect(account=region)
    well_known = f"{client.sandbox.identity_url}/global/oauth/anonymous/.well-known/openid-configuration"
    metadata = client.http.get(well_known, timeout=PATIENCE_SECONDS).json()
    keys = KeySet.import_key_set(client.http.get(metadata["jwks_uri"], timeout=PATIENCE_SECONDS).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    base = {"us": client.sandbox.us_url, "eu": client.sandbox.eu_url}[region]
    assert token.header["kid"]
    assert token.claims["iss"] == metadata["issuer"]
    assert token.claims["aud"] == [base, client.sandbox.credentials.client_id]
    assert isinstance(token.claims["amr"], str)
    assert "nonce" not in token.claims
    assert (client.status(tokens, region), client.status(tokens, other)) == (200, 401)


def test_a_token_reads_and_does_not_write(client: Client) -> None:
    tokens = client.connect()
    assert tokens["scope"] == "openid read"
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (
        client.http.post(f"{client.sandbox.us_url}/users", headers=header, timeout=PATIENCE_SECONDS).status_code == 403
    )


def test_a_wrong_scope_brings_a_token_that_may_nothing(client: Client) -> None:
    tokens = client.connect(scope="oncalls.read")
    assert tokens["scope"] == "openid"
    assert client.status(tokens, path="/oncalls") == 403


def test_a_token_ends_when_it_says(client: Client, clock: Any) -> None:
    tokens = client.connect()
    clock.pass_by(timedelta(seconds=tokens["expires_in"] - 1))
    assert client.status(tokens) == 200
    clock.pass_by(timedelta(seconds=1))
    assert client.status(tokens) == 401


def test_a_refresh_token_is_used_once_and_brings_the_next(client: Client) -> None:
    first = client.connect()
    second = client.refresh(first["refresh_token"])
    assert second.json().keys() == {"token_type", "access_token", "refresh_token", "scope", "expires_in"}
    assert client.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert client.refresh(second.json()["refresh_token"]).status_code == 200


def test_control_expires_access_but_not_refresh(client: Client, control: Callable[..., Any]) -> None:
    tokens = client.connect()
    control("/expire")
    assert client.status(tokens) == 401
    assert client.status(client.refresh(tokens["refresh_token"]).json()) == 200


def test_control_revokes_everything(client: Client, control: Callable[..., Any]) -> None:
    tokens = client.connect()
    control("/revoke", credential="oauth")
    assert (client.status(tokens), client.refresh(tokens["refresh_token"]).status_code) == (401, 400)


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_the_client_revokes_its_delegation_by_either_token(client: Client, name: str) -> None:
    mine, other = client.connect(), client.connect()
    form = {"token": mine[name], "client_id": client.sandbox.credentials.client_id}
    assert (
        client.http.post(f"{client.sandbox.identity_url}/oauth/revoke", form, timeout=PATIENCE_SECONDS).status_code
        == 200
    )
    assert (client.status(mine), client.refresh(mine["refresh_token"]).status_code) == (401, 400)
    assert client.status(other) == 200


def test_an_unknown_token_or_grant_is_no_crash(client: Client) -> None:
    form = {"token": "unknown", "client_id": client.sandbox.credentials.client_id}
    assert (
        client.http.post(f"{client.sandbox.identity_url}/oauth/revoke", form, timeout=PATIENCE_SECONDS).status_code
        == 200
    )
    assert client.post(grant_type="password").json()["error"] == "unsupported_grant_type"


def test_a_deleted_user_takes_the_connection_along(client: Client, clock: Any) -> None:
    clock.at = clock.at.replace(day=2)
    guest = next(p for p in client.sandbox.state.world.people() if p.left)
    tokens = client.connect(person=guest.id)
    assert client.status(tokens) == 200
    clock.pass_by(timedelta(days=6))
    assert (client.status(tokens), client.refresh(tokens["refresh_token"]).status_code) == (401, 400)


def test_oauth_single_use_codes_pkce_exact_redirect_state_denial_bad_scope_rotation_and_a_signed_id_token(
    client: Client, clock: Any
) -> None:
    assert client.decide("deny")["error"] == "access_denied"
    answer = client.decide(account="eu")
    assert answer["state"] == client.asks["state"]
    assert client.exchange(answer["code"], code_verifier="x" * 43).status_code == 400
    for wrong in ({"redirect_uri": REDIRECT + "/"}, {}):  # and by then the code is used up
        assert client.exchange(answer["code"], **wrong).status_code == 400
    tokens = client.connect(account="eu")
    keys = requests.get(f"{client.sandbox.identity_url}/global/oauth/anonymous/jwks", timeout=PATIENCE_SECONDS).json()
    claims = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=["RS256"]).claims
    assert claims["aud"] == [client.sandbox.eu_url, client.asks["client_id"]]
    assert isinstance(claims["amr"], str)
    assert tokens["expires_in"] == 864_000
    renewed = client.refresh(tokens["refresh_token"]).json()
    assert renewed.keys().isdisjoint({"id_token"})
    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert client.status(renewed, "eu") == 200
    assert client.connect(scope="everything")["scope"] == "openid"
    late = client.decide()["code"]
    clock.pass_by(timedelta(seconds=31))
    assert client.exchange(late).status_code == 400


# Scoped OAuth

SCOPED = "users.read teams.read oncalls.read"


@pytest.fixture
def scoped(sandbox: Running, http: requests.Session) -> Client:
    """The client of the other kind."""
    made, credentials = Client(sandbox, http), sandbox.credentials
    made.asks |= {"client_id": credentials.scoped_client_id, "scope": SCOPED}
    made.known = {"client_id": credentials.scoped_client_id, "client_secret": credentials.scoped_client_secret}
    return made


def test_scoped_oauth_lets_read_what_was_asked_for_and_nothing_else(scoped: Client) -> None:
    tokens = scoped.connect()
    assert (tokens["scope"], tokens["expires_in"]) == (f"openid {SCOPED}", 86_400)
    asked = {"/users/me": 200, "/users": 200, "/teams": 200, "/oncalls": 200, "/incidents": 403, "/schedules": 403,
             "/v3/schedules": 403, "/log_entries": 403, "/abilities": 403}  # fmt: skip
    assert {path: scoped.status(tokens, path=path) for path in asked} == asked


def test_a_missing_scope_is_named(scoped: Client, get: Get) -> None:
    answer = get("/incidents", authorization=f"Bearer {scoped.connect()['access_token']}")
    assert answer.json()["error"]["required_scopes"] == "incidents.read"


def test_one_unknown_scope_spoils_all_of_them(scoped: Client) -> None:
    tokens = scoped.connect(scope=f"{SCOPED} everything.read")
    assert tokens["scope"] == "openid"
    assert scoped.status(tokens, path="/users") == 403


def test_scoped_oauth_needs_pkce(scoped: Client) -> None:
    del scoped.asks["code_challenge"]
    assert "error=invalid_request" in scoped.page().headers["Location"]


def test_a_code_or_token_of_one_client_is_nothing_to_the_other(scoped: Client, client: Client) -> None:
    assert scoped.exchange(client.decide()["code"]).status_code == 400
    assert scoped.refresh(client.connect()["refresh_token"]).status_code == 400


def test_a_scoped_refresh_keeps_the_scopes(scoped: Client) -> None:
    renewed = scoped.refresh(scoped.connect()["refresh_token"]).json()
    assert (renewed["scope"], renewed["expires_in"]) == (f"openid {SCOPED}", 86_400)
    assert scoped.status(renewed, path="/users") == 200


# What goes wrong at the identity host


def test_the_identity_host_fails_only_when_it_is_named(client: Client, sandbox: Running) -> None:
    sandbox.state.faults.add(Fault(status=503))
    assert client.page().status_code == 200
    sandbox.state.faults.add(Fault(status=503, path="/identity/oauth/token"))
    code = client.decide()["code"]
    assert client.exchange(code).status_code == 503
    assert client.exchange(code).status_code == 200


def test_the_identity_host_can_drop_a_connection(client: Client, sandbox: Running) -> None:
    code = client.decide()["code"]
    sandbox.state.faults.add(Fault(kind="dropped", path="/identity/oauth/token"))
    with pytest.raises(requests.ConnectionError):
        client.exchange(code)
