"""A code means the same in every spelling of its system, and a medicine by every name."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.fhir_rs.enforcement.test_labeling import concept, condition, labels

SNOMED, ICD, LOINC = (
    "http://snomed.info/sct",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://loinc.org",
)
ICD9, NDC = "http://hl7.org/fhir/sid/icd-9-cm", "http://hl7.org/fhir/sid/ndc"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ATC, RXNORM = "http://www.whocc.no/atc", "http://www.nlm.nih.gov/research/umls/rxnorm"
# One telling code of each system, other names of the system, and what the code asks for.
KNOWN = [
    (SNOMED, "5602001", ["urn:oid:2.16.840.1.113883.6.96", "SNOMED-CT"], "OPIOIDUD"),
    (ICD, "F32.1", ["urn:oid:2.16.840.1.113883.6.90", "urn:oid:2.16.840.1.113883.6.3"], "PSY"),
    (ICD9, "296.20", ["urn:oid:2.16.840.1.113883.6.103"], "PSY"),
    (LOINC, "75622-1", ["urn:oid:2.16.840.1.113883.6.1", "LOINC"], "HIV"),
    (RXNORM, "198011", ["urn:oid:2.16.840.1.113883.6.88"], "SUD"),
    (CPT, "90837", ["urn:oid:2.16.840.1.113883.6.12"], "PSY"),
    (HCPCS, "H0020", ["urn:oid:2.16.840.1.113883.6.285"], "OPIOIDUD"),
    (ATC, "N07BC51", ["urn:oid:2.16.840.1.113883.6.73"], "OPIOIDUD"),
]
DRESSES = [
    lambda s: s,
    lambda s: s.replace("http:", "https:", 1),
    lambda s: f"{s}/",
    lambda s: s.replace("http:", "HTTP:", 1),
    lambda s: f"{s.replace('https://www.', 'https://', 1)}|2026-03",
    lambda s: s.upper(),
]
NATIONAL = ["icd-10", "icd-10-gm", "icd-10-nl", "icd-10-am", "icd-10-ca", "icd-10-who", "icd10"]


def spellings() -> list[tuple[str, str, str]]:
    found = {
        (dress(name), code, label)
        for (system, code, others, label), dress in itertools.product(KNOWN, DRESSES)
        for name in (system, *others)
    }
    editions = ("731000124108", "731000124108/version/20260301", "version/20260301")
    found |= {(f"{SNOMED}/{edition}", "5602001", "OPIOIDUD") for edition in editions}
    oids = [(o, code, label) for _, code, others, label in KNOWN for o in others if "oid" in o]
    found |= {(oid.removeprefix("urn:oid:"), code, label) for oid, code, label in oids}
    for variant, base in itertools.product(
        NATIONAL, ("http://hl7.org/fhir/sid/", "http://fhir.de/CodeSystem/bfarm/")
    ):
        found |= {(base + variant, c, label) for c, label in (("F20.0", "PSY"), ("B24", "HIV"))}
    return sorted(found)


@pytest.mark.fault("3.25")
def test_every_spelling_of_a_known_system_is_that_system() -> None:
    missed = [
        (system, code)
        for system, code, label in spellings()
        if label not in labels(condition(code=concept(code, system)))
    ]
    assert missed == []


@pytest.mark.fault("3.25")
@pytest.mark.parametrize(
    ("system", "code", "label"),
    [
        (ICD9, "042", "HIV"), (ICD9, "V08", "HIV"), (ICD9, "079.53", "HIV"),
        (ICD9, "303.90", "ETHUD"), (ICD9, "30390", "ETHUD"), (ICD9, "305.50", "OPIOIDUD"),
        (ICD9, "295.30", "PSY"), (ICD9, "098.0", "STD"), (ICD9, "995.81", "SDV"),
        (ICD9, "282.60", "SCA"), (ICD9, "331.0", "COGN"), (ICD9, "E950.0", "MH"),
        (ICD, "F03.90", "COGN"), (ICD, "G30.9", "COGN"), (ICD, "G31.84", "COGN"),
        (ICD, " F10 20", "ETHUD"), (ICD, "F71", "DVD"),
        (SNOMED, "52448006", "COGN"), (SNOMED, "26929004", "COGN"),
        (SNOMED, "86406008 |HIV infection|", "HIV"), 
        (SNOMED, "404684003:246075003=86406008", "HIV"),
        (CPT, "99483", "COGN"), (HCPCS, "J2315", "SUD"), (HCPCS, "H0031", "PSY"),
        (ATC, "N06DA02", "COGN"), (ATC, "J05AR20", "HIV"),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "GZ58ZZZ", "PSY"),
    ],
)  # fmt: skip
def test_codes_of_every_system_are_known(system: str, code: str, label: str) -> None:
    assert label in labels(condition(code=concept(code, system)))


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD9, "305.1"), (ICD9, "3051"), (ICD9, "250.00"), (ICD9, "307.81"), (ICD9, "995.86"),
        (ICD9, "946.0"), (ICD, "F17.210"), (ICD, "G31.9"), (ICD, "R41.82"),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "F13Z0ZZ"),
        ("http://hl7.org/fhir/sid/icd-10-pcs", "F13Z0ZZ"),
        ("http://hl7.org/fhir/sid/icd-11", "F20"), ("http://example.org/my-icd-10-notes", "F20"),
        ("http://example.org/snomed.info/sct", "86406008"),
        (CPT, "99213"), (HCPCS, "H0033"), (ATC, "N07BA01"), (ATC, "J05AE30"), (NDC, "12496-1208"),
        (SNOMED, "864060080"), (SNOMED, "x" * 500), (ICD, "F" * 100_000), ("x" * 100_000, "F20"),
    ],
)  # fmt: skip
def test_neighbours_of_a_sensitive_code_are_not_labelled(system: str, code: str) -> None:
    assert labels(condition(code=concept(code, system))) == set()


@pytest.mark.fault("3.25")
@pytest.mark.parametrize(
    ("resource", "label"),
    [
        ({"medicationCodeableConcept": concept("12496-1208-3", NDC, display="Suboxone")}, "SUD"),
        ({"medicationCodeableConcept": {"text": "Biktarvy"}}, "HIV"),
        ({"medicationCodeableConcept": {"text": "TRUVADA 200 mg/300 mg"}}, "HIV"),
        ({"medicationCodeableConcept": {"text": "Aricept 10 mg"}}, "COGN"),
        ({"resourceType": "Claim", "item": [{"productOrService":
            concept("0", NDC, display="Buprenorphine 8 MG Sublingual Tablet")}]}, "SUD"),
        ({"resourceType": "ServiceRequest", "code": concept("0", "urn:oid:2.16.840.1.113883.6.73",
            display="Dolutegravir")}, "HIV"),
        ({"resourceType": "AllergyIntolerance", "code": concept("716116009",
            display="Product containing dolutegravir (medicinal product)")}, "HIV"),
        ({"resourceType": "Condition", "note": [{"text": "Infección por VIH, en tratamiento"}]},
            "HIV"),
        ({"resourceType": "Condition", "note": [{"text": "Séropositif (VIH-1)"}]}, "HIV"),
        ({"resourceType": "Condition", "code": {"text": "Infection par le virus de "
            "l'immunodéficience humaine"}}, "HIV"),
        ({"resourceType": "Condition", "code": {"text": "Vascular dementia"}}, "COGN"),
        ({"resourceType": "Condition", "code": {"text": "Mild cognitive impairment"}}, "COGN"),
        ({"resourceType": "Condition", "code": {"text": "Demencia tipo Alzheimer"}}, "COGN"),
    ],
)  # fmt: skip
def test_medicines_and_words_are_known_by_every_name(resource: dict[str, Any], label: str) -> None:
    assert label in labels({"resourceType": "MedicationRequest"} | resource)


@pytest.mark.parametrize(
    "resource",
    [
        {"code": concept("0", "http://example.org/assay", display="Lithium [Moles/volume]")},
        {"code": concept("1", LOINC, display="Lithium battery (substance)")},
        {"note": [{"text": "National Institute on Drug Abuse"}]},
        {"note": [{"text": "Old South Wing, formerly in use by Psychiatry"}]},
        {"note": [{"text": "HIVES after strawberries; advih"}]},
    ],
)
def test_what_only_looks_like_it_is_not_labelled(resource: dict[str, Any]) -> None:
    assert labels({"resourceType": "Observation"} | resource) == set()


def test_words_that_only_hint_count_beside_a_finding() -> None:
    plan = {"resourceType": "Observation", "code": {"text": "ANTIRETROVIRAL PLAN"}}
    assert labels(plan) == set()
    assert labels(plan, condition(code=concept("86406008"))) == {"HIV"}
