"""UMA 2.0 Federated Authorization: the protection API from a resource server's side (F)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.scene import Scene
from tests.wire import Stranger, ticket_of, whole_record
from tests.world import World

BODY = {"resource_scopes": ["patient/Condition.read"], "name": "Conditions"}


@pytest.mark.spec("F-29", "F-30", "F-31", "F-100", "HU-12")
def test_the_endpoints_are_in_the_metadata(scene: Scene) -> None:
    found = scene.metadata
    for name in ("permission", "resource_registration", "introspection"):
        assert found[f"{name}_endpoint"].startswith(f"{scene.server.issuer}/")


@pytest.mark.spec("F-13", "F-25", "F-48", "F-51", "F-58", "F-128", "HU-16", "HU-19", "HU-20")
def test_the_five_operations_take_a_pat_and_say_what_they_did(scene: Scene) -> None:
    made = scene.call("POST", "resource_registration", scene.pat(), BODY)
    resource = made.json()["_id"]
    here = f"resource_registration/{resource}"
    endpoint = scene.metadata["resource_registration_endpoint"]
    assert made.status_code == 201
    assert made.headers["Location"] == f"{endpoint}/{resource}"
    read = scene.call("GET", here, scene.pat())
    assert (read.json()["_id"], read.json()["name"]) == (resource, "Conditions")
    put = scene.call("PUT", here, scene.pat(), {"resource_scopes": []})
    assert (put.status_code, put.json()["_id"]) == (200, resource)
    assert "name" not in scene.call("GET", here, scene.pat()).json(), "whole"
    assert resource in scene.call("GET", "resource_registration", scene.pat()).json()
    for method, path in (("GET", "resource_registration"), ("GET", here)):
        for token in (None, "x"):
            refused = scene.call(method, path, token)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
        weak = scene.call(method, path, scene.access_token("alice", "rs1", "openid"))
        assert (weak.status_code, weak.json()["error"]) == (403, "insufficient_scope")
    assert scene.call("DELETE", here, scene.pat()).status_code in (200, 204)
    gone = scene.call("GET", here, scene.pat())
    assert (gone.status_code, gone.json()["error"]) == (404, "not_found")
    wrong = scene.call("PATCH", here, scene.pat())
    assert (wrong.status_code, wrong.json()["error"]) == (405, "unsupported_method_type")


@pytest.mark.spec("F-34")
def test_protection_begins_with_the_registration_and_ends_with_it(scene: Scene) -> None:
    scopes = {"resource_scopes": ["patient/Condition.read"]}
    never = scene.call("POST", "permission", scene.pat(), {"resource_id": "x" * 22, **scopes})
    resource = scene.register()
    during = scene.call("POST", "permission", scene.pat(), {"resource_id": resource, **scopes})
    scene.call("DELETE", f"resource_registration/{resource}", scene.pat())
    after = scene.call("POST", "permission", scene.pat(), {"resource_id": resource, **scopes})
    assert during.status_code == 201
    for refused in (never, after):
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_resource_id")


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
def test_a_permission_request_fails_with_its_code(scene: Scene, change: Any, error: str) -> None:
    good = {"resource_id": scene.register(), "resource_scopes": ["patient/Condition.read"]}
    for body in (good, [good, good]):
        answer = scene.call("POST", "permission", scene.pat(), body)
        assert (answer.status_code, list(answer.json())) == (201, ["ticket"])
    answer = scene.call("POST", "permission", scene.pat(), {**good, **change})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ticket" not in answer.json()


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
def test_each_owner_has_a_pat_of_her_own(scene: Scene) -> None:
    condition = scene.register(), "Condition"
    other = scene.register(owner="dora")
    scene.policy()
    token = scene.rpt(condition)["access_token"]
    assert scene.introspect(token)["active"] is True
    assert scene.introspect(token, owner="dora") == {"active": False}
    assert scene.call("GET", f"resource_registration/{other}", scene.pat()).status_code == 404
    both = [{"resource_id": one, "resource_scopes": []} for one in (condition[0], other)]
    answer = scene.call("POST", "permission", scene.pat(), both)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_resource_id")


@pytest.mark.spec("F-10", "F-81")
def test_the_request_says_whose_record_it_is(quiet_world: World) -> None:
    http = quiet_world.client()
    for base in quiet_world.bases.values():
        issuer, ticket = ticket_of(http.get(whole_record(base)))
        assert (issuer, bool(ticket)) == (quiet_world.layout.issuer, True)
