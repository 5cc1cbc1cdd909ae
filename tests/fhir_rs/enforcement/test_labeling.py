"""The labelling rules: what is labelled, what looks like it and is not."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

import pytest

from demo.records.sources import SOURCES, records
from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.labeling import awake, hits_of, labels_of
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.enforcement.security_labels import mask_for, security_of
from heart_uma.label_systems import CONFIDENTIALITY_SYSTEM, SENSITIVITY_SYSTEM
from heart_uma.labels import mask_of, topics_of
from heart_uma.topics import RESTRICTED

SNOMED, ICD = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
RULES = labeling_rules()


def concept(code: str, system: str = SNOMED, **more: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **more}]}


def labels(resource: dict[str, Any], *also: dict[str, Any]) -> set[str]:
    """The labels of `resource` in a record that also holds others."""
    hits = [hits_of(r, facts_of(r), RULES) for r in (resource, *also)]
    evidence = [(h.category, h.rule, h.strength) for each in hits for h in each]
    return set(labels_of(hits[0], awake(evidence)))


def condition(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", **more}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (condition(code=concept("5602001")), {"SUD", "ETH", "OPIOIDUD"}),
        (condition(code=concept("7200002")), {"SUD", "ETH", "ETHUD"}),
        (condition(code=concept("370143000")), {"MH", "PSY"}),
        (condition(code=concept("165815009")), {"HIV"}),
        (condition(code=concept("10939881000119105")), {"SUD", "ETH", "ETHUD"}),
        (
            condition(code=concept("5602001", "urn:oid:2.16.840.1.113883.6.96")),
            {"SUD", "ETH", "OPIOIDUD"},
        ),
        (condition(code=concept("5602001", "http://example.org/local")), set()),
        (condition(code=concept("F10.20", ICD)), {"SUD", "ETH", "ETHUD"}),
        (condition(code=concept("F1020", ICD)), {"SUD", "ETH", "ETHUD"}),
        (condition(code=concept("f10.20", ICD)), {"SUD", "ETH", "ETHUD"}),
        (condition(code=concept("F11.99", ICD)), {"SUD", "ETH", "OPIOIDUD"}),
        (condition(code=concept("F17.210", ICD)), set()),
        (condition(code=concept("F1", ICD)), set()),
        (condition(code=concept("D57.40", ICD)), {"SCA"}),
        (condition(code=concept("E11.9", ICD)), set()),
        (condition(code=concept("44054006", display="Diabetes mellitus type 2")), set()),
        (condition(code={"text": "Alcoholism"}), {"SUD", "ETH", "ETHUD"}),
        (condition(code={"text": "History of domestic violence"}), {"SDV"}),
        (condition(code={"text": "Alcohol-free diet"}), set()),
        (condition(code={"text": "Not in labor force"}), set()),
        (condition(code={"text": "Nonalcoholic fatty liver disease"}), set()),
        (
            condition(code=concept("5602001"), verificationStatus=concept("refuted")),
            {"SUD", "ETH", "OPIOIDUD"},
        ),
        ({"resourceType": "Claim", "item": [{"productOrService": concept("86406008")}]}, {"HIV"}),
        ({"resourceType": "Encounter", "reasonCode": [concept("86406008")]}, {"HIV"}),
        (
            {"resourceType": "Observation", "contained": [condition(code=concept("86406008"))]},
            {"HIV"},
        ),
        ({"resourceType": "FamilyMemberHistory"}, {"GDIS"}),
        ({"resourceType": "Encounter", "serviceType": {"text": "Psychiatry"}}, {"MH", "PSY"}),
        ({"resourceType": "Encounter", "serviceType": {"text": "Dentistry"}}, set()),
    ],
)
@pytest.mark.spec("SC-1")
@pytest.mark.spec("SC-5")
@pytest.mark.spec("SC-10")
def test_what_is_labelled(resource: dict[str, Any], expected: set[str]) -> None:
    assert labels(resource) == expected


@pytest.mark.parametrize(
    ("medicine", "expected"),
    [
        (concept("198011", RXNORM), {"SUD", "ETH"}),
        (concept("999999", RXNORM, display="buprenorphine 4 MG Sublingual Film"), {"SUD", "ETH"}),
        ({"text": "Emtricitabine 200 mg capsule"}, {"HIV"}),
        ({"text": "Abuse-Deterrent 12 HR Oxycodone Hydrochloride 10 MG"}, set()),
        (concept("856987", RXNORM, display="Acetaminophen 300 MG / Hydrocodone 5 MG"), set()),
        (concept("866412", RXNORM, display="Metoprolol succinate 100 MG"), set()),
        ({"text": "Revia, stopped 2020"}, set()),
    ],
)
@pytest.mark.spec("SC-4")
def test_medicines(medicine: dict[str, Any], expected: set[str]) -> None:
    order = {"resourceType": "MedicationRequest", "medicationCodeableConcept": medicine}
    assert labels(order) == expected


@pytest.mark.spec("SC-8")
def test_a_contextual_hit_needs_a_second_rule_of_its_category() -> None:
    sertraline = {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": concept("312938", RXNORM),
    }
    assert labels(sertraline) == set()
    assert labels(sertraline, sertraline) == set()
    assert labels(sertraline, condition(code=concept("370143000"))) == {"MH"}
    assert labels(sertraline, condition(code=concept("48694002"))) == {"MH"}
    assert labels(sertraline, condition(code=concept("86406008"))) == set()


@pytest.mark.spec("SC-8")
def test_the_words_of_a_listed_code_are_no_second_hit() -> None:
    screening = {
        "resourceType": "Procedure",
        "code": {
            "coding": [
                {"system": SNOMED, "code": "713106006", "display": "Screening for drug abuse"}
            ],
            "text": "Screening for drug abuse",
        },
    }
    assert labels(screening) == set()
    unlisted = {"resourceType": "Procedure", "code": {"text": "Treatment of drug abuse"}}
    assert labels(unlisted) == {"SUD", "ETH"}


@pytest.mark.spec("FS-47")
def test_text_attachments_are_read() -> None:
    def note(text: str) -> dict[str, Any]:
        data = base64.b64encode(text.encode()).decode()
        attachment = {"contentType": "text/plain; charset=utf-8", "data": data}
        return {"resourceType": "DocumentReference", "content": [{"attachment": attachment}]}

    assert labels(note("Patient has a history of HIV infection.")) == {"HIV"}
    assert labels(note("Patient has never smoked.")) == set()


@pytest.mark.spec("FS-8")
@pytest.mark.spec("SC-11")
def test_exactly_one_confidentiality_code_the_highest() -> None:
    def codes(source: list[dict[str, Any]], *found: str) -> list[str]:
        return [c["code"] for c in security_of(source, found)]

    def conf(code: str) -> dict[str, Any]:
        return {"system": CONFIDENTIALITY_SYSTEM, "code": code}

    assert codes([]) == ["N"]
    assert codes([], "HIV") == ["R", "HIV"]
    assert codes([conf("N")], "HIV") == ["R", "HIV"]
    assert codes([conf("V")], "HIV") == ["V", "HIV"]
    assert codes([conf("L")]) == ["N"]
    assert codes([{"system": SENSITIVITY_SYSTEM, "code": "SICKLE"}]) == ["R", "SCA"]


@pytest.mark.spec("DESIGN 9")
def test_private_stays_private_beside_a_topic_of_the_rules() -> None:
    source = [{"system": CONFIDENTIALITY_SYSTEM, "code": "R"}]
    assert topics_of(mask_for(source, ())) == ["private"]
    assert topics_of(mask_for(source, ("HIV",))) == ["HIV", "private"]
    explained = [*source, {"system": SENSITIVITY_SYSTEM, "code": "PSY"}]
    assert topics_of(mask_for(explained, ("HIV",))) == ["PSY", "HIV"]
    assert not mask_for(explained, ()) & 1 << RESTRICTED.bit


def test_an_unknown_label_is_never_allowed() -> None:
    assert mask_of([{"system": "http://example.org", "code": "x"}]) & 1


@pytest.mark.parametrize("source", SOURCES)
def test_alices_records_have_exactly_the_labels_of_the_story(source: str) -> None:
    held = [r for r in records(date(2026, 3, 1)) if r.source == source]
    hits = {id(r): hits_of(r.resource, facts_of(r.resource), RULES) for r in held}
    context = awake((h.category, h.rule, h.strength) for each in hits.values() for h in each)
    for record in held:
        sent = record.resource.get("meta", {}).get("security", [])
        mask = mask_for(sent, labels_of(hits[id(record)], context))
        assert set(topics_of(mask)) == set(record.topics), record.name
