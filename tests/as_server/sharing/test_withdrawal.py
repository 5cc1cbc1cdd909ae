"""Grant 6.1: what an owner takes away is gone at once and for good; a pause only suspends."""

import pytest

from as_server.context import work
from as_server.sharing import withdrawal
from tests.as_server.uma import Uma, pid


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


@pytest.fixture
def allergy(uma: Uma) -> tuple[str, str]:
    return uma.register("AllergyIntolerance"), "AllergyIntolerance"


def epoch(uma: Uma, owner: str = "alice") -> int:
    from as_server.models.owner_epoch import OwnerEpoch

    with uma.app.test_request_context(method="POST"):
        row = work().db.get(OwnerEpoch, uma.key[owner])
        assert row is not None
        return row.epoch


@pytest.mark.spec("G-205")
@pytest.mark.spec("HU-63")
def test_a_stop_ends_rpt_and_refresh_token_and_a_restart_revives_neither(
    uma: Uma, condition
) -> None:
    stored = uma.policy().json["policy"]
    body = uma.rpt(condition)
    stopped = uma.owner_call("DELETE", f"/policy/{pid('a')}").json["policy"]
    assert (stopped["state"], stopped["version"]) == ("ended", 2)
    assert uma.introspect(body["access_token"]) == {"active": False}
    uma.owner_call("PUT", f"/policy/{pid('a')}", {**stored, "version": 2})
    assert uma.introspect(body["access_token"]) == {"active": False}
    assert uma.refresh(body["refresh_token"]).status_code == 400
    assert uma.permitted(uma.rpt(condition)["access_token"]) == {condition[0]}


def test_a_narrower_edit_takes_for_good(uma: Uma, condition, allergy) -> None:
    uma.policy(what={"kinds": ["conditions", "allergies"]})
    token = uma.rpt(condition, allergy)["access_token"]
    uma.policy(what={"kinds": ["conditions"]}, version=1)
    assert uma.permitted(token) == {condition[0]}
    uma.policy(what={"kinds": ["conditions", "allergies"]}, version=2)
    assert uma.permitted(token) == {condition[0]}


def test_a_deny_takes_for_good(uma: Uma, condition, allergy) -> None:
    uma.policy()
    token = uma.rpt(condition, allergy)["access_token"]
    uma.policy("d", effect="deny", what={"kinds": ["allergies"]})
    assert uma.permitted(token) == {condition[0]}
    uma.owner_call("DELETE", f"/policy/{pid('d')}")
    assert uma.permitted(token) == {condition[0]}


def test_a_pause_takes_nothing_for_good(uma: Uma, condition) -> None:
    uma.policy()
    body = uma.rpt(condition)
    uma.policy(state="paused", version=1)
    # Another change, while paused, walks the same grants: it must not count the pause.
    uma.policy("d", effect="deny", what={"kinds": ["allergies"]})
    assert uma.introspect(body["access_token"]) == {"active": False}
    uma.policy(state="on", version=2)
    assert uma.permitted(body["access_token"]) == {condition[0]}
    assert uma.refresh(body["refresh_token"]).status_code == 200


def test_only_what_can_narrow_raises_the_epoch(uma: Uma, condition) -> None:
    steps = [
        (lambda: uma.policy(), 0),
        (lambda: uma.policy(), 0),
        (lambda: uma.rpt(condition), 0),
        (lambda: uma.register("Goal"), 0),
        (lambda: uma.policy(what={"everything": True, "topics": ["PSY"]}, version=1), 0),
        (lambda: uma.policy(what={"everything": True, "topics": ["PSY", "HIV"]}, version=2), 0),
        (lambda: uma.policy(version=3), 1),
        (lambda: uma.policy(state="paused", version=4), 1),
        (lambda: uma.policy(state="on", version=5), 0),
        (lambda: uma.policy(why=["TREAT"], version=6), 1),
        (lambda: uma.policy(who={"person": uma.key["sam"]}, why=["TREAT"], version=7), 1),
        (lambda: uma.policy("d", effect="deny", state="draft"), 0),
        (lambda: uma.policy("d", effect="deny", version=1), 1),
        (lambda: uma.owner_call("DELETE", f"/policy/{pid('a')}"), 1),
    ]  # fmt: skip
    for number, (step, rise) in enumerate(steps):
        before = epoch(uma)
        answer = step()
        assert getattr(answer, "status_code", 200) in (200, 201), number
        assert epoch(uma) - before == rise, number
    assert epoch(uma, "dora") == 0


def test_the_epoch_is_told_with_the_answer(uma: Uma, condition) -> None:
    uma.policy()
    uma.policy("b", what={"kinds": ["allergies"]})
    token = uma.rpt(condition)["access_token"]
    uma.owner_call("DELETE", f"/policy/{pid('b')}")
    assert uma.introspect(token)["heart_uma_epoch"] == 1


@pytest.mark.spec("F-134")
def test_unlinking_a_record_ends_its_pat_and_its_permissions(uma: Uma, condition) -> None:
    uma.policy()
    token = uma.rpt(condition)["access_token"]
    pat = uma.pat()
    (record,) = uma.owner_call("GET", "/policy/records").json["records"]
    answer = uma.owner_call("DELETE", f"/policy/records?record={record['record']}")
    assert answer.status_code == 200
    assert answer.json["effect"]["status"] == "effective"
    assert [server["base"] for server in answer.json["effect"]["resource_servers"]] == [
        record["rs_base"]
    ]
    assert uma.call("GET", "/resource", pat).status_code == 401
    assert len(uma.servers.events) == 1
    uma.pats.clear()
    assert uma.introspect(token) == {"active": False}
    assert uma.owner_call("GET", "/policy/records").json == {"records": []}
    again = uma.owner_call("DELETE", f"/policy/records?record={record['record']}")
    assert again.status_code == 404


