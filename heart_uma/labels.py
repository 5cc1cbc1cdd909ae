"""Security labels: HL7 confidentiality and sensitivity codes, as topics and as bits.

A topic is a closure over sensitivity codes: who may see it may see every code it covers. A
record's labels become one integer mask, one bit a topic; access needs every bit to be allowed.
Bit numbers are stored in databases: append, never renumber.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CONFIDENTIALITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
SENSITIVITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY: tuple[str, ...] = ("U", "L", "M", "N", "R", "V")
"""Codes from least to most confidential (in the order of HL7)."""

# Label systems that say what may be done with data, not what the data is about.
_HANDLING_SYSTEMS = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/v3-ActReason",
        "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "http://terminology.hl7.org/CodeSystem/v3-ActUSPrivacyLaw",
        "http://hl7.org/fhir/v3/ActReason",
        "http://hl7.org/fhir/v3/ObservationValue",
    }
)
_SYSTEM_ALIASES = {
    "http://hl7.org/fhir/v3/Confidentiality": CONFIDENTIALITY_SYSTEM,
    "urn:oid:2.16.840.1.113883.5.25": CONFIDENTIALITY_SYSTEM,
    "http://hl7.org/fhir/v3/ActCode": SENSITIVITY_SYSTEM,
    "urn:oid:2.16.840.1.113883.5.4": SENSITIVITY_SYSTEM,
}
# ActCodes that are policies, obligations or refrains: they name no topic.
_HANDLING_CODES = frozenset(
    [
        "42CFRPart2",
        "HIPAAPsyNotes",
        "HIPAANOPP",
        "HIPAAAuth",
        "Title38Section7332",
        "NODSCLCD",
        "NORDSCLCD",
        "NODSCLCDS",
        "NORDSLCD",
        "NOAUTH",
        "NOCOLLECT",
        "NOINTEGRATE",
        "NOLIST",
        "NOMOU",
        "NOORGPOL",
        "NOPAT",
        "NOPERSISTP",
        "NORELINK",
        "NOREUSE",
        "NOVIP",
        "DELAU",
        "ENCRYPT",
        "MASK",
        "REDACT",
        "CPLYPOL",
        "CPLYCC",
        "CPLYJPP",
        "PROCESSINLINELABEL",
        "PERSISTLABEL",
        "PRIVMARK",
        "HTEST",
    ]
)

UNKNOWN_BIT = 0
"""The bit of a label that nobody here understands: never allowed."""
NULL_FLAVOR_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
UNREAD = "UNK"  # what could not be read and is placed by nothing else: the unknown bit


@dataclass(frozen=True, slots=True)
class Topic:
    """A private topic as the patient meets it, and what it means on the wire.

    `bit` is its place in the mask (1..59), `code` its key in policies, `name` its plain name,
    `covers` the ActCode sensitivity codes of its closure, `scope` the HEART scope that lifts it.
    """

    bit: int
    code: str
    name: str
    covers: frozenset[str]
    scope: str


def _topic(bit: int, code: str, name: str, *more: str) -> Topic:
    return Topic(bit, code, name, frozenset({code, *more}), f"sens/{code}")


TOPICS: tuple[Topic, ...] = (
    _topic(1, "ETH", "Alcohol and drug use", "SUD", "ETHUD", "OPIOIDUD", "SPI"),
    _topic(2, "PSY", "Mental health", "MH", "BH", "EMOTDIS", "SUICIDE"),
    _topic(3, "PSYTHPN", "Therapy session notes"),
    _topic(4, "HIV", "HIV"),
    _topic(5, "SEX", "Sexual and reproductive health", "PREGNANT", "ABORTION"),
    _topic(6, "STD", "Sexually transmitted infections"),
    _topic(7, "SDV", "Violence or abuse"),
    _topic(8, "GDIS", "Genetics"),
    _topic(9, "SCA", "Sickle cell", "SICKLE"),
    _topic(10, "ADOL", "Teen private care"),
    _topic(11, "SOC", "Social services"),
    Topic(12, "private", "Marked private by the clinic", frozenset(), "conf/R"),
    Topic(13, "secret", "Marked secret by the clinic", frozenset(), "conf/V"),
    _topic(14, "COGN", "Memory and thinking"),
    _topic(15, "DVD", "Developmental conditions"),
    _topic(16, "TBOO", "Sensitive for me", "TABOO"),
    _topic(17, "VIO", "Violence by others", "MST"),
    _topic(18, "DEMO", "All personal details"),
    _topic(19, "DOB", "Date of birth"),
    _topic(20, "GENDER", "Gender and orientation"),
    _topic(21, "LIVARG", "Living arrangement"),
    _topic(22, "MARST", "Marital status"),
    _topic(23, "RACE", "Race"),
    _topic(24, "REL", "Religion"),
    _topic(25, "B", "Business details"),
    _topic(26, "EMPL", "Employer"),
    _topic(27, "LOCIS", "Location"),
    _topic(28, "SSP", "Sensitive care provider"),
    _topic(29, "CEL", "Well-known person", "VIP"),
    _topic(30, "DIA", "Diagnosis", "DIAG"),
    _topic(31, "DRGIS", "Medicine details"),
    _topic(32, "EMP", "Staff member"),
    _topic(33, "PHY", "Physician details", "PRS"),
)
RESTRICTED = next(topic for topic in TOPICS if topic.code == "private")
VERY_RESTRICTED = next(topic for topic in TOPICS if topic.code == "secret")
TOPIC_BY_CODE: Mapping[str, Topic] = {topic.code: topic for topic in TOPICS}
SENSITIVE_TOPICS: tuple[str, ...] = (
    "ETH",
    "PSY",
    "HIV",
    "SEX",
    "STD",
    "SDV",
    "GDIS",
    "SCA",
    "ADOL",
)
"""Topics a patient is always shown when she asks for all of them."""

_BIT_OF_CODE: Mapping[str, int] = {c: topic.bit for topic in TOPICS for c in topic.covers}
_BIT_OF_SCOPE: Mapping[str, int] = {
    **{f"sens/{code}": bit for code, bit in _BIT_OF_CODE.items()},
    "conf/R": RESTRICTED.bit,
    "conf/V": VERY_RESTRICTED.bit,
}

TRAVELLING = sum(1 << topic.bit for topic in TOPICS if topic.scope.startswith("sens/"))
"""The bits of the topics that travel along references."""

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
LEVELS: Mapping[str, int] = {"rules": 0, "pick": 1, "hidden": 2}
"""The patient's own level of a record: her rules; only people she picks; hidden from everyone."""


