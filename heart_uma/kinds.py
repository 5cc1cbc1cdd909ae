"""What a record is about, in a patient's words: each FHIR type has one kind or several."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: tuple[tuple[str, str], ...] = (
    ("about", "About me"),
    ("conditions", "Conditions"),
    ("medicines", "Medicines"),
    ("allergies", "Allergies"),
    ("results", "Test results"),
    ("vitals", "Vital signs"),
    ("vaccines", "Vaccines"),
    ("visits", "Visits and notes"),
    ("procedures", "Procedures"),
    ("documents", "Documents"),
    ("plans", "Care plans"),
    ("bills", "Bills"),
    ("other", "Other records"),
)
KIND_NAMES: Mapping[str, str] = dict(KINDS)
TYPE_KINDS: Mapping[str, tuple[str, ...]] = {
    "Patient": ("about",),
    "RelatedPerson": ("about",),
    "Condition": ("conditions",),
    "FamilyMemberHistory": ("conditions",),
    "MedicationRequest": ("medicines",),
    "MedicationStatement": ("medicines",),
    "MedicationDispense": ("medicines",),
    "MedicationAdministration": ("medicines",),
    "AllergyIntolerance": ("allergies",),
    "Observation": ("results", "vitals"),
    "DiagnosticReport": ("results", "documents"),
    "Specimen": ("results",),
    "Immunization": ("vaccines",),
    "Encounter": ("visits",),
    "DocumentReference": ("visits", "documents"),
    "Procedure": ("procedures",),
    "ImagingStudy": ("procedures",),
    "Device": ("procedures",),
    "Consent": ("documents",),
    "CarePlan": ("plans",),
    "CareTeam": ("plans",),
    "Goal": ("plans",),
    "ServiceRequest": ("plans",),
    "Claim": ("bills",),
    "ExplanationOfBenefit": ("bills",),
    "Coverage": ("bills",),
}
"""Every kind a FHIR type can hold; a type that is not listed has kind `other`."""
DIRECTORY_TYPES: frozenset[str] = frozenset(
    {
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Location",
        "Medication",
        "HealthcareService",
    }
)


def kinds_of_type(fhir_type: str) -> tuple[str, ...]:
    """The kinds a resource of `fhir_type` can have; `("other",)` for types not listed."""
    return TYPE_KINDS.get(fhir_type, ("other",))