@pytest.mark.spec("F-134")
def test_a_place_that_registered_no_record_is_unlinked_by_its_client(uma: Uma, condition) -> None:
    foreign = uma.register(rs="rs2", heart_uma_record="", type="")
    uma.policy()
    pat = uma.pat(rs="rs2")
    for wrong in ("record=", "client_id=rs1", "client_id=", "record=x&client_id=rs2"):
        assert uma.owner_call("DELETE", f"/policy/records?{wrong}").status_code == 404
    assert (
        uma.owner_call("DELETE", "/policy/records?client_id=rs2", owner="dora").status_code == 404
    )
    answer = uma.owner_call("DELETE", "/policy/records?client_id=rs2")
    assert answer.status_code == 200
    assert uma.call("GET", f"/resource/{foreign}", pat).status_code == 401
    left = uma.owner_call("GET", "/policy/records").json["records"]
    assert [resource["_id"] for one in left for resource in one["resources"]] == [condition[0]]


@pytest.mark.attack("POL-11")
def test_a_disabled_client_loses_its_rpts_and_its_owners_are_told(uma: Uma, condition) -> None:
    uma.policy()
    mine, other = uma.rpt(condition), uma.rpt(condition, client_id="c2")
    with uma.app.test_request_context(method="POST"):
        assert withdrawal.client_disabled(work(), "c1") == [uma.key["alice"]]
        work().commit()
    assert uma.introspect(mine["access_token"]) == {"active": False}
    assert uma.permitted(other["access_token"]) == {condition[0]}
    assert epoch(uma) == 1


@pytest.mark.attack("POL-11")
def test_a_disabled_party_loses_everything_and_an_owner_shares_nothing(uma: Uma, condition) -> None:
    uma.policy()
    uma.policy("s", who={"person": uma.key["sam"]})
    bobs, sams = uma.rpt(condition), uma.rpt(condition, party="sam")
    with uma.app.test_request_context(method="POST"):
        withdrawal.account_disabled(work(), uma.key["bob"])
        work().commit()
    assert uma.introspect(bobs["access_token"]) == {"active": False}
    assert uma.refresh(bobs["refresh_token"]).status_code == 400
    assert uma.permitted(sams["access_token"]) == {condition[0]}
    with uma.app.test_request_context(method="POST"):
        withdrawal.account_disabled(work(), uma.key["alice"])
        work().commit()
    headers = {"Authorization": f"Bearer {uma.pat()}"}
    answer = uma.wire.post("/introspect", data={"token": sams["access_token"]}, headers=headers)
    assert answer.status_code == 401


@pytest.mark.attack("POL-11")
def test_a_disabled_rs_ends_what_was_issued_for_it(uma: Uma, condition) -> None:
    uma.policy()
    body = uma.rpt(condition)
    with uma.app.test_request_context(method="POST"):
        assert withdrawal.client_disabled(work(), "rs1") == [uma.key["alice"]]
        work().commit()
    assert uma.refresh(body["refresh_token"]).status_code == 400


def test_equal_grants_share_a_row_and_a_thousand_rpts_stop_at_once(uma: Uma, condition) -> None:
    from sqlalchemy import text

    uma.policy()
    tokens = [uma.rpt(condition)["access_token"] for _ in range(5)]
    with uma.app.test_request_context(method="POST"):
        assert work().db.execute(text("SELECT count(*) FROM rpt_grant")).scalar() == 1
    uma.owner_call("DELETE", f"/policy/{pid('a')}")
    assert all(uma.introspect(token) == {"active": False} for token in tokens)


@pytest.mark.parametrize("answered", [True, False])
def test_a_stop_that_is_sent_again_is_one_stop(uma: Uma, condition, answered: bool) -> None:
    """Whose answer was lost sends it again: the same answer, and nothing is done twice."""
    uma.policy()
    token = uma.rpt(condition)["access_token"]
    uma.servers.fails = not answered
    first = uma.owner_call("DELETE", f"/policy/{pid('a')}")
    uma.servers.fails = False
    before = epoch(uma)
    for _ in range(3):
        again = uma.owner_call("DELETE", f"/policy/{pid('a')}")
        assert again.status_code == first.status_code == 200
        assert again.json["policy"] == first.json["policy"]
        # Only how far it got may have changed since: it says what is true now.
        assert again.json["effect"]["status"] == "effective"
        uma.clock.advance(seconds=40)
    assert first.json["effect"]["status"] == ("effective" if answered else "pending")
    assert epoch(uma) == before == 1
    assert len(uma.servers.events) == 1, "each server heard of it once"
    history = uma.owner_call("GET", f"/policy/{pid('a')}/history").json["versions"]
    assert [version["state"] for version in history].count("ended") == 1
    noted = uma.owner_call("GET", "/activity").json["entries"]
    assert [entry["event"] for entry in noted].count("stopped") == 1
    uma.pats.pop(("alice", "rs1"), None)
    assert uma.introspect(token) == {"active": False}


@pytest.mark.parametrize("way", ["DELETE", "PUT"])
def test_two_stops_of_one_share_do_not_argue(uma: Uma, condition, way: str) -> None:
    """The second window, or the retry, holds the version of before."""
    stored = uma.policy().json["policy"]
    body = uma.rpt(condition)
    uma.owner_call("DELETE", f"/policy/{pid('a')}")
    wanted = {**stored, "state": "ended"} if way == "PUT" else None
    again = uma.owner_call(way, f"/policy/{pid('a')}", wanted)
    assert again.status_code == 200, again.text
    assert (again.json["policy"]["state"], again.json["policy"]["version"]) == ("ended", 2)
    assert epoch(uma) == 1
    assert uma.refresh(body["refresh_token"]).status_code == 400
