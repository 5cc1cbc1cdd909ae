"""PURE: what the status of a record means, in plain words (FHIR R4, the status of each type)."""

from __future__ import annotations

from heart_reading import status_codes
from heart_reading.words import Resource, concept, in_words, text

WRONG = "entered-in-error"


def status(resource: Resource) -> str:
    """The status of a record: its own, or that of what it is about; with any doubt about it."""
    own = resource.get("status", resource.get("lifecycleStatus"))
    said = [] if own is None else [in_words(text(own))]
    for name in ("clinicalStatus", "verificationStatus"):
        code = _code(resource.get(name))
        if code != "confirmed":
            said.append(
                in_words(code) if code in status_codes.WORDS else concept(resource.get(name))
            )
    return ", ".join(dict.fromkeys(filter(None, said)))


def is_wrong(resource: Resource) -> bool:
    """True for what the source calls entered in error."""
    return WRONG in (resource.get("status"), _code(resource.get("verificationStatus")))


def _code(value: object) -> str:
    if not isinstance(value, dict):
        return ""
    codings = value.get("coding")
    first = codings[0] if isinstance(codings, list) and codings else {}
    return text(first.get("code")) if isinstance(first, dict) else ""
