"""Short ways to say a policy and a request in the tests of the pure room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from as_server.policy.assessment import assess
from as_server.policy.model import (
    AccessRequest,
    Granted,
    Party,
    RequestedResource,
    SharingPolicy,
    What,
    When,
    Who,
    WhoLevel,
)
from heart_uma.scopes import resource_scope, resource_scopes

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECORD = "https://rs.test/fhir/r/abcdefghijklmnopqrstuv"
BOB = Party("bob", role="family_doctor", organization="Cedar", clinician=True)
SAM = Party("sam", role="family")
PEOPLE = {
    "person": Who(WhoLevel.PERSON, "bob"),
    "role": Who(WhoLevel.ROLE, "family_doctor"),
    "organization": Who(WhoLevel.ORGANIZATION, "Cedar"),
    "anyone": Who(WhoLevel.ANYONE),
    "nobody": Who(),
}
KIND_OF = {
    "Condition": "conditions",
    "MedicationRequest": "medicines",
    "AllergyIntolerance": "allergies",
}


def url(record_id: str) -> str:
    return f"{RECORD}/{record_id}"


def rule(
    policy_id: str, who: str = "person", *, effect: str = "permit", **members: Any
) -> SharingPolicy:
    """A live policy; members of What and When may be given flat."""
    what = {k: members.pop(k) for k in list(members) if k in What.__dataclass_fields__}
    for name in ("kinds", "topics"):
        if name in what:
            what[name] = frozenset(what[name])
    when = When(members.pop("start", None), members.pop("end", None))
    return SharingPolicy(
        id=policy_id,
        state=members.pop("state", "on"),
        effect=effect,  # type: ignore[arg-type]
        who=PEOPLE[who],
        what=What(**what),
        when=when,
        **members,
    )


def resource(
    fhir_type: str = "Condition",
    kind: str | None = None,
    *,
    asked: frozenset[str] | None = None,
    access: str = "read",
) -> RequestedResource:
    """One slice of the record; asked for with one base scope and every label scope."""
    registered = frozenset(resource_scopes(fhir_type))
    labels = frozenset(s for s in registered if not s.startswith("patient/") and s != "btg")
    ticket = labels | {resource_scope(fhir_type, access)} if asked is None else asked  # type: ignore[arg-type]
    kind = kind or KIND_OF[fhir_type]
    return RequestedResource(f"{fhir_type}-{kind}", fhir_type, kind, RECORD, registered, ticket)


def ask(*resources: RequestedResource, party: Party | None = BOB, **members: Any) -> AccessRequest:
    return AccessRequest(resources or (resource(),), party, **members)


def granted(
    request: AccessRequest, *policies: SharingPolicy
) -> dict[tuple[str, str], frozenset[str]]:
    """(resource, policy) -> scopes; empty for every outcome but Granted."""
    found = assess(request, policies, NOW)
    if not isinstance(found, Granted):
        return {}
    return {(entry.resource_id, entry.policy): entry.scopes for entry in found.entries}
