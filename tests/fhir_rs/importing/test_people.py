"""A record is one Patient of one source, whatever files and folders are called."""

from __future__ import annotations

import hashlib
import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col

from fhir_rs.db import reading, writing
from fhir_rs.models.record import Record, by_source, of_claim_code
from tests.fhir_rs.importing.exports import (
    bundle,
    collection,
    entry,
    held,
    identified,
    ndjson,
    observation,
    patient,
    record_of,
    run,
    write,
)

NORTH, SOUTH = identified("urn:mrn:north", "77-n"), identified("urn:mrn:south", "77-s")


def many(number: int, **more: Any) -> list[dict[str, Any]]:
    return [observation(f"o{n}", "Patient/1", **more) for n in range(number)]


@pytest.mark.parametrize("count", [1, pytest.param(210, marks=pytest.mark.fault("3.1"))])
def test_two_sources_that_call_somebody_alike_are_two_records(
    engine: Engine, tmp_path: Path, count: int
) -> None:
    for source, name, ids in (("north", "Nord", NORTH), ("south", "Sued", SOUTH)):
        write(
            tmp_path / source / "downloads",
            **{
                "1__Observation__ndjson": ndjson(*many(count)),
                "1__Patient__ndjson": ndjson(patient("1", name, **ids)),
            },
        )
    north = run(engine, tmp_path / "north")
    south = run(engine, tmp_path / "south")
    assert (len(north.records), len(south.records)) == (1, 1)
    assert record_of(north, "Nord") != record_of(south, "Sued")
    assert south.records[0].claim_code
    for report in (north, south):
        assert len(held(engine).of(report.records[0].record)) == count + 1


@pytest.mark.fault("3.1")
@pytest.mark.parametrize("file", ["p__json", "zz__ndjson"])
def test_a_folder_of_the_same_name_is_not_the_same_source(
    engine: Engine, tmp_path: Path, file: str
) -> None:
    for clinic, name in (("clinic-a", "Ann"), ("clinic-b", "Ben")):
        person = patient("1", name, birthDate=f"19{len(name)}0-01-01")
        write(
            tmp_path / clinic / "export", **{file: person, "a__json": observation("o", "Patient/1")}
        )
    ann, ben = run(engine, tmp_path / "clinic-a"), run(engine, tmp_path / "clinic-b")
    assert record_of(ann, "Ann") != record_of(ben, "Ben")
    assert held(engine).of(record_of(ann, "Ann"))["Patient/1"].version == 1


@pytest.mark.fault("3.1")
def test_people_of_whom_nothing_is_said_are_never_joined(engine: Engine, tmp_path: Path) -> None:
    nameless = {"resourceType": "Patient", "id": "1"}
    for clinic, value in (("a", 70), ("b", 80)):
        weight = observation("o", "Patient/1", valueQuantity={"value": value})
        for folder, files in (("with", (nameless, weight)), ("without", (weight,))):
            write(tmp_path / clinic / folder / "export", **{"all__ndjson": ndjson(*files)})
    for folder in ("with", "without"):
        one, two = (run(engine, tmp_path / clinic / folder) for clinic in ("a", "b"))
        assert one.records[0].record != two.records[0].record
        # The same files again are known, from wherever.
        again = run(engine, (tmp_path / "b" / folder).rename(tmp_path / f"b-{folder}"))
        assert again.records[0].record == two.records[0].record
        assert (again.unchanged, again.records[0].claim_code) == (again.accepted, "")


@pytest.mark.fault("3.1")
def test_the_same_patient_from_another_folder_is_the_same_record(
    engine: Engine, tmp_path: Path
) -> None:
    pairs = [{"system": f"urn:s{n}", "value": str(n)} for n in range(3)]
    first = None
    for number, identifiers in enumerate(permutations(pairs)):
        folder = write(
            tmp_path / f"export-{number}",
            **{
                "1__Observation__ndjson": ndjson(*many(201)),
                f"{number}__Patient__ndjson": ndjson(patient("1", identifier=list(identifiers))),
            },
        )
        [found] = run(engine, folder).records
        first = first or found.record
        assert found.record == first
        assert bool(found.claim_code) == (number == 0)


@pytest.mark.fault("3.1")
def test_a_source_may_add_an_identifier_and_drop_another(engine: Engine, tmp_path: Path) -> None:
    one, two, three = ({"system": f"urn:{n}", "value": "v"} for n in "abc")
    records = set()
    for number, identifiers in enumerate(([one], [one, two], [three, two], [three])):
        folder = write(tmp_path / str(number), p__json=patient("1", identifier=identifiers))
        records.add(run(engine, folder).records[0].record)
    assert len(records) == 1


@pytest.mark.fault("3.1")
@pytest.mark.parametrize("kind", ["bundles", "ndjson", "nested"])
def test_two_people_under_one_id_in_one_folder_are_told_apart_and_refused(
    engine: Engine, tmp_path: Path, kind: str
) -> None:
    ann = [patient("1", "Ann", birthDate="1970-01-01", **NORTH), observation("a", "Patient/1")]
    ben = [patient("1", "Ben", birthDate="1980-01-01", **SOUTH), observation("b", "Patient/1")]
    if kind == "nested":
        both = [entry(bundle(map(entry, each), "searchset")) for each in (ann, ben)]
        write(tmp_path / "x", all__json=bundle(both, "batch-response"))
    elif kind == "bundles":
        write(tmp_path / "x", a__json=collection(*ann), b__json=collection(*ben))
    else:
        write(tmp_path / "x", a__ndjson=ndjson(*ann), b__ndjson=ndjson(*ben))
    write(tmp_path / "x", whose__json=observation("c", "Patient/1"))
    report = run(engine, tmp_path)
    [record] = [r.record for r in report.records]
    assert set(held(engine).of(record)) == {"Patient/1", "Observation/a"}
    reasons = [reason for _, _, reason in report.refused]
    assert len(reasons) == 3
    assert all("Ann" in reason and "Ben" in reason for reason in reasons)
    assert run(engine, tmp_path).records[0].record == record


