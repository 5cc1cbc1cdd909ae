"""One share that cannot be shown in full hides no other, and can be stopped."""

from __future__ import annotations

import pytest

from tests.patient_portal.conftest import Alice

DANA, BOB = "s-dana-000000000000000", "s-bob-0000000000000000"
PAGES = ("/", "/?by=kind", "/people", "/records", "/looked", f"/share/{DANA}",
         f"/share/{DANA}/rules", f"/share/{DANA}/history", f"/share/{DANA}/stop")  # fmt: skip


def is_usable(alice: Alice) -> None:
    """Every page opens, and the share can be paused, changed and stopped."""
    for page in PAGES:
        assert alice.opens(page).status_code == 200, page
    assert "Dr. Bob Chen, Medicines: 7 of 8 shared" in alice.opens("/").text
    alice.sends(f"/share/{DANA}", {"how": "open"}, f"/share/{DANA}/pause")
    assert alice.service.policies[DANA]["state"] == "paused"
    assert alice.opens(f"/share/{DANA}").status_code == 200
    alice.sends(f"/share/{DANA}/stop")
    assert alice.service.policies[DANA]["state"] == "ended"


@pytest.mark.fault("1.1")
def test_a_person_without_an_account_is_shown_as_such(alice: Alice) -> None:
    alice.service.disabled.add("dana")
    assert "No account any more" in alice.opens("/").text
    html = alice.opens(f"/share/{DANA}").text
    assert "Dana Fox, LCSW has no account here any more, and can open nothing." in html
    assert "can see 0 of your" in html
    is_usable(alice)


@pytest.mark.fault("1.1")
def test_a_share_with_a_person_without_an_account_can_be_narrowed(alice: Alice) -> None:
    alice.service.disabled.add("dana")
    begun = alice.browser.post(f"/share/{DANA}/change", data=_fields(alice)).location
    number = begun.partition("draft=")[2]
    alice.sends(begun, {"kind": "medicines"}, f"/share/new/what?draft={number}")
    page = alice.opens(f"/share/new/check?draft={number}").text
    assert "has no account here any more" in page
    assert "Save the change</button>" in page


@pytest.mark.fault("1.1")
def test_a_share_that_the_service_cannot_look_up_hides_no_other(alice: Alice) -> None:
    alice.service.not_previewed.add("dana")
    assert alice.opens("/").status_code == 200
    assert "Not known right now" in alice.opens("/").text
    assert (
        "We can not say right now what Dana Fox, LCSW sees." in alice.opens(f"/share/{DANA}").text
    )
    is_usable(alice)


@pytest.mark.fault("A1")
@pytest.mark.parametrize("named", [True, False])
def test_a_share_that_nobody_can_read_is_told_of_and_can_be_ended(
    alice: Alice, named: bool
) -> None:
    stored = alice.service.policies[DANA]
    alice.service.policies[DANA] = {
        **{key: stored[key] for key in ("id", "version", "state", "effect", "who", "created")},
        "label": {"name": "Dana Fox, LCSW" if named else ""},
        "unreadable": True,
    }
    html = alice.opens("/").text
    assert "Dr. Bob Chen, Medicines: 7 of 8 shared" in html
    words = "your share with Dana Fox, LCSW" if named else "one of your shares any more. You made"
    assert f"We can not read {words}" in html
    assert "No one sees anything through it. You can end it." in html
    assert alice.opens(f"/share/{DANA}").location.endswith(f"/share/{DANA}/stop")
    page = alice.opens(f"/share/{DANA}/stop").text
    assert "We can not read any more what this share says." in page
    assert "You stopped sharing with" in alice.sends(f"/share/{DANA}/stop").text
    assert alice.service.policies[DANA]["state"] == "ended"
    assert "We can not read" not in alice.opens("/").text


@pytest.mark.fault("A1")
def test_a_policy_of_a_newer_service_hides_no_other(alice: Alice) -> None:
    alice.service.policies[DANA]["effect"] = "permit with a condition"
    html = alice.opens("/").text
    assert "Dr. Bob Chen, Medicines: 7 of 8 shared" in html
    assert "We can not read your share with Dana Fox, LCSW any more." in html


@pytest.mark.fault("A1")
def test_a_version_of_a_newer_service_hides_no_other(alice: Alice) -> None:
    alice.sends(f"/share/{DANA}", {"how": "open"}, f"/share/{DANA}/pause")
    first, _second = alice.service.versions[DANA]
    first["policy"] = {**first["policy"], "effect": "permit with a condition"}
    page = alice.opens(f"/share/{DANA}/history")
    assert page.status_code == 200
    assert "You paused it" in page.text and "You started it" in page.text
    assert page.text.count("The rule after that") == 1


def _fields(alice: Alice) -> dict[str, str]:
    import re

    html = alice.opens(f"/share/{DANA}").text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
