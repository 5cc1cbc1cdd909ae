"""The app against the real authorization server and sources: what each person sees on her pages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from demo.cast import PASSWORD
from operator_tools.browser import Browser
from operator_tools.html_page import Page
from operator_tools.signing_in import sign_in_and_allow
from tests.conftest import Clock
from tests.world import Owner, World, seed

COUNTS = {"bob": ("TREAT", 159), "dana": ("TREAT", 32), "sam": ("FAMRQT", 23)}

# The tests follow one another in one world, so one worker runs them all.
pytestmark = pytest.mark.xdist_group("requester_app with real services")
CLOCK = Clock()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Alice's world; the tests below follow one another in it."""
    seeded = World(tmp_path_factory.mktemp("world"), CLOCK)
    seed(seeded)
    return seeded


def waiting_at(alice: Owner) -> list[dict[str, Any]]:
    endpoint = alice.app.metadata["submitted_request_endpoint"]
    found: list[dict[str, Any]] = alice.call_url("GET", f"{endpoint}?state=waiting").json()[
        "requests"
    ]
    return found


def follow_link(world: World, login: str, purpose: str, then: str) -> tuple[Browser, Page]:
    """The link Alice gave, followed by `login`: sign in, confirm, go on."""
    browser = world.browser()
    query = urlencode([("from", "Alice Moreno"), *(("at", b) for b in world.bases.values())])
    page = browser.get(f"{world.layout.requester}/open?{query}")
    page = sign_in_and_allow(browser, page, login, PASSWORD)
    form = page.form("at", "purpose")
    return browser, browser.submit(page, form, {"purpose": purpose}, press=("then", then))


def total(page: Page) -> int:
    found = re.search(r"(\d+) records? from \d sources?", page.text)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("login", COUNTS)
def test_the_chart_shows_exactly_what_is_shared(world: World, login: str) -> None:
    purpose, count = COUNTS[login]
    _, page = follow_link(world, login, purpose, "open")
    assert total(page) == count == len(world.seen_by(login)), page.text[:3000]
    sections = [int(n) for n in re.findall(r'<span class="muted small">(\d+)</span>', page.text)]
    assert sum(sections) == count


def test_each_kind_has_its_own_page_with_as_many_records(world: World) -> None:
    browser, page = follow_link(world, "bob", "TREAT", "open")
    kinds = re.findall(r'id="s-(\w+)">[^<]*<span class="muted small">(\d+)', page.text)
    for kind, count in kinds:
        shown = browser.get(f"{page.url}/{kind}")
        assert total(shown) == int(count), kind


def _send(browser: Browser, address: str) -> Page:
    answers = {"purpose": "TREAT", "words": "You see me on Friday.", "length": "183"}
    page = browser.get(address)
    preview = browser.submit(page, page.form("then", "words"), answers, press=("then", "preview"))
    return browser.submit(preview, preview.form("then"), press=("then", "send"))


@pytest.mark.fault("C7")
def test_one_request_a_patient_which_takes_the_place_of_a_try_and_is_taken_back(
    world: World,
) -> None:
    browser, page = follow_link(world, "priya", "TREAT", "open")
    assert "Nothing is shared with you yet" in page.text
    alice = Owner(world)
    assert [one["is_a_try"] for one in waiting_at(alice)] == [True]
    _, page = follow_link(world, "priya", "TREAT", "ask")
    _send(browser, f"{page.url}?for=specialist")
    second = _send(browser, f"{page.url}?for=study")
    assert "This request took the place of the one you sent on" in second.text
    (asked,) = waiting_at(alice)
    assert (asked["is_a_try"], asked["kinds"]) == (False, ["results", "vitals"])
    form = next(one for one in second.forms if one.action.endswith("/withdraw"))
    after = browser.submit(second, form)
    assert "This request does not wait any more." in after.text
    assert waiting_at(alice) == []


def test_ask_wait_yes_to_some_and_stop(world: World) -> None:
    browser, page = follow_link(world, "priya", "TREAT", "ask")
    ask_url = page.url
    answers = {"purpose": "TREAT", "words": "You see me on Friday.", "length": "183"}
    preview = browser.get(f"{ask_url}?for=specialist")
    form = preview.form("then", "words")
    preview = browser.submit(preview, form, answers, press=("then", "preview"))
    waiting = browser.submit(preview, preview.form("then"), press=("then", "send"))
    assert "Waiting for Alice Moreno" in waiting.text, waiting.text
    alice = Owner(world)
    endpoint = alice.app.metadata["submitted_request_endpoint"]
    asked = waiting_at(alice)
    assert len(asked) == 1 and asked[0]["reason"] == "You see me on Friday."
    policy = {
        **alice.policies()["Sam Carter"],
        "id": "for-priya-0123456789abcdef",
        "version": 0,
        "state": "on",
        "who": {"person": alice.key_of("priya")},
        "why": ["TREAT"],
        "label": {"name": "Dr. Priya Nair", "detail": ""},
    }
    policy["what"] = {**policy["what"], "kinds": asked[0]["kinds"], "topics": []}
    said = alice.call_url(
        "POST", f"{endpoint}/{asked[0]['id']}/answer", json={"answer": "some", "policy": policy}
    )
    assert said.status_code == 200, said.text
    CLOCK.advance(seconds=6)
    page = browser.get(waiting.url)
    assert "said yes" in page.text, page.text
    chart = browser.get(ask_url.replace("/ask/", "/chart/"))
    assert total(chart) == 140
    assert "mental" not in chart.text.lower() and "sertraline" not in chart.text.lower()
    alice.call("DELETE", "/for-priya-0123456789abcdef")
    chart = browser.get(chart.url)
    assert "Your access ended" in chart.text and total(chart) == 0
    assert waiting_at(alice) == [], "a click after a stop files no request with the patient"


def test_an_asked_topic_reaches_the_patient(world: World) -> None:
    browser, page = follow_link(world, "priya", "TREAT", "ask")
    answers = {
        "purpose": "TREAT",
        "words": "Friday.",
        "length": "30",
        "kind": "results",
        "private": "yes",
        "topic": "GDIS",
        "topicwords": "Family risk.",
    }
    preview = browser.submit(page, page.form("then", "words"), answers, press=("then", "preview"))
    browser.submit(preview, preview.form("then"), press=("then", "send"))
    alice = Owner(world)
    asked = waiting_at(alice)
    assert [request["topics"] for request in asked] == [["GDIS"]]


def test_a_stranger_is_turned_away_and_stays_unheard(world: World) -> None:
    _, page = follow_link(world, "vic", "", "open")
    assert "Nothing is shared with you" in page.text and total(page) == 0
    assert "vic" not in str(waiting_at(Owner(world))) and "Stone" not in str(
        waiting_at(Owner(world))
    )
