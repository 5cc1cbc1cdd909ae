"""A stranger's client, written from the specifications alone: what anybody could do on the wire.

It shares no code with the services but JOSE and the form-filling browser, so that the tests
that use it hold the wire contracts and not the project's own clients.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from heart_uma.jose import KeySet, sign
from operator_tools.browser import Browser
from operator_tools.html_page import Page

UMA_GRANT = "urn:ietf:params:oauth:grant-type:uma-ticket"
ID_TOKEN = "http://openid.net/specs/openid-connect-core-1_0.html#IDToken"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CALLBACK = "http://localhost:9911/callback"
DIRECTORY = {
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Location",
    "Medication",
    "HealthcareService",
}


@dataclass
class Stranger:
    """A dynamically registered client; `new_client` makes HTTP clients that reach every service."""

    new_client: Callable[[], httpx.Client]
    issuer: str
    clock: Any = field(default=lambda: datetime.now(UTC))
    metadata: dict[str, Any] = field(default_factory=dict)
    client_id: str = ""
    keys: KeySet = field(default_factory=lambda: KeySet.generate("ES256"))
    redirect_uri: str = CALLBACK
    public: bool = False
    nonce: str = ""
    verifier: str = ""

    def __post_init__(self) -> None:
        self.http = self.new_client()
        answer = self.http.get(self.issuer + "/.well-known/uma2-configuration")
        assert answer.status_code == 200, answer.text
        self.metadata = answer.json()
        assert self.metadata["issuer"] == self.issuer

    def registration(self, **changes: Any) -> dict[str, Any]:
        """What it says about itself; a None leaves a member out."""
        members = {
            "client_name": "Stranger",
            "redirect_uris": [self.redirect_uri],
            "grant_types": ["authorization_code", "refresh_token", UMA_GRANT],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none" if self.public else "private_key_jwt",
            "jwks": None if self.public else self.keys.public_jwks(),
            "scope": "openid profile email offline_access uma_protection uma_policy owner",
        } | changes
        return {name: value for name, value in members.items() if value is not None}

    def try_to_register(self, **changes: Any) -> httpx.Response:
        body = self.registration(**changes)
        return self.http.post(self.metadata["registration_endpoint"], json=body)

    def register(self, **changes: Any) -> dict[str, Any]:
        answer = self.try_to_register(**changes)
        assert answer.status_code == 201, answer.text
        registered: dict[str, Any] = answer.json()
        self.client_id = registered["client_id"]
        return registered

    def assertion(self, keys: KeySet | None = None, **changes: Any) -> dict[str, str]:
        """Who it is (RFC 7523 2.2); an ellipsis leaves a claim out."""
        if self.public:
            return {"client_id": self.client_id}
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.metadata["token_endpoint"],
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(24),
        } | changes
        claims = {name: value for name, value in claims.items() if value is not ...}
        return {
            "client_assertion_type": ASSERTION,
            "client_assertion": sign("client_assertion", claims, keys or self.keys),
        }

    def token(self, *, proof: dict[str, str] | None = None, **form: str) -> httpx.Response:
        proof = self.assertion() if proof is None else proof
        return self.http.post(self.metadata["token_endpoint"], data={**form, **proof})

    def address(self, **changes: str | None) -> str:
        """An authorization request (RFC 6749 4.1.1, RFC 7636 4.3); a None leaves one out."""
        self.verifier, self.nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile offline_access",
            "state": secrets.token_urlsafe(24),
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        } | changes
        sent = {name: value for name, value in query.items() if value is not None}
        return f"{self.metadata['authorization_endpoint']}?{urlencode(sent)}"

    def authorize(self, scope: str, **more: str) -> tuple[str, str, str]:
        """An authorization request: its URL, the state, and the verifier."""
        state = secrets.token_urlsafe(24)
        return self.address(scope=scope, state=state, **more), state, self.verifier

    def redeem(self, code: str, **changes: str | None) -> httpx.Response:
        """Trade a code of the last authorization request (RFC 6749 4.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        } | changes
        return self.token(**{name: value for name, value in form.items() if value is not None})

    def login(self, login: str, scope: str, password: str = "demo", **more: str) -> dict[str, Any]:
        """The code flow in a browser: sign in, allow, and trade the code for tokens."""
        url, state, _verifier = self.authorize(scope, **more)
        person = Browser(self.new_client(), stop_at=self.redirect_uri)
        answer = walk_to_callback(person, url, login, password, self.redirect_uri)
        assert answer["state"] == state
        assert answer["iss"] == self.issuer
        tokens = self.redeem(answer["code"])
        assert tokens.status_code == 200, tokens.text
        body: dict[str, Any] = tokens.json()
        return body

    def trade(self, ticket: str, id_token: str | None = None, **form: str) -> httpx.Response:
        claims = {"claim_token": id_token, "claim_token_format": ID_TOKEN} if id_token else {}
        return self.token(grant_type=UMA_GRANT, ticket=ticket, **claims, **form)


