"""What Alice reads when her sharing service, or one of her clinics, does not do what it should."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
DANA = "Dana Fox, LCSW"


@pytest.mark.fault("C25")
def test_a_stop_that_nobody_answers_is_kept(fresh: House, visit: Visit) -> None:
    alice = visit("alice")
    alice.page.get_by_role("link", name=DANA, exact=True).first.click()
    alice.follow("Stop sharing")
    alice.headed(f"Stop sharing with {DANA}?")
    with fresh.out_of_order("as"):
        alice.press("Stop sharing")
        alice.headed("Sharing is being stopped")
        alice.reads("we do not know if the stop counts")
        alice.reads("Call your clinic if it can not wait.")
        assert "Nothing was shared or changed" not in alice.text
    # Nobody presses anything again: the next page asks for it.
    alice.go("portal")
    assert f"{DANA}, Conditions" not in alice.page.content()
    alice.go("portal", "/people")
    alice.reads("Ended")


@pytest.mark.fault("C26")
def test_numbers_from_before_say_so(house: House, visit: Visit) -> None:
    alice = visit("alice")
    alice.page.get_by_role("link", name=DANA, exact=True).first.click()
    with house.out_of_order("cedar"):
        # Before that, what was counted a moment ago may be shown again.
        alice.press("Pause", exact=True)
        alice.reads("is paused")
        alice.go("portal")
        alice.reads("We can not reach Cedar Valley Family Practice right now.")
        alice.reads(re.compile(r"Numbers last known \d\d:\d\d"))
        alice.go("portal", "/records/kind/medicines")
        alice.reads("Not loaded: Cedar Valley Family Practice does not answer right now.")
        assert "There are no records" not in alice.text
    alice.go("portal", "/people")
    alice.follow(DANA)
    alice.press("Turn it on again")
    alice.reads("is on again")
