"""A link that is opened is no request; a request is taken back, replaced, and answered in words."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from as_server.models import submitted_request as requests
from heart_uma.kinds import KINDS, TYPE_KINDS
from tests.as_server.uma import Uma, pid

TYPES = {
    kind: next((t for t, may in TYPE_KINDS.items() if kind in may), "Basic") for kind, _ in KINDS
}


@pytest.fixture
def asked(uma: Uma) -> Uma:
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    return uma


@pytest.fixture
def condition(asked: Uma) -> tuple[str, str]:
    return asked.register(), "Condition"


@pytest.fixture
def allergy(asked: Uma) -> tuple[str, str]:
    return asked.register("AllergyIntolerance"), "AllergyIntolerance"


def listed(uma: Uma, state: str = "waiting") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = uma.owner_call("GET", f"/requests?state={state}").json["requests"]
    return found


def answer(uma: Uma, request_id: str, said: str, what: Any = None, **more: Any) -> Any:
    policy = None
    if what is not None:
        who = {"person": uma.key["bob"]}
        policy = {"id": pid("yes"), "state": "on", "who": who, "what": what, **more.pop("rule", {})}
    body = {"answer": said, "policy": policy, **more}
    return uma.owner_call("POST", f"/requests/{request_id}/answer", body)


def events(uma: Uma, *names: str) -> list[str]:
    query = "&".join(f"event={name}" for name in names)
    entries = uma.owner_call("GET", f"/activity?{query}").json["entries"]
    return [entry["event"] for entry in reversed(entries)]


@pytest.mark.fault("C7")
@pytest.mark.spec("G-138")
def test_a_try_says_that_nobody_asked_and_a_request_takes_its_place(
    asked: Uma, condition, allergy
) -> None:
    tried = asked.trade(asked.ask(condition, allergy), purpose_of_use="TREAT")
    assert tried.json["error"] == "request_submitted"  # a client that knows no more waits as ever
    (one,) = listed(asked)
    assert one["is_a_try"] is True
    asked.trade(asked.ask(condition), ask_id="q1", reason="You see me on Friday.")
    (real,) = listed(asked)
    assert (real["is_a_try"], real["kinds"]) == (False, ["conditions"])
    assert [row["id"] for row in listed(asked, "withdrawn")] == [one["id"]]
    assert answer(asked, one["id"], "no").status_code == 409  # she read the try, not the request
    assert events(asked, "tried", "asked") == ["tried", "asked"]


@pytest.mark.fault("C7")
def test_a_try_after_a_request_adds_nothing_to_it_and_waits_with_it(
    asked: Uma, condition, allergy
) -> None:
    asked.trade(asked.ask(condition), ask_id="q1")
    look = asked.trade(asked.ask(condition, allergy)).json["ticket"]
    (real,) = listed(asked)
    assert real["kinds"] == ["conditions"]
    asked.trade(look)
    assert listed(asked) == [real]
    answer(asked, real["id"], "yes", {"kinds": ["conditions"]})
    assert asked.trade(asked.ask(condition)).status_code == 200


def test_the_tickets_of_a_try_go_on_with_the_request_that_took_its_place(
    asked: Uma, condition
) -> None:
    look = asked.trade(asked.ask(condition)).json["ticket"]
    asked.trade(asked.ask(condition), ask_id="q1")
    look = asked.trade(look).json["ticket"]
    (real,) = listed(asked)
    answer(asked, real["id"], "no")
    assert asked.trade(look).json["error"] == "request_denied"
    assert listed(asked) == []


def test_words_in_the_same_process_make_a_request_of_a_try(asked: Uma, condition) -> None:
    """A client that is not told yes at once lets the person say why, and goes on."""
    ticket = asked.trade(asked.ask(condition)).json["ticket"]
    ticket = asked.trade(ticket, reason="You see me on Friday.").json["ticket"]
    (real,) = listed(asked)
    assert (real["is_a_try"], real["reason"]) == (False, "You see me on Friday.")
    ticket = asked.trade(ticket).json["ticket"]
    assert [row["id"] for row in listed(asked)] == [real["id"]]
    answer(asked, real["id"], "yes", {"everything": True})
    assert asked.trade(ticket).status_code == 200


@pytest.mark.attack("WEB-22")
def test_tries_flood_nobody(asked: Uma, condition) -> None:
    for purpose in ("TREAT", "HRESCH", "HPAYMT", "CAREMGT", "FAMRQT", "COC", "TREAT"):
        asked.trade(asked.ask(condition), purpose_of_use=purpose)
    assert len(listed(asked)) == 1
    assert events(asked, "tried") == ["tried"]
    for _ in range(requests.MAX_ASKED_PER_DAY + 5):
        for one in listed(asked):
            answer(asked, one["id"], "no")
        asked.trade(asked.ask(condition), purpose_of_use="TREAT")
    assert len(events(asked, "tried")) == requests.MAX_ASKED_PER_DAY


@pytest.mark.fault("C7")
def test_who_asks_takes_the_request_back_once(asked: Uma, condition, allergy) -> None:
    first = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    second = asked.trade(asked.ask(allergy), ask_id="q1").json["ticket"]
    (real,) = listed(asked)
    got = asked.trade(first, ask_id="q1", withdraw="true")
    assert (got.status_code, got.json["error"]) == (403, "request_denied")
    assert got.json["heart_uma_request"] == {"state": "withdrawn"}
    assert listed(asked) == []
    assert [row["id"] for row in listed(asked, "withdrawn")] == [real["id"]]
    assert asked.trade(first, withdraw="true").json["error"] == "invalid_grant"
    again = asked.trade(second, ask_id="q1", withdraw="true").json
    assert again["heart_uma_request"] == {"state": "withdrawn"}
    assert events(asked, "withdrawn") == ["withdrawn"]
    assert answer(asked, real["id"], "yes", {"everything": True}).status_code == 409
    assert asked.trade(asked.ask(condition), ask_id="q1").json["error"] == "request_denied"
    assert asked.trade(asked.ask(condition), ask_id="q2").json["error"] == "request_submitted"


def test_a_try_is_taken_back_with_its_ticket_and_without(asked: Uma, condition) -> None:
    for lost in (False, True):
        ticket = asked.trade(asked.ask(condition)).json["ticket"]
        assert len(listed(asked)) == 1
        got = asked.trade(asked.ask(condition) if lost else ticket, withdraw="true")
        assert got.json["heart_uma_request"] == {"state": "withdrawn"}
        assert listed(asked) == []


@pytest.mark.attack("WEB-07")
@pytest.mark.parametrize("thief", [{"party": "sam"}, {"client_id": "c2"}, {"ask_id": "q2"}])
def test_nobody_takes_back_what_another_asked(asked: Uma, condition, thief) -> None:
    asked.trade(asked.ask(condition), ask_id="q1")
    got = asked.trade(asked.ask(condition), **({"ask_id": "q1", "withdraw": "true"} | thief))
    assert got.json["error"] == "request_denied"
    stolen = asked.trade(
        asked.ask(condition), **({"ask_id": "mine", "replaces": "q1"} | thief | {"ask_id": "mine"})
    )
    assert stolen.json["error"] == "request_submitted"
    left = [row for row in listed(asked) if row["who"]["name"] == "Dr. Bob Chen"]
    assert len(left) == (1 if thief == {"ask_id": "q2"} else 1 + ("client_id" in thief))


@pytest.mark.attack("WEB-07")
def test_taking_back_needs_to_know_who_it_is(asked: Uma, condition) -> None:
    ticket = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    assert asked.trade(ticket, None, ask_id="q1", withdraw="true").json["error"] == "need_info"
    assert len(listed(asked)) == 1


def test_an_answer_that_came_first_stands(asked: Uma, condition) -> None:
    ticket = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    answer(asked, listed(asked)[0]["id"], "yes", {"kinds": ["conditions"]})
    got = asked.trade(ticket, ask_id="q1", withdraw="true")
    assert got.status_code == 200
    assert got.json["heart_uma_request"]["answer"] == "yes"


@pytest.mark.fault("C7")
def test_a_request_takes_the_place_of_the_one_it_names(asked: Uma, condition, allergy) -> None:
    first = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    for resource in (condition, allergy):
        asked.trade(asked.ask(resource), ask_id="q2", replaces="q1", reason="More")
    (real,) = listed(asked)
    assert real["kinds"] == ["conditions", "allergies"]
    got = asked.trade(first, ask_id="q1")
    assert got.json["heart_uma_request"] == {"state": "withdrawn"}


@pytest.mark.parametrize(
    "form",
    [
        {"withdraw": "yes"},
        {"replaces": "q1"},
        {"ask_id": "q1", "replaces": "q1"},
        {"ask_id": "q1", "replaces": "a b"},
        {"ask_id": "q1", "replaces": "q0", "withdraw": "true"},
    ],
)
def test_what_does_not_go_together_is_refused(asked: Uma, condition, form) -> None:
    got = asked.trade(asked.ask(condition), **form)
    assert (got.status_code, got.json["error"]) == (400, "invalid_request")


@pytest.mark.fault("C9")
@pytest.mark.parametrize("block", [False, True])
def test_the_reason_of_a_no_reaches_who_asked_if_the_owner_tells_it(
    asked: Uma, condition, block
) -> None:
    for n, why in enumerate(("<b>They ask for too much</b>", None)):
        ticket = asked.trade(asked.ask(condition), ask_id=f"q{n}").json
        if "ticket" not in ticket:  # a block holds from the first no on
            break
        (real,) = [row for row in listed(asked) if row["who"]["key"] == asked.key["bob"]]
        answer(asked, real["id"], "no", tell_reason=why, block=block)
        got = asked.trade(ticket["ticket"], ask_id=f"q{n}").json
        reason = {} if why is None else {"reason": why}
        assert got["heart_uma_request"] == {"state": "answered", "answer": "no", **reason}
        other = asked.trade(asked.ask(condition), "sam", ask_id=f"q{n}").json
        assert "heart_uma_request" not in other


@pytest.mark.fault("C22")
def test_a_yes_tells_which_of_the_asked_kinds_and_until_when(
    asked: Uma, condition, allergy
) -> None:
    ticket = asked.trade(asked.ask(condition, allergy), ask_id="q1").json["ticket"]
    (real,) = listed(asked)
    when = {"until": "2036-01-01T00:00:00Z"}
    what = {"kinds": ["conditions", "medicines"]}
    answer(asked, real["id"], "some", what, rule={"when": when})
    got = asked.trade(ticket, ask_id="q1").json["heart_uma_request"]
    assert got == {
        "state": "answered", "answer": "some", "kinds": ["conditions"], "until": 2082758400,
    }  # fmt: skip
    said = listed(asked, "answered")[0]["answer"]
    assert (said["kinds"], said["until"]) == (["conditions"], when["until"])
    # What she changes later is no part of what she said then.
    asked.clock.advance(seconds=2)
    asked.owner_call("DELETE", f"/policy/{pid('yes')}")
    assert listed(asked, "answered")[0]["answer"] == said


@pytest.mark.fault("C8")
def test_every_set_of_kinds_that_can_be_asked_for_can_be_answered_yes(asked: Uma) -> None:
    """The AS names only kinds that a rule can name; `other` is told apart from them."""
    registered = {
        kind: (asked.register(TYPES[kind], heart_uma_kind=kind), TYPES[kind]) for kind, _ in KINDS
    }
    every = [kind for kind, _ in KINDS]
    pairs = [pair for pair in combinations(every, 2) if "other" in pair]
    sets = [*combinations(every, 1), *pairs, tuple(every), tuple(every[:-1])]
    for n, kinds in enumerate(sets):
        if n % 10 == 9:
            asked.clock.advance(days=2)  # within what one party may ask a day
            asked.pats.clear()
        asked.trade(asked.ask(*(registered[kind] for kind in kinds)), ask_id=f"q{n}")
        (real,) = listed(asked)
        assert real["kinds"] == [kind for kind in every if kind in kinds and kind != "other"]
        assert real["other"] is ("other" in kinds)
        what = {"kinds": real["kinds"]} if real["kinds"] else {"everything": True}
        got = answer(asked, real["id"], "yes", what, rule={"id": pid(f"y{n}")})
        assert got.status_code == 200, (kinds, got.json)
        asked.owner_call("DELETE", f"/policy/{pid(f'y{n}')}")


def test_who_comes_back_for_a_no_has_not_tried_anything(asked: Uma, condition) -> None:
    ticket = asked.trade(asked.ask(condition), ask_id="q1").json["ticket"]
    answer(asked, listed(asked)[0]["id"], "no")
    asked.trade(ticket, ask_id="q1")
    assert events(asked, "denied", "tried", "told") == ["told"]


def test_the_history_is_read_by_event(asked: Uma, condition) -> None:
    asked.trade(asked.ask(condition))
    asked.trade(asked.ask(condition), ask_id="q1")
    assert events(asked, "tried") == ["tried"]
    assert asked.owner_call("GET", "/activity?event=x").status_code == 400
    assert events(asked, "tried", "asked") == ["tried", "asked"]
