"""The claims interaction: a ticket and a person in, a ticket and what she told out (Grant 3.3.2-3).

What is bound to what: the page to its browser and its person, the claims to the new ticket.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from as_server.models.account import Account
from as_server.models.client import Client
from heart_ground.orm import writing
from tests.as_server.person import Person
from tests.as_server.uma import Uma
from tests.conftest import Clock

BACK = "https://app.example/claims?t=1"
OTHER = "https://app.example/other"
WORDS = "You see me on Friday, <b>please</b>."


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    """Alice's conditions, for Bob if he says why; c1 can be gone back to."""
    with_password(uma)
    register(uma, "c1", BACK)
    uma.policy(say_why=True)
    return uma.register(), "Condition"


def with_password(uma: Uma) -> None:
    with writing(uma.app.engine) as db:
        for login in ("bob", "sam"):
            account = db.get(Account, uma.key[login])
            assert account is not None
            account.password_hash = uma.app.passwords.hash("demo")


def register(uma: Uma, client_id: str, *uris: str, **members: Any) -> None:
    import json

    with writing(uma.app.engine) as db:
        client = db.get(Client, client_id)
        assert client is not None
        said = json.loads(client.registration) | {"claims_redirect_uris": list(uris)} | members
        client.registration = json.dumps(said)


def needed(uma: Uma, condition: Any, **more: Any) -> dict[str, Any]:
    answer = uma.trade(uma.ask(condition), **more)
    assert (answer.status_code, answer.json["error"]) == (403, "need_info"), answer.text
    body: dict[str, Any] = answer.json
    return body


