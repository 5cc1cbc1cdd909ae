"""Whose a resource is, by the elements that HL7 says it is about."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_rs.enforcement.compartment import owners
from fhir_rs.enforcement.facts import references_of
from fhir_rs.enforcement.owning import owner_reference, owning
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.tables import shapes
from heart_uma.kinds import TYPE_KINDS

ALICE, BOB = {"reference": "Patient/alice"}, {"reference": "Patient/bob"}
# As they were named by hand before HL7's tables said it, in this order.
NAMES = ("patient", "subject", "beneficiary", "individual", "for")


def test_the_elements_are_those_that_were_named_by_hand() -> None:
    by_hand = {}
    for type_ in RESOURCE_TYPES:
        shape = shapes()[type_]
        named = [n for n in NAMES if shape.get(n, "").startswith("Reference")]
        by_hand[type_] = tuple(named)
    found = {type_: owning(type_) for type_ in RESOURCE_TYPES}
    assert {t: found[t] for t in found if found[t] != by_hand[t]} == {
        "EnrollmentRequest": ("candidate",)
    }


def test_every_kind_of_record_says_whose_it_is() -> None:
    assert {type_ for type_ in TYPE_KINDS if not owning(type_)} == {"Patient"}


@pytest.mark.parametrize(
    ("resource", "whose"),
    [
        ({"resourceType": "Observation", "subject": ALICE, "performer": [BOB]}, {"Patient/alice"}),
        ({"resourceType": "Observation", "subject": {"reference": "Group/g"}, "focus": [ALICE]},
         set()),
        ({"resourceType": "Task", "for": ALICE, "requester": BOB}, {"Patient/alice"}),
        ({"resourceType": "Coverage", "beneficiary": ALICE, "subscriber": BOB}, {"Patient/alice"}),
        ({"resourceType": "EnrollmentRequest", "candidate": ALICE}, {"Patient/alice"}),
        # Where it goes is not whom it is about.
        ({"resourceType": "SupplyRequest", "deliverTo": ALICE, "requester": BOB},
         {"Patient/alice", "Patient/bob"}),
        ({"resourceType": "Provenance", "target": [ALICE]}, {"Patient/alice"}),
        ({"resourceType": "Provenance", "target": [ALICE, BOB]}, {"Patient/alice", "Patient/bob"}),
        ({"resourceType": "Patient", "id": "alice", "link": [{"other": BOB}]}, {"Patient/alice"}),
    ],
)  # fmt: skip
def test_owners(resource: dict[str, Any], whose: set[str]) -> None:
    assert owners(resource, references_of(resource)) == whose


def test_a_focus_confers_nothing() -> None:
    assert owner_reference({"resourceType": "Observation", "focus": [ALICE]}) is None
