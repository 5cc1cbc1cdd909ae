"""A person with a browser and an app with keys, for the tests of the authorization server."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.test import TestResponse

from as_server.context import AsServer
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.jose import KeySet, sign

CALLBACK = "https://app.example/callback"
ALL_SCOPES = "openid profile email offline_access uma_protection uma_policy owner"


@cache
def keys_of(number: int) -> KeySet:
    """Client keys, made once for all tests."""
    return KeySet.generate("ES256")


class Person:
    """Somebody at a browser: keeps cookies, fills in the forms."""

    def __init__(self, app: AsServer, login: str, password: str = "demo") -> None:
        self.browser = app.test_client()
        self.login = login
        self.password = password

    def get(self, address: str, **query: str) -> TestResponse:
        return self.browser.get(address, query_string=query or None)

    def press(self, page: TestResponse, action: str, **fields: Any) -> TestResponse:
        """Send the form of `page` that goes to `action`, with these fields."""
        html = page.get_data(as_text=True)
        for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
            target = unescape(re.search(r'action="([^"]*)"', form)[1])  # type: ignore[index]
            if target.startswith(action):
                hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
                filled = {name: unescape(value) for name, value in hidden} | fields
                return self.browser.post(target, data=filled)
        raise AssertionError(f"no form to {action} on the page:\n{html}")

    def sign_in(self, page: TestResponse | None = None) -> TestResponse:
        page = page or self.get("/login")
        return self.press(page, "/login", username=self.login, password=self.password)

    def follow(self, answer: TestResponse) -> TestResponse:
        """Follow redirects that stay here; the first one that leads away is returned as it is."""
        while answer.status_code == 303 and answer.headers["Location"].startswith("/"):
            answer = self.browser.get(answer.headers["Location"])
        return answer

    def walk(self, address: str, query: dict[str, str], *, decision: str = "allow") -> TestResponse:
        """Sign in if asked, decide if asked; returns the redirect to the app, or a page."""
        page = self.follow(self.get(address, **query))
        if b'name="username"' in page.data:
            page = self.follow(self.sign_in(page))
        if b'name="decision"' in page.data:
            page = self.press(page, "/authorize/", decision=decision)
        return page


class App:
    """A client on the wire: registers, authenticates with its key, trades codes."""

    def __init__(self, server: AsServer, clock: Callable[[], datetime], number: int = 0) -> None:
        self.server = server
        self.clock = clock
        self.keys = keys_of(number)
        self.wire = server.test_client()
        self.client_id = ""
        self.redirect_uri = CALLBACK

    def register(self, **changes: Any) -> App:
        answer = self.wire.post("/register", json=self.registration(**changes))
        assert answer.status_code == 201, answer.text
        self.client_id = answer.json["client_id"]
        return self

    def registration(self, **changes: Any) -> dict[str, Any]:
        members = {
            "client_name": "Clinic app",
            "redirect_uris": [self.redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "jwks": self.keys.public_jwks(),
            "scope": ALL_SCOPES,
        } | changes
        return {name: value for name, value in members.items() if value is not None}

    def query(self, **changes: Any) -> dict[str, str]:
        """The parameters of an authorization request; a None leaves one out."""
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        members = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile offline_access",
            "state": "a state of the app",
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in members.items() if value is not None}

    def code_from(self, person: Person, **changes: Any) -> str:
        answer = person.walk("/authorize", self.query(**changes))
        return self.answer_of(answer)["code"]

    def answer_of(self, answer: TestResponse) -> dict[str, str]:
        assert answer.status_code == 303, answer.text
        location = answer.headers["Location"]
        assert location.startswith(self.redirect_uri), location
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        members = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": "http://localhost:8400/token",
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(24),
        } | changes
        return {name: value for name, value in members.items() if value is not ...}

    def proof(self, keys: KeySet | None = None, **changes: Any) -> dict[str, str]:
        assertion = sign("client_assertion", self.claims(**changes), keys or self.keys)
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}

    def token(self, **form: Any) -> TestResponse:
        return self.wire.post("/token", data=self.proof() | form)

    def redeem(self, code: str, **changes: Any) -> TestResponse:
        members = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        } | changes
        return self.token(**{name: value for name, value in members.items() if value is not None})

    def tokens(self, person: Person, scope: str, **changes: Any) -> dict[str, Any]:
        answer = self.redeem(self.code_from(person, scope=scope), **changes)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        return body

    def refresh(self, refresh_token: str, **form: Any) -> TestResponse:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **form)
