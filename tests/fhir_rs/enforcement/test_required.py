"""What an interaction asks for is a function of the request."""

from __future__ import annotations

import pytest

from fhir_rs.enforcement.catalogue import SLICES
from fhir_rs.enforcement.grant import OWNER, Grant, grant_of
from fhir_rs.enforcement.required import for_everything, for_instance, for_search, for_write
from heart_uma.resources import Limits, Permission

REGISTERED = {f"{t}:{k}": (t, k) for t, k in SLICES}


def grant(*granted: tuple[str, str]) -> Grant:
    return grant_of((Permission(r, frozenset({s})) for r, s in granted), REGISTERED)


@pytest.mark.spec("HFU-8")
@pytest.mark.spec("HFU-9")
def test_every_kind_a_type_can_hold_is_asked_for() -> None:
    asked = [(n.type, n.kind, n.scope) for n in for_instance("read", "Observation").permissions]
    scope = "patient/Observation.read"
    assert asked == [("Observation", "results", scope), ("Observation", "vitals", scope)]
    assert [n.kind for n in for_search("Observation", {"vitals"}).permissions] == ["vitals"]
    assert for_instance("read", "Questionnaire").permissions == (
        ("Resource", "other", "patient/Resource.read"),
    )


@pytest.mark.spec("HFU-10")
def test_everything_is_one_permission_a_slice_unless_narrowed() -> None:
    assert {(n.type, n.kind) for n in for_everything().permissions} == set(SLICES)
    assert len(for_instance("read", "Practitioner").permissions) == len(SLICES)
    narrowed = for_everything({"Observation", "Questionnaire"}, {"vitals", "other"}).permissions
    assert {(n.type, n.kind) for n in narrowed} == {
        ("Observation", "vitals"),
        ("Resource", "other"),
    }
    # A listed type is never of the kind `other`, so that is not asked for on its behalf.
    of_type = for_everything({"Observation"}).permissions
    assert [n.kind for n in of_type] == ["results", "vitals"]
    assert {(n.type, n.kind) for n in for_everything({"Practitioner"}).permissions} == set(SLICES)


@pytest.mark.attack("FH-19")
def test_an_include_alone_opens_nothing() -> None:
    required = for_search("Observation", joined={"Patient", "Practitioner"})
    assert ("Patient", "about", "patient/Patient.read") in required.permissions
    assert len(required.permissions) == 3
    assert not required.satisfied_by(grant(("Patient:about", "patient/Patient.read")))
    assert required.satisfied_by(grant(("Observation:vitals", "patient/Observation.*")))
    assert required.satisfied_by(OWNER)


@pytest.mark.spec("HF-12")
def test_reading_is_not_writing() -> None:
    required = for_write("create", "Observation", "vitals")
    assert not required.satisfied_by(grant(("Observation:vitals", "patient/Observation.read")))
    assert required.satisfied_by(grant(("Observation:vitals", "patient/Observation.write")))
    # A scope of another type on this resource is no scope for it.
    assert not required.satisfied_by(grant(("Observation:vitals", "patient/Condition.write")))


@pytest.mark.attack("FH-77")
def test_unknown_ids_and_scopes_permit_nothing() -> None:
    found = grant_of(
        [
            Permission("unknown", frozenset({"patient/Observation.read"})),
            Permission("Observation:vitals", frozenset({"something/else"}), limits=Limits()),
        ],
        REGISTERED,
    )
    assert not for_instance("read", "Observation").satisfied_by(found)
    assert found.allowing("read") == ()
