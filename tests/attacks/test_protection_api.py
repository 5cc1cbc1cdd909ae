"""The protection API: one owner and one server a token, everything else does not exist (PRO)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from as_server.context import work
from as_server.sharing import withdrawal
from tests.as_server.uma import RS1, RS2, Uma
from tests.attacks.conftest import dump, refused, unharmed
from tests.conftest import Clock

SCOPES = ["patient/Condition.read", "conf/N"]
SERVER_PATHS = [
    ("GET", "/resource", None),
    ("POST", "/resource", {"resource_scopes": []}),
    ("GET", "/resource/{id}", None),
    ("PUT", "/resource/{id}", {"resource_scopes": []}),
    ("DELETE", "/resource/{id}", None),
    ("POST", "/permission", {"resource_id": "{id}", "resource_scopes": []}),
    ("POST", "/introspect", None),
]
OWNER_PATHS = [
    ("GET", "/policy", None),
    ("PUT", "/policy/pppppppppppppppppppppp", {"state": "draft"}),
    ("POST", "/policy/preview", {"party": {"anyone": True}}),
    ("GET", "/policy/records", None),
    ("DELETE", "/policy/records?record=x", None),
    ("GET", "/people?q=chen", None),
    ("GET", "/people/me", None),
    ("GET", "/requests", None),
    ("POST", "/requests/x/answer", {"answer": "no"}),
    ("GET", "/activity", None),
]


@pytest.mark.attack("PRO-02")
@pytest.mark.parametrize(("method", "path", "body"), [*SERVER_PATHS, *OWNER_PATHS])
def test_each_endpoint_by_each_wrong_credential(
    uma: Uma, clock: Clock, method: str, path: str, body: Any
) -> None:
    resource = uma.register()
    uma.policy()
    mine = "uma_protection" if (method, path, body) in SERVER_PATHS else "uma_policy"
    other = "uma_policy" if mine == "uma_protection" else "openid profile email owner"
    path = path.replace("{id}", resource)
    form = {"token": "x"} if path == "/introspect" else None
    body = None if form else {"resource_id": resource, **body} if path == "/permission" else body
    client = "rs1" if mine == "uma_protection" else "c2"
    good = uma.access_token("alice", client, f"openid {mine}")
    dead = uma.access_token("alice", client, mine)
    uma.wire.post("/revoke", data={"token": dead, **uma.proof(client)})
    rpt = uma.rpt((resource, "Condition"))
    before = dump(uma.app.settings)
    headers: list[dict[str, str]] = [
        {},
        *(
            {"Authorization": f"Bearer {token}"}
            for token in (
                *("x", "", dead, good + "x", good[:-1], rpt["access_token"], rpt["refresh_token"]),
                *(uma.id_token(), uma.access_token("alice", client, other)),
                *(uma.access_token("alice", client, mine, [RS1]),),
                uma.access_token("alice", client, mine + "_x"),
            )
        ),
        {"Authorization": f"Basic {good}"},
        {"Authorization": good},
        {"Authorization": f"DPoP {good}"},
        {"Authorization": f"Bearer {good}, Bearer {good}"},
        {"X-Authorization": f"Bearer {good}"},
        {"Cookie": f"access_token={good}; heart_as={good}"},
    ]
    before = dump(uma.app.settings)
    for sent in headers:
        answer = uma.wire.open(path, method=method, json=body, data=form, headers=sent)
        refused(answer, (401, 403))
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert resource not in answer.text
    joint = "&" if "?" in path else "?"
    answer = uma.wire.open(f"{path}{joint}access_token={good}", method=method, json=body, data=form)
    refused(answer, (400, 401))
    if form:
        refused(uma.wire.post(path, data={**form, "access_token": good}), 401)
    assert dump(uma.app.settings) == before
    clock.advance(hours=2)
    refused(uma.call(method, path, good, body, data=form), 401, "invalid_token")


@pytest.mark.attack("PRO-08")
@pytest.mark.attack("POL-11")
def test_a_person_or_a_server_that_is_disabled_has_nothing(uma: Uma) -> None:
    resource = uma.register()
    pat, policy = uma.pat(), uma.access_token("alice", "c2", "uma_policy")
    with uma.app.test_request_context(method="POST"):
        withdrawal.account_disabled(work(), uma.key["alice"])
        work().commit()
    for token, method, path in (
        (pat, "POST", "/resource"),
        (pat, "GET", f"/resource/{resource}"),
        (pat, "POST", "/permission"),
        (policy, "GET", "/policy"),
    ):
        refused(uma.call(method, path, token, {} if method == "POST" else None), (401, 403))


@pytest.mark.attack("PRO-04")
@pytest.mark.parametrize(
    "path",
    [
        *("/permission", "/permission/ticket", "/permission/ticket?owner=x", "/permissions"),
        *("/introspect", "/token", "/revoke", "/register", "/accounts/x", "/resource_set"),
        *("/admin", "/policy/preview", "/jwks/..%2ftoken", "/.env", "/openapi.json/x", "//policy"),
        *("/resource;a=b", "/RESOURCE", "/policy/%2e%2e/people", "/ui/../policy"),
    ],
)
def test_nothing_lists_tickets_and_nothing_else_is_there(uma: Uma, path: str) -> None:
    uma.ask((uma.register(), "Condition"))
    for token in (uma.pat(), uma.access_token("alice", "c2", "uma_policy")):
        answer = uma.call("GET", path, token)
        assert answer.status_code in (308, 400, 401, 403, 404, 405), answer.text
        assert "ticket" not in answer.text.lower().replace("uma-ticket", "")


@pytest.mark.attack("PRO-01")
@pytest.mark.attack("PRO-10")
def test_the_resources_of_others_are_unknown_ones(uma: Uma) -> None:
    resource = uma.register()
    uma.register(owner="dora")
    uma.register(rs="rs2")
    ends = []
    body = {"resource_scopes": SCOPES, "type": "http://hl7.org/fhir/StructureDefinition/Condition"}
    before = dump(uma.app.settings)
    for owner, rs in (("dora", "rs1"), ("alice", "rs2"), ("dora", "rs2")):
        token = uma.pat(owner, rs)
        for target in (resource, "A" * 22):
            answers = [
                uma.call("GET", f"/resource/{target}", token),
                uma.call("PUT", f"/resource/{target}", token, body),
                uma.call("DELETE", f"/resource/{target}", token),
                uma.call(
                    "POST", "/permission", token, {"resource_id": target, "resource_scopes": SCOPES}
                ),
            ]
            ends.append([(refused(a, (400, 404)).status_code, a.data) for a in answers])
        assert resource not in uma.call("GET", "/resource", token).text
    assert all(end == ends[0] for end in ends)
    after = dump(uma.app.settings)
    assert before == {
        **after,
        "token": before["token"],
        "pairwise_subject": before["pairwise_subject"],
    }


@pytest.mark.attack("PRO-05")
@pytest.mark.parametrize(
    "record",
    [
        *(
            f"{RS2}/r/x",
            f"{RS1}",
            f"{RS1}/",
            f"{RS1}/r/x/",
            f"{RS1}x/r/x",
            "http://localhost:8401/",
        ),
        *("javascript:alert(1)", f"{RS1}@evil.example/r/x", "//localhost:8401/fhir/r/x"),
    ],
)
def test_a_server_names_no_record_but_its_own(uma: Uma, record: str) -> None:
    body = {"resource_scopes": SCOPES, "heart_uma_record": record}
    before = (uma.pat(), dump(uma.app.settings))[1]
    refused(uma.call("POST", "/resource", uma.pat(), body), 400, "invalid_request")
    assert dump(uma.app.settings) == before


@pytest.mark.attack("PRO-07")
def test_a_resource_that_comes_again_is_a_new_one(uma: Uma) -> None:
    resource = uma.register()
    uma.policy()
    body = uma.rpt((resource, "Condition"))
    ticket = uma.ask((resource, "Condition"))
    uma.call("DELETE", f"/resource/{resource}", uma.pat())
    again = uma.register()
    assert again != resource
    assert uma.introspect(body["access_token"]) == {"active": False}
    refused(uma.trade(ticket), 403, "request_denied")
    refused(uma.refresh(body["refresh_token"]), 400, "invalid_grant")


@pytest.mark.attack("PRO-11")
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([], "invalid_request"),
        ({}, "invalid_request"),
        ("x", "invalid_request"),
        (None, "invalid_request"),
        ([{}], "invalid_request"),
        ({"resource_id": "{id}", "resource_scopes": ["*"]}, "invalid_scope"),
        ({"resource_id": "{id}", "resource_scopes": ["patient/*.*"]}, "invalid_scope"),
        ({"resource_id": "{id}", "resource_scopes": ["conf/N "]}, "invalid_scope"),
        ({"resource_id": "{id}", "resource_scopes": "conf/N"}, "invalid_request"),
        ({"resource_id": ["{id}"], "resource_scopes": []}, "invalid_request"),
        ([{"resource_id": "{id}", "resource_scopes": []}] * 201, "invalid_request"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_permission_request_is_whole_or_nothing(uma: Uma, body: Any, error: str) -> None:
    resource = uma.register()
    filled = json.loads(json.dumps(body).replace("{id}", resource))
    before = dump(uma.app.settings)
    headers = {"Authorization": f"Bearer {uma.pat()}"}
    answer = uma.wire.post("/permission", json=filled, headers=headers)
    refused(answer, 400, error)
    assert dump(uma.app.settings) == before


@pytest.mark.attack("PRO-22")
def test_only_its_own_client_ends_a_token(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    body = uma.rpt(condition)
    tokens = [body["access_token"], body["refresh_token"], uma.pat(), uma.id_token(), "x"]
    answers = []
    for token in tokens:
        for hint in ({}, {"token_type_hint": "refresh_token"}, {"token_type_hint": "x"}):
            answers.append(
                uma.wire.post("/revoke", data={"token": token, **hint, **uma.proof("c2")})
            )
    assert {(unharmed(a).status_code, a.data) for a in answers} == {(200, b"{}\n")}
    assert uma.permitted(body["access_token"]) == {condition[0]}
    refused(uma.wire.post("/revoke", data={"token": "x"}), 401, "invalid_client")
    for _ in range(2):
        assert (
            uma.wire.post("/revoke", data={"token": body["refresh_token"], **uma.proof()}).json
            == {}
        )
    assert uma.introspect(body["access_token"]) == {"active": False}
    refused(uma.refresh(body["refresh_token"]), 400, "invalid_grant")


@pytest.mark.attack("PRO-16")
@pytest.mark.attack("PRO-19")
@pytest.mark.attack("PRO-20")
def test_what_is_not_for_a_server_looks_like_nothing(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.policy()
    rpt = uma.rpt(condition)
    head, payload, signature = rpt["access_token"].split(".")
    tries = [
        *(
            "x",
            "a.b.c",
            " ",
            "\u00e4",
            "x" * 20_000,
            rpt["refresh_token"],
            uma.pat(),
            uma.id_token(),
        ),
        *(f"{head}.{payload}.", f"{head}.{payload}.{signature[::-1]}", uma.ask(condition)),
        uma.access_token("dora", "c2", "owner", [RS1]),
    ]
    tries += [rpt["access_token"] + "=", rpt["access_token"].swapcase()]
    headers = {"Authorization": f"Bearer {uma.pat()}"}
    seen = {
        unharmed(uma.wire.post("/introspect", data={"token": token}, headers=headers)).data
        for token in tries
    }
    assert seen == {b'{"active":false}\n'}
    found = uma.introspect(rpt["access_token"])
    assert found["active"]
    assert "scope" not in found
    assert "sub" not in found
    assert "email" not in str(found)
