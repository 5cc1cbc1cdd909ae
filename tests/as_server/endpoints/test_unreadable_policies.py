"""A policy that cannot be read hides no other, gives nothing, and can be ended."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from heart_uma.rfc3339 import print_moment
from tests.as_server.uma import RS1, Uma, pid

RECORD = f"{RS1}/r/{'alice':_<22}"


def whole(uma: Uma) -> dict[str, Any]:
    """A draft with every member of a policy."""
    return {
        "state": "draft",
        "effect": "permit",
        "ask_me": False,
        "who": {"person": uma.key["bob"]},
        "what": {
            "everything": False,
            "kinds": ["conditions"],
            "topics": ["PSY"],
            "records": {"include": [f"{RECORD}/Condition/a"], "exclude": []},
            "since": "2020-01-01",
            "until": None,
            "write": False,
        },
        "why": ["TREAT"],
        "when": {"from": None, "until": print_moment(uma.clock() + timedelta(days=90))},
        "paused_until": None,
        "tell": {"level": "neutral", "note": None},
        "label": {"name": "Dr. Bob Chen", "detail": "Family doctor"},
    }


MEMBERS = ("state", "effect", "ask_me", "who", "what", "why", "when", "paused_until", "tell",
           "label")  # fmt: skip
STEPS = ("draft", "publish", "narrow", "widen", "pause", "pause a day", "resume", "end", "delete",
         "restore", "ask first", "deny", "nobody", "yes", "block")  # fmt: skip


class Life:
    """One policy of Alice and whatever is done to it, through the wire."""

    def __init__(self, uma: Uma, name: str, left_out: str) -> None:
        self.uma, self.path = uma, f"/policy/{pid(name)}"
        self.left_out = left_out
        self.accepted = 0
        self.resource = uma.register(record=RECORD)
        draft = {key: value for key, value in whole(uma).items() if key != left_out}
        self.last = self.put(draft)

    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.uma.owner_call("PUT", self.path, body)
        assert answer.status_code in (200, 201, 400), answer.text
        if answer.status_code != 400:
            self.accepted += 1
            self.last = answer.json["policy"]
        return getattr(self, "last", body)

    def take(self, step: str) -> None:
        day = print_moment(self.uma.clock() + timedelta(days=1))
        what = self.last.get("what", {})
        changes: dict[str, dict[str, Any]] = {
            "draft": {"state": "draft", "paused_until": None},
            "publish": {"state": "on", "paused_until": None},
            "narrow": {"what": {**what, "kinds": [], "topics": []}},
            "widen": {"what": {**what, "everything": True}},
            "pause": {"state": "paused"},
            "pause a day": {"state": "paused", "paused_until": day},
            "resume": {"state": "on", "paused_until": None},
            "end": {"state": "ended", "paused_until": None},
            "restore": {"state": "on", "paused_until": None, "when": {}},
            "ask first": {"ask_me": True},
            "deny": {"effect": "deny", "ask_me": False, "what": {"everything": True}},
            "nobody": {"who": {}},
        }
        if step == "delete":
            answer = self.uma.owner_call("DELETE", self.path)
            assert answer.status_code in (200, 404), answer.text
            if answer.status_code == 200:
                self.last = answer.json["policy"]
        elif step in ("yes", "block"):
            self.answer(step)
        else:
            self.put({**self.last, **changes[step]})

    def answer(self, said: str) -> None:
        """An answer to a request of Sam's: a yes is this policy, a block is one more."""
        ticket = self.uma.ask((self.resource, "Condition"))
        self.uma.trade(ticket, "sam", reason="Please.", ask_id=self.path[-22:])
        asked = self.uma.owner_call("GET", "/requests?state=waiting").json["requests"]
        for one in asked:
            yes = {"state": "on", "who": {"person": one["who"]["key"]}, "id": self.path[8:]}
            body: dict[str, Any] = {"answer": "no", "block": True}
            if said == "yes":
                body = {"answer": "yes", "policy": {**whole(self.uma), **self.last, **yes}}
            answer = self.uma.owner_call("POST", f"/requests/{one['id']}/answer", body)
            assert answer.status_code in (200, 400), answer.text
            if answer.status_code == 200 and said == "yes":
                self.accepted += 1
                self.last = answer.json["policy"]

    def is_whole(self) -> None:
        """What was accepted is listed, read, shown in the history, previewed, paused and ended."""
        listed = self.uma.owner_call("GET", "/policy")
        assert listed.status_code == 200, listed.text
        assert "unreadable" not in listed.json
        ids = [one["id"] for one in listed.json["policies"]]
        assert (self.path[8:] in ids) is bool(self.accepted)
        if not self.accepted:
            return
        now = self.uma.owner_call("GET", self.path)
        assert (now.status_code, now.json["policy"]) == (200, self.last), now.text
        history = self.uma.owner_call("GET", f"{self.path}/history")
        assert history.status_code == 200, history.text
        assert history.json["versions"][0]["policy"]["state"] == self.last["state"]
        preview = self.uma.owner_call("POST", "/policy/preview", {"policy": self.last})
        assert preview.status_code == (200 if self.last["who"] else 400), preview.text
        paused = {**self.last, "state": "paused"}
        answer = self.uma.owner_call("PUT", self.path, paused)
        assert answer.status_code == (200 if self.last["who"] else 400), answer.text
        if answer.status_code == 200:
            self.last = answer.json["policy"]
        ended = self.uma.owner_call("DELETE", self.path)
        assert (ended.status_code, ended.json["policy"]["state"]) == (200, "ended"), ended.text
        assert self.uma.owner_call("GET", "/policy").status_code == 200


