"""The portal against the real authorization server and clinics: its pages tell the truth."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from demo.cast import OWNER, PASSWORD
from operator_tools.browser import Browser
from operator_tools.html_page import Page
from operator_tools.signing_in import sign_in_and_allow
from tests.conftest import Clock
from tests.patient_portal import guest_story
from tests.patient_portal.test_what_happened import COULD_NOT_SHOW
from tests.world import World, seed

# The tests follow one another in one world, so one worker runs them all.
pytestmark = pytest.mark.xdist_group("patient_portal with real services")
CLOCK = Clock()
KINDS = ("conditions", "medicines", "results", "vitals", "visits")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Alice's world; the tests below follow one another in it."""
    seeded = World(tmp_path_factory.mktemp("world"), CLOCK)
    seed(seeded)
    return seeded


@pytest.fixture(scope="module")
def alice(world: World) -> Browser:
    browser = world.browser()
    page = browser.get(world.layout.portal + "/")
    page = browser.submit(page, page.form("csrf_token"))
    page = sign_in_and_allow(browser, page, OWNER, PASSWORD)
    assert page.url == world.layout.portal + "/", page.text
    return browser


def _at(world: World, path: str) -> str:
    return world.layout.portal + path


def _press(browser: Browser, page: Page, *names: str, **values: str) -> Page:
    return browser.submit(page, page.form(*names), values)


def _link(page: Page, words: str) -> str:
    found = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>{re.escape(words)}', page.text)
    assert found, page.text
    return found[1].replace("&amp;", "&")


def test_the_grid_counts_what_people_see_on_the_wire(world: World, alice: Browser) -> None:
    page = alice.get(_at(world, "/"))
    assert "3 people can see some of your records. 1 share is paused." in page.text
    assert "2 records are hidden from everyone." in page.text
    for words in (
        "Dr. Bob Chen, Medicines: 7 of 8 shared",
        "Dr. Bob Chen, Vital signs: all 104 shared",
        "Dana Fox, LCSW, Visits and notes: all 11 shared",
        "Sam Carter, Conditions: 5 of 9 shared",
        "River State Diabetes Study, Vital signs: paused",
    ):
        assert words in page.text
    bob = alice.get(_at(world, _link(page, "Dr. Bob Chen")))
    assert f"Dr. Bob Chen can see {len(world.seen_by('bob'))} of your 169 records now." in bob.text


def test_share_with_preview_is_exactly_what_is_seen(world: World, alice: Browser) -> None:
    page = alice.get(_at(world, "/share/new/who?q=nair"))
    key = dict(page.form("person").boxes)["person"]
    page = alice.submit(page, page.form("person"), choose=(("person", key),))
    chosen = tuple(("kind", kind) for kind in KINDS)
    page = alice.submit(page, page.form("kind"), press=("", ""), choose=chosen)
    page = alice.submit(page, page.form("topic"), press=("", ""))
    form = page.form("why")
    page = alice.submit(page, form, press=("", ""), choose=(("why", "TREAT"), ("length", "half")))
    assert "140 of 169" in page.text
    assert "Revia, stopped 2020" in page.text
    page = alice.submit(page, page.form("hint"), press=("hint", "hold"))
    assert "139 of 169" in page.text
    page = _press(alice, page, "form_id")
    assert "You are now sharing with Dr. Priya Nair" in page.text
    assert "Dr. Priya Nair can see 139 of your 169 records." in page.text
    assert len(world.seen_by("priya")) == 139


def test_who_looked_names_the_doctor_and_the_rule(world: World, alice: Browser) -> None:
    page = alice.get(_at(world, "/looked"))
    assert "Dr. Priya Nair" in page.text
    assert "A person looked" in page.text
    assert "The rule that allowed it" in page.text
    assert "A key was given" in page.text


def test_stop_counts_at_once_and_is_proved(world: World, alice: Browser) -> None:
    share = _link(alice.get(_at(world, "/")), "Dr. Priya Nair")
    page = alice.get(_at(world, f"{share}/stop"))
    page = _press(alice, page, "form_id")
    assert "You stopped sharing with Dr. Priya Nair" in page.text
    assert "The key of Dr. Priya Nair was cancelled on" in page.text
    assert world.seen_by("priya") == set()