def walk_to_callback(
    person: Browser, url: str, login: str, password: str, callback: str = CALLBACK
) -> dict[str, str]:
    """Drive the AS's pages as a person does, until it redirects to the callback."""
    page = person.get(url)
    for _ in range(6):
        if page.url.startswith(callback):
            return answer_at(page.url)
        page = _next_page(person, page, login, password)
    raise AssertionError(f"never reached the callback: {page.url} {page.status} {page.title}")


def answer_at(callback: str) -> dict[str, str]:
    """The parameters of an authorization answer (RFC 6749 4.1.2)."""
    return {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}


def _next_page(person: Browser, page: Page, login: str, password: str) -> Page:
    if page.has_form("username", "password"):
        form = page.form("username", "password")
        return person.submit(page, form, {"username": login, "password": password})
    if page.has_form("decision"):
        form = page.form("decision")
        boxes = tuple(name for name, _ in form.boxes)
        return person.submit(page, form, press=("decision", "allow"), tick=boxes)
    raise AssertionError(f"{page.url} {page.status}: {page.text[:500]}")


def ticket_of(response: httpx.Response) -> tuple[str, str]:
    """(as_uri, ticket) of a 401 UMA challenge."""
    assert response.status_code == 401, (response.status_code, response.text)
    header = response.headers["www-authenticate"]
    match = re.fullmatch(r'UMA realm="[^"]*", as_uri="([^"]+)", ticket="([^"]+)"', header)
    assert match, header
    return match[1], match[2]


def whole_record(base: str, query: str = "") -> str:
    return f"{base}/Patient/$everything{query}"


def get_rpt(stranger: Stranger, base: str, id_token: str, **form: str) -> httpx.Response:
    """The token endpoint's answer to a fresh ticket for the whole record."""
    _, ticket = ticket_of(stranger.http.get(whole_record(base)))
    return stranger.trade(ticket, id_token, **form)


def entries(http: httpx.Client, url: str, token: str) -> list[dict[str, Any]]:
    """All entries of a searchset, page by page."""
    found: list[dict[str, Any]] = []
    while url:
        answer = http.get(url, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, (answer.status_code, answer.text[:300])
        bundle = answer.json()
        found += bundle.get("entry", [])
        url = next((x["url"] for x in bundle.get("link", []) if x["relation"] == "next"), "")
    return found


def matches(found: Iterable[dict[str, Any]]) -> set[str]:
    """`Type/id` of the entries that match: not outcomes, not what is only included."""
    return {
        f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in found
        if entry.get("search", {}).get("mode", "match") == "match"
        and entry["resource"]["resourceType"] not in DIRECTORY
    }


def seen_by(
    stranger: Stranger, bases: Iterable[str], login: str, password: str = "demo"
) -> set[str]:
    """What a person sees of all records: absolute URLs of the matching entries."""
    tokens = stranger.login(login, "openid profile", password)
    seen: set[str] = set()
    for base in bases:
        answer = get_rpt(stranger, base, tokens["id_token"])
        if answer.status_code == 200:
            found = entries(stranger.http, whole_record(base), answer.json()["access_token"])
            seen |= {f"{base}/{name}" for name in matches(found)}
        else:
            assert answer.status_code == 403, answer.text
    return seen
