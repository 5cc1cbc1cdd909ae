"""One request a person, written by her, answered as it was meant, and shown so (ux P4, R4)."""

from __future__ import annotations

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House
from tests.e2e.stories import ALICE, PRIYA
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
TRIED = "tried to open your records, without giving a reason"


@pytest.mark.fault("C7")
@pytest.mark.fault("C8")
@pytest.mark.fault("C19")
@pytest.mark.fault("C22")
def test_from_a_try_to_an_answer_that_says_what_it_gives(fresh: House, visit: Visit) -> None:
    # Without script: the waiting page has none to look again with.
    priya, alice = visit("priya", java_script_enabled=False), visit("alice")
    stories.open_link(priya)
    priya.headed("Nothing is shared with you yet")
    _told_as_a_try(alice)
    stories.ask(priya)
    _yes_to_some(alice)
    # She presses nothing: the page looks by itself.
    priya.reads(f"{ALICE} said yes to 3 of 5 kinds")
    priya.reads("You can see: Conditions, Medicines, Vital signs.")
    priya.reads("Not: Test results, Visits and notes.")
    priya.reads("Until ")


def _told_as_a_try(alice: Visitor) -> None:
    """Nobody asked; and if she wants she may say yes to all of what was tried."""
    alice.go("portal")
    alice.reads(f"{PRIYA} {TRIED}")
    assert "asked to see" not in alice.text
    alice.follow("Look at it")
    alice.headed(TRIED)
    alice.page.locator("input[name=answer][value=all]").check()
    alice.press("Next")
    alice.headed(f"Check what {PRIYA} would see")


def _yes_to_some(alice: Visitor) -> None:
    """The request has taken the place of the try, and its answer is shown as it was given."""
    alice.go("portal", "/requests")
    assert alice.page.get_by_role("heading", name=PRIYA).count() == 1
    assert TRIED not in alice.text
    alice.follow(PRIYA)
    alice.tick("Yes to some")
    for kind in ("Conditions", "Medicines", "Vital signs"):
        alice.tick(kind)
    alice.page.get_by_label("How long").select_option("30 days")
    alice.press("Next")
    alice.press("Start sharing")
    alice.headed("You said yes to some")
    alice.go("portal", "/requests?tab=answered")
    alice.reads("to 3 of 5 kinds: Conditions, Medicines and Vital signs. Until ")


@pytest.mark.fault("C7")
@pytest.mark.fault("C9")
def test_a_paused_study_tries_takes_it_back_asks_and_is_told_why_not(
    fresh: House, visit: Visit
) -> None:
    ines, alice = visit("ines"), visit("alice")
    ines.page.get_by_role("link", name="Open the records of").click()
    ines.headed("Nothing is shared with you yet")
    alice.go("portal")
    alice.reads(f"Dr. Ines Duarte {TRIED}")
    assert "asked to see" not in alice.text
    ines.go("clinic")
    ines.press("Withdraw")
    ines.reads("Nothing of yours waits for this patient any more.")
    alice.page.reload()
    assert TRIED not in alice.text
    stories.ask(ines)
    alice.go("portal")
    alice.follow("Look at the request")
    alice.page.locator("input[name=answer][value=no]").check()
    alice.page.get_by_label("Reason (you can skip this)").select_option("They ask for too much")
    alice.page.locator("input[name=tell_reason]").check()
    alice.press("Next")
    alice.headed("You said no")
    stories.look_again(ines, "said no")
    ines.reads(f"The reason {ALICE} gave: “They ask for too much”")
