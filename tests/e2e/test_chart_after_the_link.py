"""From a no to a share, and from the link of Alice's portal to the chart: ends, places, gaps."""

from __future__ import annotations

import re

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
FIVE = ["Conditions", "Medicines", "Test results", "Vital signs", "Visits and notes"]


@pytest.mark.fault("C2")
@pytest.mark.fault("C10")
@pytest.mark.fault("C20")
@pytest.mark.fault("C24")
@pytest.mark.fault("C29")
def test_a_no_then_a_share_and_what_the_chart_says_of_it(fresh: House, visit: Visit) -> None:
    priya, alice = visit("priya"), visit("alice")
    stories.ask(priya)
    alice.go("portal")
    alice.follow("Look at the request")
    alice.tick("No")
    alice.press("Next")
    alice.headed("You said no")
    # Priya asked for six months; Alice shares of her own accord, for 30 days.
    stories.pick_priya(alice)
    stories.pick_kinds(alice)
    alice.press("Next: why and how long")
    for label in ("Caring for me", "30 days", "Which kinds may not be complete"):
        alice.tick(label)
    alice.press("Next: check it all")
    alice.reads("Dr. Priya Nair is told which kinds may not be complete")
    stories.look_again(priya, "said no")
    priya.follow("Ask for less")
    assert priya.page.get_by_label("Medicines").is_checked()
    assert priya.page.get_by_label("Say it in your own words").input_value() == stories.OWN_WORDS
    alice.press("Start sharing")
    alice.headed("You are now sharing")
    alice.reads("It does not lead to Harbor Counseling")
    the_yes_opens_at_once(alice, priya)
    the_link_leads_to_a_list_with_its_gaps(alice, priya)


def the_yes_opens_at_once(alice: Visitor, priya: Visitor) -> None:
    until = re.search(r"Until (\d+ \w{3})\w* (\d{4})", alice.text)
    assert until is not None, alice.text
    priya.go("clinic")
    priya.page.get_by_role("link", name=stories.ALICE, exact=True).click()
    priya.reads("140 records from")
    priya.reads(f"Access until {until[1]} {until[2]}")
    assert "You asked for access" not in priya.text


def the_link_leads_to_a_list_with_its_gaps(alice: Visitor, priya: Visitor) -> None:
    priya.page.goto(alice.page.locator("#link").input_value())
    priya.reads("It leads to 2 places (names from the link, unchecked)")
    priya.reads("Home devices")
    priya.press("Open the record")
    priya.reads("140 records from 2 sources")
    # What Alice read before she shared is what Priya reads.
    told = re.search(r"may not be all of it: ([^.]*)\.", priya.text)
    assert told is not None and sorted(told[1].split(", ")) == sorted(FIVE), priya.text
    assert "Harbor" not in priya.text
    priya.follow("Medicines")
    priya.reads("What Alice Moreno shares of these kinds may not be all of it: Medicines.")
    assert "May not be all" in priya.page.locator("#s-medicines").inner_text()
