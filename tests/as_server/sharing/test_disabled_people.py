"""A person who is disabled, as party and as owner: what names them can be seen and stopped."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from tests.as_server.uma import Uma, pid


def command(uma: Uma, *words: str) -> Any:
    return uma.app.test_cli_runner().invoke(args=list(words))


def disable(uma: Uma, login: str = "bob") -> None:
    assert command(uma, "disable-account", login).exit_code == 0


@pytest.mark.fault("1.1")
@pytest.mark.parametrize(
    "change",
    [
        {"state": "paused"},
        {"state": "ended"},
        {"state": "draft"},
        {"what": {"kinds": ["allergies"]}},
        {"effect": "deny"},
        {"ask_me": True},
    ],
)
def test_what_names_a_disabled_person_can_be_changed(uma: Uma, change: dict[str, Any]) -> None:
    uma.register()
    policy = uma.policy().json["policy"]
    disable(uma)
    listed = uma.owner_call("GET", "/policy").json["policies"]
    assert [one["id"] for one in listed] == [policy["id"]]
    answer = uma.owner_call("PUT", f"/policy/{pid('a')}", {**policy, **change})
    assert answer.status_code == 200, answer.text
    assert uma.owner_call("DELETE", f"/policy/{pid('a')}").status_code == 200


@pytest.mark.fault("1.1")
def test_a_preview_says_that_the_person_has_no_account(uma: Uma) -> None:
    uma.register()
    policy = uma.policy().json["policy"]
    disable(uma)
    who = {"person": uma.key["bob"]}
    for body in ({"party": who}, {"policy": policy}, {"policy": {"who": who}}):
        answer = uma.owner_call("POST", "/policy/preview", body)
        assert answer.status_code == 200, answer.text
        assert answer.json["party"]["name"] == "Dr. Bob Chen"
        assert answer.json["party"]["disabled"] is True
        assert [record["permissions"] for record in answer.json["records"]] == [[]]


def test_the_draft_of_an_edit_may_name_whom_a_share_names(uma: Uma) -> None:
    uma.policy()
    disable(uma)
    assert uma.policy("edit", state="draft").status_code == 201


def test_who_is_newly_named_has_to_have_an_account(uma: Uma) -> None:
    disable(uma)
    for answer in (uma.policy(), uma.policy("b", state="draft"),
                   uma.owner_call("POST", "/policy/preview",
                                  {"party": {"person": uma.key["bob"]}})):  # fmt: skip
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.fault("1.1")
@pytest.mark.parametrize("said", ["no", "block", "yes"])
def test_a_request_of_a_disabled_person_can_be_answered(uma: Uma, said: str) -> None:
    resource = uma.register()
    uma.policy("ask", ask_me=True, who={"anyone": True})
    uma.trade(uma.ask((resource, "Condition")), reason="Please.")
    disable(uma)
    (asked,) = uma.owner_call("GET", "/requests").json["requests"]
    assert asked["who"]["disabled"] is True
    permit = {"id": pid("yes"), "state": "on", "who": {"person": uma.key["bob"]}}
    body: dict[str, Any] = {"answer": "no", "block": said == "block"}
    if said == "yes":
        body = {"answer": "yes", "policy": permit}
    answer = uma.owner_call("POST", f"/requests/{asked['id']}/answer", body)
    assert answer.status_code == 200, answer.text
    # And it opens nothing: a disabled person proves nothing.
    assert uma.trade(uma.ask((resource, "Condition")), "bob").status_code in (400, 403)


@pytest.mark.fault("1.1")
def test_a_request_of_somebody_who_is_not_known_any_more_can_be_answered(uma: Uma) -> None:
    resource = uma.register()
    uma.policy("ask", ask_me=True, who={"anyone": True})
    uma.trade(uma.ask((resource, "Condition")), reason="Please.")
    with uma.app.engine.begin() as connection:
        connection.execute(text("DELETE FROM account WHERE login = 'bob'"))
    (asked,) = uma.owner_call("GET", "/requests").json["requests"]
    assert asked["who"] == {"key": uma.key["bob"], "name": "", "disabled": True}
    answer = uma.owner_call("POST", f"/requests/{asked['id']}/answer", {"answer": "no"})
    assert answer.status_code == 200, answer.text


@pytest.mark.fault("1.1")
def test_an_account_can_be_enabled_again(uma: Uma) -> None:
    resource = uma.register()
    uma.policy()
    old = uma.rpt((resource, "Condition"))
    disable(uma)
    assert uma.permitted(old["access_token"]) == set()
    answer = command(uma, "enable-account", "bob")
    assert answer.exit_code == 0, answer.output
    # The share holds again; what was ended stays ended.
    assert uma.permitted(old["access_token"]) == set()
    assert uma.refresh(old["refresh_token"]).status_code == 400
    assert uma.permitted(uma.rpt((resource, "Condition"))["access_token"]) == {resource}
    assert command(uma, "enable-account", "bob").exit_code != 0
    assert command(uma, "enable-account", "nobody").exit_code != 0


@pytest.mark.fault("1.22")
@pytest.mark.parametrize("how", ["trade", "refresh", "introspect", "permission", "resource"])
def test_nothing_of_a_disabled_owner_is_good_for_anything(uma: Uma, how: str) -> None:
    resource = uma.register()
    uma.policy()
    rpt, ticket = uma.rpt((resource, "Condition")), uma.ask((resource, "Condition"))
    disable(uma, "alice")
    if how == "trade":
        answer = uma.trade(ticket)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    elif how == "refresh":
        answer = uma.refresh(rpt["refresh_token"])
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    elif how == "introspect":
        body = {"token": rpt["access_token"]}
        assert uma.call("POST", "/introspect", uma.pat(), data=body).status_code == 401
    elif how == "permission":
        body = {"resource_id": resource, "resource_scopes": ["patient/Condition.read"]}
        assert uma.call("POST", "/permission", uma.pat(), body).status_code == 401
    else:
        assert uma.call("GET", "/resource", uma.pat()).status_code == 401


@pytest.mark.fault("1.22")
def test_who_waits_for_a_disabled_owner_waits_no_longer(uma: Uma) -> None:
    resource = uma.register()
    uma.policy("ask", ask_me=True, who={"anyone": True})
    waiting = uma.trade(uma.ask((resource, "Condition")), reason="Please.").json
    assert waiting["error"] == "request_submitted"
    disable(uma, "alice")
    uma.clock.advance(seconds=60)
    answer = uma.trade(waiting["ticket"], None)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("client_id", ["c1", "rs1"])
def test_what_a_disabled_client_held_is_dead(uma: Uma, client_id: str) -> None:
    resource = uma.register()
    uma.policy()
    rpt, ticket = uma.rpt((resource, "Condition")), uma.ask((resource, "Condition"))
    assert command(uma, "disable-client", client_id).exit_code == 0
    assert uma.trade(ticket).json["error"] in ("invalid_client", "request_denied")
    assert uma.refresh(rpt["refresh_token"]).json["error"] in ("invalid_client", "invalid_grant")
    # The owner sees and stops as before.
    assert uma.owner_call("GET", "/policy/records").status_code == 200
    assert uma.owner_call("DELETE", f"/policy/{pid('a')}").status_code == 200
