"""Links and pasted addresses (UX R2; SSRF)."""

from __future__ import annotations

import socket
from urllib.parse import urlencode

import httpx
import pytest

from requester_app.record_address import BadAddress, record_base
from requester_app.share_link import pasted, patient_name
from tests.heart_ground.misbehaving import lead
from tests.requester_app.clinic import CEDAR, HARBOR, Clinic, hidden

GOOD = "https://fhir.clinic.example/fhir/r/abc"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "ftp://clinic.example/r/a",
        "http://clinic.example/r/a",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:pw@clinic.example/r/a",
        "https://clinic.example/r/a?x=1",
        "https://clinic.example/r/a#x",
        "https://10.0.0.7/r/a",
        "https://169.254.169.254/latest",
        "https://[::1]/r/a",
        "https://intranet/r/a",
        "https://clinic.example/r/../admin",
        "https://clinic.example/r/%2e%2e/admin",
        "https://clinic.example:99999/r/a",
        "https://clinic.example/" + "a" * 600,
        "http://localhost:8401/fhir/r/a",
        "http://127.0.0.1/r/a",
    ],
)
def test_addresses_that_are_not_called(text: str) -> None:
    with pytest.raises(BadAddress):
        record_base(text, on_loopback=False)


def test_loopback_is_for_an_app_on_loopback() -> None:
    assert record_base(CEDAR + "/", on_loopback=True) == CEDAR
    assert record_base(GOOD, on_loopback=False) == GOOD


def test_a_share_link_and_pasted_bases_give_the_same_records() -> None:
    link = f"https://any.example/open?from=Alice+Moreno&at={CEDAR}&at={HARBOR}"
    assert pasted(link, app_url="", on_loopback=True) == ("Alice Moreno", [CEDAR, HARBOR])
    both = f" {CEDAR}\n{HARBOR}, {CEDAR}"
    assert pasted(both, app_url="", on_loopback=True) == ("", [CEDAR, HARBOR])


def test_a_name_is_one_short_line() -> None:
    assert patient_name("Alice\n\u202e Moreno" + "x" * 200).startswith("Alice Moreno")
    assert len(patient_name("x" * 200)) == 80


def test_a_bad_link_gets_one_plain_sentence(clinic: Clinic) -> None:
    page = clinic.sign_in(next_path="/find")
    answer = clinic.send(page.text, {"link": "https://10.0.0.7/r/a"}, to="/find")
    assert "That link does not work. It may have ended." in answer.text
    assert clinic.get("/open?at=ftp://x/r").status_code == 400


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.fault("B17")
@pytest.mark.fault("A16")
@pytest.mark.parametrize("address", ["10.0.0.7", "127.0.0.1", "169.254.169.254", "fd00::1", None])
def test_a_name_that_leads_inside_or_nowhere_is_one_sentence(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    """With two answers a signed-in person could find out what there is in the inner network."""
    page = clinic.sign_in(next_path="/find")
    leads_to(monkeypatch, *([address] if address else []))
    inside = "https://inside.example/r/a"
    answer = clinic.send(page.text, {"link": inside}, to="/find")
    assert "That link does not work. It may have ended." in answer.text
    confirm = clinic.get(f"/open?from=Alice&at={inside}")
    assert confirm.status_code == 400 and "That link does not work." in confirm.text
    form = {**hidden(clinic.get(f"/open?from=Alice&at={CEDAR}").text, "/open"), "at": inside}
    kept = clinic.browser.post(form.pop("action"), data={**form, "then": "open"})
    assert kept.status_code == 400 and "That link does not work." in kept.text
    assert not any("inside.example" in str(call.url) for call in clinic.calls)


@pytest.mark.fault("B17")
@pytest.mark.fault("A16")
def test_a_name_that_led_elsewhere_when_it_was_pasted_is_not_called(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up proves nothing about the next one: the call makes its own, and keeps to it."""
    clinic.sign_in()
    leads_to(monkeypatch, "93.184.216.34")
    clinic.open_alice("https://rebind.example/r/a", then="ask")
    leads_to(monkeypatch, "10.0.0.7")
    page = clinic.send(clinic.get(f"/chart/{clinic.pointer()}").text, to="/chart/")
    assert "rebind.example does not answer" in page.text
    assert not any("rebind.example" in str(call.url) for call in clinic.calls)


@pytest.mark.fault("B17")
@pytest.mark.fault("A16")
def test_a_record_is_called_at_the_address_that_was_looked_up(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.sign_in()
    leads_to(monkeypatch, "93.184.216.34")
    lead(clinic.app.http, "https://clinic.example", httpx.MockTransport(lambda _: gone()))
    clinic.open_alice("https://clinic.example/r/a")
    call = next(call for call in clinic.calls if call.url.host == "clinic.example")
    assert call.extensions["address"] == "93.184.216.34"


def gone() -> httpx.Response:
    return httpx.Response(404)


def test_opening_a_link_calls_nothing_before_it_is_confirmed(clinic: Clinic) -> None:
    page = clinic.sign_in(next_path=f"/open?from=Alice&at={CEDAR}")
    assert "Alice gave you a link" in page.text and "localhost:8401" in page.text
    assert clinic.sources[CEDAR].seen == []
    assert "No one shares with you yet" in clinic.get("/").text


def test_the_name_in_a_link_is_escaped(clinic: Clinic) -> None:
    page = clinic.sign_in(next_path=f"/open?from=<script>x</script>&at={CEDAR}")
    assert "<script>x" not in page.text and "&lt;script&gt;x" in page.text


def test_the_same_link_twice_is_one_patient(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(CEDAR, HARBOR, then="ask")
    clinic.open_alice(HARBOR, CEDAR, then="ask")
    assert clinic.get("/").text.count("Remove from my list") == 1


def test_records_of_another_link_are_never_merged_into_a_patient(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(CEDAR, then="ask")
    clinic.open_alice(CEDAR, HARBOR, then="ask")
    assert clinic.get("/").text.count("Remove from my list") == 2


def test_taking_a_patient_off_the_list(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(CEDAR, then="ask")
    page = clinic.send(clinic.get("/").text, to="/forget/")
    assert "No one shares with you yet" in page.text


def test_walking_through_the_list_asks_nobody(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    assert "This record has not been opened yet" in page
    assert clinic.auth.trades == [] and clinic.sources[CEDAR].seen == []


@pytest.mark.fault("C24")
def test_what_the_link_calls_its_places_is_shown_as_unchecked_until_they_speak(
    clinic: Clinic,
) -> None:
    clinic.sign_in()
    named = [("at", CEDAR), ("place", "Cedar"), ("at", HARBOR), ("place", "<b>Harbor</b>\n")]
    page = clinic.get(f"/open?{urlencode([('from', 'Alice'), *named])}").text
    assert "It leads to 2 places (names from the link, unchecked)" in page
    assert "Cedar <" in page and "&lt;b&gt;Harbor&lt;/b&gt;" in page and "<b>Harbor" not in page
    clinic.send(page, {"then": "ask"}, to="/open")
    patients = clinic.get("/").text
    assert "Cedar, &lt;b&gt;Harbor&lt;/b&gt; <span" in patients
    assert "(names from the link, unchecked)" in patients and "localhost:8401" not in patients
    clinic.share("priya")
    clinic.send(clinic.get(f"/chart/{clinic.pointer()}").text, to="/chart/")
    patients = clinic.get("/").text
    assert "Cedar Valley Family Practice, Harbor Counseling" in patients
    assert "unchecked" not in patients
    # Another link has no say in what a source calls itself.
    named[1] = ("place", "Evil")
    clinic.send(clinic.get(f"/open?{urlencode(named)}").text, {"then": "ask"}, to="/open")
    assert "Evil" not in clinic.get("/").text


def test_names_that_do_not_go_with_the_places_are_left_out(clinic: Clinic) -> None:
    clinic.sign_in()
    query = urlencode([("at", CEDAR), ("at", HARBOR), ("place", "Cedar")])
    page = clinic.get(f"/open?{query}").text
    assert "It leads to 2 places:" in page and "unchecked)" not in page
    clinic.send(page, {"then": "ask"}, to="/open")
    assert "2 places the link does not name" in clinic.get("/").text


def test_a_pasted_link_keeps_its_names(clinic: Clinic) -> None:
    page = clinic.sign_in(next_path="/find")
    link = f"https://any.example/open?{urlencode([('from', 'A'), ('at', CEDAR), ('place', 'Ced')])}"
    answer = clinic.send(page.text, {"link": link}, to="/find")
    assert "It leads to 1 place (name from the link, unchecked)" in answer.text