def kinds_of_type(fhir_type: str) -> tuple[str, ...]:
    """The kinds a resource of `fhir_type` can have; `("other",)` for types not listed."""
    return TYPE_KINDS.get(fhir_type, ("other",))


def label_scopes() -> tuple[str, ...]:
    """Every label scope, the same for every resource of every patient."""
    return ("conf/N", *(topic.scope for topic in sorted(TOPICS, key=lambda t: t.scope)))


def is_topic_code(code: str) -> bool:
    """True for an ActCode that belongs to a topic."""
    return code in _BIT_OF_CODE


def label_coding(code: str) -> dict[str, str]:
    """The `meta.security` coding of a label that this system gives."""
    system = NULL_FLAVOR_SYSTEM if code == UNREAD else SENSITIVITY_SYSTEM
    return {"system": system, "code": code}


def travelling_codes(security: Iterable[Mapping[str, Any]], mask: int) -> set[str]:
    """The topics of a resource that belong to whatever refers to it as well.

    Parameters: `mask` is its label mask, which may know more than its codings. Only codes with a
    topic travel: what may be done with data, how confidential one resource is, and a label that
    nobody understands are words about that resource alone.
    """
    found = set()
    for coding in security:
        system, code = str(coding.get("system") or ""), str(coding.get("code") or "")
        if _SYSTEM_ALIASES.get(system, system) == SENSITIVITY_SYSTEM and code in _BIT_OF_CODE:
            found.add(code)
    missing = mask & TRAVELLING & ~mask_of({"system": SENSITIVITY_SYSTEM, "code": c} for c in found)
    return found | {topic.code for topic in TOPICS if missing >> topic.bit & 1}


def mask_of(security: Iterable[Mapping[str, Any]]) -> int:
    """The label mask of a resource's `meta.security` codings.

    R counts as a topic of its own only where no sensitivity code explains it; V always counts;
    what is not understood sets the unknown bit, so that it fails closed.
    """
    mask = 0
    restricted = False
    for coding in security:
        system, code = str(coding.get("system") or ""), str(coding.get("code") or "")
        system = _SYSTEM_ALIASES.get(system, system)
        if system in _HANDLING_SYSTEMS or (
            system == SENSITIVITY_SYSTEM and code in _HANDLING_CODES
        ):
            continue
        if system == CONFIDENTIALITY_SYSTEM and code in CONFIDENTIALITY:
            restricted = restricted or code == "R"
            mask |= (1 << VERY_RESTRICTED.bit) if code == "V" else 0
        elif system == SENSITIVITY_SYSTEM and code in _BIT_OF_CODE:
            mask |= 1 << _BIT_OF_CODE[code]
        else:
            mask |= 1 << UNKNOWN_BIT
    if restricted and not mask:
        mask = 1 << RESTRICTED.bit
    return mask


def mask_allowed(scopes: Iterable[str]) -> int:
    """The bits that a set of HEART scopes lifts: `sens/X` its topic, `conf/R` and `conf/V` theirs.

    `conf/V` reaches R as well (the order of the codes). Scopes of other families lift nothing.
    """
    mask = 0
    for scope in scopes:
        bit = _BIT_OF_SCOPE.get(scope)
        if bit is not None:
            mask |= 1 << bit
    if mask >> VERY_RESTRICTED.bit & 1:
        mask |= 1 << RESTRICTED.bit
    return mask


def topics_of(mask: int) -> list[str]:
    """The topic codes of a mask, in bit order; the unknown bit reads as `unknown`."""
    topics = ["unknown"] if mask & (1 << UNKNOWN_BIT) else []
    topics.extend(topic.code for topic in TOPICS if mask & (1 << topic.bit))
    return topics
