"""The sharing service signs with a new key: nobody loses a sign-in or a session (Core 10.1.1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heart_uma.jose import KeySet
from tests.patient_portal.conftest import Alice

FRESH = KeySet.generate("ES256")
OTHER = KeySet.generate("ES256")


@pytest.mark.fault("1.8")
def test_the_first_sign_in_after_a_rotation_works(alice: Alice) -> None:
    alice.service.keys = FRESH
    page = alice.signs_in()
    assert page.status_code == 200, page.text


@pytest.mark.fault("1.8")
def test_the_first_refresh_after_a_rotation_works(alice: Alice) -> None:
    alice.opens("/")
    alice.service.keys = FRESH
    alice.service.now += timedelta(hours=1)
    page = alice.browser.get("/")
    if page.status_code == 303:
        page = alice.signs_in()
    assert page.status_code == 200
    assert "can not reach" not in page.text


@pytest.mark.fault("1.8")
def test_no_page_blames_a_clinic_for_an_answer_of_the_sharing_service(alice: Alice) -> None:
    assert "can not reach" not in alice.opens("/").text
    alice.service.now += timedelta(minutes=10)
    # Signed by nobody it names: this is no rotation.
    alice.service.signing_keys = OTHER
    page = alice.opens("/")
    assert "We can not reach Cedar" not in page.text
    assert "We can not reach your sharing service" in page.text
