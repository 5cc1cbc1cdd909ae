"""The price of deciding alone: `assess` on 10 policies and 20 resources, no database, no HTTP."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from as_server.policy.assessment import assess
from as_server.policy.model import (
    AccessRequest,
    Granted,
    Party,
    RequestedResource,
    SharingPolicy,
    What,
    Who,
    WhoLevel,
)
from bench.timing import spread
from heart_uma.scopes import is_base, resource_scope, resource_scopes

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECORD = "https://rs.example/fhir/r/abcdefghijklmnopqrstuv"
# A record as the resource server registers it: twenty of its (type, kind) slices.
SLICES = (
    ("Patient", "about"),
    ("RelatedPerson", "about"),
    ("Condition", "conditions"),
    ("FamilyMemberHistory", "conditions"),
    ("MedicationRequest", "medicines"),
    ("MedicationStatement", "medicines"),
    ("MedicationDispense", "medicines"),
    ("MedicationAdministration", "medicines"),
    ("AllergyIntolerance", "allergies"),
    ("Observation", "results"),
    ("Observation", "vitals"),
    ("DiagnosticReport", "results"),
    ("DiagnosticReport", "documents"),
    ("Specimen", "results"),
    ("Immunization", "vaccines"),
    ("Encounter", "visits"),
    ("DocumentReference", "visits"),
    ("DocumentReference", "documents"),
    ("Procedure", "procedures"),
    ("ImagingStudy", "procedures"),
)


def request() -> AccessRequest:
    """A family doctor asks to read all of it, with every label scope as a ticket has them."""
    resources = []
    for fhir_type, kind in SLICES:
        registered = frozenset(resource_scopes(fhir_type))
        labels = frozenset(s for s in registered if not is_base(s) and s != "btg")
        asked = labels | {resource_scope(fhir_type, "read")}
        name = f"{fhir_type}-{kind}"
        resources.append(RequestedResource(name, fhir_type, kind, RECORD, registered, asked))
    party = Party("bob", role="family_doctor", organization="Cedar Valley", clinician=True)
    return AccessRequest(tuple(resources), party, purpose="TREAT")


def policies() -> list[SharingPolicy]:
    """Ten rules of an owner who shares a lot: six of them concern this party."""

    def rule(name: str, level: WhoLevel, value: str, what: What, **more: object) -> SharingPolicy:
        return SharingPolicy(id=name, state="on", who=Who(level, value), what=what, **more)  # type: ignore[arg-type]

    kinds = frozenset({"conditions", "medicines", "results"})
    named = (f"{RECORD}/Condition/one", f"{RECORD}/Condition/two")
    person, group = WhoLevel.PERSON, WhoLevel.ORGANIZATION
    return [
        rule("a", person, "bob", What(everything=True, topics=frozenset({"GDIS"})), why=("TREAT",)),
        rule("b", WhoLevel.ROLE, "family_doctor", What(kinds=kinds)),
        rule("c", group, "Cedar Valley", What(kinds=frozenset({"vaccines"}))),
        rule("d", WhoLevel.ANYONE, "", What(everything=True), ask_me=True),
        rule("e", person, "bob", What(topics=frozenset({"PSY"})), effect="deny"),
        rule("f", person, "bob", What(include=named)),
        rule("g", person, "dana", What(kinds=kinds, topics=frozenset({"PSY", "ETH"}))),
        rule("h", person, "sam", What(kinds=kinds)),
        rule("i", group, "River State", What(kinds=frozenset({"results", "vitals"}))),
        rule("j", person, "vic", What(everything=True), effect="deny"),
    ]


def microseconds(seconds: float) -> dict[str, float]:
    """p50, p95 and p99 of single calls, in microseconds of CPU time of this process."""
    asked, rules = request(), policies()
    found = assess(asked, rules, NOW)
    if not isinstance(found, Granted) or len({e.resource_id for e in found.entries}) != len(SLICES):
        raise RuntimeError("the benchmark's own rules do not grant what they should")
    times: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.process_time_ns()
        assess(asked, rules, NOW)
        times.append((time.process_time_ns() - began) / 1e3)
    return spread(times)
