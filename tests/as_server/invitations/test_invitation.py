"""A person without an account: invited, recognised once, and given what the preview said."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from as_server.models.account import Account
from as_server.models.client import Client
from heart_ground.orm import writing
from heart_uma.rfc3339 import print_moment
from tests.as_server.invitations.guest import (
    Guest,
    account_of,
    drafted,
    invite,
    recognise,
    state,
)
from tests.as_server.uma import Uma, pid


def rpt_of(uma: Uma, login: str, *resources: tuple[str, str]):
    uma.key[login] = account_of(uma, login).key
    return uma.trade(uma.ask(*resources), party=login)


def test_from_the_link_to_the_records(uma: Uma) -> None:
    condition, allergy = uma.register(), uma.register("AllergyIntolerance")
    draft = drafted(uma)
    promised = uma.owner_call("POST", "/policy/preview", {"policy": draft, "invited": True}).json
    assert promised["party"] == {"invited": True}
    made, maria = invite(uma), Guest(uma)
    assert made["invitation"]["state"] == "waiting"
    page = maria.come(made)
    assert "Now Alice Moreno has to say yes" in page.text
    assert "Refresh" in page.headers
    now = state(uma)
    assert (now["state"], now["who"]["login"]) == ("used", "maria")
    assert rpt_of(uma, "maria", (condition, "Condition")).status_code == 403

    assert recognise(uma).status_code == 200
    page = maria.follow(maria.get(urlsplit(made["link"]).path))
    assert "Alice Moreno said yes" in page.text
    got = rpt_of(uma, "maria", (condition, "Condition"))
    assert got.status_code == 200, got.text
    assert uma.permitted(got.json["access_token"]) == {condition}
    asked = {p["resource_id"] for r in promised["records"] for p in r["permissions"]}
    assert asked == {condition}
    assert rpt_of(uma, "maria", (allergy, "AllergyIntolerance")).status_code == 403


def test_the_code_leads_where_the_link_does(uma: Uma) -> None:
    drafted(uma)
    made, maria = invite(uma), Guest(uma)
    page = maria.get("/invitation")
    typed = made["code"].lower().replace("-", " ")
    answer = maria.press(page, "/invitation", code=typed, passcode=made["passcode"].lower())
    assert "invites you" in maria.follow(answer).text


def test_somebody_with_an_account_uses_it(uma: Uma) -> None:
    hashed = uma.app.passwords.hash("demo")
    with writing(uma.app.engine) as db:
        db.get(Account, uma.key["sam"]).password_hash = hashed
    drafted(uma)
    made, sam = invite(uma), Guest(uma, "sam")
    page = sam.follow(sam.open(made))
    wrong = sam.press(page, "/invitation/sign-in", username="sam", password="no")
    assert "is not right" in wrong.text
    sam.follow(sam.press(page, "/invitation/sign-in", username="SAM", password="demo"))
    assert state(uma)["who"]["key"] == uma.key["sam"]


def test_what_she_chose_lasts_from_her_yes(uma: Uma, clock) -> None:
    drafted(uma, when={"until": print_moment(clock() + timedelta(days=30))})
    made = invite(uma, lasts=30 * 86_400)
    Guest(uma).come(made)
    clock.now += timedelta(hours=20)
    uma.pats.clear()
    answer = recognise(uma)
    assert answer.json["policy"]["when"]["until"] == print_moment(clock() + timedelta(days=30))
    assert answer.json["policy"]["who"] == {"person": account_of(uma, "maria").key}


def test_an_end_that_is_over_is_not_begun(uma: Uma, clock) -> None:
    drafted(uma, when={"until": print_moment(clock() + timedelta(hours=2))})
    Guest(uma).come(invite(uma))
    clock.now += timedelta(hours=3)
    uma.pats.clear()
    assert recognise(uma).status_code == 400
    assert state(uma)["state"] == "used"


def test_she_says_yes_to_what_she_saw(uma: Uma) -> None:
    draft = drafted(uma)
    Guest(uma).come(invite(uma))
    drafted(uma, what={"everything": True}, version=draft["version"])
    answer = recognise(uma, version=draft["version"])
    assert (answer.status_code, answer.json["error"]) == (409, "version_conflict")
    assert state(uma)["state"] == "used"


def test_drafts_are_listed_with_their_invitations(uma: Uma) -> None:
    drafted(uma)
    invite(uma)
    listed = uma.owner_call("GET", "/policy").json["invitations"]
    assert [(one["policy"], one["state"]) for one in listed] == [(pid("maria"), "waiting")]
    uma.owner_call("DELETE", f"/policy/{pid('maria')}")
    assert "invitations" not in uma.owner_call("GET", "/policy").json


@pytest.mark.parametrize(
    ("address", "led"),
    [
        ("https://clinic.example/open?at=1&from=Alice", True),
        ("https://evil.example/open", False),
        ("https://clinic.example.evil.example/", False),
        ("https://x@clinic.example/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_she_is_led_to_an_app_that_the_operator_listed(uma: Uma, address, led) -> None:
    with writing(uma.app.engine) as db:
        app = db.get(Client, "c1")
        app.dynamic = False
        app.registration = app.registration.replace(
            '"scope"', '"redirect_uris": ["https://clinic.example/login/return"], "scope"'
        )
    drafted(uma)
    made, maria = invite(uma), Guest(uma)
    maria.come(made)
    assert recognise(uma, opens_at=address).status_code == 200
    page = maria.follow(maria.get(urlsplit(made["link"]).path))
    assert ('href="https://clinic.example/open?at=1&amp;from=Alice"' in page.text) == led
    assert ("Open the records" in page.text) == led


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "Enter your name"),
        ({"username": "a b"}, "Leave out the spaces"),
        ({"username": ""}, "Choose a sign-in name"),
        ({"username": "ALICE"}, "This sign-in name is taken"),
        ({"password": "short", "again": "short"}, "ten letters at least"),
        ({"again": "another one, really"}, "Type the same password again"),
    ],
)
def test_an_account_that_can_not_be_made_costs_nothing(uma: Uma, changes, words) -> None:
    drafted(uma)
    made, maria = invite(uma), Guest(uma)
    page = maria.enter(made, **changes)
    assert words in page.text
    assert state(uma)["state"] == "waiting"
    assert maria.press(page, "/invitation/account", **maria.account()).status_code == 303
