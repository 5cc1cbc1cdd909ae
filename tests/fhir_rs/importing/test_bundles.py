"""Bundles of every type by their rules, and Bundles in Bundles and in lines of NDJSON."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from fhir_rs.db import writing
from fhir_rs.models.resource import Resource as Resource_
from tests.fhir_rs.importing.exports import (
    HIV_BIT,
    Resource,
    bundle,
    collection,
    condition,
    entry,
    held,
    link,
    medicine,
    ndjson,
    observation,
    patient,
    record_of,
    run,
    write,
)

EMR = "https://emr.example/fhir"


def weight(number: int, value: float, day: int | None = None) -> Resource:
    meta: dict[str, Any] = {"versionId": str(number)}
    if day is not None:
        meta["lastUpdated"] = f"2024-01-{day:02}T00:00:00Z"
    return observation("w", meta=meta, valueQuantity={"value": value, "unit": "/min"})


def change(resource: Resource) -> dict[str, Any]:
    address = f"{resource['resourceType']}/{resource['id']}"
    return entry(resource, request={"method": "PUT", "url": address})


def deletion(url: str, **response: str) -> dict[str, Any]:
    return entry(
        None, request={"method": "DELETE", "url": url}, response={"status": "204"} | response
    )


@pytest.mark.fault("3.10")
@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
@pytest.mark.parametrize("files", ["one", "pages"])
def test_the_newest_version_of_a_history_wins(
    engine: Engine, tmp_path: Path, order: tuple[int, ...], files: str
) -> None:
    versions = [weight(3, 93, 3), weight(2, 80, 2), weight(1, 71, 1)]
    entries = [change(versions[place]) for place in order]
    if files == "one":
        write(tmp_path, h__json=bundle([change(patient()), *entries], "history"))
    else:
        write(tmp_path, p__json=patient())
        for number, each in enumerate(entries):
            write(tmp_path, **{f"page{number}__json": bundle([each], "history")})
    report = run(engine, tmp_path)
    assert report.refused == []
    assert held(engine).body("Observation/w")["valueQuantity"]["value"] == 93
    assert held(engine).one("Observation/w").version == 1
    assert run(engine, tmp_path).unchanged == 2


@pytest.mark.parametrize("told", ["versionId", "lastUpdated", "etag", "place"])
@pytest.mark.parametrize("newest", [pytest.param("first", marks=pytest.mark.fault("3.10")), "last"])
def test_what_tells_a_version(engine: Engine, tmp_path: Path, told: str, newest: str) -> None:
    entries = [change(weight(10, 93, 2)), change(weight(9, 71, 1))]
    if newest == "last":
        entries.reverse()
    for each in entries:
        meta = each["resource"].pop("meta")
        if told == "etag":
            each["response"] = {"status": "200", "etag": f'W/"{meta["versionId"]}"'}
        elif told != "place":
            each["resource"]["meta"] = {told: meta[told]}
    write(tmp_path, h__json=bundle([change(patient()), *entries], "history"))
    run(engine, tmp_path)
    # Where nothing else tells, a history has its newest first.
    wanted = 71 if (told, newest) == ("place", "last") else 93
    assert held(engine).body("Observation/w")["valueQuantity"]["value"] == wanted


@pytest.mark.fault("3.10")
@pytest.mark.parametrize(
    "url", ["Observation/w", f"{EMR}/Observation/w", "Observation/w/_history/4"]
)
@pytest.mark.parametrize("known", [False, True])
def test_what_a_history_deleted_is_not_there(
    engine: Engine, tmp_path: Path, url: str, known: bool
) -> None:
    if known:
        write(tmp_path / "x", p__json=collection(patient(), weight(3, 93)))
        run(engine, tmp_path)
    gone = deletion(url, etag='W/"4"')
    entries = [change(weight(2, 80)), gone, change(weight(3, 93)), change(patient())]
    write(tmp_path / "x", p__json=bundle(entries, "history"))
    report = run(engine, tmp_path)
    assert report.refused == []
    assert set(held(engine).of(record_of(report, "Nord"))) == {"Patient/p"}
    assert report.deleted == int(known)


@pytest.mark.fault("3.10")
def test_what_came_back_after_a_deletion_is_there(engine: Engine, tmp_path: Path) -> None:
    entries = [
        change(weight(3, 93)),
        deletion("Observation/w", etag='W/"2"'),
        change(weight(1, 71)),
    ]
    write(tmp_path, h__json=bundle([change(patient()), *entries], "history"))
    report = run(engine, tmp_path)
    assert report.refused == []
    assert held(engine).body("Observation/w")["valueQuantity"]["value"] == 93
    assert report.deleted == 0


def test_a_deleted_patient_and_a_deletion_in_a_transaction_delete_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    write(tmp_path / "x", p__json=collection(patient(), weight(1, 71)))
    run(engine, tmp_path)
    write(
        tmp_path / "x",
        q__json=bundle([deletion("Patient/p")], "history"),
        r__json=bundle([deletion("Observation/w")], "transaction"),
    )
    report = run(engine, tmp_path)
    assert len(report.refused) == 2
    assert set(held(engine).of(record_of(report, "Nord"))) == {"Patient/p", "Observation/w"}


@pytest.mark.fault("3.16")
@pytest.mark.parametrize(
    "inner", ["searchset", "collection", "batch-response", "transaction", "batch", "message"]
)
@pytest.mark.parametrize("depth", [1, 2, 15])
def test_bundles_in_bundles_are_unpacked(
    engine: Engine, tmp_path: Path, inner: str, depth: int
) -> None:
    one = bundle([entry(patient(), f"{EMR}/Patient/p")], inner)
    two = bundle([entry(medicine("m", f"{EMR}/Condition/c", f"{EMR}/Patient/p"))], inner)
    three = bundle([entry(condition("c"), f"{EMR}/Condition/c")], inner)
    for _ in range(depth - 1):
        one, two, three = (bundle([entry(each)], "batch-response") for each in (one, two, three))
    write(tmp_path, r__json=bundle(map(entry, (one, two, three)), "batch-response"))
    report = run(engine, tmp_path)
    assert (report.accepted, report.refused) == (3, [])
    [record] = report.records
    assert set(held(engine).of(record.record)) == {
        "Patient/p", "Condition/c", "MedicationRequest/m",
    }  # fmt: skip
    assert held(engine).one("MedicationRequest/m").labels == HIV_BIT


@pytest.mark.fault("3.16")
def test_lines_that_are_bundles_are_unpacked(engine: Engine, tmp_path: Path) -> None:
    lines = [
        collection(patient(), observation("a")),
        collection(observation("b")),
        patient("q", "Q"),
    ]
    write(tmp_path, all__ndjson=ndjson(*lines))
    report = run(engine, tmp_path)
    assert (report.accepted, report.refused) == (4, [])
    assert set(held(engine).of(record_of(report, "Nord"))) == {
        "Patient/p", "Observation/a", "Observation/b",
    }  # fmt: skip


@pytest.mark.fault("3.16")
def test_a_document_keeps_its_composition(engine: Engine, tmp_path: Path) -> None:
    composition = {
        "resourceType": "Composition", "id": "d", "status": "final", "type": {"text": "Summary"},
        "date": "2024-01-01", "title": "Summary", "author": [{"display": "x"}],
        "subject": link("urn:uuid:p"), "section": [{"entry": [link("urn:uuid:c")]}],
    }  # fmt: skip
    found = [composition, patient(), condition("c", subject="urn:uuid:p")]
    document = bundle((entry(r, f"urn:uuid:{r['id']}") for r in found), "document")
    write(tmp_path, all__ndjson=ndjson(document | {"id": "b1"}))
    report = run(engine, tmp_path)
    assert set(held(engine).of(record_of(report, "Nord"))) == {
        "Composition/d", "Patient/p", "Condition/c",
    }  # fmt: skip


def test_how_a_request_went_is_not_kept(engine: Engine, tmp_path: Path) -> None:
    outcome = {
        "resourceType": "OperationOutcome", "id": "o",
        "issue": [{"severity": "error", "code": "processing"}],
    }  # fmt: skip
    patch = {"resourceType": "Binary", "id": "b", "contentType": "application/json-patch+json"}
    entries = [
        entry(outcome, search={"mode": "outcome"}),
        entry(outcome, response={"status": "404 Not Found"}),
        entry(patch, request={"method": "PATCH", "url": "Patient/p"}),
        entry(None, request={"method": "GET", "url": "Patient/p"}),
        entry(patient()),
    ]
    write(tmp_path, r__json=bundle(entries, "batch-response"))
    report = run(engine, tmp_path)
    assert report.accepted == 1
    assert all("holds no resource to keep" in reason for _, _, reason in report.refused)
    assert len(report.refused) == 4


def test_a_bundle_of_one_patient_says_whose_the_rest_is(engine: Engine, tmp_path: Path) -> None:
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"text": "Dr. Ash"}]}
    inside = bundle(map(entry, [patient("p", "Nord"), doctor]), "searchset")
    other = bundle(map(entry, [patient("q", "Sued")]), "searchset")
    write(tmp_path, r__json=bundle(map(entry, [inside, other]), "batch-response"))
    report = run(engine, tmp_path)
    assert set(held(engine).of(record_of(report, "Nord"))) == {"Patient/p", "Practitioner/d"}
    assert set(held(engine).of(record_of(report, "Sued"))) == {"Patient/q"}


def test_what_is_the_same_is_still_described_by_todays_rules(
    engine: Engine, tmp_path: Path
) -> None:
    write(tmp_path, b__json=collection(patient(), condition("c"), medicine("m", "Condition/c")))
    run(engine, tmp_path)
    with writing(engine) as connection:
        connection.execute(update(Resource_).values(rules="older", labels=0, sensitivity=""))
    assert run(engine, tmp_path).unchanged == 3
    for address in ("Condition/c", "MedicationRequest/m"):
        assert (held(engine).one(address).version, held(engine).one(address).labels) == (1, HIV_BIT)


@pytest.mark.fault("B14")
def test_a_source_that_drops_its_labels_does_not_lower_them(engine: Engine, tmp_path: Path) -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
    first = condition("c", "38341003", meta={"security": [label]})
    write(tmp_path / "x", b__json=collection(patient(), first))
    run(engine, tmp_path)
    later = condition("c", "38341003", note=[{"text": "seen"}])
    write(tmp_path / "x", b__json=collection(patient(), later, medicine("m", "Condition/c")))
    run(engine, tmp_path)
    row = held(engine).one("Condition/c")
    assert (row.version, row.labels) == (2, HIV_BIT)
    codes = {coding["code"] for coding in json.loads(row.body)["meta"]["security"]}
    assert codes == {"HIV", "R"}
    # What refers to it only now is labelled as well.
    assert held(engine).one("MedicationRequest/m").labels == HIV_BIT
