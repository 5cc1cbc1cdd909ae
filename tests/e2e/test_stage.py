"""A presenter on the stage: a guided run by keyboard, for a projector, and the real apps live."""

from __future__ import annotations

import re

import pytest

from tests.e2e import checks, stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
PROJECTOR = [(1280, "light"), (1280, "dark")]


def test_a_guided_run_is_stepped_through_with_the_keyboard(fresh: House, visit: Visit) -> None:
    presenter = visit()
    presenter.go("stage", "/runs")
    assert checks.faults(presenter.page) == []
    presenter.page.set_viewport_size({"width": 1280, "height": 900})
    presenter.press("Run it : Ask first, approve later")
    presenter.headed("Ask first, approve later")
    presenter.reads("Step 1 of 16")
    presenter.page.get_by_role("link", name="Next", exact=True).click()
    presenter.reads("Step 2 of 16")
    presenter.focused("#next")
    for key, step in (("ArrowRight", 3), ("ArrowRight", 4), ("ArrowLeft", 3), ("End", 16)):
        presenter.page.wait_for_load_state()  # its script listens
        presenter.page.keyboard.press(key)
        presenter.reads(f"Step {step} of 16")
        presenter.focused("#player a:focus")
    presenter.page.get_by_role("link", name=re.compile("403 request_submitted")).first.click()
    presenter.reads("Step 6 of 16")
    presenter.reads("The ticket was spent and replaced")
    assert checks.faults(presenter.page) == []
    presenter.page.set_viewport_size({"width": 1280, "height": 900})
    presenter.follow("Projector view")
    presenter.reads("Step 6 of 16")
    assert not presenter.page.locator("header.top").is_visible()
    assert checks.faults(presenter.page, faces=PROJECTOR) == []
    plain = visit(java_script_enabled=False)
    plain.page.goto(presenter.page.url)
    plain.follow("Next", exact=True)
    plain.reads("Step 7 of 16")


def test_arrows_come_while_the_real_apps_are_used(fresh: House, visit: Visit) -> None:
    presenter, bob = visit(), visit("bob")
    presenter.go("stage", "/wire")
    presenter.follow("Begin here")
    presenter.reads("has crossed yet")
    bob.go("clinic")
    bob.page.get_by_role("link", name=stories.ALICE).first.click()
    bob.reads("Medicines")
    presenter.reads("Response with token introspection object")
    presenter.reads("Protected resource")
    presenter.follow("First", exact=True)
    presenter.reads("I would like to see this. I have no key.")
