"""An owner's rules: nobody else's, never half written, never wider than she said (POL, PRO-13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from heart_uma.rfc3339 import print_moment
from tests.as_server.uma import RS1, Uma, pid
from tests.attacks.conftest import dump, refused, unharmed
from tests.attacks.race import codes, race
from tests.conftest import Clock

MINE = f"{RS1}/r/{'alice':_<22}"
THEIRS = f"{RS1}/r/{'dora':_<22}"


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


def names(*addresses: str) -> dict[str, Any]:
    return {"records": {"include": list(addresses), "exclude": []}}


@pytest.mark.attack("POL-04")
@pytest.mark.parametrize("year", ["0001", "0099", "0999", "9999"])
def test_a_date_of_any_year_can_be_read_back(uma: Uma, condition: Any, year: str) -> None:
    """A rule that cannot be read again would take everything down with it, the stop too."""
    answer = uma.policy("old", when={"from": f"{year}-02-03T00:00:00Z", "until": None})
    assert answer.status_code == 201, answer.text
    assert answer.json["policy"]["when"]["from"] == f"{year}-02-03T00:00:00Z"
    assert unharmed(uma.owner_call("GET", "/policy")).status_code == 200
    unharmed(uma.trade(uma.ask(condition)))
    assert unharmed(uma.owner_call("DELETE", f"/policy/{pid('old')}")).status_code == 200


@pytest.mark.attack("POL-04")
@pytest.mark.parametrize(
    "when",
    [
        {"from": "2026-01-01T00:00:00"},
        {"from": "2026-01-01"},
        {"from": "0001-01-01T00:00:00+14:00"},
        {"until": "9999-12-31T23:59:59-14:00"},
        {"from": "2027-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"from": "2026-02-30T00:00:00Z"},
        {"from": "\u0662\u0660\u0662\u0666-01-01T00:00:00Z"},
        {"from": "2026-W01-1T00:00:00Z\n"},
        {"from": 0},
        {"since": "2026-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_date_that_is_none_makes_no_rule(uma: Uma, when: dict[str, Any]) -> None:
    refused(uma.policy("x", when=when), 400, "invalid_request")
    refused(uma.owner_call("GET", f"/policy/{pid('x')}"), 404, "not_found")


@pytest.mark.attack("POL-04")
@pytest.mark.parametrize(
    "until",
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "2026", "x" * 9_000],
)
def test_a_wish_for_another_age_never_reaches_the_owner(
    uma: Uma, condition: Any, until: str
) -> None:
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    answer = uma.trade(uma.ask(condition), requested_until=until, ask_id="q")
    refused(answer, 400, "invalid_request")
    assert uma.owner_call("GET", "/requests").json["requests"] == []


@pytest.mark.attack("POL-04")
def test_a_rule_begins_and_ends_on_the_second(uma: Uma, condition: Any, clock: Clock) -> None:
    begin, end = clock() + timedelta(seconds=60), clock() + timedelta(seconds=120)
    uma.policy(when={"from": print_moment(begin), "until": print_moment(end)})
    outcomes = []
    for _ in range(4):
        outcomes.append(uma.trade(uma.ask(condition)).status_code)
        clock.advance(seconds=59 if len(outcomes) in (1,) else 1 if len(outcomes) == 2 else 60)
    assert outcomes == [403, 403, 200, 403]


def asked(uma: Uma, condition: Any) -> str:
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    uma.trade(uma.ask(condition), ask_id="q", reason="Please")
    (request,) = uma.owner_call("GET", "/requests?state=waiting").json["requests"]
    return str(request["id"])


def answer(uma: Uma, request: str, policy: dict[str, Any] | None, said: str = "yes") -> Any:
    body = {"answer": said, "policy": policy}
    return uma.owner_call("POST", f"/requests/{request}/answer", body)


def permit(uma: Uma, name: str = "yes", **changes: Any) -> dict[str, Any]:
    who, what = {"person": uma.key["bob"]}, {"everything": True}
    return {"id": pid(name), "state": "on", "who": who, "what": what, **changes}


@pytest.mark.attack("WEB-10")
@pytest.mark.attack("WEB-11")
def test_a_yes_whose_rule_is_refused_is_no_answer(uma: Uma, condition: Any) -> None:
    request = asked(uma, condition)
    uma.policy("yes", who={"person": uma.key["sam"]})
    before = dump(uma.app.settings)
    refused(answer(uma, request, permit(uma)), 409, "version_conflict")
    assert dump(uma.app.settings) == before, "neither answered nor replaced"
    assert answer(uma, request, permit(uma, "other")).status_code == 200
    refused(answer(uma, request, permit(uma, "third")), 409, "already_answered")
    refused(uma.owner_call("GET", f"/policy/{pid('third')}"), 404)


@pytest.mark.attack("PRO-13")
@pytest.mark.parametrize("order", [1, -1])
def test_no_rule_names_the_record_of_another(uma: Uma, condition: Any, order: int) -> None:
    uma.register(owner="dora")
    both = [f"{MINE}/Condition/a", f"{THEIRS}/Condition/d"][::order]
    request = asked(uma, condition)
    before = dump(uma.app.settings)
    refused(uma.policy("x", what=names(*both)), 400, "invalid_request")
    refused(answer(uma, request, permit(uma, what=names(*both))), 400, "invalid_request")
    assert dump(uma.app.settings) == before
    assert answer(uma, request, permit(uma, what=names(both[::order][0]))).status_code == 200


@pytest.mark.attack("WEB-10")
def test_many_answers_at_once_are_one(uma: Uma, condition: Any) -> None:
    request = asked(uma, condition)
    steps = [lambda n=n: answer(uma, request, permit(uma, f"yes{n}")) for n in range(6)]
    assert codes(race(*steps)) == [200] + [409] * 5
    held = {policy["id"] for policy in uma.owner_call("GET", "/policy").json["policies"]}
    assert len(held) == 2, "the rule of the answer that counts, and the one to ask"


@pytest.mark.attack("POL-01")
def test_many_first_versions_at_once_are_one(uma: Uma) -> None:
    steps = [lambda n=n: uma.policy("new", label={"name": f"number {n}"}) for n in range(6)]
    found = codes(race(*steps))
    assert found == [201] + [409] * 5
    stored = uma.owner_call("GET", f"/policy/{pid('new')}").json["policy"]
    history = uma.owner_call("GET", f"/policy/{pid('new')}/history").json["versions"]
    assert (stored["version"], len(history)) == (1, 1)


@pytest.mark.attack("POL-08")
def test_many_edits_of_one_version_are_one(uma: Uma) -> None:
    uma.policy("new")
    steps = [lambda n=n: uma.policy("new", version=1, label={"name": f"{n}"}) for n in range(6)]
    assert codes(race(*steps)) == [200] + [409] * 5


@pytest.mark.attack("PRO-14")
@pytest.mark.attack("WEB-08")
@pytest.mark.parametrize(
    "policy_id", ["1", "a" * 21, "a" * 65, "a" * 21 + "\n", "a" * 21 + "%2F", "\u00e4" * 22, "%00"]
)
def test_a_rule_has_an_id_nobody_guesses(uma: Uma, policy_id: str) -> None:
    body = {"state": "draft"}
    refused(uma.owner_call("PUT", f"/policy/{policy_id}", body), (400, 404))
    refused(uma.owner_call("PUT", f"/policy/{pid('a')}", {**body, "id": pid("b")}), 400)


@pytest.mark.attack("WEB-07")
@pytest.mark.attack("POL-02")
def test_the_rules_of_one_are_nothing_to_another(uma: Uma, condition: Any) -> None:
    """Ids are the client's choice: the same one of two owners is two rules."""
    uma.policy("same", what={"kinds": ["allergies"]})
    request = asked(uma, condition)
    unknown = {
        path: refused(uma.owner_call(method, path, body, "dora"), 404, "not_found").data
        for method, path, body in (
            ("GET", f"/policy/{pid('none')}", None),
            ("DELETE", f"/policy/{pid('none')}", None),
            ("GET", f"/policy/{pid('none')}/history", None),
            ("GET", "/requests/none", None),
            ("POST", "/requests/none/answer", {"answer": "no"}),
            ("DELETE", f"/policy/records?record={THEIRS}", None),
        )
    }
    before = dump(uma.app.settings)
    for path, unknown_answer in unknown.items():
        foreign = path.replace(pid("none"), pid("same")).replace("/none", f"/{request}")
        foreign = foreign.replace(THEIRS, MINE)
        method = "POST" if "answer" in path else "DELETE" if "records" in path else "GET"
        body = {"answer": "no"} if "answer" in path else None
        got = refused(uma.owner_call(method, foreign, body, "dora"), 404, "not_found")
        assert got.data == unknown_answer
    refused(uma.owner_call("DELETE", f"/policy/{pid('same')}", None, "dora"), 404)
    assert uma.owner_call("GET", "/policy", owner="dora").json["policies"] == []
    assert uma.owner_call("GET", "/activity", owner="dora").json["entries"] == []
    assert dump(uma.app.settings) == before
    uma.policy("same", owner="dora", state="draft", what={"everything": True})
    mine = uma.owner_call("GET", f"/policy/{pid('same')}").json["policy"]
    assert (mine["state"], mine["version"]) == ("on", 1)


