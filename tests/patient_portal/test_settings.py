"""Settings: where she is signed in, one place or all ended; what the sharing service keeps."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from patient_portal.models.session import PortalSession
from patient_portal.policies.device import device_of
from tests.patient_portal.conftest import Alice
from tests.patient_portal.story import CEDAR

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)


def elsewhere(alice: Alice, subject: str = "alice", agent: str = PHONE) -> FlaskClient:
    """Another browser, signed in."""
    alice.service.subject = subject
    other = alice.portal.test_client()
    other.environ_base["HTTP_USER_AGENT"] = agent
    Alice(other, alice.portal, alice.service).signs_in()
    alice.service.subject = "alice"
    return other


def is_signed_in(browser: FlaskClient) -> bool:
    return browser.get("/people").status_code == 200


def places(page: str) -> dict[str, str]:
    """Device -> the value of its button."""
    found = re.findall(r"<strong>([^<]+)</strong>.*?name=\"place\" value=\"([0-9a-f]{64})\"", page)
    return dict(found)


def test_one_place_is_signed_out_and_the_others_stay(alice: Alice) -> None:
    phone, edge = elsewhere(alice), elsewhere(alice, agent=EDGE)
    given_back = len(alice.service.refresh_tokens)
    page = alice.opens("/settings").text
    here = places(page)
    assert set(here) == {"Safari, iPhone", "Edge, Windows", "A browser we do not know"}
    assert page.count("This browser") == 1
    after = alice.sends("/settings", {"place": here["Safari, iPhone"]}, "/settings/sign-out")
    assert "That place is signed out." in after.text and "Safari, iPhone" not in after.text
    assert (is_signed_in(phone), is_signed_in(edge), is_signed_in(alice.browser)) == (0, 1, 1)
    assert given_back == len(alice.service.refresh_tokens)


def test_all_places_are_signed_out_at_once(alice: Alice) -> None:
    phone = elsewhere(alice)
    stranger = elsewhere(alice, subject="mallory")
    answer = alice.sends("/settings", {"place": "everywhere"}, "/settings/sign-out")
    assert "You are signed out here" in answer.text
    assert (is_signed_in(phone), is_signed_in(alice.browser)) == (0, 0)
    assert is_signed_in(stranger)


def test_nobody_elses_place_can_be_named(alice: Alice) -> None:
    stranger = elsewhere(alice, subject="mallory")
    (theirs,) = places(stranger.get("/settings").text).values()
    assert theirs not in alice.opens("/settings").text
    alice.sends("/settings", {"place": theirs}, "/settings/sign-out")
    assert is_signed_in(stranger)


def test_a_stranger_and_a_form_without_its_token_end_nothing(alice: Alice) -> None:
    assert alice.browser.post("/settings/sign-out", data={"place": "everywhere"}).status_code == 400
    assert is_signed_in(alice.browser)
    nobody = alice.portal.test_client()
    assert nobody.get("/settings").location.startswith("/login")


def test_linked_clinics_and_apps_are_kept_by_the_service(alice: Alice) -> None:
    page = alice.opens("/settings").text
    assert CEDAR in page and "/records/unlink/" in page
    assert 'href="http://localhost:8400/apps"' in page
    assert 'href="http://localhost:8400/accounts"' in page


def test_a_service_that_is_away_leaves_the_rest_of_the_page(
    alice: Alice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from patient_portal.errors import SharingServiceDown
    from patient_portal.signing_in.issuer import Issuer

    def away(_self: Issuer) -> None:
        raise SharingServiceDown("away")

    monkeypatch.setattr(Issuer, "metadata", away)
    page = alice.opens("/settings")
    assert page.status_code == 200
    assert page.text.count("We can not reach your sharing service right now.") == 2
    assert "This browser" in page.text and 'href=""' not in page.text


@pytest.mark.parametrize(
    ("agent", "device"),
    [(PHONE, "Safari, iPhone"), (EDGE, "Edge, Windows"), ("curl/8", ""), ("", "")],
)
def test_a_browser_is_known_again(agent: str, device: str) -> None:
    assert device_of(agent) == device
    assert len(device) <= PortalSession.__table__.c.device.type.length


def test_another_person_is_hinted_at_and_the_one_here_is_asked(alice: Alice) -> None:
    page = alice.opens("/login?hint=dana").text
    assert "You are signed in as Alice" in page and "Sign in as someone else" in page
    out = alice.browser.post("/login", data={"hint": "dana"})
    assert "login_hint=dana" in out.location and "ui_locales=en" in out.location
    for no_hint in ("", "x" * 129, "a\nb"):
        out = alice.browser.post("/login", data={"hint": no_hint})
        assert "login_hint" not in out.location
    assert alice.opens("/login").location == "/"


def test_the_sharing_service_is_told_what_she_reads(alice: Alice) -> None:
    alice.browser.post("/ui/display", data={"language": "es"})
    assert "ui_locales=es" in alice.browser.post("/login").location
