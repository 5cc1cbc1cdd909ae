"""What a person meets before she is signed in, and a service that stops and runs again."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@pytest.mark.fault("C16")
@pytest.mark.fault("C23")
def test_the_sharing_service_says_its_name_what_it_asks_for_and_how_long_to_wait(
    visit: Visit,
) -> None:
    stranger = visit()
    for path in ("/nope", "/authorize?client_id=nobody"):
        stranger.go("service", path)
        stranger.titled("Demo: Something went wrong - Sharing service")
        brand = stranger.page.get_by_role("banner").get_by_role("link").first
        assert brand.inner_text() == "Sharing service"
    stranger.go("service", "/login")
    assert stranger.page.get_by_label("Sign-in name").count() == 1
    stranger.reads("Not your full name, not your email.")
    for _ in range(6):
        stranger.fill("Sign-in name", "alice moreno")
        stranger.fill("Password", "wrong")
        stranger.press("Sign in", exact=True)
    stranger.reads("There were too many tries. Wait 1 minute, then try again.")


@pytest.mark.fault("C17")
def test_a_source_that_stops_is_started_again_and_the_stage_says_so(
    house: House, visit: Visit
) -> None:
    house.kill("home")
    presenter = visit()
    presenter.go("stage")
    presenter.reads("Home devices stopped and was started again at")
    alice = visit("alice")
    alice.go("portal", "/records")
    assert "We can not reach" not in alice.text