def test_one_patient_in_several_files_is_no_contradiction(engine: Engine, tmp_path: Path) -> None:
    whole = patient("1", "Ann", birthDate="1970-01-01", **NORTH)
    married = patient("1", "Lee", birthDate="1970-01-01", **NORTH)
    write(
        tmp_path,
        a__json=collection(whole),
        b__json=collection(married, observation("o", "Patient/1")),
    )
    report = run(engine, tmp_path)
    assert report.refused == []
    assert len(report.records) == 1


def old_key(scope: str, address: str) -> str:
    """As the first release made it."""
    return hashlib.sha256(f"{scope}\n{address}".encode()).hexdigest()


@pytest.mark.parametrize(
    ("person", "scope"),
    [
        (patient("1", identifier=[{"system": "b", "value": "2"}, {"system": "a", "value": "1"}]),
         "identifier b|2"),
        (patient("1", identifier=[{"system": "b", "value": "2"}, {"system": "a", "value": "1"}]),
         "identifier a|1"),
        (patient("1", **NORTH), "folder downloads"),
        (patient("1", birthDate="1970-01-01"), "folder downloads"),
        ({"resourceType": "Patient", "id": "1"}, "folder downloads"),
        (None, "folder downloads"),
    ],
)  # fmt: skip
def test_a_record_of_the_first_release_is_found_again(
    engine: Engine, tmp_path: Path, person: dict[str, Any] | None, scope: str
) -> None:
    resources = [*([person] if person else []), observation("o", "Patient/1")]
    folder = write(tmp_path / "downloads", a__ndjson=ndjson(*resources))
    [first] = run(engine, folder).records
    with writing(engine) as connection:
        connection.execute(
            update(Record)
            .where(col(Record.id) == first.record)
            .values(source_key=old_key(scope, "Patient/1"))
        )
    for _ in range(2):
        report = run(engine, folder)
        assert [(r.record, r.claim_code) for r in report.records] == [(first.record, "")]
        assert report.unchanged == len(resources)
    with reading(engine) as connection:
        assert of_claim_code(connection, first.claim_code) == first.record
        # Whoever is known is found by the new key from then on.
        rekeyed = by_source(connection, old_key(scope, "Patient/1")) is None
    assert rekeyed == bool(person and "name" in person)


def test_an_old_record_of_a_folder_is_not_given_to_somebody_else(
    engine: Engine, tmp_path: Path
) -> None:
    ann = write(tmp_path / "a" / "export", p__json=patient("1", "Ann", birthDate="1970-01-01"))
    [first] = run(engine, ann).records
    with writing(engine) as connection:
        connection.execute(update(Record).values(source_key=old_key("folder export", "Patient/1")))
    ben = write(tmp_path / "b" / "export", p__json=patient("1", "Ben", birthDate="1980-01-01"))
    assert run(engine, ben).records[0].record != first.record
    assert json.loads(held(engine).of(first.record)["Patient/1"].body)["name"][0]["family"] == "Ann"


@pytest.mark.parametrize("same", [True, False])
def test_a_patient_that_the_first_release_refused_has_her_record_still(
    engine: Engine, tmp_path: Path, same: bool
) -> None:
    weight = observation("o", "Patient/1", valueQuantity={"value": 70})
    [first] = run(engine, write(tmp_path / "a" / "export", o__json=weight)).records
    with writing(engine) as connection:
        connection.execute(update(Record).values(source_key=old_key("folder export", "Patient/1")))
    if not same:
        weight = observation("o", "Patient/1", valueQuantity={"value": 80})
    whole = write(tmp_path / "b" / "export", o__json=weight, p__json=patient("1", "Ann"))
    [found] = run(engine, whole).records
    assert (found.record == first.record) == same
    assert found.patient_name == "Ann"
    assert run(engine, whole).records[0].record == found.record


@pytest.mark.fault("3.1")
def test_one_resource_in_common_does_not_make_two_sources_one(
    engine: Engine, tmp_path: Path
) -> None:
    records = set()
    for clinic, value in (("a", 70), ("b", 80)):
        own = [observation(f"o{n}", "Patient/1", valueQuantity={"value": value}) for n in range(3)]
        folder = write(
            tmp_path / clinic / "export",
            a__ndjson=ndjson(observation("a", "Patient/1"), *own),
        )
        records.add(run(engine, folder).records[0].record)
        assert run(engine, folder).records[0].claim_code == ""
    assert len(records) == 2


@pytest.mark.fault("3.1")
def test_what_belongs_to_nobody_is_not_joined_by_a_folders_name(
    engine: Engine, tmp_path: Path
) -> None:
    for clinic, name in (("a", "Dr. Ash"), ("b", "Dr. Birch")):
        doctor = {"resourceType": "Practitioner", "id": "1", "name": [{"text": name}]}
        write(tmp_path / clinic / "export", d__json=doctor)
    one, two = (run(engine, tmp_path / clinic).records[0] for clinic in ("a", "b"))
    assert one.record != two.record
    assert run(engine, tmp_path / "a").records[0].record == one.record
