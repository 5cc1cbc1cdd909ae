"""FedAuthz 3: the registration API, its isolation and its errors."""

import pytest

from heart_uma.scopes import resource_scopes
from tests.as_server.uma import RS1, Uma, pid

BODY = {"resource_scopes": ["patient/Condition.read"]}


def send(uma: Uma, method: str, path: str, body=None, **kwargs):
    return uma.call(method, path, uma.pat(**kwargs), body)


@pytest.mark.spec("F-47")
@pytest.mark.spec("F-59")
@pytest.mark.spec("F-60")
@pytest.mark.spec("F-63")
@pytest.mark.spec("F-43")
def test_create_and_read_back_every_member(uma: Uma) -> None:
    body = BODY | {
        "name": "Conditions",
        "name#de": "Diagnosen",
        "x": {"y": 1},
        "icon_uri": "https://x/i",
    }
    made = send(uma, "POST", "/resource", body)
    assert made.status_code == 201
    assert made.headers["Location"] == f"http://localhost:8400/resource/{made.json['_id']}"
    assert made.headers["Cache-Control"] == "no-store"
    path = made.headers["Location"].removeprefix("http://localhost:8400")
    read = send(uma, "GET", path)
    assert read.status_code == 200
    assert read.json == body | made.json
    assert made.json["user_access_policy_uri"].startswith("http://localhost:8402/")


@pytest.mark.spec("F-50")
@pytest.mark.spec("F-61")
@pytest.mark.spec("F-70")
def test_list_is_an_array_of_ids_with_or_without_the_slash(uma: Uma) -> None:
    assert send(uma, "GET", "/resource").json == []
    ids = [send(uma, "POST", path, BODY).json["_id"] for path in ("/resource", "/resource/")]
    assert len(set(ids)) == 2
    for path in ("/resource", "/resource/"):
        answer = send(uma, "GET", path)
        assert answer.status_code == 200
        assert sorted(answer.json) == sorted(ids)


@pytest.mark.spec("F-65")
@pytest.mark.spec("F-64")
def test_update_replaces_whole_or_changes_nothing(uma: Uma) -> None:
    made = send(uma, "POST", "/resource", BODY | {"description": "old"}).json["_id"]
    refused = send(uma, "PUT", f"/resource/{made}", {"name": "no scopes"})
    assert refused.status_code == 400
    assert send(uma, "GET", f"/resource/{made}").json["description"] == "old"
    answer = send(uma, "PUT", f"/resource/{made}", {"resource_scopes": ["a", "b"]})
    assert answer.status_code == 200
    assert answer.json["_id"] == made
    read = send(uma, "GET", f"/resource/{made}").json
    assert read["resource_scopes"] == ["a", "b"]
    assert "description" not in read


@pytest.mark.spec("F-68")
@pytest.mark.spec("F-69")
@pytest.mark.attack("PRO-07")
def test_deleted_is_gone_and_an_id_never_comes_back(uma: Uma) -> None:
    made = uma.register()
    assert send(uma, "DELETE", f"/resource/{made}").status_code == 204
    assert send(uma, "GET", f"/resource/{made}").status_code == 404
    assert send(uma, "DELETE", f"/resource/{made}").status_code == 404
    assert send(uma, "GET", "/resource").json == []
    again = uma.register()
    assert again != made


@pytest.mark.spec("F-18")
@pytest.mark.spec("F-19")
@pytest.mark.spec("F-54")
@pytest.mark.spec("F-66")
@pytest.mark.attack("PRO-01")
@pytest.mark.parametrize("other", [{"owner": "dora"}, {"rs": "rs2"}])
def test_a_foreign_id_is_an_unknown_id(uma: Uma, other) -> None:
    made = uma.register()
    for method, body in (("GET", None), ("PUT", BODY), ("DELETE", None)):
        foreign = send(uma, method, f"/resource/{made}", body, **other)
        unknown = send(uma, method, "/resource/AAAAAAAAAAAAAAAAAAAAAA", body, **other)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.data == unknown.data
        assert foreign.json["error"] == "not_found"
    assert send(uma, "GET", "/resource", **other).json == []
    assert send(uma, "GET", f"/resource/{made}").status_code == 200


