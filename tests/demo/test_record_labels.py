"""The labelling service gives each of the 169 records exactly the topics of the story."""

from __future__ import annotations

from typing import Any

import pytest

from demo.records.calendar import WRITTEN_FOR
from demo.records.sources import SOURCES, records, resources
from fhir_rs.enforcement import kinds, rules
from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.labeling import awake, hits_of, labels_of
from fhir_rs.enforcement.security_labels import mask_for
from fhir_rs.validation import r4
from heart_uma.kinds import DIRECTORY_TYPES
from heart_uma.labels import topics_of


def _labels(source: str) -> dict[str, set[str]]:
    """What the rules and the source together say of everything held at `source`."""
    held = resources(source, WRITTEN_FOR)
    hits = {r["id"]: hits_of(r, facts_of(r), rules.labeling_rules()) for r in held}
    evidence = [(hit.category, hit.rule, hit.strength) for one in hits.values() for hit in one]
    contexts = awake(evidence)
    return {
        r["id"]: set(
            topics_of(mask_for(r["meta"].get("security", []), labels_of(hits[r["id"]], contexts)))
        )
        for r in held
    }


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    return {name: topics for source in SOURCES for name, topics in _labels(source).items()}


@pytest.mark.parametrize("record", records(WRITTEN_FOR), ids=lambda r: f"{r.kind}: {r.name}")
def test_each_record_has_the_labels_of_the_story(record: Any, labels: dict[str, set[str]]) -> None:
    assert labels[record.resource["id"]] == set(record.topics)
    assert kinds.kind_of(record.resource) == record.kind


def test_people_and_places_are_never_labelled(labels: dict[str, set[str]]) -> None:
    for source in SOURCES:
        for resource in resources(source, WRITTEN_FOR):
            if resource["resourceType"] in {*DIRECTORY_TYPES, "Patient"}:
                assert labels[resource["id"]] == set()


@pytest.mark.parametrize("source", SOURCES)
def test_everything_a_source_holds_is_valid_r4(source: str) -> None:
    for resource in resources(source, WRITTEN_FOR):
        r4.validate(resource)
