"""Wrong password, ended session, unknown page, back after sign-out, two people (must-hold 9)."""

from __future__ import annotations

import re

import pytest

from demo.cast import BY_LOGIN
from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


def test_a_wrong_password_and_an_unknown_name_get_the_same_words(
    house: House, visit: Visit
) -> None:
    said = []
    for name in ("alice", "nobody-here"):
        visitor = visit()
        visitor.go("portal", "/login")
        visitor.press("Sign in", exact=True)
        visitor.fill("Sign-in name", name)
        visitor.fill("Password", "wrong")
        visitor.press("Sign in", exact=True)
        visitor.titled("Error:")
        visitor.focused("#problem")
        said.append(visitor.page.locator("#problem").inner_text())
        assert visitor.page.get_by_label("Sign-in name").input_value() == name
        assert visitor.page.get_by_label("Password").input_value() == ""
    assert said[0] == said[1]
    visitor = visit()
    visitor.sign_in("alice", by_password=True)


def test_a_session_that_ended_comes_back_to_the_same_step_with_the_answers(
    fresh: House, visit: Visit
) -> None:
    alice = visit("alice")
    stories.pick_priya(alice)
    stories.pick_kinds(alice)
    alice.press("Next: why and how long")
    alice.headed("Why are you sharing")
    alice.tick("Caring for me")
    alice.tick("1 year")
    alice.fill("A note to them", "Ask me about this.")
    fresh.let_sessions_end()
    alice.press("Next: check it all")
    alice.reads("You were signed out to keep your records safe")
    assert "Ask me about this." not in alice.page.content()
    assert "note=" not in alice.page.url
    alice.press("Sign in", exact=True)
    alice.headed("Why are you sharing")
    assert alice.page.get_by_label("Caring for me").is_checked()
    assert alice.page.get_by_label("1 year").is_checked()
    assert alice.page.get_by_label("A note to them").input_value() == "Ask me about this."
    alice.press("Next: check it all")
    alice.reads("140 of 169")


def test_an_ended_session_of_the_clinic_app_keeps_the_ask(fresh: House, visit: Visit) -> None:
    priya = visit("priya")
    stories.open_link(priya, then="Ask to see records")
    priya.tick("Conditions")
    priya.tick("Caring for this patient")
    priya.fill("Say it in your own words", stories.OWN_WORDS)
    priya.tick("30 days")
    fresh.let_sessions_end()
    priya.press("Next: see what")
    priya.page.wait_for_load_state()
    assert stories.OWN_WORDS not in priya.page.url
    priya.reads(re.compile("Your answers were saved|What they read"))
    assert stories.OWN_WORDS in priya.page.content()


@pytest.mark.parametrize("login", ["alice", "bob"])
def test_unknown_pages_and_records(house: House, visit: Visit, login: str) -> None:
    visitor = visit(login)
    place = house.app_of(login)
    paths = {
        "portal": (
            "/nowhere", "/share/abcdefghijklmnopqrstuvwx", "/requests/unknown",
            "/records/kind/unknown", "/records/one/aaaa/Condition/1", "/share/new/check?draft=x",
        ),
        "clinic": ("/nowhere", "/chart/unknown", "/ask/unknown", "/requests/unknown"),
    }[place]  # fmt: skip
    for path in paths:
        answer = visitor.page.goto(house.at(place, path))
        assert answer is not None and answer.status == 404, path
        visitor.headed(re.compile("not find|not found|does not", re.IGNORECASE))
    if place == "clinic":
        # A record that does not exist, at a clinic that does.
        gone = house.records()[0].rpartition("/")[0] + "/AAAAAAAAAAAAAAAAAAAAAA"
        visitor.page.goto(house.at("clinic", f"/open?from=Nobody&at={gone}"))
        visitor.press("Open the record")
        visitor.headed("That link does not work")
        visitor.go("clinic", "/open?from=X&at=javascript:alert(1)")
        visitor.headed("does not work")


@pytest.mark.parametrize("login", ["alice", "bob"])
def test_back_after_sign_out_shows_nothing(fresh: House, visit: Visit, login: str) -> None:
    visitor = visit(login)
    if login == "bob":
        visitor.follow(stories.ALICE)
        visitor.reads("159 records from")
    else:
        visitor.follow("My records")
        visitor.reads("Where your records come from")
    visitor.press("Sign out")
    visitor.reads(re.compile("signed out", re.IGNORECASE))
    visitor.page.go_back()
    visitor.page.wait_for_load_state()
    assert "Metformin" not in visitor.page.content()
    assert "Type 2 diabetes" not in visitor.page.content()
    assert "Signed in as" not in visitor.page.content()


def test_two_people_in_one_browser(fresh: House, visit: Visit) -> None:
    both = visit("alice")
    # The clinic app's sign-in finds Alice signed in, and asks who it is now.
    both.go("clinic")
    both.page.wait_for_load_state()
    both.headed(re.compile("Who is using this now|^Let |Sign in to your sharing"))
    if both.page.get_by_role("link", name="Not you?").count():
        both.follow("Not you?")
    elif both.page.get_by_role("link", name="Someone else").count():
        both.follow("Someone else")
    both.at_the_service("priya")
    both.allow()
    both.reads("No one shares with you yet")
    assert BY_LOGIN["priya"].name in both.page.locator(".who").inner_text()
    # Alice's portal is still hers, and its next sign-in asks who it is.
    both.go("portal")
    assert BY_LOGIN["alice"].name in both.page.locator(".who").inner_text()
    both.press("Sign out")
    both.go("portal", "/login")
    both.press("Sign in", exact=True)
    both.headed("Who is using this now?")
    both.press(f"{BY_LOGIN['alice'].name}, Patient")
    both.headed("Who can see what")
    assert BY_LOGIN["alice"].name in both.page.locator(".who").inner_text()
    cookies = {cookie["name"] for cookie in both.context.cookies()}
    assert {"heart_portal", "heart_clinic", "heart_as"} <= cookies
    for cookie in both.context.cookies():
        assert cookie["httpOnly"], cookie
        assert cookie["sameSite"] in ("Lax", "Strict"), cookie
