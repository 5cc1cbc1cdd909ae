"""R4's own element types, ready to walk a resource by: what each member holds (data/r4/).

A walk by type and not by member name: free text stands in `conclusion`, `valueString` and a
hundred other members, and what is no text (a code, a unit, a name of a person) is told apart only
by its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import NamedTuple

from fhir_rs.enforcement import tables
from heart_uma.kinds import DIRECTORY_TYPES


class Holds(Enum):
    """What a member holds, as far as a walk cares."""

    NOTHING = "no text: a code, a number, a date, an address of the web"
    TEXT = "a string or markdown"
    NARRATIVE = "XHTML"
    BYTES = "base64: an attachment's content"
    OBJECT = "an element with members of its own"
    RESOURCE = "a resource: contained, or an entry of a Bundle"


class Member(NamedTuple):
    """One member of a shape: what it holds, its shape, and what it may refer to.

    `targets` is empty for what is no reference, and for a reference to any type.
    """

    holds: Holds
    shape: str = ""
    targets: tuple[str, ...] = ()
    carries: bool = False


_PRIMITIVES = {
    "string": Holds.TEXT,
    "markdown": Holds.TEXT,
    "xhtml": Holds.NARRATIVE,
    "base64Binary": Holds.BYTES,
}
# Names and addresses of people and things: a name must never label its bearer. Units say what a
# number is. Their extensions are walked like any other.
_UNREAD = frozenset(
    {
        "HumanName", "Address", "ContactPoint", "Identifier",
        "Quantity", "Age", "Count", "Distance", "Duration", "Money", "SimpleQuantity",
    }
)  # fmt: skip
_IN_UNREAD = frozenset({"Extension*", "Period"})
# A digest, a signature, samples of a curve, addresses of the web, and labels, which are read as
# labels.
_UNREAD_MEMBERS = frozenset(
    {
        ("Attachment", "hash"), ("Signature", "data"), ("SampledData", "data"),
        ("Meta", "security"), ("Reference", "reference"), ("Extension", "url"),
    }
)  # fmt: skip
# Whose it is, who did it, where and when it happened: that says nothing about what it is about.
_STRUCTURE = DIRECTORY_TYPES - {"Medication"} | {
    "Patient", "RelatedPerson", "Person", "Group", "Device", "Encounter", "EpisodeOfCare",
    "CareTeam", "Endpoint", "Account", "Schedule", "Slot", "Coverage", "InsurancePlan",
    "HealthcareService", "Appointment",
}  # fmt: skip
_STRUCTURAL = frozenset(
    {"subject", "patient", "for", "who", "onBehalfOf", "actor", "securityContext", "author",
     "valueReference", "sourceReference", "individual", "performer", "owner", "agent"}
)  # fmt: skip
_ANSWERS = "QuestionnaireResponse.item.answer"


@cache
def is_judged_apart(type_: str) -> bool:
    """True for a type that can belong to a patient: contained, it has a verdict of its own."""
    return bool(tables.compartment().get(type_)) and type_ not in DIRECTORY_TYPES


@cache
def shape_of(name: str) -> Mapping[str, Member]:
    """The members of a shape that a walk stops at; empty for a name that R4 does not know."""
    members = tables.shapes().get(name, {})
    if name in _UNREAD:
        members = {member: t for member, t in members.items() if t in _IN_UNREAD}
    return {
        member: _member(name, member, type_)
        for member, type_ in members.items()
        if (name, member) not in _UNREAD_MEMBERS
    }


@cache
def walk_of(name: str) -> Mapping[str, Member | None]:
    """As `shape_of`, with None for each member that R4 knows and a walk passes over."""
    stops = shape_of(name)
    return {
        member: stops.get(member) for member in ("resourceType", *tables.shapes().get(name, {}))
    }


def _member(shape: str, name: str, type_: str) -> Member:
    code, _, listed = type_.partition(":")
    code = code.rstrip("*")
    if code == "Resource":
        return Member(Holds.RESOURCE)
    if code in tables.shapes():
        targets = tuple(listed.split(",")) if listed else ()
        return Member(Holds.OBJECT, code, targets, code == "Reference" and _carries(shape, name))
    return Member(_PRIMITIVES.get(code, Holds.NOTHING))


def _carries(shape: str, name: str) -> bool:
    """True when what the target is about, the holder is about too (Security Labels, FHIR 6.1)."""
    if shape == _ANSWERS:
        return True
    targets = tables.shapes()[shape][name].partition(":")[2]
    if name in _STRUCTURAL:
        return False
    return not targets or bool(set(targets.split(",")) - _STRUCTURE)


@cache
def attachment_types() -> frozenset[str]:
    """The resource types with an element of type Attachment: what can hold a Binary."""
    return frozenset(
        shape.partition(".")[0]
        for shape, members in tables.shapes().items()
        if any(type_.rstrip("*") == "Attachment" for type_ in members.values())
    )
