"""What a reader needs first: who, allergies, what is taken now, the latest values (UX R5)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from heart_reading.entry import Entry
from heart_reading.key_codes import KEYS, MOST
from heart_reading.key_values import KeyValue, key_values
from requester_app.page_words import day_of
from tests.requester_app import alice
from tests.requester_app.clinic import ALL_KINDS, CEDAR, HOME, Clinic


def opened(clinic: Clinic, kinds: set[str] | None = None) -> str:
    clinic.share("priya", kinds)
    clinic.sign_in()
    return clinic.open_alice(purpose="TREAT").text


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def glance(page: str) -> str:
    """Its words, from the name to the held-back notice."""
    found = re.search(r'<h1>.*?<div class="note[^"]* row between"', page, re.DOTALL)
    assert found
    return words_of(found[0])


@pytest.mark.fault("15")
def test_name_birth_allergies_medicines_and_values_come_first(clinic: Clinic) -> None:
    first = glance(opened(clinic))
    assert first.startswith("Alice Moreno born 14 Mar 1979, age 47")
    order = ["Alice Moreno", "Penicillin Severe Anaphylaxis", "Latex Rash · Mild"]
    order += ["Empagliflozin 10 mg One tablet in the morning", "Vitamin D"]
    order += ["HbA1c 6.8 %", "Blood pressure", "mmHg 16 Nov 2026", "Weight 88.9 kg 16 Nov 2026"]
    places = [first.find(words) for words in order]
    assert places == sorted(places) and places[0] == 0 and -1 not in places, first


def test_medicines_that_are_not_taken_now_are_on_their_own_page(clinic: Clinic) -> None:
    medicine = next(e for kind, e in clinic.sources[CEDAR].entries if kind == "medicines")
    medicine["status"] = "stopped"
    page = opened(clinic)
    first = glance(page)
    assert "Taken now: 3" in first and "Metformin" not in first
    assert "See all 4, also those not taken now" in first
    assert "Metformin" in clinic.get(f"/chart/{clinic.pointer()}/medicines").text


@pytest.mark.fault("C3")
def test_not_shared_and_not_loaded_are_told_apart_for_each_of_them(clinic: Clinic) -> None:
    first = glance(opened(clinic, ALL_KINDS - {"allergies", "medicines", "about"}))
    assert first.count("Not shared with you. That does not mean there are none.") == 2
    assert "Not loaded" not in first
    clinic.sources[CEDAR].down = True
    first = glance(clinic.get(f"/chart/{clinic.pointer()}").text)
    assert first.count("Not loaded: not all sources are on this page.") == 2
    assert "Not shared" not in first and "Ask for" not in first


def test_a_birth_date_that_is_not_there_is_said_to_be_not_shared(clinic: Clinic) -> None:
    for source in clinic.sources.values():
        source.includes = []
    clinic.share("priya", ALL_KINDS - {"about"})
    clinic.sign_in()
    page = clinic.open_alice().text
    assert "birth date not shared" in glance(page) and "1979" not in page
    clinic.sources[HOME].down = True
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    assert "birth date not loaded" in glance(page)


def test_an_end_that_is_near_stands_out(clinic: Clinic) -> None:
    end = int(clinic.clock().timestamp()) + 3 * 86_400
    clinic.auth.tells = {base: {"heart_uma_until": end} for base in clinic.sources}
    page = opened(clinic)
    assert f'<span class="tag tag-warn">Access until {day_of(end)}</span>' in page


def test_several_ends_and_none_are_told_as_they_are(clinic: Clinic) -> None:
    assert "Access open, no end told" in glance(opened(clinic))
    end = int(clinic.clock().timestamp()) + 40 * 86_400
    clinic.auth.tells = {CEDAR: {"heart_uma_until": end}}
    page = clinic.send(clinic.get(f"/chart/{clinic.pointer()}").text, to="/chart/").text
    assert f"First access ends {day_of(end)}" in glance(page)


def observation(code: str, value: Any, on: str = "2026-01-01", **more: Any) -> Entry:
    _kind, resource = alice.measured("results", "Some name", code, value, "u", on)
    return Entry({**resource, **more}, "results", "https://rs.example/r/a", "Cedar")


def test_the_latest_of_each_value_by_its_code_never_by_its_name() -> None:
    under = [{"high": {"value": 7}}]
    found = key_values(
        [
            observation("4548-4", 9.1, "2025-01-01"),
            observation("4548-4", 6.8, "2026-01-01T08:00:00Z", referenceRange=under),
            observation("17856-6", 7.0, "2025-06-01"),
            observation("4548-4", 5.0, "2026-06-01", status="entered-in-error"),
            observation("9999-9", 1.0, "2026-06-01"),
            observation("2823-3", 6.1, interpretation=[{"text": "High"}]),
        ]
    )
    assert found == (
        KeyValue("HbA1c", "6.8 u", "1 Jan 2026", "under 7", None, "Cedar"),
        KeyValue("Potassium", "6.1 u", "1 Jan 2026", "", ("High", "warn"), "Cedar"),
    )


def test_parts_of_a_panel_count_and_half_a_blood_pressure_does_not() -> None:
    def panel(*parts: tuple[str, float]) -> list[dict[str, Any]]:
        return [
            {"code": alice.code("x", code), "valueQuantity": {"value": value, "unit": "mmHg"}}
            for code, value in parts
        ]

    whole = observation("85354-9", None, component=panel(("8480-6", 134), ("8462-4", 85)))
    half = observation("85354-9", None, "2026-02-01", component=panel(("8480-6", 190)))
    lipids = observation("57698-3", None, component=panel(("13457-7", 89)))
    assert [(one.name, one.value) for one in key_values([whole, half, lipids])] == [
        ("Blood pressure", "134/85 mmHg"),
        ("LDL cholesterol", "89 mmHg"),
    ]


def test_no_more_than_have_room_in_the_order_of_the_table() -> None:
    entries = [observation(codes[0], 1.0) for name, codes in reversed(KEYS)]
    found = key_values(entries)
    names = [name for name, _codes in KEYS if name != "Blood pressure"]
    assert [one.name for one in found] == names[:MOST]
    flat = [code for _name, codes in KEYS for code in codes]
    assert len(flat) == len(set(flat))


@pytest.mark.parametrize(
    "broken",
    [
        {"code": 5, "component": [{"code": []}, 7]},
        {"code": {"coding": [{"code": "4548-4"}]}, "valueQuantity": {"value": "x"}},
        {"code": {"coding": [{"code": "85354-9"}]}, "component": {"code": None}},
        {"code": alice.code("x", "4548-4"), "valueQuantity": {"value": 1}, "effectiveDateTime": 7},
    ],
)
def test_broken_values_are_passed_over(broken: dict[str, Any]) -> None:
    resource = {"resourceType": "Observation", "effectiveDateTime": "2026-01-01", **broken}
    assert key_values([Entry(resource, "results", "b", "s")]) == ()


def test_what_was_asked_and_answered_stands_on_the_chart(clinic: Clinic) -> None:
    opened(clinic, {"about"})
    clinic.auth.answers["*"] = "yes"
    clinic.share("priya")
    clinic.ask()
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    today = day_of(int(clinic.clock().timestamp()))
    assert f"On {today} you asked for Conditions, Medicines:" in words_of(page)
    assert re.search(r'<a href="/requests/[^"]+">[^<]+</a>', page)


def test_the_list_of_patients_says_what_is_seen_and_until_when(clinic: Clinic) -> None:
    end = int(clinic.clock().timestamp()) + 2 * 86_400
    clinic.auth.tells = {HOME: {"heart_uma_until": end}}
    opened(clinic, {"medicines", "vitals"})
    row = words_of(clinic.get("/").text)
    assert "You see Medicines, Vital signs" in row and f"Access ends {day_of(end)}" in row
    # One page of the chart says nothing of the others.
    clinic.get(f"/chart/{clinic.pointer()}/vitals")
    assert "You see Medicines, Vital signs" in words_of(clinic.get("/").text)


def test_an_access_whose_end_has_passed_is_not_called_open(clinic: Clinic) -> None:
    end = int(clinic.clock().timestamp()) + 300
    clinic.auth.tells = {base: {"heart_uma_until": end} for base in clinic.sources}
    opened(clinic)
    assert ">Open</span>" in clinic.get("/").text
    clinic.clock.advance(seconds=301)
    page = clinic.get("/").text
    assert "Ended or paused" in page and "You see" not in page and "Access ends" not in page


def test_asking_for_more_starts_from_what_was_asked_before(clinic: Clinic) -> None:
    opened(clinic, {"about"})
    clinic.auth.answers["*"] = "yes"
    clinic.share("priya", {"conditions", "vitals"})
    clinic.ask(words="For Friday's visit.", length="30")
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    found = re.search(r'href="(/ask/[^"]+again=[^"]+)">Ask for more', page)
    assert found
    form = clinic.get(unescape(found[1])).text
    ticked = re.findall(r'name="kind" value="(\w+)"[^>]* checked', form)
    assert set(ticked) == {"conditions", "vitals"}
    assert "For Friday&#39;s visit." in form
    assert re.search(r'name="length" value="30"[^>]* checked', form)
