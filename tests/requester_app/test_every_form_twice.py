"""Two windows and Back, over every form there is (UX 2.0.3).

Each POST route of the app has a story below; a form without one fails here. Whatever is sent
twice, or from a page that another window made old, does its work once and is answered by a page
that says in plain words what is so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from requester_app.db import reading, writing
from tests.conftest import Clock
from tests.requester_app.clinic import Clinic, hidden
from tests.requester_app.test_telling import wants_why

TABLES = ("ask", "asked_record", "pointer", "key", "session")


@dataclass(frozen=True)
class Story:
    """How the page with the form is reached, what is filled in, and which words may come when it
    is sent from a page that `elsewhere` made old."""

    page: Callable[[Clinic], str]
    to: str
    fields: dict[str, Any] = field(default_factory=dict)
    after_removal: str = "This patient is not on your list, or not any more. Nothing was sent"


def _ready(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")


def _link(clinic: Clinic) -> str:
    _ready(clinic)
    clinic.open_alice(then="ask")
    found = next(page for page in reversed(clinic.pages) if "gave you a link" in page)
    return clinic.get(_address(found)).text


def _address(page: str) -> str:
    found = re.search(r'name="next" value="([^"]*)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def _ask(clinic: Clinic) -> str:
    _ready(clinic)
    page = clinic.get(f"/ask/{clinic.pointer()}").text
    answers = {"kind": ["conditions"], "purpose": "TREAT", "words": "On Friday.", "length": "30"}
    return clinic.send(page, {**answers, "then": "preview"}, to="/ask/").text


def _waiting(clinic: Clinic) -> str:
    _ready(clinic)
    return clinic.ask().text


def _tried(clinic: Clinic) -> str:
    clinic.sign_in()
    clinic.open_alice()
    return clinic.get("/").text


def _closed_chart(clinic: Clinic) -> str:
    _ready(clinic)
    return clinic.get(f"/chart/{clinic.pointer()}").text


def _facts(clinic: Clinic) -> str:
    wants_why(clinic)
    clinic.share("priya")
    clinic.sign_in()
    return clinic.open_alice().text


def _list(clinic: Clinic) -> str:
    _ready(clinic)
    return clinic.get("/").text


def _find(clinic: Clinic) -> str:
    _ready(clinic)
    return clinic.get("/find").text


STORIES = {
    "ask.send": Story(_ask, "/ask/", {"then": "send"}),
    "claims.begin": Story(_facts, "/tell"),
    "chart.open_again": Story(_closed_chart, "/chart/"),
    "find.read": Story(_find, "/find", {"link": "nothing to be found"}, "There is a problem"),
    "login.leave": Story(_list, "/logout", after_removal="You are signed out"),
    "open.save": Story(_link, "/open", {"then": "ask"}, "Ask Alice Moreno to see records"),
    "patients.forget": Story(_list, "/forget/"),
    "requests.check_now": Story(_waiting, "/requests/", after_removal="Waiting for Alice Moreno"),
    "requests.withdraw": Story(_waiting, "/withdraw", after_removal="does not wait any more"),
    "requests.withdraw_all": Story(_tried, "/withdraw/"),
    "heart_ui.choose": Story(_list, "/ui/display", {"theme": "dark"}, "My patients"),
}
every_form = pytest.mark.parametrize("name", sorted(STORIES))


def _form(clinic: Clinic, story: Story) -> dict[str, Any]:
    page = story.page(clinic)
    if story.to not in ("/logout", "/ui/display"):
        return hidden(page, story.to) | story.fields
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return {"action": story.to, "csrf_token": token[1], "next": "/", **story.fields}


def _press(clinic: Clinic, form: dict[str, Any]) -> TestResponse:
    data = {name: value for name, value in form.items() if name != "action"}
    answer = clinic.browser.post(form["action"], data=data)
    return clinic._seen(answer)


def _state(clinic: Clinic) -> dict[str, Any]:
    """All that a form can have done: rows, and what was said to others."""
    rows = {}
    with reading(clinic.app.engine) as session:
        for table in TABLES:
            found = session.execute(text(f"SELECT * FROM {table}")).mappings()
            # When a session was last used is no effect.
            rows[table] = sorted(
                str({k: v for k, v in row.items() if k != "seen"}) for row in found
            )
    return rows | {"told": (len(clinic.auth.trades), len(clinic.auth.revoked))}


def _is_plain(answer: TestResponse) -> None:
    """A page with a heading and a whole sentence or two; never a blank, a code or a trace."""
    assert answer.status_code in (200, 303, 400, 403, 404, 409), answer.status_code
    if answer.status_code == 303:  # only the sharing service lies outside
        assert answer.headers["Location"].startswith("http://localhost:8400/")
        return
    main = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    assert main and "<h1" in main[0]
    assert "Traceback" not in answer.text and "None" not in re.sub("<[^>]+>", "", main[0])


@pytest.mark.fault("C7")
def test_every_form_of_the_app_has_its_story(clinic: Clinic) -> None:
    forms = {
        rule.endpoint
        for rule in clinic.app.url_map.iter_rules()
        if rule.methods and rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert forms == set(STORIES)


@every_form
def test_pressed_twice_it_counts_once_and_leads_to_the_same_page(clinic: Clinic, name: str) -> None:
    form = _form(clinic, STORIES[name])
    first = _press(clinic, form)
    done = _state(clinic)
    second = _press(clinic, form)
    _is_plain(first)
    _is_plain(second)
    assert _state(clinic) == done
    assert _heading(second) == _heading(first)


@every_form
def test_back_and_sent_again_it_counts_once(clinic: Clinic, name: str) -> None:
    """She goes on to other pages, comes back to the old one, and presses again."""
    form = _form(clinic, STORIES[name])
    first = _press(clinic, form)
    for path in ("/", "/requests", "/find"):
        clinic.get(path)
    done = _state(clinic)
    again = _press(clinic, form)
    _is_plain(again)
    assert _state(clinic) == done
    assert _heading(again) == _heading(first)


@every_form
def test_after_another_window_removed_the_patient_it_says_so(clinic: Clinic, name: str) -> None:
    story = STORIES[name]
    form = _form(clinic, story)
    clinic.send(clinic.get("/").text, to="/forget/")
    told = len([t for t in clinic.auth.trades if not t.get("withdraw")])
    answer = _press(clinic, form)
    _is_plain(answer)
    assert story.after_removal in answer.text
    if story.after_removal.endswith("Nothing was sent"):
        assert len([t for t in clinic.auth.trades if not t.get("withdraw")]) == told


@every_form
def test_after_another_window_signed_out_nothing_is_done_and_the_page_says_so(
    clinic: Clinic, name: str
) -> None:
    form = _form(clinic, STORIES[name])
    token = form["csrf_token"][0] if isinstance(form["csrf_token"], list) else form["csrf_token"]
    _press(clinic, {"action": "/logout", "csrf_token": token})
    done = _state(clinic)
    answer = _press(clinic, form)
    _is_plain(answer)
    assert _state(clinic) == done
    if name not in ("login.leave", "heart_ui.choose"):
        assert "You signed out in another window. Nothing was sent or changed." in answer.text


@every_form
def test_after_the_sign_in_ran_out_it_is_kept_or_said_to_be_lost(clinic: Clinic, name: str) -> None:
    form = _form(clinic, STORIES[name])
    clinic.clock.advance(minutes=11)
    _press(clinic, form)
    if name in ("login.leave", "heart_ui.choose"):
        return
    place = clinic.browser.get_cookie("heart_clinic_place")
    assert place is not None
    page = clinic.sign_in(next_path=place.decoded_value).text
    kept = "Your answers were saved" in page
    assert kept is (name == "ask.send")
    assert kept or "Nothing was sent or changed. Do it again." in page


def test_a_second_press_waits_for_the_first_and_says_so_if_it_takes_too_long(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = _form(clinic, STORIES["patients.forget"])
    monkeypatch.setattr("heart_ground.one_time_form.WAIT", 0.2)
    with writing(clinic.app.engine) as session:
        person = session.execute(text("SELECT person FROM session")).scalar_one()
        row = {"form": form["form_id"][0], "person": person, "now": int(clinic.clock().timestamp())}
        session.execute(
            text("INSERT INTO used_form VALUES (:form, :person, '', :now)"),
            row,
        )
    answer = _press(clinic, form)
    assert answer.status_code == 409
    assert "This was sent already and is still being done." in answer.text


def test_a_withdrawal_after_another_window_withdrew_says_what_is_so(
    clinic: Clinic, clock: Clock
) -> None:
    story = STORIES["requests.withdraw"]
    first = _form(clinic, story)
    other = first | {"form_id": "another-window-0123"}
    _press(clinic, first)
    told = len(clinic.auth.trades)
    clock.advance(seconds=1)
    answer = _press(clinic, other)
    assert "does not wait any more" in answer.text and len(clinic.auth.trades) == told


def _heading(answer: TestResponse) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return found[1] if found else answer.headers.get("Location", "")