@pytest.mark.attack("WEB-07")
def test_a_preview_shows_nothing_of_anybody_else(uma: Uma, condition: Any) -> None:
    uma.register(owner="dora")
    uma.policy(what={"everything": True})
    draft = permit(uma, state="draft", what=names(f"{MINE}/Condition/a"))
    for body in ({"policy": draft}, {"party": {"person": uma.key["bob"]}}):
        got = unharmed(uma.owner_call("POST", "/policy/preview", body, "dora"))
        assert got.status_code == 200
        assert {record["record"] for record in got.json["records"]} == {THEIRS}
        assert all(not record["permissions"] for record in got.json["records"])
        assert "email" not in got.text
    before = dump(uma.app.settings)
    uma.owner_call("POST", "/policy/preview", {"policy": draft, "instead_of": pid("a")}, "dora")
    assert dump(uma.app.settings) == before


@pytest.mark.attack("WEB-22")
def test_one_request_cannot_grow_after_it_was_answered(uma: Uma, condition: Any) -> None:
    allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
    request = asked(uma, condition)
    answer(uma, request, permit(uma, what={"kinds": ["conditions"]}))
    again = uma.trade(uma.ask(allergy), ask_id="q", reason="More, please")
    refused(again, 403, "request_denied")
    assert uma.owner_call("GET", f"/requests/{request}").json["request"]["kinds"] == ["conditions"]
    # Another person's ask_id is another request, and so is another client's.
    uma.trade(uma.ask(allergy), "sam", ask_id="q")
    uma.trade(uma.ask(allergy), "bob", client_id="c2", ask_id="q")
    waiting = uma.owner_call("GET", "/requests?state=waiting").json["requests"]
    assert len(waiting) == 2


@pytest.mark.attack("WEB-13")
@pytest.mark.parametrize("query", ["dora@example.org", "nobody@example.org", "%", "__", "a" * 100])
def test_the_directory_gives_no_list_of_people(uma: Uma, query: str) -> None:
    got = unharmed(uma.owner_call("GET", f"/people?q={query}", owner="sam"))
    found = {person["name"] for person in got.json["people"]}
    assert found <= {"Dora Diaz"}
    assert found == ({"Dora Diaz"} if query.startswith("dora@") else set())
    assert "@" not in got.text


@pytest.mark.attack("WEB-13")
def test_the_directory_is_asked_a_few_times_a_minute(uma: Uma) -> None:
    got = {uma.owner_call("GET", f"/people?q=name{n}@x.org").status_code for n in range(70)}
    assert got == {200, 429}
