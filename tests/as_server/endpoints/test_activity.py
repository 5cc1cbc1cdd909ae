"""The AS-side history of an owner: hers alone, newest first, in pages."""

import pytest

from tests.as_server.uma import Uma, pid


def events(uma: Uma, query: str = "", owner: str = "alice"):
    answer = uma.owner_call("GET", f"/activity{query}", owner=owner)
    assert answer.status_code == 200
    return answer.json


def test_what_happened_is_told_in_order(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.trade(uma.ask(condition))
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    uma.trade(uma.ask(condition), "sam", reason="For the trip")
    (request,) = uma.owner_call("GET", "/requests").json["requests"]
    uma.owner_call("POST", f"/requests/{request['id']}/answer", {"answer": "no"})
    uma.policy()
    uma.rpt(condition)
    uma.policy(state="paused", version=1)
    uma.policy(state="on", version=2)
    uma.owner_call("DELETE", f"/policy/{pid('a')}")
    told = events(uma)["entries"]
    assert [entry["event"] for entry in told] == [
        "stopped", "changed", "paused", "issued", "shared", "answered", "asked", "shared",
        "denied", "linked",
    ]  # fmt: skip
    asked = told[6]
    assert (asked["who"]["name"], asked["reason"]) == ("Sam Carter", "For the trip")
    issued = told[3]
    assert (issued["policy"], issued["client"], issued["rs"]) == (
        pid("a"),
        "Name of c1",
        "Name of rs1",
    )
    assert all(entry["because"].endswith(".") for entry in told[:9])
    assert events(uma, owner="dora") == {"entries": [], "next": None}


def test_pages(uma: Uma) -> None:
    for n in range(5):
        uma.policy(f"p{n}")
    first = events(uma, "?count=2")
    second = events(uma, f"?count=2&before={first['next']}")
    assert [e["policy"] for e in first["entries"] + second["entries"]] == [
        pid("p4"), pid("p3"), pid("p2"), pid("p1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query", ["?count=x", "?before=-1", "?count=", "?before=\u0665", "?count=1e3"]
)
def test_a_bad_number_is_refused(uma: Uma, query: str) -> None:
    assert uma.owner_call("GET", f"/activity{query}").status_code == 400
