"""Who was turned away after a stop is in the list, with time and name (ux P5)."""

from __future__ import annotations

import re

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
BOB = "Dr. Bob Chen"


@pytest.mark.fault("C13")
def test_who_tried_after_a_stop_is_listed_with_time_and_name(fresh: House, visit: Visit) -> None:
    bob, alice = visit("bob"), visit("alice")
    bob.follow(stories.ALICE)
    bob.reads("records from")
    alice.page.get_by_role("link", name=BOB, exact=True).first.click()
    alice.follow("Stop sharing")
    alice.press("Stop sharing")
    alice.headed(f"You stopped sharing with {BOB}")
    bob.page.reload()
    bob.reads("Your access ended")
    alice.go("portal", "/looked?outcome=denied")
    alice.reads(re.compile(rf"{BOB}.+\d+ \w+ 20\d\d, \d\d:\d\d UTC", re.DOTALL))
    alice.reads(f"{BOB} tried after you stopped. Turned away.")
    # The pictures follow the choices.
    assert alice.page.locator("dl dd").first.inner_text() == "1"
    alice.page.get_by_text("What your sharing service did").click()
    alice.reads(f"You stopped sharing with {BOB}")
