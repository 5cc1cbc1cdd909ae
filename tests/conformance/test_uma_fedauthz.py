"""UMA 2.0 Federated Authorization: the protection API from a resource server's side (F)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.as_server.uma import ISSUER, Uma
from tests.wire import Stranger, ticket_of, whole_record
from tests.world import World

BODY = {"resource_scopes": ["patient/Condition.read"], "name": "Conditions"}


@pytest.mark.spec("F-29", "F-30", "F-31", "F-100", "HU-12")
def test_the_endpoints_are_in_the_metadata(uma: Uma) -> None:
    found = uma.wire.get("/.well-known/uma2-configuration").json
    for name in ("permission", "resource_registration", "introspection"):
        assert found[f"{name}_endpoint"].startswith(f"{ISSUER}/")


@pytest.mark.spec("F-13", "F-25", "F-48", "F-51", "F-58", "F-128", "HU-16", "HU-19", "HU-20")
def test_the_five_operations_take_a_pat_and_say_what_they_did(uma: Uma) -> None:
    made = uma.call("POST", "/resource", uma.pat(), BODY)
    resource = made.json["_id"]
    assert made.status_code == 201
    assert made.headers["Location"] == f"{ISSUER}/resource/{resource}"
    read = uma.call("GET", f"/resource/{resource}", uma.pat())
    assert (read.json["_id"], read.json["name"]) == (resource, "Conditions")
    put = uma.call("PUT", f"/resource/{resource}", uma.pat(), {"resource_scopes": []})
    assert (put.status_code, put.json["_id"]) == (200, resource)
    assert "name" not in uma.call("GET", f"/resource/{resource}", uma.pat()).json, "whole"
    assert resource in uma.call("GET", "/resource", uma.pat()).json
    for method, path in (("GET", "/resource"), ("GET", f"/resource/{resource}")):
        for token in (None, "x"):
            refused = uma.call(method, path, token)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
        weak = uma.call(method, path, uma.access_token("alice", "rs1", "openid"))
        assert (weak.status_code, weak.json["error"]) == (403, "insufficient_scope")
    assert uma.call("DELETE", f"/resource/{resource}", uma.pat()).status_code in (200, 204)
    gone = uma.call("GET", f"/resource/{resource}", uma.pat())
    assert (gone.status_code, gone.json["error"]) == (404, "not_found")
    wrong = uma.call("PATCH", f"/resource/{resource}", uma.pat())
    assert (wrong.status_code, wrong.json["error"]) == (405, "unsupported_method_type")


@pytest.mark.spec("F-34")
def test_protection_begins_with_the_registration_and_ends_with_it(uma: Uma) -> None:
    scopes = {"resource_scopes": ["patient/Condition.read"]}
    never = uma.call("POST", "/permission", uma.pat(), {"resource_id": "x" * 22, **scopes})
    resource = uma.register()
    during = uma.call("POST", "/permission", uma.pat(), {"resource_id": resource, **scopes})
    uma.call("DELETE", f"/resource/{resource}", uma.pat())
    after = uma.call("POST", "/permission", uma.pat(), {"resource_id": resource, **scopes})
    assert during.status_code == 201
    for refused in (never, after):
        assert (refused.status_code, refused.json["error"]) == (400, "invalid_resource_id")


@pytest.mark.spec("F-93", "HU-28")
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"resource_id": "x"}, "invalid_resource_id"),
        ({"resource_scopes": ["x"]}, "invalid_scope"),
        ({"resource_scopes": None}, "invalid_request"),
    ],
    ids=str,
)
def test_a_permission_request_fails_with_its_code(uma: Uma, change: Any, error: str) -> None:
    good = {"resource_id": uma.register(), "resource_scopes": ["patient/Condition.read"]}
    for body in (good, [good, good]):
        answer = uma.call("POST", "/permission", uma.pat(), body)
        assert (answer.status_code, list(answer.json)) == (201, ["ticket"])
    answer = uma.call("POST", "/permission", uma.pat(), {**good, **change})
    assert (answer.status_code, answer.json["error"]) == (400, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ticket" not in answer.json


@pytest.mark.spec("F-53")
def test_the_page_for_rules_asks_who_is_there(quiet_world: World) -> None:
    stranger: Stranger = quiet_world.stranger()
    pat = stranger.login("alice", "openid uma_protection")["access_token"]
    made = stranger.http.post(
        stranger.metadata["resource_registration_endpoint"],
        json=BODY,
        headers={"Authorization": f"Bearer {pat}"},
    ).json()
    page = quiet_world.browser().get(made["user_access_policy_uri"])
    assert "Conditions" not in page.text
    assert "Alice" not in page.text


@pytest.mark.spec("F-104", "HU-17", "HU-27")
def test_each_owner_has_a_pat_of_her_own(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    other = uma.register(owner="dora")
    uma.policy()
    token = uma.rpt(condition)["access_token"]
    assert uma.introspect(token)["active"] is True
    assert uma.introspect(token, owner="dora") == {"active": False}
    assert uma.call("GET", f"/resource/{other}", uma.pat()).status_code == 404
    both = [{"resource_id": one, "resource_scopes": []} for one in (condition[0], other)]
    answer = uma.call("POST", "/permission", uma.pat(), both)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_resource_id")


@pytest.mark.spec("F-10", "F-81")
def test_the_request_says_whose_record_it_is(quiet_world: World) -> None:
    http = quiet_world.client()
    for base in quiet_world.bases.values():
        issuer, ticket = ticket_of(http.get(whole_record(base)))
        assert (issuer, bool(ticket)) == (quiet_world.layout.issuer, True)
