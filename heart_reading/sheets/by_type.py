"""PURE: every FHIR R4 resource as a sheet of words, whatever its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from heart_reading.documents import attachments
from heart_reading.names_of_types import type_words
from heart_reading.notes import notes, written
from heart_reading.plain_names import begun, is_bare_code, plain
from heart_reading.sheets import (
    bills,
    care,
    clinical,
    documents,
    measured,
    medicines,
    people,
    plans,
)
from heart_reading.sheets.answers import answers
from heart_reading.sheets.other import other
from heart_reading.sheets.sheet import Known, Said, Sheet
from heart_reading.statuses import is_wrong, status
from heart_reading.words import Resource, text

_READERS: Mapping[str, Callable[[Resource, Known], Said]] = {
    "Observation": measured.observation,
    "DiagnosticReport": measured.report,
    "Specimen": measured.specimen,
    "MedicationRequest": medicines.medicine,
    "MedicationStatement": medicines.medicine,
    "MedicationDispense": medicines.medicine,
    "MedicationAdministration": medicines.medicine,
    "Immunization": medicines.vaccine,
    "Condition": clinical.condition,
    "AllergyIntolerance": clinical.allergy,
    "FamilyMemberHistory": clinical.family,
    "Encounter": care.visit,
    "Procedure": care.procedure,
    "ImagingStudy": care.imaging,
    "Device": care.device,
    "DocumentReference": documents.document,
    "Composition": documents.composition,
    "Communication": documents.communication,
    "Consent": documents.consent,
    "Media": documents.picture,
    "CarePlan": plans.plan,
    "CareTeam": plans.team,
    "Goal": plans.goal,
    "ServiceRequest": plans.order,
    "List": plans.listed,
    "Flag": plans.flag,
    "Claim": bills.bill,
    "ExplanationOfBenefit": bills.bill,
    "Coverage": bills.coverage,
    "Patient": people.person,
    "RelatedPerson": people.person,
    "Person": people.person,
    "QuestionnaireResponse": answers,
}


def sheet_of(resource: Resource, known: Known) -> Sheet:
    """One record in words; one that cannot be read well says so (`said.well`)."""
    said = _READERS.get(text(resource.get("resourceType")), other)(resource, known)
    words = type_words(text(resource.get("resourceType")))
    texts = (*said.texts, *notes(resource))
    if not said.well or not (said.facts or said.parts or texts or said.value):
        texts = (*texts, *written(resource))
    return Sheet(
        said=_in_plain_words(replace(said, texts=texts), resource, words),
        type_words=words,
        status=status(resource),
        is_wrong=is_wrong(resource),
        files=attachments(resource),
    )


def _in_plain_words(said: Said, resource: Resource, words: str) -> Said:
    title = begun(plain(said.title)) or words
    if is_bare_code(said.title, resource):
        title = f"{words} ({said.title})"
    return replace(
        said,
        title=title,
        value=plain(said.value),
        facts=tuple((plain(head), plain(told)) for head, told in said.facts),
        parts=tuple(
            replace(one, name=plain(one.name), value=plain(one.value)) for one in said.parts
        ),
    )
