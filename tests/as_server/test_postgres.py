"""The UMA half on PostgreSQL: the same statements, the same answers."""

from collections.abc import Iterator

import pytest

from as_server.settings import AsSettings
from heart_uma.jose import KeySet
from heart_uma.purposes import KNOWN
from tests import postgres
from tests.as_server.uma import Uma, pid
from tests.conftest import Clock

pytestmark = pytest.mark.postgres


@pytest.fixture
def uma(
    as_settings: AsSettings, clock: Clock, server_keys: KeySet, postgres_server: str
) -> Iterator[Uma]:
    url = postgres.create_database(postgres_server)
    made = Uma(as_settings.model_copy(update={"database_url": url}), clock, server_keys)
    yield made
    made.app.engine.dispose()
    postgres.drop_database(url)


def test_the_whole_way_from_asking_to_stopping(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
    assert uma.trade(uma.ask(condition), None).json["error"] == "request_denied"
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    needed = uma.trade(uma.ask(condition, allergy), None)
    assert needed.json["error"] == "need_info"
    waiting = uma.trade(needed.json["ticket"], ask_id="q1", reason="Please")
    assert waiting.json["error"] == "request_submitted"
    (request,) = uma.owner_call("GET", "/requests?state=waiting").json["requests"]
    permit = {
        "id": pid("yes"),
        "state": "on",
        "who": {"person": uma.key["bob"]},
        "what": {"kinds": ["conditions"]},
    }
    body = {"answer": "some", "policy": permit}
    answered = uma.owner_call("POST", f"/requests/{request['id']}/answer", body)
    assert answered.json["effect"]["status"] == "effective"
    granted = uma.trade(waiting.json["ticket"], ask_id="q1").json
    assert uma.permitted(granted["access_token"]) == {condition[0]}
    assert uma.trade(needed.json["ticket"]).json["error"] == "invalid_grant"
    refreshed = uma.refresh(granted["refresh_token"]).json
    upgraded = uma.rpt(condition, rpt=refreshed["access_token"])
    assert upgraded["upgraded"] is True
    ticket = uma.ask(condition)
    replayed = uma.trade(ticket).json
    assert uma.trade(ticket).json["error"] == "invalid_grant"
    assert uma.introspect(replayed["access_token"]) == {"active": False}
    for code in sorted(KNOWN - {"ETREAT", "ERTREAT", "BTG"}):
        uma.rpt(condition, purpose_of_use=code)
    uma.servers.fails = True
    ended = uma.owner_call("DELETE", f"/policy/{pid('yes')}").json["effect"]
    assert ended["status"] == "pending"
    assert uma.introspect(upgraded["access_token"]) == {"active": False}
    assert uma.refresh(upgraded["refresh_token"]).json["error"] == "invalid_grant"
    assert len(uma.owner_call("GET", "/activity").json["entries"]) >= 6
    assert [p["name"] for p in uma.owner_call("GET", "/people?q=chen").json["people"]] == [
        "Dr. Bob Chen"
    ]
    (record,) = uma.owner_call("GET", "/policy/records").json["records"]
    gone = uma.owner_call("DELETE", f"/policy/records?record={record['record']}")
    assert gone.status_code == 200
    uma.servers.fails = False
    uma.clock.advance(seconds=10)
    with uma.app.test_request_context(method="POST"):
        uma.app.announcements.retry_due()
