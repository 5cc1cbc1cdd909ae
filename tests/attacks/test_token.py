"""The token endpoint: proofs, refresh tokens and audiences in the wrong hands (TOK)."""

from __future__ import annotations

from typing import Any

import pytest

from as_server.context import AsServer
from tests.as_server.person import App, Person
from tests.as_server.uma import RS1, RS2, Uma
from tests.attacks.conftest import dump, refused
from tests.attacks.race import codes, race
from tests.conftest import Clock

CEDAR, HARBOR = "http://localhost:8401/fhir", "http://localhost:8405/fhir"


def servers(server: AsServer, clock: Clock) -> None:
    for base in (CEDAR, HARBOR):
        origin = base.removesuffix("/fhir")
        App(server, clock, 1).register(
            heart_uma_resource_server={"base": base}, redirect_uris=[f"{origin}/link/return"]
        )


@pytest.mark.attack("TOK-05")
def test_one_proof_and_many_hands_at_once(as_app: AsServer, app: App) -> None:
    for _ in range(5):
        form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
        answers = race(*[lambda form=form: app.wire.post("/token", data=form)] * 8)  # type: ignore
        assert codes(answers) == [400] + [401] * 7


@pytest.mark.attack("TOK-05")
def test_a_proof_is_spent_by_whatever_it_was_sent_with(app: App) -> None:
    proof = app.proof()
    refused(app.wire.post("/revoke", data=proof), 400, "invalid_request")
    for path in ("/token", "/revoke", "/introspect"):
        form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x", **proof}
        refused(app.wire.post(path, data=form), 401, "invalid_client")


@pytest.mark.attack("TOK-17")
def test_one_refresh_token_and_many_hands_at_once(app: App, alice: Person, clock: Clock) -> None:
    """Within half a minute all get the one successor; whoever comes later ends it for all."""
    for _ in range(3):
        token = app.tokens(alice, "openid offline_access")["refresh_token"]
        answers = race(*[lambda token=token: app.refresh(token)] * 8)  # type: ignore[misc]
        assert codes(answers) == [200] * 8
        won = [answer.json for answer in answers]
        assert len({body["refresh_token"] for body in won}) == 1
        clock.advance(seconds=31)
        refused(app.refresh(token), 400, "invalid_grant")
        for body in won:
            refused(app.refresh(body["refresh_token"]), 400, "invalid_grant")
            headers = {"Authorization": f"Bearer {body['access_token']}"}
            assert app.wire.get("/userinfo", headers=headers).status_code == 401


@pytest.mark.attack("TOK-17")
def test_a_copied_key_ends_it_for_the_copy_and_the_sources_hear_of_it(
    uma: Uma, clock: Clock
) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    body = uma.rpt(condition)
    uma.refresh(body["refresh_token"])
    clock.advance(seconds=31)
    uma.servers.events.clear()
    refused(uma.refresh(body["refresh_token"]), 400, "invalid_grant")
    assert [str(request.url) for request in uma.servers.events] == ["http://localhost:8401/events"]
    assert uma.introspect(body["access_token"]) == {"active": False}


@pytest.mark.attack("TOK-16")
@pytest.mark.parametrize(
    ("first", "then"),
    [({"resource": CEDAR}, {"resource": HARBOR}), ({"resource": CEDAR}, {"resource": "issuer"})],
    ids=str,
)
def test_a_refresh_reaches_no_audience_but_the_authorized_one(
    as_app: AsServer, app: App, alice: Person, clock: Clock, first: Any, then: Any
) -> None:
    servers(as_app, clock)
    then = {name: value.replace("issuer", "http://localhost:8400") for name, value in then.items()}
    code = app.code_from(alice, scope="openid uma_policy owner offline_access", **first)
    tokens = app.redeem(code).json
    assert tokens["scope"] == "owner"
    refused(app.refresh(tokens["refresh_token"], **then), 400, "invalid_target")
    again = app.refresh(tokens["refresh_token"]).json
    assert again["scope"] == "owner"
    refused(app.refresh(again["refresh_token"], **then), 400, "invalid_target")


@pytest.mark.attack("TOK-16")
def test_more_power_is_no_longer_life(app: App, alice: Person, clock: Clock) -> None:
    """A PAT may be renewed for months; what else a consent gives ends with its day."""
    wide = app.tokens(alice, "openid uma_protection uma_policy offline_access")["refresh_token"]
    for _ in range(3):
        clock.advance(hours=7)
        wide = app.refresh(wide).json["refresh_token"]
    clock.advance(hours=4)
    refused(app.refresh(wide), 400, "invalid_grant")


@pytest.mark.attack("PRO-16")
@pytest.mark.attack("JWT-20")
def test_a_token_is_good_at_its_audience_only(uma: Uma) -> None:
    """PAT, policy token, owner token and RPT, each shown at the doors of the others."""
    condition = uma.register(), "Condition"
    uma.register(rs="rs2")
    uma.policy()
    tokens = {
        "pat": uma.pat(),
        "policy": uma.access_token("alice", "c2", "openid uma_policy"),
        "owner": uma.access_token("alice", "c2", "owner", [RS1]),
        "owner at rs2": uma.access_token("alice", "c2", "owner", [RS2]),
        "rpt": uma.rpt(condition)["access_token"],
        "plain": uma.access_token("alice", "c2", "openid"),
    }
    doors = {
        "/resource": {"pat"},
        "/policy": {"policy"},
        "/people/me": {"policy"},
        "/requests": {"policy"},
        "/activity": {"policy"},
        "/policy/records": {"policy"},
        "/userinfo": {"pat", "policy", "plain"},
    }
    for path, good in doors.items():
        for name, token in tokens.items():
            expected = (200,) if name in good else (401, 403)
            assert uma.call("GET", path, token).status_code in expected, (path, name)
    active = {
        (rs, owner): {
            name
            for name, token in tokens.items()
            if uma.introspect(token, owner=owner, rs=rs)["active"]
        }
        for rs in ("rs1", "rs2")
        for owner in ("alice", "dora")
    }
    assert active == {
        ("rs1", "alice"): {"owner", "rpt"},
        ("rs2", "alice"): {"owner at rs2"},
        ("rs1", "dora"): set(),
        ("rs2", "dora"): set(),
    }
    for client_id in ("rs1", "rs2", "c1"):
        for name, token in tokens.items():
            answer = uma.wire.post("/introspect", data={"token": token, **uma.proof(client_id)})
            assert answer.json == {"active": False}, (client_id, name)


@pytest.mark.attack("TOK-04")
def test_nothing_counts_in_the_query(app: App, alice: Person) -> None:
    code = app.code_from(alice)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri}
    form |= {"code_verifier": app.verifier, **app.proof()}
    before = dump(app.server.settings)
    for options in (
        {"query_string": form},
        {"query_string": {"grant_type": "authorization_code"}, "data": form},
        {"json": form},
        {"data": form, "content_type": "multipart/form-data"},
    ):
        refused(app.wire.post("/token", **options), 400, "invalid_request")  # type: ignore[arg-type]
    refused(app.wire.get("/token", query_string=form), 405)
    assert dump(app.server.settings) == before
    assert app.wire.post("/token", data=form).status_code == 200
