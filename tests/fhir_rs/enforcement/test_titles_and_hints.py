"""Short names for the owner's pages, and words that give a topic away."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_rs.enforcement.titles import title_of
from fhir_rs.rules import hint_words
from tests.fhir_rs.store import observation

EVERY_TOPIC = (1 << 61) - 1


@pytest.mark.parametrize(
    ("resource", "title"),
    [
        ({"resourceType": "Patient"}, "Name, birth date, contact details"),
        ({"resourceType": "Person", "name": [{"given": ["Bo"], "family": "Li"}]}, "Bo Li"),
        ({"resourceType": "Condition", "code": {"coding": [{"display": "Flu"}]}}, "Flu"),
        (observation("a", "Weight", 80.5), "Weight 80.5 kg"),
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
    assert words.topics_in(type_, [text], EVERY_TOPIC) == topics
    assert words.topics_in(type_, [text], 0) == []
