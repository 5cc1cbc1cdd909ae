"""Every spelling of a reference means one thing in an import, in every kind of file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.fhir_rs.importing.exports import (
    HIV_BIT,
    PSY_BIT,
    Resource,
    bundle,
    condition,
    entry,
    held,
    identified,
    link,
    medicine,
    ndjson,
    observation,
    patient,
    record_of,
    referring,
    run,
    without_id,
    write,
)

EMR = "https://emr.example/fhir"
SPELLINGS = {
    "relative": "{}",
    "versioned": "{}/_history/2",
    "fragment": "{}#part",
    "slash": "/{}",
    "blank": " {} ",
    "absolute": EMR + "/{}",
    "absolute, versioned": EMR + "/{}/_history/1",
    "absolute, capitals": "HTTPS://EMR.Example/fhir/{}",
    "absolute, port": "https://emr.example:443/fhir/{}",
    "absolute, two slashes": EMR + "//{}",
    "absolute, dots": EMR + "/x/../{}",
    "absolute, without encryption": "http://emr.example/fhir/{}",
    "urn": "urn:uuid:{id}",
    "urn, capitals": "URN:UUID:{id}",
    "identifier": "{type}?identifier=urn:ids|{id}",
    "identifier, encoded": "{type}?identifier=urn%3Aids%7C{id}",
    "percent": "{type}%2F{id}",
}
KINDS = ["bundle", "bundle with full urls", "ndjson", "files", "ndjson.gz", "array", "line"]


def spelled(spelling: str, address: str) -> str:
    type_, _, id_ = address.partition("/")
    return SPELLINGS[spelling].format(address, type=type_, id=id_)


def put(folder: Path, kind: str, resources: list[Resource]) -> None:
    if kind == "bundle":
        write(folder, b__json=bundle(map(entry, resources)))
    elif kind == "bundle with full urls":
        entries = [entry(r, f"{EMR}/{r['resourceType']}/{r['id']}") for r in resources]
        write(folder, b__json=bundle(entries, "searchset"))
    elif kind == "files":
        write(folder, **{f"{r['resourceType']}-{r['id']}__json": r for r in resources})
    elif kind == "array":
        write(folder, all__json=json.dumps(resources))
    elif kind == "line":
        write(folder, all__ndjson=ndjson(bundle(map(entry, resources))))
    else:
        for type_ in {r["resourceType"] for r in resources}:
            text = ndjson(*(r for r in resources if r["resourceType"] == type_)).encode()
            name = f"1__{type_}__{kind.replace('.', '__')}"
            write(folder, **{name: gzip.compress(text) if kind.endswith(".gz") else text})


# What was right from the first release on.
_ALWAYS = {
    *((spelling, kind) for spelling in ("relative", "versioned", "fragment", "identifier")
      for kind in KINDS[:2]),
    *((spelling, KINDS[1]) for spelling in ("absolute", "absolute, versioned")),
    *((spelling, kind) for spelling in ("relative", "versioned") for kind in ("ndjson", "files")),
}  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "kind"),
    [
        pytest.param(
            spelling,
            kind,
            marks=[] if (spelling, kind) in _ALWAYS else pytest.mark.fault("3.3"),
        )
        for spelling in SPELLINGS
        for kind in KINDS
    ],
)
def test_every_spelling_in_every_kind_of_file_is_one_meaning(
    engine: Engine, tmp_path: Path, spelling: str, kind: str
) -> None:
    def ids(id_: str) -> dict[str, Any]:
        return identified("urn:ids", id_)

    hers = spelled(spelling, "Patient/p1")
    put(
        tmp_path / "x",
        kind,
        [
            medicine(
                "m1", spelled(spelling, "Condition/c1"), hers,
                requester=link(spelled(spelling, "Practitioner/d1")),
            ),
            condition("c1", subject=hers, **ids("c1")),
            {"resourceType": "Practitioner", "id": "d1", **ids("d1")},
            patient("p1", **ids("p1")),
        ],
    )  # fmt: skip
    report = run(engine, tmp_path)
    assert report.refused == []
    [record] = report.records
    assert set(held(engine).of(record.record)) == {
        "Patient/p1", "Condition/c1", "MedicationRequest/m1", "Practitioner/d1",
    }  # fmt: skip
    assert held(engine).one("MedicationRequest/m1").labels == HIV_BIT
    assert referring(engine, "patient", "Patient/p1") >= {"Condition/c1", "MedicationRequest/m1"}


@pytest.mark.fault("3.3")
def test_the_exporting_server_is_learned_from_what_is_there(engine: Engine, tmp_path: Path) -> None:
    # No absolute reference leads to a Patient; one leads to something that is in the export.
    write(
        tmp_path,
        c__ndjson=ndjson(condition("c"), patient()),
        m__ndjson=ndjson(medicine("m", f"{EMR}/Condition/c")),
    )
    run(engine, tmp_path)
    assert held(engine).body("MedicationRequest/m")["reasonReference"] == [link("Condition/c")]
    assert held(engine).one("MedicationRequest/m").labels == HIV_BIT


OTHER = "https://other.example/r4"


@pytest.mark.parametrize("told_by", ["subject", "fullUrl", "meta.source"])
def test_another_server_is_not_taken_for_the_source(
    engine: Engine, tmp_path: Path, told_by: str
) -> None:
    hers = f"{EMR}/Patient/p" if told_by == "subject" else "Patient/p"
    source = {"meta": {"source": f"{EMR}#1"}} if told_by == "meta.source" else {}
    mine, foreign = medicine("m1", f"{EMR}/Condition/c"), medicine("m2", f"{OTHER}/Condition/c")
    write(
        tmp_path,
        c__ndjson=ndjson(condition("c", subject=hers, **source), mine, foreign),
        p__json=bundle([entry(patient(), f"{EMR}/Patient/p" if told_by == "fullUrl" else None)]),
    )
    run(engine, tmp_path)
    assert held(engine).one("MedicationRequest/m1").labels == HIV_BIT
    assert (
        held(engine).body("MedicationRequest/m2")["reasonReference"] == foreign["reasonReference"]
    )
    assert held(engine).one("MedicationRequest/m2").labels == 0


def test_two_servers_in_one_folder_are_not_confused(engine: Engine, tmp_path: Path) -> None:
    at = [observation("o1", f"{EMR}/Patient/p"), observation("o2", f"{OTHER}/Patient/p")]
    write(tmp_path, a__ndjson=ndjson(patient(), *at))
    report = run(engine, tmp_path)
    assert set(held(engine).of(record_of(report, "Nord"))) == {"Patient/p"}
    assert held(engine).body("Observation/o1")["subject"] == link(f"{EMR}/Patient/p")


def test_two_servers_in_one_bundle_are_not_confused(engine: Engine, tmp_path: Path) -> None:
    twice = [
        entry(patient(), f"{EMR}/Patient/p"),
        entry(condition("c"), f"{EMR}/Condition/c"),
        entry(condition("c", "38341003"), f"{OTHER}/Condition/c"),
        entry(medicine("m", f"{OTHER}/Condition/c"), f"{EMR}/MedicationRequest/m"),
    ]
    write(tmp_path, a__json=bundle(twice, "searchset"))
    report = run(engine, tmp_path)
    assert [reason for _, _, reason in report.refused] == [
        "Condition/c is another resource at emr.example/fhir, which comes before it"
    ]
    assert held(engine).one("Condition/c").version == 1
    assert held(engine).one("MedicationRequest/m").labels == 0


def test_a_name_that_two_bear_names_neither(engine: Engine, tmp_path: Path) -> None:
    ids = identified("urn:mrn", "1")
    two = [patient("p1", "Ann", **ids), patient("p2", "Ben", **ids)]
    write(tmp_path, a__ndjson=ndjson(*two, observation("o", "Patient?identifier=urn:mrn|1")))
    report = run(engine, tmp_path)
    for name in ("Ann", "Ben"):
        assert len(held(engine).of(record_of(report, name))) == 1
    assert "Observation/o" in held(engine).of(record_of(report, "people, places"))


@pytest.mark.fault("3.5")
@pytest.mark.parametrize("scheme", ["urn:uuid:", f"{EMR}/"])
def test_entries_without_an_id_are_found_under_the_one_they_get(
    engine: Engine, tmp_path: Path, scheme: str
) -> None:
    ids = {t: f"0{n}d11111-1111-4111-8111-111111111111" for n, t in enumerate(
        ("Patient", "Encounter", "Condition", "MedicationRequest"))}  # fmt: skip
    url = {t: f"{scheme}{'' if 'urn' in scheme else t + '/'}{id_}" for t, id_ in ids.items()}
    visit = {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}}
    visit |= {"serviceType": {"text": "Psychiatry outpatient"}, "subject": link(url["Patient"])}
    during = {"encounter": link(url["Encounter"])}
    resources = [
        patient(),
        visit,
        condition("", subject=url["Patient"], **during),
        medicine("", url["Condition"], url["Patient"], **during),
    ]
    entries = [entry(without_id(r), url[r["resourceType"]]) for r in resources]
    write(tmp_path, t__json=bundle(entries, "transaction"))
    report = run(engine, tmp_path)
    found = held(engine)
    assert set(found.of(report.records[0].record)) == {f"{t}/{id_}" for t, id_ in ids.items()}
    order = found.one(f"MedicationRequest/{ids['MedicationRequest']}")
    assert json.loads(order.body)["reasonReference"] == [link(f"Condition/{ids['Condition']}")]
    assert order.labels == HIV_BIT | PSY_BIT
    assert referring(engine, "encounter", f"Encounter/{ids['Encounter']}") == {
        f"{t}/{ids[t]}" for t in ("Condition", "MedicationRequest")
    }
    assert run(engine, tmp_path).unchanged == 4


def test_an_entry_with_neither_id_nor_full_url_is_the_same_at_every_import(
    engine: Engine, tmp_path: Path
) -> None:
    write(tmp_path, b__json=bundle([entry(patient()), entry(without_id(observation("")))]))
    assert run(engine, tmp_path).accepted == 2
    assert run(engine, tmp_path).unchanged == 2


@pytest.mark.fault("3.17")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("typed", [{}, {"type": "Patient"}])
def test_a_logical_reference_says_whose_a_resource_is(
    engine: Engine, tmp_path: Path, kind: str, typed: dict[str, Any]
) -> None:
    mrn = {"system": "urn:test:mrn", "value": "m1"}
    hers = {"identifier": mrn, **typed}
    put(
        tmp_path / "x",
        kind,
        [observation("o", hers), patient(identifier=[mrn]), patient("q", "Other")],
    )
    report = run(engine, tmp_path)
    assert set(held(engine).of(record_of(report, "Nord"))) == {"Patient/p", "Observation/o"}
    # The text stays as it was sent.
    assert held(engine).body("Observation/o")["subject"] == hers


@pytest.mark.fault("3.17")
@pytest.mark.parametrize("kind", KINDS)
def test_a_logical_reference_brings_a_person_into_the_record(
    engine: Engine, tmp_path: Path, kind: str
) -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "999"}
    doctor = {"resourceType": "Practitioner", "id": "d", "identifier": [npi]}
    order = medicine("m", "Condition/c", requester={"identifier": npi})
    put(tmp_path / "x", kind, [doctor, order, patient(), patient("q", "Other")])
    report = run(engine, tmp_path)
    assert "Practitioner/d" in held(engine).of(record_of(report, "Nord"))


def test_a_logical_reference_to_somebody_who_is_not_here_is_nobodys(
    engine: Engine, tmp_path: Path
) -> None:
    stranger = observation("o", {"identifier": {"system": "urn:test:mrn", "value": "m2"}})
    stranger["performer"] = [link("Patient/p")]
    write(tmp_path, b__json=bundle(map(entry, [patient(), stranger])))
    report = run(engine, tmp_path)
    assert set(held(engine).of(record_of(report, "Nord"))) == {"Patient/p"}


def test_an_address_of_this_server_is_known_for_one(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path / "x", c__json=bundle(map(entry, [patient(), condition("c")])))
    [first] = run(engine, tmp_path).records
    base = "https://rs.example/fhir"
    order = medicine("m", f"{base}/r/{first.record}/Condition/c")
    elsewhere = condition("d", "38341003", subject=f"{OTHER}/Patient/p")
    write(tmp_path / "x", m__json=bundle(map(entry, [patient(), order, elsewhere])))
    run(engine, tmp_path, base_url=base)
    assert held(engine).one("MedicationRequest/m").labels == HIV_BIT


@pytest.mark.fault("3.7")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "url", ["Binary/b1", f"{EMR}/Binary/b1", "urn:uuid:b1", f"{EMR}/Binary/b1/_history/1"]
)
def test_a_binary_goes_with_the_document_that_points_to_it(
    engine: Engine, tmp_path: Path, kind: str, url: str
) -> None:
    document = {
        "resourceType": "DocumentReference", "id": "d", "status": "current",
        "subject": link(f"{EMR}/Patient/p"),
        "content": [{"attachment": {"url": url, "contentType": "text/plain"}}],
    }  # fmt: skip
    content = {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": "eA=="}
    put(tmp_path / "x", kind, [content, document, patient(), patient("q", "Other")])
    report = run(engine, tmp_path)
    assert "Binary/b1" in held(engine).of(record_of(report, "Nord"))
    stored = held(engine).body("DocumentReference/d")["content"][0]["attachment"]["url"]
    assert stored == "Binary/b1"


def test_an_escaped_name_is_read_like_any_other(engine: Engine, tmp_path: Path) -> None:
    text = json.dumps(medicine("m", f"{EMR}/Condition/c")).replace("/", "\\/")
    text = text.replace('"reference": "https', '"\\u0072eference": "https')
    write(tmp_path, a__ndjson=ndjson(patient(), condition("c", subject=f"{EMR}/Patient/p")) + text)
    run(engine, tmp_path)
    assert held(engine).one("MedicationRequest/m").labels == HIV_BIT


def test_only_links_are_rewritten(engine: Engine, tmp_path: Path) -> None:
    note = observation("o", f"{EMR}/Patient/p", note=[{"text": f'"reference": "{EMR}/Patient/p"'}])
    note["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": f"{EMR}/Patient/p"}]
    note["code"]["coding"] = [{"system": "urn:x", "code": "1", "display": "urn:uuid:p"}]
    text = json.dumps(note).replace('"final"', '"final" ,"valueQuantity":{"value":1.50}')
    write(tmp_path, a__ndjson=ndjson(patient()) + text)
    run(engine, tmp_path)
    body = held(engine).one("Observation/o").body.decode()
    assert '"value":1.50' in body
    sent = json.loads(text) | {"subject": link("Patient/p")}
    stored = json.loads(body)
    stored.pop("meta")
    assert stored == sent
