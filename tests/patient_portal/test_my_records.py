"""My records, readable: values, ranges, parts and notes; charts; years; who sees one; files."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from fhir_rs.enforcement.kinds import kind_of
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.titles import title_of
from heart_uma.kinds import DIRECTORY_TYPES
from tests.patient_portal import story
from tests.patient_portal.conftest import Alice
from tests.patient_portal.fakes import FakeClinic
from tests.real_records import every_resource

BOB, DANA = "s-bob-0000000000000000", "s-dana-000000000000000"


class Kept(story.Item):
    """A record of the story that is a whole resource."""

    @property
    def id(self) -> str:
        return self.also[0]


def keep(clinic: FakeClinic, *resources: dict[str, Any], title: str = "") -> None:
    """Put whole resources into a clinic's record, as it would list them."""
    for one in resources:
        address = f"{one['resourceType']}/{one['id']}"
        clinic.kept[address] = one
        if one["resourceType"] not in DIRECTORY_TYPES:
            named = title or title_of(one)
            clinic.items.append(Kept(kind_of(one), named, None, also=(address,)))


def measured(id_: str, name: str, value: float, when: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": id_, "status": "final",
        "code": {"text": name, "coding": [{"code": name}]}, "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": "mmol/L"}, **more,
    }  # fmt: skip


PANEL: list[dict[str, Any]] = [
    {
        "resourceType": "DiagnosticReport", "id": "lipids", "status": "amended",
        "code": {"text": "Lipid panel"}, "effectiveDateTime": "2025-06-01",
        "result": [{"reference": "Observation/ldl"}, {"reference": "Observation/hdl"}],
        "performer": [{"reference": "Organization/lab"}],
        "note": [{"text": "Taken after fasting.", "time": "2025-06-02"}],
    },
    measured("ldl", "LDL", 4.9, "2025-06-01", referenceRange=[
        {"low": {"value": 1, "unit": "mmol/L"}, "high": {"value": 3, "unit": "mmol/L"}}]),
    measured("hdl", "HDL", 1.4, "2025-06-01"),
    {"resourceType": "Organization", "id": "lab", "name": "Acme Lab"},
]  # fmt: skip


@pytest.fixture
def cedar(alice: Alice) -> FakeClinic:
    clinic: FakeClinic = alice.service.clinics[story.CEDAR]
    return clinic


def page_of(clinic: FakeClinic, address: str) -> str:
    return f"/records/one/{clinic.record.rpartition('/')[2]}/{address}"


