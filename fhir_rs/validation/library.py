"""fhir.resources: the only file that imports it, and not before the first resource is checked.

A process that only reads stays small.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_OPEN_ENDED = {
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error "
    "unknown",
    "DiagnosticReport": "registered partial preliminary final amended corrected appended cancelled "
    "entered-in-error unknown",
    "Encounter": "planned arrived triaged in-progress onleave finished cancelled entered-in-error "
    "unknown",
    "DetectedIssue": "registered preliminary final amended corrected cancelled entered-in-error "
    "unknown",
    "RiskAssessment": "registered preliminary final amended corrected cancelled entered-in-error "
    "unknown",
    "DeviceUseStatement": "active completed entered-in-error intended stopped on-hold",
    "SupplyRequest": "draft active suspended cancelled completed entered-in-error unknown",
    "Task": "draft requested received accepted rejected ready cancelled in-progress on-hold failed "
    "completed entered-in-error",
}
"""Where the library says that any code is allowed beside those it names: the codes of R4."""


@lru_cache(maxsize=512)
def model(name: str) -> Any:
    """The model of a type or shape; LookupError for one that the library does not have."""
    from fhir.resources.R4B import get_fhir_model_class

    return get_fhir_model_class(name)


@lru_cache(maxsize=512)
def codes_of(shape: str) -> dict[str, frozenset[str]]:
    """The codes that required bindings allow, by the member of `shape` (R4 terminologies 4.1.5)."""
    found = {}
    try:
        fields = model(_name_of(shape)).model_fields
    except LookupError:
        # R4B dropped it: the library refuses such a resource as a whole.
        return {}
    for name, field in fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        codes = extra.get("enum_values")
        if codes and "+" in codes:
            codes = _OPEN_ENDED.get(shape, "").split()
        if codes:
            found[str(field.alias or name)] = frozenset(codes)
    # An example of MIME types, and no binding.
    if shape == "CapabilityStatement":
        found.pop("format", None)
    return found


def _name_of(shape: str) -> str:
    """The library's name of a shape: of `Claim.item.detail` it is ClaimItemDetail."""
    return "".join(part[0].upper() + part[1:] for part in shape.split("."))
