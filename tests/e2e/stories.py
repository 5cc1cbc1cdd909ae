"""The steps that several stories share: Alice gives, Priya asks, Alice answers, Alice stops."""

from __future__ import annotations

import re
import time
from contextlib import suppress

from playwright.sync_api import TimeoutError

from tests.e2e.visitor import Visitor

PRIYA = "Dr. Priya Nair"
ALICE = "Alice Moreno"
KINDS = ("Conditions", "Medicines", "Test results", "Vital signs", "Visits and notes")
OWN_WORDS = "You are booked to see me on Friday."
AGAIN = re.compile("Try again|Check now")


def pick_priya(alice: Visitor) -> None:
    """Home, the wizard, step 1."""
    alice.go("portal")
    alice.follow("Share with someone")
    alice.headed("Who do you want to share with?")
    alice.fill("Find a person", "Nair")
    alice.press("Search")
    alice.page.get_by_role("radio", name=PRIYA).check()
    alice.press("Next: what they can see")
    alice.headed(f"What can {PRIYA} see?")


def pick_kinds(alice: Visitor) -> None:
    for kind in KINDS:
        alice.tick(kind)
    alice.press("Next: private topics")
    alice.headed("Private topics")


def pick_why(alice: Visitor) -> None:
    alice.press("Next: why and how long")
    alice.headed("Why are you sharing")
    alice.tick("Caring for me")
    alice.tick("6 months")
    alice.tick("Which kinds may not be complete")
    alice.press("Next: check it all")


def to_the_check(alice: Visitor) -> None:
    """The wizard up to its last page."""
    pick_priya(alice)
    pick_kinds(alice)
    pick_why(alice)
    alice.headed(f"Check what {PRIYA} will see")


def share_with_priya(alice: Visitor) -> None:
    to_the_check(alice)
    alice.press("Start sharing")
    alice.headed(f"You are now sharing with {PRIYA}")


def open_link(clinician: Visitor, *, then: str = "Open the record") -> None:
    """A clinician opens the link that Alice gave her."""
    clinician.page.goto(clinician.house.link())
    clinician.headed(f"{ALICE} gave you a link")
    clinician.page.get_by_label("Why do you open it?").select_option("Caring for this patient")
    clinician.press(then)


def look_again(clinician: Visitor, words: str, *, seconds: float = 15) -> None:
    """Press what the page offers until it says so; the sharing service sets the pace (5 s)."""
    end = time.monotonic() + seconds
    while words not in clinician.text and time.monotonic() < end:
        time.sleep(1)
        # A waiting page opens again by itself: the answer may come before the press.
        with suppress(TimeoutError):
            clinician.page.get_by_role("button", name=AGAIN).click(timeout=2_000)
        clinician.page.wait_for_load_state()
    clinician.reads(words)


def ask(priya: Visitor) -> None:
    """For five kinds and for mental health, in her own words."""
    open_link(priya, then="Ask to see records")
    for kind in KINDS:
        priya.tick(kind)
    priya.tick("I need a private topic")
    priya.tick("Mental health")
    priya.fill("Why do you need it?", "Some of these medicines change sugar.")
    priya.tick("Caring for this patient")
    priya.fill("Say it in your own words", OWN_WORDS)
    priya.tick("6 months")
    priya.press("Next: see what")
    priya.headed(f"Check what {ALICE} will see")
    priya.press("Send")
    priya.headed(f"Waiting for {ALICE}")


def answer_some(alice: Visitor) -> None:
    """Yes to the five kinds, no to the private topic, checked, started."""
    alice.go("portal")
    alice.follow("Look at the request")
    alice.headed(f"{PRIYA} wants to see some of your records")
    alice.reads(OWN_WORDS)
    alice.tick("Yes to some")
    for kind in KINDS:
        alice.tick(kind)
    alice.press("Next")
    alice.headed(f"Check what {PRIYA} would see")
    alice.reads("140 of 169")
    alice.press("Start sharing")
    alice.headed("You said yes")


def stop_priya(alice: Visitor) -> None:
    alice.go("portal")
    alice.page.get_by_role("link", name=PRIYA, exact=True).first.click()
    alice.follow("Stop sharing")
    alice.headed(f"Stop sharing with {PRIYA}?")
    alice.press("Stop sharing")
    alice.headed(f"You stopped sharing with {PRIYA}")


def chart_count(clinician: Visitor) -> int:
    """How many records the chart says it shows."""
    found = re.search(r"(\d+) records? from \d sources?", clinician.text)
    assert found, clinician.text
    return int(found.group(1))


def chart_pages(clinician: Visitor) -> dict[str, str]:
    """Every page of the open chart: its address and its whole HTML."""
    tabs = clinician.page.get_by_role("navigation", name="Chart").get_by_role("link")
    addresses = [link.get_attribute("href") or "" for link in tabs.all()]
    pages = {}
    for address in addresses:
        clinician.go("clinic", address)
        pages[address] = clinician.page.content()
    return pages


def press_hint(alice: Visitor, button: str) -> None:
    alice.page.get_by_role("button", name=button).first.click()