def words(html: str) -> str:
    """A page as it is read: no markup, no words for the screen reader's sake twice."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.split("<main")[1])).split())


def test_a_list_shows_what_was_measured_and_how_it_stands(alice: Alice, cedar: FakeClinic) -> None:
    keep(cedar, *PANEL)
    cedar.items.sort(key=lambda one: one.kind != "results" or "LDL" not in one.title)
    html = words(alice.opens("/records/kind/results").text)
    assert "LDL 4.9 mmol/L ▲ Above the usual range Usual range: 1 to 3 mmol/L" in html


def test_the_page_of_a_panel_shows_its_parts_its_note_and_its_status(
    alice: Alice, cedar: FakeClinic
) -> None:
    keep(cedar, *PANEL)
    answer = alice.opens(page_of(cedar, "DiagnosticReport/lipids"))
    html = words(answer.text)
    for said in (
        "Lipid panel", "◆ 1 of 2 not as usual", "LDL 4.9 mmol/L ▲ Above the usual range",
        "HDL 1.4 mmol/L", "Status Amended", "Reported by Acme Lab",
        "Note of 2 Jun 2025 Taken after fasting.",
    ):  # fmt: skip
        assert said in html
    assert '<span aria-hidden="true">▲</span>' in answer.text, "words stand beside the shape"


def test_each_list_and_each_page_asks_each_clinic_once(
    alice: Alice, cedar: FakeClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(cedar, *PANEL)
    calls: list[str] = []
    outbound = type(alice.portal.clinics.outbound)
    sound = outbound.request

    def counting(self: Any, method: str, url: str, **more: Any) -> Any:
        calls.append(url.rpartition("/")[2])
        return sound(self, method, url, **more)

    monkeypatch.setattr(outbound, "request", counting)
    for page in ("/records/kind/results", "/records/kind/vitals/charts", "/records?q=ldl"):
        calls.clear()
        alice.opens(page)
        assert calls == ["$records"] * 3, page
    calls.clear()
    alice.opens(page_of(cedar, "Observation/ldl"))
    assert sorted(calls) == ["$records", "$shown-to"], "however many people she shares with"


def test_a_record_that_cannot_be_read_says_so_and_can_be_saved(
    alice: Alice, cedar: FakeClinic
) -> None:
    broken = measured("bad", "Bad", 1, "2025", component=[{"code": {"text": ["x"]}}])
    keep(cedar, broken | {"valueQuantity": None, "category": 7, "note": [7], "referenceRange": {}})
    keep(cedar, {"resourceType": "Contract", "id": "c1", "status": "issued"})
    for address in ("Observation/bad", "Contract/c1"):
        assert alice.opens(page_of(cedar, address)).status_code == 200
    html = alice.opens(page_of(cedar, "Contract/c1")).text
    assert "We can not show all of this record in plain words." in html
    saved = alice.opens(f"{page_of(cedar, 'Contract/c1')}/whole")
    assert json.loads(saved.text)["resourceType"] == "Contract"
    assert saved.headers["Content-Disposition"] == "attachment; filename=Contract.json"
    assert "sandbox" in saved.headers["Content-Security-Policy"]
    metformin = next(one for one in cedar.items if one.title == "Metformin")
    html = alice.opens(page_of(cedar, metformin.id)).text
    assert "This clinic told us the name of the record, and no more." in html


@pytest.mark.parametrize(
    "strange", [7, "x", [[]], {"coding": 1}, {"repeat": {"when": 3}}, None, True]
)
def test_no_form_of_a_record_breaks_a_page(alice: Alice, cedar: FakeClinic, strange: Any) -> None:
    for number, type_ in enumerate(("Observation", "MedicationRequest", "Encounter", "Claim",
                                    "CarePlan", "Patient", "QuestionnaireResponse")):  # fmt: skip
        names = ("code", "status", "category", "component", "dosageInstruction", "participant",
                 "item", "name", "period", "class", "interpretation", "referenceRange", "text",
                 "note", "activity", "address", "total", "valueQuantity", "timing")  # fmt: skip
        odd = dict.fromkeys(names, strange)
        keep(cedar, {**odd, "resourceType": type_, "id": f"odd{number}"}, title="Odd")
        assert alice.opens(page_of(cedar, f"{type_}/odd{number}")).status_code == 200
    assert alice.opens("/records/kind/results").status_code == 200


def real_pages(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """One record of each type of each collection."""
    seen = set()
    for collection, resource in every_resource(folder):
        key = (collection, resource["resourceType"])
        if key not in seen and resource["resourceType"] in RESOURCE_TYPES - DIRECTORY_TYPES:
            seen.add(key)
            yield collection, resource


def test_every_type_of_record_has_a_page_in_words(
    alice: Alice, cedar: FakeClinic, fhir_data: Path
) -> None:
    cedar.items.clear()
    for number, (collection, resource) in enumerate(real_pages(fhir_data)):
        one = {**resource, "id": f"r{number}"}
        cedar.kept.clear()
        keep(cedar, one)
        answer = alice.opens(page_of(cedar, f"{one['resourceType']}/r{number}"))
        assert answer.status_code == 200, (collection, one["resourceType"])
        assert len(answer.data) < 60_000
        assert not re.search(r'\{\s*"|"\s*:\s*["\[{]', words(answer.text)), one["resourceType"]
    assert number > 100


def test_who_can_see_this_one(alice: Alice, cedar: FakeClinic) -> None:
    keep(cedar, *PANEL)
    page = page_of(cedar, "Observation/ldl")
    html = words(alice.opens(page).text)
    assert "Who can see this one Dr. Bob Chen Family doctor" in html
    assert "Paused now, so they see nothing: Sam Carter." in html
    assert "Dr. Bob Chen would not see it any more, unless you tick them." in html
    alice.sends(page, {"level": "hidden"}, f"{page}/privacy")
    html = words(alice.opens(page).text)
    assert "No one you share with can see it." in html
    assert "Dr. Bob Chen would see it again." in html
    for rule in alice.service.policies.values():
        rule["state"] = "ended"
    html = words(alice.opens(page).text)
    assert "This changes nothing for the people you share with now." in html


def test_who_cannot_be_asked_about_is_named(alice: Alice, cedar: FakeClinic) -> None:
    keep(cedar, *PANEL)
    page = page_of(cedar, "Observation/ldl")
    alice.service.not_previewed.add("dana")
    html = words(alice.opens(page).text)
    assert "We could not ask your sharing service about: Dana Fox, LCSW." in html
    assert "Dr. Bob Chen Family doctor" in html
    cedar.tells_who_sees = False
    html = words(alice.opens(page).text)
    assert f"We could not ask {story.CEDAR} about: Dr. Bob Chen." in html
    assert "No one you share with can see it." not in html
    assert "This changes nothing" not in html


def test_measurements_are_drawn_with_a_sentence_and_a_table(
    alice: Alice, cedar: FakeClinic
) -> None:
    keep(cedar, *(measured(f"n{n}", "LDL", 3 + n / 10, f"2025-0{n}-01") for n in range(1, 5)))
    html = alice.opens("/records/kind/results/charts").text
    assert html.count("<figure") == 1 and "Show as a table" in html
    assert "4 readings, 1 Jan 2025 to 1 Apr 2025." in html
    assert alice.opens("/records/kind/conditions/charts").status_code == 404
    assert "Nothing was measured more than once" in alice.opens("/records/kind/vitals/charts").text
    cedar.down = True
    assert (
        f"Not loaded: {story.CEDAR} does not answer"
        in alice.opens("/records/kind/results/charts").text
    )


def test_records_by_year(alice: Alice) -> None:
    html = alice.opens("/records/timeline").text
    shown = words(html)
    assert "2025 " in shown and "27 October 2025 Vital signs" in shown
    assert "1 record has no date. You find it by kind." in shown
    assert 'role="img"' in html and "A larger dot stands for more records." in html
    older = words(alice.opens("/records/timeline?year=1998").text)
    assert "1 May 1998 Allergies Penicillin: severe" in older
    assert "27 October 2025" in words(alice.opens("/records/timeline?year=x&from=-9").text)
    alice.service.linked.clear()
    assert "No records here yet." in alice.opens("/records/timeline").text


def document(address: str = "", data: bytes | None = None, type_: str = "image/png",
             title: str = "Scan of my hand") -> dict[str, Any]:  # fmt: skip
    attachment = {"contentType": type_, "title": title}
    attachment |= {"url": address} if address else {}
    attachment |= {"data": base64.b64encode(data).decode()} if data is not None else {}
    return {
        "resourceType": "DocumentReference", "id": "d1", "status": "current",
        "date": "2025-05-03T10:00:00Z", "content": [{"attachment": attachment}],
    }  # fmt: skip


PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


def test_a_picture_is_shown_and_named_by_its_title_and_day(alice: Alice, cedar: FakeClinic) -> None:
    keep(cedar, document(data=PNG))
    page = page_of(cedar, "DocumentReference/d1")
    assert f'href="{page}/file/0"' in alice.opens(page).text
    html = alice.opens(f"{page}/file/0").text
    assert f'<img src="{page}/file/0/content" alt="Scan of my hand">' in html
    file = alice.opens(f"{page}/file/0/content")
    assert (file.data, file.mimetype) == (PNG, "image/png")
    assert file.headers["Content-Disposition"] == "inline; filename=Scan-of-my-hand-2025-05-03.png"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Security-Policy"].endswith("sandbox")
    assert file.headers["Cache-Control"] == "no-store"
    for missing in ("file/1", "file/1/content", "file/x"):
        assert alice.opens(f"{page}/{missing}").status_code == 404


@pytest.mark.parametrize(
    ("type_", "data", "sent_as"),
    [("application/pdf", b"%PDF-1.7", "application/pdf"),
     ("image/png", b"<svg onload=alert(1)>", "application/octet-stream"),
     ("image/svg+xml", b"<svg onload=alert(1)>", "application/octet-stream"),
     ("text/html", b"<script>alert(1)</script><p>Hello</p>", "application/octet-stream"),
     ("application/hl7-v3+xml", b"<ClinicalDocument><title>Hello</title></ClinicalDocument>",
      "application/octet-stream"),
     ("application/x-msdownload", b"MZ", "application/octet-stream")],
)  # fmt: skip
def test_anything_else_is_saved_and_never_rendered(
    alice: Alice, cedar: FakeClinic, type_: str, data: bytes, sent_as: str
) -> None:
    keep(cedar, document(data=data, type_=type_))
    page = page_of(cedar, "DocumentReference/d1")
    file = alice.opens(f"{page}/file/0/content")
    assert (file.mimetype, file.data) == (sent_as, data)
    assert file.headers["Content-Disposition"].startswith("attachment; ")
    html = alice.opens(f"{page}/file/0").text
    assert "alert(1)" not in html and "<img" not in html and "Save the file" in html
    assert ("Hello" in html) == (b"Hello" in data)


def test_a_file_in_a_binary_of_the_same_record_is_read(alice: Alice, cedar: FakeClinic) -> None:
    kept = {"resourceType": "Binary", "id": "b1", "contentType": "image/png",
            "data": base64.b64encode(PNG).decode()}  # fmt: skip
    cedar.kept["Binary/b1"] = kept
    page = page_of(cedar, "DocumentReference/d1")
    for address in ("Binary/b1", f"{cedar.record}/Binary/b1", f"{cedar.base}/Binary/b1"):
        keep(cedar, document(address))
        assert alice.opens(f"{page}/file/0/content").data == PNG, address


@pytest.mark.parametrize(
    "address",
    ["http://evil.example/x.png", "//evil.example/x", "Binary/../Patient/alice", "Patient/alice",
     "Binary/b1?x=http://evil.example", "file:///etc/passwd", "Binary/b1/_history/1", "/Binary/b1",
     "http://localhost:8401/fhir/r/another-record/Binary/b1", "Binary/b1\r\nX: y", "javascript:x"],
)  # fmt: skip
def test_no_other_address_is_called(
    alice: Alice, cedar: FakeClinic, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cedar.kept["Binary/b1"] = {"resourceType": "Binary", "id": "b1", "data": "QQ=="}
    keep(cedar, document(address))
    page = page_of(cedar, "DocumentReference/d1")
    called: list[str] = []
    outbound = type(alice.portal.clinics.outbound)
    sound = outbound.request

    def noting(self: Any, method: str, url: str, **more: Any) -> Any:
        called.append(url)
        return sound(self, method, url, **more)

    monkeypatch.setattr(outbound, "request", noting)
    assert "This file is kept at another place" in alice.opens(f"{page}/file/0").text
    assert alice.opens(f"{page}/file/0/content").status_code == 404
    assert {url.removeprefix(cedar.record) for url in called} == {
        "/DocumentReference/d1", "/$records"
    }  # fmt: skip


def test_a_file_that_is_gone_or_whose_clinic_is_down_says_so(
    alice: Alice, cedar: FakeClinic
) -> None:
    keep(cedar, document("Binary/none"))
    page = page_of(cedar, "DocumentReference/d1")
    assert "does not have this file any more" in alice.opens(f"{page}/file/0").text
    cedar.down = True
    answer = alice.opens(f"{page}/file/0")
    assert answer.status_code == 503 and "We can not reach Cedar Valley" in answer.text


def test_a_file_of_another_record_is_not_found(alice: Alice, cedar: FakeClinic) -> None:
    keep(cedar, document(data=PNG))
    page = page_of(cedar, "DocumentReference/d1")
    token = cedar.record.rpartition("/")[2]
    alice.service.linked.remove(story.CEDAR)
    for address in (f"{page}/file/0", f"{page}/file/0/content", f"{page}/whole", page):
        assert alice.opens(address).status_code == 404
    assert alice.opens(page.replace(token, "nobody") + "/file/0").status_code == 404


def test_a_note_is_read_on_its_page(alice: Alice, cedar: FakeClinic) -> None:
    keep(cedar, document(data=b"Slept well.\n<b>No pain.</b>", type_="text/plain", title="Note"))
    html = alice.opens(page_of(cedar, "DocumentReference/d1")).text
    assert "Slept well.<br>&lt;b&gt;No pain.&lt;/b&gt;" in html


def test_a_missing_topic_is_added_and_a_wrong_one_is_asked_to_be_taken_off(
    alice: Alice, cedar: FakeClinic
) -> None:
    keep(cedar, *PANEL)
    page = page_of(cedar, "Observation/ldl")
    assert "A private topic is missing or wrong" in alice.opens(page).text
    html = words(alice.opens(f"{page}/topics").text)
    assert "Only the clinic can take it off again." in html and "A topic is wrong" not in html
    answer = alice.sends(f"{page}/topics", {"topic": "HIV", "wanted": "add"})
    assert "The topic is added: HIV." in words(answer.text)
    assert "You added this topic: HIV. 25 November 2025" in words(alice.opens(page).text)
    assert "No one you share with can see it." in words(alice.opens(page).text)
    assert f"We ask {story.CEDAR} to take it off." in words(alice.opens(f"{page}/topics").text)
    sent = {"topic": "HIV", "wanted": "remove", "reason": "Not me"}
    answer = alice.sends(f"{page}/topics", sent)
    assert "We told Cedar Valley Family Practice that this topic is wrong: HIV." in answer.text
    assert cedar.reports[-1]["reason"] == "Not me"
    shown = words(alice.opens(page).text)
    assert "You asked to take off this topic: HIV. There is no answer yet." in shown
    assert "A topic is wrong" not in words(alice.opens(f"{page}/topics").text), "it waits already"
    cedar.reports[-1] |= {"state": "declined", "answer": "<b>It was you</b>"}
    html = alice.opens(page).text
    assert "The clinic did not take off this topic: HIV." in html
    assert "They wrote: “&lt;b&gt;It was you&lt;/b&gt;”" in html


@pytest.mark.parametrize(
    ("data", "status"),
    [({"topic": "", "wanted": "add"}, 200), ({"topic": "HIV", "wanted": "lower"}, 400),
     ({"topic": "HIV", "wanted": "remove", "reason": "x" * 501}, 400)],
)  # fmt: skip
def test_a_report_in_another_form_is_refused(
    alice: Alice, cedar: FakeClinic, data: dict[str, str], status: int
) -> None:
    keep(cedar, *PANEL)
    page = page_of(cedar, "Observation/ldl")
    answer = alice.sends(f"{page}/topics", data)
    assert answer.status_code == status and ("Choose a topic</p>" in answer.text) == (status == 200)
    alice.service.linked.remove(story.CEDAR)
    assert alice.sends("/people", data, f"{page}/topics").status_code in (400, 404)
    assert cedar.reports == []
