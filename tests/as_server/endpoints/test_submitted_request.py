"""Grant 3.3.6: asking the owner, waiting, and her answer."""

from datetime import timedelta

import pytest

from as_server.models import submitted_request as requests
from heart_uma.rfc3339 import print_moment
from tests.as_server.uma import RS1, Uma, pid


@pytest.fixture
def asked(uma: Uma) -> Uma:
    """Alice wants to be asked, whoever comes."""
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    return uma


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


@pytest.fixture
def allergy(uma: Uma) -> tuple[str, str]:
    return uma.register("AllergyIntolerance"), "AllergyIntolerance"


def waiting(uma: Uma, **kwargs):
    return uma.owner_call("GET", "/requests?state=waiting", **kwargs).json["requests"]


def answer(uma: Uma, request_id: str, said: str, policy=None, owner: str = "alice", **more):
    body = {"answer": said, "policy": policy} | more
    return uma.owner_call("POST", f"/requests/{request_id}/answer", body, owner)


def permit(uma: Uma, party: str = "bob", name: str = "yes", **members):
    return {
        "id": pid(name),
        "state": "on",
        "who": {"person": uma.key[party]},
        "what": {"everything": True},
    } | members


@pytest.mark.spec("G-138")
@pytest.mark.spec("G-139")
@pytest.mark.spec("G-140")
@pytest.mark.spec("G-141")
@pytest.mark.spec("G-145")
@pytest.mark.spec("HU-64")
def test_submitted_carries_a_ticket_and_an_interval_and_the_owner_sees_it(
    asked: Uma, condition
) -> None:
    ticket = asked.ask(condition)
    until = print_moment(asked.clock() + timedelta(days=180))
    got = asked.trade(
        ticket, reason="You see me on 18 November.", purpose_of_use="TREAT", ask_id="q1",
        requested_until=until or "", scope="sens/PSY",
    )  # fmt: skip
    assert (got.status_code, got.json["error"]) == (403, "request_submitted")
    assert got.json["interval"] == 5
    assert got.json["ticket"] != ticket
    (request,) = waiting(asked)
    assert request["who"]["name"] == "Dr. Bob Chen"
    assert request["who"]["checked_by"] == "Cedar Valley"
    assert request["client"] == {"client_id": "c1", "name": "Name of c1", "dynamic": True}
    assert (request["kinds"], request["topics"]) == (["conditions"], ["PSY"])
    assert request["records"] == [f"{RS1}/r/{'alice':_<22}"]
    assert request["reason"] == "You see me on 18 November."
    assert (request["purpose_of_use"], request["requested_until"]) == ("TREAT", until)
    assert request["answer"] is None
    one = asked.owner_call("GET", f"/requests/{request['id']}").json["request"]
    assert one == request


def test_a_topic_may_be_asked_for_without_being_registered_for_it(asked: Uma, condition) -> None:
    """The ticket holds it already, as a ceiling: naming it makes it a wish, and grants nothing."""
    asked.policy("some")
    got = asked.trade(asked.ask(condition), scope="sens/HIV", ask_id="q1")
    assert got.json["error"] == "request_submitted"
    assert waiting(asked)[0]["topics"] == ["HIV"]
    assert asked.trade(asked.ask(condition), scope="sens/HIV").status_code == 200


@pytest.mark.spec("G-143")
@pytest.mark.spec("G-9")
@pytest.mark.spec("G-194")
@pytest.mark.spec("HFU-29")
def test_polling_by_rotation_until_the_answer(asked: Uma, condition) -> None:
    first = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    asked.clock.advance(seconds=5)
    second = asked.trade(first, ask_id="q1")
    assert second.json["error"] == "request_submitted"
    again = asked.trade(first, ask_id="q1")
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    (request,) = waiting(asked)
    told = answer(asked, request["id"], "yes", permit(asked))
    assert told.status_code == 200
    assert told.json["request"]["state"] == "answered"
    assert told.json["policy"]["id"] == pid("yes")
    assert told.json["effect"]["status"] == "effective"
    asked.clock.advance(hours=23)
    asked.pats.clear()
    got = asked.trade(second.json["ticket"], ask_id="q1")
    assert got.status_code == 200
    assert asked.permitted(got.json["access_token"]) == {condition[0]}


def test_a_polling_ticket_lives_a_day_and_a_fresh_one_simply_succeeds(
    asked: Uma, condition
) -> None:
    polling = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    answer(asked, waiting(asked)[0]["id"], "yes", permit(asked))
    asked.clock.advance(days=1)
    asked.pats.clear()
    assert asked.trade(polling, ask_id="q1").json["error"] == "invalid_grant"
    assert asked.trade(asked.ask(condition)).status_code == 200


def test_a_no_ends_the_polling_and_asking_again_needs_another_id(asked: Uma, condition) -> None:
    polling = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    (request,) = waiting(asked)
    told = answer(asked, request["id"], "no", tell_reason="Not now.")
    assert told.json["policy"] is None
    got = asked.trade(polling, ask_id="q1")
    assert (got.status_code, got.json["error"]) == (403, "request_denied")
    assert asked.trade(asked.ask(condition), ask_id="q1").json["error"] == "request_denied"
    assert waiting(asked) == []
    assert asked.trade(asked.ask(condition), ask_id="q2").json["error"] == "request_submitted"


