"""Places without our extensions are full citizens, by the names they registered (FedAuthz 3)."""

from __future__ import annotations

import pytest

from tests.patient_portal.conftest import Alice

PLACE = {
    "record": "",
    "rs": "My FHIR server",
    "rs_base": "",
    "client_id": "foreign-rs",
    "resources": [{"_id": "res1", "type": "", "kind": "other", "name": "Sleep <diary>"}],
}
PAGE = "/records/elsewhere/res1"


@pytest.fixture
def with_place(alice: Alice) -> Alice:
    alice.service.elsewhere = PLACE
    return alice


@pytest.mark.fault("C21")
def test_it_is_named_and_not_called_unreachable(with_place: Alice) -> None:
    html = with_place.opens("/").text
    assert "can not reach" not in html
    assert "Sleep &lt;diary&gt;" in html and "My FHIR server" in html
    for path in ("/records", "/looked", "/people"):
        assert "can not reach" not in with_place.opens(path).text


@pytest.mark.fault("C21")
def test_its_address_leads_to_the_resource_which_says_that_there_is_no_preview(
    with_place: Alice,
) -> None:
    html = with_place.browser.get("/?resource=res1", follow_redirects=True).text
    assert "<h1>Sleep &lt;diary&gt;</h1>" in html
    assert "We can not show what is in it" in html
    assert "It goes to people with whom you share all kinds of records." in html


def test_the_address_of_a_clinics_resource_leads_to_its_kind(alice: Alice) -> None:
    path = "/?resource=Cedar Valley Family Practice:vitals"
    html = alice.browser.get(path, follow_redirects=True).text
    assert "<h1>Vital signs" in html


@pytest.mark.attack("WEB-07")
def test_somebody_elses_resource_is_an_unknown_page(with_place: Alice) -> None:
    assert with_place.browser.get("/?resource=unknown").status_code == 404
    assert with_place.browser.get("/records/elsewhere/unknown").status_code == 404


@pytest.mark.fault("C21")
def test_whose_shares_reach_it_is_said_there_and_before_a_share_starts(with_place: Alice) -> None:
    share = next(p for p in with_place.service.policies.values() if p["state"] == "on")
    share["what"] = {**share["what"], "everything": True, "kinds": []}
    html = with_place.opens(PAGE).text
    assert f">{share['label']['name']}</a>" in html
    view = with_place.opens(f"/share/{share['id']}").text
    assert "This share also opens, without a preview: Sleep &lt;diary&gt; (My FHIR server)." in view


def test_it_can_be_unlinked(with_place: Alice) -> None:
    assert "Unlink My FHIR server" in with_place.opens("/records").text
    with_place.sends("/records/unlink/foreign-rs")
    assert with_place.service.elsewhere is None


def test_an_owner_with_such_a_place_alone_sees_it(with_place: Alice) -> None:
    with_place.service.linked = []
    html = with_place.opens("/").text
    assert "Link a clinic first" in html and "Sleep &lt;diary&gt;" in html
