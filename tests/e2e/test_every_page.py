"""Every page of every person: no violation, no dead link, no sideways scroll (ux 5.18, 5.19)."""

from __future__ import annotations

import os

import pytest

from demo.cast import CAST
from tests.e2e import checks, crawl, stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
SMALL = [(320, "light")]
EVERYTHING = os.environ.get("HEART_UMA_TEST_FACES") == "all"
"""Every page that can be walked to, not one of each shape, in every width, theme and language."""
SEEN: dict[str, set[str]] = {}
"""What was looked at already, by shape of page: two people may walk to the same page."""


def faults_of(visitor: Visitor, addresses: dict[str, str]) -> list[str]:
    """In both languages, each in two faces; in every face of both where all is asked for."""
    found = []
    for language, faces in (("en", checks.FACES), ("es", checks.FACES_IN_SPANISH)):
        visitor.speaks(language)
        for shape, address in addresses.items():
            visitor.page.goto(address)
            assert visitor.page.locator("html").get_attribute("lang") == language, address
            if EVERYTHING:
                wrong = [
                    w for f in checks.EVERY_FACE for w in checks.faults(visitor.page, faces=[f])
                ]
            else:
                wrong = checks.faults(visitor.page, faces=faces, again=language != "en")
            found += [f"{language} {shape}: {words}" for words in wrong]
    visitor.speaks("en")
    return found


def new_in(shapes: dict[str, str], walked: crawl.Walked) -> dict[str, str]:
    """Those shapes on whose page is a kind of element that no page of this shape had before."""
    new = {}
    for shape, address in shapes.items():
        kinds = crawl.kinds_on(walked.pages[address])
        known = SEEN.setdefault(shape, set())
        if not kinds <= known:
            new[shape] = address
        known |= kinds
    return new


@pytest.mark.parametrize("login", [person.login for person in CAST])
def test_every_page_a_person_can_walk_to(house: House, visit: Visit, login: str) -> None:
    visitor = visit(login)
    starts = [house.at(house.app_of(login)), house.at("service", "/accounts")]
    walked = crawl.walk(visitor, *starts)
    assert walked.faults == []
    shapes = walked.shapes()
    assert len(shapes) >= {"alice": 20, "bob": 11}.get(login, 4), list(walked.pages)
    assert len(walked.pages) > {"alice": 50, "bob": 20}.get(login, 4), list(walked.pages)
    pages = {address: address for address in walked.pages} if EVERYTHING else None
    assert faults_of(visitor, pages or new_in(shapes, walked)) == []


def test_pages_for_nobody_in_particular(house: House, visit: Visit) -> None:
    visitor = visit()
    starts = [
        house.at("stage"),
        house.at("portal", "/login"),
        house.at("service", "/login"),
        house.at("cedar", "/link"),
        house.at("clinic", "/signed-out"),
    ]
    walked = crawl.walk(visitor, *starts)
    assert walked.faults == []
    assert faults_of(visitor, walked.shapes()) == []


def test_pages_that_say_what_went_wrong(house: House, visit: Visit) -> None:
    visitor = visit()
    paths = [
        ("stage", "/nothing"), ("portal", "/login?over=1"), ("portal", "/login?out=1"),
        ("service", "/nothing"), ("service", "/authorize?client_id=nobody"),
        ("service", "/authorize"), ("service", "/logout"),
        ("cedar", "/link?code=wrong"), ("cedar", "/link/return?state=x&code=y"),
        ("clinic", "/login/return?state=x&code=y"),
        ("portal", "/login/return?state=x&code=y"),
    ]  # fmt: skip
    assert faults_of(visitor, {path: house.at(place, path) for place, path in paths}) == []
    for place in ("portal", "clinic"):
        login = {"portal": "alice", "clinic": "bob"}[place]
        person = visit(login)
        person.page.goto(house.at(place, "/nothing-here"))
        assert "We can not find" in person.text, person.text
        assert checks.faults(person.page) == []


