"""One refresh at a time: with rotation, a second use of a refresh token ends the family."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from patient_portal.visit import this_visit
from tests.patient_portal import fakes
from tests.patient_portal.conftest import Alice


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/portal.sqlite3"


def test_two_requests_at_once_refresh_once(alice: Alice) -> None:
    cookie = alice.browser.get_cookie("heart_portal")
    assert cookie
    found: list[str] = []

    def ask() -> None:
        with alice.portal.test_request_context(headers={"Cookie": f"heart_portal={cookie.value}"}):
            found.append(this_visit().tokens.owner(fakes.CLINICS["Home devices"]))

    alice.service.now += timedelta(minutes=5)
    asked = alice.service.refreshes
    many = [Thread(target=ask) for _ in range(4)]
    for one in many:
        one.start()
    for one in many:
        one.join()
    assert len(set(found)) == 1
    assert len(found) == 4
    assert alice.service.refreshes == asked + 1
