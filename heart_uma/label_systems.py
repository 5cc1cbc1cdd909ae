"""The code systems of security labels, and the labels among them that name no topic (HL7 v3)."""

from __future__ import annotations

CONFIDENTIALITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
SENSITIVITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NULL_FLAVOR_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
CONFIDENTIALITY: tuple[str, ...] = ("U", "L", "M", "N", "R", "V")
"""Codes from least to most confidential (in the order of HL7)."""

# Label systems that say what may be done with data, not what the data is about.
HANDLING_SYSTEMS = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/v3-ActReason",
        "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "http://terminology.hl7.org/CodeSystem/v3-ActUSPrivacyLaw",
        "http://hl7.org/fhir/v3/ActReason",
        "http://hl7.org/fhir/v3/ObservationValue",
    }
)
SYSTEM_ALIASES = {
    "http://hl7.org/fhir/v3/Confidentiality": CONFIDENTIALITY_SYSTEM,
    "urn:oid:2.16.840.1.113883.5.25": CONFIDENTIALITY_SYSTEM,
    "http://hl7.org/fhir/v3/ActCode": SENSITIVITY_SYSTEM,
    "urn:oid:2.16.840.1.113883.5.4": SENSITIVITY_SYSTEM,
}
# ActCodes that are policies, obligations or refrains: they name no topic.
HANDLING_CODES = frozenset(
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
