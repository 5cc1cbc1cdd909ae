"""What a caller is told about what is held back: kinds or a neutral line, never counts or topics.

Both are the same whether or not something is held back, else their absence would tell:
the kinds are those that the shape of the share leaves incomplete.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heart_uma.kinds import KIND_NAMES

NEUTRAL = "Patients can hold records back. Do not assume that a list is complete."
INCOMPLETE_KIND = "https://heart-uma.example/fhir/StructureDefinition/incomplete-kind"
OWNER_NOTE = "https://heart-uma.example/fhir/StructureDefinition/owner-note"


def tells_kinds(tell: dict[str, Any]) -> bool:
    """True when the owner lets this party know which kinds may be incomplete."""
    return tell.get("level") == "kinds"


def outcome(tell: dict[str, Any], incomplete: Sequence[str]) -> dict[str, Any]:
    """The OperationOutcome that goes with a search.

    `tell` is what the owner lets the party know; `incomplete` are kinds, named if she lets it.
    """
    text = NEUTRAL
    extensions: list[dict[str, Any]] = []
    if tells_kinds(tell) and incomplete:
        names = ", ".join(KIND_NAMES.get(kind, kind) for kind in incomplete)
        text = f"What the patient shares of these kinds may not be all of it: {names}."
        extensions = [{"url": INCOMPLETE_KIND, "valueCode": kind} for kind in incomplete]
    note = tell.get("note")
    if isinstance(note, str) and note:
        extensions.append({"url": OWNER_NOTE, "valueString": note[:280]})
    issue = {"severity": "information", "code": "suppressed", "details": {"text": text}}
    resource: dict[str, Any] = {"resourceType": "OperationOutcome"}
    if extensions:
        resource["extension"] = extensions
    return {**resource, "issue": [issue]}
