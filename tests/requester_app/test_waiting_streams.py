"""What a waiting page is told while it is open, and that nobody else waits for it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from requester_app.streams import HELD, HELD_OF_ONE, LIFE, LOST, Streams
from requester_app.watching import CHECK_EVERY
from tests.requester_app.clinic import Clinic


def waiting(clinic: Clinic) -> str:
    """Priya asks; the address that her waiting page listens to. A pause only moves the clock."""
    clinic.sign_in()
    clinic.open_alice(then="ask")
    page = clinic.ask().text
    found = re.search(r'data-events="(/requests/[\w-]+/events\?by=itself)"', page)
    assert found, page
    clinic.app.streams.pause = lambda seconds: clinic.clock.advance(seconds=seconds)
    return found[1]


def events(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200 and answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    return re.findall(r"^event: (\w+)$", answer.text, re.MULTILINE)


def after(clinic: Clinic, seconds: int, do: Callable[[], object]) -> None:
    """While the page waits, this happens."""
    begun, moved = clinic.clock(), clinic.app.streams.pause

    def pause(wait: float) -> None:
        moved(wait)
        if (clinic.clock() - begun).total_seconds() >= seconds:
            do()

    clinic.app.streams.pause = pause


@pytest.mark.fault("C19")
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_open_page_is_told_of_the_answer(clinic: Clinic, answer: str) -> None:
    address = waiting(clinic)

    def answered() -> None:
        clinic.auth.answers["*"] = answer
        clinic.share("priya", {"conditions"} if answer == "yes" else set())

    after(clinic, 20, answered)
    told = clinic.browser.get(address)
    assert events(told) == ["checked", "checked", "answer"]
    assert told.text.startswith(f"retry: {CHECK_EVERY * 1000}\n\n")
    assert "Alice" not in told.text and "Conditions" not in told.text
    assert 'data-events="' not in clinic.get(address.split("/events")[0]).text


def test_the_time_of_the_last_check_comes_along(clinic: Clinic) -> None:
    told = clinic.browser.get(waiting(clinic)).text
    times = re.findall(r"^data: (\d+ \w+ \d{4}, \d\d:\d\d UTC)$", told, re.MULTILINE)
    assert len(times) == told.count("event: checked") > 1


def test_a_stream_ends_by_itself_and_asks_no_sooner_than_it_may(clinic: Clinic) -> None:
    clinic.auth.interval = 25
    address, begun, sent = waiting(clinic), clinic.clock(), len(clinic.auth.trades)
    told = events(clinic.browser.get(address))
    assert set(told) == {"checked"}
    lasted = (clinic.clock() - begun).total_seconds()
    assert LIFE - 30 <= lasted <= LIFE
    assert len(clinic.auth.trades) - sent <= 3 * (lasted // 25)


@pytest.mark.attack("DOS-20")
def test_only_so_many_are_held_and_the_others_look_once(clinic: Clinic) -> None:
    address = waiting(clinic)
    held = [clinic.browser.get(address, buffered=False) for _ in range(HELD_OF_ONE)]
    for _ in range(3):
        assert events(clinic.browser.get(address)) == ["checked"]
    assert clinic.get("/").status_code == 200
    held.pop().close()
    assert len(events(clinic.browser.get(address))) > 1


@pytest.mark.attack("DOS-20")
def test_rooms_are_few_of_one_person_fewer_and_none_is_lost() -> None:
    streams = Streams()
    rooms = [streams.admit(who, 0) for who in ("a", "a", "a", "b", "b", "c")]
    assert [room is not None for room in rooms] == [True, True, False, True, True, False]
    assert sum(room is not None for room in rooms) == HELD
    streams.give_back(rooms[0])
    streams.give_back(rooms[0])
    assert streams.admit("c", 1) and not streams.admit("d", LOST - 1)
    # What the server never said to be over is over some time.
    assert streams.admit("d", LOST)


def test_a_page_whose_session_ends_is_told_and_nothing_more_is_asked(clinic: Clinic) -> None:
    address = waiting(clinic)
    sent: list[int] = []

    def leave() -> None:
        with clinic.app.means.writing() as session:
            session.connection().exec_driver_sql("DELETE FROM session")
        sent.append(len(clinic.auth.trades))

    after(clinic, 10, leave)
    assert events(clinic.browser.get(address)) == ["checked", "answer"]
    assert len(clinic.auth.trades) == sent[0]


def test_a_stream_keeps_nobody_signed_in(clinic: Clinic) -> None:
    address = waiting(clinic)
    for _ in range(15):
        last = clinic.browser.get(address)
        if "Location" not in last.headers:
            assert last.text
    assert last.headers["Location"].startswith("/signed-out")


def test_nobody_listens_to_another_persons_request(clinic: Clinic) -> None:
    address = waiting(clinic)
    clinic.browser = clinic.app.test_client()
    clinic.sign_in("ines")
    assert clinic.browser.get(address).status_code == 404