def test_a_request_answered_in_part(world: World, alice: Browser) -> None:
    priya = world.browser()
    query = urlencode([("from", "Alice Moreno"), *(("at", b) for b in world.bases.values())])
    page = priya.get(f"{world.layout.requester}/open?{query}")
    page = sign_in_and_allow(priya, page, "priya", PASSWORD)
    form = page.form("at", "purpose")
    page = priya.submit(page, form, {"purpose": "TREAT"}, press=("then", "ask"))
    page = priya.get(f"{page.url}?for=specialist")
    answers = {"purpose": "TREAT", "words": "You see me on Friday.", "length": "183"}
    page = priya.submit(page, page.form("then", "words"), answers, press=("then", "preview"))
    page = priya.submit(page, page.form("then"), press=("then", "send"))
    home = alice.get(_at(world, "/"))
    asked = [alice.get(_at(world, path)) for path in home.links if path.startswith("/requests/")]
    page = next(one for one in asked if "You see me on Friday." in one.text)
    page = alice.submit(page, page.form("answer"), press=("", ""), choose=(("answer", "all"),))
    assert "140 of 169" in page.text
    page = _press(alice, page, "form_id")
    assert "You said yes" in page.text
    assert len(world.seen_by("priya")) == 140
    assert "Dr. Priya Nair" in alice.get(_at(world, "/requests?tab=answered")).text


def test_a_record_hidden_by_alice_is_gone_for_bob(world: World, alice: Browser) -> None:
    page = alice.get(_at(world, "/records/kind/medicines"))
    page = alice.get(_at(world, _link(page, "Metformin")))
    page = alice.submit(page, page.form("level"), {"level": "hidden"})
    assert "Saved. No one you share with can see this record now." in page.text
    assert len(world.seen_by("bob")) == 158
    assert "3 records are hidden from everyone." in alice.get(_at(world, "/")).text


def test_only_bob_is_picked_for_one_record(world: World, alice: Browser) -> None:
    page = alice.get(_at(world, "/records/kind/medicines"))
    page = alice.get(_at(world, _link(page, "Metformin")))
    boxes = page.form("share").boxes
    shown = re.findall(r'value="([^"]+)"[^>]*><label[^>]*>Dr. Bob Chen', page.text)
    page = alice.submit(page, page.form("share"), {"level": "pick"}, choose=(("share", shown[0]),))
    assert ("share", shown[0]) in boxes
    assert len(world.seen_by("bob")) == 159
    assert len(world.seen_by("sam")) == 22


def test_a_clinic_that_is_down_is_named(world: World, alice: Browser) -> None:
    world.down.add("harbor")
    CLOCK.advance(seconds=120)
    page = alice.get(_at(world, "/"))
    assert "We can not reach Harbor Counseling right now." in page.text
    world.down.clear()


def test_the_sharing_service_down_says_that_nothing_changed(world: World, alice: Browser) -> None:
    world.down.add("as")
    page = alice.get(_at(world, "/"))
    assert page.status == 503
    assert COULD_NOT_SHOW in page.text
    world.down.clear()


def test_somebody_without_an_account_sees_what_the_preview_said(
    world: World, alice: Browser
) -> None:
    """Invited, come, recognised, reading: and a second person with the same link sees nothing."""
    page = guest_story.invite(alice, world.layout.portal, email="maria@example.org")
    passcode = guest_story.passcode_on(page)
    assert "The passcode for Maria, my daughter" in page.text
    page = guest_story.press(alice, page, "/passcode")
    link, shown_at = guest_story.link_on(page), page.url
    slip = alice.get(_at(world, _link(page, "Print a slip")))
    assert guest_story.code_on(slip) in page.text
    assert "mailto:maria@example.org?" in page.text
    assert passcode not in page.text + slip.text + link
    again = alice.get(shown_at.replace("/link", "/passcode"))
    assert passcode not in again.text

    maria = world.browser()
    waits = guest_story.come(maria, link, passcode)
    assert "Now Alice Moreno has to say yes" in waits.text
    stranger = world.browser()
    assert guest_story.DEAD in guest_story.knock(stranger, link, passcode).text

    page = alice.get(_at(world, _link(alice.get(_at(world, "/")), "Look who it is")))
    assert "Is this Maria, my daughter?" in page.text
    promised = re.search(r"<strong>(\d+) of 169</strong>", page.text)
    assert promised, page.text
    page = guest_story.press(alice, page, "/yes")
    assert f"Maria, my daughter can see {promised[1]} of your 169 records." in page.text
    assert guest_story.DEAD in guest_story.knock(stranger, link, passcode).text

    page = maria.get(_link(maria.get(waits.url), "Open the records of Alice Moreno"))
    page = sign_in_and_allow(maria, page, guest_story.LOGIN, guest_story.PASSWORD)
    form = page.form("at", "purpose")
    page = maria.submit(page, form, {"purpose": "FAMRQT"}, press=("then", "open"))
    assert re.search(rf"\b{promised[1]} records? from \d sources?", page.text), page.text