def test_the_check_itself_sees_what_is_broken(house: House, visit: Visit) -> None:
    visitor = visit()
    visitor.go("stage")
    visitor.page.evaluate(
        # The page takes no HTML as a text (Trusted Types), so the test has a policy of its own.
        "document.querySelector('main').insertAdjacentHTML('beforeend',"
        " trustedTypes.createPolicy('broken', {createHTML: given => given}).createHTML("
        ' \'<img src="/ui/static/icon.svg" width=1><input><button></button>'
        "<table width=2000><tr><td>x</table>'))"
    )
    found = " ".join(checks.faults(visitor.page, faces=[(320, "light")]))
    visitor.page.evaluate("document.querySelector('h1').style.color = '#223'")
    dark = checks.faults(visitor.page, faces=[(1280, "dark")])
    assert any("color-contrast" in words for words in dark), dark
    for words in ("image-alt", "label", "button-name", "small target", "scrolls sideways"):
        assert words in found, words


def test_pages_in_the_middle_of_things(fresh: House, visit: Visit) -> None:
    """Wizard, request, check, done, stop, waiting, errors: pages no link leads to."""
    found: list[str] = []

    def look(visitor: Visitor) -> None:
        found.extend(f"{visitor.page.url}: {words}" for words in checks.faults(visitor.page))
        visitor.page.set_viewport_size({"width": 1280, "height": 900})

    alice, priya = visit("alice"), visit("priya")
    stories.open_link(priya)
    look(priya)
    priya.follow("Ask to see records")
    priya.press("Next: see what")
    priya.titled("Error:")
    look(priya)
    stories.pick_priya(alice)
    look(alice)
    alice.press("Next: private topics")
    alice.titled("Error:")
    look(alice)
    stories.pick_kinds(alice)
    look(alice)
    alice.press("Next: why and how long")
    alice.press("Next: check it all")
    alice.titled("Error:")
    look(alice)
    alice.tick("Caring for me")
    alice.tick("6 months")
    alice.press("Next: check it all")
    alice.headed("Check what")
    look(alice)
    alice.press("Start sharing")
    alice.headed("You are now sharing")
    look(alice)
    stories.stop_priya(alice)
    look(alice)
    assert found == []


def test_pages_of_shares_in_trouble(fresh: House, visit: Visit) -> None:
    """Somebody without an account, a share nobody can read, a block, and what an update did."""
    fresh.trouble_alices_shares()
    found: list[str] = []
    alice = visit("alice")

    def look(heading: str) -> None:
        alice.headed(heading)
        found.extend(f"{alice.page.url}: {words}" for words in checks.faults(alice.page))
        alice.page.set_viewport_size({"width": 1280, "height": 900})

    alice.go("portal")
    look("Who can see what")
    alice.reads("An update changed what some people see")
    alice.reads("No account any more")
    alice.follow("End it")
    look("End this share?")
    alice.go("portal")
    alice.follow("Dana")
    look("Dana")
    alice.reads("has no account here any more")
    alice.go("portal", "/people")
    alice.press("Let them ask again : Dr. Bob")
    look("Lift your block for Dr. Bob Chen?")
    alice.reads("more records would be shown at once")
    alice.press("Lift it")
    look("People")
    assert found == []


def test_pages_of_a_request(fresh: House, visit: Visit) -> None:
    found: list[str] = []

    def look(visitor: Visitor, faces: list[tuple[int, str]] = checks.FACES) -> None:
        faults = checks.faults(visitor.page, faces=faces)
        found.extend(f"{visitor.page.url}: {words}" for words in faults)
        visitor.page.set_viewport_size({"width": 1280, "height": 900})

    priya, alice = visit("priya"), visit("alice")
    priya.page.goto(fresh.link())
    look(priya)
    stories.open_link(priya)
    for path in ("/", "/requests"):
        alice.go("portal", path)
        look(alice, SMALL)
    alice.follow(stories.PRIYA)
    look(alice, SMALL)
    priya.go("clinic")
    look(priya, SMALL)
    stories.ask(priya)
    # It would open again by itself while it is looked at.
    priya.follow("Stop checking by itself")
    look(priya)
    priya.go("clinic", "/requests")
    look(priya)
    alice.go("portal")
    look(alice)
    alice.follow("Look at the request")
    alice.press("Next")
    alice.titled("Error:")
    look(alice)
    alice.tick("Yes to some")
    for kind in stories.KINDS:
        alice.tick(kind)
    alice.press("Next")
    alice.headed("Check what")
    look(alice)
    alice.press("Start sharing")
    alice.headed("You said yes")
    look(alice)
    alice.go("portal", "/requests?tab=answered")
    look(alice)
    alice.page.get_by_role("link", name=stories.PRIYA, exact=True).first.click()
    alice.reads("You already said yes")
    look(alice)
    assert found == []