def query(ticket: str, **changes: str | None) -> dict[str, str]:
    members = {
        "client_id": "c1",
        "ticket": ticket,
        "claims_redirect_uri": BACK,
        "state": "a state",
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def opened(bob: Person, ticket: str, **changes: str | None) -> TestResponse:
    """The page that asks, after a sign-in where that is needed."""
    page = bob.follow(bob.get("/claims", **query(ticket, **changes)))
    if b'name="username"' in page.data:
        page = bob.follow(bob.sign_in(page))
    return page


def told(bob: Person, page: TestResponse, **fields: str) -> TestResponse:
    filled = {"purpose": "TREAT", "words": WORDS, "decision": "send", **fields}
    return bob.press(page, "/claims/answer", **filled)


def answer_of(answer: TestResponse) -> dict[str, str]:
    """What the app is told."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["Location"]
    assert location.startswith(f"{BACK}&"), location
    found = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    assert found.pop("t") == "1"
    return found


def refused_page(answer: TestResponse, status: int = 400) -> None:
    """A page for the person, and no way to the address that was sent."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "text/html"
    assert "refresh" not in answer.text.lower()


@pytest.fixture
def bob(uma: Uma) -> Person:
    return Person(uma.app, "bob")


class TestNeeded:
    @pytest.mark.spec("G-16", "G-135", "HU-4", "HU-13", "HFU-14")
    def test_who_has_to_say_why_is_sent_to_the_page(self, uma: Uma, condition: Any) -> None:
        body = needed(uma, condition)
        assert body["redirect_user"] == f"{uma.app.settings.issuer}/claims"
        assert body["required_claims"] == [
            {"name": "purpose_of_use", "friendly_name": "Why you ask"}
        ]
        assert uma.trade(uma.ask(condition), purpose_of_use="TREAT").status_code == 200

    @pytest.mark.spec("G-71")
    def test_a_client_without_a_way_back_is_sent_nowhere(self, uma: Uma, condition: Any) -> None:
        assert "redirect_user" not in needed(uma, condition, client_id="c2")

    @pytest.mark.spec("HFU-13")
    def test_no_page_is_offered_for_a_role(self, uma: Uma, condition: Any) -> None:
        uma.policy(who={"role": "counselor"}, version=1)
        assert "redirect_user" in needed(uma, condition, party=None)
        with writing(uma.app.engine) as db:
            db.get(Account, uma.key["bob"]).role_code = ""  # type: ignore[union-attr]
        assert "redirect_user" not in needed(uma, condition)


class TestInteraction:
    @pytest.mark.spec("G-76", "G-77", "G-78", "G-79", "G-80", "G-68", "G-88", "HU-54")
    def test_what_was_told_opens_what_the_owner_opened_for_it(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        page = opened(bob, needed(uma, condition)["ticket"])
        assert "Alice M." in page.text and "Moreno" not in page.text
        assert " checked>" not in page.text, "nothing is chosen beforehand"
        back = answer_of(told(bob, page))
        assert set(back) == {"ticket", "state"} and back["state"] == "a state"
        answer = uma.trade(back["ticket"])
        assert answer.status_code == 200, answer.text
        (entry,) = [
            entry
            for entry in uma.owner_call("GET", "/activity").json["entries"]
            if entry["event"] == "issued"
        ]
        assert (entry["purpose_of_use"], entry["reason"]) == ("TREAT", WORDS)

    @pytest.mark.spec("G-38", "HU-4", "HFU-12")
    def test_who_signed_in_there_needs_no_id_token(
        self, uma: Uma, condition: Any, bob: Person, clock: Clock
    ) -> None:
        back = answer_of(told(bob, opened(bob, needed(uma, condition, party=None)["ticket"])))
        assert uma.trade(back["ticket"], None).status_code == 200
        back = answer_of(told(bob, opened(bob, uma.ask(condition))))
        clock.advance(seconds=299)
        assert uma.trade(back["ticket"], None).status_code == 200

    @pytest.mark.spec("G-66", "G-79")
    def test_one_registered_address_need_not_be_sent(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        page = opened(bob, uma.ask(condition), claims_redirect_uri=None, state=None)
        assert set(answer_of(told(bob, page))) == {"ticket"}

    def test_nothing_is_asked_that_is_not_needed(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        uma.policy(version=1)
        page = opened(bob, uma.ask(condition))
        assert 'name="purpose"' not in page.text and 'name="words"' not in page.text
        back = answer_of(told(bob, page))
        assert uma.trade(back["ticket"]).status_code == 200
        said = uma.owner_call("GET", "/activity").json["entries"][0]
        assert said.get("reason") is None, "what was sent unasked is not kept"

    @pytest.mark.spec("G-209")
    def test_a_stranger_learns_no_name(self, uma: Uma, condition: Any) -> None:
        page = opened(Person(uma.app, "sam"), uma.ask(condition))
        assert "Alice" not in page.text and 'name="purpose"' not in page.text

    def test_a_purpose_has_to_be_chosen_and_words_are_short(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        page = opened(bob, uma.ask(condition))
        for bad in ({"purpose": ""}, {"purpose": "BTG"}, {"purpose": "x"}, {"words": "x" * 281}):
            again = told(bob, page, **bad)
            assert again.status_code == 400 and "There is a problem" in again.text
        assert (
            WORDS.replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;")
            in told(bob, page, purpose="").text
        )
        assert uma.trade(answer_of(told(bob, page, words=""))["ticket"]).status_code == 200

    @pytest.mark.spec("HFU-17")
    def test_another_purpose_than_the_rule_has_gets_nothing(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        uma.policy(say_why=True, why=["TREAT"], version=1)
        back = answer_of(told(bob, opened(bob, uma.ask(condition)), purpose="HRESCH"))
        answer = uma.trade(back["ticket"], purpose_of_use="TREAT")
        assert answer.json["error"] == "request_denied", "the client's word does not stand above"

    def test_words_of_her_own_ask_the_owner_nothing(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        uma.policy("ask", who={"anyone": True}, ask_me=True, what={"kinds": ["allergies"]})
        allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
        ticket = uma.ask(condition, allergy)
        back = answer_of(told(bob, opened(bob, ticket)))
        assert uma.trade(back["ticket"]).status_code == 200
        assert uma.owner_call("GET", "/requests").json["requests"] == []

    @pytest.mark.spec("G-85", "G-86", "G-188")
    def test_who_cancels_told_nothing(self, uma: Uma, condition: Any, bob: Person) -> None:
        ticket = uma.ask(condition)
        page = opened(bob, ticket)
        back = answer_of(told(bob, page, decision="cancel"))
        assert (back.pop("error"), back.pop("state")) == ("access_denied", "a state")
        assert set(back) == {"error_description"}
        assert uma.trade(ticket).json["error"] == "invalid_grant"
        assert told(bob, page).status_code == 400

    def test_a_page_that_was_open_too_long_says_so(
        self, uma: Uma, condition: Any, bob: Person, clock: Clock
    ) -> None:
        page = opened(bob, uma.ask(condition))
        clock.advance(minutes=30)
        again = bob.follow(told(bob, page))
        old = bob.follow(bob.sign_in(again))
        assert old.status_code == 400 and "This page is too old" in old.text
        assert f'href="{BACK}&amp;error=invalid_request' in old.text

    def test_a_wait_for_the_owner_goes_on_with_what_was_told(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        uma.policy("a", ask_me=True, say_why=False, version=1)
        back = answer_of(told(bob, opened(bob, uma.ask(condition))))
        waits = uma.trade(back["ticket"])
        assert waits.json["error"] == "request_submitted"
        again = uma.trade(waits.json["ticket"], None)
        assert again.json["error"] == "request_submitted", "who she is goes on with the process"


class TestFaults:
    @pytest.mark.attack("CLM-11")
    @pytest.mark.spec(
        "G-64", "G-66", "G-67", "G-69", "G-71", "G-72", "G-74", "G-83", "G-84", "HU-51"
    )
    @pytest.mark.parametrize(
        "changes",
        [
            {"client_id": None},
            {"client_id": "nobody"},
            {"claims_redirect_uri": OTHER},
            {"claims_redirect_uri": "/claims"},
            {"claims_redirect_uri": BACK + "#x"},
            {"claims_redirect_uri": BACK + "/"},
            {"claims_redirect_uri": BACK.replace("app", "APP")},
            {"claims_redirect_uri": BACK.replace("example", "example:443")},
            {"client_id": "c2", "claims_redirect_uri": None},
            {"client_id": "c2"},
        ],
        ids=str,
    )
    def test_an_address_that_is_not_the_clients_is_a_page(
        self, uma: Uma, condition: Any, bob: Person, changes: Any
    ) -> None:
        ticket = uma.ask(condition)
        refused_page(bob.get("/claims", **query(ticket, **changes)))
        assert uma.trade(ticket, purpose_of_use="TREAT").status_code == 200, "it was not presented"

    @pytest.mark.spec("G-66")
    def test_two_registered_addresses_and_none_sent_is_a_page(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        register(uma, "c1", BACK, OTHER)
        refused_page(bob.get("/claims", **query("x", claims_redirect_uri=None)))
        assert answer_of(bob.get("/claims", **query("x")))["error"] == "invalid_request"

    @pytest.mark.attack("CLM-10")
    @pytest.mark.spec("G-73", "HU-51")
    def test_an_ordinary_redirect_uri_is_no_way_back(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        register(uma, "c1", BACK, redirect_uris=[OTHER])
        refused_page(bob.get("/claims", **query("x", claims_redirect_uri=OTHER)))

    @pytest.mark.attack("CLM-13")
    @pytest.mark.spec("G-65", "G-85", "G-86")
    @pytest.mark.parametrize("ticket", ["", "unknown", "x" * 3000, "\x01", None])
    def test_a_bad_ticket_goes_back_with_an_error(
        self, uma: Uma, condition: Any, bob: Person, ticket: Any
    ) -> None:
        back = answer_of(bob.get("/claims", **query(ticket)))
        assert (back["error"], back["state"]) == ("invalid_request", "a state")
        assert "ticket" not in back

    @pytest.mark.spec("G-45", "G-65", "G-186", "G-191")
    def test_a_ticket_counts_once_and_for_its_client(
        self, uma: Uma, condition: Any, bob: Person, clock: Clock
    ) -> None:
        fresh = needed(uma, condition)["ticket"]
        register(uma, "c2", BACK)
        assert "error" in answer_of(bob.get("/claims", **query(fresh, client_id="c2")))
        assert "error" in answer_of(bob.get("/claims", **query(fresh))), "a stranger has seen it"
        late = uma.ask(condition)
        clock.advance(minutes=5)
        assert "error" in answer_of(bob.get("/claims", **query(late)))

    def test_a_client_that_gets_no_tickets_is_told_so(
        self, uma: Uma, condition: Any, bob: Person
    ) -> None:
        register(uma, "c1", BACK, grant_types=["authorization_code"])
        back = answer_of(bob.get("/claims", **query(uma.ask(condition))))
        assert back["error"] == "unauthorized_client"
