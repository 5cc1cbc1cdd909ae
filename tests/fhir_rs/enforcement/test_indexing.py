"""The rows by which a resource is found, as HL7's search parameters say."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_rs.enforcement.indexing import index_rows, searched_references


def rows(resource: dict[str, Any], name: str) -> set[tuple[str, str]]:
    return {(row.system, row.value) for row in index_rows(resource) if row.param == name}


@pytest.mark.parametrize(
    ("resource", "name", "found"),
    [
        ({"resourceType": "Patient", "deceasedDateTime": "2020"}, "deceased", {("", "true")}),
        ({"resourceType": "Patient"}, "deceased", {("", "false")}),
        ({"resourceType": "Patient", "telecom": [{"system": "email", "value": "a@x"}]}, "phone",
         set()),
        ({"resourceType": "Device", "type": {"text": "Pacer"}}, "device-name", {("", "pacer")}),
        ({"resourceType": "QuestionnaireResponse", "questionnaire": "http://x/q|2"},
         "questionnaire", {("", "http://x/q|2"), ("", "http://x/q")}),
        ({"resourceType": "DocumentReference", "masterIdentifier": {"system": "s", "value": "m"}},
         "identifier", {("s", "m")}),
        # R4 does not search it; references find it all the same.
        ({"resourceType": "Organization", "identifier": [{"value": "o"}]}, "identifier",
         {("", "o")}),
        ({"resourceType": "Condition", "onsetString": "Long Ago"}, "onset-info",
         {("", "long ago")}),
    ],
)  # fmt: skip
def test_what_is_found(resource: dict[str, Any], name: str, found: set[tuple[str, str]]) -> None:
    assert rows(resource, name) == found


def test_an_identifier_is_kept_where_r4_searches_none() -> None:
    bearer = {"resourceType": "VerificationResult", "identifier": [{"value": "v"}]}
    assert rows(bearer, "identifier") == {("", "v")}


def test_a_subject_is_a_patient_only_where_it_may_be_one() -> None:
    for reference, names in (("Patient/a", ["patient", "subject"]), ("Group/g", ["subject"])):
        subject = {"reference": reference}
        found = searched_references({"resourceType": "Condition", "subject": subject})
        assert sorted(found[id(subject)]) == names
