"""PURE: what a record is called when nothing in it has a name (FHIR R4 resource types)."""

from __future__ import annotations

import re

from heart_ui.words import N_
from heart_ui.words import gettext as _

_NAMES = {
    "AllergyIntolerance": N_("Allergy"), "AuditEvent": N_("Entry of a log"),
    "Binary": N_("File"), "CarePlan": N_("Care plan"), "CareTeam": N_("Care team"),
    "Claim": N_("Bill"), "Communication": N_("Message"), "Composition": N_("Document"),
    "Condition": N_("Problem"), "Consent": N_("Consent"), "Contract": N_("Agreement"),
    "Coverage": N_("Insurance"), "Device": N_("Device"), "DiagnosticReport": N_("Report"),
    "DocumentReference": N_("Document"), "Encounter": N_("Visit"),
    "ExplanationOfBenefit": N_("What the insurance paid"),
    "FamilyMemberHistory": N_("Family health"), "Flag": N_("Warning"), "Goal": N_("Goal"),
    "Group": N_("Group"), "ImagingStudy": N_("Pictures"), "Immunization": N_("Vaccine"),
    "List": N_("List"), "Media": N_("Picture"), "MedicationAdministration": N_("Medicine"),
    "MedicationDispense": N_("Medicine"), "MedicationRequest": N_("Medicine"),
    "MedicationStatement": N_("Medicine"), "MolecularSequence": N_("Part of a gene"),
    "Observation": N_("Measurement"), "Patient": N_("About me"), "Person": N_("Person"),
    "Procedure": N_("Procedure"), "Provenance": N_("Where a record comes from"),
    "Questionnaire": N_("Questions"), "QuestionnaireResponse": N_("Answers to questions"),
    "RelatedPerson": N_("Person"), "ServiceRequest": N_("Order"), "Specimen": N_("Sample"),
    "Appointment": N_("Appointment"), "Task": N_("Task"), "Account": N_("Account"),
    "DeviceUseStatement": N_("Use of a device"), "NutritionOrder": N_("Order for food"),
    "RiskAssessment": N_("Risk"), "ClinicalImpression": N_("Assessment"),
    "EpisodeOfCare": N_("Time of care"), "VisionPrescription": N_("Glasses or lenses"),
    "AdverseEvent": N_("Unwanted effect"), "Invoice": N_("Bill"), "BodyStructure": N_("Body part"),
}  # fmt: skip
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def type_words(type_: str) -> str:
    """What a record of a type is called.

    >>> type_words("Condition"), type_words("ImmunizationEvaluation")
    ('Problem', 'Immunization evaluation')
    """
    return _(_NAMES[type_]) if type_ in _NAMES else _HUMPS.sub(" ", type_).capitalize()
