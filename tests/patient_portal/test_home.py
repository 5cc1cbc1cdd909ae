"""P1: the grid tells the truth, also when a clinic is down."""

from __future__ import annotations

from tests.patient_portal.conftest import Alice


def test_each_box_says_what_the_clinics_answered(alice: Alice) -> None:
    html = alice.opens("/").text
    assert "Dr. Bob Chen, Medicines: 7 of 8 shared" in html
    assert "Dr. Bob Chen, Vital signs: all 104 shared" in html
    assert "Dana Fox, LCSW, Allergies: nothing shared" in html
    assert "Sam Carter, Medicines: paused" in html