@pytest.mark.spec("F-49")
@pytest.mark.attack("PRO-05")
def test_owner_and_id_come_from_the_pat_and_the_server(uma: Uma) -> None:
    victim = uma.register(owner="dora")
    body = BODY | {"_id": victim, "owner": uma.key["dora"], "resource_server": "rs2", "policy": {}}
    made = send(uma, "POST", "/resource", body).json["_id"]
    assert made != victim
    assert send(uma, "GET", "/resource", owner="dora").json == [victim]
    assert "owner" not in send(uma, "GET", f"/resource/{made}").json


@pytest.mark.spec("F-1")
@pytest.mark.spec("F-38")
@pytest.mark.spec("F-44")
@pytest.mark.spec("F-56")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Resource_Scopes": ["a"]},
        {"scopes": ["a"]},
        {"resource_scopes": "a"},
        {"resource_scopes": ["a", 1]},
        {"resource_scopes": ["a", ""]},
        {"resource_scopes": ["x" * 300]},
        {"resource_scopes": ["a"] * 301},
        BODY | {"name": 5},
        BODY | {"name": "x" * 2001},
        BODY | {"type": ["Patient"]},
        BODY | {"heart_uma_kind": "secrets"},
        BODY | {"heart_uma_record": "https://rs.evil/fhir/r/x"},
        BODY | {"heart_uma_record": RS1},
        BODY | {"heart_uma_record": f"{RS1}2/r/x"},
        BODY | {"heart_uma_record": f"{RS1}/r/x/"},
        [],
        "text",
    ],
)
def test_what_is_wrong_is_refused(uma: Uma, body) -> None:
    answer = send(uma, "POST", "/resource", body)
    assert answer.status_code == 400
    assert answer.json["error"] == "invalid_request"
    assert send(uma, "GET", "/resource").json == []


@pytest.mark.spec("F-57")
@pytest.mark.parametrize(
    "raw",
    [
        b'{"resource_scopes":["a"],"resource_scopes":["b"]}',
        b'{"resource_scopes":["a"],"x":NaN}',
        b'{"resource_scopes":["a"]',
        b"\xff",
        b'{"resource_scopes":["\\u0000"]}',
        b"[" * 5000,
        b"",
    ],
)
def test_json_is_read_strictly(uma: Uma, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {uma.pat()}", "Content-Type": "application/json"}
    answer = uma.wire.post("/resource", data=raw, headers=headers)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_another_content_type_is_refused(uma: Uma) -> None:
    headers = {"Authorization": f"Bearer {uma.pat()}", "Content-Type": "text/plain"}
    answer = uma.wire.post("/resource", data=b'{"resource_scopes":["a"]}', headers=headers)
    assert answer.status_code == 400


@pytest.mark.spec("F-40")
@pytest.mark.spec("F-46")
def test_no_scopes_and_unresolvable_scopes_are_fine(uma: Uma) -> None:
    assert send(uma, "POST", "/resource", {"resource_scopes": []}).status_code == 201
    dead = {"resource_scopes": ["https://dead.invalid/scope"]}
    assert send(uma, "POST", "/resource", dead).status_code == 201
    assert uma.servers.events == []


@pytest.mark.spec("F-55")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/resource", "GET, POST"),
        ("DELETE", "/resource", "GET, POST"),
        ("PUT", "/resource/", "GET, POST"),
        ("POST", "/resource/x", "GET, PUT, DELETE"),
        ("PATCH", "/resource/x", "GET, PUT, DELETE"),
    ],
)
def test_other_methods_are_405(uma: Uma, method: str, path: str, allowed: str) -> None:
    answer = send(uma, method, path, BODY)
    assert answer.status_code == 405
    assert answer.json["error"] == "unsupported_method_type"
    assert answer.headers["Allow"] == allowed


