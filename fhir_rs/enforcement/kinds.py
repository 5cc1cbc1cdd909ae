"""What kind of record a resource is, in the patient's words: total, stored at write."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from fhir_rs.enforcement.grant import OTHER_TYPE
from heart_uma.kinds import DIRECTORY_TYPES, TYPE_KINDS

DIRECTORY = "directory"
"""The kind of people and places: no permission of its own, counted apart."""

OTHER_SLOT = f"{OTHER_TYPE}:other"
HELD_SLOT = "Binary:"
"""The slot of a Binary that is content of something begins so; its holder's slot follows."""

_CLINICAL_NOTE = "clinical-note"
_VITAL_SIGNS = "vital-signs"
# LOINC document types that make a DiagnosticReport a note rather than a result.
_NOTE_CODES = frozenset(
    {"34117-2", "51847-2", "11506-3", "11488-4", "18842-5", "28570-0", "34746-8", "34133-9"}
)


def category_codes(resource: Mapping[str, Any]) -> Iterator[str]:
    """Every code of `category`, whether it is one concept or a list; none of any other JSON."""
    for concept in _objects(resource.get("category")):
        for coding in _objects(concept.get("coding")):
            if isinstance(coding.get("code"), str):
                yield coding["code"]


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    # A kind is asked for before a resource is validated: what is no object or list is passed over.
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, Mapping):
            yield each


def kind_of(resource: Mapping[str, Any]) -> str:
    """The kind of `resource`; defined for every JSON object, valid or not.

    >>> kind_of({"resourceType": "Condition"}), kind_of({"resourceType": "Questionnaire"})
    ('conditions', 'other')
    """
    type_ = str(resource.get("resourceType"))
    if type_ in DIRECTORY_TYPES:
        return DIRECTORY
    codes = set(category_codes(resource))
    if type_ == "Observation":
        return "vitals" if _VITAL_SIGNS in codes else "results"
    if type_ == "DiagnosticReport":
        return "documents" if codes & _NOTE_CODES else "results"
    if type_ == "DocumentReference":
        return "visits" if _CLINICAL_NOTE in codes else "documents"
    return TYPE_KINDS.get(type_, ("other",))[0]


def kinds_of(type_: str) -> tuple[str, ...]:
    """Every kind a resource of `type_` can be."""
    return (DIRECTORY,) if type_ in DIRECTORY_TYPES else TYPE_KINDS.get(type_, ("other",))


def kinds_by_category(type_: str, codes: Collection[str]) -> frozenset[str]:
    """The kinds that resources of `type_` with one of these category codes can have.

    A code narrows them only when it decides: a resource has many categories, and what has one
    that says nothing of its kind may have another that does.
    """
    every = frozenset(kinds_of(type_))
    undecided = kind_of({"resourceType": type_})
    kinds = {
        kind_of({"resourceType": type_, "category": [{"coding": [{"code": code}]}]})
        for code in codes
    }
    return every if undecided in kinds else frozenset(kinds)


def registered_type(type_: str, kind: str) -> str:
    """The type under which (type, kind) is registered."""
    return OTHER_TYPE if kind == "other" else type_


def slot_of(type_: str, kind: str) -> str:
    """The registered resource a record belongs to, as one word: the unit permissions speak of."""
    return f"{registered_type(type_, kind)}:{kind}"
