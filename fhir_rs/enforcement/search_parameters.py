"""The search parameters this server offers, and the elements they look at (R4 search registry)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

TOKEN, REFERENCE, STRING, DATE = "token", "reference", "string", "date"


class Parameter(NamedTuple):
    """One search parameter: its R4 type, and the paths (dotted, lists walked) it reads."""

    name: str
    type: str
    paths: tuple[str, ...]


_SUBJECT = "patient=r:subject subject=r:subject"
_PATIENT = "patient=r:patient"
_TABLE: dict[str, str] = {
    "Patient": (
        "name=s:name family=s:name.family given=s:name.given birthdate=d:birthDate "
        "gender=t:gender active=t:active telecom=t:telecom email=t:telecom phone=t:telecom "
        "address=s:address address-city=s:address.city "
        "address-postalcode=s:address.postalCode language=t:communication.language "
        "deceased=t:deceasedBoolean general-practitioner=r:generalPractitioner "
        "organization=r:managingOrganization link=r:link.other"
    ),
    "RelatedPerson": (
        f"{_PATIENT} name=s:name relationship=t:relationship birthdate=d:birthDate active=t:active"
    ),
    "Condition": (
        f"{_SUBJECT} code=t:code category=t:category clinical-status=t:clinicalStatus "
        "verification-status=t:verificationStatus severity=t:severity encounter=r:encounter "
        "onset-date=d:onsetDateTime,onsetPeriod recorded-date=d:recordedDate "
        "abatement-date=d:abatementDateTime,abatementPeriod asserter=r:asserter "
        "body-site=t:bodySite"
    ),
    "FamilyMemberHistory": (
        f"{_PATIENT} code=t:condition.code relationship=t:relationship status=t:status date=d:date"
    ),
    "Observation": (
        f"{_SUBJECT} code=t:code category=t:category status=t:status encounter=r:encounter "
        "date=d:effectiveDateTime,effectivePeriod,effectiveInstant performer=r:performer "
        "focus=r:focus value-concept=t:valueCodeableConcept component-code=t:component.code "
        "based-on=r:basedOn combo-code=t:code,component.code has-member=r:hasMember "
        "derived-from=r:derivedFrom specimen=r:specimen device=r:device part-of=r:partOf"
    ),
    "DiagnosticReport": (
        f"{_SUBJECT} code=t:code category=t:category status=t:status encounter=r:encounter "
        "date=d:effectiveDateTime,effectivePeriod issued=d:issued performer=r:performer "
        "result=r:result based-on=r:basedOn specimen=r:specimen conclusion=t:conclusionCode"
    ),
    "Specimen": (
        f"{_SUBJECT} type=t:type status=t:status "
        "collected=d:collection.collectedDateTime,collection.collectedPeriod"
    ),
    "MedicationRequest": (
        f"{_SUBJECT} code=t:medicationCodeableConcept status=t:status intent=t:intent "
        "category=t:category medication=r:medicationReference encounter=r:encounter "
        "authoredon=d:authoredOn requester=r:requester priority=t:priority"
    ),
    "MedicationStatement": (
        f"{_SUBJECT} code=t:medicationCodeableConcept status=t:status category=t:category "
        "medication=r:medicationReference context=r:context "
        "effective=d:effectiveDateTime,effectivePeriod source=r:informationSource"
    ),
    "MedicationDispense": (
        f"{_SUBJECT} code=t:medicationCodeableConcept status=t:status type=t:type "
        "medication=r:medicationReference context=r:context whenhandedover=d:whenHandedOver "
        "whenprepared=d:whenPrepared prescription=r:authorizingPrescription "
        "performer=r:performer.actor"
    ),
    "MedicationAdministration": (
        f"{_SUBJECT} code=t:medicationCodeableConcept status=t:status "
        "medication=r:medicationReference context=r:context "
        "effective-time=d:effectiveDateTime,effectivePeriod "
        "request=r:request"
    ),
    "AllergyIntolerance": (
        f"{_PATIENT} code=t:code,reaction.substance category=t:category type=t:type "
        "clinical-status=t:clinicalStatus verification-status=t:verificationStatus "
        "criticality=t:criticality date=d:recordedDate onset=d:reaction.onset "
        "manifestation=t:reaction.manifestation recorder=r:recorder"
    ),
    "Immunization": (
        f"{_PATIENT} vaccine-code=t:vaccineCode status=t:status date=d:occurrenceDateTime "
        "location=r:location performer=r:performer.actor lot-number=s:lotNumber"
    ),
    "Encounter": (
        f"{_SUBJECT} status=t:status class=t:class type=t:type date=d:period "
        "service-provider=r:serviceProvider participant=r:participant.individual "
        "reason-code=t:reasonCode diagnosis=r:diagnosis.condition "
        "location=r:location.location part-of=r:partOf reason-reference=r:reasonReference"
    ),
    "DocumentReference": (
        f"{_SUBJECT} status=t:status type=t:type category=t:category date=d:date "
        "period=d:context.period encounter=r:context.encounter author=r:author "
        "custodian=r:custodian contenttype=t:content.attachment.contentType "
        "description=s:description"
    ),
    "Procedure": (
        f"{_SUBJECT} code=t:code category=t:category status=t:status encounter=r:encounter "
        "date=d:performedDateTime,performedPeriod performer=r:performer.actor "
        "location=r:location based-on=r:basedOn part-of=r:partOf reason-code=t:reasonCode "
        "reason-reference=r:reasonReference"
    ),
    "ImagingStudy": (
        f"{_SUBJECT} status=t:status started=d:started modality=t:modality,series.modality "
        "encounter=r:encounter based-on=r:basedOn bodysite=t:series.bodySite"
    ),
    "Device": (
        f"{_PATIENT} type=t:type status=t:status manufacturer=s:manufacturer "
        "device-name=s:deviceName.name"
    ),
    "Consent": (
        f"{_PATIENT} status=t:status scope=t:scope category=t:category date=d:dateTime "
        "period=d:provision.period"
    ),
    "CarePlan": (
        f"{_SUBJECT} status=t:status intent=t:intent category=t:category date=d:period "
        "encounter=r:encounter condition=r:addresses goal=r:goal care-team=r:careTeam "
        "activity-code=t:activity.detail.code"
    ),
    "CareTeam": (
        f"{_SUBJECT} status=t:status category=t:category date=d:period encounter=r:encounter "
        "participant=r:participant.member"
    ),
    "Goal": (
        f"{_SUBJECT} lifecycle-status=t:lifecycleStatus achievement-status=t:achievementStatus "
        "category=t:category start-date=d:startDate target-date=d:target.dueDate"
    ),
    "ServiceRequest": (
        f"{_SUBJECT} code=t:code category=t:category status=t:status intent=t:intent "
        "encounter=r:encounter authored=d:authoredOn "
        "occurrence=d:occurrenceDateTime,occurrencePeriod requester=r:requester "
        "performer=r:performer based-on=r:basedOn priority=t:priority"
    ),
    "Claim": (
        f"{_PATIENT} status=t:status use=t:use priority=t:priority created=d:created "
        "provider=r:provider insurer=r:insurer encounter=r:item.encounter"
    ),
    "ExplanationOfBenefit": (
        f"{_PATIENT} status=t:status created=d:created claim=r:claim provider=r:provider "
        "coverage=r:insurance.coverage encounter=r:item.encounter disposition=s:disposition"
    ),
    "Coverage": (
        "patient=r:beneficiary beneficiary=r:beneficiary subscriber=r:subscriber "
        "payor=r:payor status=t:status type=t:type"
    ),
    "Practitioner": "name=s:name family=s:name.family given=s:name.given active=t:active",
    "PractitionerRole": (
        "practitioner=r:practitioner organization=r:organization role=t:code "
        "specialty=t:specialty location=r:location"
    ),
    "Organization": (
        "name=s:name,alias type=t:type active=t:active partof=r:partOf address=s:address"
    ),
    "Location": (
        "name=s:name,alias type=t:type status=t:status organization=r:managingOrganization "
        "address=s:address"
    ),
    "Medication": "code=t:code status=t:status form=t:form",
    "HealthcareService": (
        "name=s:name service-type=t:type active=t:active organization=r:providedBy"
    ),
    "Provenance": "target=r:target agent=r:agent.who recorded=d:recorded patient=r:target",
    "QuestionnaireResponse": (
        f"{_SUBJECT} status=t:status authored=d:authored encounter=r:encounter"
    ),
    "Communication": (
        f"{_SUBJECT} status=t:status category=t:category sent=d:sent encounter=r:encounter"
    ),
    "Composition": f"{_SUBJECT} status=t:status type=t:type date=d:date encounter=r:encounter",
    "List": (
        f"{_SUBJECT} status=t:status code=t:code date=d:date encounter=r:encounter "
        "item=r:entry.item"
    ),
    "Media": (
        f"{_SUBJECT} status=t:status type=t:type created=d:createdDateTime encounter=r:encounter"
    ),
    "Flag": f"{_SUBJECT} status=t:status date=d:period encounter=r:encounter",
}
_TYPES = {"t": TOKEN, "r": REFERENCE, "s": STRING, "d": DATE}
_IDENTIFIER = Parameter("identifier", TOKEN, ("identifier",))
_ANY = {
    "identifier": _IDENTIFIER,
    "patient": Parameter("patient", REFERENCE, ("patient", "subject")),
    "subject": Parameter("subject", REFERENCE, ("subject",)),
    "status": Parameter("status", TOKEN, ("status",)),
    "code": Parameter("code", TOKEN, ("code",)),
}


def _read(row: str) -> dict[str, Parameter]:
    parameters = {"identifier": _IDENTIFIER}
    for word in row.split():
        name, _, rest = word.partition("=")
        letter, _, paths = rest.partition(":")
        parameters[name] = Parameter(name, _TYPES[letter], tuple(paths.split(",")))
    return parameters


PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {t: _read(row) for t, row in _TABLE.items()}


def parameters_of(type_: str) -> Mapping[str, Parameter]:
    """The parameters of a type; for types without a row of their own, a small common set."""
    return PARAMETERS.get(type_, _ANY)


_TARGETS: dict[str, tuple[str, ...]] = {
    "patient": ("Patient",),
    "subject": ("Patient",),
    "beneficiary": ("Patient",),
    "encounter": ("Encounter",),
    "context": ("Encounter",),
    "result": ("Observation",),
    "has-member": ("Observation",),
    "derived-from": ("Observation", "DocumentReference"),
    "specimen": ("Specimen",),
    "device": ("Device",),
    "based-on": ("ServiceRequest", "CarePlan", "MedicationRequest"),
    "part-of": ("Procedure", "Encounter"),
    "diagnosis": ("Condition", "Procedure"),
    "condition": ("Condition",),
    "reason-reference": ("Condition", "Observation", "Procedure"),
    "goal": ("Goal",),
    "care-team": ("CareTeam",),
    "prescription": ("MedicationRequest",),
    "request": ("MedicationRequest",),
    "claim": ("Claim",),
    "coverage": ("Coverage",),
    "medication": ("Medication",),
}


def targets_of(name: str) -> tuple[str, ...]:
    """The types with permissions of their own that a reference parameter can lead to."""
    return _TARGETS.get(name, ())
