"""What a person let this server remember: only where she ticked it, for her and for one client, and
never more than why she asks (Grant 3.3.1, 3.3.5, 3.7, 5.2)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sqlalchemy import text

from as_server.models.account import Account
from as_server.sharing.withdrawal import account_disabled, client_disabled
from heart_ground.orm import reading, writing
from tests.as_server.endpoints.test_claims_interaction import (
    BACK,
    WORDS,
    answer_of,
    condition,
    needed,
    opened,
    register,
    told,
)
from tests.as_server.person import Person
from tests.as_server.uma import Uma, standalone_session
from tests.conftest import Clock

__all__ = ["condition"]


@pytest.fixture
def pct(uma: Uma, condition: Any) -> str:
    """Of Bob, who ticked it, at c1."""
    return ticked(uma, condition)


def ticked(uma: Uma, condition: Any, login: str = "bob") -> str:
    person = Person(uma.app, login)
    page = opened(person, needed(uma, condition, party=login)["ticket"])
    assert 'name="remember"' in page.text and " checked>" not in page.text
    back = answer_of(told(person, page, remember="yes"))
    answer = uma.trade(back["ticket"], login)
    assert answer.status_code == 200, answer.text
    return str(answer.json["pct"])


def stored(uma: Uma) -> list[Any]:
    with reading(uma.app.engine) as session:
        return list(session.execute(text("SELECT * FROM persisted_claims")))


def refused(uma: Uma, condition: Any, pct: str, **more: Any) -> None:
    """It adds nothing, and the answer is that of a request without it."""
    body = needed(uma, condition, pct=pct, **more)
    bare = needed(uma, condition, **more)
    assert {**body, "ticket": ""} == {**bare, "ticket": ""}


@pytest.mark.spec("G-81", "G-208", "G-106")
def test_without_a_tick_there_is_none(uma: Uma, condition: Any) -> None:
    bob = Person(uma.app, "bob")
    back = answer_of(told(bob, opened(bob, needed(uma, condition)["ticket"])))
    assert "pct" not in uma.trade(back["ticket"]).json
    assert "pct" not in uma.trade(uma.ask(condition), purpose_of_use="TREAT", remember="yes").json
    assert stored(uma) == []


@pytest.mark.spec("G-52", "G-54", "G-107", "G-108", "G-109", "G-178", "G-207", "HU-45")
@pytest.mark.attack("TKT-23")
def test_it_spares_the_page_and_tells_nothing_itself(uma: Uma, condition: Any, pct: str) -> None:
    body = uma.trade(uma.ask(condition), pct=pct)
    assert body.status_code == 200, body.text
    entry = uma.owner_call("GET", "/activity").json["entries"][0]
    assert (entry["purpose_of_use"], entry["reason"]) == ("TREAT", WORDS)
    # At another resource server too, for the same person and client.
    elsewhere = uma.register(rs="rs2"), "Condition"
    again = uma.trade(uma.ask(elsewhere, rs="rs2"), pct=body.json["pct"])
    assert again.status_code == 200
    assert b"TREAT" not in base64.urlsafe_b64decode(pct + "==")
    assert len(pct) >= 43
    kept = repr(stored(uma))
    assert pct not in kept and "TREAT" not in kept and "Friday" not in kept


@pytest.mark.spec("G-55", "G-180", "HU-46")
@pytest.mark.attack("TKT-22")
def test_another_persons_or_clients_is_worth_nothing(uma: Uma, condition: Any, pct: str) -> None:
    uma.policy("sam", who={"person": uma.key["sam"]}, say_why=True)
    register(uma, "c2", BACK)
    refused(uma, condition, pct, party="sam")
    refused(uma, condition, pct, client_id="c2")
    refused(uma, condition, pct, party=None)
    for bad in ("x", pct[:-1], pct + "A", uma.pat(), "y" * 600):
        refused(uma, condition, bad)
    assert uma.trade(uma.ask(condition), pct=pct).status_code == 200, "it is as good as before"


def test_it_is_exchanged_once_and_counts_a_little_longer(
    uma: Uma, condition: Any, pct: str, clock: Clock
) -> None:
    first = uma.trade(uma.ask(condition), pct=pct).json["pct"]
    assert first != pct
    # An app asks several records at once.
    second = uma.trade(uma.ask(condition), pct=pct)
    assert second.status_code == 200 and "pct" not in second.json
    clock.advance(seconds=30)
    refused(uma, condition, pct)
    assert uma.trade(uma.ask(condition), pct=first).status_code == 200


@pytest.mark.spec("G-55", "G-99")
def test_it_ends_when_it_was_to_end(uma: Uma, condition: Any, pct: str, clock: Clock) -> None:
    clock.advance(days=29)
    uma.pats.clear()
    later = uma.trade(uma.ask(condition), pct=pct).json["pct"]
    clock.advance(days=1)
    uma.pats.clear()
    refused(uma, condition, later)


@pytest.mark.spec("G-159", "G-160")
def test_its_client_can_give_it_back(uma: Uma, condition: Any, pct: str) -> None:
    form = {"token": pct, "token_type_hint": "pct"}
    assert uma.wire.post("/revoke", data=form | uma.proof("c2")).status_code == 200
    kept = uma.trade(uma.ask(condition), pct=pct).json["pct"]
    form = {"token": kept, "token_type_hint": "refresh_token"}
    assert uma.wire.post("/revoke", data=form | uma.proof()).status_code == 200
    refused(uma, condition, kept)


@pytest.mark.spec("HU-49", "HFU-17")
def test_it_is_never_enough_for_an_emergency_or_a_role(uma: Uma, condition: Any, pct: str) -> None:
    uma.policy(say_why=True, why=["BTG"], version=1)
    answer = uma.trade(uma.ask(condition), pct=pct)
    assert (answer.status_code, answer.json["error"]) == (403, "request_denied")
    uma.policy(who={"role": "family_doctor"}, version=2)
    with writing(uma.app.engine) as db:
        db.get(Account, uma.key["bob"]).role_code = ""  # type: ignore[union-attr]
    needs = needed(uma, condition, pct=pct)["required_claims"]
    assert [claim["name"] for claim in needs] == ["role"]


@pytest.mark.spec("G-52")
def test_what_is_said_now_counts_before_it(uma: Uma, condition: Any, pct: str) -> None:
    uma.policy(say_why=True, why=["TREAT"], version=1)
    answer = uma.trade(uma.ask(condition), pct=pct, purpose_of_use="HRESCH")
    assert answer.json["error"] == "request_denied"
    # Where nothing has to be said it is not used, and narrows nothing.
    uma.policy(why=["HRESCH"], version=2)
    body = uma.trade(uma.ask(condition), pct=pct).json
    assert "access_token" in body and "pct" not in body


@pytest.mark.parametrize("ended", ["client", "account"])
def test_it_ends_with_its_client_and_its_person(
    uma: Uma, condition: Any, pct: str, ended: str
) -> None:
    from as_server.context import work

    with uma.app.test_request_context(method="POST"), standalone_session(uma.app):
        if ended == "client":
            client_disabled(work(), "c1")
        else:
            account_disabled(work(), uma.key["bob"])
    assert stored(uma) == []


def test_she_stops_it_with_the_app_that_she_allowed(uma: Uma, condition: Any, pct: str) -> None:
    bob = Person(uma.app, "bob")
    bob.sign_in()
    page = bob.get("/apps")
    assert "Name of c1" in page.text
    bob.press(page, "/apps/stop", client_id="c1")
    refused(uma, condition, pct)
    assert "Name of c1" not in bob.get("/apps").text