ENDPOINTS = [
    ("GET", "/resource"),
    ("POST", "/resource"),
    ("GET", "/resource/x"),
    ("PUT", "/resource/x"),
    ("DELETE", "/resource/x"),
    ("POST", "/permission"),
    ("POST", "/introspect"),
]


@pytest.mark.spec("F-12")
@pytest.mark.spec("F-14")
@pytest.mark.spec("F-15")
@pytest.mark.spec("F-118")
@pytest.mark.attack("PRO-02")
@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_the_protection_api_takes_a_live_pat_and_nothing_else(
    uma: Uma, method: str, path: str
) -> None:
    condition = uma.register()
    uma.policy()
    rpt = uma.rpt((condition, "Condition"))["access_token"]
    no_scope = uma.access_token("alice", "rs1", "openid")
    tokens = {
        None: 401,
        "garbage": 401,
        rpt: 401,
        uma.id_token("alice", "rs1"): 401,
        uma.refresh_token("alice", "rs1", "uma_protection"): 401,
        uma.access_token("alice", "rs1", "uma_protection", [RS1]): 401,
        no_scope: 403,
        uma.access_token("alice", "c2", "uma_policy"): 403,
    }
    kwargs = {"data": {"token": rpt}} if path == "/introspect" else {"json": BODY}
    for token, status in tokens.items():
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = uma.wire.open(path, method=method, headers=headers, **kwargs)
        assert answer.status_code == status, token
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert condition not in answer.text
    in_query = uma.wire.open(f"{path}?access_token={uma.pat()}", method=method, **kwargs)
    assert in_query.status_code in (400, 401)
    pat = uma.pat()
    uma.clock.advance(hours=2)
    old = uma.wire.open(path, method=method, headers={"Authorization": f"Bearer {pat}"}, **kwargs)
    assert old.status_code == 401


@pytest.mark.spec("F-67")
def test_an_update_that_takes_a_scope_takes_it_from_live_rpts_for_good(uma: Uma) -> None:
    condition = uma.register()
    uma.policy(what={"everything": True, "topics": ["PSY"]})
    rpt = uma.rpt((condition, "Condition"))["access_token"]
    scopes = resource_scopes("Condition")
    path = f"/resource/{condition}"
    less = {"resource_scopes": [s for s in scopes if s != "sens/PSY"]}
    assert send(uma, "PUT", path, less).status_code == 200
    (left,) = uma.introspect(rpt)["permissions"]
    assert "sens/PSY" not in left["resource_scopes"]
    assert len(uma.servers.events) == 1
    # Its kind is "other" now, for the type is gone: nothing names it but "everything".
    assert send(uma, "PUT", path, {"resource_scopes": scopes}).status_code == 200
    (left,) = uma.introspect(rpt)["permissions"]
    assert "sens/PSY" not in left["resource_scopes"]
    assert pid("a") == left["heart_uma_policy"]


def test_an_update_that_changes_nothing_raises_no_epoch(uma: Uma) -> None:
    condition = uma.register()
    body = {
        k: v
        for k, v in send(uma, "GET", f"/resource/{condition}").json.items()
        if k not in ("_id", "user_access_policy_uri")
    }
    assert send(uma, "PUT", f"/resource/{condition}", body).status_code == 200
    assert uma.servers.events == []


@pytest.mark.spec("F-69")
@pytest.mark.spec("HU-23")
def test_deleting_a_resource_ends_its_permissions_at_once(uma: Uma) -> None:
    condition, allergy = uma.register(), uma.register("AllergyIntolerance")
    uma.policy()
    pair = ((condition, "Condition"), (allergy, "AllergyIntolerance"))
    rpt = uma.rpt(*pair)["access_token"]
    ticket = uma.ask(*pair)
    send(uma, "DELETE", f"/resource/{condition}")
    assert uma.permitted(rpt) == {allergy}
    assert uma.permitted(uma.trade(ticket).json["access_token"]) == {allergy}
    assert len(uma.servers.events) == 1
    send(uma, "DELETE", f"/resource/{allergy}")
    assert uma.introspect(rpt) == {"active": False}
    # The last one gone, the RS was still told.
    assert len(uma.servers.events) == 2