def test_yes_to_some_grants_the_part_and_does_not_ask_for_ever(
    asked: Uma, condition, allergy
) -> None:
    ticket = asked.ask(condition, allergy)
    polling = asked.trade(ticket, ask_id="q1", reason="Please", scope="sens/PSY").json["ticket"]
    part = permit(asked, what={"kinds": ["conditions"]})
    answer(asked, waiting(asked)[0]["id"], "some", part)
    got = asked.trade(polling, ask_id="q1", reason="Please", scope="sens/PSY")
    assert got.status_code == 200
    assert asked.permitted(got.json["access_token"]) == {condition[0]}


def test_polling_without_repeating_the_appeal_stays_the_same_request(
    asked: Uma, condition, allergy
) -> None:
    asked.policy("some", what={"kinds": ["conditions"]})
    polling = asked.trade(asked.ask(condition, allergy), ask_id="q1").json["ticket"]
    polled = asked.trade(polling)
    assert polled.json["error"] == "request_submitted"
    assert len(waiting(asked)) == 1
    answer(asked, waiting(asked)[0]["id"], "no")
    got = asked.trade(polled.json["ticket"])
    assert asked.permitted(got.json["access_token"]) == {condition[0]}


def test_a_part_is_granted_at_once_unless_the_party_asks(asked: Uma, condition, allergy) -> None:
    asked.policy("some", what={"kinds": ["conditions"]})
    assert asked.trade(asked.ask(condition, allergy)).status_code == 200
    assert waiting(asked) == []
    for appeal in ({"reason": "More, please"}, {"ask_id": "q1"}):
        got = asked.trade(asked.ask(condition, allergy), **appeal)
        assert got.json["error"] == "request_submitted"
    assert asked.trade(asked.ask(condition), ask_id="q2").status_code == 200


def test_one_ask_id_is_one_request_for_every_record(asked: Uma, condition) -> None:
    there = asked.register("Goal", rs="rs2")
    tickets = [asked.ask(condition), asked.ask((there, "Goal"), rs="rs2")]
    polling = [asked.trade(ticket, ask_id="q1").json["ticket"] for ticket in tickets]
    (request,) = waiting(asked)
    assert request["kinds"] == ["conditions", "plans"]
    assert len(request["records"]) == 2
    answer(asked, request["id"], "yes", permit(asked))
    assert [asked.trade(ticket, ask_id="q1").status_code for ticket in polling] == [200, 200]


def test_a_link_that_is_opened_is_one_request_for_every_record(asked: Uma, condition) -> None:
    there = asked.register("Goal", rs="rs2")
    tickets = [asked.ask(condition), asked.ask((there, "Goal"), rs="rs2"), asked.ask(condition)]
    polling = [asked.trade(t, purpose_of_use="TREAT").json["ticket"] for t in tickets]
    (request,) = waiting(asked)
    assert len(request["records"]) == 2
    asked.trade(asked.ask(condition), purpose_of_use="HRESCH")
    asked.trade(asked.ask(condition), "sam", purpose_of_use="TREAT")
    assert [one["id"] for one in waiting(asked) if one["who"]["name"] == "Dr. Bob Chen"] == [
        request["id"]
    ]
    asked.trade(asked.ask(condition), purpose_of_use="TREAT", reason="Please")
    sams, bobs = sorted(waiting(asked), key=lambda one: one["is_a_try"], reverse=True)
    assert (sams["who"]["name"], bobs["reason"]) == ("Sam Carter", "Please")
    answer(asked, bobs["id"], "yes", permit(asked))
    got = [asked.trade(ticket, purpose_of_use="TREAT").status_code for ticket in polling]
    assert got == [200, 200, 200]


@pytest.mark.parametrize("other", [{"party": "sam"}, {"client_id": "c2"}, {"ask_id": "q2"}])
def test_another_person_client_or_id_is_another_request(asked: Uma, condition, other) -> None:
    asked.trade(asked.ask(condition), ask_id="q1")
    asked.trade(asked.ask(condition), **({"ask_id": "q1"} | other))
    assert len(waiting(asked)) == 2


def test_an_answer_to_one_person_is_nothing_to_the_next(asked: Uma, condition) -> None:
    polling = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    answer(asked, waiting(asked)[0]["id"], "yes", permit(asked))
    got = asked.trade(polling, "sam")
    assert got.json["error"] == "request_submitted"
    assert [r["who"]["name"] for r in waiting(asked)] == ["Sam Carter"]


def test_people_who_take_turns_keep_their_own_requests(asked: Uma, condition) -> None:
    ticket = asked.ask(condition)
    for party in ("bob", "sam", "bob", None, "bob"):
        got = asked.trade(ticket, party)
        assert got.status_code == 403
        ticket = got.json["ticket"]
    assert sorted(r["who"]["name"] for r in waiting(asked)) == ["Dr. Bob Chen", "Sam Carter"]
    (bobs,) = [r for r in waiting(asked) if r["who"]["name"] == "Dr. Bob Chen"]
    answer(asked, bobs["id"], "yes", permit(asked))
    assert asked.trade(ticket).status_code == 200


