"""The smallest valid resource of a type, made from what the R4 models demand."""

from __future__ import annotations

import re
from typing import Any

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.tables import required_codes
from fhir_rs.errors import Invalid
from fhir_rs.validation import r4
from fhir_rs.validation.library import model
from tests.attacks.fhir_elements import code_of, table

_OWNING = ("patient", "subject", "beneficiary", "individual", "for", "subscriber")
_VALUES = {
    "date": "2024-01-02", "dateTime": "2024-01-02T03:04:05Z", "instant": "2024-01-02T03:04:05Z",
    "boolean": True, "integer": 1, "positiveInt": 1, "unsignedInt": 1, "decimal": 1.5,
    "base64Binary": "QUJD", "time": "03:04:05", "uri": "urn:x", "url": "http://x.example/",
    "canonical": "urn:x", "string": "words", "markdown": "words", "code": "en", "id": "a",
}  # fmt: skip


def smallest(type_: str, patient: str) -> dict[str, Any] | None:
    """A valid `type_` about `patient` where it can be about somebody; None: it cannot be made."""
    made = {"resourceType": type_, **_filled(type_, patient, 0)}
    for member in _OWNING:
        written = table()[type_].get(member, "")
        targets = written.partition(":")[2].split(",")
        if code_of(written) == "Reference" and ("Patient" in targets or targets == [""]):
            about = {"reference": patient}
            made[member] = [about] if written.partition(":")[0][-1] == "*" else about
            break
    try:
        r4.validate(made)
    except Invalid:
        return None
    return made


def _filled(shape: str, patient: str, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    chosen: set[str] = set()
    for name, field in _model(shape).model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        of_one = extra.get("one_of_many")
        must = field.is_required() or extra.get("element_required")
        if of_one and extra.get("one_of_many_required") and of_one not in chosen:
            chosen.add(str(of_one))
            must = True
        member = field.alias or name
        if must and depth < 4 and member in table()[shape]:
            codes = extra.get("enum_values")
            value = _value(shape, member, codes, patient, depth)
            found[member] = [value] if "List[" in str(field.annotation) else value
    return found


def _value(shape: str, member: str, codes: Any, patient: str, depth: int) -> Any:
    code, _, targets = table()[shape][member].partition(":")
    code = code.rstrip("*")
    if code == "Reference":
        about = not targets or "Patient" in targets.split(",")
        return {"reference": patient if about else f"{targets.split(',')[0]}/x"}
    if code == "CodeableConcept":
        return {"text": "words"}
    if code == "Resource":
        return {"resourceType": "Basic", "code": {"text": "words"}}
    if code in table():
        return _filled(code, patient, depth + 1) or {"id": "a"}
    allowed = required_codes().get(shape, {}).get(member, "").split()
    if code == "code" and (allowed or codes):
        return (allowed or codes)[0]
    return _VALUES.get(code, "words")


def _model(shape: str) -> Any:
    """The model of a shape: of `Claim.item.detail` that is ClaimItemDetail."""
    name = "".join(part[0].upper() + part[1:] for part in shape.split("."))
    return model(re.sub(r"[^A-Za-z]", "", name))


def valid_resources(patient: str) -> dict[str, dict[str, Any]]:
    """Resource type -> its smallest valid resource, for all types that have one."""
    found = {type_: smallest(type_, patient) for type_ in sorted(RESOURCE_TYPES)}
    return {type_: made for type_, made in found.items() if made is not None}
