"""FedAuthz 4: the permission endpoint."""

import pytest
from sqlalchemy import select

from as_server import owner_seal
from as_server.db import Table
from heart_uma.scopes import resource_scopes
from tests.as_server.uma import Uma

READ = "patient/Condition.read"


def ask(uma: Uma, body, **kwargs):
    return uma.call("POST", "/permission", uma.pat(**kwargs), body)


@pytest.mark.spec("F-83")
@pytest.mark.spec("F-84")
@pytest.mark.spec("F-87")
@pytest.mark.spec("F-90")
@pytest.mark.spec("F-91")
@pytest.mark.spec("F-92")
@pytest.mark.spec("G-31")
def test_one_ticket_for_an_object_or_an_array(uma: Uma) -> None:
    one, two = uma.register(), uma.register("Goal")
    bodies = [
        {"resource_id": one, "resource_scopes": [READ]},
        {"resource_id": one, "resource_scopes": [], "extra": 1},
        [{"resource_id": one, "resource_scopes": [READ]}],
        [
            {"resource_id": one, "resource_scopes": resource_scopes("Condition")},
            {"resource_id": two, "resource_scopes": []},
        ],
    ]
    answers = [ask(uma, body) for body in [*bodies, bodies[0]]]
    for answer in answers:
        assert answer.status_code == 201
        assert list(answer.json) == ["ticket"]
        assert answer.headers["Cache-Control"] == "no-store"
    tickets = {answer.json["ticket"] for answer in answers}
    assert len(tickets) == len(answers)
    # Grant 5.4: 256 random bits, and the seal beside them.
    assert all(len(ticket) == owner_seal.LENGTH for ticket in tickets)


@pytest.mark.spec("F-75")
@pytest.mark.spec("F-86")
@pytest.mark.spec("F-94")
@pytest.mark.spec("F-96")
@pytest.mark.attack("PRO-10")
def test_unknown_and_foreign_ids_are_refused_whole_and_before_scopes(uma: Uma) -> None:
    mine, doras, at_rs2 = uma.register(), uma.register(owner="dora"), uma.register(rs="rs2")
    for other in (doras, at_rs2, "unknown"):
        body = [
            {"resource_id": mine, "resource_scopes": ["never registered"]},
            {"resource_id": other, "resource_scopes": [READ]},
        ]
        answer = ask(uma, body)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_resource_id")
        assert "ticket" not in answer.json


@pytest.mark.spec("F-88")
@pytest.mark.spec("F-95")
@pytest.mark.spec("HU-29")
@pytest.mark.attack("PRO-11")
@pytest.mark.parametrize(
    "scopes",
    [["*"], ["patient/*.*"], ["patient/Goal.read"], ["sens/NONE"], [READ, "x"], ["y"] * 301],
)
def test_scopes_have_to_be_registered_for_that_resource(uma: Uma, scopes) -> None:
    answer = ask(uma, {"resource_id": uma.register(), "resource_scopes": scopes})
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")


@pytest.mark.spec("F-82")
@pytest.mark.spec("F-85")
@pytest.mark.attack("PRO-11")
@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "x",
        5,
        [[]],
        {"resource_id": "x"},
        {"resource_scopes": []},
        {"resource_id": 5, "resource_scopes": []},
        {"resource_id": "", "resource_scopes": []},
        {"resource_id": "x", "resource_scopes": "y"},
        {"resource_id": "x", "resource_scopes": [1]},
        {"resource_id": "x", "resource_scopes": None},
        [{"resource_id": "x", "resource_scopes": []}] * 201,
    ],
)
def test_malformed_requests_are_invalid_request(uma: Uma, body) -> None:
    answer = ask(uma, body)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.spec("F-89")
def test_the_same_resource_twice_is_one_by_union(uma: Uma) -> None:
    condition = uma.register()
    uma.policy(what={"everything": True, "topics": ["PSY"]})
    body = [
        {"resource_id": condition, "resource_scopes": [READ]},
        {"resource_id": condition, "resource_scopes": ["sens/PSY"]},
    ]
    rpt = uma.trade(ask(uma, body).json["ticket"]).json["access_token"]
    (permission,) = uma.introspect(rpt)["permissions"]
    assert permission["resource_scopes"] == [READ, "sens/PSY"]


@pytest.mark.spec("F-82")
def test_other_methods_are_405(uma: Uma) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        assert uma.call(method, "/permission", uma.pat()).status_code == 405


@pytest.mark.attack("TKT-16")
def test_no_ticket_and_no_token_is_stored_in_clear(uma: Uma) -> None:
    condition = uma.register()
    uma.policy()
    ticket = uma.ask((condition, "Condition"))
    body = uma.rpt((condition, "Condition"))
    with uma.app.engine.connect() as connection:
        tables = Table.metadata.sorted_tables
        dump = "\n".join(str(row) for table in tables for row in connection.execute(select(table)))
    for secret in (ticket, body["access_token"], body["refresh_token"], uma.pat()):
        assert secret not in dump
