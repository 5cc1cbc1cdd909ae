"""From the link that Alice's portal gives to the chart: places, gaps, ends and a change of mind."""

from __future__ import annotations

import re

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
FIVE = ["Conditions", "Medicines", "Test results", "Vital signs", "Visits and notes"]


@pytest.mark.fault("C24")
@pytest.mark.fault("C2")
def test_the_link_names_its_places_and_each_list_says_what_may_be_missing(
    fresh: House, visit: Visit
) -> None:
    alice, priya = visit("alice"), visit("priya")
    stories.to_the_check(alice)
    # What Alice reads here is what Priya reads below.
    alice.reads("Dr. Priya Nair is told which kinds may not be complete")
    alice.press("Start sharing")
    alice.reads("It does not lead to Harbor Counseling")
    priya.page.goto(alice.page.locator("#link").input_value())
    priya.reads("It leads to 2 places (names from the link, unchecked)")
    priya.reads("Home devices")
    priya.press("Open the record")
    priya.reads("140 records from 2 sources")
    told = re.search(r"may not be all of it: ([^.]*)\.", priya.text)
    assert told is not None and sorted(told[1].split(", ")) == sorted(FIVE), priya.text
    assert "Harbor" not in priya.text
    priya.follow("Medicines")
    priya.reads("What Alice Moreno shares of these kinds may not be all of it: Medicines.")
    assert "May not be all" in priya.page.locator("#s-medicines").inner_text()


@pytest.mark.fault("C29")
@pytest.mark.fault("C10")
@pytest.mark.fault("C20")
def test_a_no_and_then_a_share_opens_at_once_until_the_day_that_alice_gave(
    fresh: House, visit: Visit
) -> None:
    priya, alice = visit("priya"), visit("alice")
    stories.ask(priya)
    alice.go("portal")
    alice.follow("Look at the request")
    alice.tick("No")
    alice.press("Next")
    alice.headed("You said no")
    # She asked for six months; Alice shares of her own accord, for 30 days.
    stories.pick_priya(alice)
    stories.pick_kinds(alice)
    alice.press("Next: why and how long")
    alice.tick("Caring for me")
    alice.tick("30 days")
    alice.press("Next: check it all")
    stories.look_again(priya, "said no")
    priya.follow("Ask for less")
    assert priya.page.get_by_label("Medicines").is_checked()
    assert priya.page.get_by_label("Say it in your own words").input_value() == stories.OWN_WORDS
    alice.press("Start sharing")
    alice.headed("You are now sharing")
    until = re.search(r"Until (\d+ \w{3})\w* (\d{4})", alice.text)
    assert until is not None, alice.text
    priya.go("clinic")
    priya.page.get_by_role("link", name=stories.ALICE, exact=True).click()
    priya.reads("140 records from")
    priya.reads(f"Access until {until[1]} {until[2]}")
    assert "You asked for access" not in priya.text
