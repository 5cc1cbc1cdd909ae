"""What a caller is told about what is held back: kinds or a neutral line, never counts or topics.

The neutral line is the same whether or not something is held back, else its absence would tell
(DESIGN 12, HFU-22).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heart_uma.labels import KIND_NAMES

NEUTRAL = "Patients can hold records back. Do not assume that a list is complete."
INCOMPLETE_KIND = "https://heart-uma.example/fhir/StructureDefinition/incomplete-kind"
OWNER_NOTE = "https://heart-uma.example/fhir/StructureDefinition/owner-note"


def tells_kinds(tell: dict[str, Any]) -> bool:
    """True when the owner lets this party know which kinds are incomplete."""
    return tell.get("level") == "kinds"


def outcome(tell: dict[str, Any], incomplete: Sequence[str]) -> dict[str, Any]:
    """The OperationOutcome that goes with a search."""
    text = NEUTRAL
    extensions: list[dict[str, Any]] = []
    if tells_kinds(tell) and incomplete:
        names = ", ".join(KIND_NAMES.get(kind, kind) for kind in incomplete)
        text = f"Some records are held back by the patient. Not complete: {names}."
        extensions = [{"url": INCOMPLETE_KIND, "valueCode": kind} for kind in incomplete]
    note = tell.get("note")
    if isinstance(note, str) and note:
        extensions.append({"url": OWNER_NOTE, "valueString": note[:280]})
    issue = {"severity": "information", "code": "suppressed", "details": {"text": text}}
    resource: dict[str, Any] = {"resourceType": "OperationOutcome"}
    if extensions:
        resource["extension"] = extensions
    return {**resource, "issue": [issue]}
