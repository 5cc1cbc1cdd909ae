"""A source or the sharing service fails: pages say that, and nothing else (Grant 3.2.2)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
CLAIM = re.compile(
    "Nothing shared|nothing is shared|shared with you\\.|access ended|Ended or paused|Ask for"
)


@pytest.mark.fault("C3")
def test_a_source_that_fails_is_not_loaded_and_never_called_not_shared(
    house: House, visit: Visit
) -> None:
    bob = visit("bob")
    with house.out_of_order("cedar"):
        bob.follow(stories.ALICE)
        bob.reads("does not answer")
        assert not CLAIM.search(bob.text), bob.text
        bob.reads("No records of these kinds were loaded")
        bob.follow("Vital signs")
        bob.reads("Not all sources are loaded")
        bob.page.goto(bob.page.url.replace("/vitals", "/allergies"))
        bob.reads("No records of this kind were loaded")
        bob.reads("Not loaded: Cedar Valley Family Practice does not answer.")
        assert not CLAIM.search(bob.text), bob.text
    bob.follow("Try again")
    bob.reads("Penicillin")
    bob.follow("Summary")
    bob.reads("159 records from 2 sources")
    assert "Not loaded" not in bob.text


@pytest.mark.fault("C6")
def test_a_sharing_service_that_fails_ends_nothing(house: House, visit: Visit) -> None:
    alice, sam = visit("alice"), visit("sam")
    sam.follow(stories.ALICE)
    sam.reads("23 records from")
    # Something changes, so the clinics ask anew about every key.
    alice.follow("Sam Carter")
    alice.press("Pause")
    alice.reads("is paused")
    alice.press("Turn it on again")
    alice.reads("is on again")
    with house.out_of_order("as"):
        sam.follow("Medicines")
        sam.page.wait_for_load_state()
        assert "ended" not in sam.text, sam.text
        sam.reads("The sharing service does not answer. Nothing has changed.")
        sam.go("clinic")
        expect(sam.page.get_by_text("Ended or paused")).to_have_count(0)
    sam.follow(stories.ALICE)
    sam.reads("23 records from 1 source")


@pytest.mark.fault("C11")
def test_nobody_reads_the_name_of_a_place_that_gives_nothing(house: House, visit: Visit) -> None:
    ines = visit("ines")
    ines.reads("Cedar Valley Family Practice, Home devices")
    assert "Harbor Counseling" not in ines.text
    ines.follow(stories.ALICE)
    ines.page.wait_for_load_state()
    assert "Harbor Counseling" not in ines.text
