"""The claims interaction (CLM): no other browser, person or client goes on with one, nor twice."""

from __future__ import annotations

import re
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from as_server.models.account import Account
from heart_ground.orm import writing
from heart_uma.sealing import open_sealed
from tests.as_server.endpoints.test_claims_interaction import (
    BACK,
    answer_of,
    condition,
    needed,
    opened,
    query,
    register,
    told,
)
from tests.as_server.person import Person
from tests.as_server.uma import Uma
from tests.attacks.conftest import dump, refused, unharmed
from tests.attacks.race import race
from tests.conftest import Clock

__all__ = ["condition"]


@pytest.fixture
def bob(uma: Uma) -> Person:
    return Person(uma.app, "bob")


@pytest.fixture
def sam(uma: Uma) -> Person:
    return Person(uma.app, "sam")


def gathered(uma: Uma) -> int:
    """Tickets that hold what somebody told."""
    return sum("purpose" in repr(row) for row in dump(uma.app.settings)["permission_ticket"])


@pytest.mark.attack("CLM-01")
@pytest.mark.spec("G-195", "HU-54")
def test_an_interaction_belongs_to_the_browser_it_began_in(
    uma: Uma, condition: Any, bob: Person, sam: Person
) -> None:
    ticket = needed(uma, condition)["ticket"]
    page = opened(bob, ticket)
    # Who is sent the address of the page, or of the beginning, tells nothing there.
    pending = re.search(r'name="pending" value="([^"]+)"', page.text)
    assert pending
    sam.sign_in()
    refused(sam.get("/claims/answer", pending=unescape(pending[1])), 400)
    assert "error" in answer_of(sam.get("/claims", **query(ticket)))
    # The beginning came twice: nobody goes on with it.
    assert told(bob, page).status_code == 400
    assert gathered(uma) == 0
    refused(uma.trade(ticket, purpose_of_use="TREAT"), 400, "invalid_grant")


@pytest.mark.attack("CLM-08")
@pytest.mark.spec("G-188")
def test_back_and_again_are_no_second_interaction(uma: Uma, condition: Any, bob: Person) -> None:
    ticket = needed(uma, condition)["ticket"]
    page = opened(bob, ticket)
    # Her own Back takes nothing away.
    assert "error" in answer_of(bob.get("/claims", **query(ticket)))
    new = answer_of(told(bob, page))["ticket"]
    assert new != ticket
    refused(told(bob, page), 400)
    assert "error" in answer_of(bob.get("/claims", **query(ticket)))
    refused(uma.trade(ticket), 400, "invalid_grant")
    assert uma.trade(new).status_code == 200
    refused(uma.trade(new), 400, "invalid_grant")


@pytest.mark.attack("CLM-02")
@pytest.mark.spec("HU-54")
def test_an_answer_counts_for_the_person_on_the_page(uma: Uma, condition: Any, bob: Person) -> None:
    page = opened(bob, needed(uma, condition)["ticket"])
    # In another tab Sam signs in, and is the one who uses the browser now.
    bob.login = "sam"
    bob.sign_in()
    refused(told(bob, page), 403)
    assert gathered(uma) == 0


@pytest.mark.attack("CLM-05")
@pytest.mark.spec("G-167", "G-168", "HU-53")
def test_nothing_is_told_without_a_press_of_ones_own(uma: Uma, condition: Any, bob: Person) -> None:
    page = opened(bob, needed(uma, condition)["ticket"])
    unharmed(page)
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "form-action" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Name of c1" in page.text and "app.example" in page.text
    pending = unescape(re.search(r'name="pending" value="([^"]+)"', page.text)[1])  # type: ignore[index]
    form = {"pending": pending, "decision": "send", "purpose": "TREAT"}
    token = unescape(re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1])  # type: ignore[index]
    cross = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for data, headers in (
        (form, {}),
        ({**form, "csrf_token": "x"}, {}),
        ({**form, "csrf_token": token}, cross),
        ({**form, "csrf_token": token}, {"Origin": "https://evil.example"}),
    ):
        refused(bob.browser.post("/claims/answer", data=data, headers=headers), 403)
    refused(bob.get("/claims/answer", csrf_token=token, **form), 200)
    assert gathered(uma) == 0
    # A session that is live sends nobody through: the page is always shown.
    again = bob.follow(bob.get("/claims", **query(uma.ask(condition))))
    assert again.status_code == 200 and 'name="decision"' in again.text