def test_a_no_to_one_person_is_no_no_to_the_next_who_polls(asked: Uma, condition) -> None:
    polling = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    answer(asked, waiting(asked)[0]["id"], "no")
    assert asked.trade(polling, "sam").json["error"] == "request_submitted"


@pytest.mark.attack("WEB-10")
def test_a_second_answer_changes_nothing_and_gets_the_first(asked: Uma, condition) -> None:
    asked.trade(asked.ask(condition))
    (request,) = waiting(asked)
    answer(asked, request["id"], "no")
    second = answer(asked, request["id"], "yes", permit(asked))
    assert second.status_code == 409
    assert second.json["request"]["answer"]["answer"] == "no"
    assert pid("yes") not in str(asked.owner_call("GET", "/policy").json)


def test_a_request_runs_out_and_can_be_asked_again(asked: Uma, condition) -> None:
    asked.trade(asked.ask(condition), ask_id="q1")
    (request,) = waiting(asked)
    asked.clock.advance(days=30)
    asked.pats.clear()
    assert waiting(asked) == []
    assert len(asked.owner_call("GET", "/requests?state=ran_out").json["requests"]) == 1
    late = answer(asked, request["id"], "yes", permit(asked))
    assert late.status_code == 409
    assert late.json["request"]["state"] == "ran_out"
    assert asked.trade(asked.ask(condition), ask_id="q1").json["error"] == "request_submitted"
    assert [r["id"] for r in waiting(asked)] == [request["id"]]


@pytest.mark.attack("WEB-22")
def test_nobody_floods_an_owner(asked: Uma, condition) -> None:
    for n in range(requests.MAX_WAITING):
        assert (
            asked.trade(asked.ask(condition), ask_id=f"q{n}").json["error"] == "request_submitted"
        )
    got = asked.trade(asked.ask(condition), ask_id="one more")
    assert got.status_code == 400  # a space is no part of an id
    got = asked.trade(asked.ask(condition), ask_id="one-more")
    assert got.json["error"] == "request_denied"
    assert len(waiting(asked)) == requests.MAX_WAITING
    assert asked.trade(asked.ask(condition), ask_id="q0").json["error"] == "request_submitted"
    assert asked.trade(asked.ask(condition), "sam", ask_id="q").json["error"] == "request_submitted"


def test_a_block_holds_against_rules_by_kind(asked: Uma, condition) -> None:
    polling = asked.trade(asked.ask(condition)).json["ticket"]
    answer(asked, waiting(asked)[0]["id"], "no", block=True)
    asked.policy("k", who={"anyone": True}, what={"kinds": ["conditions"], "topics": ["PSY"]})
    for ticket in (polling, asked.ask(condition)):
        assert asked.trade(ticket, ask_id="again").json["error"] == "request_denied"
    assert waiting(asked) == []
    assert asked.trade(asked.ask(condition), "sam").status_code == 200


@pytest.mark.attack("WEB-07")
def test_a_foreign_request_is_an_unknown_one(asked: Uma, condition) -> None:
    asked.trade(asked.ask(condition))
    (request,) = waiting(asked)
    assert waiting(asked, owner="dora") == []
    for request_id in (request["id"], "x"):
        assert asked.owner_call("GET", f"/requests/{request_id}", owner="dora").status_code == 404
        assert answer(asked, request_id, "no", owner="dora").status_code == 404
    assert waiting(asked) == [request]


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "maybe"},
        {"answer": None},
        {"policy": None},
        {"policy": {}},
        {"policy": {"who": {"anyone": True}}},
        {"policy": {"who": {"role": "family_doctor"}}},
        {"policy": {"state": "draft"}},
        {"policy": {"effect": "deny"}},
        {"policy": {"ask_me": True}},
        {"answer": "no"},
        {"block": True},
        {"block": "yes"},
        {"tell_reason": "x" * 281},
        {"tell_reason": 5},
    ],
)
def test_an_answer_has_to_fit(asked: Uma, condition, change) -> None:
    asked.trade(asked.ask(condition))
    (request,) = waiting(asked)
    body = {"answer": "yes", "policy": permit(asked)}
    if change.get("policy"):
        change = {"policy": body["policy"] | change["policy"]}
    got = asked.owner_call("POST", f"/requests/{request['id']}/answer", body | change)
    assert (got.status_code, got.json["error"]) == (400, "invalid_request")
    assert waiting(asked) == [request]


def test_a_bad_state_is_refused(uma: Uma) -> None:
    assert uma.owner_call("GET", "/requests?state=x").status_code == 400


@pytest.mark.spec("G-138")
def test_the_words_of_the_party_are_kept_as_they_are(asked: Uma, condition) -> None:
    words = "<script>alert('x')</script> \u202e {{7*7}}"
    asked.trade(asked.ask(condition), reason=words)
    assert waiting(asked)[0]["reason"] == words
