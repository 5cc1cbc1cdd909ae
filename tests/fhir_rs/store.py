"""A record with a few resources, put there as the importer would, and grants to look at it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from inspect import signature
from typing import Any

from sqlalchemy import Engine

from fhir_rs.db import writing
from fhir_rs.enforcement.description import describe
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.models import relabeling, storing
from heart_uma.kinds import TYPE_KINDS
from heart_uma.label_systems import SENSITIVITY_SYSTEM
from tests.fhir_rs.fake_as import BASE, FakeAs
from tests.fhir_rs.protected import RECORD, Protected

ALICE = {"reference": "Patient/alice"}
SNOMED = "http://snomed.info/sct"
VITALS = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "vital-signs",
        }
    ]
}


def coded(text: str, code: str = "", system: str = SNOMED) -> dict[str, Any]:
    concept: dict[str, Any] = {"text": text}
    if code:
        concept["coding"] = [{"system": system, "code": code}]
    return concept


def condition(id_: str, text: str, code: str = "", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": id_,
        "subject": ALICE,
        "code": coded(text, code),
    } | more


def observation(id_: str, text: str, value: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": id_, "status": "final", "code": coded(text),
        "subject": ALICE, "valueQuantity": {"value": value, "unit": "kg"},
    } | more  # fmt: skip


def labelled(resource: dict[str, Any], *codes: str) -> dict[str, Any]:
    security = [{"system": SENSITIVITY_SYSTEM, "code": code} for code in codes]
    return resource | {"meta": {"security": security}}


PATIENT = {
    "resourceType": "Patient", "id": "alice", "name": [{"given": ["Alice"], "family": "Moreno"}],
    "birthDate": "1974-05-02",
}  # fmt: skip
RECORDS: list[dict[str, Any]] = [
    PATIENT,
    {"resourceType": "Practitioner", "id": "bob", "name": [{"family": "Chen"}]},
    {"resourceType": "Practitioner", "id": "unseen", "name": [{"family": "Hidden"}]},
    condition("c1", "Diabetes", "44054006", recorder={"reference": "Practitioner/bob"}),
    condition("c2", "Drug abuse", "26416006", recorder={"reference": "Practitioner/unseen"}),
    observation("a1", "HbA1c", 7.5, effectiveDateTime="2024-03-01"),
    labelled(observation("a2", "PEth", effectiveDateTime="2024-04-01"), "ETH"),
    observation("v1", "Weight", 80, category=[VITALS], effectiveDateTime="2025-01-05"),
    {
        "resourceType": "MedicationRequest", "id": "m1", "status": "stopped", "intent": "order",
        "subject": ALICE, "medicationCodeableConcept": {"text": "Revia, stopped 2020"},
    },
]  # fmt: skip


def put(engine: Engine, record: str, resources: Iterable[dict[str, Any]]) -> None:
    """Store resources as the importer does."""
    more: Any = {}
    if "bases" in signature(describe).parameters:
        # The tests of faults run on the code before as well, which knew no bases.
        more = {"bases": (f"{BASE}/r/{record}", BASE)}
    with writing(engine) as connection:
        made = [
            describe(
                json.dumps(r), r, labeling_rules(), id_=r["id"], version=1, updated=10**15, **more
            )
            for r in resources
        ]
        storing.add(connection, record, made)
        relabeling.settle(connection, record)


def filled(site: Protected, resources: Iterable[dict[str, Any]] = ()) -> Protected:
    put(site.app.engine, RECORD, list(resources) or RECORDS)
    return site


def everything(
    fake: FakeAs, *labels: str, action: str = "read", **limits: Any
) -> list[dict[str, Any]]:
    """Permissions for every kind, with the same label scopes and limits."""
    more = {"heart_uma_limits": limits} if limits else {}
    pairs = [(t, k) for t, kinds in TYPE_KINDS.items() for k in kinds] + [("Resource", "other")]
    return [fake.permission(t, k, f"patient/{t}.{action}", *labels, **more) for t, k in pairs]
