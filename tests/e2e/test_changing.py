"""Alice pauses, changes and comes back: each page says how it is, and loses nothing unsaid."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
DANA = "Dana Fox, LCSW"
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])


@pytest.mark.fault("C1")
@pytest.mark.fault("C29")
def test_a_pause_for_a_day_says_until_when(house: House, visit: Visit) -> None:
    alice = visit("alice")
    alice.page.get_by_role("link", name=DANA, exact=True).first.click()
    alice.reads(f"How {DANA} opens it")
    assert alice.page.get_by_role("link", name="Open the link").count() == 0
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.press("Copy the link")
    alice.reads("Copied")
    # A browser may refuse, whatever it said before.
    alice.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
    )
    alice.press("Copy the link")
    alice.reads("The link is marked: copy it from there.")
    marked = alice.page.evaluate("String(getSelection())")
    assert marked.startswith(house.at("clinic", "/open?")), marked
    alice.page.get_by_label("Pause sharing").select_option("for 1 day")
    alice.press("Pause", exact=True)
    alice.reads(re.compile(r"can not open your records until \d+ \w+ \d{4}, \d\d:\d\d"))
    address = alice.page.url.partition("?")[0].removeprefix(house.at("portal", ""))
    for path in ("/", "/?by=kind", "/people", address):
        answer = alice.page.goto(house.at("portal", path))
        assert answer is not None and answer.status == 200, path
        assert "did not work" not in alice.text
    alice.reads(re.compile(r"Paused until \d+ \w+ \d{4}"))
    alice.press("Turn it on again")
    alice.reads("is on again")


@pytest.mark.fault("C4")
@pytest.mark.fault("C12")
@pytest.mark.fault("C15")
def test_back_after_a_saved_change_leads_to_the_live_share(house: House, visit: Visit) -> None:
    alice = visit("alice")
    alice.page.get_by_role("link", name=DANA, exact=True).first.click()
    alice.press("Change what they see")
    alice.tick("Vaccines")
    other = alice.context.new_page()
    other.goto(alice.page.url)
    # Enter on a tick presses Next, and no preset.
    alice.page.get_by_label("Vaccines", exact=True).press("Enter")
    alice.headed("Private topics")
    topic = alice.page.get_by_role("checkbox").first
    topic.check()
    alice.page.get_by_text("Show all topics").click()
    assert topic.is_checked()
    topic.uncheck()
    alice.press("Next: why and how long")
    alice.press("Next: check it all")
    alice.reads("Save the change")
    assert "Test results" not in alice.page.locator("dl").last.inner_text()
    alice.press("Save the change")
    alice.headed("Your change is saved")
    alice.page.go_back()
    alice.reads(re.compile(r"This was changed on .+ Here is how it is now\."))
    assert "Ended" not in alice.text
    other.get_by_role("button", name="Next: private topics").click()
    said = other.locator("main").inner_text()
    assert "What you just chose in this window was not saved." in said
    assert "Ended" not in said
    assert "can see" in said


@SCRIPTS
def test_a_change_is_shown_before_it_counts_handed_over_and_undone(
    house: House, visit: Visit, scripts: bool
) -> None:
    alice = visit("alice", java_script_enabled=scripts)
    alice.page.get_by_role("link", name=DANA, exact=True).first.click()
    alice.press("Change what they see")
    alice.tick("Procedures")
    alice.press("Next: private topics")
    alice.press("Next: why and how long")
    alice.tick("Until a day I choose")
    last = datetime.now(UTC).date() + timedelta(days=40)
    alice.page.get_by_label("Last day").fill(last.isoformat())
    alice.press("Next: check it all")
    alice.reads("New: Procedures.")
    alice.reads(f"After the change: Until the end of {last.day} {last:%B} {last.year}.")
    alice.reads("Newly seen")
    alice.press("Save for later")
    alice.reads(f"A change of what {DANA} sees is not saved yet.")
    alice.page.get_by_role("link", name=re.compile(f"^Continue with {DANA}")).click()
    alice.press("Save the change")
    alice.headed("Your change is saved")
    done = alice.page.url
    assert alice.page.locator("svg.qr").bounding_box()
    alice.follow("Print a slip")
    alice.headed(f"A slip for {DANA}")
    assert alice.page.get_by_role("button", name="Print").count() == int(scripts)
    alice.page.goto(done)
    alice.press("Undo this change")
    alice.reads("No longer: Procedures.")
    alice.reads("Nothing changes until you press “Save the change”.")
    alice.press("Save the change")
    alice.headed("Your change is saved")


@pytest.mark.fault("C5")
def test_one_record_has_one_form_and_is_told_who_sees_it(house: House, visit: Visit) -> None:
    alice = visit("alice")
    alice.go("portal", "/records/kind/medicines")
    alice.follow("Metformin")
    address = alice.page.url
    alice.tick("Only people I pick")
    alice.tick("Sam Carter")
    alice.page.get_by_role("button", name=re.compile("^Save")).last.click()
    alice.reads("Saved. Sam Carter can see this record now.")
    assert alice.page.get_by_role("button", name=re.compile("^Save")).count() == 1
    alice.page.get_by_label("Sam Carter", exact=True).uncheck()
    alice.press("Save", exact=True)
    alice.reads("Saved. No one you share with can see this record now.")
    alice.page.goto(address)
    alice.tick("Use my sharing rules")
    alice.press("Save", exact=True)
    alice.reads("can see this record now.")
