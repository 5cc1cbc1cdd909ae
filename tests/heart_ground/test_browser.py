"""One session, one form token and one form that counts once, for every service that has pages."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import BigInteger, Engine, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from heart_ground import browser, one_time_form
from heart_ground.browser import LAST_FORM, TOUCH_EVERY, Sessions
from heart_ground.engines import make_engine
from heart_ground.one_time_form import OneTimeForms, StillBeingDone

SECRET = "a-secret-for-tests-0123456789abcdef"
NOW = 1_800_000_000


class _Table(SQLModel, registry=registry()):
    pass


class Kept(_Table, table=True):
    id_hash: str = Field(primary_key=True)
    name: str
    created: int = Field(sa_type=BigInteger)
    seen: int = Field(sa_type=BigInteger)
    sealed: str = Field(sa_type=Text)


class Press(_Table, table=True):
    form: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    created: int = Field(sa_type=BigInteger)
    result: str = ""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = make_engine(f"sqlite:///{tmp_path}/own.db")
    _Table.metadata.create_all(made)
    return made


@pytest.fixture
def sessions(engine: Engine) -> Sessions[Kept]:
    return Sessions(engine, Kept, idle=600, absolute=3600)


def began(sessions: Sessions[Kept], now: int = NOW, instead_of: str = "") -> str:
    return sessions.begin(now, instead_of=instead_of, name="Alice", sealed="s")


def test_the_database_does_not_hold_what_the_cookie_holds(sessions: Sessions[Kept]) -> None:
    cookie = began(sessions)
    row = sessions.find(cookie, NOW)
    assert row is not None and row.name == "Alice" and cookie not in row.id_hash
    assert sessions.find(row.id_hash, NOW) is None
    assert sessions.find("", NOW) is None and sessions.find("x" * 5000, NOW) is None


def test_a_session_ends_by_itself_and_is_known_for_a_day(sessions: Sessions[Kept]) -> None:
    cookie = began(sessions)
    for later, live, known in (
        (599, True, True),
        (600, False, True),
        (600 + LAST_FORM, False, False),
    ):
        row = sessions.find(cookie, NOW + later)
        assert (row is not None) is known
        assert (row is not None and sessions.is_live(row, NOW + later)) is live


def test_use_keeps_it_alive_until_the_sign_in_is_too_old(sessions: Sessions[Kept]) -> None:
    cookie, now = began(sessions), NOW
    while now < NOW + 3600:
        row = sessions.find(cookie, now)
        assert row is not None and sessions.is_live(row, now)
        sessions.touch(row, now)
        now += 500
    row = sessions.find(cookie, NOW + 3600)
    assert row is not None and not sessions.is_live(row, NOW + 3600)


def test_a_use_is_written_down_now_and_then(sessions: Sessions[Kept]) -> None:
    cookie = began(sessions)
    for later, seen in ((TOUCH_EVERY - 1, NOW), (TOUCH_EVERY, NOW + TOUCH_EVERY)):
        row = sessions.find(cookie, NOW)
        assert row is not None
        sessions.touch(row, NOW + later)
        again = sessions.find(cookie, NOW)
        assert again is not None and again.seen == seen


def test_a_new_session_ends_the_one_of_the_same_browser(sessions: Sessions[Kept]) -> None:
    first = began(sessions)
    second = began(sessions, instead_of=first)
    assert sessions.find(first, NOW) is None and sessions.find(second, NOW) is not None
    row = sessions.find(second, NOW)
    assert row is not None
    sessions.end(row.id_hash)
    assert sessions.find(second, NOW) is None
    assert sessions.change(row.id_hash, sealed="late") is False


def test_a_form_token_belongs_to_its_session() -> None:
    token = browser.form_token(SECRET, "cookie")
    assert browser.is_form_token(token, SECRET, "cookie")
    for sent, bound in ((token, "other"), ("", "cookie"), ("é", "cookie"), (token[:-1], "cookie")):
        assert not browser.is_form_token(sent, SECRET, bound)


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"Origin": "https://own.example"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "null"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "https://own.example.evil.example"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://own.example"}, True),
    ],
)
def test_a_form_of_another_site(headers: dict[str, str], elsewhere: bool) -> None:
    assert browser.is_of_another_site(Headers(headers), "https://own.example") is elsewhere


@pytest.mark.parametrize("own", ["https://Own.example", "https://own.example:443"])
def test_an_address_may_be_written_in_other_ways(own: str) -> None:
    assert not browser.is_of_another_site(Headers({"Origin": "https://own.example"}), own)
    assert browser.is_of_another_site(Headers({"Origin": "https://own.example:8443"}), own)


def test_over_tls_no_other_host_can_set_the_cookie() -> None:
    for secure, wanted in ((True, "__Host-own=v; Secure; HttpOnly; Path=/; SameSite=Lax"),
                           (False, "own=v; HttpOnly; Path=/; SameSite=Lax")):  # fmt: skip
        answer = Response()
        browser.set_cookie(answer, browser.cookie_name("own", secure=secure), "v", secure=secure)
        assert answer.headers["Set-Cookie"] == wanted


def test_of_many_presses_one_is_the_first(engine: Engine) -> None:
    forms, start, first = OneTimeForms(engine, Press), Barrier(8), []
    key = {"form": "f", "person": "alice"}

    def press() -> None:
        start.wait()
        first.append(forms.claim(key, NOW))

    many = [Thread(target=press) for _ in range(8)]
    for one in many:
        one.start()
    for one in many:
        one.join()
    assert sorted(first) == [False] * 7 + [True]
    assert forms.claim({"form": "f", "person": "bob"}, NOW)


def test_a_press_is_led_to_where_the_first_one_led(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_time_form, "WAIT", 0.2)
    forms, key = OneTimeForms(engine, Press), {"form": "f", "person": "alice"}
    assert forms.claim(key, NOW)
    with pytest.raises(StillBeingDone):
        forms.result(key)
    assert forms.carry_out(key, lambda: "/done", lambda page: {"result": page}) == "/done"
    assert forms.result(key) == "/done" and not forms.claim(key, NOW)


@pytest.mark.parametrize("answer", ["fails", "is no page"])
def test_what_led_nowhere_may_be_sent_again(engine: Engine, answer: str) -> None:
    forms, key = OneTimeForms(engine, Press), {"form": "f", "person": "alice"}
    assert forms.claim(key, NOW)
    if answer == "fails":
        with pytest.raises(ZeroDivisionError):
            forms.carry_out(key, lambda: 1 // 0, lambda _: {"result": "/"})
    else:
        forms.carry_out(key, lambda: None, lambda _: None)
    assert forms.result(key) is None and forms.claim(key, NOW)
