"""What is registered: a description per FHIR type and kind, the same for everybody (FedAuthz 3.1).

Nothing here looks at data. A patient without bills registers bills too, otherwise the list of
registrations would tell the authorization server what exists (FedAuthz 8); whether a kind is
shown to its owner is decided where she looks.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

from fhir_rs.enforcement.grant import OTHER_TYPE
from heart_uma.kinds import KIND_NAMES, TYPE_KINDS
from heart_uma.resources import ResourceDescription
from heart_uma.scopes import resource_scopes

_TYPE_NAMES = {
    "Patient": "name, birth date, contact details",
    "RelatedPerson": "family and contacts",
    "Condition": "problems and diagnoses",
    "FamilyMemberHistory": "family history",
    "MedicationRequest": "prescriptions",
    "MedicationStatement": "medicines taken",
    "MedicationDispense": "medicines handed out",
    "MedicationAdministration": "medicines given",
    "AllergyIntolerance": "allergies",
    "Observation": "measurements",
    "DiagnosticReport": "reports",
    "Specimen": "samples",
    "Immunization": "vaccines",
    "Encounter": "visits",
    "DocumentReference": "notes and files",
    "Procedure": "procedures",
    "ImagingStudy": "images",
    "Device": "devices",
    "Consent": "consents",
    "CarePlan": "care plans",
    "CareTeam": "care teams",
    "Goal": "goals",
    "ServiceRequest": "orders",
    "Claim": "claims",
    "ExplanationOfBenefit": "statements",
    "Coverage": "insurance",
    OTHER_TYPE: "everything else",
}

SLICES: tuple[tuple[str, str], ...] = (
    *((type_, kind) for type_, kinds in TYPE_KINDS.items() for kind in kinds),
    (OTHER_TYPE, "other"),
)
"""Every (type, kind) that is registered for a record, the same for every patient."""


def descriptions(record_base: str) -> dict[tuple[str, str], ResourceDescription]:
    """The descriptions of one record; only `record_base` tells two patients' apart."""
    return {
        (type_, kind): ResourceDescription(
            fhir_type=type_,
            kind=kind,
            record=record_base,
            resource_scopes=tuple(resource_scopes(type_)),
            name=f"{KIND_NAMES[kind]}: {_TYPE_NAMES[type_]}",
        )
        for type_, kind in SLICES
    }


def digest_of(description: ResourceDescription) -> str:
    """A short digest: another one means that the description must be sent again."""
    wire = json.dumps(description.to_wire(), sort_keys=True)
    return hashlib.sha256(wire.encode()).hexdigest()[:32]


@cache
def shape_digest() -> str:
    """The digest of what all records have in common; computed once, asked with every ticket."""
    joined = "".join(digest_of(each) for each in descriptions("").values())
    return hashlib.sha256(joined.encode()).hexdigest()


def catalogue_digest(record_base: str) -> str:
    """The digest of a whole record's descriptions."""
    return hashlib.sha256(f"{shape_digest()} {record_base}".encode()).hexdigest()[:32]
