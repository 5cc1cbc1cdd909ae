"""Who takes the one turn in which the database is written: no GET, but for the three that must."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import before_render_template

from as_server.context import AsServer, work
from as_server.models import account as accounts
from as_server.models import session as sessions
from heart_ground.durable import holding
from heart_ground.readers import WritesWhileReading
from tests.as_server.person import ALL_SCOPES, App, Person
from tests.as_server.uma import Uma, pid
from tests.conftest import Clock
from tests.heart_ground.in_turn import in_turn

OF_A_BROWSER_IN_USE = re.compile(r"UPDATE browser_session SET seen_at=\S+ WHERE \S+ = \S+")
"""That somebody still sits there is noted, at most once a minute."""


def addresses(app: AsServer, **samples: str) -> list[str]:
    """Every address that can be read."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    known = {"filename": "heart.css", "key": "1", "link": "1", **samples}
    return sorted({re.sub(r"<(?:\w+:)?(\w+)>", lambda each: known[each[1]], r) for r in rules})


@pytest.fixture
def drawn_in_turn() -> Iterator[list[str]]:
    """The pages that were drawn while a turn was held."""
    found: list[str] = []

    def drawn(_app: object, template: object, **_more: object) -> None:
        if threading.get_ident() in tuple(holding._holders.values()):
            found.append(str(template))

    with before_render_template.connected_to(drawn):
        yield found


def test_no_page_that_is_read_takes_the_write_turn(
    as_app: AsServer, app: App, alice: Person, clock: Clock, drawn_in_turn: list[str]
) -> None:
    app.tokens(alice, "openid profile offline_access")
    waiting = alice.get("/authorize", **app.query(prompt="consent"))
    stranger = Person(as_app, "nobody")
    unlike = []
    for person in (stranger, alice):
        for minutes in (0, 2):
            clock.advance(minutes=minutes)
            for address in addresses(as_app, policy_id="1", resource_id="1", request_id="1"):
                with in_turn(as_app.engine) as statements:
                    person.get(address)
                unlike += [
                    (person.login, address, each)
                    for each in statements
                    if person is stranger or not OF_A_BROWSER_IN_USE.fullmatch(each)
                ]
    assert waiting.status_code == 200
    # Alice is signed in: a waiting request of hers may lead on to a code, so it is read in turn.
    assert {(login, address) for login, address, _ in unlike} == {("alice", "/authorize/1")}
    assert drawn_in_turn == []


def test_a_browser_in_use_is_noted_once_a_minute(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    alice.sign_in()
    noted = []
    for _ in range(5):
        clock.advance(seconds=31)
        with in_turn(as_app.engine) as statements:
            alice.get("/accounts")
        noted.append(len(statements))
    assert noted == [0, 1, 0, 1, 0]


def test_what_has_to_be_written_is_written_before_the_page_is_drawn(
    as_app: AsServer, app: App, alice: Person, drawn_in_turn: list[str]
) -> None:
    """A waiting request, a code, and a sign-out on the word of an app (RP-Initiated Logout 2)."""
    tokens = app.tokens(alice, "openid")
    with in_turn(as_app.engine) as asked:
        page = alice.get("/authorize", **app.query(scope="openid", prompt="consent"))
    assert page.status_code == 200 and [s for s in asked if s.startswith("INSERT INTO authoriz")]
    with in_turn(as_app.engine) as given:
        code = app.answer_of(alice.get("/authorize", **app.query(scope="openid")))
    assert "code" in code and [s for s in given if s.startswith("INSERT INTO authorization_code")]
    with in_turn(as_app.engine) as left:
        page = alice.get("/logout", id_token_hint=tokens["id_token"])
    assert "DELETE FROM sign_in" in " ".join(left) and "Alice" not in page.text
    assert drawn_in_turn == []


def test_a_waiting_request_leads_to_one_code(as_app: AsServer, app: App, alice: Person) -> None:
    alice.sign_in()
    page = alice.follow(alice.get("/authorize", **app.query(prompt="login")))
    answer = alice.sign_in(page)
    consent = alice.follow(answer)
    app.answer_of(alice.press(consent, "/authorize/", decision="allow"))
    again = alice.browser.get(answer.headers["Location"])
    assert (again.status_code, parse_qs(urlsplit(again.location or "").query)) == (400, {})


def test_no_read_of_the_api_takes_the_write_turn(uma: Uma) -> None:
    resource = uma.register()
    uma.policy()
    asked = uma.trade(uma.ask((resource, "Condition")), "sam", purpose_of_use="TREAT")
    assert asked.status_code == 403
    token = uma.access_token("alice", "c2", ALL_SCOPES)
    requests = uma.call("GET", "/requests", token).json["requests"]
    request_id = requests[0]["id"] if requests else "1"
    where = addresses(uma.app, policy_id=pid("a"), resource_id=resource, request_id=request_id)
    answered, taken = [], []
    for address in where:
        with in_turn(uma.app.engine) as statements:
            answered.append(uma.call("GET", address, token).status_code)
        taken += [(address, each) for each in statements]
    assert taken == []
    assert answered.count(200) > 12


def test_a_read_that_writes_fails(as_app: AsServer, clock: Clock) -> None:
    """Whether it is said to the database or to an object that was read."""
    now = int(clock().timestamp())
    with as_app.test_request_context("/accounts"):
        with pytest.raises(WritesWhileReading):
            sessions.note_seen(work().db, "key", now)
        account = accounts.everyone(work().db)[0]
        account.name = "Mallory"
        with pytest.raises(WritesWhileReading):
            work().end()
    with as_app.test_request_context("/accounts"):
        assert [one.name for one in accounts.everyone(work().db)] == [
            "Alice Moreno",
            "Dr. Bob Chen",
        ]


def test_a_block_that_fails_writes_nothing(as_app: AsServer) -> None:
    with as_app.test_request_context("/accounts"):
        with pytest.raises(ZeroDivisionError), work().writing() as db:
            accounts.everyone(db)[0].name = "Mallory"
            db.flush()
            raise ZeroDivisionError
        assert accounts.everyone(work().db)[0].name == "Alice Moreno"
        with work().writing() as db:
            accounts.everyone(db)[0].name = "Alice M."
        assert accounts.everyone(work().db)[0].name == "Alice M."
