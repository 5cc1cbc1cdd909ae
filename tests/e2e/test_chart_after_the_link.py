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
    alice.reads("Dr. Priya Nair is told which of these kinds may not be complete")
    alice.reads("that other places are not included")
    alice.press("Start sharing")
    alice.reads("does not lead to Harbor Counseling")
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
