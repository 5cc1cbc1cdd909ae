"""An owner's notices: hers alone, put together, read or not, and a flood of tries makes few."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from as_server.models import notice_choice
from as_server.policy.model import Label, SharingPolicy, When
from as_server.sharing import audit, share_ends
from as_server.sharing import notices as made
from tests.as_server.uma import Uma, pid
from tests.conftest import Clock


def notices(uma: Uma, query: str = "", owner: str = "alice") -> dict[str, Any]:
    answer = uma.owner_call("GET", f"/notices{query}", owner=owner)
    assert answer.status_code == 200, answer.text
    return answer.json


def events(uma: Uma, query: str = "") -> list[str]:
    return [one["event"] for one in notices(uma, query)["entries"]]


def noted(uma: Uma, event: str, owner: str, times: int = 1, **more: Any) -> None:
    work = uma.app.new_work()
    for _ in range(times):
        audit.record(work, event, owner, **more)
    work.commit()
    work.close()


def key_of(uma: Uma, owner: str = "alice") -> str:
    return uma.owner_call("GET", "/people/me", owner=owner).json["key"]


def test_what_happened_is_told_once_and_drafts_are_not(uma: Uma) -> None:
    condition = uma.register(), "Condition"
    uma.trade(uma.ask(condition))
    uma.policy("d", state="draft")
    uma.policy("d", state="draft", version=1, why=["TREAT"])
    uma.policy()
    uma.rpt(condition)
    uma.policy(state="paused", version=1)
    assert events(uma) == ["paused", "issued", "shared", "denied", "linked"]
    entry = notices(uma)["entries"][3]
    assert entry["about"] == "refused" and entry["who"]["name"]
    assert (entry["client"], entry["rs"]) == ("Name of c1", "Name of rs1")


def test_what_was_read_is_read_and_never_unread_again(uma: Uma) -> None:
    uma.policy("a")
    first = notices(uma)
    assert first["unread"] == 1 and first["entries"][0]["unread"]
    uma.policy("b")
    read = first["read_up_to"]
    assert uma.owner_call("PUT", "/notices/read", read).status_code == 204
    left = notices(uma)
    assert [one["unread"] for one in left["entries"]] == [True, False]
    uma.owner_call("PUT", "/notices/read", left["read_up_to"])
    uma.owner_call("PUT", "/notices/read", read)
    assert notices(uma)["unread"] == 0
    assert uma.owner_call("GET", "/requests").json["unread_notices"] == 0


def test_pages_hold_each_notice_once(uma: Uma) -> None:
    for name in "abcde":
        uma.policy(name)
    first = notices(uma, "?count=2")
    second = notices(uma, f"?count=2&before={first['next']}")
    third = notices(uma, f"?count=2&before={second['next']}")
    seen = [one["policy"] for page in (first, second, third) for one in page["entries"]]
    assert seen == [pid(name) for name in "edcba"] and third["next"] is None


def test_choices_are_obeyed(uma: Uma) -> None:
    uma.register()
    uma.policy()
    assert uma.owner_call("GET", "/notices/choices").json == {
        "requests": "on", "decisions": "on", "looks": "daily", "refused": "on",
        "by_mail": False, "mail": {"is_set": False, "address": None},
    }  # fmt: skip
    chosen = uma.owner_call("PUT", "/notices/choices", {"decisions": "off", "looks": "each"}).json
    assert (chosen["decisions"], chosen["looks"], chosen["requests"]) == ("off", "each", "on")
    assert notices(uma)["entries"] == [] and notices(uma)["unread"] == 0
    for wrong in ({"looks": "weekly"}, {"sms": "on"}, {"requests": 1}, {"by_mail": True}):
        assert uma.owner_call("PUT", "/notices/choices", wrong).status_code == 400


def test_a_flood_of_refused_tries_is_one_notice_a_day(uma: Uma, clock: Clock) -> None:
    owner = key_of(uma)
    uma.policy()
    now = clock.now
    for minutes in range(0, 240, 30):
        clock.now = now.replace(hour=10) + timedelta(days=1, minutes=minutes)
        noted(uma, "denied", owner, 50, party="somebody", client_id="c1")
    clock.now = now
    found = notices(uma)
    assert [one["event"] for one in found["entries"]] == ["denied", "shared"]
    assert found["entries"][0]["times"] == 400
    assert found["unread"] == 2


def test_nobody_reads_or_marks_those_of_another(uma: Uma) -> None:
    uma.policy()
    assert notices(uma, owner="dora")["entries"] == []
    far = {"line": 2**61, "at": "2999-01-01T00:00:00Z"}
    assert uma.owner_call("PUT", "/notices/read", far, owner="dora").status_code == 204
    uma.owner_call("PUT", "/notices/choices", {"decisions": "off"}, owner="dora")
    assert notices(uma)["unread"] == 1


@pytest.mark.parametrize(
    "query", ["?count=x", "?before=1", "?before=1.x", "?before=9999999999999999.1", "?count=-1"]
)
def test_a_bad_place_is_refused(uma: Uma, query: str) -> None:
    assert uma.owner_call("GET", f"/notices{query}").status_code == 400


@pytest.mark.parametrize(
    "body", [{"line": -1, "at": "2026-01-01T00:00:00Z"}, {"line": 1, "at": "noon"}, {"line": 1}, []]
)
def test_a_bad_mark_is_refused(uma: Uma, body: Any) -> None:
    assert uma.owner_call("PUT", "/notices/read", body).status_code == 400


def test_an_end_is_told_before_and_after(uma: Uma, clock: Clock) -> None:
    until = clock() + timedelta(days=30)
    uma.policy(when={"from": None, "until": until.isoformat()})
    owner = key_of(uma)

    def told(days: int) -> dict[str, Any]:
        work, now = uma.app.new_work(), int(clock().timestamp()) + days * 86_400
        try:
            return made.page(work.db, owner, now, before=None, count=25)
        finally:
            work.close()

    assert [one["event"] for one in told(0)["entries"]] == ["shared"]
    soon = told(24)
    assert [one["event"] for one in soon["entries"]] == ["ending", "shared"]
    work = uma.app.new_work()
    at = int(datetime.fromisoformat(soon["read_up_to"]["at"]).timestamp())
    notice_choice.read_up_to(work.db, owner, soon["read_up_to"]["line"], at)
    work.commit()
    over = told(31)
    assert [one["event"] for one in over["entries"]] == ["ended", "ending", "shared"]
    assert over["unread"] == 1


@pytest.mark.parametrize(
    ("days", "told"), [(30, ["ending", "ended"]), (3, ["ending", "ended"]), (0.5, ["ended"])]
)
def test_a_short_share_is_not_told_of_as_soon_as_it_begins(
    clock: Clock, days: float, told: list[str]
) -> None:
    begun = int(clock().timestamp())
    end = clock() + timedelta(days=days)
    share = SharingPolicy("p", state="on", when=When(None, end), label=Label("Bob"))
    found = share_ends.of_shares([(share, begun)], begun + 40 * 86_400)
    assert [one.event for one in reversed(found)] == told
    assert all(one.at > begun for one in found)
    assert share_ends.next_after([(share, begun)], begun) == found[-1].at
