"""Dr. Nair asks, Alice answers in part, one answer serves all three records (Grant 3.3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Clock
from tests.wire import Stranger, entries, matches, ticket_of, whole_record
from tests.world import Owner, World

KINDS = ("conditions", "medicines", "results", "vitals", "visits")
WORDS = "You are booked to see me on Friday."


def ask(world: World, stranger: Stranger, id_token: str, **form: str) -> dict[str, Any]:
    """Ask all three records with one ask_id; the answers by source."""
    query = "?kind=" + ",".join(KINDS)
    answers = {}
    for source, base in world.bases.items():
        _, ticket = ticket_of(stranger.http.get(whole_record(base, query)))
        answers[source] = stranger.trade(ticket, id_token, **form)
    return answers


@pytest.fixture
def priya(world: World) -> tuple[Stranger, str]:
    stranger = world.stranger(
        client_name="Lakeside app", scope="openid profile offline_access sens/PSY"
    )
    return stranger, stranger.login("priya", "openid profile")["id_token"]


@pytest.mark.spec("G-128")
@pytest.mark.spec("G-129")
@pytest.mark.spec("G-130")
@pytest.mark.spec("HU-41")
def test_without_claims_the_answer_says_which_are_needed(world: World) -> None:
    stranger = world.stranger()
    _, ticket = ticket_of(stranger.http.get(whole_record(world.bases["cedar"])))
    answer = stranger.trade(ticket)
    body = answer.json()
    assert (answer.status_code, body["error"]) == (403, "need_info")
    assert body["ticket"] != ticket
    assert body["required_claims"][0]["claim_token_format"]
    assert stranger.trade(ticket).json()["error"] == "invalid_grant"
    # The new ticket goes on with the same process.
    id_token = stranger.login("bob", "openid profile")["id_token"]
    assert stranger.trade(body["ticket"], id_token).status_code == 200


@pytest.mark.spec("G-138")
@pytest.mark.spec("G-139")
@pytest.mark.spec("G-143")
@pytest.mark.spec("HU-64")
def test_ask_answer_in_part_and_see(
    world: World, priya: tuple[Stranger, str], clock: Clock
) -> None:
    stranger, id_token = priya
    form = {
        "ask_id": "ask-1",
        "purpose_of_use": "TREAT",
        "reason": WORDS,
        "scope": "sens/PSY",
    }
    answers = ask(world, stranger, id_token, **form)
    tickets = {}
    for source, answer in answers.items():
        body = answer.json()
        assert (answer.status_code, body["error"]) == (403, "request_submitted"), body
        assert isinstance(body["interval"], int)
        tickets[source] = body["ticket"]
    alice = Owner(world)
    endpoint = alice.app.metadata["submitted_request_endpoint"]
    waiting = alice.call_url("GET", f"{endpoint}?state=waiting").json()["requests"]
    assert len(waiting) == 1, "three tickets, one request"
    request = waiting[0]
    assert request["who"]["name"] == "Dr. Priya Nair"
    assert request["reason"] == WORDS
    assert request["client"]["dynamic"] is True
    assert set(request["kinds"]) == set(KINDS)
    assert request["topics"] == ["PSY"]
    assert len(request["records"]) == 3
    # Polling before the answer keeps the process open, with new tickets.
    clock.advance(seconds=6)
    for source, ticket in tickets.items():
        body = stranger.trade(ticket, id_token, **form).json()
        assert body["error"] == "request_submitted"
        assert body["ticket"] != ticket
        tickets[source] = body["ticket"]
    policy = {
        **alice.policies()["Sam Carter"],
        "id": "yes-to-some-0123456789abc",
        "version": 0,
        "state": "on",
        "who": {"person": request["who"]["key"]},
        "why": ["TREAT"],
        "label": {"name": "Dr. Priya Nair", "detail": "Diabetes specialist"},
    }
    policy["what"] = {**policy["what"], "kinds": list(KINDS), "topics": []}
    answer = alice.call_url(
        "POST", f"{endpoint}/{request['id']}/answer", json={"answer": "some", "policy": policy}
    )
    assert answer.status_code == 200, answer.text
    again = alice.call_url(
        "POST", f"{endpoint}/{request['id']}/answer", json={"answer": "no", "policy": None}
    )
    assert again.status_code == 409
    clock.advance(seconds=6)
    id_token = stranger.login("priya", "openid profile")["id_token"]
    seen = set()
    for source, ticket in tickets.items():
        answer = stranger.trade(ticket, id_token, **form)
        assert answer.status_code == 200, answer.text
        base = world.bases[source]
        found = entries(
            stranger.http,
            whole_record(base, "?kind=" + ",".join(KINDS)),
            answer.json()["access_token"],
        )
        seen |= {f"{base}/{name}" for name in matches(found)}
    assert len(seen) == 140
    # An expired polling ticket is no loss: a fresh one simply succeeds.
    assert world.seen_by("priya") == seen


def test_no_means_no_until_she_asks_anew(world: World, priya: tuple[Stranger, str]) -> None:
    stranger, id_token = priya
    form = {"ask_id": "ask-2", "purpose_of_use": "TREAT", "reason": WORDS}
    answers = ask(world, stranger, id_token, **form)
    alice = Owner(world)
    endpoint = alice.app.metadata["submitted_request_endpoint"]
    request = alice.call_url("GET", f"{endpoint}?state=waiting").json()["requests"][0]
    said = alice.call_url(
        "POST",
        f"{endpoint}/{request['id']}/answer",
        json={"answer": "no", "policy": None, "block": False},
    )
    assert said.status_code == 200, said.text
    for answer in answers.values():
        denied = stranger.trade(answer.json()["ticket"], id_token, **form)
        assert denied.json()["error"] == "request_denied"
        assert "ticket" not in denied.json()
    anew = ask(world, stranger, id_token, **{**form, "ask_id": "ask-3"})
    assert {a.json()["error"] for a in anew.values()} == {"request_submitted"}


def test_a_blocked_person_cannot_ask_again(world: World, priya: tuple[Stranger, str]) -> None:
    stranger, id_token = priya
    ask(world, stranger, id_token, ask_id="ask-4", reason=WORDS)
    alice = Owner(world)
    endpoint = alice.app.metadata["submitted_request_endpoint"]
    request = alice.call_url("GET", f"{endpoint}?state=waiting").json()["requests"][0]
    alice.call_url(
        "POST",
        f"{endpoint}/{request['id']}/answer",
        json={"answer": "no", "policy": None, "block": True},
    )
    anew = ask(world, stranger, id_token, ask_id="ask-5", reason=WORDS)
    assert {a.json()["error"] for a in anew.values()} == {"request_denied"}
