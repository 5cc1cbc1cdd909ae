"""Short names for the owner's pages, and words that give a topic away."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.looking_up import found_by, names_of
from fhir_rs.enforcement.rules import hint_words, plain_words
from fhir_rs.enforcement.titles import title_of
from heart_uma.topics import TOPIC_BY_CODE
from tests.fhir_rs.store import observation

EVERY_TOPIC = (1 << 61) - 1
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def _rxnorm(code: str) -> dict[str, Any]:
    return {"coding": [{"system": RXNORM, "code": code}]}


def _medicine(concept: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "MedicationRequest", "medicationCodeableConcept": concept}


def _panel() -> dict[str, Any]:
    parts = ("Cholesterol, total", "Cholesterol in LDL", "Cholesterol in LDL, by calculation")
    coded = [{"code": {"coding": [{"code": "1", "display": part}]}} for part in parts]
    return {"resourceType": "Observation", "code": {"text": "Lipids"}, "component": coded}


def _contained() -> dict[str, Any]:
    iron = {"resourceType": "Medication", "id": "m", "code": {"text": "Iron oxide"}}
    order = {"resourceType": "MedicationRequest", "medicationReference": {"reference": "#m"}}
    return order | {"contained": [iron]}


@pytest.mark.parametrize(
    ("resource", "title"),
    [
        ({"resourceType": "Patient"}, "Name, birth date, contact details"),
        ({"resourceType": "Person", "name": [{"given": ["Bo"], "family": "Li"}]}, "Bo Li"),
        ({"resourceType": "Condition", "code": {"coding": [{"display": "Flu"}]}}, "Flu"),
        (observation("a", "Weight", 80.5), "Weight 80.5 kg"),
        (observation("a", "HbA1c", 8.0), "HbA1c 8.0 kg"),
        (observation("a", "Pulse", 72), "Pulse 72 kg"),
        (
            {
                "resourceType": "Observation",
                "code": {"text": "Blood pressure"},
                "component": [{"valueQuantity": {"value": v}} for v in (148, 93)],
            },
            "Blood pressure 148/93",
        ),
        ({"resourceType": "MedicationRequest", "medicationReference": {"display": "Iron"}}, "Iron"),
        ({"resourceType": "Encounter", "type": [{"text": "Eye   exam"}]}, "Eye exam"),
        ({"resourceType": "Questionnaire", "title": "Survey"}, "Survey"),
        ({"resourceType": "Flag", "code": {}}, "Flag"),
        ({"resourceType": "Condition", "code": {"text": "x" * 500}}, "x" * 119 + "…"),
    ],
)  # fmt: skip
def test_titles(resource: dict[str, Any], title: str) -> None:
    assert title_of(resource) == title


@pytest.mark.parametrize(
    ("type_", "text", "topics"),
    [
        ("MedicationRequest", "Revia, stopped 2020", ["ETH"]),
        ("MedicationRequest", "Zoloft 100 mg", ["PSY"]),
        ("MedicationRequest", "Metformin 1000 mg", []),
        ("Practitioner", "Addiction and Revia clinic", []),
    ],
)
def test_hints(type_: str, text: str, topics: list[str]) -> None:
    words = hint_words()
    assert [h.topic for h in words.given_away(type_, [text], [], EVERY_TOPIC)] == topics
    assert words.given_away(type_, [text], [], 0) == []


@pytest.mark.parametrize(
    ("text", "codings", "reason"),
    [
        ("Revia, stopped 2020", [], ("Revia", "naltrexone", "often used against alcohol")),
        ("Take naltrexone", [], ("naltrexone", "", "often used against alcohol")),
        ("Tablets", [(RXNORM, "7243", "")], ("", "naltrexone", "often used against alcohol")),
        ("Tablets", [("urn:oid:2.16.840.1.113883.6.88", "36437", "")],
         ("", "sertraline", "often used against depression")),
        ("PHQ-9, yearly", [], ("PHQ-9", "", "a list of questions about depression")),
    ],
)  # fmt: skip
def test_a_hint_says_why(
    text: str, codings: list[tuple[str, str, str]], reason: tuple[str, str, str]
) -> None:
    (hint,) = hint_words().given_away("MedicationRequest", [text], codings, EVERY_TOPIC)
    assert (hint.word, hint.name) == reason[:2]
    assert hint.use.startswith(reason[2])


def test_every_reason_reads_as_one_sentence() -> None:
    hints = hint_words()
    uses = {one.use for one in hints.medicines} | {use for _, _, use in hints.words}
    assert [use for use in uses if not use or use[0].isupper() or use.endswith(".")] == []
    assert {one.topic for one in hints.medicines} <= set(TOPIC_BY_CODE)


@pytest.mark.fault("C14")
@pytest.mark.parametrize(
    ("wanted", "resource", "by"),
    [
        ("naltrexone", _medicine({"text": "Revia, stopped 2020"}), "naltrexone"),
        ("Naltrexone", _medicine(_rxnorm("7243")), "naltrexone"),
        ("LDL", _panel(), "Cholesterol in LDL"),
        ("ldl calculation", _panel(), "Cholesterol in LDL, by calculation"),
        ("sugar", observation("a", "HbA1c"), "sugar"),
        ("sugar", observation("a", "Weight"), None),
        ("LDL sugar", _panel(), None),
        ("METFORMÍN", _medicine({"text": "Metformin 1000 mg"}), "Metformin 1000 mg"),
        ("oxide", _contained(), "Iron oxide"),
        ("", observation("a", "Weight"), None),
    ],
)  # fmt: skip
def test_a_record_is_found_by_what_it_is_made_of(
    wanted: str, resource: dict[str, Any], by: str | None
) -> None:
    names = names_of(title_of(resource), [facts_of(resource)], hint_words(), plain_words())
    assert found_by(wanted, names) == by


def test_of_a_long_text_the_words_around_are_shown() -> None:
    letter = "Dear colleague. " * 40 + "She took Revia for a year. " + "Yours. " * 40
    shown = found_by("revia", ["Letter", letter]) or ""
    assert "Revia" in shown and shown.startswith("…") and shown.endswith("…")
    assert len(shown) <= 82
