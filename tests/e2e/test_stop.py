"""Alice stops, and can see that it worked (ux 5.8)."""

from __future__ import annotations

import re
import time

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_stop_with_proof(fresh: House, visit: Visit, scripts: bool) -> None:
    alice = visit("alice", java_script_enabled=scripts)
    stories.share_with_priya(alice)
    priya = visit("priya", java_script_enabled=scripts)
    stories.open_link(priya)
    priya.reads("140 records from")
    medicines = next(a for a in stories.chart_pages(priya) if a.endswith("/medicines"))
    priya.go("clinic", medicines)
    priya.reads("Metformin")

    stories.stop_priya(alice)
    stopped = time.monotonic()
    alice.reads("The key of Dr. Priya Nair was cancelled on")

    priya.follow("Conditions")
    assert time.monotonic() - stopped < 5
    priya.reads("Your access ended")
    assert "diabetes" not in priya.text.lower()
    # Back asks again instead of showing what was there (no-store).
    priya.page.go_back()
    priya.page.wait_for_load_state()
    assert "Metformin" not in priya.page.content()
    priya.reads("Your access ended")

    alice.page.reload()
    alice.reads(re.compile(r"Dr. Priya Nair was turned away on .+ by .+"))
    alice.go("portal", "/people")
    alice.reads("Ended")


def test_pause_and_go_on(fresh: House, visit: Visit) -> None:
    alice = visit("alice")
    bob = visit("bob")
    bob.follow("Alice Moreno")
    assert stories.chart_count(bob) == 159
    alice.page.get_by_role("link", name="Dr. Bob Chen", exact=True).first.click()
    alice.press("Pause")
    alice.reads("is paused")
    bob.page.reload()
    assert "records from" not in bob.text
    alice.press("Turn it on again")
    alice.reads("is on again")
    bob.go("clinic")
    bob.follow("Alice Moreno")
    if bob.page.get_by_role("button", name="Try again").count():
        bob.press("Try again")
    assert stories.chart_count(bob) == 159
    alice.go("portal", "/requests")
    assert "No one is waiting" in alice.text
