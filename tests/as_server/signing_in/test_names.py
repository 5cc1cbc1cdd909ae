"""A sign-in name, an e-mail address and a word of the directory are one in every spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from as_server.context import AsServer
from as_server.models import account
from heart_ground.orm import writing
from heart_ground.token_bucket import TokenBucket
from tests.as_server.person import App, Person
from tests.as_server.uma import Uma

JOSE = "jos\u00e9"


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


SPELLINGS: list[Callable[[str], str]] = [str.upper, str.title, nfd, lambda name: f" {name} "]
IDS = ["capitals", "capital", "decomposed", "blanks"]


def add(app: AsServer, login: str, **members: Any) -> None:
    with writing(app.engine) as db:
        account.create(
            db,
            login=login,
            password_hash=app.passwords.hash("demo"),
            name=members.pop("name", login),
            created_at=0,
            **members,
        )


@pytest.mark.fault("1.17")
@pytest.mark.parametrize("spelling", SPELLINGS, ids=IDS)
def test_a_name_signs_in_in_every_spelling(as_app: AsServer, spelling) -> None:
    add(as_app, JOSE)
    assert Person(as_app, spelling(JOSE)).sign_in().status_code == 303


@pytest.mark.fault("1.17")
def test_a_name_given_with_capitals_signs_in_without(as_app: AsServer) -> None:
    add(as_app, "Paula")
    for typed in ("Paula", "paula", "PAULA"):
        assert Person(as_app, typed).sign_in().status_code == 303


@pytest.mark.fault("1.17")
@pytest.mark.parametrize("spelling", SPELLINGS, ids=IDS)
def test_no_second_person_gets_the_same_name(as_app: AsServer, spelling) -> None:
    add(as_app, JOSE)
    refused = False
    try:
        add(as_app, spelling(JOSE))
    except IntegrityError:
        refused = True
    assert refused


@pytest.mark.parametrize("login", ["", " ", "\u2003"])
def test_a_name_of_blanks_is_no_name(as_app: AsServer, login: str) -> None:
    with pytest.raises(ValueError, match="one character"):
        add(as_app, login)


@pytest.mark.fault("1.17")
def test_tries_are_counted_by_the_name_however_it_is_written(as_app: AsServer) -> None:
    add(as_app, JOSE)
    as_app.rate_limits.login = TokenBucket(2, 60, lambda: as_app.clock().timestamp())
    for typed in (JOSE, nfd(JOSE)):
        assert Person(as_app, typed, "wrong").sign_in().status_code == 401
    assert Person(as_app, nfd(JOSE.upper()), "wrong").sign_in().status_code == 429


@pytest.mark.fault("1.17")
@pytest.mark.parametrize("hint", ["ALICE", "Alice@Example.ORG", " alice"])
def test_a_hint_names_the_person_in_every_spelling(
    as_app: AsServer, app: App, alice: Person, hint: str
) -> None:
    app.code_from(alice)
    answer = alice.follow(alice.get("/authorize", **app.query(login_hint=hint, prompt="none")))
    assert "code" in app.answer_of(answer)


@pytest.mark.fault("1.17")
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("JOS\u00c9", True),
        (nfd("jos\u00e9 n\u00fa\u00f1ez"), True),
        ("n\u00da\u00d1EZ", True),
        ("Sam@Example.Org", False),
        ("sam@example.org", False),
        ("nunez", False),
    ],
)
def test_people_are_found_in_every_spelling(uma: Uma, search: str, found: bool) -> None:
    add(uma.app, "jn", name="Dr. Jos\u00e9 N\u00fa\u00f1ez", listed=True, clinician=True)
    answer = uma.owner_call("GET", f"/people?q={search}")
    names = [person["name"] for person in answer.json["people"]]
    assert ("Dr. Jos\u00e9 N\u00fa\u00f1ez" in names) is found
    assert ("Sam Carter" in names) is ("@" in search)


@pytest.mark.fault("1.17")
def test_the_commands_take_every_spelling(uma: Uma) -> None:
    for command in ("disable-account", "enable-account"):
        assert uma.app.test_cli_runner().invoke(args=[command, " BOB"]).exit_code == 0


@pytest.mark.fault("1.17")
def test_the_field_is_left_alone_by_phone_keyboards(alice: Person) -> None:
    (field,) = [
        line.partition(">")[0]
        for line in alice.get("/login").text.split("<input")
        if 'name="username"' in line.partition(">")[0]
    ]
    assert 'autocapitalize="none"' in field
    assert 'spellcheck="false"' in field
