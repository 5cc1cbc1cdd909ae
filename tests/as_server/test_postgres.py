"""The statements that must have one winner have one on PostgreSQL too."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from as_server.app import create_app
from as_server.db import standalone
from as_server.models import account
from heart_uma.jose import KeySet
from tests import postgres
from tests.as_server.person import App, Person
from tests.conftest import Clock

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_codes_assertions_and_refresh_tokens_have_one_winner(
    postgres_server: str, as_settings: Any, clock: Clock, server_keys: KeySet
) -> None:
    url = postgres.create_database(postgres_server)
    settings = as_settings.model_copy(update={"database_url": url})
    server = create_app(settings, clock=clock, key_set=server_keys)
    with standalone(server.engine) as db:
        hashed = server.passwords.hash("demo")
        account.create(db, login="alice", password_hash=hashed, name="Alice", created_at=1)
    app, alice = App(server, clock).register(), Person(server, "alice")
    code = app.code_from(alice, scope="openid offline_access")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
        "code_verifier": app.verifier,
    }
    assert sorted(race(app, [form | app.proof() for _ in range(8)])) == [200] + [400] * 7
    tokens = app.tokens(alice, "openid offline_access")
    proof = app.proof()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **proof}
    assert sorted(race(app, [refresh] * 8)) == [200] + [401] * 7
    # One repeat is forgiven, so of two at once both are answered, with one successor.
    again = app.tokens(alice, "openid offline_access")["refresh_token"]
    pair = [{"grant_type": "refresh_token", "refresh_token": again, **app.proof()} for _ in "ab"]
    assert race(app, pair) == [200, 200]
    server.engine.dispose()


def race(app: App, forms: list[dict[str, str]]) -> list[int]:
    codes: list[int] = []

    def post(form: dict[str, str]) -> None:
        codes.append(app.server.test_client().post("/token", data=form).status_code)

    threads = [threading.Thread(target=post, args=(form,)) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes
