"""Links and pasted addresses (UX R2; SSRF)."""

from __future__ import annotations

import pytest

from requester_app.record_address import BadAddress, pasted, patient_name, record_base
from tests.requester_app.clinic import CEDAR, HARBOR, Clinic

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
    assert clinic.get("/").text.count("Take off my list") == 1


def test_records_of_another_link_are_never_merged_into_a_patient(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(CEDAR, then="ask")
    clinic.open_alice(CEDAR, HARBOR, then="ask")
    assert clinic.get("/").text.count("Take off my list") == 2


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
