"""What nobody gets by an invitation: not by guessing, not late, not twice, and nothing besides."""

from __future__ import annotations

import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.as_server.invitations.guest import Guest, drafted, invite, recognise, state
from tests.as_server.person import App
from tests.as_server.uma import Uma, pid

DEAD = "the invitation was used or has ended"


def test_every_dead_link_is_answered_alike(uma: Uma, clock) -> None:
    for name in ("used", "stopped", "late"):
        drafted(uma, name)
    used, stopped, late = (invite(uma, name) for name in ("used", "stopped", "late"))
    Guest(uma).come(used)
    uma.owner_call("DELETE", f"/policy/{pid('stopped')}")
    unknown = {"link": "http://localhost:8400/invitation/" + "A" * 118, "passcode": "AAAA-AAAA"}
    pages = [Guest(uma).open(one) for one in (used, stopped, unknown)]
    clock.now += timedelta(hours=24)
    pages.append(Guest(uma).open(late))
    assert {page.status_code for page in pages} == {401}
    assert all(DEAD in page.text for page in pages)


def test_it_lives_a_day(uma: Uma, clock) -> None:
    drafted(uma)
    made, maria = invite(uma), Guest(uma)
    clock.now += timedelta(hours=24, seconds=-1)
    assert maria.open(made).status_code == 303
    clock.now += timedelta(seconds=1)
    uma.pats.clear()
    assert state(uma)["state"] == "ran_out"
    page = maria.get("/invitation")
    assert (
        maria.press(page, "/invitation", code=made["code"], passcode=made["passcode"]).status_code
        == 401
    )


def test_five_wrong_passcodes_end_it_from_wherever_they_come(uma: Uma, clock) -> None:
    drafted(uma)
    made = invite(uma)
    for _ in range(5):
        assert Guest(uma).open(made, "AAAA-AAAA").status_code == 401
        clock.now += timedelta(minutes=1)
    assert state(uma)["state"] == "locked"
    assert Guest(uma).open(made).status_code == 401
    again = invite(uma)
    assert Guest(uma).open(made).status_code == 401
    assert Guest(uma).open(again).status_code == 303


def test_of_two_who_come_at_once_one_is_bound(uma: Uma) -> None:
    drafted(uma)
    made = invite(uma)
    guests = [Guest(uma, name) for name in ("maria", "mallory")]
    pages = [guest.follow(guest.open(made)) for guest in guests]
    start, answers = threading.Barrier(2), {}

    def come(guest: Guest, page) -> None:
        start.wait()
        answers[guest.login] = guest.press(page, "/invitation/account", **guest.account())

    threads = [threading.Thread(target=come, args=pair) for pair in zip(guests, pages, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 400]
    won = next(login for login, answer in answers.items() if answer.status_code == 303)
    assert state(uma)["who"]["login"] == won


def test_a_pass_is_worth_nothing_in_another_browser(uma: Uma) -> None:
    drafted(uma)
    made, maria, thief = invite(uma), Guest(uma), Guest(uma, "mallory")
    address = maria.open(made).headers["Location"]
    thief.get("/login")
    page = thief.get(address)
    assert page.status_code == 400
    assert "Alice" not in page.text


def test_a_yes_is_for_the_one_whom_she_saw(uma: Uma) -> None:
    drafted(uma)
    Guest(uma).come(invite(uma))
    assert recognise(uma, account=uma.key["bob"]).status_code == 409
    assert state(uma)["state"] == "used"
    assert recognise(uma).status_code == 200
    assert recognise(uma, version=state(uma)["version"]).status_code == 400


def test_nobody_invites_to_what_is_on_or_to_another_owners(uma: Uma) -> None:
    assert uma.policy("a").status_code == 201
    assert uma.owner_call("POST", f"/policy/{pid('a')}/invitation", {}).status_code == 400
    drafted(uma)
    for path in ("/invitation", "/invitation/answer"):
        address = f"/policy/{pid('maria')}{path}"
        body = {} if path == "/invitation" else {"account": "x", "version": 1}
        assert uma.owner_call("POST", address, body, "dora").status_code == 404


@pytest.mark.parametrize("scope", ["openid uma_policy", "openid uma_protection", "openid owner"])
def test_an_invited_account_is_nobodys_who_has_records(uma: Uma, clock, scope) -> None:
    drafted(uma)
    maria = Guest(uma)
    maria.come(invite(uma))
    app = App(uma.app, clock).register()
    page = maria.get("/authorize", **app.query(scope=scope))
    assert app.answer_of(page)["error"] == "access_denied"


def test_no_secret_is_kept_or_logged(uma: Uma, caplog) -> None:
    drafted(uma)
    made = invite(uma)
    Guest(uma).come(made)
    said = (urlsplit(made["link"]).path.rpartition("/")[2], made["code"], made["passcode"])
    with uma.app.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM invitation").all()
    assert not any(secret in str(rows) + caplog.text for secret in said)


def test_invited_people_are_no_buttons_of_a_demo(uma: Uma) -> None:
    drafted(uma)
    Guest(uma).come(invite(uma))
    uma.app.settings = uma.app.settings.model_copy(update={"demo_mode": True})
    stranger = Guest(uma, "mallory")
    page = stranger.get("/login")
    assert 'value="maria"' not in page.text
    assert stranger.press(page, "/login", persona="maria").status_code == 401
