"""FHIR data types as plain dicts: coding, concept, quantity, reference (R4 2.24)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"
US_CORE = "http://hl7.org/fhir/us/core/CodeSystem"
IDENTIFIERS = "https://heart-uma.example/synthetic"

CEDAR = "cedar"
HARBOR = "harbor"
HOME = "home"

Element = dict[str, Any]
Resource = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One counted record: the fact the story needs, and the resource that carries it."""

    name: str
    kind: str
    source: str
    resource: Resource
    topics: frozenset[str] = frozenset()
    level: str = "rules"


def stable_id(source: str, resource_type: str, name: str) -> str:
    """The same id on every seeding, and opaque: an id travels to the AS in limits."""
    return str(uuid5(NAMESPACE_URL, f"https://heart-uma.example/{source}/{resource_type}/{name}"))


def coding(system: str, code: str, display: str) -> Element:
    return {"system": system, "code": code, "display": display}


def concept(text: str, *codings: Element) -> Element:
    return {"coding": list(codings), "text": text} if codings else {"text": text}


def hl7(name: str, code: str, display: str) -> Element:
    """A concept of one HL7 terminology code system."""
    return {"coding": [coding(f"{HL7}/{name}", code, display)]}


def reference(resource: Resource, display: str | None = None) -> Element:
    link = {"reference": f"{resource['resourceType']}/{resource['id']}"}
    return link | {"display": display} if display else link


def quantity(value: float, unit: str, ucum: str | None = None) -> Element:
    return {"value": value, "unit": unit, "system": UCUM, "code": ucum or unit}


def synthetic_identifier(kind: str, value: str) -> Element:
    return {"system": f"{IDENTIFIERS}/{kind}", "value": value}


def meta(security: Iterable[str] = ()) -> Element:
    """Marks made-up data, and carries the labels a source sends itself (FHIR security labels)."""
    mark = coding(f"{HL7}/v3-ActReason", "HTEST", "test health data")
    labels = [coding(f"{HL7}/v3-ActCode", code, _SENSITIVITY[code]) for code in security]
    if not labels:
        return {"tag": [mark]}
    restricted = coding(f"{HL7}/v3-Confidentiality", "R", "restricted")
    return {"security": [*labels, restricted], "tag": [mark]}


def resource(
    source: str,
    resource_type: str,
    name: str,
    /,
    *,
    security: Iterable[str] = (),
    **elements: Any,
) -> Resource:
    return {
        "resourceType": resource_type,
        "id": stable_id(source, resource_type, name),
        "meta": meta(security),
    } | elements


_SENSITIVITY = {
    "ETH": "substance abuse information sensitivity",
    "PSY": "psychiatry disorder information sensitivity",
    "GDIS": "genetic disease information sensitivity",
    "SDV": "sexual assault, abuse, or domestic violence information sensitivity",
}