@pytest.mark.fault("A1")
@given(
    st.lists(
        st.tuples(st.sampled_from(("", *MEMBERS)), st.lists(st.sampled_from(STEPS), max_size=5)),
        min_size=1,
        max_size=3,
    )
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_accepted_can_be_read_and_ended(uma: Uma, lives) -> None:
    for left_out, steps in lives:
        life = Life(uma, f"p{uma.now}", left_out)
        uma.clock.advance(seconds=1)
        for step in steps:
            life.take(step)
        life.is_whole()


@pytest.mark.fault("A1")
@pytest.mark.parametrize("left_out", MEMBERS)
def test_a_draft_without_a_member_can_be_ended_and_hides_nothing(uma: Uma, left_out: str) -> None:
    uma.policy("other")
    life = Life(uma, "half", left_out)
    assert life.accepted == 1
    life.take("delete")
    life.is_whole()
    ids = [one["id"] for one in uma.owner_call("GET", "/policy").json["policies"]]
    assert sorted(ids) == [pid("half"), pid("other")]


def spoil(uma: Uma, name: str, body: str) -> None:
    """Put a text into the row that nobody can read."""
    with uma.app.engine.begin() as connection:
        statement = text("UPDATE policy SET body = :body WHERE id = :id")
        connection.execute(statement, {"body": body, "id": pid(name)})


UNREADABLE = ['{"id": "x", "label": {"name": "Dr. Bob"}, "colour": 1}', "not json", "null", "[]",
              "[" * 100_000]  # fmt: skip


@pytest.mark.fault("A1")
@pytest.mark.parametrize("body", UNREADABLE, ids=["member", "text", "null", "list", "deep"])
def test_one_unreadable_row_hides_no_other_and_can_be_ended(uma: Uma, body: str) -> None:
    resource = uma.register()
    uma.policy("good", who={"person": uma.key["sam"]})
    uma.policy("bad")
    spoil(uma, "bad", body)
    listed = uma.owner_call("GET", "/policy")
    assert listed.status_code == 200
    assert [one["id"] for one in listed.json["policies"]] == [pid("good")]
    (lost,) = listed.json["unreadable"]
    assert (lost["id"], lost["state"], lost["unreadable"]) == (pid("bad"), "on", True)
    assert lost["who"] == {"person": uma.key["bob"]}
    assert uma.owner_call("GET", f"/policy/{pid('bad')}").json["policy"] == lost
    # It gives nothing, and takes nothing from the others.
    assert uma.trade(uma.ask((resource, "Condition"))).status_code == 403
    assert uma.rpt((resource, "Condition"), party="sam")["access_token"]
    ended = uma.owner_call("DELETE", f"/policy/{pid('bad')}")
    assert (ended.status_code, ended.json["policy"]["state"]) == (200, "ended")
    assert ended.json["effect"]["status"] == "effective"
    versions = uma.owner_call("GET", f"/policy/{pid('bad')}/history").json["versions"]
    assert [(v["version"], v["state"]) for v in versions] == [(2, "ended"), (1, "on")]
    assert versions[0]["policy"] is None
    again = uma.owner_call("DELETE", f"/policy/{pid('bad')}")
    assert (again.status_code, again.json["policy"]["version"]) == (200, 2)


@pytest.mark.fault("A1")
@pytest.mark.parametrize("withheld", [{"effect": "deny"}, {"ask_me": True}], ids=["deny", "ask"])
def test_an_unreadable_deny_withholds_everything_from_whom_it_names(uma: Uma, withheld) -> None:
    resource = uma.register()
    uma.policy("good")
    uma.policy("sams", who={"person": uma.key["sam"]})
    tokens = {name: uma.rpt((resource, "Condition"), party=name)["access_token"]
              for name in ("bob", "sam")}  # fmt: skip
    uma.policy("bad", what={"kinds": ["bills"]}, **withheld)
    assert uma.permitted(tokens["bob"]) == uma.permitted(tokens["sam"]) == {resource}
    spoil(uma, "bad", json.dumps({"unknown": 1}))
    assert uma.wire.get("/healthz").status_code == 200
    assert uma.permitted(tokens["bob"]) == set()
    assert uma.permitted(tokens["sam"]) == {resource}
    for name, seen in (("bob", False), ("sam", True)):
        body = {"party": {"person": uma.key[name]}}
        (record,) = uma.owner_call("POST", "/policy/preview", body).json["records"]
        assert bool(record["permissions"]) is seen


@pytest.mark.fault("A1")
def test_an_unreadable_policy_can_be_replaced(uma: Uma) -> None:
    resource = uma.register()
    policy = uma.policy("bad").json["policy"]
    old = uma.rpt((resource, "Condition"))["access_token"]
    spoil(uma, "bad", "?")
    assert uma.policy("bad", version=policy["version"] + 1).status_code == 409
    narrow = {"kinds": ["allergies"]}
    answer = uma.policy("bad", what=narrow, version=policy["version"])
    assert (answer.status_code, answer.json["policy"]["version"]) == (200, 2)
    # What it gave before is gone for good, whatever it gave.
    assert uma.policy("bad", version=2).status_code == 200
    assert uma.permitted(old) == set()
