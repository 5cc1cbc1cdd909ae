"""The authorization server under test: what its operator has to tell, since no specification does.

Where it is, who has an account there, and how the clock is moved. By default one is made in this
process; `HEART_UMA_CONFORMANCE` names a file with another, which runs already:

    {"issuer": "https://as.example", "people": {"alice": {"login": "alice", "password": "..."},
     "dora": {...}, "bob": {..., "search": "Bob"}, "sam": {..., "search": "sam@example.org"}}}

Alice and Dora own records; Bob and Sam are found by what `search` says, by the extension for
owners (`people_endpoint`). Tests that need what a server does not have are skipped there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from heart_uma.jose import KeySet
from operator_tools.browser import Browser
from operator_tools.html_page import Page
from tests.wire import Stranger, answer_at, walk_to_callback

NAMED_BY = "HEART_UMA_CONFORMANCE"
CALLBACK = "https://app.example/callback"
"""Of an app that is not there: what it is told is read off the address."""


@dataclass
class Person:
    """Somebody with an account, at a browser of her own."""

    http: httpx.Client
    login: str
    password: str = "demo"
    search: str = ""

    def ask(self, app: Stranger, **changes: str | None) -> Page:
        """Where an authorization request of `app` leads, as long as nobody presses anything."""
        return Browser(self.http, stop_at=app.redirect_uri).get(app.address(**changes))

    def sign_in(self, app: Stranger, page: Page) -> Page:
        """The page after the one that asks who is there."""
        form = page.form("username", "password")
        filled = {"username": self.login, "password": self.password}
        return Browser(self.http, stop_at=app.redirect_uri).submit(page, form, filled)

    def answer(self, app: Stranger, **changes: str | None) -> dict[str, str]:
        """Sign in and allow, where that is asked: what the app is told."""
        browser, url = Browser(self.http, stop_at=app.redirect_uri), app.address(**changes)
        return walk_to_callback(browser, url, self.login, self.password, app.redirect_uri)

    def code(self, app: Stranger, **changes: str | None) -> str:
        return self.answer(app, **changes)["code"]

    def tokens(self, app: Stranger, scope: str, **changes: str | None) -> dict[str, object]:
        answer = app.redeem(self.code(app, scope=scope, **changes))
        assert answer.status_code == 200, answer.text
        body: dict[str, object] = answer.json()
        return body


@dataclass
class Server:
    """An authorization server with people; what an operator could do is None where nobody does.

    `advance` moves its clock, `allow_scopes` gives a client scopes that not everybody gets.
    """

    issuer: str
    new_client: Callable[[], httpx.Client]
    people: dict[str, Person]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    advance: Callable[..., None] | None = None
    allow_scopes: Callable[[str, str], None] | None = None

    def app(self, *, keys: KeySet | None = None, public: bool = False) -> Stranger:
        """A client that is not registered yet."""
        made = Stranger(self.new_client, self.issuer, self.clock, public=public)
        made.keys, made.redirect_uri = keys or made.keys, CALLBACK
        return made

    def wait(self, **parts: float) -> None:
        if self.advance is None:
            pytest.skip("the clock of this server cannot be moved")
        self.advance(**parts)

    def allow(self, app: Stranger, scope: str) -> None:
        if self.allow_scopes is None:
            pytest.skip("no operator gives this client more scopes")
        self.allow_scopes(app.client_id, scope)


def told(answer: Page, app: Stranger) -> dict[str, str]:
    """What the app is told where a page is its own: the parameters of an answer."""
    assert answer.url.startswith(app.redirect_uri), f"{answer.url} {answer.status}: {answer.text}"
    return answer_at(answer.url)


def elsewhere() -> Server | None:
    """The server that the environment names."""
    name = os.environ.get(NAMED_BY)
    if not name:
        return None
    described = json.loads(Path(name).read_text())

    def new_client() -> httpx.Client:
        return httpx.Client(timeout=30, follow_redirects=False, trust_env=False)

    people = {key: Person(new_client(), **member) for key, member in described["people"].items()}
    return Server(described["issuer"], new_client, people)