@pytest.mark.attack("CLM-14")
@pytest.mark.parametrize(
    "state", ["\r\nSet-Cookie: x=1", "x" * 64_000, "<script>alert(1)</script>", "a&ticket=b"]
)
def test_a_state_comes_back_as_it_was_or_not_at_all(
    uma: Uma, condition: Any, bob: Person, state: str
) -> None:
    answer = bob.get("/claims", **query(uma.ask(condition), state=state))
    if answer.headers["Location"].startswith(BACK):
        back = answer_of(answer)
        assert back["error"] == "invalid_request" and back.get("state", state) == state
        return
    page = bob.follow(bob.sign_in(bob.follow(answer)))
    assert state not in page.text
    assert answer_of(told(bob, page))["state"] == state


@pytest.mark.attack("TKT-05")
@pytest.mark.spec("G-187", "G-188")
def test_one_door_of_two_takes_a_ticket(uma: Uma, condition: Any) -> None:
    for _ in range(5):
        ticket = uma.ask(condition)
        browser, token = uma.app.test_client(), uma.app.test_client()
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:uma-ticket",
            "ticket": ticket,
            "purpose_of_use": "TREAT",
            "claim_token": uma.id_token(),
            "claim_token_format": "http://openid.net/specs/openid-connect-core-1_0.html#IDToken",
            **uma.proof(),
        }
        page, answer = race(
            partial(browser.get, "/claims", query_string=query(ticket)),
            partial(token.post, "/token", data=form),
        )
        took = "error=" not in page.headers["Location"]
        assert {took, answer.status_code == 200} == {True, False}


@pytest.mark.spec("G-87", "G-196", "HFU-12")
def test_what_was_told_is_worth_nothing_elsewhere(
    uma: Uma, condition: Any, bob: Person, clock: Clock
) -> None:
    register(uma, "c2", BACK)
    first = needed(uma, condition)["ticket"]
    other = needed(uma, condition)["ticket"]
    new = answer_of(told(bob, opened(bob, first)))["ticket"]
    # Not for another ticket, not for another person, not for another client.
    assert uma.trade(other).json["error"] == "need_info"
    uma.policy("sam", who={"person": uma.key["sam"]}, say_why=True)
    swapped = uma.trade(new, "sam")
    assert swapped.json["error"] == "need_info"
    refused(uma.trade(swapped.json["ticket"], client_id="c2"), 400, "invalid_grant")
    # Who was there is known for as long as an ID token would say so, and while there is an account.
    late = answer_of(told(bob, opened(bob, needed(uma, condition)["ticket"])))["ticket"]
    clock.advance(seconds=300 - 1)
    gone = answer_of(told(bob, opened(bob, needed(uma, condition)["ticket"])))["ticket"]
    clock.advance(seconds=1)
    assert uma.trade(late, None).json["error"] in ("need_info", "invalid_grant")
    with writing(uma.app.engine) as db:
        db.get(Account, uma.key["bob"]).disabled = True  # type: ignore[union-attr]
    assert uma.trade(gone, None).json["error"] == "need_info"


def test_a_ticket_that_waits_at_a_browser_is_nowhere_in_clear(
    uma: Uma, condition: Any, bob: Person
) -> None:
    """It never leaves the server: neither the database nor the page has it."""
    page = opened(bob, needed(uma, condition)["ticket"])
    rows = dump(uma.app.settings, but=())["authorization_request"]
    secret = uma.app.settings.secret.get_secret_value()
    (sealed,) = re.findall(r'"sealed": "([^"]+)"', repr(rows))
    value = open_sealed(secret, sealed)["ticket"]
    everything = repr(dump(uma.app.settings, but=())) + page.text
    assert value not in everything
    # Even who had it could not trade it.
    refused(uma.trade(value, purpose_of_use="TREAT"), 400, "invalid_grant")
    address = urlsplit(told(bob, page).headers["Location"])
    assert parse_qs(address.query)["ticket"] != [value]
