"""Leaving: revocation, sign-out, userinfo, and the bearer check (RFC 7009, RFC 6750)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from as_server.context import AsServer
from as_server.models.account import Account
from as_server.models.client import Client
from heart_uma.jose import KeySet, sign
from tests.as_server.person import App, Person
from tests.as_server.uma import Uma, pid
from tests.conftest import Clock


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def userinfo(app: App, token: str) -> Any:
    return app.wire.get("/userinfo", headers=bearer(token))


def revoke(app: App, token: str, **form: str) -> Any:
    return app.wire.post("/revoke", data={"token": token, **app.proof(), **form})


@pytest.mark.spec("HO-90")
def test_a_client_ends_its_own_tokens_only(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    tokens = app.tokens(alice, "openid offline_access")
    other = App(as_app, clock, 1).register()
    assert revoke(other, tokens["access_token"]).status_code == 200
    assert userinfo(app, tokens["access_token"]).status_code == 200
    assert revoke(app, tokens["access_token"]).status_code == 200
    assert userinfo(app, tokens["access_token"]).status_code == 401


def test_revoking_a_refresh_token_ends_the_family(app: App, alice: Person) -> None:
    tokens = app.tokens(alice, "openid offline_access")
    answer = revoke(app, tokens["refresh_token"], token_type_hint="refresh_token")
    assert answer.status_code == 200
    assert userinfo(app, tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).status_code == 400


@pytest.mark.spec("HO-111")
def test_revocation_needs_the_client(app: App) -> None:
    assert app.wire.post("/revoke", data={"token": "x"}).json["error"] == "invalid_client"
    assert revoke(app, "").json["error"] == "invalid_request"
    assert revoke(app, "unknown").status_code == 200
    assert app.wire.get("/revoke").status_code == 405


@pytest.mark.fault("1.9")
@pytest.mark.fault("2.8")
@pytest.mark.parametrize(
    "hint", ["id_token", "bearer", "urn:ietf:params:oauth:token-type:jwt", "access_token", ""]
)
def test_a_hint_never_keeps_a_token_alive(app: App, alice: Person, hint: str) -> None:
    """RFC 7009 2.1: the search goes on; 2.2: an unknown hint does not influence the answer."""
    tokens = app.tokens(alice, "openid offline_access")
    answer = revoke(app, tokens["refresh_token"], token_type_hint=hint)
    assert (answer.status_code, answer.json) == (200, {})
    assert app.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_userinfo_names_the_person_as_the_id_token_does(app: App, alice: Person) -> None:
    from heart_uma.jose import peek

    tokens = app.tokens(alice, "openid profile")
    answer = userinfo(app, tokens["access_token"])
    assert answer.json == {"sub": peek(tokens["id_token"])[1]["sub"], "name": "Alice Moreno"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_challenge_names_what_is_wrong(app: App, alice: Person) -> None:
    none = app.wire.get("/userinfo")
    assert none.status_code == 401
    assert none.headers["WWW-Authenticate"].startswith("Bearer realm=")
    assert "error" not in none.headers["WWW-Authenticate"]
    bad = userinfo(app, "nonsense")
    assert 'error="invalid_token"' in bad.headers["WWW-Authenticate"]
    narrow = userinfo(app, app.tokens(alice, "uma_policy")["access_token"])
    assert (narrow.status_code, narrow.json["error"]) == (403, "insufficient_scope")
    assert 'scope="openid"' in narrow.headers["WWW-Authenticate"]


@pytest.mark.spec("X-3")
def test_a_token_outside_the_header_is_not_looked_at(app: App, alice: Person) -> None:
    token = app.tokens(alice, "openid")["access_token"]
    assert app.wire.get("/userinfo", query_string={"access_token": token}).status_code == 401
    assert app.wire.post("/userinfo", data={"access_token": token}).status_code == 401
    two = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert app.wire.get("/userinfo", headers=two).status_code == 401


@pytest.mark.attack("JWT-13")
@pytest.mark.attack("JWT-17")
def test_only_the_very_string_that_was_issued_counts(
    app: App, alice: Person, server_keys: KeySet
) -> None:
    tokens = app.tokens(alice, "openid offline_access")
    value = tokens["access_token"]
    other = "Q" if value.endswith("A") else "A"
    changed = [value[:-1], value + "=", value[:-1] + other, value + " x", value.replace(".", ". ")]
    claims = {"iss": "http://localhost:8400", "sub": "x", "aud": ["http://localhost:8400"]}
    # Even a token signed with the server's own key is nothing without its row.
    signed = sign("access_token", claims | {"exp": 4_000_000_000}, server_keys)
    for token in (*changed, signed, tokens["id_token"], tokens["refresh_token"], ""):
        assert userinfo(app, token).status_code == 401


def test_a_token_ends_with_its_time_its_person_and_its_client(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    for table in (Account, Client):
        token = app.tokens(alice, "openid")["access_token"]
        for disabled in (True, False):
            with Session(as_app.engine) as db:
                db.execute(update(table).values(disabled=disabled))
                db.commit()
            assert userinfo(app, token).status_code == (401 if disabled else 200)
    token = app.tokens(alice, "openid")["access_token"]
    clock.advance(seconds=3599)
    assert userinfo(app, token).status_code == 200
    clock.advance(seconds=1)
    assert userinfo(app, token).status_code == 401


@pytest.fixture
def leaving(as_app: AsServer, clock: Clock) -> App:
    return App(as_app, clock).register(post_logout_redirect_uris=["https://app.example/bye"])


def test_a_genuine_hint_signs_out_and_goes_back(leaving: App, alice: Person, clock: Clock) -> None:
    hint = leaving.tokens(alice, "openid")["id_token"]
    clock.advance(minutes=10)
    answer = alice.get(
        "/logout",
        id_token_hint=hint,
        post_logout_redirect_uri="https://app.example/bye",
        state="a b",
    )
    assert answer.headers["Location"] == "https://app.example/bye?state=a+b"
    page = alice.follow(alice.get("/authorize", **leaving.query()))
    assert b'name="username"' in page.data


@pytest.mark.attack("AZ-10")
def test_leaving_never_leads_to_a_place_that_is_not_the_clients_own(
    as_app: AsServer, leaving: App, alice: Person, clock: Clock
) -> None:
    other = App(as_app, clock, 1).register(post_logout_redirect_uris=["https://other.example/bye"])
    hint = leaving.tokens(alice, "openid")["id_token"]
    wanted = "https://app.example/bye"
    for query in (
        {"post_logout_redirect_uri": wanted},
        {"post_logout_redirect_uri": wanted, "client_id": leaving.client_id},
        {"post_logout_redirect_uri": wanted, "id_token_hint": "x.y.z"},
        {"post_logout_redirect_uri": wanted, "id_token_hint": hint, "client_id": other.client_id},
    ):
        page = alice.get("/logout", **query)
        assert page.status_code == 200
        assert "Do you want to sign out?" in page.text
    # A genuine hint signs out, but leads nowhere that is not registered for its client.
    for uri in ("https://evil.test/", "https://other.example/bye", "https://app.example/bye/"):
        hint = leaving.tokens(alice, "openid")["id_token"]
        page = alice.get("/logout", id_token_hint=hint, post_logout_redirect_uri=uri)
        assert page.status_code == 200
        assert "Location" not in page.headers


def test_the_page_signs_out_one_or_all(as_app: AsServer, alice: Person) -> None:
    import re

    alice.sign_in()
    alice.login = "bob"
    alice.sign_in()
    page = alice.get("/logout")
    found = re.search(r'name="account" value="([^"]+)">Sign out Alice', page.text)
    assert found is not None
    after = alice.press(page, "/logout", account=found[1])
    assert "Still signed in on this browser" in after.text
    assert "Alice" not in alice.get("/accounts").text
    after = alice.press(alice.get("/logout"), "/logout", account="")
    assert "You are signed out" in after.text
    assert alice.get("/accounts").status_code == 303


def test_signing_out_forgets_consents(app: App, alice: Person) -> None:
    app.code_from(alice)
    alice.press(alice.get("/logout"), "/logout", account="")
    page = alice.follow(alice.sign_in(alice.follow(alice.get("/authorize", **app.query()))))
    assert b'name="decision"' in page.data


@pytest.mark.fault("2.9")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("death", ["revoked", "stopped", "ran out", "outnumbered", "unknown"])
def test_revoking_what_is_dead_tells_nobody(uma: Uma, kind: str, death: str) -> None:
    """Each telling empties the caches of all her servers: a client may not do that for nothing."""
    condition = uma.register(), "Condition"
    uma.policy()
    body = uma.rpt(condition)
    token = body[kind]
    if death == "revoked":
        uma.wire.post("/revoke", data={"token": token, **uma.proof()})
    elif death == "stopped":
        uma.owner_call("DELETE", f"/policy/{pid('a')}")
    elif death == "ran out":
        uma.clock.advance(days=1, minutes=10)
        uma.pats.clear()
    elif death == "outnumbered":
        with uma.app.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE rpt_grant SET ended_at = 1, fingerprint = NULL")
    else:
        token += "x"

    def noticed() -> tuple[int, int, int]:
        seen = uma.owner_call("GET", "/activity").json["entries"]
        with uma.app.engine.connect() as connection:
            epoch = connection.exec_driver_sql("SELECT sum(epoch) FROM owner_epoch").scalar_one()
        return int(epoch), len(uma.servers.events), len(seen)

    before = noticed()
    for _ in range(3):
        assert uma.wire.post("/revoke", data={"token": token, **uma.proof()}).status_code == 200
    assert noticed() == before


def test_revoking_what_lives_is_told_once(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    for kind in ("access_token", "refresh_token"):
        body, told = uma.rpt(condition), len(uma.servers.events)
        for _ in range(3):
            uma.wire.post("/revoke", data={"token": body[kind], **uma.proof()})
        assert len(uma.servers.events) == told + 1
        assert uma.introspect(body["access_token"]) == {"active": False}
