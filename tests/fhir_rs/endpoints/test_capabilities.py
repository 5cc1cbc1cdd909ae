"""capabilities, smart-configuration, and the plain base."""

from __future__ import annotations

import pytest

from fhir_rs.enforcement.resource_types import NOT_WRITTEN, RESOURCE_TYPES
from fhir_rs.enforcement.search_parameters import parameters_of
from tests.fhir_rs.endpoints.conftest import Record


@pytest.mark.spec("SM-13")
def test_the_statement_is_the_same_for_every_record_and_names_the_as(record: Record) -> None:
    own = record.get("/metadata").get_json()
    plain = record.site.client.get("/fhir/metadata").get_json()
    assert own.pop("implementation") != plain.pop("implementation")
    assert own == plain
    assert own["fhirVersion"] == "4.0.1"
    uris = own["rest"][0]["security"]["extension"][0]["extension"]
    assert {"url": "token", "valueUri": "http://as.localhost:8400/token"} in uris


@pytest.mark.spec("SM-1")
@pytest.mark.spec("SM-12")
def test_smart_configuration_is_json_and_copies_the_as(record: Record) -> None:
    answer = record.site.client.get(
        "/fhir/.well-known/smart-configuration", headers={"Accept": "application/fhir+xml"}
    )
    assert answer.content_type == "application/json"
    assert answer.get_json()["token_endpoint"] == "http://as.localhost:8400/token"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/fhir/Observation/a1", 401),
        ("GET", "/fhir/Patient", 401),
        ("POST", "/fhir/", 401),
        ("POST", "/fhir", 401),
        ("POST", "/fhir/Patient/_search", 401),
        ("GET", "/fhir/Nope/1", 404),
    ],
)
def test_the_plain_base_has_a_bearer_challenge_and_no_ticket(
    record: Record, method: str, path: str, status: int
) -> None:
    answer = record.site.client.open(path, method=method)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_statement_names_every_type_with_the_definitions_of_what_is_searched(
    record: Record,
) -> None:
    served = record.get("/metadata").get_json()["rest"][0]["resource"]
    assert {row["type"] for row in served} == RESOURCE_TYPES
    rows = {row["type"]: row for row in served}
    for type_, row in rows.items():
        for parameter in row["searchParam"]:
            assert parameter["definition"].startswith("http://hl7.org/fhir/SearchParameter/")
        wanted = {parameter["name"] for parameter in row["searchParam"]}
        assert wanted == {"_id", "_lastUpdated", *parameters_of(type_)}
        assert ("create" in {each["code"] for each in row["interaction"]}) is (
            type_ not in NOT_WRITTEN
        )
    seen = rows["Observation"]
    assert "http://hl7.org/fhir/StructureDefinition/vitalsigns" in seen["supportedProfile"]
    assert "Observation:based-on" in seen["searchInclude"]
    assert "DiagnosticReport:result" in seen["searchRevInclude"]
    based_on = next(each for each in seen["searchParam"] if each["name"] == "based-on")
    assert based_on == {
        "name": "based-on", "type": "reference",
        "definition": "http://hl7.org/fhir/SearchParameter/Observation-based-on",
    }  # fmt: skip
